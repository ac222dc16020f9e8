/* SPDX-License-Identifier: ISC */
#include "entry.h"
#include "vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include <cmocka.h>

#define WEEK 2970u

/* An organisation with three weeks' keys. */
static uint8_t org[ORG_ID_LEN];
static struct entry_keys keys[3];
static uint8_t k[3][32], q[3][XWING_PK_LEN];
static uint8_t head[HEAD_LEN], eseed[ENTRY_ESEED_LEN];

static int
set_up(void **state)
{
    (void)state;
    vec_seed(org, sizeof org, "entry org");
    vec_seed(head, sizeof head, "entry head");
    vec_seed(eseed, sizeof eseed, "entry eseed");
    for (unsigned i = 0; i < 3; i++) {
        char label[] = "entry keys 0";

        label[11] = (char)('0' + i);
        vec_seed(keys[i].k, 32, label);
        label[6] = 'K';
        vec_seed(keys[i].q, 32, label);
        keys[i].week = WEEK - 1 + i;
        keys[i].k_public = i == 1 ? NULL : k[i];
        if (crypto_scalarmult_base(k[i], keys[i].k) != 0 ||
            xwing_public(q[i], keys[i].q) != RC_OK) {
            return 1;
        }
    }
    return 0;
}

static void
seal(uint8_t out[static ENTRY_REPORT_LEN], unsigned i)
{
    const struct entry_to to = {org, keys[i].week, k[i], q[i]};

    assert_int_equal(entry_seal(out, &to, head, eseed), RC_OK);
}

static void
missed(const uint8_t *in, const uint8_t *o, const struct entry_keys *with,
       size_t n)
{
    static const uint8_t zero[HEAD_LEN];
    uint8_t out[HEAD_LEN];
    size_t which;

    memset(out, 9, sizeof out);
    assert_int_equal(entry_open(out, &which, in, o, with, n), RC_MISSING);
    assert_memory_equal(out, zero, sizeof out);
}

static void
other_keys_miss(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN], other[32];
    struct entry_keys wrong;

    (void)state;
    seal(entry, 1);
    missed(entry, org, keys, 0);
    missed(entry, org, &keys[0], 1);
    missed(entry, org, &keys[2], 1);
    wrong = keys[1];
    wrong.week++;
    missed(entry, org, &wrong, 1);
    wrong = keys[1];
    wrong.k[1] ^= 1;
    missed(entry, org, &wrong, 1);
    wrong = keys[1];
    wrong.k_public = k[0];
    missed(entry, org, &wrong, 1);
    wrong = keys[1]; /* recognised, but does not open */
    wrong.q[0] ^= 1;
    missed(entry, org, &wrong, 1);
    memcpy(other, org, 32);
    other[31] ^= 1;
    missed(entry, other, keys, 3);
}

/* Every bit of E and tag, bits of the rest from end to end. */
static void
every_flipped_bit_is_a_miss(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];

    (void)state;
    seal(entry, 1);
    for (size_t bit = 0; bit < sizeof entry * 8; bit += bit < 400 ? 1 : 61) {
        entry[bit / 8] ^= (uint8_t)(1u << bit % 8);
        missed(entry, org, &keys[1], 1);
        entry[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t i = sizeof entry - 16; i < sizeof entry; i++) {
        entry[i] ^= 0x40;
        missed(entry, org, &keys[1], 1);
        entry[i] ^= 0x40;
    }
}

/* Keys E that are no honest ones: small order, not reduced. */
static void
odd_keys_are_a_miss(void **state)
{
    static const uint8_t p[32] = {
        0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
    uint8_t entry[ENTRY_REPORT_LEN];

    (void)state;
    seal(entry, 1);
    memset(entry, 0, 32);
    missed(entry, org, keys, 3);
    entry[0] = 1;
    missed(entry, org, keys, 3);
    memcpy(entry, p, 32);
    missed(entry, org, keys, 3);
    seal(entry, 1);
    entry[31] |= 0x80; /* the same point, written another way */
    missed(entry, org, keys, 3);
    memset(entry, 0xff, sizeof entry);
    missed(entry, org, keys, 3);
}

/* Two entries for one week, with halves exchanged. */
static void
parts_of_two_entries_do_not_go_together(void **state)
{
    uint8_t a[ENTRY_REPORT_LEN], b[ENTRY_REPORT_LEN], mix[ENTRY_REPORT_LEN];

    (void)state;
    seal(a, 1);
    eseed[0] ^= 8;
    seal(b, 1);
    eseed[0] ^= 8;
    memcpy(mix, a, sizeof mix);
    memcpy(mix + 48, b + 48, sizeof mix - 48);
    missed(mix, org, keys, 3);
    memcpy(mix, b, 32);
    missed(mix, org, keys, 3);
}

/* An inner box is bound to its E: nobody can seal it again around. */
static void
an_inner_box_under_another_key_is_a_miss(void **state)
{
    uint8_t info[15 + 32 + 4], a[ENTRY_REPORT_LEN], b[ENTRY_REPORT_LEN];
    static uint8_t inner[4032];
    const struct hpke_info hpke = {
        .kem = HPKE_X25519, .info = info, .info_len = sizeof info};
    struct hpke_text text = {NULL, 0, a + 48, ENTRY_REPORT_LEN - 48};
    struct hpke_ctx ctx;
    uint8_t out[HEAD_LEN];
    size_t which;

    (void)state;
    memcpy(info, "tocsin/1 report", 15);
    memcpy(info + 15, org, 32);
    memcpy(info + 47, "\0\0\x0b\x9a", 4);
    seal(a, 1);
    assert_int_equal(hpke_setup_r(&ctx, &hpke, a, keys[1].k), RC_OK);
    assert_int_equal(hpke_open(&ctx, inner, &text), RC_OK);
    /* by hand, the same key again gives the same entry: the way is right */
    for (int same = 1; same >= 0; same--) {
        eseed[5] ^= same ? 0 : 1;
        assert_int_equal(hpke_setup_s(&ctx, b, &hpke, k[1], eseed), RC_OK);
        assert_int_equal(hpke_export(&ctx, b + 32, 16,
                                     (const uint8_t *)"clue", 4), RC_OK);
        text.in = inner;
        text.in_len = sizeof inner;
        assert_int_equal(hpke_seal(&ctx, b + 48, &text), RC_OK);
        eseed[5] ^= same ? 0 : 1;
        if (same) {
            assert_memory_equal(b, a, sizeof b);
            assert_int_equal(entry_open(out, &which, b, org, keys, 3), RC_OK);
        } else {
            missed(b, org, keys, 3);
        }
    }
    hpke_wipe(&ctx);
}

static void
bad_recipient_keys_are_refused(void **state)
{
    static const uint8_t zero[ENTRY_REPORT_LEN];
    uint8_t bad_k[32] = {0}, bad_q[XWING_PK_LEN], out[ENTRY_REPORT_LEN];
    struct entry_to to = {org, WEEK, bad_k, q[1]};

    (void)state;
    assert_int_not_equal(entry_seal(out, &to, head, eseed), RC_OK);
    assert_memory_equal(out, zero, sizeof out);
    memset(bad_q, 0xff, sizeof bad_q);
    to.k = k[1];
    to.q = bad_q;
    assert_int_not_equal(entry_seal(out, &to, head, eseed), RC_OK);
    assert_memory_equal(out, zero, sizeof out);
}

static void
an_entry_opens_in_its_week(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN], again[ENTRY_REPORT_LEN], e[32];
    uint8_t out[HEAD_LEN];
    size_t which;

    (void)state;
    assert_int_equal(entry_key(e, eseed), RC_OK);
    for (unsigned i = 0; i < 3; i++) {
        seal(entry, i);
        assert_memory_equal(entry, e, 32);
        assert_true(entry_key_is_canonical(entry));
        seal(again, i);
        assert_memory_equal(again, entry, sizeof entry);
        assert_int_equal(entry_open(out, &which, entry, org, keys, 3), RC_OK);
        assert_int_equal(which, i);
        assert_memory_equal(out, head, sizeof head);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_keys_miss),
        cmocka_unit_test(every_flipped_bit_is_a_miss),
        cmocka_unit_test(odd_keys_are_a_miss),
        cmocka_unit_test(parts_of_two_entries_do_not_go_together),
        cmocka_unit_test(an_inner_box_under_another_key_is_a_miss),
        cmocka_unit_test(bad_recipient_keys_are_refused),
        cmocka_unit_test(an_entry_opens_in_its_week),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
