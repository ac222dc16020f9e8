/* SPDX-License-Identifier: ISC */
/* Answers at two relays that lie, lose, or come and go: which numbers are
 * spent, which relay is blamed, what was burned. */
#include "watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "answer.h"
#include "body.h"
#include "clock.h"
#include "deliverytest.h"

static struct answer_place
place(size_t relay, uint8_t i)
{
    return (struct answer_place){the_case.root, relays[relay].id, i};
}

/* What stands at a relay under answer i; NULL: nothing. */
static struct fake_drop *
there(size_t relay, uint8_t i)
{
    const struct answer_place p = place(relay, i);
    uint8_t address[32];

    answer_address(address, &p);
    return fake_drops_find(&at[relay], address);
}

/* Does the relay hold this very answer as number i? */
static bool
holds(size_t relay, uint8_t i)
{
    static uint8_t inner[ANSWER_INNER_LEN];
    const struct answer_place p = place(relay, i);
    const struct fake_drop *d = there(relay, i);

    return d != NULL && !d->burned &&
           answer_unwrap(inner, &p, d->box) == RC_OK &&
           memcmp(inner, rec.inner, sizeof inner) == 0;
}

/* Somebody puts a box there first: junk, or one that opens. */
static void
planted(size_t relay, uint8_t i, bool opens)
{
    static uint8_t box[CELL_BOX_LEN], inner[ANSWER_INNER_LEN];
    const struct answer_place p = place(relay, i);
    uint8_t address[32], burn[32] = {9}, nonce[ANSWER_NONCE_LEN];
    const struct cell_request req = {.op = CELL_PUT,
                                     .address = address,
                                     .burn = burn,
                                     .data = box,
                                     .data_len = sizeof box};
    struct cell_answer ans;

    randombytes_buf(box, sizeof box);
    randombytes_buf(inner, sizeof inner);
    randombytes_buf(nonce, sizeof nonce);
    if (opens) {
        answer_wrap(box, &p, inner, nonce);
    }
    answer_address(address, &p);
    fake_drops_put(&at[relay], &req, &ans);
    at[relay].n_puts = 0;
}

struct wanted {
    const char *text;
    size_t n;
};

static enum rc
look_for(const struct vault_row *row, void *arg)
{
    struct wanted *w = arg;
    struct alarm_rec a;

    w->n += alarm_parse(&a, row) == RC_OK && strstr(a.text, w->text) != NULL;
    return RC_OK;
}

/* How many alarms have this in their text. */
static size_t
alarms(const char *text)
{
    struct wanted w = {text, 0};

    assert_int_equal(
        vault_each(our_desk.vault, VAULT_ALARM, look_for, &w, NULL), RC_OK);
    return w.n;
}

static void
each_relay_has_a_box_of_its_own(void **state)
{
    uint32_t seq = queue("one");

    (void)state;
    turns(seq, 1);
    assert_int_equal(rec.state, ANSWER_RUNG);
    assert_true(holds(0, 0));
    assert_true(holds(1, 0));
    assert_null(fake_drops_find(&at[1], at[0].drop[0].address));
    assert_memory_not_equal(at[0].drop[0].box, at[1].drop[0].box, CELL_BOX_LEN);
    assert_memory_not_equal(at[0].drop[0].burn, at[1].drop[0].burn, 32);
    assert_int_equal(alarms(""), 0);
}

/* It uses up no number, and is missed. */
static void
one_that_calls_all_taken_is_missed(void **state)
{
    (void)state;
    at[0].taken = true;
    for (uint8_t i = 0; i < 4; i++) {
        uint32_t seq = queue("text");

        turns(seq, 2);
        assert_int_equal(rec.state, ANSWER_RUNG);
        assert_int_equal(rec.i, i);
        assert_true(holds(1, i));
        assert_int_equal(numbers_next(&the_case), i + 1);
    }
    assert_int_equal(alarms("relay 01000000 says"), 1); /* once a text */
    assert_int_equal(alarms("relay 02000000"), 0);
    assert_int_equal(alarms("root"), 0);
}

/* It stores, says taken, and gives our own box back: it is stored. */
static void
taken_with_our_own_box_is_stored(void **state)
{
    (void)state;
    at[0].taken = at[0].stores = true;
    at[1].taken = at[1].stores = true;
    for (uint8_t i = 0; i < 3; i++) {
        uint32_t seq = queue("text");

        turns(seq, 1);
        assert_int_equal(rec.state, ANSWER_RUNG);
        assert_int_equal(rec.i, i);
        assert_true(holds(0, i));
        assert_true(holds(1, i));
    }
    assert_int_equal(alarms(""), 0);
}

/* Another inside: by who has the root. The number is spent everywhere. */
static void
another_answer_of_the_number_spends_it(void **state)
{
    uint32_t seq = queue("text");

    (void)state;
    planted(1, 0, true);
    turns(seq, 3);
    assert_int_equal(rec.state, ANSWER_RUNG);
    assert_int_equal(rec.i, 1);
    assert_true(holds(0, 1));
    assert_true(holds(1, 1));
    assert_int_equal(alarms("restored from an older copy"), 1);
    assert_int_equal(alarms("relay "), 0);
}

/* Junk at one relay is that relay's affair. */
static void
junk_at_one_relay_spends_nothing(void **state)
{
    uint32_t seq = queue("text");

    (void)state;
    planted(1, 0, false);
    turns(seq, 3);
    assert_int_equal(rec.state, ANSWER_RUNG);
    assert_int_equal(rec.i, 0);
    assert_true(holds(0, 0));
    assert_int_equal(alarms("relay 02000000 says"), 1);
}

/* Junk at all of them: no relay is named, and the number is spent. */
static void
junk_everywhere_spends_it(void **state)
{
    uint32_t seq = queue("text");

    (void)state;
    planted(0, 0, false);
    planted(1, 0, false);
    turns(seq, 3);
    assert_int_equal(rec.state, ANSWER_RUNG);
    assert_int_equal(rec.i, 1);
    assert_true(holds(0, 1));
    assert_true(holds(1, 1));
    assert_int_equal(alarms("may hold the root"), 1);
    assert_int_equal(alarms("relay 0"), 0);
}

/* One that could not be reached may have it: nothing is spent, nobody named. */
static void
one_that_is_down_spends_nothing(void **state)
{
    uint32_t seq = queue("text");

    (void)state;
    planted(0, 0, false);
    at[1].down = true;
    turns(seq, 3);
    assert_int_equal(rec.state, ANSWER_SEALED);
    assert_int_equal(rec.i, 0);
    assert_int_equal(alarms(""), 0);
    at[1].down = false;
    turns(seq, 2);
    assert_int_equal(rec.state, ANSWER_RUNG);
    assert_int_equal(rec.i, 0);
    assert_true(holds(1, 0));
    assert_int_equal(alarms("relay 01000000 says"), 1);
}

/* Nobody can do its work: that is said, and what it asked too much is not. */
static void
work_for_nothing_is_told(void **state)
{
    uint32_t seq = queue("text");

    (void)state;
    at[1].works = true;
    turns(seq, 2);
    assert_int_equal(rec.state, ANSWER_SEALED);
    assert_int_equal(alarms("relay 02000000: it asks for work, and shows no"),
                     1);
    assert_int_equal(alarms(""), 1);
    at[1].works = false;
    turns(seq, 1);
    assert_int_equal(rec.state, ANSWER_RUNG);
}

/* `reply` or `show` in another process: what is to be waited for, and the
 * circuits, go on. */
static void
work_in_the_store_changes_nothing(void **state)
{
    uint32_t seq = queue("text");
    struct outgoing_answer before;

    (void)state;
    at[1].down = true;
    turns(seq, 2);
    assert_int_equal(watch.out.n, 1);
    net_circuit_fresh(&watch.out.list[0]->circuits[1]);
    watch.out.list[0]->rec.relays[1].boxes_put = 3;
    watch.out.list[0]->retry_ms += 3600 * 1000; /* however slow this is */
    before = *watch.out.list[0];
    assert_int_equal(before.failures, 2);
    watch.out.loaded = false;
    (void)outbox_run(&watch, clock_mono_ms());
    assert_int_equal(watch.out.n, 1);
    assert_int_equal(watch.out.list[0]->failures, before.failures);
    assert_int_equal(watch.out.list[0]->retry_ms, before.retry_ms);
    assert_string_equal(watch.out.list[0]->circuits[1].user,
                        before.circuits[1].user);
    assert_int_equal(watch.out.list[0]->rec.relays[1].boxes_put, 3);
}

/* An entry that stands there is one of a number that is used. */
static void
what_a_board_announces_is_spent(void **state)
{
    uint8_t entries[2 * ENTRY_ANSWER_LEN] = {1};
    const struct page page = {.slots = 2, .number = 5, .entries = entries};
    uint32_t seq;

    (void)state;
    answer_entry(entries + ENTRY_ANSWER_LEN, the_case.root, 0);
    assert_int_equal(outbox_page(&watch, &page, relays[0].id), RC_OK);
    assert_int_equal(outbox_page(&watch, &page, relays[1].id), RC_OK);
    assert_int_equal(alarms("is announced that this store does not know"), 1);
    seq = queue("text");
    turns(seq, 1);
    assert_int_equal(rec.i, 1);
    /* Our own is no news. */
    answer_entry(entries + ENTRY_ANSWER_LEN, the_case.root, 1);
    assert_int_equal(outbox_page(&watch, &page, relays[0].id), RC_OK);
    assert_int_equal(alarms(""), 1);
}

/* All cases of one root have one row of numbers, however many came, and what
 * one of them sends is no news to the others. */
static void
cases_of_one_root_share_their_numbers(void **state)
{
    uint8_t entries[2 * ENTRY_ANSWER_LEN] = {1};
    const struct page page = {.slots = 2, .number = 5, .entries = entries};
    struct case_rec other = the_case;

    (void)state;
    for (other.number = 2; other.number <= 4; other.number++) {
        other.twin = other.number - 1;
        other.lost = other.number == 4; /* has no root, whatever stands there */
        assert_int_equal(case_put(our_desk.vault, &other), RC_OK);
    }
    the_case.twin = 2;
    assert_int_equal(case_put(our_desk.vault, &the_case), RC_OK);
    turns(queue("text"), 1);
    for (uint32_t n = 1; n <= 3; n++) {
        assert_int_equal(case_get(our_desk.vault, &other, n), RC_OK);
        assert_int_equal(numbers_next(&other), 1);
    }
    answer_entry(entries + ENTRY_ANSWER_LEN, the_case.root, 0);
    assert_int_equal(outbox_page(&watch, &page, relays[0].id), RC_OK);
    assert_int_equal(alarms(""), 0);
}

/* A relay that opens later gets what stands, under the same number. */
static void
a_standing_answer_comes_to_a_new_relay(void **state)
{
    uint32_t seq = queue("text");

    (void)state;
    turns(seq, 1);
    assert_int_equal(rec.state, ANSWER_RUNG);
    open_relays(1, 2); /* the first one is gone, the third is new */
    at[1].n_puts = 0;
    turns(seq, 3);
    assert_int_equal(rec.state, ANSWER_RUNG);
    assert_int_equal(rec.i, 0);
    assert_true(holds(2, 0));
    assert_int_equal(at[2].n_rings, 1);
    assert_int_equal(at[1].n_puts, 1); /* asked whether it stands */
    assert_int_equal(at[1].n_rings, 1);
}

/* What she burned where it stood does not come back at the new one. */
static void
a_burned_answer_does_not_come_to_a_new_relay(void **state)
{
    uint32_t seq = queue("text");

    (void)state;
    turns(seq, 1);
    there(1, 0)->burned = true;
    open_relays(1, 2);
    turns(seq, 4);
    assert_int_equal(rec.state, ANSWER_RUNG);
    assert_null(there(2, 0));
    assert_int_equal(at[2].n_rings, 0);
}

/* Nor while nobody can say whether she did. */
static void
nor_where_it_cannot_be_asked(void **state)
{
    uint32_t seq = queue("text");

    (void)state;
    turns(seq, 1);
    open_relays(1, 2);
    at[1].down = true;
    turns(seq, 3);
    assert_null(there(2, 0));
    at[1].down = false;
    turns(seq, 3);
    assert_true(holds(2, 0));
}

/* A relay that was down for longer than it stands: it would be announced there
 * when nobody can check it any more. */
static void
what_is_over_comes_to_no_relay(void **state)
{
    uint32_t seq = queue("text");

    (void)state;
    at[1].down = true;
    turns(seq, 2);
    assert_int_equal(rec.state, ANSWER_SEALED);
    days_pass(28);
    at[1].down = false;
    turns(seq, 3);
    assert_int_equal(at[1].n_puts + at[1].n_rings, 0);
    assert_int_equal(rec.state, ANSWER_RUNG);
}

/* The box went early: put again within the week of its tombstone. */
static void
an_early_expiry_is_put_again(void **state)
{
    uint32_t seq = queue("text");

    (void)state;
    at[0].expiry_day = at[1].expiry_day = clock_day(clock_now()) + 3;
    turns(seq, 1);
    at[0].n = 0; /* expired */
    days_pass(4);
    at[0].expiry_day = at[1].expiry_day = clock_day(clock_now()) + 20;
    turns(seq, 3);
    assert_true(holds(0, 0));
    assert_int_equal(rec.state, ANSWER_RUNG);
    assert_int_equal(at[0].n_rings, 1); /* its entry stands */
}

/* Taken then means burned: there it does not come back, ever. */
static void
an_early_expiry_of_a_burned_one_is_not(void **state)
{
    uint32_t seq = queue("text");
    uint32_t puts;

    (void)state;
    at[0].expiry_day = clock_day(clock_now()) + 3;
    turns(seq, 1);
    there(0, 0)->burned = true;
    days_pass(4);
    turns(seq, 3);
    assert_int_equal(rec.state, ANSWER_RUNG);
    assert_int_equal(rec.relays[0].place, PLACE_BURNED);
    assert_true(sodium_is_zero(rec.relays[0].nonce, ANSWER_NONCE_LEN));
    puts = (uint32_t)at[0].n_puts;
    at[0].n = 0; /* the tombstone is gone */
    days_pass(10);
    turns(seq, 3);
    assert_int_equal(at[0].n_puts, puts);
    assert_int_equal(numbers_next(&the_case), 1);
}

/* Once the tombstone is gone nobody can tell: it is not put. */
static void
after_that_week_it_is_not_put_again(void **state)
{
    uint32_t seq = queue("text");

    (void)state;
    at[0].expiry_day = clock_day(clock_now()) + 3;
    turns(seq, 1);
    at[0].n = 0;
    at[0].n_puts = 0;
    days_pass(3 + 7 + 1);
    turns(seq, 3);
    assert_int_equal(at[0].n_puts, 0);
    assert_null(there(0, 0));
}

int
main(void)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, delivery_setup, delivery_teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_relay_has_a_box_of_its_own),
        TEST(one_that_calls_all_taken_is_missed),
        TEST(taken_with_our_own_box_is_stored),
        TEST(another_answer_of_the_number_spends_it),
        TEST(junk_at_one_relay_spends_nothing),
        TEST(junk_everywhere_spends_it),
        TEST(one_that_is_down_spends_nothing),
        TEST(work_for_nothing_is_told),
        TEST(work_in_the_store_changes_nothing),
        TEST(what_a_board_announces_is_spent),
        TEST(cases_of_one_root_share_their_numbers),
        TEST(a_standing_answer_comes_to_a_new_relay),
        TEST(a_burned_answer_does_not_come_to_a_new_relay),
        TEST(nor_where_it_cannot_be_asked),
        TEST(what_is_over_comes_to_no_relay),
        TEST(an_early_expiry_is_put_again),
        TEST(an_early_expiry_of_a_burned_one_is_not),
        TEST(after_that_week_it_is_not_put_again),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
