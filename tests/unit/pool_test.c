/* SPDX-License-Identifier: ISC */
#include "pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#include <cmocka.h>

#include "kdf.h"

/* Statistics here are off by six standard deviations at the most: a test that
 * fails by chance once in a hundred million runs. */
#define SIGMAS 6.0

static const struct board board = {1, ENTRY_REPORT_LEN, 30, 2, 32, 2};

static struct pool_entry
entry(uint32_t i, uint64_t due, uint8_t effort)
{
    struct pool_entry e = {.due = due, .effort = effort, .state = POOL_NEW};

    e.slot = i;
    blake2b_256(e.hash, (const uint8_t *)&i, sizeof i);
    return e;
}

static void
add(struct pool *p, uint32_t i, uint64_t due, uint8_t effort)
{
    struct pool_entry e = entry(i, due, effort);

    assert_int_equal(pool_add(p, &e), RC_OK);
}

static const struct pool_entry *
find(const struct pool *p, uint32_t i)
{
    struct pool_entry e = entry(i, 0, 0);

    return pool_find(p, e.hash);
}

/* count of n tries with chance q each */
static void
assert_chance(size_t count, double n, double q)
{
    double off = (double)count - n * q, most = SIGMAS * SIGMAS;

    if (off * off > most * n * q * (1 - q)) {
        print_message("%zu of %g, chance %g\n", count, n, q);
    }
    assert_true(off * off <= most * n * q * (1 - q));
}

static void
a_page_is_open_until_its_time(void **state)
{
    (void)state;
    assert_true(pool_open_page(&board, 0, -5) == 1);
    assert_true(pool_open_page(&board, 0, 0) == 1);
    assert_true(pool_open_page(&board, 0, 29) == 1);
    assert_true(pool_open_page(&board, 0, 30) == 2);
    assert_true(pool_open_page(&board, 1, 30) == 2);
    assert_true(pool_open_page(&board, 2, 59) == 3);
    assert_true(pool_open_page(&board, 100, 59) == 101);
}

static void
due_is_uniform_in_spread(void **state)
{
    struct board b = board;

    (void)state;
    for (b.spread = 1; b.spread <= 7; b.spread += 3) {
        size_t n = 30000, count[7] = {0};

        for (size_t i = 0; i < n; i++) {
            uint64_t due = pool_due(&b, 1000);

            assert_true(due >= 1000 && due < 1000u + b.spread);
            count[due - 1000]++;
        }
        for (size_t i = 0; i < b.spread && b.spread > 1; i++) {
            assert_chance(count[i], (double)n, 1.0 / b.spread);
        }
    }
}

static void
effort_follows_fill(void **state)
{
    struct board b = board;
    struct pool p;
    uint32_t i = 0;

    (void)state;
    b.max = b.slots;
    assert_int_equal(pool_init(&p, &b), RC_OK);
    assert_int_equal(p.cap, 128);
    for (; i < 128; i++) {
        assert_int_equal(pool_effort(pool_waiting(&p), p.cap),
                         i <= 32   ? 0
                         : i <= 64 ? 10
                         : i <= 96 ? 13
                                   : 15);
        add(&p, i, 1, 0);
    }
    assert_int_equal(pool_effort(pool_waiting(&p), p.cap), 15);
    assert_int_equal(pool_add(&p, &(struct pool_entry){.due = 1}), RC_FULL);
    pool_wipe(&p);
}

static void
entries_are_found_until_they_go(void **state)
{
    const struct pool_entry *out[32];
    struct pool p;

    (void)state;
    assert_int_equal(pool_init(&p, &board), RC_OK);
    assert_null(find(&p, 0));
    for (uint32_t i = 0; i < 2048; i++) {
        add(&p, i, i / 32, 0);
    }
    pool_settle(&p, true);
    for (uint64_t n = 0; n < 64; n++) {
        assert_int_equal(pool_demanded(&p, n), 32);
        assert_int_equal(pool_choose(&p, n, 32, out), 32);
        assert_int_equal(pool_demanded(&p, n), 0);
        for (uint32_t i = 0; i < 2048; i++) {
            const struct pool_entry *e = find(&p, i);

            if (i < n * 32) {
                assert_null(e);
            } else {
                assert_non_null(e);
                assert_int_equal(e->slot, i);
                assert_int_equal(e->state,
                                 i / 32 == n ? POOL_TAKEN : POOL_WAITS);
            }
        }
        pool_settle(&p, true);
    }
    assert_int_equal(p.n, 0);
    pool_wipe(&p);
}

static void
a_group_that_fails_changes_nothing(void **state)
{
    const struct pool_entry *out[4];
    struct pool p;

    (void)state;
    assert_int_equal(pool_init(&p, &board), RC_OK);
    for (uint32_t i = 0; i < 6; i++) {
        add(&p, i, 1, 0);
    }
    pool_settle(&p, true);
    add(&p, 6, 1, 0);
    assert_int_equal(pool_choose(&p, 1, 4, out), 4);
    assert_int_equal(p.n - p.n_taken, 3);
    pool_settle(&p, false);
    assert_int_equal(p.n, 6);
    assert_null(find(&p, 6));
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(find(&p, i)->state, POOL_WAITS);
    }
    assert_int_equal(pool_demanded(&p, 0), 0);
    assert_int_equal(pool_demanded(&p, 1), 6);
    pool_wipe(&p);
}

static void
an_entry_may_come_and_go_in_one_group(void **state)
{
    const struct pool_entry *out[4];
    struct pool p;

    (void)state;
    for (int ok = 0; ok < 2; ok++) {
        assert_int_equal(pool_init(&p, &board), RC_OK);
        add(&p, 1, 1, 0);
        assert_int_equal(pool_choose(&p, 1, 4, out), 1);
        assert_int_equal(out[0]->state, POOL_NEW | POOL_TAKEN);
        pool_settle(&p, ok == 1);
        assert_int_equal(p.n, 0);
        assert_null(find(&p, 1));
        pool_wipe(&p);
    }
}

/* strong entries of effort 15, weak ones of 0; who gets on a page. */
static void
contend(size_t strong, size_t weak, uint16_t slots, size_t *got,
        size_t *got_strong)
{
    const struct pool_entry *out[32];
    size_t n;
    struct pool p;

    assert_int_equal(pool_init(&p, &board), RC_OK);
    for (size_t i = 0; i < strong + weak; i++) {
        add(&p, (uint32_t)i, 1, i < strong ? 15 : 0);
    }
    add(&p, 10000, 2, 15); /* not due */
    pool_settle(&p, true);
    *got_strong = 0;
    n = pool_choose(&p, 1, slots, out);
    assert_int_equal(n, strong + weak < slots ? strong + weak : slots);
    for (size_t i = 0; i < n; i++) {
        assert_true(out[i]->due == 1);
        got[out[i]->slot]++;
        *got_strong += out[i]->effort == 15;
    }
    pool_wipe(&p);
}

static void
without_contention_all_go(void **state)
{
    size_t got[32] = {0}, strong;

    (void)state;
    contend(3, 29, 32, got, &strong);
    assert_int_equal(strong, 3);
    for (size_t i = 0; i < 32; i++) {
        assert_int_equal(got[i], 1);
    }
}

static void
contention_three_quarters_to_effort_the_rest_by_lot(void **state)
{
    enum {
        RUNS = 3000
    };
    size_t got[120] = {0}, weak = 0, strong;

    (void)state;
    for (int run = 0; run < RUNS; run++) {
        contend(60, 60, 32, got, &strong);
        /* 24 by effort; 8 by lot among 36 strong and 60 weak */
        assert_true(strong >= 24);
        weak += 32 - strong;
    }
    /* The lot draws without putting back, which only narrows the spread. */
    assert_chance(weak, 8.0 * (int)RUNS, 60.0 / 96);
    for (size_t i = 0; i < 60; i++) {
        assert_chance(got[i], RUNS, 24.0 / 60 + 36.0 / 60 * 8 / 96);
        assert_chance(got[60 + i], RUNS, 8.0 / 96);
    }
}

static void
few_strong_ones_always_go(void **state)
{
    size_t got[110] = {0}, strong;

    (void)state;
    for (int run = 0; run < 200; run++) {
        contend(24, 80, 32, got, &strong);
        assert_int_equal(strong, 24);
    }
    for (size_t i = 0; i < 24; i++) {
        assert_int_equal(got[i], 200);
    }
}

static void
the_smallest_page_keeps_a_place_for_the_lot(void **state)
{
    size_t got[8] = {0}, strong, weak = 0;

    (void)state;
    for (int run = 0; run < 3000; run++) {
        contend(4, 4, 2, got, &strong); /* one by effort, one by lot */
        assert_true(strong >= 1);
        weak += 2 - strong;
    }
    assert_chance(weak, 3000, 4.0 / 7);
}

/* Seals page n: slots as pool_slots says, all that is due goes that fits. */
static uint16_t
page(struct pool *p, uint64_t n, uint16_t previous)
{
    const struct pool_entry *out[32];
    uint16_t slots = pool_slots(p, n, previous);
    size_t demand = pool_demanded(p, n);

    (void)pool_choose(p, n, slots, out);
    pool_remember(p, n, demand);
    pool_settle(p, true);
    return slots;
}

static void
rung(struct pool *p, uint32_t count, uint64_t due)
{
    static uint32_t next = 1000000;

    for (uint32_t i = 0; i < count; i++) {
        add(p, next++, due, 0);
    }
}

static void
slots_double_at_once(void **state)
{
    static const struct {
        uint32_t due;
        uint16_t before, slots;
    } cases[] = {{0, 0, 2},    {2, 0, 2},   {3, 0, 4},   {5, 0, 8},
                 {5, 4, 8},    {17, 2, 32}, {32, 0, 32}, {33, 0, 32},
                 {200, 0, 32}, {0, 16, 16}, {40, 32, 32}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pool p;

        assert_int_equal(pool_init(&p, &board), RC_OK);
        rung(&p, cases[i].due, 7);
        assert_int_equal(pool_slots(&p, 7, cases[i].before), cases[i].slots);
        assert_int_equal(pool_slots(&p, 6, 2), 2); /* not due */
        pool_wipe(&p);
    }
}

static void
slots_halve_after_a_quiet_hour(void **state)
{
    struct pool p;
    uint16_t slots = 0;
    uint64_t n = 1000;

    (void)state;
    assert_int_equal(pool_init(&p, &board), RC_OK);
    rung(&p, 32, n);
    assert_int_equal(slots = page(&p, n, slots), 32);
    /* Page 1000 did not fit into 16; page 1120 is the last with it in its
     * hour. A page of 16 fits into half, a page of 17 would not. */
    for (n = 1001; n <= 1120; n++) {
        rung(&p, n == 1060 ? 16 : 0, n);
        assert_int_equal(slots = page(&p, n, slots), 32);
    }
    assert_int_equal(slots = page(&p, 1121, slots), 16);
    /* 16 again only when page 1060 has left the hour: it needed 16. */
    for (n = 1122; n <= 1180; n++) {
        assert_int_equal(slots = page(&p, n, slots), 16);
    }
    assert_int_equal(slots = page(&p, 1181, slots), 8);
    /* Once a page, down to the least. */
    assert_int_equal(slots = page(&p, 1182, slots), 4);
    assert_int_equal(slots = page(&p, 1183, slots), 2);
    assert_int_equal(slots = page(&p, 1184, slots), 2);
    pool_wipe(&p);
}

static void
a_page_that_needs_more_is_not_halved(void **state)
{
    struct pool p;
    uint16_t slots = 8;

    (void)state;
    assert_int_equal(pool_init(&p, &board), RC_OK);
    for (uint64_t n = 1; n <= 120; n++) {
        assert_int_equal(slots = page(&p, n, slots), 8);
    }
    rung(&p, 5, 121);
    assert_int_equal(slots = page(&p, 121, slots), 8);
    for (uint64_t n = 122; n <= 241; n++) {
        assert_int_equal(slots = page(&p, n, slots), 8);
    }
    rung(&p, 4, 242);
    assert_int_equal(slots = page(&p, 242, slots), 4);
    pool_wipe(&p);
}

static void
an_hour_that_was_not_watched_halves_nothing(void **state)
{
    struct pool p;
    uint16_t slots = 32;

    (void)state;
    assert_int_equal(pool_init(&p, &board), RC_OK);
    assert_int_equal(slots = page(&p, 5000, slots), 32);
    assert_int_equal(slots = page(&p, 5119, slots), 32);
    /* A failed group: what it remembered is no longer sure. */
    pool_remember(&p, 5120, 0);
    pool_settle(&p, false);
    assert_int_equal(slots = page(&p, 5120, slots), 32);
    assert_int_equal(slots = page(&p, 5239, slots), 32);
    assert_int_equal(slots = page(&p, 5240, slots), 16);
    pool_wipe(&p);
}

static void
who_does_not_fit_goes_with_a_later_page(void **state)
{
    struct pool p;
    uint16_t slots = 0;

    (void)state;
    assert_int_equal(pool_init(&p, &board), RC_OK);
    rung(&p, 100, 1);
    for (uint64_t n = 1; n <= 4; n++) {
        assert_int_equal(slots = page(&p, n, slots), 32);
        assert_int_equal(p.n, n < 4 ? 100 - 32 * n : 0);
    }
    pool_wipe(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_open_until_its_time),
        cmocka_unit_test(due_is_uniform_in_spread),
        cmocka_unit_test(effort_follows_fill),
        cmocka_unit_test(entries_are_found_until_they_go),
        cmocka_unit_test(a_group_that_fails_changes_nothing),
        cmocka_unit_test(an_entry_may_come_and_go_in_one_group),
        cmocka_unit_test(without_contention_all_go),
        cmocka_unit_test(contention_three_quarters_to_effort_the_rest_by_lot),
        cmocka_unit_test(few_strong_ones_always_go),
        cmocka_unit_test(the_smallest_page_keeps_a_place_for_the_lot),
        cmocka_unit_test(slots_double_at_once),
        cmocka_unit_test(slots_halve_after_a_quiet_hour),
        cmocka_unit_test(a_page_that_needs_more_is_not_halved),
        cmocka_unit_test(an_hour_that_was_not_watched_halves_nothing),
        cmocka_unit_test(who_does_not_fit_goes_with_a_later_page),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
