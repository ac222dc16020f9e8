/* SPDX-License-Identifier: ISC */
#include "effort.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint8_t cell[CELL_LEN], c[KDF_LEN];

static int
setup(void **state)
{
    uint8_t relay[32], h[32];

    (void)state;
    memset(relay, 1, sizeof relay);
    memset(h, 2, sizeof h);
    memset(cell, 0x5a, sizeof cell);
    effort_challenge(c, relay, 1, h);
    return sodium_init() < 0;
}

/* The formula of section 3, spelled out. */
static unsigned
effort_by_hand(void)
{
    uint8_t zeroed[CELL_LEN], in[72], h[32];
    unsigned bits = 0;

    memcpy(zeroed, cell, CELL_LEN);
    memset(zeroed + 8, 0, 8);
    memcpy(in, c, 32);
    blake2b_256(in + 32, zeroed, CELL_LEN);
    memcpy(in + 64, cell + 8, 8);
    blake2b_256(h, in, sizeof in);
    for (size_t i = 0; i < 32; i++) {
        for (int b = 7; b >= 0; b--) {
            if (h[i] >> b & 1) {
                return bits < 15 ? bits : 15;
            }
            bits++;
        }
    }
    return 15;
}

static void
effort_is_what_the_formula_says(void **state)
{
    unsigned seen = 0;

    (void)state;
    for (unsigned n = 0; n < 3000; n++) {
        cell[8] = (uint8_t)(n >> 8);
        cell[9] = (uint8_t)n;
        assert_int_equal(effort_of(cell, c), effort_by_hand());
        seen |= 1u << effort_by_hand();
    }
    assert_int_equal(seen & 0xff, 0xff); /* 0 to 7 came by */
}

static void
too_few_tries_change_nothing(void **state)
{
    uint8_t before[CELL_LEN];
    uint64_t start = 5;

    (void)state;
    memcpy(before, cell, CELL_LEN);
    assert_int_equal(effort_solve(cell, c, 15, &start, 3), RC_AGAIN);
    assert_int_equal(start, 8);
    assert_int_equal(effort_solve(cell, c, 0, &start, 0), RC_AGAIN);
    assert_int_equal(effort_solve(cell, c, 16, &start, 1), RC_FORMAT);
    assert_memory_equal(before, cell, CELL_LEN);
}

static void
a_solution_counts_for_one_cell_and_challenge(void **state)
{
    uint8_t other[KDF_LEN], relay[32] = {3}, h[32] = {4};
    uint64_t start = 0;
    unsigned kept = 0;

    (void)state;
    assert_int_equal(effort_solve(cell, c, 12, &start, 1000000), RC_OK);
    assert_true(effort_of(cell, c) >= 12);
    assert_int_equal(effort_of(cell, c), effort_by_hand());
    for (size_t bit = 0; bit < 64; bit++) {
        size_t at = (bit * 257) % CELL_LEN;

        cell[at] ^= 1;
        kept += effort_of(cell, c) >= 12;
        cell[at] ^= 1;
    }
    effort_challenge(other, relay, 1, h);
    kept += effort_of(cell, other) >= 12;
    assert_true(kept <= 1); /* by chance one in 63 runs has one */
    start = 0;
    assert_int_equal(effort_solve(cell, c, EFFORT_MAX, &start, 10000000),
                     RC_OK);
    assert_int_equal(effort_of(cell, c), EFFORT_MAX);
}

/* Whenever a client is told to work, and however long it then waits for the
 * board's next page, the relay still takes its hour. */
static void
no_tick_is_too_long_for_its_work(void **state)
{
    (void)state;
    for (uint16_t tick = 1; tick <= 3600; tick++) {
        const struct board b = {.tick = tick};

        for (int64_t now = 360000; now < 367200 && 3600 % tick == 0;
             now += 10) {
            const int64_t page = (now / tick + 1) * tick;
            const int64_t drawn = now + 90;
            const int64_t again = (page > drawn ? page : drawn) + EFFORT_SLACK;
            const int64_t s = effort_hour(&b, now) / EFFORT_HOUR;

            assert_true(again / EFFORT_HOUR - s <=
                        (int64_t)effort_hours_before(&b));
        }
    }
}

/* Of work in stock there is no more than that. */
static void
usual_ticks_have_one_hour_before(void **state)
{
    const struct board reports = {.tick = 30}, answers = {.tick = 600};
    const struct board longest = {.tick = 3600};

    (void)state;
    assert_int_equal(effort_hours_before(&reports), 1);
    assert_int_equal(effort_hours_before(&answers), 1);
    assert_int_equal(effort_hours_before(&longest), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_tick_is_too_long_for_its_work),
        cmocka_unit_test(usual_ticks_have_one_hour_before),
        cmocka_unit_test(effort_is_what_the_formula_says),
        cmocka_unit_test(too_few_tries_change_nothing),
        cmocka_unit_test(a_solution_counts_for_one_cell_and_challenge),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
