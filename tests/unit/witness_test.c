/* SPDX-License-Identifier: ISC */
#include "witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "clock.h"
#include "desktest.h"

#define TICK 30
#define DAY 20779u
#define FIRST ((uint64_t)DAY * DAY_SECONDS / TICK)
#define DAY_PAGES (DAY_SECONDS / TICK)

static const uint8_t relay_a[32] = {0xa}, relay_b[32] = {0xb};
static struct desk desk;
static struct witness witness;

static int
setup(void **state)
{
    int failed = desktest_open(&desk);

    (void)state;
    witness_init(&witness, desk.vault);
    return failed;
}

static int
teardown(void **state)
{
    (void)state;
    witness_wipe(&witness);
    return desktest_close(&desk);
}

static enum rc
add(const uint8_t *relay, uint8_t board, uint64_t number, uint8_t mark)
{
    const struct witness_page page = {relay, board, TICK, number};
    uint8_t hash[PAGE_HASH_LEN];

    memset(hash, mark, sizeof hash);
    return witness_add(&witness, &page, hash);
}

static enum rc
get(const uint8_t *relay, uint8_t board, uint64_t number, uint8_t *mark)
{
    const struct witness_page page = {relay, board, TICK, number};
    uint8_t hash[PAGE_HASH_LEN];
    enum rc rc = witness_get(&witness, &page, hash);

    *mark = hash[0];
    return rc;
}

/* A later page does not replace what was noted, in any order or place. */
static void
a_second_hash_is_a_fork(void **state)
{
    uint8_t mark;

    (void)state;
    assert_int_equal(add(relay_a, 1, FIRST, 1), RC_OK);
    assert_int_equal(add(relay_a, 1, FIRST, 1), RC_OK);
    assert_int_equal(add(relay_a, 1, FIRST, 2), RC_TAKEN);
    assert_int_equal(add(relay_b, 1, FIRST, 2), RC_OK);
    assert_int_equal(add(relay_a, 0, FIRST, 3), RC_OK);
    assert_int_equal(get(relay_a, 1, FIRST, &mark), RC_OK);
    assert_int_equal(mark, 1);
    assert_int_equal(get(relay_a, 1, FIRST + 1, &mark), RC_MISSING);
}

static void
hours_are_put_away_and_come_back(void **state)
{
    uint8_t mark;

    (void)state;
    for (uint64_t i = 0; i < 10 * DAY_PAGES / 24; i += 7) {
        assert_int_equal(add(relay_a, 1, FIRST + i, (uint8_t)(i & 0x7f)),
                         RC_OK);
        assert_int_equal(add(relay_b, 1, FIRST + i, 0x80), RC_OK);
    }
    assert_int_equal(witness_flush(&witness), RC_OK);
    witness_wipe(&witness);
    witness_init(&witness, desk.vault);
    for (uint64_t i = 0; i < 10 * DAY_PAGES / 24; i++) {
        enum rc rc = get(relay_a, 1, FIRST + i, &mark);

        assert_int_equal(rc, i % 7 == 0 ? RC_OK : RC_MISSING);
        if (rc == RC_OK) {
            assert_int_equal(mark, i & 0x7f);
            assert_int_equal(add(relay_a, 1, FIRST + i, 0x7f - mark),
                             mark * 2 == 0x7f ? RC_OK : RC_TAKEN);
        }
    }
}

static void
pages_may_come_in_any_order(void **state)
{
    uint8_t mark;

    (void)state;
    for (uint64_t i = 100; i > 0; i--) {
        assert_int_equal(add(relay_a, 1, FIRST + (i * 37) % 101, (uint8_t)i),
                         RC_OK);
    }
    for (uint64_t i = 100; i > 0; i--) {
        assert_int_equal(get(relay_a, 1, FIRST + (i * 37) % 101, &mark),
                         RC_OK);
        assert_int_equal(mark, i);
    }
}

static void
the_last_page_of_a_day(void **state)
{
    const struct witness_page page = {relay_a, 1, TICK, 0};
    struct page_link last;

    (void)state;
    assert_int_equal(witness_last_of_day(&witness, &page, DAY, &last),
                     RC_MISSING);
    (void)!add(relay_a, 1, FIRST - 1, 1);
    (void)!add(relay_a, 1, FIRST + 40, 2);
    (void)!add(relay_a, 1, FIRST + DAY_PAGES - 200, 3);
    (void)!add(relay_a, 1, FIRST + DAY_PAGES, 4);
    (void)!add(relay_b, 1, FIRST + DAY_PAGES - 1, 5);
    assert_int_equal(witness_last_of_day(&witness, &page, DAY, &last), RC_OK);
    assert_int_equal(last.number, FIRST + DAY_PAGES - 200);
    assert_int_equal(last.hash[0], 3);
    assert_int_equal(witness_last_of_day(&witness, &page, DAY - 1, &last),
                     RC_OK);
    assert_int_equal(last.number, FIRST - 1);
    assert_int_equal(witness_last_of_day(&witness, &page, DAY + 2, &last),
                     RC_MISSING);
}

static void
old_hours_are_forgotten(void **state)
{
    uint8_t mark;

    (void)state;
    (void)!add(relay_a, 1, FIRST - DAY_PAGES, 1);
    (void)!add(relay_a, 1, FIRST, 2);
    assert_int_equal(witness_prune(&witness, (int64_t)DAY * DAY_SECONDS),
                     RC_OK);
    assert_int_equal(get(relay_a, 1, FIRST - DAY_PAGES, &mark), RC_MISSING);
    assert_int_equal(get(relay_a, 1, FIRST, &mark), RC_OK);
}

static enum witness_verdict
verdict(uint64_t number, uint8_t mark, const struct position_rec *where)
{
    struct seen_page seen = {.board = 1, .number = number};
    enum witness_verdict v;

    memcpy(seen.relay, relay_a, sizeof seen.relay);
    memset(seen.hash, mark, sizeof seen.hash);
    assert_int_equal(witness_compare(&witness, &v, &seen, TICK, where),
                     RC_OK);
    return v;
}

static void
seen_notes_are_judged(void **state)
{
    struct position_rec where = {.known = true, .first = FIRST};

    (void)state;
    where.last.number = FIRST + 100;
    (void)!add(relay_a, 1, FIRST + 10, 7);
    assert_int_equal(verdict(FIRST + 10, 7, &where), WITNESS_AGREES);
    assert_int_equal(verdict(FIRST + 10, 8, &where), WITNESS_FORK);
    assert_int_equal(verdict(FIRST + 11, 7, &where), WITNESS_HOLE);
    assert_int_equal(verdict(FIRST + 101, 7, &where), WITNESS_UNKNOWN);
    assert_int_equal(verdict(FIRST - 1, 7, &where), WITNESS_UNKNOWN);
    assert_int_equal(verdict(UINT64_MAX, 7, &where), WITNESS_UNKNOWN);
    where.gap_first = FIRST + 11;
    where.gap_last = FIRST + 12;
    assert_int_equal(verdict(FIRST + 11, 7, &where), WITNESS_UNKNOWN);
    assert_int_equal(verdict(FIRST + 13, 7, &where), WITNESS_HOLE);
    where.known = false;
    assert_int_equal(verdict(FIRST + 10, 8, &where), WITNESS_UNKNOWN);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_second_hash_is_a_fork),
        TEST(hours_are_put_away_and_come_back),
        TEST(pages_may_come_in_any_order),
        TEST(the_last_page_of_a_day),
        TEST(old_hours_are_forgotten),
        TEST(seen_notes_are_judged),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
