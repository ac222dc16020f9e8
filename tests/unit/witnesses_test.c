/* SPDX-License-Identifier: ISC */
/* Of organisations with a line about a board, more than half must disagree. */
#include "witnesses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY   20779
#define TICK  600
#define LAST  ((uint64_t)DAY * 86400 / TICK - 1) /* of yesterday */
#define N     4

static const uint8_t relay[32] = {3}, good[32] = {5}, bad[32] = {6};
static const struct board board = {9, 16, TICK, 16, 64, 2};
static struct directory_org orgs[N];
static struct directory directory;
static struct seen_note notes[N];
static struct seen_note *seen[N];
static struct bundle bundle;

/* Each has seen page `number` with that hash; NULL: has no note. */
static void
seen_by(const uint8_t *const hashes[N], uint64_t number)
{
    memset(orgs, 0, sizeof orgs);
    directory.orgs = orgs;
    directory.n_orgs = N;
    bundle.directory = &directory;
    bundle.seen = seen;
    for (size_t i = 0; i < N; i++) {
        memset(&notes[i], 0, sizeof notes[i]);
        notes[i].version = DAY - 1;
        notes[i].n_pages = 1;
        memcpy(notes[i].pages[0].relay, relay, 32);
        notes[i].pages[0].board = board.id;
        notes[i].pages[0].number = number;
        if (hashes[i] != NULL) {
            memcpy(notes[i].pages[0].hash, hashes[i], 32);
        }
        seen[i] = hashes[i] != NULL ? &notes[i] : NULL;
    }
}

/* Shows pages LAST - 1 and LAST + 1, and between them LAST unless it is left
 * out. Was it refused, and how many disagree? */
static bool
refused(bool left_out, size_t *against)
{
    const struct page before = {.number = LAST - 1, .previous = LAST - 2};
    const struct page at = {.number = LAST, .previous = LAST - 1};
    const struct page after = {.number = LAST + 1,
                               .previous = left_out ? LAST - 1 : LAST};
    struct witnesses w;
    bool ok;

    assert_int_equal(witnesses_init(&w, &bundle, relay, &board, DAY), RC_OK);
    ok = witnesses_page(&w, &before, good);
    ok = (left_out || witnesses_page(&w, &at, good)) && ok;
    ok = witnesses_page(&w, &after, good) && ok;
    ok = witnesses_end(&w, LAST - 1, LAST + 1) && ok;
    *against = w.against;
    witnesses_wipe(&w);
    return !ok;
}

static void
more_than_half_refuse(void **state)
{
    static const struct {
        const uint8_t *hashes[N];
        bool forked; /* refused for another hash */
        bool hidden; /* refused where the page is left out */
    } cases[] = {
        {{NULL, NULL, NULL, NULL}, false, false},
        {{good, good, good, good}, false, true},
        {{bad, good, good, good}, false, true},
        {{bad, bad, good, good}, false, true}, /* half is not more than half */
        {{bad, bad, bad, good}, true, true},
        {{bad, NULL, NULL, NULL}, true, true},
        {{bad, good, NULL, NULL}, false, true},
    };
    size_t against;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        seen_by(cases[i].hashes, LAST);
        assert_int_equal(refused(false, &against), cases[i].forked);
        assert_int_equal(refused(true, &against), cases[i].hidden);
    }
    /* and those that disagree are known */
    seen_by(cases[2].hashes, LAST);
    assert_false(refused(false, &against));
    assert_int_equal(against, 1);
}

/* One hostile organisation can't keep anybody from an honest relay. */
static void
the_revoked_and_false_days_have_no_say(void **state)
{
    const uint8_t *const most[N] = {bad, bad, bad, good};
    size_t against;

    (void)state;
    seen_by(most, LAST);
    orgs[0].revoked_day = orgs[1].revoked_day = DAY - 5;
    assert_false(refused(false, &against)); /* one of two */
    assert_int_equal(against, 1);
    seen_by(most, LAST + 1); /* today's first page, in a note of yesterday */
    assert_false(refused(false, &against));
    assert_int_equal(against, 0);
    seen_by(most, LAST);
    for (size_t i = 0; i < N; i++) {
        notes[i].version = DAY; /* a day that is not over */
        notes[i].pages[0].number = LAST + 1;
    }
    assert_false(refused(false, &against));
    assert_int_equal(against, 0);
}

/* A board that stands still before what they saw. */
static void
what_is_not_reached_is_hidden(void **state)
{
    const uint8_t *const all[N] = {good, good, NULL, NULL};
    struct witnesses w;

    (void)state;
    seen_by(all, LAST);
    assert_int_equal(witnesses_init(&w, &bundle, relay, &board, DAY), RC_OK);
    assert_true(witnesses_end(&w, LAST + 1, 0)); /* it was not asked for */
    assert_true(witnesses_end(&w, LAST - 9, LAST));
    assert_false(witnesses_end(&w, LAST - 9, LAST - 1));
    assert_int_equal(w.against, 2);
    witnesses_wipe(&w);
    assert_int_equal(witnesses_init(&w, &bundle, relay, &board, DAY), RC_OK);
    assert_false(witnesses_end(&w, 1, 0)); /* no page at all */
    witnesses_wipe(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_half_refuse),
        cmocka_unit_test(the_revoked_and_false_days_have_no_say),
        cmocka_unit_test(what_is_not_reached_is_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
