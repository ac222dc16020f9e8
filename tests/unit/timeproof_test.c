/* SPDX-License-Identifier: ISC */
/* What is proved of the time, and what goes by it. */
#include "timeproof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "clock.h"
#include "desktest.h"

#define RETENTION 28

static struct desk desk;
static struct directory directory;
static struct bundle bundle;
static struct board boards[2] = {{0, 16, 600, 16, 64, 2},
                                 {1, 4096, 30, 2, 32, 2}};
static struct directory_relay relays[3];
static struct directory_org orgs[2];
static struct seen_note notes[2];
static struct seen_note *seen[2];
static uint32_t week; /* keys are there of this one */

static int
setup(void **state)
{
    (void)state;
    memset(&directory, 0, sizeof directory);
    memset(relays, 0, sizeof relays);
    memset(orgs, 0, sizeof orgs);
    memset(notes, 0, sizeof notes);
    memset(seen, 0, sizeof seen);
    week = clock_week(clock_now());
    if (desktest_open(&desk) != 0 ||
        weekkeys_make(desk.keys, week) != RC_OK) {
        return -1;
    }
    for (size_t i = 0; i < 3; i++) {
        memset(relays[i].id, (int)i + 1, sizeof relays[i].id);
    }
    memset(orgs[0].id, 8, sizeof orgs[0].id); /* us */
    memset(orgs[1].id, 9, sizeof orgs[1].id);
    orgs[0].board = orgs[1].board = 1;
    memcpy(desk.config.org, orgs[0].id, sizeof desk.config.org);
    directory.boards = boards;
    directory.n_boards = 2;
    directory.relays = relays;
    directory.n_relays = 3;
    directory.orgs = orgs;
    directory.n_orgs = 2;
    directory.retention = RETENTION;
    directory.issued = week * WEEK_DAYS;
    bundle.directory = &directory;
    bundle.seen = seen;
    desk.network.bundle = &bundle;
    desk.has_network = true;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    desk.has_network = false; /* it is ours */
    return desktest_close(&desk);
}

/* Relay i has signed a page of that time; or it was only skipped. */
static void
read_until(size_t i, uint8_t board, int64_t time, bool signed_page)
{
    struct position_rec p = {.board = board, .known = true};

    memcpy(p.relay, relays[i].id, sizeof p.relay);
    p.last.number = (uint64_t)time / boards[board].tick;
    memset(p.last.hash, signed_page ? 1 : 0, sizeof p.last.hash);
    assert_int_equal(position_put(desk.vault, &p), RC_OK);
}

static int64_t
proved(void)
{
    int64_t at;

    assert_int_equal(timeproof_now(&desk, &at), RC_OK);
    return at;
}

static bool
has_keys(void)
{
    return weekkeys_find(desk.keys, week) != NULL;
}

static struct desk_destroyed
destroy(int64_t now)
{
    struct desk_destroyed gone;

    assert_int_equal(desk_destroy_keys(&desk, now, &gone), RC_OK);
    return gone;
}

static int64_t
deadline(void)
{
    return weekkeys_deadline(week, RETENTION);
}

static void
a_wrong_clock_destroys_nothing(void **state)
{
    struct desk_destroyed gone = destroy(deadline() + 1000 * DAY_SECONDS);

    (void)state;
    assert_int_equal(gone.weeks, 0);
    assert_int_equal(gone.withheld, 1);
    assert_true(has_keys());
    desk.has_network = false; /* nor without a network */
    gone = destroy(deadline() + 1000 * DAY_SECONDS);
    desk.has_network = true;
    assert_int_equal(gone.withheld, 1);
    assert_true(has_keys());
}

static void
fewer_than_most_relays_prove_nothing(void **state)
{
    int64_t far = deadline() + DAY_SECONDS;

    (void)state;
    read_until(0, 1, far, true);
    assert_int_equal(destroy(far).withheld, 1);
    read_until(1, 0, far, false); /* left out: nobody signed it */
    assert_int_equal(destroy(far).withheld, 1);
    assert_true(has_keys());
    assert_true(proved() < far - 7 * DAY_SECONDS);
    directory.n_relays = 2; /* one of two is not most, either */
    assert_int_equal(destroy(far).withheld, 1);
    assert_true(has_keys());
}

static void
most_relays_do(void **state)
{
    int64_t far = deadline() + DAY_SECONDS;

    (void)state;
    read_until(0, 1, far, true);
    read_until(2, 0, far, true); /* any board */
    assert_true(proved() >= far - 600);
    assert_int_equal(destroy(deadline() - 1).weeks, 0); /* nor too early */
    assert_true(has_keys());
    assert_int_equal(destroy(deadline()).weeks, 1);
    assert_false(has_keys());
}

static void
our_own_note_proves_nothing_others_do(void **state)
{
    (void)state;
    notes[0].version = notes[1].version = clock_day(deadline());
    seen[0] = &notes[0];
    assert_int_equal(destroy(deadline()).withheld, 1);
    assert_ptr_equal(seen[0], &notes[0]);
    seen[1] = &notes[1];
    assert_int_equal(destroy(deadline()).weeks, 1);
    assert_false(has_keys());
}

static void
the_root_signers_prove_the_day(void **state)
{
    (void)state;
    directory.issued = clock_day(deadline()) - 2;
    assert_int_equal(destroy(deadline()).withheld, 1);
    directory.issued = clock_day(deadline()) - 1; /* slack */
    assert_int_equal(destroy(deadline()).weeks, 1);
    assert_false(has_keys());
}

static void
what_was_proved_stays_proved(void **state)
{
    int64_t far = deadline() - 5 * DAY_SECONDS;

    (void)state;
    read_until(0, 1, far, true);
    read_until(1, 1, far, true);
    assert_true(proved() >= far - 30);
    directory.n_relays = 1; /* another directory, and a new process */
    read_until(0, 1, far - 40 * DAY_SECONDS, true);
    memset(&desk.proof, 0, sizeof desk.proof);
    assert_true(proved() >= far - 30);
}

static void
time_that_passes_is_counted(void **state)
{
    struct timeproof p = {.at = 0, .mono_ms = 5000};

    (void)state;
    timeproof_pass(&p, 3600 * 1000); /* nothing was proved at all */
    assert_int_equal(p.at, 0);
    p = (struct timeproof){.at = 1000000, .mono_ms = 5000};
    timeproof_pass(&p, 4000); /* can't be */
    assert_int_equal(p.at, 1000000);
    for (int64_t ms = 5000; ms <= 5000 + 86400 * 1000; ms += 700) {
        timeproof_pass(&p, ms); /* parts of seconds are not lost */
    }
    assert_in_range(p.at, 1000000 + 86399, 1000000 + 86400);
    /* A desk that runs on without any relay destroys in time. */
    desk.proof = (struct timeproof){.at = deadline() - 2 * DAY_SECONDS,
                                    .mono_ms = clock_mono_ms()};
    assert_int_equal(destroy(deadline()).withheld, 1);
    desk.proof.mono_ms -= (int64_t)DAY_SECONDS * 1000;
    assert_int_equal(destroy(deadline()).weeks, 1);
    assert_false(has_keys());
}

static void
scanned_weeks_go_at_once(void **state)
{
    int64_t end = weekkeys_span_end(week);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        read_until(i, 1, end + 60, i < 2);
    }
    assert_int_equal(destroy(end + 60).weeks, 0); /* the third was skipped */
    read_until(2, 1, end + 60, true);
    assert_int_equal(destroy(end - 1).weeks, 0);
    assert_int_equal(destroy(end + 60).weeks, 1);
    assert_false(has_keys());
}

/* Our board is in no directory any more: nothing is read, and keys go all the
 * same. */
static void
a_board_that_is_gone_keeps_no_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        read_until(i, 1, weekkeys_span_end(week) + 60, true);
        read_until(i, 0, deadline(), true);
    }
    directory.n_boards = 1;
    assert_int_equal(destroy(deadline() - 1).weeks, 0);
    assert_true(has_keys());
    assert_int_equal(destroy(deadline()).weeks, 1);
    assert_false(has_keys());
}

static bool
has_v(void)
{
    return weekkeys_find(desk.keys, week)->has_v;
}

/* Once all relays have the last seen note that it signs. */
static void
v_goes_with_the_last_seen_note_of_its_week(void **state)
{
    const uint32_t last = week * WEEK_DAYS + 6;
    const int64_t after = (int64_t)(last + 1) * DAY_SECONDS;

    (void)state;
    (void)destroy(after + 3600);
    assert_true(has_v());
    assert_int_equal(vault_set_number(desk.vault, SEEN_STORED, last - 1),
                     RC_OK);
    (void)destroy(after + 3600);
    assert_true(has_v());
    assert_int_equal(vault_set_number(desk.vault, SEEN_STORED, last), RC_OK);
    (void)destroy(after - 1); /* a day that is not over was not seen */
    assert_true(has_v());
    (void)destroy(after + 3600);
    assert_false(has_v());
    assert_true(has_keys());
}

/* Else on day 7t + 9, if that day, or the one before, is proved. */
static void
v_goes_at_its_deadline(void **state)
{
    const int64_t day = weekkeys_v_deadline(week);

    (void)state;
    (void)destroy(day + 100 * DAY_SECONDS); /* our clock alone */
    assert_true(has_v());
    read_until(0, 1, day - DAY_SECONDS, true);
    read_until(1, 1, day - DAY_SECONDS, true);
    (void)destroy(day - 1);
    assert_true(has_v());
    (void)destroy(day);
    assert_false(has_v());
    assert_true(has_keys());
}

static void
most_of_a_list(void **state)
{
    int64_t one[] = {5}, two[] = {9, 5}, three[] = {5, 9, 7};
    int64_t four[] = {9, 5, 7, 8};

    (void)state;
    assert_int_equal(timeproof_most(NULL, 0), 0);
    assert_int_equal(timeproof_most(one, 1), 5);
    assert_int_equal(timeproof_most(two, 2), 5);
    assert_int_equal(timeproof_most(three, 3), 7);
    assert_int_equal(timeproof_most(four, 4), 7);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_wrong_clock_destroys_nothing),
        WITH(fewer_than_most_relays_prove_nothing),
        WITH(our_own_note_proves_nothing_others_do),
        WITH(most_relays_do),
        WITH(the_root_signers_prove_the_day),
        WITH(what_was_proved_stays_proved),
        WITH(time_that_passes_is_counted),
        WITH(scanned_weeks_go_at_once),
        WITH(a_board_that_is_gone_keeps_no_keys),
        WITH(v_goes_with_the_last_seen_note_of_its_week),
        WITH(v_goes_at_its_deadline),
        cmocka_unit_test(most_of_a_list),
    };

    return sodium_init() < 0 ? 1
                             : cmocka_run_group_tests(tests, NULL, NULL);
}
