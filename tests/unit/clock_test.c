/* SPDX-License-Identifier: ISC */
#include "clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void
days_and_weeks_begin_with_1970(void **state)
{
    (void)state;
    assert_int_equal(clock_day(-1), 0);
    assert_int_equal(clock_day(INT64_MIN), 0);
    assert_int_equal(clock_day(0), 0);
    assert_int_equal(clock_day(86399), 0);
    assert_int_equal(clock_day(86400), 1);
    assert_int_equal(clock_day(INT64_MAX), UINT32_MAX);
    assert_int_equal(clock_week(7 * 86400 - 1), 0);
    assert_int_equal(clock_week(7 * 86400), 1);
}

static void
dates_are_those_of_the_calendar(void **state)
{
    const struct {
        uint32_t day;
        const char *date;
    } known[] = {
        {0, "1970-01-01"},     {59, "1970-03-01"},     {789, "1972-02-29"},
        {11016, "2000-02-29"}, {20779, "2026-11-22"},  {47540, "2100-02-28"},
        {47541, "2100-03-01"}, {146096, "2369-12-31"}, {2932896, "9999-12-31"}};
    char date[CLOCK_DATE_LEN];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        clock_date(date, known[i].day);
        assert_string_equal(date, known[i].date);
    }
    clock_date(date, UINT32_MAX);
    assert_true(strlen(date) < CLOCK_DATE_LEN);
}

static void
offset(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int64_t
ahead(void)
{
    time_t before, after;
    int64_t now;

    do { /* no second may pass between the looks */
        before = time(NULL);
        now = clock_now();
        after = time(NULL);
    } while (before != after);
    return now - (int64_t)before;
}

static void
tests_step_the_clock(void **state)
{
    char path[] = "/tmp/clock_test.XXXXXX";
    int fd = mkstemp(path);
    int64_t before = clock_mono_ms();

    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    assert_in_range(ahead() + 1, 0, 2);
    assert_int_equal(setenv("TOCSIN_TEST_CLOCK", path, 1), 0);
    offset(path, "604800\n");
    assert_in_range(ahead(), 604799, 604801);
    offset(path, "-100000");
    assert_in_range(ahead() + 100001, 0, 2);
    offset(path, ""); /* just being written: no jump */
    assert_in_range(ahead() + 100001, 0, 2);
    assert_int_equal(unlink(path), 0);
    assert_in_range(ahead() + 100001, 0, 2);
    /* It was not stepped by a week. */
    assert_true(clock_mono_ms() - before < 600000000); /* lint: days */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_weeks_begin_with_1970),
        cmocka_unit_test(dates_are_those_of_the_calendar),
        cmocka_unit_test(tests_step_the_clock),
    };

    (void)unsetenv("TOCSIN_TEST_CLOCK");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
