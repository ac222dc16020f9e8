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
#include "intaketest.h"

#define TICK 30

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
    const struct desknote_week pub = public_keys(WEEK);
    struct reporter r;
    struct head h;

    (void)state;
    somebody(&r);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        h = report_head(&r, "\nx");
        assert_int_equal(head_write(head, &h), RC_OK);
        head[broken[i].at] = broken[i].value;
        randombytes_buf(eseed, sizeof eseed);
        prove(head, &r, r.r, pub.k, eseed);
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
    write_entry(entry, &h, &r);
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
    write_entry(entry, &h, &r);
    assert_true(take(entry).body);
    assert_int_equal(message_get(desk.vault, &m, 1, 0), RC_OK);
    assert_int_equal(body_get(desk.vault, &b, m.body_id), RC_OK);
    assert_int_equal(b.state, BODY_WAITING);
    assert_int_equal(b.body.boxes, h.boxes);
    h.body_len = BODY_MAX;
    h.boxes = body_boxes(BODY_MAX);
    write_entry(entry, &h, &r);
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
    write_entry(entry, &h, NULL);
    /* one that we never sent is read over */
    assert_int_equal(take(entry).what, INTAKE_MISS);
    assert_int_equal(count(VAULT_OPENED), 0);
    assert_int_equal(own_put(desk.vault, &own), RC_OK);
    write_entry(entry, &h, NULL);
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
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, intake_setup, intake_teardown)
    const struct CMUnitTest tests[] = {
        TEST(dummies_and_noise_are_misses),
        TEST(a_tampered_copy_blocks_nothing),
        TEST(one_entry_acts_once),
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
