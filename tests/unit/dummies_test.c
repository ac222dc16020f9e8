/* SPDX-License-Identifier: ISC */
/* Dummy answers are to relays what answers are: what three relays see of one
 * and of the other, whatever they do, is the same. */
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
#include "deliverytest.h"
#include "dummies.h"

static char seen[2][3][sizeof at[0].log];

/* Of an answer, then of a dummy. */
static void
alike(void (*happens)(void))
{
    for (int dummy = 0; dummy < 2; dummy++) {
        assert_int_equal(delivery_setup(NULL), 0);
        if (dummy) {
            assert_int_equal(outbox_dummy(&watch, 0), RC_OK);
        } else {
            (void)queue("text");
        }
        happens();
        for (size_t i = 0; i < 3; i++) {
            memcpy(seen[dummy][i], at[i].log, sizeof at[i].log);
        }
        assert_int_equal(delivery_teardown(NULL), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(seen[0][i], seen[1][i]);
    }
}

static void
one_is_down(void)
{
    at[1].down = true;
    turns_of_all(4);
    at[1].down = false;
    turns_of_all(3);
}

static void
while_one_relay_is_down(void **state)
{
    (void)state;
    alike(one_is_down);
    assert_string_equal(seen[1][0], "P1 R2 P1 P1 P1 P1 ");
    assert_string_equal(seen[1][1], "P1 R2 ");
}

static void
another_opens(void)
{
    turns_of_all(1);
    open_relays(1, 2);
    turns_of_all(3);
}

static void
when_another_relay_opens(void **state)
{
    (void)state;
    alike(another_opens);
    assert_string_equal(seen[1][1], "P1 R2 P1 ");
    assert_string_equal(seen[1][2], "P1 R2 ");
}

static void
starts_again(void)
{
    turns_of_all(1);
    outbox_wipe(&watch);
    another_opens();
}

static void
after_a_restart(void **state)
{
    (void)state;
    alike(starts_again);
    assert_string_equal(seen[1][2], "P1 R2 ");
}

static void
burned_first(void)
{
    turns_of_all(1);
    at[1].drop[0].burned = true;
    another_opens();
}

static void
when_it_was_burned_before(void **state)
{
    (void)state;
    alike(burned_first);
    assert_string_equal(seen[1][2], "");
}

static void
goes_early(void)
{
    at[0].expiry_day = at[1].expiry_day = clock_day(clock_now()) + 3;
    turns_of_all(1);
    at[0].n = 0;
    days_pass(4);
    at[0].expiry_day = at[1].expiry_day = clock_day(clock_now()) + 20;
    turns_of_all(3);
}

static void
when_its_box_goes_early(void **state)
{
    (void)state;
    alike(goes_early);
    assert_string_equal(seen[1][0], "P1 R2 P1 ");
}

/* The pages on which the entry ought to stand are over. */
static void
is_not_shown(void)
{
    struct feed feed = {.pos = {.known = true}};

    turns_of_all(1);
    feed.board.id = 0;
    memcpy(feed.pos.relay, relays[0].id, 32);
    feed.pos.last.number = at[0].page + watch.means.grace + 1;
    watch.feeds[0] = &feed;
    watch.n_feeds = 1;
    turns_of_all(3);
    watch.n_feeds = 0;
}

static void
when_its_entry_is_not_shown(void **state)
{
    (void)state;
    alike(is_not_shown);
    assert_string_equal(seen[1][0], "P1 R2 R2 ");
    assert_string_equal(seen[1][1], "P1 R2 ");
}

static void
all_is_taken(void)
{
    at[0].taken = at[1].taken = true;
    turns_of_all(8);
}

static void
when_every_relay_says_taken(void **state)
{
    (void)state;
    alike(all_is_taken);
    assert_string_equal(seen[1][0], "P1 G1 P2 G2 P3 G3 P4 G4 P5 G5 ");
}

static void
one_takes_all(void)
{
    at[0].taken = true;
    turns_of_all(3);
}

static void
when_one_relay_says_taken(void **state)
{
    (void)state;
    alike(one_takes_all);
    assert_string_equal(seen[1][1], "P1 R2 ");
}

static void
no_keys(void)
{
    assert_int_equal(weekkeys_destroy(our_desk.keys, clock_week(clock_now())),
                     RC_OK);
    turns_of_all(2);
}

/* No answer can leave then. */
static void
in_a_week_without_keys(void **state)
{
    (void)state;
    alike(no_keys);
    assert_string_equal(seen[1][0], "");
}

static void
its_entry_is_one_for_all_its_drops_are_not(void **state)
{
    (void)state;
    assert_int_equal(outbox_dummy(&watch, 0), RC_OK);
    turns_of_all(1);
    assert_string_equal(at[0].log, "P1 R2 ");
    assert_string_equal(at[1].log, "P1 R2 ");
    assert_memory_equal(at[0].known[1], at[1].known[1], ENTRY_ANSWER_LEN);
    assert_memory_not_equal(at[0].known[0], at[1].known[0], 16);
    assert_memory_not_equal(at[0].drop[0].box, at[1].drop[0].box, CELL_BOX_LEN);
    assert_memory_not_equal(at[0].drop[0].burn, at[1].drop[0].burn, 32);
}

static enum rc
count_row(const struct vault_row *row, void *arg)
{
    (void)row;
    ++*(size_t *)arg;
    return RC_OK;
}

static size_t
rows(void)
{
    size_t n = 0;

    assert_int_equal(
        vault_each(our_desk.vault, VAULT_DUMMY, count_row, &n, NULL), RC_OK);
    return n;
}

/* As long as an answer, and no longer. */
static void
it_is_kept_while_it_stands(void **state)
{
    (void)state;
    assert_int_equal(outbox_dummy(&watch, 0), RC_OK);
    turns_of_all(2);
    assert_int_equal(watch.out.list[0]->rec.state, ANSWER_RUNG);
    assert_int_equal(watch.kept.n <= 1, true); /* handed on once */
    watch.out.list[0]->rec.day -= 29;
    turns_of_all(1);
    assert_int_equal(watch.out.n, 1);
    assert_int_equal(rows(), 1);
    watch.out.list[0]->rec.day--;
    turns_of_all(1);
    assert_int_equal(watch.out.n, 0);
    assert_int_equal(watch.out.dummies, 0);
    assert_int_equal(rows(), 0);
}

int
main(void)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, delivery_setup, delivery_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_one_relay_is_down),
        cmocka_unit_test(when_another_relay_opens),
        cmocka_unit_test(after_a_restart),
        cmocka_unit_test(when_it_was_burned_before),
        cmocka_unit_test(when_its_box_goes_early),
        cmocka_unit_test(when_its_entry_is_not_shown),
        cmocka_unit_test(when_every_relay_says_taken),
        cmocka_unit_test(when_one_relay_says_taken),
        cmocka_unit_test(in_a_week_without_keys),
        TEST(its_entry_is_one_for_all_its_drops_are_not),
        TEST(it_is_kept_while_it_stands),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
