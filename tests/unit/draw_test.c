/* SPDX-License-Identifier: ISC */
#include "draw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#define N     4
#define TIMES 24000

/* Each of the 24 orders about a thousand times: 10 standard deviations either
 * way are one failure in more runs than there will be. A turned wheel, which
 * has only four orders, fails. */
static void
each_order_is_as_likely(void **state)
{
    size_t seen[N * N * N * N] = {0}, orders = 0;

    (void)state;
    for (int i = 0; i < TIMES; i++) {
        size_t order[N], key = 0;
        unsigned all = 0;

        draw_order(order, N);
        for (size_t k = 0; k < N; k++) {
            assert_true(order[k] < N);
            all |= 1u << order[k];
            key = key * N + order[k];
        }
        assert_int_equal(all, (1u << N) - 1);
        seen[key]++;
    }
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        if (seen[i] > 0) {
            assert_in_range(seen[i], 690, 1310);
            orders++;
        }
    }
    assert_int_equal(orders, 24);
}

static void
none_and_one_are_orders(void **state)
{
    size_t one = 7;

    (void)state;
    draw_order(&one, 0);
    assert_int_equal(one, 7);
    draw_order(&one, 1);
    assert_int_equal(one, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_order_is_as_likely),
        cmocka_unit_test(none_and_one_are_orders),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
