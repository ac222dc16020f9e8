/* SPDX-License-Identifier: ISC */
/* Who is the owner of a conversation, and what comes without its report. */
#include "intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "intaketest.h"
#include "numbers.h"

static void
cases_join_by_root_and_reply_key(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct reporter r;
    struct case_rec c;

    (void)state;
    somebody(&r);
    report(entry, &r, "\none");
    assert_int_equal(take(entry).what, INTAKE_CASE);
    report(entry, &r, "\ntwo");
    assert_int_equal(take(entry).what, INTAKE_MESSAGE);
    assert_int_equal(case_get(desk.vault, &c, 1), RC_OK);
    assert_int_equal(c.messages, 2);
    assert_memory_equal(c.reply, r.reply, 32);
    assert_int_equal(c.twin, 0);
    assert_false(c.lost);
    somebody(&r);
    report(entry, &r, "\nthree");
    assert_int_equal(take(entry).what, INTAKE_CASE);
    assert_int_equal(count(VAULT_CASE), 2);
}

/* Who has the root only, whichever comes first: neither is hidden, neither is
 * taken for the other, and both say so. */
static void
another_reply_key_stands_apart(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct intake_result got;
    struct reporter r, thief;
    struct case_rec c;

    (void)state;
    somebody(&r);
    somebody(&thief);
    memcpy(thief.root, r.root, sizeof r.root);
    report(entry, &thief, "\nfirst");
    assert_int_equal(take(entry).what, INTAKE_CASE);
    follow_up(entry, &r, &r); /* her report is on another page yet to come */
    assert_int_equal(take(entry).what, INTAKE_FORGED);
    report(entry, &r, "\nsecond");
    got = take(entry);
    assert_int_equal(got.what, INTAKE_CASE);
    assert_int_equal(got.case_no, 2);
    assert_true(got.twin);
    assert_int_equal(case_get(desk.vault, &c, 1), RC_OK);
    assert_memory_equal(c.reply, thief.reply, 32);
    assert_int_equal(c.messages, 1);
    assert_int_equal(c.twin, 2);
    assert_int_equal(case_get(desk.vault, &c, 2), RC_OK);
    assert_memory_equal(c.reply, r.reply, 32);
    assert_int_equal(c.twin, 1);
    /* each one's follow-ups go to its own case */
    follow_up(entry, &r, &r);
    assert_int_equal(take(entry).case_no, 2);
    follow_up(entry, &thief, &thief);
    assert_int_equal(take(entry).case_no, 1);
    report(entry, &r, "\nmore");
    got = take(entry);
    assert_int_equal(got.what, INTAKE_MESSAGE);
    assert_int_equal(got.case_no, 2);
    assert_int_equal(count(VAULT_CASE), 2);
}

/* A third one: it has the numbers of all, and nobody is forgotten. */
static void
three_reply_keys_stand_apart(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct reporter r[3];
    struct case_rec c;

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        somebody(&r[i]);
        memcpy(r[i].root, r[0].root, sizeof r[i].root);
        report(entry, &r[i], "\none");
        assert_int_equal(take(entry).case_no, i + 1);
        assert_int_equal(case_get(desk.vault, &c, 1), RC_OK);
        assert_int_equal(numbers_spend(desk.vault, &c, (uint8_t)i), RC_OK);
    }
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(case_get(desk.vault, &c, i + 1), RC_OK);
        assert_int_equal(numbers_next(&c), 3);
        assert_int_equal(c.twin, i == 1 ? 1 : 2);
        follow_up(entry, &r[i], &r[i]);
        assert_int_equal(take(entry).case_no, i + 1);
    }
}

static void
a_report_needs_its_proof(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct reporter r, other, weak;
    struct head h;

    (void)state;
    somebody(&r);
    somebody(&other);
    h = report_head(&r, "\none");
    memset(h.p, 7, sizeof h.p);
    write_entry(entry, &h, NULL);
    assert_int_equal(take(entry).what, INTAKE_MISS);
    write_entry(entry, &h, &other);
    assert_int_equal(take(entry).what, INTAKE_MISS);
    /* with an R_O of small order everybody would have the secret */
    weak = r;
    memset(weak.reply, 0, sizeof weak.reply);
    h = report_head(&weak, "\none");
    memset(h.p, 0, sizeof h.p);
    write_entry(entry, &h, NULL);
    assert_int_equal(take(entry).what, INTAKE_MISS);
    assert_int_equal(count(VAULT_CASE) + count(VAULT_OPENED), 0);
    report(entry, &r, "\none");
    assert_int_equal(take(entry).what, INTAKE_CASE);
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
    follow_up(entry, &r, &other);
    assert_int_equal(take(entry).what, INTAKE_FORGED);
    assert_int_equal(count(VAULT_MESSAGE), 1);
    assert_int_equal(count(VAULT_OPENED), 1); /* a miss never counts */
    follow_up(entry, &r, &r);
    got = take(entry);
    assert_int_equal(got.what, INTAKE_MESSAGE);
    assert_int_equal(got.case_no, 1);
    assert_int_equal(take(entry).what, INTAKE_KNOWN);
    assert_int_equal(count(VAULT_MESSAGE), 2);
}

/* Who took the case store has root_O and R_O of every case, and the keys of
 * weeks before; not r_O, and not k_t of weeks that came after. */
static void
a_thief_of_the_store_forges_no_follow_up(void **state)
{
    const struct desknote_week pub = public_keys(WEEK);
    const struct weekkey *old = weekkeys_find(desk.keys, WEEK - 1);
    uint8_t entry[ENTRY_REPORT_LEN], head[HEAD_LEN];
    uint8_t eseed[ENTRY_ESEED_LEN], own[32];
    struct reporter r;

    (void)state;
    somebody(&r);
    report(entry, &r, "\none");
    (void)take(entry);
    randombytes_buf(own, sizeof own);
    for (int i = 0; i < 4; i++) {
        const uint8_t *secrets[] = {old->k, old->k, own, own};
        const uint8_t *points[] = {r.reply, pub.k, pub.k, r.reply};

        randombytes_buf(eseed, sizeof eseed);
        follow_up_head(head, &r);
        prove(head, &r, secrets[i], points[i], eseed);
        seal(entry, head, WEEK, eseed);
        assert_int_equal(take(entry).what, INTAKE_FORGED);
    }
    assert_int_equal(count(VAULT_MESSAGE), 1);
    /* with that week's k_t one can, as the desk itself */
    follow_up_head(head, &r);
    prove(head, &r, weekkeys_find(desk.keys, WEEK)->k, r.reply, eseed);
    seal(entry, head, WEEK, eseed);
    assert_int_equal(take(entry).what, INTAKE_MESSAGE);
}

/* k_t opens the outer seal of a report; that is enough for another entry with
 * its E, which stands on a page before it. */
static void
another_entry_with_its_e_displaces_no_report(void **state)
{
    const struct desknote_week pub = public_keys(WEEK);
    uint8_t hers[ENTRY_REPORT_LEN], theirs[ENTRY_REPORT_LEN];
    uint8_t head[HEAD_LEN], eseed[ENTRY_ESEED_LEN];
    struct reporter r, other;
    struct head h;

    (void)state;
    somebody(&r);
    somebody(&other);
    randombytes_buf(eseed, sizeof eseed);
    h = report_head(&r, "\nhers");
    assert_int_equal(head_write(head, &h), RC_OK);
    prove(head, &r, r.r, pub.k, eseed);
    seal(hers, head, WEEK, eseed);
    h = report_head(&other, "\ntheirs");
    assert_int_equal(head_write(head, &h), RC_OK);
    prove(head, &other, other.r, pub.k, eseed);
    seal(theirs, head, WEEK, eseed);
    assert_memory_equal(hers, theirs, 32);
    assert_int_equal(take(theirs).what, INTAKE_CASE);
    assert_int_equal(take(hers).what, INTAKE_CASE);
    assert_int_equal(take(hers).what, INTAKE_KNOWN);
    follow_up_head(head, &other); /* one that waits displaces none, either */
    head[20] ^= 1;
    seal(theirs, head, WEEK, eseed);
    assert_int_equal(take(theirs).what, INTAKE_ORPHAN);
    follow_up_head(head, &r);
    prove(head, &r, r.r, pub.k, eseed);
    seal(hers, head, WEEK, eseed);
    assert_int_equal(take(hers).what, INTAKE_MESSAGE);
}

/* One relay may have dropped the report and kept the follow-up. */
static void
orphans_find_their_report(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN], good[ENTRY_REPORT_LEN];
    struct intake_result got;
    struct reporter r, other;

    (void)state;
    somebody(&r);
    somebody(&other);
    follow_up(good, &r, &r);
    assert_int_equal(take(good).what, INTAKE_ORPHAN);
    assert_int_equal(take_at(good, relay_b, WEEK).what, INTAKE_KNOWN);
    follow_up(entry, &r, &other);
    assert_int_equal(take(entry).what, INTAKE_ORPHAN);
    follow_up(entry, &other, &other);
    assert_int_equal(take(entry).what, INTAKE_ORPHAN);
    assert_int_equal(count(VAULT_ORPHAN), 3);
    report(entry, &r, "\none");
    got = take(entry);
    assert_int_equal(got.what, INTAKE_CASE);
    assert_int_equal(got.adopted, 1);
    assert_int_equal(count(VAULT_MESSAGE), 2);
    assert_int_equal(count(VAULT_ORPHAN), 2); /* the others still wait */
    assert_int_equal(take(good).what, INTAKE_KNOWN);
}

/* A thief's case with her root must not use up what waits for hers. */
static void
an_orphan_waits_for_the_case_that_proves_it(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct reporter r, thief;
    struct intake_result got;

    (void)state;
    somebody(&r);
    somebody(&thief);
    memcpy(thief.root, r.root, sizeof r.root);
    follow_up(entry, &r, &r);
    assert_int_equal(take(entry).what, INTAKE_ORPHAN);
    report(entry, &thief, "\nfirst");
    got = take(entry);
    assert_int_equal(got.what, INTAKE_CASE);
    assert_int_equal(got.adopted, 0);
    report(entry, &r, "\nsecond");
    assert_int_equal(take(entry).adopted, 1);
    assert_int_equal(count(VAULT_ORPHAN), 0);
}

/* Strangers can make them at will: they take so much room, in each week. */
static void
orphans_are_kept_by_lot(void **state)
{
    enum { LATER = 150 };
    static uint8_t late[LATER][ENTRY_REPORT_LEN];
    uint8_t head[HEAD_LEN];
    size_t kept = 0, again = 0;
    struct reporter r;

    (void)state;
    somebody(&r);
    follow_up_head(head, &r);
    assert_int_equal(vault_begin(desk.vault), RC_OK);
    for (uint32_t i = 0; i < 2 * INTAKE_ORPHANS_MAX; i++) {
        struct orphan_rec o = {.week = WEEK - i % 2};

        randombytes_buf(o.e, sizeof o.e);
        memcpy(o.head, head, sizeof head);
        assert_int_equal(orphan_put(desk.vault, &o), RC_OK);
    }
    assert_int_equal(vault_commit(desk.vault), RC_OK);
    for (size_t i = 0; i < LATER; i++) {
        enum intake_what what;

        follow_up(late[i], &r, &r);
        what = take(late[i]).what;
        assert_true(what == INTAKE_ORPHAN || what == INTAKE_CROWDED);
        kept += what == INTAKE_ORPHAN;
        assert_int_equal(count(VAULT_ORPHAN), 2 * INTAKE_ORPHANS_MAX);
    }
    /* Who comes late has a chance, and so has who came before: 112 of them on
     * average; all or so few by accident once in 10^19 runs. */
    assert_in_range(kept, 20, LATER - 1);
    /* The lot is drawn once: to come again is no second chance. */
    for (size_t i = 0; i < LATER; i++) {
        again += take(late[i]).what == INTAKE_ORPHAN;
    }
    assert_int_equal(again, 0);
    assert_int_equal(count(VAULT_OPENED), 0);
}

/* When the week's keys go, what has no report is shown as what it is. */
static void
orphans_are_shown_when_their_week_ends(void **state)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct reporter r, other, known;
    struct message_rec m;
    struct case_rec c;

    (void)state;
    somebody(&r);
    somebody(&other);
    somebody(&known);
    follow_up(entry, &r, &r);
    (void)take(entry);
    follow_up(entry, &r, NULL);
    (void)take(entry);
    follow_up(entry, &other, &other);
    (void)take(entry);
    follow_up(entry, &known, &other); /* its case comes, and does not fit */
    (void)take(entry);
    report(entry, &known, "\none");
    assert_int_equal(take(entry).case_no, 1);
    assert_int_equal(intake_forget_week(&desk, WEEK - 1), RC_OK);
    assert_int_equal(count(VAULT_ORPHAN), 4);
    assert_int_equal(count(VAULT_CASE), 1);
    assert_int_equal(intake_forget_week(&desk, WEEK), RC_OK);
    assert_int_equal(count(VAULT_ORPHAN), 0);
    assert_int_equal(count(VAULT_CASE), 3);
    assert_int_equal(count(VAULT_MESSAGE), 4);
    assert_int_equal(case_get(desk.vault, &c, 1), RC_OK);
    assert_int_equal(c.messages, 1);
    for (uint32_t i = 2; i <= 3; i++) {
        assert_int_equal(case_get(desk.vault, &c, i), RC_OK);
        assert_true(c.lost && c.unread);
        assert_int_equal(message_get(desk.vault, &m, i, 0), RC_OK);
        assert_memory_equal(m.text, "\nmore", 5);
    }
    /* and proves nothing: her report, if it comes after all, is its own case */
    report(entry, &r, "\none");
    assert_int_equal(take(entry).what, INTAKE_CASE);
}

int
main(void)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, intake_setup, intake_teardown)
    const struct CMUnitTest tests[] = {
        TEST(cases_join_by_root_and_reply_key),
        TEST(another_reply_key_stands_apart),
        TEST(three_reply_keys_stand_apart),
        TEST(a_report_needs_its_proof),
        TEST(follow_ups_need_their_proof),
        TEST(a_thief_of_the_store_forges_no_follow_up),
        TEST(another_entry_with_its_e_displaces_no_report),
        TEST(orphans_find_their_report),
        TEST(an_orphan_waits_for_the_case_that_proves_it),
        TEST(orphans_are_kept_by_lot),
        TEST(orphans_are_shown_when_their_week_ends),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
