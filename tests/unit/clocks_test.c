/* SPDX-License-Identifier: ISC */
/* Statistics with bounds so wide that a good build fails once in some
 * hundred million runs. */
#include "clocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#define DRAWS 200000

static void
uniform_stays_in_its_range(void **state)
{
    double sum = 0;

    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        double u = clocks_uniform();

        assert_true(u >= 0 && u < 1);
        sum += u;
    }
    assert_true(sum / DRAWS > 0.496 && sum / DRAWS < 0.504);
}

/* Mean, spread and tail of an exponential distribution. */
static void
waits_are_exponential(void **state)
{
    double sum = 0, squares = 0, above = 0;

    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        double x = clocks_exponential(10, 0);

        assert_true(x >= 0);
        sum += x;
        squares += x * x;
        above += x > 20;
    }
    assert_true(sum / DRAWS > 9.86 && sum / DRAWS < 10.14);
    assert_true(squares / DRAWS > 194 && squares / DRAWS < 206);
    /* e^-2 = 0.1353 */
    assert_true(above / DRAWS > 0.1305 && above / DRAWS < 0.1402);
}

static void
waits_have_a_limit(void **state)
{
    int at_limit = 0;

    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        double x = clocks_exponential(10, 15);

        assert_true(x <= 15);
        at_limit += x >= 15;
    }
    assert_true(at_limit > 0);
    assert_true(clocks_exponential(0, 60) <= 0);
    assert_true(clocks_exponential(-1, 60) <= 0);
}

static void
a_process_keeps_its_rate(void **state)
{
    struct clocks_poisson p;
    int events = 0;

    (void)state;
    clocks_start(&p, 60, 1000);
    /* looked at every 100 ms, over 4,000 means */
    for (int64_t t = 1000; t < 1000 + 4000LL * 60000; t += 100) {
        events += clocks_due(&p, t);
    }
    assert_in_range(events, 3640, 4360);
}

static void
a_pause_is_not_made_up_for(void **state)
{
    struct clocks_poisson p;
    int events = 0;

    (void)state;
    clocks_start(&p, 1, 0);
    for (int i = 0; i < 100; i++) {
        events += clocks_due(&p, 10000000);
    }
    assert_in_range(events, 1, 2);
}

static void
a_mean_of_nothing_never_comes(void **state)
{
    struct clocks_poisson p;

    (void)state;
    clocks_start(&p, 0, 0);
    assert_false(clocks_due(&p, INT64_MAX));
}

static void
close_to(double a, double b)
{
    assert_true(a > b * 0.999999 && a < b * 1.000001);
}

/* Section 8: min(12, slots x 86,400 / (4 x tick x organisations)) and
 * min(12, 576 / organisations). */
static void
the_means_are_the_protocols(void **state)
{
    (void)state;
    close_to(clocks_own_per_day(2, 30, 1), 12);
    close_to(clocks_own_per_day(2, 30, 120), 12);
    close_to(clocks_own_per_day(2, 30, 240), 6);
    close_to(clocks_own_per_day(2, 600, 100), 0.72);
    close_to(clocks_dummies_per_day(1), 12);
    close_to(clocks_dummies_per_day(48), 12);
    close_to(clocks_dummies_per_day(96), 6);
    assert_true(clocks_own_per_day(2, 0, 1) <= 0);
    assert_true(clocks_dummies_per_day(0) <= 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_stays_in_its_range),
        cmocka_unit_test(waits_are_exponential),
        cmocka_unit_test(waits_have_a_limit),
        cmocka_unit_test(a_process_keeps_its_rate),
        cmocka_unit_test(a_pause_is_not_made_up_for),
        cmocka_unit_test(a_mean_of_nothing_never_comes),
        cmocka_unit_test(the_means_are_the_protocols),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
