/* SPDX-License-Identifier: ISC */
/* What a desk draws, so that a relay learns less of when it read what: the time
 * of its seen note, and the circuit of each look. */
#include "watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "clock.h"

#define HALF (DAY_SECONDS / 2)
#define DAYS 400

static struct clocks_daily daily;

/* Once a day, anywhere in its first half; of 400 draws none of four quarters of
 * that has less than 50, but once in 10^7. */
static void
the_time_of_a_seen_note_is_drawn_each_day(void **state)
{
    unsigned quarter[4] = {0};

    (void)state;
    for (int64_t day = 20000; day < 20000 + DAYS; day++) {
        const int64_t midnight = day * DAY_SECONDS;
        int64_t from;

        (void)clocks_daily_due(&daily, HALF, midnight);
        from = daily.from;
        assert_in_range(from, 0, HALF - 1);
        assert_true(from == 0 ||
                    !clocks_daily_due(&daily, HALF, midnight + from - 1));
        assert_true(clocks_daily_due(&daily, HALF, midnight + from));
        assert_true(clocks_daily_due(&daily, HALF, midnight + DAY_SECONDS - 1));
        assert_int_equal(daily.from, from);
        quarter[from / (HALF / 4)]++;
    }
    for (size_t i = 0; i < 4; i++) {
        assert_true(quarter[i] >= 50);
    }
}

/* Several at a time, by lot, none for longer than an hour. */
static void
looks_are_through_several_circuits(void **state)
{
    static struct feed feed;
    struct {
        char user[sizeof feed.circuits[0].circuit.user];
        int64_t first, last;
    } seen[64] = {{{0}, 0, 0}};
    size_t n = 0;

    (void)state;
    for (int64_t now = 1000; now < 4 * 3600 * 1000; now += 10000) {
        const struct net_circuit *c = feeds_circuit(&feed, now);
        size_t i = 0;

        while (i < n && strcmp(seen[i].user, c->user) != 0) {
            i++;
        }
        if (i == n) {
            assert_true(n < 64);
            memcpy(seen[n].user, c->user, sizeof seen[n].user);
            seen[n++].first = now;
        }
        seen[i].last = now;
    }
    assert_true(n >= 4 * FEED_CIRCUITS);
    for (size_t i = 0; i < n; i++) {
        assert_true(seen[i].last - seen[i].first < 3600 * 1000);
    }
    /* one after another would be no more than one at a time */
    assert_true(seen[1].first < seen[0].last);
    assert_true(seen[2].first < seen[0].last);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_of_a_seen_note_is_drawn_each_day),
        cmocka_unit_test(looks_are_through_several_circuits),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
