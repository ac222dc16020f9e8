/* SPDX-License-Identifier: ISC */
/*
 * What every backend of relay/store/store.h must do. The one that is linked is
 * tested; nothing in here knows which. Opening, drops, notes; boards are in
 * store_boards_test.c.
 */
#include "store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <cmocka.h>

#include "clock.h"
#include "storetest.h"

#define WEEK ((int64_t)WEEK_DAYS * DAY_SECONDS)

/* Before this, the first second of a week. */
static const int64_t t0 = 2900 * WEEK;

#define box storetest_box

static enum cell_status
put_in_group(struct storetest *t, const struct storetest_box *b, int64_t now,
             uint32_t *day)
{
    struct store_put put = {b->address, b->hash, b->data};
    enum cell_status status;

    assert_int_equal(store_put(t->s, &put, now, &status, day), RC_OK);
    return status;
}

static enum cell_status
put(struct storetest *t, const struct storetest_box *b, int64_t now,
    uint32_t *day)
{
    enum cell_status status;
    uint32_t granted;

    storetest_begin(t);
    status = put_in_group(t, b, now, day != NULL ? day : &granted);
    storetest_commit(t);
    return status;
}

static enum cell_status
burn(struct storetest *t, const struct storetest_box *b)
{
    enum cell_status status;

    storetest_begin(t);
    assert_int_equal(store_burn(t->s, b->address, b->hash, &status), RC_OK);
    storetest_commit(t);
    return status;
}

static void
assert_there(struct storetest *t, const struct storetest_box *b, int64_t now)
{
    uint8_t got[CELL_BOX_LEN];

    assert_int_equal(store_get(t->s, b->address, now, got), RC_OK);
    assert_memory_equal(got, b->data, CELL_BOX_LEN);
}

static void
assert_gone(struct storetest *t, const struct storetest_box *b, int64_t now)
{
    uint8_t got[CELL_BOX_LEN];

    assert_int_equal(store_get(t->s, b->address, now, got), RC_MISSING);
}

/* --- opening --- */

static void
open_refuses_what_is_not_there(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct store_options opt = storetest_options(t);
    struct store *s;

    opt.dir = "/nonexistent/store";
    assert_int_equal(store_open(&s, &opt, t0), RC_MISSING);
    assert_null(s);
    assert_string_not_equal(store_error(), "");
}

static void
a_store_is_created_once(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct store_setup setup = {.dir = t->dir, .boxes = 8};

    assert_int_equal(store_create(&setup), RC_TAKEN);
}

static void
a_store_of_no_boxes_is_refused(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct store_setup setup = {.dir = t->dir, .boxes = 0};

    assert_int_equal(store_create(&setup), RC_FORMAT);
}

static void
only_one_has_it_open(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct store_options opt = storetest_options(t);
    struct store *s;

    assert_int_equal(store_open(&s, &opt, t0), RC_AGAIN);
    assert_null(s);
    storetest_reopen(t, t0);
}

static void
the_disk_must_hold_retention(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct board huge = {1, ENTRY_REPORT_LEN, 1, 1024, 1024, 2};
    struct store_options opt = storetest_options(t);
    struct store *s;

    store_close(t->s);
    t->s = NULL;
    opt.boards = &huge;
    opt.n_boards = 1;
    opt.retention = 365; /* some 130 TB */
    assert_int_equal(store_open(&s, &opt, t0), RC_FULL);
    assert_null(s);
    assert_non_null(strstr(store_error(), "disk"));
}

/* --- drops --- */

static void
absent_is_absent(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct storetest_box b = box(1);

    assert_gone(t, &b, t0);
    assert_int_equal(burn(t, &b), CELL_ABSENT);
}

static void
a_put_is_there_after_commit_only(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct storetest_box b = box(1);
    uint32_t day;

    storetest_begin(t);
    assert_int_equal(put_in_group(t, &b, t0, &day), CELL_STORED);
    assert_gone(t, &b, t0);
    store_abort(t->s);
    assert_gone(t, &b, t0);
    assert_int_equal(put(t, &b, t0, NULL), CELL_STORED);
    assert_there(t, &b, t0);
    storetest_reopen(t, t0);
    assert_there(t, &b, t0);
}

static void
put_again_keeps_the_first_expiry(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct storetest_box b = box(1), other;
    uint32_t first, again;

    assert_int_equal(put(t, &b, t0, &first), CELL_STORED);
    /* The last day of the week of today + life. */
    assert_int_equal(first, (clock_day(t0) + STORETEST_RETENTION) / 7 * 7 + 6);
    assert_int_equal(put(t, &b, t0 + WEEK, &again), CELL_STORED);
    assert_int_equal(again, first);
    other = b;
    other.data[15999] ^= 1;
    assert_int_equal(put(t, &other, t0, &again), CELL_TAKEN);
    assert_int_equal(again, 0);
    other = b;
    other.hash[0] ^= 1;
    assert_int_equal(put(t, &other, t0, &again), CELL_TAKEN);
    assert_there(t, &b, t0);
}

static void
put_twice_in_one_group(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct storetest_box b = box(1), other = b;
    uint32_t day;

    other.data[0] ^= 1;
    storetest_begin(t);
    assert_int_equal(put_in_group(t, &b, t0, &day), CELL_STORED);
    assert_int_equal(put_in_group(t, &b, t0, &day), CELL_STORED);
    assert_int_equal(put_in_group(t, &other, t0, &day), CELL_TAKEN);
    storetest_commit(t);
    assert_there(t, &b, t0);
}

static void
burning_needs_the_secret(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct storetest_box b = box(1), wrong = b;
    struct store_stats st;

    wrong.hash[31] ^= 0x80;
    assert_int_equal(put(t, &b, t0, NULL), CELL_STORED);
    assert_int_equal(burn(t, &wrong), CELL_ABSENT);
    assert_there(t, &b, t0);
    assert_int_equal(burn(t, &b), CELL_BURNED);
    assert_gone(t, &b, t0);
    assert_int_equal(burn(t, &b), CELL_BURNED);
    assert_int_equal(burn(t, &wrong), CELL_ABSENT);
    store_stats(t->s, &st);
    assert_int_equal(st.boxes_used, 0);
    assert_int_equal(st.tombstones, 1);
}

static void
a_burned_address_stays_taken_a_week_longer_than_its_box(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct storetest_box b = box(1);
    uint32_t day;
    int64_t end;

    assert_int_equal(put(t, &b, t0, &day), CELL_STORED);
    assert_int_equal(burn(t, &b), CELL_BURNED);
    end = ((int64_t)day + 1) * DAY_SECONDS; /* when the box would have gone */
    assert_int_equal(put(t, &b, end, NULL), CELL_TAKEN);
    storetest_expire(t, end);
    end += 7 * DAY_SECONDS;
    assert_int_equal(put(t, &b, end - 1, NULL), CELL_TAKEN);
    storetest_reopen(t, end - 1);
    assert_int_equal(put(t, &b, end - 1, NULL), CELL_TAKEN);
    assert_int_equal(put(t, &b, end, NULL), CELL_STORED);
    assert_there(t, &b, end);
}

static void
a_group_that_is_aborted_burns_nothing(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct storetest_box b = box(1);
    enum cell_status status;

    assert_int_equal(put(t, &b, t0, NULL), CELL_STORED);
    storetest_begin(t);
    assert_int_equal(store_burn(t->s, b.address, b.hash, &status), RC_OK);
    assert_int_equal(status, CELL_BURNED);
    store_abort(t->s);
    assert_there(t, &b, t0);
    storetest_reopen(t, t0);
    assert_there(t, &b, t0);
}

static void
drops_end_with_their_week(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct storetest_box b = box(1);
    struct store_stats st;
    uint32_t day;
    int64_t end;

    assert_int_equal(put(t, &b, t0, &day), CELL_STORED);
    end = ((int64_t)day + 1) * DAY_SECONDS;
    assert_there(t, &b, end - 1);
    assert_gone(t, &b, end);
    storetest_expire(t, end - 1);
    assert_there(t, &b, end - 1);
    storetest_expire(t, end);
    assert_gone(t, &b, end);
    assert_gone(t, &b, end - 1);
    store_stats(t->s, &st);
    assert_int_equal(st.boxes_used, 0);
}

static void
expired_before_the_start_is_gone(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct storetest_box b = box(1), c = box(2);
    struct store_stats st;
    uint32_t day;

    assert_int_equal(put(t, &b, t0, &day), CELL_STORED);
    assert_int_equal(put(t, &c, t0, &day), CELL_STORED);
    assert_int_equal(burn(t, &c), CELL_BURNED);
    storetest_reopen(t, ((int64_t)day + 1) * DAY_SECONDS);
    store_stats(t->s, &st);
    assert_int_equal(st.boxes_used, 0);
    assert_int_equal(st.tombstones, 1);
    storetest_reopen(t, ((int64_t)day + 8) * DAY_SECONDS);
    store_stats(t->s, &st);
    assert_int_equal(st.tombstones, 0);
}

static enum rc
open_believing(struct storetest *t, uint32_t known, int64_t now)
{
    struct store_options opt = storetest_options(t);
    enum rc rc;

    opt.leap = 7;
    opt.known_day = known;
    opt.first_day = 1; /* not for a store that has seen a day */
    store_close(t->s);
    t->s = NULL;
    rc = store_open(&t->s, &opt, now);
    assert_true((rc == RC_OK) == (t->s != NULL));
    return rc;
}

static void
a_clock_far_ahead_ends_nothing(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    uint32_t today = clock_day(t0);
    struct storetest_box b = box(1);
    const int days[] = {8, 60, 4000, 1000000};

    assert_int_equal(put(t, &b, t0, NULL), CELL_STORED);
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        int64_t now = t0 + (int64_t)days[i] * DAY_SECONDS;

        assert_int_equal(open_believing(t, 1, now), RC_EXPIRED);
        assert_non_null(strstr(store_error(), "Set the clock"));
    }
    assert_int_equal(open_believing(t, 1, t0), RC_OK);
    assert_int_equal(store_day(t->s), today);
    assert_there(t, &b, t0);
    /* Eight days later at the most, and from there again. */
    assert_int_equal(open_believing(t, 1, t0 + 8 * DAY_SECONDS - 1), RC_OK);
    assert_int_equal(store_day(t->s), today + 7);
    assert_there(t, &b, t0 + 7 * DAY_SECONDS);
    storetest_expire(t, t0 + 8 * DAY_SECONDS);
    assert_int_equal(open_believing(t, 1, t0 + 16 * DAY_SECONDS), RC_EXPIRED);
    assert_int_equal(open_believing(t, 1, t0 + 15 * DAY_SECONDS), RC_OK);
    /* After a long time switched off: who knows better says so. */
    assert_int_equal(open_believing(t, today + 52, t0 + 60 * DAY_SECONDS),
                     RC_EXPIRED);
    assert_int_equal(open_believing(t, today + 53, t0 + 60 * DAY_SECONDS),
                     RC_OK);
    assert_int_equal(store_day(t->s), today + 60);
    assert_gone(t, &b, t0);
}

static void
a_clock_set_back_stays_on_the_last_day(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    uint32_t today = clock_day(t0);
    struct storetest_box b = box(1);

    assert_int_equal(put(t, &b, t0, NULL), CELL_STORED);
    assert_int_equal(open_believing(t, 1, t0 - 300 * DAY_SECONDS), RC_OK);
    assert_int_equal(store_day(t->s), today);
    assert_there(t, &b, t0);
    assert_int_equal(open_believing(t, 1, -1), RC_OK);
    assert_int_equal(store_day(t->s), today);
    assert_int_equal(open_believing(t, 1, t0 + 8 * DAY_SECONDS), RC_EXPIRED);
    assert_int_equal(open_believing(t, 1, t0 + 7 * DAY_SECONDS), RC_OK);
    assert_there(t, &b, t0);
}

static void
life_shrinks_and_full_is_full(void **state)
{
    struct storetest *t = storetest_fresh(state, 40, t0);
    uint32_t day, last = UINT32_MAX, today = clock_day(t0);
    struct store_stats st;
    struct storetest_box b;

    for (uint32_t i = 0; i < 40; i++) {
        uint32_t life = STORETEST_RETENTION;

        store_stats(t->s, &st);
        if (i > 20) {
            life -= (STORETEST_RETENTION - 3) * (2 * i - 40) / 40;
        }
        assert_int_equal(st.life_days, life);
        b = box(i);
        assert_int_equal(put(t, &b, t0, &day), CELL_STORED);
        assert_int_equal(day, (today + life) / 7 * 7 + 6);
        assert_true(day <= last);
        last = day;
    }
    store_stats(t->s, &st);
    assert_int_equal(st.life_days, 3);
    b = box(40);
    assert_int_equal(put(t, &b, t0, &day), CELL_FULL);
    assert_int_equal(day, 0);
    for (uint32_t i = 0; i < 40; i++) {
        b = box(i);
        assert_there(t, &b, t0);
        assert_int_equal(put(t, &b, t0, &day), CELL_STORED);
    }
    b = box(3);
    assert_int_equal(burn(t, &b), CELL_BURNED);
    b = box(40);
    assert_int_equal(put(t, &b, t0, NULL), CELL_STORED);
}

static void
tombstones_never_hinder_burning(void **state)
{
    struct storetest *t = storetest_fresh(state, 4, t0);
    enum cell_status status = CELL_STORED;
    struct storetest_box b;
    uint32_t n;

    for (n = 0; n < 20 && status == CELL_STORED; n++) {
        b = box(n);
        if ((status = put(t, &b, t0, NULL)) == CELL_STORED) {
            assert_int_equal(burn(t, &b), CELL_BURNED);
        }
    }
    /* As many tombstones as boxes, and each box may become one. */
    assert_int_equal(n, 4 + 4 + 1);
    assert_int_equal(status, CELL_FULL);
}

static void
boxes_survive_many_changes(void **state)
{
    struct storetest *t = storetest_fresh(state, 64, t0);
    bool there[200] = {false}, burned[200] = {false};
    uint32_t seed = randombytes_random();
    uint64_t x = seed | 1;

    print_message("seed %u\n", seed);
    for (int round = 0; round < 60; round++) {
        storetest_begin(t);
        for (int k = 0; k < 8; k++) {
            struct storetest_box b;
            enum cell_status status;
            uint32_t day, i;

            x = x * 6364136223846793005u + 1442695040888963407u;
            i = (uint32_t)(x >> 33) % 200;
            b = box(i);
            if (x >> 63) {
                status = put_in_group(t, &b, t0, &day);
                if (burned[i]) {
                    assert_int_equal(status, CELL_TAKEN);
                } else if (status != CELL_FULL) {
                    assert_int_equal(status, CELL_STORED);
                    there[i] = true;
                }
            } else {
                assert_int_equal(store_burn(t->s, b.address, b.hash, &status),
                                 RC_OK);
                assert_int_equal(status, there[i] || burned[i] ? CELL_BURNED
                                                               : CELL_ABSENT);
                burned[i] |= there[i];
                there[i] = false;
            }
        }
        storetest_commit(t);
        if (round % 20 == 19) {
            storetest_reopen(t, t0);
        }
    }
    for (uint32_t i = 0; i < 200; i++) {
        struct storetest_box b = box(i);

        if (there[i]) {
            assert_there(t, &b, t0);
        } else {
            assert_gone(t, &b, t0);
        }
    }
}

/* --- notes --- */

static void
notes_are_kept(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    uint8_t org[32] = {1}, other[32] = {2}, *got, *note = malloc(300000);
    size_t len;

    assert_non_null(note);
    storetest_bytes(note, 300000, "note", 1);
    assert_int_equal(store_note(t->s, 'd', org, &got, &len), RC_MISSING);
    assert_null(got);
    storetest_begin(t);
    assert_int_equal(store_note_put(t->s, 'd', org, note, 300000), RC_OK);
    assert_int_equal(store_note(t->s, 'd', org, &got, &len), RC_MISSING);
    storetest_commit(t);
    storetest_begin(t);
    assert_int_equal(store_note_put(t->s, 's', org, note, 100), RC_OK);
    storetest_commit(t);
    storetest_reopen(t, t0);
    assert_int_equal(store_note(t->s, 'd', org, &got, &len), RC_OK);
    assert_int_equal(len, 300000);
    assert_memory_equal(got, note, len);
    free(got);
    assert_int_equal(store_note(t->s, 's', org, &got, &len), RC_OK);
    assert_int_equal(len, 100);
    free(got);
    assert_int_equal(store_note(t->s, 'd', other, &got, &len), RC_MISSING);
    free(note);
}

#define TEST(f) cmocka_unit_test_teardown(f, storetest_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(open_refuses_what_is_not_there),
        TEST(a_store_is_created_once),
        TEST(a_store_of_no_boxes_is_refused),
        TEST(only_one_has_it_open),
        TEST(the_disk_must_hold_retention),
        TEST(absent_is_absent),
        TEST(a_put_is_there_after_commit_only),
        TEST(put_again_keeps_the_first_expiry),
        TEST(put_twice_in_one_group),
        TEST(burning_needs_the_secret),
        TEST(a_burned_address_stays_taken_a_week_longer_than_its_box),
        TEST(a_group_that_is_aborted_burns_nothing),
        TEST(drops_end_with_their_week),
        TEST(expired_before_the_start_is_gone),
        TEST(a_clock_far_ahead_ends_nothing),
        TEST(a_clock_set_back_stays_on_the_last_day),
        TEST(life_shrinks_and_full_is_full),
        TEST(tombstones_never_hinder_burning),
        TEST(boxes_survive_many_changes),
        TEST(notes_are_kept),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
