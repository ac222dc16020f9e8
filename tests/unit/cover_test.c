/* SPDX-License-Identifier: ISC */
/* Dummy answers that lie at the relays: which of them an own visit fetches and
 * burns, and when. */
#include "cover.c"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RUNS 8000
#define MEAN 259200 /* seconds: three days */

static struct watch watch;
static struct cover cover;

static int
setup(void **state)
{
    (void)state;
    memset(&watch, 0, sizeof watch);
    memset(&cover, 0, sizeof cover);
    watch.means.fetch = MEAN;
    return 0;
}

/* So far off in standard deviations comes once in ten billion runs. */
static void
about(double n, double mean, double deviation)
{
    assert_true(n > mean - 6.5 * deviation && n < mean + 6.5 * deviation);
}

static void
one_in_four_is_never_fetched(void **state)
{
    struct outgoing_answer o = {.rec = {.i = 7}};
    double kept = 0, sum = 0;

    (void)state;
    o.root[0] = 3;
    o.rec.body.boxes = 5;
    o.rec.body.digest[0] = 9;
    for (int i = 0; i < RUNS; i++) {
        const struct cover_dummy *k = &watch.kept.list[0];
        const int64_t now = clock_now();

        watch.kept.n = 0;
        cover_dummy_out(&watch, &o);
        if (watch.kept.n == 1) {
            kept++;
            sum += (double)(k->due - now);
            assert_false(k->burn);
            assert_int_equal(k->i, 7);
            assert_int_equal(k->boxes, 5);
            assert_int_equal(k->root[0], 3);
            assert_int_equal(k->digest[0], 9);
            assert_true(k->due >= now);
        }
    }
    about(kept, RUNS * 0.75, sqrt(RUNS * 0.75 * 0.25));
    about(sum / kept, MEAN, MEAN / sqrt(kept));
}

static void
a_full_list_takes_no_more(void **state)
{
    const struct outgoing_answer o = {.rec = {.i = 7}};

    (void)state;
    watch.kept.n = COVER_DUMMIES_MAX;
    for (int i = 0; i < 64; i++) {
        cover_dummy_out(&watch, &o);
    }
    assert_int_equal(watch.kept.n, COVER_DUMMIES_MAX);
}

static void
add(uint8_t i, bool burn, int64_t in)
{
    watch.kept.list[watch.kept.n++] =
        (struct cover_dummy){.i = i, .burn = burn, .due = clock_now() + in};
}

static void
a_visit_takes_two_that_are_due(void **state)
{
    (void)state;
    add(1, false, 1000);
    add(2, false, -1);
    add(3, true, -1);
    add(4, false, -1);
    add(5, true, 1000);
    add(6, false, -1);
    add(7, false, -1);
    take_dummies(&watch, &cover);
    assert_int_equal(cover.n_gets, 2);
    assert_int_equal(cover.n_burns, 1);
    assert_int_equal(cover.burns[0].i, 3);
    assert_int_equal(watch.kept.n, 4);
    for (size_t k = 0; k < 2; k++) {
        const uint8_t i = cover.gets[k].i;

        assert_true(i == 2 || i == 4 || i == 6 || i == 7);
        for (size_t m = 0; m < watch.kept.n; m++) {
            assert_int_not_equal(watch.kept.list[m].i, i);
        }
    }
    assert_int_not_equal(cover.gets[0].i, cover.gets[1].i);
}

/* By the next visit, which may come at once. */
static void
half_of_what_was_fetched_is_burned(void **state)
{
    double kept = 0;

    (void)state;
    cover.n_gets = 2;
    cover.gets[0].i = cover.gets[1].i = 8;
    for (int i = 0; i < RUNS / 2; i++) {
        watch.kept.n = 0;
        keep_read(&watch, &cover);
        kept += (double)watch.kept.n;
        for (size_t k = 0; k < watch.kept.n; k++) {
            assert_true(watch.kept.list[k].burn);
            assert_int_equal(watch.kept.list[k].i, 8);
            assert_true(watch.kept.list[k].due <= clock_now());
        }
    }
    about(kept, RUNS * 0.5, sqrt(RUNS * 0.25));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(one_in_four_is_never_fetched),
        TEST(a_full_list_takes_no_more),
        TEST(a_visit_takes_two_that_are_due),
        TEST(half_of_what_was_fetched_is_burned),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
