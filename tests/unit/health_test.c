/* SPDX-License-Identifier: ISC */
#include "health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TODAY 20700u

/* A full disk: pages don't fit, most of what clients write does. What is said
 * must not follow the clients. */
static void
groups_that_fail_now_and_then(void **state)
{
    struct health h = {0};

    (void)state;
    assert_int_equal(health_worked(&h), HEALTH_NOTHING);
    assert_int_equal(health_failed(&h, TODAY), HEALTH_FAILS);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(health_failed(&h, TODAY), HEALTH_NOTHING);
    }
    for (int i = 0; i < 100; i++) { /* clients' fail, the clock's don't */
        assert_int_equal(health_worked(&h), HEALTH_NOTHING);
        assert_int_equal(health_failed(&h, TODAY), HEALTH_NOTHING);
    }
}

static void
well_again_is_said_by_the_clock(void **state)
{
    struct health h = {0};

    (void)state;
    assert_int_equal(health_failed(&h, TODAY), HEALTH_FAILS);
    assert_int_equal(health_worked(&h), HEALTH_NOTHING);
    assert_int_equal(health_worked(&h), HEALTH_WORKS);
    assert_int_equal(health_worked(&h), HEALTH_NOTHING);
}

static void
a_failure_is_said_once_a_day(void **state)
{
    struct health h = {0};

    (void)state;
    assert_int_equal(health_failed(&h, TODAY), HEALTH_FAILS);
    assert_int_equal(health_worked(&h), HEALTH_NOTHING);
    assert_int_equal(health_worked(&h), HEALTH_WORKS);
    assert_int_equal(health_failed(&h, TODAY), HEALTH_NOTHING);
    assert_int_equal(health_worked(&h), HEALTH_NOTHING);
    assert_int_equal(health_worked(&h), HEALTH_NOTHING);
    assert_int_equal(health_failed(&h, TODAY + 1), HEALTH_FAILS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_that_fail_now_and_then),
        cmocka_unit_test(well_again_is_said_by_the_clock),
        cmocka_unit_test(a_failure_is_said_once_a_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
