/* SPDX-License-Identifier: ISC */
#include "answer.h"
#include "body.h"
#include "hpke.h"
#include "sealplain.h"
#include "vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include <cmocka.h>

static uint8_t org[32], root[32], reply_sk[32], reply_pk[32];
static uint8_t vs[3][32], v_sk[3][64], eseed[ANSWER_ESEED_LEN];
static uint8_t inner[ANSWER_INNER_LEN], plain[ANSWER_PLAIN_LEN];
static uint8_t text[ANSWER_TEXT_MAX];

static int
set_up(void **state)
{
    (void)state;
    vec_seed(org, 32, "answer org");
    vec_seed(root, 32, "answer root");
    vec_seed(reply_sk, 32, "answer reply");
    vec_seed(eseed, sizeof eseed, "answer eseed");
    memset(text, 'a', sizeof text);
    for (unsigned i = 0; i < 3; i++) {
        char label[] = "answer v 0";
        uint8_t seed[32];

        label[9] = (char)('0' + i);
        vec_seed(seed, 32, label);
        if (crypto_sign_seed_keypair(vs[i], v_sk[i], seed) != 0) {
            return 1;
        }
    }
    return crypto_scalarmult_base(reply_pk, reply_sk);
}

#define DAY 20779
#define WEEK (DAY / 7)

/* A note in which the week of DAY has this V, and its neighbours others. */
static const struct desknote *
note_with(unsigned k)
{
    static struct desknote note;

    memset(&note, 0, sizeof note);
    note.keys.week = WEEK;
    memcpy(note.keys.v, vs[k], 32);
    memcpy(note.next, vs[(k + 1) % 3], 32);
    note.n_past = 1;
    note.past[0].week = WEEK - 1;
    memcpy(note.past[0].v, vs[(k + 2) % 3], 32);
    return &note;
}

static struct answer_with
with_i(uint8_t i)
{
    return (struct answer_with){org, root, reply_pk, i};
}

static struct answer
sample(void)
{
    struct answer a = {.text_len = 5, .day = DAY, .text = text};

    return a;
}

/* Any day has come. */
static struct answer_by
by_note(const struct desknote *note)
{
    return (struct answer_by){note, 999999};
}

static void
refused_on(uint32_t today, const struct answer_with *with, const uint8_t *r,
           const struct desknote *note, enum rc want)
{
    static const uint8_t zero_plain[ANSWER_PLAIN_LEN];
    static const struct answer zero;
    const struct answer_by by = {note, today};
    struct answer out;

    memset(plain, 9, sizeof plain);
    memset(&out, 9, sizeof out);
    assert_int_equal(answer_open(&out, plain, with, r, inner, &by), want);
    assert_memory_equal(plain, zero_plain, sizeof plain);
    assert_memory_equal(&out, &zero, sizeof out);
}

static void
refused(const struct answer_with *with, const uint8_t *r,
        const struct desknote *note, enum rc want)
{
    refused_on(999999, with, r, note, want);
}

static void
what_breaks_a_rule_is_not_sealed(void **state)
{
    struct answer_with with = with_i(0);
    struct answer a[6];

    (void)state;
    for (int i = 0; i < 6; i++) {
        a[i] = sample();
    }
    a[0].text_len = ANSWER_TEXT_MAX + 1;
    a[1].boxes = 1;
    a[2].body_len = 1;
    a[3].digest[0] = 1;
    a[4].boxes = 1; /* a body without keys */
    a[4].body_len = 1;
    a[5].text = (const uint8_t *)"no\xffpe"; /* no UTF-8 */
    for (int i = 0; i < 6; i++) {
        memset(inner, 9, sizeof inner);
        assert_int_equal(answer_seal(inner, &with, &a[i], v_sk[0], eseed),
                         RC_FORMAT);
        assert_true(sodium_is_zero(inner, sizeof inner));
    }
    a[0] = sample();
    with.i = ANSWERS_MAX;
    assert_int_equal(answer_seal(inner, &with, &a[0], v_sk[0], eseed),
                     RC_FORMAT);
    with = with_i(0);
    with.reply = (const uint8_t[32]){0};
    assert_int_not_equal(answer_seal(inner, &with, &a[0], v_sk[0], eseed),
                         RC_OK);
    assert_true(sodium_is_zero(inner, sizeof inner));
}

static void
others_do_not_open_it(void **state)
{
    struct answer_with with = with_i(7);
    struct answer a = sample();
    uint8_t other[32];

    (void)state;
    assert_int_equal(answer_seal(inner, &with, &a, v_sk[2], eseed), RC_OK);
    refused(&with, reply_sk, note_with(0), RC_FORGED);
    refused(&with, reply_sk, note_with(1), RC_FORGED);
    with.i = 6;
    refused(&with, reply_sk, note_with(2), RC_FORGED);
    with.i = ANSWERS_MAX;
    refused(&with, reply_sk, note_with(2), RC_FORMAT);
    with = with_i(7);
    memcpy(other, org, 32);
    other[0] ^= 1;
    with.org = other;
    refused(&with, reply_sk, note_with(2), RC_FORGED);
    with = with_i(7);
    memcpy(other, root, 32);
    other[0] ^= 1;
    with.root = other;
    refused(&with, reply_sk, note_with(2), RC_FORGED);
    with = with_i(7);
    memcpy(other, reply_sk, 32);
    other[1] ^= 1;
    refused(&with, other, note_with(2), RC_FORGED);
}

static void
every_flipped_bit_is_refused(void **state)
{
    struct answer_with with = with_i(7);
    struct answer a = sample();

    (void)state;
    assert_int_equal(answer_seal(inner, &with, &a, v_sk[2], eseed), RC_OK);
    for (size_t bit = 0; bit < sizeof inner * 8; bit += bit < 512 ? 1 : 101) {
        inner[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused(&with, reply_sk, note_with(2), RC_FORGED);
        inner[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t i = sizeof inner - 16; i < sizeof inner; i++) {
        inner[i] ^= 1;
        refused(&with, reply_sk, note_with(2), RC_FORGED);
        inner[i] ^= 1;
    }
}

/* Of any plaintext, signed or not: what only an insider can make. */
static void
seal_by_hand(const uint8_t *in, bool with_signature)
{
    const struct answer_with with = with_i(7);
    static uint8_t signed_plain[ANSWER_PLAIN_LEN];

    memcpy(signed_plain, in, sizeof signed_plain);
    seal_plain(inner, &with, signed_plain, with_signature ? v_sk[1] : NULL,
               eseed);
}

/* The box of one relay opens there and for that number alone. */
static void
a_box_is_of_one_relay(void **state)
{
    static uint8_t box[CELL_BOX_LEN], again[CELL_BOX_LEN];
    static uint8_t back[ANSWER_INNER_LEN];
    uint8_t relay[32], nonce[ANSWER_NONCE_LEN], key[32], data[33] = {7};
    struct answer_place at = {root, relay, 7};
    const struct answer_with with = with_i(7);
    struct answer a = sample();

    (void)state;
    vec_seed(relay, 32, "answer relay");
    vec_seed(nonce, sizeof nonce, "answer nonce");
    assert_int_equal(answer_seal(inner, &with, &a, v_sk[1], eseed), RC_OK);
    answer_wrap(box, &at, inner, nonce);
    assert_int_equal(answer_unwrap(back, &at, box), RC_OK);
    assert_memory_equal(back, inner, sizeof back);
    memcpy(data + 1, relay, 32); /* as PROTOCOL.md has it */
    kdf(key, root, "answer box", data, sizeof data);
    memcpy(again, nonce, sizeof nonce);
    assert_int_equal(crypto_aead_xchacha20poly1305_ietf_encrypt(
                         again + 24, NULL, inner, sizeof inner, NULL, 0, NULL,
                         nonce, key), 0);
    assert_memory_equal(again, box, sizeof box);
    relay[0] ^= 1;
    assert_int_equal(answer_unwrap(back, &at, box), RC_FORGED);
    assert_true(sodium_is_zero(back, sizeof back));
    relay[0] ^= 1;
    at.i = 8;
    assert_int_equal(answer_unwrap(back, &at, box), RC_FORGED);
    at.i = 7;
    for (size_t bit = 0; bit < sizeof box * 8; bit += bit < 512 ? 1 : 1013) {
        box[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(answer_unwrap(back, &at, box), RC_FORGED);
        box[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(answer_unwrap(back, &at, box), RC_OK);
}

static void
a_signed_answer_that_breaks_a_rule_is_refused(void **state)
{
    static const struct {
        size_t offset;
        uint8_t value;
    } changes[] = {{0, 2},  {1, 1},   {1, 3},     {2, 0xff}, {3, 4},
                   {7, 1},  {15, 1},  {16, 1},    {20, 1},   {79, 1},
                   {80, 1}, {112, 1}, {144, 0xff}, {149, 1}, {15847, 1}};
    static uint8_t good[ANSWER_PLAIN_LEN], bad[ANSWER_PLAIN_LEN];
    static uint8_t before[ANSWER_INNER_LEN];
    const struct answer_with with = with_i(7);
    struct answer a = sample(), out;
    struct answer_by by;

    (void)state;
    assert_int_equal(answer_seal(before, &with, &a, v_sk[1], eseed), RC_OK);
    by = by_note(note_with(1));
    assert_int_equal(answer_open(&out, good, &with, reply_sk, before, &by),
                     RC_OK);
    seal_by_hand(good, true);
    assert_memory_equal(inner, before, sizeof inner);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        memcpy(bad, good, sizeof bad);
        bad[changes[i].offset] = changes[i].value;
        seal_by_hand(bad, true);
        refused(&with, reply_sk, note_with(1),
                changes[i].offset == 16 ? RC_FORGED : RC_FORMAT);
        seal_by_hand(bad, false);
        refused(&with, reply_sk, note_with(1), RC_FORGED);
    }
    memcpy(bad, good, sizeof bad);
    bad[19] ^= 1; /* another day, which nobody signed */
    seal_by_hand(bad, false);
    refused(&with, reply_sk, note_with(1), RC_FORGED);
}

/* Its V is that of the week of its day, and of no other week. */
static void
the_week_of_its_day_says_which_key(void **state)
{
    static const struct {
        uint32_t week; /* of the answer */
        unsigned by;   /* index of V */
        enum rc want;
    } cases[] = {
        {WEEK - 5, 0, RC_EXPIRED}, {WEEK - 4, 1, RC_OK},
        {WEEK - 4, 0, RC_FORGED},  {WEEK - 3, 0, RC_FORGED},
        {WEEK - 1, 2, RC_OK},      {WEEK - 1, 0, RC_FORGED},
        {WEEK, 0, RC_OK},          {WEEK, 1, RC_FORGED},
        {WEEK, 2, RC_FORGED},      {WEEK + 1, 1, RC_OK},
        {WEEK + 1, 0, RC_FORGED},  {WEEK + 2, 1, RC_AGAIN},
        {142857, 1, RC_AGAIN},
    };
    const struct answer_with with = with_i(3);
    struct desknote note = *note_with(0);
    const struct answer_by by = by_note(&note);
    struct answer a = sample(), out;

    (void)state;
    /* past: four weeks ago and the last, none between */
    note.n_past = 2;
    note.past[1] = note.past[0];
    note.past[0].week = WEEK - 4;
    memcpy(note.past[0].v, vs[1], 32);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (uint32_t day = 0; day < 7; day += 6) {
            a.day = 7 * cases[i].week + day;
            if (a.day > 999999) {
                continue;
            }
            assert_int_equal(
                answer_seal(inner, &with, &a, v_sk[cases[i].by], eseed), RC_OK);
            if (cases[i].want != RC_OK) {
                refused(&with, reply_sk, &note, cases[i].want);
                continue;
            }
            assert_int_equal(
                answer_open(&out, plain, &with, reply_sk, inner, &by), RC_OK);
            assert_int_equal(out.day, a.day);
        }
    }
    note.n_past = 0; /* then all below is too old */
    a.day = 7 * WEEK - 1;
    assert_int_equal(answer_seal(inner, &with, &a, v_sk[2], eseed), RC_OK);
    refused(&with, reply_sk, &note, RC_EXPIRED);
}

/* What is signed for a later day than tomorrow is not shown; nor is "get a newer
 * list" said of it, as no list would ever do. */
static void
a_day_that_has_not_come_is_refused(void **state)
{
    const struct answer_with with = with_i(3);
    struct desknote note = *note_with(0);
    struct answer_by by = {&note, 0};
    struct answer a = sample(), out;

    (void)state;
    note.n_past = 0;
    a.day = 7 * WEEK + 3;
    assert_int_equal(answer_seal(inner, &with, &a, v_sk[0], eseed), RC_OK);
    for (by.today = a.day - 1; by.today < a.day + 9; by.today++) {
        assert_int_equal(answer_open(&out, plain, &with, reply_sk, inner, &by),
                         RC_OK);
    }
    refused_on(a.day - 2, &with, reply_sk, &note, RC_MISSING);
    refused_on(1, &with, reply_sk, &note, RC_MISSING);
    assert_int_equal(answer_seal(inner, &with, &a, v_sk[2], eseed), RC_OK);
    refused_on(a.day - 2, &with, reply_sk, &note, RC_FORGED);
    a.day = 7 * (WEEK + 2); /* of whose week there is no V */
    assert_int_equal(answer_seal(inner, &with, &a, v_sk[0], eseed), RC_OK);
    refused_on(a.day - 2, &with, reply_sk, &note, RC_MISSING);
    refused_on(a.day - 1, &with, reply_sk, &note, RC_AGAIN);
    a.day = 7 * WEEK - 1; /* below all of them */
    assert_int_equal(answer_seal(inner, &with, &a, v_sk[0], eseed), RC_OK);
    refused_on(a.day - 2, &with, reply_sk, &note, RC_EXPIRED);
}

static void
an_answer_opens(void **state)
{
    struct answer a = sample(), out;
    uint8_t again[ANSWER_INNER_LEN];

    (void)state;
    for (uint8_t i = 0; i < ANSWERS_MAX; i += 9) {
        struct answer_with with = with_i(i);
        const struct answer_by by = by_note(note_with(i % 3));

        a = sample();
        if (i == 9) {
            a.boxes = 3;
            a.body_len = 2 * BODY_CHUNK_LEN + 1;
            vec_seed(a.body_key, 32, "answer body_key");
            vec_seed(a.digest, 32, "answer digest");
        } else if (i == 18) {
            a.text_len = ANSWER_TEXT_MAX;
        } else if (i == 27) {
            a.text_len = 0;
            a.text = NULL;
        }
        assert_int_equal(answer_seal(inner, &with, &a, v_sk[i % 3], eseed),
                         RC_OK);
        assert_int_equal(answer_seal(again, &with, &a, v_sk[i % 3], eseed),
                         RC_OK);
        assert_memory_equal(again, inner, sizeof inner);
        with.reply = NULL; /* not read */
        assert_int_equal(answer_open(&out, plain, &with, reply_sk, inner, &by),
                         RC_OK);
        assert_int_equal(out.text_len, a.text_len);
        assert_int_equal(out.day, a.day);
        assert_int_equal(out.boxes, a.boxes);
        assert_true(out.body_len == a.body_len);
        assert_memory_equal(out.body_key, a.body_key, 32);
        assert_memory_equal(out.digest, a.digest, 32);
        if (a.text_len > 0) {
            assert_memory_equal(out.text, a.text, a.text_len);
        }
    }
}

static void
clues_are_parts_of_wide_hashes(void **state)
{
    uint8_t seen[ANSWERS_MAX][16], in[64], wide[64];

    (void)state;
    for (uint8_t i = 0; i < ANSWERS_MAX; i++) {
        answer_entry(seen[i], root, i);
        for (uint8_t j = 0; j < i; j++) {
            assert_memory_not_equal(seen[i], seen[j], 16);
        }
        in[0] = 20;
        memcpy(in + 1, "tocsin/1 answer clue", 20);
        in[21] = i / 4;
        assert_int_equal(crypto_generichash(wide, 64, in, 22, root, 32), 0);
        assert_memory_equal(seen[i], wide + 16 * (i % 4), 16);
    }
}

static void
addresses_and_secrets_differ(void **state)
{
    uint8_t a[32], b[32], relay[32] = {1};
    struct answer_place at = {root, relay, 0};

    (void)state;
    answer_address(a, &at);
    answer_burn_secret(b, &at);
    assert_memory_not_equal(a, b, 32);
    at.i = 1;
    answer_address(b, &at);
    assert_memory_not_equal(a, b, 32);
    at.i = 0;
    relay[0] = 2; /* another relay */
    answer_address(b, &at);
    assert_memory_not_equal(a, b, 32);
    answer_burn_secret(a, &at);
    relay[0] = 1;
    answer_burn_secret(b, &at);
    assert_memory_not_equal(a, b, 32);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_breaks_a_rule_is_not_sealed),
        cmocka_unit_test(others_do_not_open_it),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(a_signed_answer_that_breaks_a_rule_is_refused),
        cmocka_unit_test(the_week_of_its_day_says_which_key),
        cmocka_unit_test(a_day_that_has_not_come_is_refused),
        cmocka_unit_test(a_box_is_of_one_relay),
        cmocka_unit_test(an_answer_opens),
        cmocka_unit_test(clues_are_parts_of_wide_hashes),
        cmocka_unit_test(addresses_and_secrets_differ),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
