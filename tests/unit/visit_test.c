/* SPDX-License-Identifier: ISC */
/* What relays get in a visit, and who is not waited for. */
#include "visit.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RELAYS 3 /* the last is closing */

static struct board boards[] = {{.id = 1,
                                 .entry_len = ENTRY_REPORT_LEN,
                                 .tick = 30,
                                 .slots = 2,
                                 .max = 32,
                                 .spread = 2}};
static struct directory_relay infos[RELAYS] = {
    {.id = {1}}, {.id = {2}}, {.id = {3}, .closing_day = 20000}};
static char *no_urls[] = {"http://relay.example"};
static struct directory directory = {.relays = infos,
                                     .n_relays = RELAYS,
                                     .boards = boards,
                                     .n_boards = 1,
                                     .retention = 28};
static struct bundle bundle = {.directory = &directory};
static struct visit v;
static uint8_t own[ENTRY_REPORT_LEN];

static int
setup(void **state)
{
    struct network none = {.n_relays = 0};
    const struct visit_options opt = {.no_tor = true};

    (void)state;
    assert_int_equal(visit_init(&v, &opt, &none), RC_OK);
    v.w.bundle = &bundle;
    v.w.n_relays = RELAYS;
    for (size_t i = 0; i < RELAYS; i++) {
        v.w.relays[i].info = &infos[i];
        v.w.relays[i].url = no_urls[0];
        v.w.relays[i].up = true;
        v.of[i] = &v.places[i];
        v.of[i]->v = &v;
        v.of[i]->relay = i;
    }
    v.n_writers = network_writers(&v.w, v.writers);
    memset(own, 5, sizeof own);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    v.w.bundle = NULL;
    visit_wipe(&v);
    return 0;
}

static enum rc
one_ring(struct visit *visit, void *arg)
{
    (void)arg;
    return visit_plan_ring(visit, 1, own) != NULL ? RC_OK : RC_FULL;
}

static const uint8_t *
entry(size_t relay, size_t block)
{
    return v.of[relay]->rings[block].entry;
}

/* Entries are one for the open relays, dummies too; a closing one has dummies
 * of its own. Addresses and secrets are each relay's. */
static void
each_relay_gets_what_a_real_thing_would_be(void **state)
{
    const struct visit_job job = {.choose = one_ring};
    const struct visit_plan *plan = v.plan;
    enum rc chosen;

    (void)state;
    assert_int_equal(choose(&v, &job, &chosen), RC_OK);
    assert_int_equal(chosen, RC_OK);
    assert_memory_equal(entry(0, 0), own, sizeof own);
    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        assert_memory_equal(entry(0, i), entry(1, i), sizeof own);
        assert_memory_not_equal(entry(0, i), entry(2, i), sizeof own);
        assert_false(v.of[2]->rings[i].real);
        for (size_t k = 0; k < RELAYS; k++) {
            for (size_t m = 0; m < k; m++) {
                assert_memory_not_equal(plan->gets[i].at[k].address,
                                        plan->gets[i].at[m].address, 32);
                assert_memory_not_equal(plan->burns[i].at[k].address,
                                        plan->burns[i].at[m].address, 32);
                assert_memory_not_equal(plan->burns[i].at[k].secret,
                                        plan->burns[i].at[m].secret, 32);
            }
        }
    }
    assert_memory_not_equal(entry(2, 0), entry(2, 1), sizeof own);
    assert_memory_not_equal(entry(0, 0), entry(0, 1), sizeof own);
}

/* The first was there so long after the step's begin. */
static int64_t
limit_after(int64_t took_ms)
{
    const int64_t begun = clock_mono_ms() - took_ms;
    int64_t limit = 0;

    leave_slow(&v, begun, &limit);
    return limit - begun;
}

static void
who_needs_three_times_as_long_is_left(void **state)
{
    int64_t limit;

    (void)state;
    for (size_t i = 0; i < RELAYS; i++) {
        v.of[i]->started = true;
        atomic_store(&v.of[i]->ended, false);
    }
    assert_true(limit_after(1000) < 0); /* none: nobody is there yet */
    atomic_store(&v.of[0]->ended, true);
    assert_int_equal(limit_after(1000), 60000);
    assert_true(limit_after(50000) >= 150000);
    limit = clock_mono_ms() + 100000;
    leave_slow(&v, 0, &limit);
    assert_false(atomic_load(&v.of[1]->stop));
    limit = clock_mono_ms() - 1;
    leave_slow(&v, 0, &limit);
    assert_false(atomic_load(&v.of[0]->stop));
    assert_true(atomic_load(&v.of[1]->stop));
    assert_true(atomic_load(&v.of[2]->stop));
}

/* One that failed at once shows nothing of how long it takes. */
static void
a_lost_relay_is_no_measure(void **state)
{
    (void)state;
    for (size_t i = 0; i < RELAYS; i++) {
        v.of[i]->started = true;
        atomic_store(&v.of[i]->ended, i == 0);
    }
    v.w.relays[0].up = false;
    assert_true(limit_after(1000) < 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_relay_gets_what_a_real_thing_would_be),
        TEST(who_needs_three_times_as_long_is_left),
        TEST(a_lost_relay_is_no_measure),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
