/* SPDX-License-Identifier: ISC */
#include "notes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "desktest.h"

#define WEEK 2968u
#define TODAY (WEEK * 7 + 3)

static struct desk desk;
static uint8_t sk[64];

static int
setup(void **state)
{
    (void)state;
    if (desktest_open(&desk) != 0) {
        return -1;
    }
    (void)crypto_sign_keypair(desk.config.pk, sk);
    blake2b_256(desk.config.org, desk.config.pk, 32);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    return desktest_close(&desk);
}

/* Text, signature; the note is the caller's to free. */
static uint8_t *
make(uint32_t week, uint32_t issued, size_t *len)
{
    char *text;
    size_t text_len;
    uint8_t *note;

    assert_int_equal(notes_text(&desk, &text, &text_len, week, issued),
                     RC_OK);
    assert_int_equal(notes_sign(&note, len, text, text_len, sk), RC_OK);
    free(text);
    return note;
}

static void
keep(uint32_t week, uint32_t issued)
{
    size_t len;
    uint8_t *note = make(week, issued, &len);

    assert_int_equal(notes_keep(&desk, note, len), RC_OK);
    free(note);
}

/* The first week of the note that is due, 0 for none. */
static uint32_t
due(uint32_t day, uint64_t *version)
{
    struct directory_org org = {0};
    struct desknote n;
    uint8_t *note;
    size_t len;
    enum rc rc = notes_due(&desk, day, &note, &len, version);

    if (rc == RC_MISSING) {
        return 0;
    }
    assert_int_equal(rc, RC_OK);
    memcpy(org.id, desk.config.org, sizeof org.id);
    memcpy(org.pk, desk.config.pk, sizeof org.pk);
    assert_int_equal(desknote_open(&n, note, len, &org), RC_OK);
    assert_true(n.version == *version);
    assert_true(n.issued <= day && day <= n.expires);
    free(note);
    return n.keys.week;
}

static void
each_week_has_its_note(void **state)
{
    uint64_t last = 0;

    (void)state;
    assert_int_equal(due(TODAY, &last), 0);
    keep(WEEK, TODAY);
    for (uint32_t i = 1; i < 5; i++) {
        keep(WEEK + i, (WEEK + i) * 7);
    }
    for (uint32_t day = TODAY; day < (WEEK + 5) * 7; day++) {
        uint64_t version;

        assert_int_equal(due(day, &version), day / 7);
        assert_true(version >= last);
        last = version;
    }
    assert_int_equal(due(TODAY - 1, &last), 0);
    assert_int_equal(due((WEEK + 4) * 7 + 11, &last), 0);
}

/* One bit of any key of a note, the post-quantum ones too, is another's. */
static void
a_key_of_somebody_else_is_noticed(void **state)
{
    struct desknote n;
    uint32_t week;
    char *text;
    size_t len;

    (void)state;
    for (uint32_t back = 3; back > 0; back--) { /* some past V */
        keep(WEEK - back, (WEEK - back) * 7);
    }
    assert_int_equal(notes_text(&desk, &text, &len, WEEK, TODAY), RC_OK);
    assert_int_equal(desknote_parse(&n, text, len), RC_OK);
    free(text);
    assert_true(n.n_past >= 3);
    assert_false(notes_foreign(&desk, &n, &week));
    struct desknote_week *w = &n.keys;
    const struct {
        uint8_t *byte;
        uint32_t week;
    } keys[] = {
        {w->k, w->week},
        {w->q, w->week},
        {w->q + sizeof w->q - 1, w->week},
        {w->v, w->week},
        {n.next + 31, w->week + 1},
        {n.past[0].v + 31, n.past[0].week},
        {n.past[n.n_past - 1].v, n.past[n.n_past - 1].week},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        *keys[i].byte ^= 0x10;
        assert_true(notes_foreign(&desk, &n, &week));
        assert_int_equal(week, keys[i].week);
        *keys[i].byte ^= 0x10;
    }
    assert_false(notes_foreign(&desk, &n, &week));
}

/* Signing anew must not make the notes of later weeks older. */
static void
a_second_signing_keeps_the_order(void **state)
{
    uint64_t first, second, third;

    (void)state;
    keep(WEEK, TODAY);
    keep(WEEK + 1, (WEEK + 1) * 7);
    (void)due(TODAY, &first);
    keep(WEEK, TODAY);
    (void)due(TODAY, &second);
    assert_true(second > first);
    assert_int_equal(due((WEEK + 1) * 7, &third), WEEK + 1);
    assert_true(third > second);
    keep(WEEK, TODAY + 1);
    (void)due(TODAY + 1, &first);
    assert_true(first > second && first < third);
}

static void
the_last_day_is_known_and_old_ones_go(void **state)
{
    uint64_t version;
    uint32_t last;

    (void)state;
    assert_int_equal(notes_last_day(&desk, TODAY, &last), RC_OK);
    assert_int_equal(last, 0);
    keep(WEEK, TODAY);
    assert_int_equal(notes_last_day(&desk, TODAY, &last), RC_OK);
    /* min(issued + 10, 7w + 11) */
    assert_int_equal(last, desknote_latest_expiry(WEEK, TODAY));
    assert_int_equal(notes_last_day(&desk, TODAY + 11, &last), RC_OK);
    assert_int_equal(last, 0);
    assert_int_equal(due(TODAY, &version), 0);
}

static void
late_in_the_week_notes_expire_with_the_next(void **state)
{
    uint32_t last;

    (void)state;
    keep(WEEK, WEEK * 7 + 6);
    assert_int_equal(notes_last_day(&desk, TODAY, &last), RC_OK);
    assert_int_equal(last, WEEK * 7 + 11);
}

static void
notes_of_others_are_not_kept(void **state)
{
    uint8_t other[64], pk[32];
    uint8_t *note, *forged;
    char *text;
    size_t len, text_len, forged_len;
    struct desk copy;

    (void)state;
    (void)crypto_sign_keypair(pk, other);
    assert_int_equal(notes_text(&desk, &text, &text_len, WEEK, TODAY), RC_OK);
    assert_int_equal(notes_sign(&forged, &forged_len, text, text_len, other),
                     RC_TAKEN);
    assert_null(forged);
    assert_int_equal(notes_sign(&forged, &forged_len, "text\n", 5, sk),
                     RC_FORMAT);
    note = make(WEEK, TODAY, &len);
    for (size_t i = 0; i < len; i += 101) {
        note[i] ^= 1;
        assert_int_not_equal(notes_keep(&desk, note, len), RC_OK);
        note[i] ^= 1;
    }
    for (size_t n = 0; n < len; n += 97) {
        assert_int_not_equal(notes_keep(&desk, note, n), RC_OK);
    }
    assert_int_not_equal(
        notes_keep(&desk, (const uint8_t *)text, text_len), RC_OK);
    /* the right signature, keys that are not in this store */
    copy = desk;
    assert_int_equal(vault_delete(copy.vault, VAULT_WEEK, "\0\0\x0b\x98", 4),
                     RC_OK);
    assert_int_equal(notes_keep(&desk, note, len), RC_FORMAT);
    free(note);
    free(text);
}

static void
write_note(struct desknote *out, uint32_t week, uint32_t issued)
{
    char *text;
    size_t len;

    assert_int_equal(notes_text(&desk, &text, &len, week, issued), RC_OK);
    assert_int_equal(desknote_parse(out, text, len), RC_OK);
    free(text);
}

/* Whatever day the note is used on, and whatever day an answer is of that still
 * stands, the note has its V: twice retention, as a relay that opens late gets
 * what stands; no answer goes where 14 weeks would not do. */
static void
every_week_of_which_an_answer_may_stand_is_listed(void **state)
{
    static const uint32_t retentions[] = {3, 7, 8, 27, 28, 29, 89, 90};
    struct directory directory = {0};
    struct bundle bundle = {.directory = &directory};
    struct desknote n;
    const uint8_t *v;

    (void)state;
    assert_int_equal(desk_make_keys(&desk, WEEK - 20, WEEK), RC_OK);
    desk.network.bundle = &bundle;
    desk.has_network = true;
    for (size_t i = 0; i < sizeof retentions / sizeof retentions[0]; i++) {
        uint32_t used = desknote_first_issue(WEEK) - 1;

        directory.retention = retentions[i];
        write_note(&n, WEEK, TODAY);
        for (; used <= n.expires; used++) {
            for (uint32_t back = 0; back <= 2 * retentions[i] + 1; back++) {
                const uint32_t day = used - back;
                uint32_t rung = used - retentions[i] - 1;
                struct desknote_week pub;
                uint32_t week = day / 7;

                rung = rung < day ? day : rung;
                if (rung > day && !notes_cover(&desk, day, rung)) {
                    assert_true(retentions[i] > 45);
                    continue;
                }
                assert_int_equal(desknote_v(&v, &n, week), RC_OK);
                assert_int_equal(week_get(desk.vault, &pub, week), RC_OK);
                assert_memory_equal(v, pub.v, 32);
            }
        }
        /* and no more than that by a week */
        assert_true(n.past[0].week * 7 + 6 + 7 + 7 >=
                    desknote_first_issue(WEEK) - 2 * retentions[i]);
    }
    assert_int_equal(n.n_past, DESKNOTE_PAST_MAX); /* 90 days */
    desk.has_network = false;
    write_note(&n, WEEK, TODAY); /* as for 28 days */
    assert_int_equal(n.n_past, 9);
}

/* What readers of one note know of the next week's V is what comes. */
static void
next_is_what_follows(void **state)
{
    struct desknote n, after;

    (void)state;
    write_note(&n, WEEK, TODAY);
    write_note(&after, WEEK + 1, (WEEK + 1) * 7);
    assert_memory_equal(n.next, after.keys.v, 32);
    write_note(&n, WEEK + 1, TODAY); /* signed again, and early */
    assert_memory_equal(n.keys.v, after.keys.v, 32);
    assert_memory_equal(n.next, after.next, 32);
}

/* Keys go at the deadline where nobody has scanned, not before. What proves
 * it: timeproof_test. */
static void
keys_go_at_the_deadline(void **state)
{
    int64_t deadline = weekkeys_deadline(WEEK, 28);
    struct desk_destroyed gone;

    (void)state;
    assert_int_equal(desk_make_keys(&desk, WEEK, WEEK + 1), RC_OK);
    desk.proof = (struct timeproof){.at = deadline + 30 * 86400,
                                    .mono_ms = 1};
    assert_int_equal(desk_destroy_keys(&desk, deadline - 1, &gone), RC_OK);
    assert_int_equal(gone.weeks, 0);
    assert_int_equal(desk_destroy_keys(&desk, deadline, &gone), RC_OK);
    assert_int_equal(gone.weeks, 1);
    assert_null(weekkeys_find(desk.keys, WEEK));
    assert_non_null(weekkeys_find(desk.keys, WEEK + 1));
    assert_int_equal(desk_destroy_keys(&desk, deadline + 6 * 86400, &gone),
                     RC_OK);
    assert_int_equal(gone.weeks, 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_week_has_its_note),
        TEST(a_key_of_somebody_else_is_noticed),
        TEST(a_second_signing_keeps_the_order),
        TEST(the_last_day_is_known_and_old_ones_go),
        TEST(late_in_the_week_notes_expire_with_the_next),
        TEST(notes_of_others_are_not_kept),
        TEST(every_week_of_which_an_answer_may_stand_is_listed),
        TEST(next_is_what_follows),
        TEST(keys_go_at_the_deadline),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
