/* SPDX-License-Identifier: ISC */
/*
 * What every backend of relay/store/store.h must do. The one that is linked is
 * tested; nothing in here knows which. Boards; see store_contract_test.c.
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
#include "page.h"
#include "storetest.h"

#define WEEK ((int64_t)WEEK_DAYS * DAY_SECONDS)

/* Before this, the first second of a week. */
static const int64_t t0 = 2900 * WEEK;

static struct store_rung
ring_in_group(struct storetest *t, uint8_t board, uint32_t i, unsigned effort,
              int64_t now)
{
    uint8_t e[ENTRY_MAX];
    struct store_ring r = {board, e, effort};
    struct store_rung out;

    (void)storetest_entry(e, board, i);
    assert_int_equal(store_ring(t->s, &r, now, &out), RC_OK);
    return out;
}

static struct store_rung
ring(struct storetest *t, uint8_t board, uint32_t i, int64_t now)
{
    struct store_rung out;

    storetest_begin(t);
    out = ring_in_group(t, board, i, 15, now);
    storetest_commit(t);
    return out;
}

static enum rc
find(struct storetest *t, uint8_t board, uint32_t i, struct store_rung *out)
{
    uint8_t e[ENTRY_MAX];

    (void)storetest_entry(e, board, i);
    return store_entry_find(t->s, board, e, out);
}

static bool
seal(struct storetest *t, uint8_t board, int64_t now)
{
    bool sealed;

    storetest_begin(t);
    assert_int_equal(store_seal(t->s, board, now, t->sk, &sealed), RC_OK);
    storetest_commit(t);
    return sealed;
}

/* Does page n hold entry i? Everything else of the page is checked, too. */
static bool
on_page(struct storetest *t, uint8_t board, uint64_t n, uint32_t i)
{
    const struct board *b = storetest_board(board);
    uint8_t e[ENTRY_MAX], *bytes_of;
    struct page p;
    bool found = false;
    size_t len, used;

    (void)storetest_entry(e, board, i);
    assert_int_equal(store_page(t->s, board, n, &bytes_of, &len), RC_OK);
    assert_int_equal(page_parse(&p, &used, b, bytes_of, len), RC_OK);
    assert_int_equal(used, len);
    assert_int_equal(page_verify(bytes_of, len, t->pk), RC_OK);
    assert_true(p.number == n);
    for (size_t k = 0; k < p.slots; k++) {
        found |= memcmp(p.entries + k * b->entry_len, e, b->entry_len) == 0;
    }
    free(bytes_of);
    return found;
}

/* Entries wait in room of their own: drops can't crowd them out. */
static void
rings_have_room_when_drops_have_none(void **state)
{
    struct storetest *t = storetest_fresh(state, 4, t0);
    enum cell_status status;
    uint32_t day;

    for (uint32_t i = 0; i < 5; i++) {
        struct storetest_box b = storetest_box(i);
        struct store_put put = {b.address, b.hash, b.data};

        storetest_begin(t);
        assert_int_equal(store_put(t->s, &put, t0, &status, &day), RC_OK);
        assert_int_equal(status, i < 4 ? CELL_STORED : CELL_FULL);
        storetest_commit(t);
    }
    for (uint32_t i = 0; i < 60; i++) {
        assert_int_equal(ring(t, 1, i, t0).status, CELL_QUEUED);
    }
}

static void
the_first_page(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    uint64_t n;
    uint16_t slots;
    uint8_t *p;
    size_t len;

    assert_int_equal(store_newest(t->s, 1, &n, &slots), RC_MISSING);
    assert_int_equal(store_page(t->s, 1, (uint64_t)t0 / 30, &p, &len),
                     RC_MISSING);
    assert_null(p);
    assert_true(seal(t, 1, t0 + 3));
    assert_int_equal(store_newest(t->s, 1, &n, &slots), RC_OK);
    assert_true(n == (uint64_t)t0 / 30);
    assert_int_equal(slots, 2);
    assert_false(on_page(t, 1, n, 1));
    assert_false(seal(t, 1, t0 + 29));
    assert_false(seal(t, 1, t0 - 1));
    assert_int_equal(store_newest(t->s, 0, &n, &slots), RC_MISSING);
}

static void
pages_are_a_chain_and_misses_are_left_out(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    const struct board *b = storetest_board(1);
    uint64_t n = (uint64_t)t0 / 30, bytes_of, next;
    uint8_t buf[8 * 8320];
    size_t len;

    assert_true(seal(t, 1, t0));
    assert_true(seal(t, 1, t0 + 30));
    storetest_reopen(t, t0 + 31);
    assert_false(seal(t, 1, t0 + 31));
    assert_true(seal(t, 1, t0 + 120));
    assert_true(seal(t, 1, t0 + 150));
    assert_int_equal(store_span(t->s, 1, n, n + 5, &bytes_of), RC_OK);
    assert_true(bytes_of == 4 * page_len(b, 2));
    assert_int_equal(
        store_span_read(t->s, 1, n, n + 5, buf, sizeof buf, &len, &next),
        RC_OK);
    assert_true(len == bytes_of && next == n + 6);
    assert_int_equal(page_check_span(b, buf, len, t->pk, NULL), RC_OK);
    /* Pieces: a buffer for one page and a half. */
    assert_int_equal(store_span_read(t->s, 1, n, n + 5, buf,
                                     page_len(b, 2) * 3 / 2, &len, &next),
                     RC_OK);
    assert_true(len == page_len(b, 2) && next == n + 1);
    assert_int_equal(
        store_span_read(t->s, 1, n + 2, n + 3, buf, sizeof buf, &len, &next),
        RC_OK);
    assert_true(len == 0 && next == n + 4);
    assert_int_equal(store_span(t->s, 1, n + 2, n + 3, &bytes_of), RC_OK);
    assert_true(bytes_of == 0);
    assert_int_equal(store_span(t->s, 0, 0, UINT64_MAX - 1, &bytes_of), RC_OK);
    assert_true(bytes_of == 0);
}

static void
a_board_of_another_tick_is_refused(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct store_options opt = storetest_options(t);
    struct board boards[3];
    struct store *s;

    assert_true(seal(t, 1, t0));
    store_close(t->s);
    t->s = NULL;
    memcpy(boards, storetest_boards, sizeof boards);
    boards[1].tick = 60;
    opt.boards = boards;
    assert_int_equal(store_open(&s, &opt, t0), RC_FORMAT);
    assert_non_null(strstr(store_error(), "tick"));
    /* One that has no pages yet may have any. */
    boards[1].tick = 30;
    boards[2].tick = 60;
    assert_int_equal(store_open(&s, &opt, t0), RC_OK);
    store_close(s);
}

static void
a_page_is_there_after_commit_only(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    uint64_t n = (uint64_t)t0 / 30, newest;
    uint16_t slots;
    uint8_t *p;
    size_t len;
    bool sealed;

    storetest_begin(t);
    assert_int_equal(store_seal(t->s, 1, t0, t->sk, &sealed), RC_OK);
    assert_true(sealed);
    assert_int_equal(store_newest(t->s, 1, &newest, &slots), RC_MISSING);
    assert_int_equal(store_page(t->s, 1, n, &p, &len), RC_MISSING);
    store_abort(t->s);
    assert_int_equal(store_page(t->s, 1, n, &p, &len), RC_MISSING);
    assert_true(seal(t, 1, t0));
    assert_int_equal(store_page(t->s, 1, n, &p, &len), RC_OK);
    free(p);
}

static void
an_entry_waits_and_is_sealed(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    uint64_t n = (uint64_t)t0 / 30;
    struct store_rung r, again;

    assert_int_equal(find(t, 1, 7, &r), RC_MISSING);
    r = ring(t, 1, 7, t0);
    assert_int_equal(r.status, CELL_QUEUED);
    assert_true(r.page == n + 1 || r.page == n + 2);
    again = ring(t, 1, 7, t0);
    assert_int_equal(again.status, CELL_QUEUED);
    assert_true(again.page == r.page);
    assert_int_equal(find(t, 1, 7, &again), RC_OK);
    assert_int_equal(again.status, CELL_QUEUED);
    assert_true(again.page == r.page);
    storetest_reopen(t, t0);
    assert_int_equal(find(t, 1, 7, &again), RC_OK);
    assert_int_equal(again.status, CELL_QUEUED);
    assert_true(again.page == r.page);
    for (uint64_t k = n + 1; k <= n + 2; k++) {
        assert_true(seal(t, 1, (int64_t)k * 30));
        assert_int_equal(on_page(t, 1, k, 7), k == r.page);
    }
    again = ring(t, 1, 7, t0 + 70);
    assert_int_equal(again.status, CELL_SEALED);
    assert_true(again.page == r.page);
    storetest_reopen(t, t0 + 70);
    assert_int_equal(find(t, 1, 7, &again), RC_OK);
    assert_int_equal(again.status, CELL_SEALED);
    assert_true(again.page == r.page);
}

static void
both_boards_take_entries(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct store_rung r;

    r = ring(t, 0, 1, t0);
    assert_int_equal(r.status, CELL_QUEUED);
    assert_true(seal(t, 0, t0 + 600));
    assert_true(seal(t, 0, t0 + 1200));
    assert_true(on_page(t, 0, r.page, 1));
}

static void
an_entry_is_nobodys_before_commit(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct store_rung r;
    struct store_stats st;

    storetest_begin(t);
    assert_int_equal(ring_in_group(t, 1, 1, 0, t0).status, CELL_QUEUED);
    assert_int_equal(ring_in_group(t, 1, 1, 0, t0).status, CELL_QUEUED);
    assert_int_equal(find(t, 1, 1, &r), RC_MISSING);
    store_stats(t->s, &st);
    assert_int_equal(st.waiting, 0);
    store_abort(t->s);
    assert_int_equal(find(t, 1, 1, &r), RC_MISSING);
    storetest_reopen(t, t0);
    assert_int_equal(find(t, 1, 1, &r), RC_MISSING);
}

static void
a_seal_that_is_aborted_leaves_them_waiting(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct store_rung r;
    bool sealed;

    assert_int_equal(ring(t, 1, 1, t0).status, CELL_QUEUED);
    storetest_begin(t);
    assert_int_equal(store_seal(t->s, 1, t0 + 90, t->sk, &sealed), RC_OK);
    assert_true(sealed);
    assert_int_equal(find(t, 1, 1, &r), RC_OK);
    assert_int_equal(r.status, CELL_QUEUED);
    store_abort(t->s);
    assert_int_equal(find(t, 1, 1, &r), RC_OK);
    assert_int_equal(r.status, CELL_QUEUED);
    assert_true(seal(t, 1, t0 + 90));
    assert_true(on_page(t, 1, (uint64_t)t0 / 30 + 3, 1));
}

/* A clock that is set forward between a RING and the seal of its group. */
static void
rung_and_sealed_in_one_group(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    struct store_rung r;
    bool sealed;

    for (int abort = 1; abort >= 0; abort--) {
        storetest_begin(t);
        assert_int_equal(ring_in_group(t, 1, 1, 0, t0).status, CELL_QUEUED);
        assert_int_equal(store_seal(t->s, 1, t0 + 600, t->sk, &sealed), RC_OK);
        assert_true(sealed);
        assert_int_equal(ring_in_group(t, 1, 1, 0, t0 + 600).status,
                         CELL_SEALED);
        assert_int_equal(find(t, 1, 1, &r), RC_MISSING);
        if (abort) {
            store_abort(t->s);
            assert_int_equal(find(t, 1, 1, &r), RC_MISSING);
        } else {
            storetest_commit(t);
        }
    }
    assert_int_equal(find(t, 1, 1, &r), RC_OK);
    assert_int_equal(r.status, CELL_SEALED);
    assert_true(on_page(t, 1, ((uint64_t)t0 + 600) / 30, 1));
    storetest_reopen(t, t0 + 600);
    assert_int_equal(find(t, 1, 1, &r), RC_OK);
}

static void
a_clock_behind_the_newest_page(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    uint64_t n = (uint64_t)t0 / 30;
    struct store_rung r;

    assert_int_equal(ring(t, 1, 1, t0 + 3600).status, CELL_QUEUED);
    assert_true(seal(t, 1, t0 + 3600));
    assert_false(seal(t, 1, t0));
    r = ring(t, 1, 2, t0);
    assert_int_equal(r.status, CELL_AGAIN);
    assert_true(r.page == 0);
    /* What waits is answered all the same. */
    assert_int_equal(ring(t, 1, 1, t0).status, CELL_QUEUED);
    storetest_reopen(t, t0);
    assert_false(seal(t, 1, t0));
    assert_int_equal(ring(t, 1, 2, t0).status, CELL_AGAIN);
    r = ring(t, 1, 2, t0 + 3600);
    assert_int_equal(r.status, CELL_QUEUED);
    assert_true(r.page > n + 120);
}

static void
effort_rises_and_the_pool_ends(void **state)
{
    struct storetest *t = storetest_fresh(state, 400, t0);
    /* Board 2: max 4, so a pool of 256. */
    uint32_t i = 0;

    for (; i < 256; i++) {
        unsigned asked = i <= 64 ? 0 : i <= 128 ? 10 : i <= 192 ? 13 : 15;
        struct store_rung r;

        storetest_begin(t);
        assert_int_equal(store_effort(t->s, 2), asked);
        if (asked > 0) {
            r = ring_in_group(t, 2, i, asked - 1, t0);
            assert_int_equal(r.status, CELL_MORE_EFFORT);
            assert_int_equal(r.asked, asked);
            assert_true(r.page == 0);
        }
        r = ring_in_group(t, 2, i, asked, t0);
        assert_int_equal(r.status, CELL_QUEUED);
        storetest_commit(t);
    }
    assert_int_equal(ring(t, 2, i, t0).status, CELL_FULL);
    /* A known one needs no effort. */
    storetest_begin(t);
    assert_int_equal(ring_in_group(t, 2, 5, 0, t0).status, CELL_QUEUED);
    storetest_commit(t);
    storetest_reopen(t, t0);
    assert_int_equal(ring(t, 2, i, t0).status, CELL_FULL);
    /* 64 full pages hold them all, and none is lost. */
    for (int k = 1; k <= 66; k++) {
        assert_true(seal(t, 2, t0 + 30 * k));
    }
    for (i = 0; i < 256; i++) {
        struct store_rung r;

        assert_int_equal(find(t, 2, i, &r), RC_OK);
        assert_int_equal(r.status, CELL_SEALED);
        assert_true(on_page(t, 2, r.page, i));
    }
}

/* Where drops have left less room than the pool, effort goes by the room: who
 * floods a small relay does not shut it for nothing. */
static void
effort_rises_with_the_room(void **state)
{
    struct storetest *t = storetest_fresh(state, 4, t0);
    enum cell_status status;
    uint32_t day;

    for (uint32_t i = 0; i < 4; i++) {
        struct storetest_box b = storetest_box(i);
        struct store_put put = {b.address, b.hash, b.data};

        storetest_begin(t);
        assert_int_equal(store_put(t->s, &put, t0, &status, &day), RC_OK);
        storetest_commit(t);
    }
    for (uint32_t i = 0; i < 64; i++) {
        unsigned asked = i <= 16 ? 0 : i <= 32 ? 10 : i <= 48 ? 13 : 15;

        storetest_begin(t);
        assert_int_equal(store_effort(t->s, 0), asked);
        if (asked > 0) {
            assert_int_equal(ring_in_group(t, 1, i, asked - 1, t0).status,
                             CELL_MORE_EFFORT);
        }
        /* The other boards have the same room. */
        assert_int_equal(ring_in_group(t, (uint8_t)(i % 2), i, asked, t0).status,
                         CELL_QUEUED);
        storetest_commit(t);
    }
    assert_int_equal(ring(t, 1, 64, t0).status, CELL_FULL);
    assert_int_equal(ring(t, 1, 63, t0).status, CELL_QUEUED);
}

static void
slots_double(void **state)
{
    struct storetest *t = storetest_fresh(state, 100, t0);
    uint64_t n;
    uint16_t slots;

    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(ring(t, 1, i, t0).status, CELL_QUEUED);
    }
    assert_true(seal(t, 1, t0 + 60));
    assert_int_equal(store_newest(t->s, 1, &n, &slots), RC_OK);
    assert_int_equal(slots, 32);
    for (uint32_t i = 0; i < 20; i++) {
        assert_true(on_page(t, 1, n, i));
    }
    /* Kept over a start, and for an hour. */
    storetest_reopen(t, t0 + 60);
    for (int k = 0; k < 121; k++) {
        assert_true(seal(t, 1, t0 + 90 + 30 * k));
        assert_int_equal(store_newest(t->s, 1, &n, &slots), RC_OK);
        assert_int_equal(slots, k < 120 ? 32 : 16);
    }
}

static void
pages_end_with_retention(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    uint64_t n = (uint64_t)t0 / 30, newest;
    int64_t later = t0 + (STORETEST_RETENTION + 1) * DAY_SECONDS;
    struct store_rung r;
    uint16_t slots;
    uint8_t *p;
    size_t len;

    assert_int_equal(ring(t, 1, 1, t0).status, CELL_QUEUED);
    assert_true(seal(t, 1, t0 + 60));
    storetest_expire(t, later - 1);
    assert_int_equal(store_page(t->s, 1, n + 2, &p, &len), RC_OK);
    free(p);
    storetest_expire(t, later);
    assert_int_equal(store_page(t->s, 1, n + 2, &p, &len), RC_MISSING);
    assert_int_equal(find(t, 1, 1, &r), RC_MISSING);
    /* The chain and the numbers go on. */
    assert_int_equal(store_newest(t->s, 1, &newest, &slots), RC_OK);
    assert_true(newest == n + 2);
    assert_false(seal(t, 1, t0 + 60));
    assert_int_equal(ring(t, 1, 1, later).status, CELL_QUEUED);
    assert_true(seal(t, 1, later + 60));
    assert_true(on_page(t, 1, ((uint64_t)later + 60) / 30, 1));
}

static void
waiting_entries_survive_weeks(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    int64_t later = t0 + 9 * WEEK;

    assert_int_equal(ring(t, 1, 1, t0).status, CELL_QUEUED);
    storetest_expire(t, later);
    storetest_reopen(t, later);
    assert_true(seal(t, 1, later));
    assert_true(on_page(t, 1, (uint64_t)later / 30, 1));
    storetest_expire(t, later);
}

/* Who knows an entry before its board has it can ring it on another one, but
 * does not keep it off its own by that. */
static void
an_entry_on_another_board_is_another(void **state)
{
    struct storetest *t = storetest_fresh(state, 8, t0);
    int64_t later = t0 + (STORETEST_RETENTION + 1) * DAY_SECONDS;
    uint64_t n = (uint64_t)t0 / 30;
    struct store_rung r;

    assert_int_equal(ring(t, 2, 1, t0).status, CELL_QUEUED);
    assert_int_equal(find(t, 1, 1, &r), RC_MISSING);
    assert_int_equal(ring(t, 1, 1, t0).status, CELL_QUEUED);
    assert_true(seal(t, 1, t0 + 60));
    assert_true(on_page(t, 1, n + 2, 1));
    assert_int_equal(find(t, 1, 1, &r), RC_OK);
    assert_int_equal(r.status, CELL_SEALED);
    assert_int_equal(find(t, 2, 1, &r), RC_OK);
    assert_int_equal(r.status, CELL_QUEUED);
    storetest_reopen(t, t0 + 60);
    assert_true(seal(t, 2, t0 + 90));
    assert_true(on_page(t, 2, n + 3, 1));
    assert_int_equal(ring(t, 1, 1, t0 + 90).page, n + 2);
    assert_int_equal(ring(t, 2, 1, t0 + 90).page, n + 3);
    /* Both are forgotten in time. */
    storetest_expire(t, later);
    assert_int_equal(find(t, 1, 1, &r), RC_MISSING);
    assert_int_equal(find(t, 2, 1, &r), RC_MISSING);
}

#define TEST(f) cmocka_unit_test_teardown(f, storetest_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rings_have_room_when_drops_have_none),
        TEST(the_first_page),
        TEST(pages_are_a_chain_and_misses_are_left_out),
        TEST(a_board_of_another_tick_is_refused),
        TEST(a_page_is_there_after_commit_only),
        TEST(an_entry_waits_and_is_sealed),
        TEST(both_boards_take_entries),
        TEST(an_entry_is_nobodys_before_commit),
        TEST(a_seal_that_is_aborted_leaves_them_waiting),
        TEST(rung_and_sealed_in_one_group),
        TEST(a_clock_behind_the_newest_page),
        TEST(effort_rises_and_the_pool_ends),
        TEST(effort_rises_with_the_room),
        TEST(slots_double),
        TEST(pages_end_with_retention),
        TEST(waiting_entries_survive_weeks),
        TEST(an_entry_on_another_board_is_another),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
