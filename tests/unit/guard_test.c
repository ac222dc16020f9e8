/* SPDX-License-Identifier: ISC */
#include "guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"

#define TODAY 20700u

static int64_t
at(uint32_t day)
{
    return (int64_t)day * DAY_SECONDS + 12345;
}

static void
init(struct guard *g)
{
    guard_init(g, TODAY, at(TODAY));
    guard_know(g, TODAY - 30);
}

static void
a_clock_far_ahead_is_not_believed(void **state)
{
    const uint32_t days[] = {GUARD_DAYS + 1, 30, 365, 4000000};
    enum guard_clock clock;
    struct guard g;

    (void)state;
    init(&g);
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        assert_int_equal(guard_time(&g, at(TODAY + days[i]), &clock),
                         at(TODAY));
        assert_int_equal(clock, GUARD_AHEAD);
        assert_int_equal(guard_pass(&g, at(TODAY + days[i]), &clock),
                         at(TODAY));
        assert_int_equal(clock, GUARD_AHEAD);
    }
    assert_int_equal(guard_pass(&g, INT64_MAX, &clock), at(TODAY));
    assert_int_equal(clock, GUARD_AHEAD);
    /* Set right again: as if nothing had been. */
    assert_int_equal(guard_pass(&g, at(TODAY) + 5, &clock), at(TODAY) + 5);
    assert_int_equal(clock, GUARD_RIGHT);
}

static void
a_clock_set_back_shows_no_day_before_the_last(void **state)
{
    const int64_t past[] = {at(TODAY - 1), 0, -1, INT64_MIN};
    enum guard_clock clock;
    struct guard g;

    (void)state;
    init(&g);
    for (size_t i = 0; i < sizeof past / sizeof past[0]; i++) {
        assert_int_equal(guard_pass(&g, past[i], &clock),
                         (int64_t)TODAY * DAY_SECONDS);
        assert_int_equal(clock, GUARD_BEHIND);
    }
    /* Within a day the clock may go back. */
    assert_int_equal(guard_pass(&g, at(TODAY) - 600, &clock), at(TODAY) - 600);
    assert_int_equal(clock, GUARD_RIGHT);
}

/* Only who lets days pass moves the limit. */
static void
looking_lets_no_day_pass(void **state)
{
    enum guard_clock clock;
    struct guard g;

    (void)state;
    init(&g);
    for (unsigned i = 0; i < 3; i++) {
        uint32_t day = TODAY + GUARD_DAYS;

        assert_int_equal(guard_time(&g, at(day), &clock), at(day));
        assert_int_equal(clock, GUARD_RIGHT);
        assert_int_equal(guard_time(&g, at(day + 1), &clock), at(TODAY));
        assert_int_equal(clock, GUARD_AHEAD);
    }
}

static void
days_that_pass_are_believed_for_ever(void **state)
{
    enum guard_clock clock;
    struct guard g;

    (void)state;
    init(&g);
    for (uint32_t day = TODAY; day < TODAY + 1000; day++) {
        assert_int_equal(guard_pass(&g, at(day), &clock), at(day));
        assert_int_equal(clock, GUARD_RIGHT);
    }
    for (uint32_t day = TODAY + 1000; day < TODAY + 3000; day += GUARD_DAYS) {
        assert_int_equal(guard_pass(&g, at(day), &clock), at(day));
        assert_int_equal(clock, GUARD_RIGHT);
    }
}

static void
a_new_directory_says_that_time_has_passed(void **state)
{
    enum guard_clock clock;
    struct guard g;

    (void)state;
    init(&g);
    assert_int_equal(guard_pass(&g, at(TODAY + 40), &clock), at(TODAY));
    assert_int_equal(clock, GUARD_AHEAD);
    guard_know(&g, TODAY + 38);
    assert_int_equal(guard_pass(&g, at(TODAY + 38 + GUARD_DAYS + 1), &clock),
                     at(TODAY));
    assert_int_equal(clock, GUARD_AHEAD);
    assert_int_equal(guard_pass(&g, at(TODAY + 40), &clock), at(TODAY + 40));
    assert_int_equal(clock, GUARD_RIGHT);
    /* It only lifts the limit: a clock below it is not behind. */
    guard_know(&g, TODAY + 60);
    assert_int_equal(guard_pass(&g, at(TODAY + 41), &clock), at(TODAY + 41));
    assert_int_equal(clock, GUARD_RIGHT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_far_ahead_is_not_believed),
        cmocka_unit_test(a_clock_set_back_shows_no_day_before_the_last),
        cmocka_unit_test(looking_lets_no_day_pass),
        cmocka_unit_test(days_that_pass_are_believed_for_ever),
        cmocka_unit_test(a_new_directory_says_that_time_has_passed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
