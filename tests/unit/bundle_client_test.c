/* SPDX-License-Identifier: ISC */
/* What a client makes of a bundle that opens: the time, and whom to believe. */
#include "bundle.h"

#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY 20779

static struct sample s;
static struct directory *dir;

static int
setup(void **state)
{
    (void)state;
    sample_init(&s);
    dir = sample_directory(&s, 3, DAY - 5);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    directory_free(dir);
    return 0;
}

/* Opens and frees the bytes. */
static struct bundle *
must_open(uint8_t *in, size_t len)
{
    struct bundle *b;

    assert_int_equal(bundle_open(&b, in, len, &s.root), RC_OK);
    free(in);
    return b;
}

static struct bundle *
open_sample(struct directory *d)
{
    size_t len;
    uint8_t *in = sample_bundle(&s, d, DAY, &len);

    return must_open(in, len);
}

/* A bundle in which organisation i has a seen note of days[i] (0: none)
 * about this directory. */
static struct bundle *
seen_on(const uint32_t days[static SAMPLE_ORGS],
        const struct directory *about[static SAMPLE_ORGS])
{
    struct sample_notes n = sample_notes_begin(&s, dir);

    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        sample_notes_desk(&n, &s, i, 1, DAY);
        if (days[i] != 0) {
            sample_notes_seen(&n, &s, i, days[i], about[i]);
        }
    }
    return must_open(n.in, n.len);
}

static void
today_is_the_latest_of_three(void **state)
{
    static const struct {
        uint32_t days[SAMPLE_ORGS], local, want;
    } cases[] = {
        {{0, 0, 0}, 1, DAY - 5}, /* no seen notes: issued */
        {{0, 0, 0}, DAY + 9, DAY + 9},
        /* what they have seen is over: the day after */
        {{DAY, 0, 0}, 1, DAY + 1},
        {{DAY - 6, 0, 0}, 1, DAY - 5},
        {{DAY - 5, 0, 0}, 1, DAY - 4},
        {{DAY, DAY + 4, 0}, 1, DAY + 1}, /* the lower one of two */
        {{DAY + 4, DAY, 0}, DAY - 9, DAY + 1},
        {{DAY - 4, DAY + 4, DAY}, 1, DAY + 1},
        {{DAY, DAY, DAY}, 1, DAY + 1},
        {{DAY, DAY, DAY}, DAY + 1, DAY + 1},
        {{DAY, DAY, DAY}, DAY + 2, DAY + 2},
        {{DAY - 8, DAY - 7, DAY + 9}, 1, DAY - 5},
    };
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bundle *b = seen_on(cases[i].days, about);

        assert_int_equal(bundle_today(b, cases[i].local), cases[i].want);
        bundle_free(b);
    }
}

/* One organisation's note left out counts as no note at all. */
static void
today_can_do_without_one(void **state)
{
    static const struct {
        uint32_t days[SAMPLE_ORGS];
        size_t but;
        uint32_t want;
    } cases[] = {
        {{DAY, 0, 0}, 0, DAY - 5},
        {{DAY, 0, 0}, 1, DAY + 1},
        {{DAY, DAY + 4, 0}, 0, DAY + 5},
        {{DAY, DAY + 4, 0}, 1, DAY + 1},
        {{DAY - 4, DAY + 4, DAY}, 0, DAY + 1},
        {{DAY - 4, DAY + 4, DAY}, 1, DAY - 3},
        {{DAY - 4, DAY + 4, DAY}, 2, DAY - 3},
        {{DAY - 4, DAY + 4, DAY}, SAMPLE_ORGS, DAY + 1},
    };
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bundle *b = seen_on(cases[i].days, about);

        assert_int_equal(bundle_today_but(b, cases[i].but, 1), cases[i].want);
        assert_int_equal(bundle_today_but(b, cases[i].but, DAY + 9), DAY + 9);
        bundle_free(b);
    }
}

/* A line counts of the last 3 days, when its day is over, and only for a page
 * of that day. */
static void
lines_count_of_days_that_are_over(void **state)
{
    static const struct {
        uint32_t day; /* of the note */
        bool counts;
    } cases[] = {{DAY - 4, false}, {DAY - 3, true}, {DAY - 1, true},
                 {DAY, false},     {DAY + 1, false}, {0, false}};
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};
    const struct board *boards[2] = {&dir->boards[0], &dir->boards[1]};
    const struct board other = {2, 4096, 30, 2, 32, 2};
    const uint8_t nobody[32] = {1};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint32_t days[SAMPLE_ORGS] = {0, cases[i].day, 0};
        struct bundle *b = seen_on(days, about);

        for (size_t r = 0; r < SAMPLE_RELAYS; r++) {
            const uint8_t *relay = dir->relays[r].id;

            for (size_t k = 0; k < 2; k++) {
                const struct seen_page *p =
                    bundle_seen_line(b, 1, relay, boards[k], DAY);

                assert_int_equal(p != NULL, cases[i].counts);
                assert_true(p == NULL || (p->board == boards[k]->id &&
                                          memcmp(p->relay, relay, 32) == 0));
                assert_null(bundle_seen_line(b, 0, relay, boards[k], DAY));
            }
            assert_null(bundle_seen_line(b, 1, relay, &other, DAY));
        }
        assert_null(bundle_seen_line(b, 1, nobody, boards[0], DAY));
        if (cases[i].counts) {
            struct seen_note *note = b->seen[1];
            uint64_t was = note->pages[0].number;
            const uint8_t *relay = note->pages[0].relay;

            assert_int_equal(note->pages[0].board, boards[0]->id);
            note->pages[0].number = was + 1; /* the first of the day after */
            assert_null(bundle_seen_line(b, 1, relay, boards[0], DAY));
            note->pages[0].number = was + 1 - 86400 / boards[0]->tick;
            assert_non_null(bundle_seen_line(b, 1, relay, boards[0], DAY));
            note->pages[0].number--; /* the last of the day before */
            assert_null(bundle_seen_line(b, 1, relay, boards[0], DAY));
            note->pages[0].number = was;
            b->directory->orgs[1].revoked_day = DAY - 9;
            assert_null(bundle_seen_line(b, 1, relay, boards[0], DAY));
        }
        bundle_free(b);
    }
}

static void
expired_and_future_bundles_are_refused(void **state)
{
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};
    const uint32_t none[SAMPLE_ORGS] = {0};
    struct bundle_known nothing = {0};
    struct bundle *b = seen_on(none, about);

    (void)state;
    assert_int_equal(bundle_check(b, &nothing, 0), RC_AGAIN);
    assert_int_equal(bundle_check(b, &nothing, dir->issued - 2), RC_AGAIN);
    assert_int_equal(bundle_check(b, &nothing, dir->issued - 1), RC_OK);
    assert_int_equal(bundle_check(b, &nothing, dir->expires), RC_OK);
    assert_int_equal(bundle_check(b, &nothing, dir->expires + 1), RC_EXPIRED);
    assert_int_equal(bundle_check(b, &nothing, UINT32_MAX), RC_EXPIRED);
    bundle_free(b);
}

/* A clock that stands still can't make an old directory good again when the
 * organisations' notes say what day it is. */
static void
seen_notes_move_a_slow_clock(void **state)
{
    struct directory *old = sample_directory(&s, 3, DAY - 62);
    struct bundle_known nothing = {0};
    struct bundle *b;

    (void)state;
    b = open_sample(old);
    assert_int_equal(old->expires, DAY - 2);
    assert_int_equal(bundle_check(b, &nothing, DAY - 30), RC_EXPIRED);
    bundle_free(b);
    directory_free(old);
}

static void
older_than_known_is_refused(void **state)
{
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};
    const uint32_t none[SAMPLE_ORGS] = {0};
    struct bundle *b = seen_on(none, about);
    struct bundle_known known = {2, 3, {0}};

    (void)state;
    memcpy(known.directory_hash, dir->hash, 32);
    assert_int_equal(bundle_check(b, &known, DAY), RC_TAKEN);
    known.root_version = 1;
    assert_int_equal(bundle_check(b, &known, DAY), RC_OK);
    known.directory_version = 4;
    assert_int_equal(bundle_check(b, &known, DAY), RC_TAKEN);
    known.directory_version = 3;
    known.directory_hash[5] ^= 1; /* two directories of one version */
    assert_int_equal(bundle_check(b, &known, DAY), RC_FORGED);
    known.directory_version = 2;
    assert_int_equal(bundle_check(b, &known, DAY), RC_OK);
    bundle_free(b);
}

static void
more_than_half_can_contradict(void **state)
{
    struct directory *newer = sample_directory(&s, 4, DAY - 1);
    struct directory *fork = sample_directory(&s, 3, DAY - 4);
    struct directory *older = sample_directory(&s, 2, DAY - 9);
    struct bundle_known nothing = {0};
    const struct {
        const struct directory *about[SAMPLE_ORGS];
        uint32_t days[SAMPLE_ORGS];
        enum rc want;
    } cases[] = {
        {{newer, newer, newer}, {DAY - 1, DAY - 1, DAY - 1}, RC_FORGED},
        {{fork, fork, fork}, {DAY - 1, DAY - 1, DAY - 1}, RC_FORGED},
        {{newer, fork, dir}, {DAY - 1, DAY - 1, DAY - 1}, RC_FORGED},
        {{newer, newer, newer}, {DAY - 1, 0, 0}, RC_FORGED},
        {{newer, newer, newer}, {DAY - 3, 0, 0}, RC_FORGED},
        /* one of three, half of two */
        {{newer, dir, dir}, {DAY - 1, DAY - 1, DAY - 1}, RC_OK},
        {{newer, dir, dir}, {DAY - 1, DAY - 1, 0}, RC_OK},
        /* a directory that was before is no contradiction */
        {{older, older, older}, {DAY - 1, DAY - 1, DAY - 1}, RC_OK},
        /* stale ones, and ones from the future, have no say */
        {{newer, newer, newer}, {DAY - 4, DAY - 4, DAY - 4}, RC_OK},
        {{newer, dir, newer}, {DAY - 4, DAY - 1, DAY - 4}, RC_OK},
        {{newer, dir, dir}, {DAY - 1, DAY - 4, DAY - 4}, RC_FORGED},
        {{dir, newer, newer}, {DAY - 1, DAY + 5, DAY - 4}, RC_OK},
        {{newer, newer, newer}, {0, 0, 0}, RC_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct directory *about[SAMPLE_ORGS];
        struct bundle *b;

        memcpy(about, cases[i].about, sizeof about);
        b = seen_on(cases[i].days, about);
        assert_int_equal(bundle_check(b, &nothing, DAY), cases[i].want);
        bundle_free(b);
    }
    directory_free(newer);
    directory_free(fork);
    directory_free(older);
}

static void
the_revoked_have_no_say_and_get_no_report(void **state)
{
    struct directory *d = sample_directory(&s, 4, DAY - 5);
    struct directory *newer = sample_directory(&s, 5, DAY - 1);
    struct bundle_known nothing = {0};
    struct sample_notes n = {NULL, 0};
    struct bundle *b;
    size_t len;
    uint8_t *note;

    (void)state;
    d->revoked = calloc(1, sizeof *d->revoked);
    assert_non_null(d->revoked);
    memcpy(d->revoked[0].id, s.org_ids[1], 32);
    d->revoked[0].day = DAY + 3; /* whatever the day */
    d->n_revoked = 1;
    note = sample_root(&s, 1, &len);
    sample_add(&n.in, &n.len, note, len);
    note = sample_directory_note(&s, d, &len);
    sample_add(&n.in, &n.len, note, len);
    sample_notes_desk(&n, &s, 1, 1, DAY);
    sample_notes_seen(&n, &s, 1, DAY + 4, newer);
    b = must_open(n.in, n.len);
    assert_int_equal(b->directory->orgs[1].revoked_day, DAY + 3);
    assert_non_null(b->seen[1]);
    assert_int_equal(bundle_today(b, DAY), DAY);
    assert_int_equal(bundle_check(b, &nothing, DAY), RC_OK);
    assert_int_equal(bundle_org_check(b, 1, DAY), RC_FORGED);
    assert_int_equal(bundle_org_check(b, 0, DAY), RC_MISSING);
    assert_int_equal(bundle_org_check(b, SAMPLE_ORGS, DAY), RC_MISSING);
    bundle_free(b);
    directory_free(d);
    directory_free(newer);
}

static void
an_organisation_needs_a_fresh_note(void **state)
{
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};
    const uint32_t none[SAMPLE_ORGS] = {0};
    struct bundle *b = seen_on(none, about);

    (void)state;
    assert_int_equal(b->desk[0]->expires, DAY + 8);
    assert_int_equal(bundle_org_check(b, 0, DAY - 2), RC_EXPIRED); /* future */
    assert_int_equal(bundle_org_check(b, 0, DAY - 1), RC_OK);
    assert_int_equal(bundle_org_check(b, 0, DAY + 8), RC_OK); /* 7w + 11 */
    assert_int_equal(bundle_org_check(b, 0, DAY + 9), RC_EXPIRED);
    bundle_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(today_is_the_latest_of_three),
        cmocka_unit_test(today_can_do_without_one),
        cmocka_unit_test(lines_count_of_days_that_are_over),
        cmocka_unit_test(expired_and_future_bundles_are_refused),
        cmocka_unit_test(seen_notes_move_a_slow_clock),
        cmocka_unit_test(older_than_known_is_refused),
        cmocka_unit_test(more_than_half_can_contradict),
        cmocka_unit_test(the_revoked_have_no_say_and_get_no_report),
        cmocka_unit_test(an_organisation_needs_a_fresh_note),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
