/* SPDX-License-Identifier: ISC */
#include "intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "body.h"
#include "clock.h"
#include "desktest.h"
#include "entry.h"

#define WEEK 2968u
#define TICK 30
#define PAGES_A_WEEK (7 * DAY_SECONDS / TICK)

static const uint8_t relay_a[32] = {0xa}, relay_b[32] = {0xb};
static struct desk desk;

static int
setup(void **state)
{
    (void)state;
    if (desktest_open(&desk) != 0) {
        return -1;
    }
    desk.max_body = 1000000;
    randombytes_buf(desk.config.org, sizeof desk.config.org);
    for (uint32_t w = WEEK - 2; w <= WEEK + 2; w++) {
        if (weekkeys_make(desk.keys, w) != RC_OK) {
            return -1;
        }
    }
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    return desktest_close(&desk);
}

/* --- what reporters do --------------------------------------------------- */

struct reporter {
    uint8_t root[32], reply[32];
};

static void
somebody(struct reporter *r)
{
    uint8_t sk[32];

    randombytes_buf(r->root, sizeof r->root);
    randombytes_buf(sk, sizeof sk);
    assert_int_equal(crypto_scalarmult_base(r->reply, sk), 0);
}

/* Head bytes, sealed for a week. */
static void
seal(uint8_t entry[static ENTRY_REPORT_LEN], const uint8_t *head,
     uint32_t week, const uint8_t eseed[static ENTRY_ESEED_LEN])
{
    struct desknote_week pub;
    struct entry_to to = {.org = desk.config.org, .week = week};

    assert_int_equal(weekkey_public(&pub, weekkeys_find(desk.keys, week)),
                     RC_OK);
    to.k = pub.k;
    to.q = pub.q;
    assert_int_equal(entry_seal(entry, &to, head, eseed), RC_OK);
}

static struct head
report_head(const struct reporter *r, const char *text)
{
    struct head h = {.kind = HEAD_REPORT};

    memcpy(h.a, r->root, sizeof h.a);
    memcpy(h.b, r->reply, sizeof h.b);
    h.text = (const uint8_t *)text;
    h.text_len = (uint16_t)strlen(text);
    return h;
}

static void
write_entry(uint8_t entry[static ENTRY_REPORT_LEN], const struct head *h)
{
    uint8_t head[HEAD_LEN], eseed[ENTRY_ESEED_LEN];

    randombytes_buf(eseed, sizeof eseed);
    assert_int_equal(head_write(head, h), RC_OK);
    seal(entry, head, WEEK, eseed);
}

static void
report(uint8_t entry[static ENTRY_REPORT_LEN], const struct reporter *r,
       const char *text)
{
    struct head h = report_head(r, text);

    write_entry(entry, &h);
}

/* With a proof by `prover`, or a wrong one where that is NULL. */
static void
follow_up(uint8_t entry[static ENTRY_REPORT_LEN], const struct reporter *r,
          const uint8_t *prover)
{
    uint8_t head[HEAD_LEN], eseed[ENTRY_ESEED_LEN], e[32];
    struct head h = {.kind = HEAD_FOLLOW_UP,
                     .text = (const uint8_t *)"\nmore",
                     .text_len = 5};

    randombytes_buf(eseed, sizeof eseed);
    conversation_id(h.a, r->root);
    randombytes_buf(h.b, sizeof h.b);
    assert_int_equal(head_write(head, &h), RC_OK);
    if (prover != NULL) {
        assert_int_equal(entry_key(e, eseed), RC_OK);
        head_follow_up_proof(head + HEAD_B_OFFSET, head, prover, e, WEEK);
    }
    seal(entry, head, WEEK, eseed);
}

/* --- what the desk does -------------------------------------------------- */

static struct intake_result
take_at(const uint8_t *entry, const uint8_t *relay, uint32_t week)
{
    const struct intake_place at = {
        relay, (uint64_t)week * PAGES_A_WEEK + 100, TICK};
    struct intake_result r;

    assert_int_equal(intake_entry(&desk, &r, entry, &at), RC_OK);
    return r;
}

static struct intake_result
take(const uint8_t *entry)
{
    return take_at(entry, relay_a, WEEK);
}

static enum rc
count_row(const struct vault_row *row, void *arg)
{
    (void)row;
    *(size_t *)arg += 1;
    return RC_OK;
}

static size_t
count(enum vault_kind kind)
{
    size_t n = 0, damaged;

    assert_int_equal(vault_each(desk.vault, kind, count_row, &n, &damaged),
                     RC_OK);
    assert_int_equal(damaged, 0);
    return n;
}

/* --- tests --------------------------------------------------------------- */

static void
dummies_and_noise_are_misses(void **state)
{
    const struct board board = {1, 4096, TICK, 2, 32, 2};
    uint8_t entry[ENTRY_REPORT_LEN], noise[ENTRY_REPORT_LEN];

    (void)state;
    for (int i = 0; i < 20; i++) {
        randombytes_buf(noise, sizeof noise);
        assert_int_equal(entry_dummy(entry, &board, noise), RC_OK);
        assert_int_equal(take(entry).what, INTAKE_MISS);
        assert_int_equal(take(noise).what, INTAKE_MISS);
    }
    memset(entry, 0, sizeof entry);
    assert_int_equal(take(entry).what, INTAKE_MISS);
    memset(entry, 0xff, sizeof entry);
    assert_int_equal(take(entry).what, INTAKE_MISS);
    assert_int_equal(count(VAULT_OPENED), 0);
}

/* The tag does not bind the rest: a copy with E and tag and other bytes, seen
 * first, must not make the real one unread. */
static void
a_tampered_copy_blocks_nothing(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN], copy[ENTRY_REPORT_LEN];
    struct reporter r;

    (void)state;
    somebody(&r);
    report(entry, &r, "\nhelp");
    for (size_t i = 0; i < sizeof entry; i += 61) {
        memcpy(copy, entry, sizeof copy);
        copy[i] ^= 4;
        assert_int_equal(take(copy).what, INTAKE_MISS);
    }
    assert_int_equal(count(VAULT_CASE), 0);
    assert_int_equal(take(entry).what, INTAKE_CASE);
}

static void
one_entry_acts_once(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct message_rec m;
    struct intake_result got;
    struct case_rec c;
    struct reporter r;

    (void)state;
    somebody(&r);
    report(entry, &r, "\nfire exits locked");
    got = take(entry);
    assert_int_equal(got.what, INTAKE_CASE);
    assert_int_equal(got.case_no, 1);
    assert_false(got.body);
    assert_int_equal(take(entry).what, INTAKE_KNOWN);
    assert_int_equal(take_at(entry, relay_b, WEEK).what, INTAKE_KNOWN);
    assert_int_equal(case_get(desk.vault, &c, 1), RC_OK);
    assert_int_equal(c.messages, 1);
    assert_true(c.unread);
    assert_memory_equal(c.root, r.root, 32);
    assert_int_equal(c.day, WEEK * 7);
    assert_int_equal(message_get(desk.vault, &m, 1, 0), RC_OK);
    assert_int_equal(m.text_len, 18);
    assert_memory_equal(m.text, "\nfire exits locked", 18);
    assert_int_equal(message_get(desk.vault, &m, 1, 1), RC_MISSING);
}

static void
cases_join_by_root_and_keep_the_first_reply_key(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct reporter r, thief;
    struct case_rec c;

    (void)state;
    somebody(&r);
    somebody(&thief);
    report(entry, &r, "\none");
    assert_int_equal(take(entry).what, INTAKE_CASE);
    memcpy(thief.root, r.root, sizeof r.root);
    report(entry, &thief, "\ntwo");
    assert_int_equal(take(entry).what, INTAKE_MESSAGE);
    assert_int_equal(case_get(desk.vault, &c, 1), RC_OK);
    assert_int_equal(c.messages, 2);
    assert_memory_equal(c.reply, r.reply, 32);
    somebody(&r);
    report(entry, &r, "\nthree");
    assert_int_equal(take(entry).what, INTAKE_CASE);
    assert_int_equal(count(VAULT_CASE), 2);
}

static void
follow_ups_need_their_proof(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct intake_result got;
    struct reporter r, other;

    (void)state;
    somebody(&r);
    somebody(&other);
    report(entry, &r, "\none");
    (void)take(entry);
    follow_up(entry, &r, NULL);
    assert_int_equal(take(entry).what, INTAKE_FORGED);
    follow_up(entry, &r, other.root);
    assert_int_equal(take(entry).what, INTAKE_FORGED);
    assert_int_equal(count(VAULT_MESSAGE), 1);
    follow_up(entry, &r, r.root);
    got = take(entry);
    assert_int_equal(got.what, INTAKE_MESSAGE);
    assert_int_equal(got.case_no, 1);
    assert_int_equal(take(entry).what, INTAKE_KNOWN);
    assert_int_equal(count(VAULT_MESSAGE), 2);
}

/* One relay may have dropped the report and kept the follow-up. */
static void
orphans_find_their_report(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct intake_result got;
    struct reporter r, other;

    (void)state;
    somebody(&r);
    somebody(&other);
    follow_up(entry, &r, r.root);
    assert_int_equal(take(entry).what, INTAKE_ORPHAN);
    follow_up(entry, &r, other.root);
    assert_int_equal(take(entry).what, INTAKE_ORPHAN);
    follow_up(entry, &other, other.root);
    assert_int_equal(take(entry).what, INTAKE_ORPHAN);
    assert_int_equal(count(VAULT_ORPHAN), 3);
    report(entry, &r, "\none");
    got = take(entry);
    assert_int_equal(got.what, INTAKE_CASE);
    assert_int_equal(got.adopted, 1);
    assert_int_equal(count(VAULT_MESSAGE), 2);
    assert_int_equal(count(VAULT_ORPHAN), 1); /* the other's still waits */
}

/* Strangers can make them at will: they take so much room, and so long. */
static void
orphans_are_bounded_and_end_with_their_week(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN], head[HEAD_LEN] = {0};
    struct reporter r;

    (void)state;
    somebody(&r);
    assert_int_equal(vault_begin(desk.vault), RC_OK);
    for (uint32_t i = 0; i < INTAKE_ORPHANS_MAX; i++) {
        struct orphan_rec o = {.week = WEEK - 1};

        randombytes_buf(o.e, sizeof o.e);
        memcpy(o.head, head, sizeof head);
        assert_int_equal(orphan_put(desk.vault, &o), RC_OK);
    }
    assert_int_equal(vault_commit(desk.vault), RC_OK);
    follow_up(entry, &r, r.root);
    assert_int_equal(take(entry).what, INTAKE_CROWDED);
    assert_int_equal(count(VAULT_ORPHAN), INTAKE_ORPHANS_MAX);
    assert_int_equal(intake_forget_week(&desk, WEEK - 1), RC_OK);
    assert_int_equal(count(VAULT_ORPHAN), 0);
    assert_int_equal(take(entry).what, INTAKE_ORPHAN);
    assert_int_equal(count(VAULT_ORPHAN), 1);
}

static void
a_week_is_found_on_pages_of_three(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct reporter r;

    (void)state;
    somebody(&r);
    for (uint32_t page = WEEK - 2; page <= WEEK + 2; page++) {
        report(entry, &r, "\nx");
        assert_int_equal(take_at(entry, relay_a, page).what == INTAKE_MISS,
                         page < WEEK - 1 || page > WEEK + 1);
    }
}

static void
without_its_keys_nothing_opens(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN], again[ENTRY_REPORT_LEN];
    struct reporter r;

    (void)state;
    somebody(&r);
    report(entry, &r, "\none");
    report(again, &r, "\ntwo");
    assert_int_equal(take(entry).what, INTAKE_CASE);
    assert_int_equal(count(VAULT_OPENED), 1);
    assert_int_equal(weekkeys_destroy(desk.keys, WEEK), RC_OK);
    assert_int_equal(intake_forget_week(&desk, WEEK - 1), RC_OK);
    assert_int_equal(count(VAULT_OPENED), 1);
    assert_int_equal(intake_forget_week(&desk, WEEK), RC_OK);
    assert_int_equal(count(VAULT_OPENED), 0);
    assert_int_equal(take(again).what, INTAKE_MISS);
    assert_int_equal(count(VAULT_CASE), 1);
}

/* Sealed well, and nonsense inside. */
static void
heads_that_make_no_sense_are_misses(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } broken[] = {{0, 0}, {0, 2},   {1, 0},    {1, 4},   {1, 9},  {2, 255},
                  {7, 1}, {15, 1},  {80, 1},   {112, 1}, {143, 1}};
    uint8_t head[HEAD_LEN], entry[ENTRY_REPORT_LEN], eseed[ENTRY_ESEED_LEN];
    struct reporter r;
    struct head h;

    (void)state;
    somebody(&r);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        h = report_head(&r, "\nx");
        assert_int_equal(head_write(head, &h), RC_OK);
        head[broken[i].at] = broken[i].value;
        randombytes_buf(eseed, sizeof eseed);
        seal(entry, head, WEEK, eseed);
        assert_int_equal(take(entry).what, INTAKE_MISS);
    }
    memset(head, 0xff, sizeof head);
    randombytes_buf(eseed, sizeof eseed);
    seal(entry, head, WEEK, eseed);
    assert_int_equal(take(entry).what, INTAKE_MISS);
    assert_int_equal(count(VAULT_CASE) + count(VAULT_MESSAGE), 0);
}

static void
text_that_is_no_text_is_kept(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    uint8_t noise[HEAD_TEXT_MAX];
    struct message_rec m;
    struct reporter r;
    struct head h;

    (void)state;
    somebody(&r);
    memset(noise, 0xfe, sizeof noise);
    h = report_head(&r, "");
    h.text = noise;
    h.text_len = sizeof noise;
    write_entry(entry, &h);
    assert_int_equal(take(entry).what, INTAKE_CASE);
    assert_int_equal(message_get(desk.vault, &m, 1, 0), RC_OK);
    assert_int_equal(m.text_len, sizeof noise);
    assert_memory_equal(m.text, noise, sizeof noise);
}

static void
bodies_wait_unless_they_are_too_large(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct message_rec m;
    struct body_rec b;
    struct reporter r;
    struct head h;

    (void)state;
    somebody(&r);
    h = report_head(&r, "\nx");
    h.body_len = 999999;
    h.boxes = body_boxes(h.body_len);
    memset(h.body_key, 1, sizeof h.body_key);
    memset(h.digest, 2, sizeof h.digest);
    write_entry(entry, &h);
    assert_true(take(entry).body);
    assert_int_equal(message_get(desk.vault, &m, 1, 0), RC_OK);
    assert_int_equal(body_get(desk.vault, &b, m.body_id), RC_OK);
    assert_int_equal(b.state, BODY_WAITING);
    assert_int_equal(b.body.boxes, h.boxes);
    h.body_len = BODY_MAX;
    h.boxes = body_boxes(BODY_MAX);
    write_entry(entry, &h);
    (void)take(entry);
    assert_int_equal(message_get(desk.vault, &m, 1, 1), RC_OK);
    assert_int_equal(body_get(desk.vault, &b, m.body_id), RC_OK);
    assert_int_equal(b.state, BODY_REFUSED);
}

static void
own_reports_are_no_cases(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct own_rec own = {.week = WEEK};
    struct head h = {.kind = HEAD_OWN, .text = (const uint8_t *)""};

    (void)state;
    randombytes_buf(own.a, sizeof own.a);
    memcpy(h.a, own.a, sizeof h.a);
    write_entry(entry, &h);
    /* one that we never sent */
    assert_int_equal(take(entry).what, INTAKE_MISS);
    assert_int_equal(own_put(desk.vault, &own), RC_OK);
    write_entry(entry, &h);
    assert_int_equal(take(entry).what, INTAKE_OWN);
    assert_int_equal(take_at(entry, relay_b, WEEK).what, INTAKE_OWN);
    assert_int_equal(own_get(desk.vault, &own, h.a), RC_OK);
    assert_int_equal(own.n_relays, 2);
    assert_true(own.relays[0].seen && own.relays[1].seen);
    assert_int_equal(count(VAULT_CASE) + count(VAULT_MESSAGE), 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(dummies_and_noise_are_misses),
        TEST(a_tampered_copy_blocks_nothing),
        TEST(one_entry_acts_once),
        TEST(cases_join_by_root_and_keep_the_first_reply_key),
        TEST(follow_ups_need_their_proof),
        TEST(orphans_find_their_report),
        TEST(orphans_are_bounded_and_end_with_their_week),
        TEST(a_week_is_found_on_pages_of_three),
        TEST(without_its_keys_nothing_opens),
        TEST(heads_that_make_no_sense_are_misses),
        TEST(text_that_is_no_text_is_kept),
        TEST(bodies_wait_unless_they_are_too_large),
        TEST(own_reports_are_no_cases),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
