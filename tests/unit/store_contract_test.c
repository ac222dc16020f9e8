/* SPDX-License-Identifier: ISC */
/*
 * What every backend of relay/store/store.h must do. The one that is linked is
 * tested; nothing in here knows which.
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
#include "kdf.h"
#include "page.h"
#include "storetest.h"

#define WEEK ((int64_t)WEEK_DAYS * DAY_SECONDS)

/* Before this, the first second of a week. */
static const int64_t t0 = 2900 * WEEK;

static struct storetest *
fresh(void **state, uint64_t boxes)
{
    struct storetest *t = storetest_new(boxes, t0);

    *state = t;
    return t;
}

static int
teardown(void **state)
{
    storetest_free(*state);
    *state = NULL;
    return 0;
}

/* Tests name things by number. */
static void
bytes(uint8_t *out, size_t len, const char *what, uint32_t i)
{
    uint8_t seed[KDF_LEN];

    kdf_hash(seed, what, (const uint8_t *)&i, sizeof i);
    randombytes_buf_deterministic(out, len, seed);
}

struct box {
    uint8_t address[32];
    uint8_t hash[32];
    uint8_t data[CELL_BOX_LEN];
};

static struct box
box(uint32_t i)
{
    struct box b;

    bytes(b.address, sizeof b.address, "address", i);
    bytes(b.hash, sizeof b.hash, "burn", i);
    bytes(b.data, sizeof b.data, "box", i);
    return b;
}

static enum cell_status
put_in_group(struct storetest *t, const struct box *b, int64_t now,
             uint32_t *day)
{
    struct store_put put = {b->address, b->hash, b->data};
    enum cell_status status;

    assert_int_equal(store_put(t->s, &put, now, &status, day), RC_OK);
    return status;
}

static enum cell_status
put(struct storetest *t, const struct box *b, int64_t now, uint32_t *day)
{
    enum cell_status status;
    uint32_t granted;

    storetest_begin(t);
    status = put_in_group(t, b, now, day != NULL ? day : &granted);
    storetest_commit(t);
    return status;
}

static enum cell_status
burn(struct storetest *t, const struct box *b)
{
    enum cell_status status;

    storetest_begin(t);
    assert_int_equal(store_burn(t->s, b->address, b->hash, &status), RC_OK);
    storetest_commit(t);
    return status;
}

static void
assert_there(struct storetest *t, const struct box *b, int64_t now)
{
    uint8_t got[CELL_BOX_LEN];

    assert_int_equal(store_get(t->s, b->address, now, got), RC_OK);
    assert_memory_equal(got, b->data, CELL_BOX_LEN);
}

static void
assert_gone(struct storetest *t, const struct box *b, int64_t now)
{
    uint8_t got[CELL_BOX_LEN];

    assert_int_equal(store_get(t->s, b->address, now, got), RC_MISSING);
}

static void
entry(const struct board *b, uint8_t *out, uint32_t i)
{
    bytes(out, b->entry_len, "entry", i);
    if (b->id != BOARD_ANSWERS) {
        out[31] &= 0x3f;
    }
}

static struct store_rung
ring_in_group(struct storetest *t, uint8_t board, uint32_t i, unsigned effort,
              int64_t now)
{
    uint8_t e[ENTRY_MAX];
    struct store_ring r = {board, e, effort};
    struct store_rung out;

    entry(storetest_board(board), e, i);
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

    entry(storetest_board(board), e, i);
    return store_entry_find(t->s, e, storetest_board(board)->entry_len, out);
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

static void
expire(struct storetest *t, int64_t now)
{
    for (int i = 0; i < 40; i++) {
        storetest_begin(t);
        assert_int_equal(store_expire(t->s, now), RC_OK);
        storetest_commit(t);
    }
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

    entry(b, e, i);
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

/* --- opening --- */

static void
open_refuses_what_is_not_there(void **state)
{
    struct storetest *t = fresh(state, 8);
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
    struct storetest *t = fresh(state, 8);
    struct store_setup setup = {.dir = t->dir, .boxes = 8};

    assert_int_equal(store_create(&setup), RC_TAKEN);
}

static void
a_store_of_no_boxes_is_refused(void **state)
{
    struct storetest *t = fresh(state, 8);
    struct store_setup setup = {.dir = t->dir, .boxes = 0};

    assert_int_equal(store_create(&setup), RC_FORMAT);
}

static void
only_one_has_it_open(void **state)
{
    struct storetest *t = fresh(state, 8);
    struct store_options opt = storetest_options(t);
    struct store *s;

    assert_int_equal(store_open(&s, &opt, t0), RC_AGAIN);
    assert_null(s);
    storetest_reopen(t, t0);
}

static void
the_disk_must_hold_retention(void **state)
{
    struct storetest *t = fresh(state, 8);
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
    struct storetest *t = fresh(state, 8);
    struct box b = box(1);

    assert_gone(t, &b, t0);
    assert_int_equal(burn(t, &b), CELL_ABSENT);
}

static void
a_put_is_there_after_commit_only(void **state)
{
    struct storetest *t = fresh(state, 8);
    struct box b = box(1);
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
    struct storetest *t = fresh(state, 8);
    struct box b = box(1), other;
    uint32_t first, again;

    assert_int_equal(put(t, &b, t0, &first), CELL_STORED);
    /* The last day of the week of today + life. */
    assert_int_equal(first,
                     (clock_day(t0) + STORETEST_RETENTION) / 7 * 7 + 6);
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
    struct storetest *t = fresh(state, 8);
    struct box b = box(1), other = b;
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
    struct storetest *t = fresh(state, 8);
    struct box b = box(1), wrong = b;
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
a_burned_address_stays_taken_until_its_expiry(void **state)
{
    struct storetest *t = fresh(state, 8);
    struct box b = box(1);
    uint32_t day;
    int64_t end;

    assert_int_equal(put(t, &b, t0, &day), CELL_STORED);
    assert_int_equal(burn(t, &b), CELL_BURNED);
    end = ((int64_t)day + 1) * DAY_SECONDS;
    assert_int_equal(put(t, &b, end - 1, NULL), CELL_TAKEN);
    storetest_reopen(t, end - 1);
    assert_int_equal(put(t, &b, end - 1, NULL), CELL_TAKEN);
    assert_int_equal(put(t, &b, end, NULL), CELL_STORED);
    assert_there(t, &b, end);
}

static void
a_group_that_is_aborted_burns_nothing(void **state)
{
    struct storetest *t = fresh(state, 8);
    struct box b = box(1);
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
    struct storetest *t = fresh(state, 8);
    struct box b = box(1);
    struct store_stats st;
    uint32_t day;
    int64_t end;

    assert_int_equal(put(t, &b, t0, &day), CELL_STORED);
    end = ((int64_t)day + 1) * DAY_SECONDS;
    assert_there(t, &b, end - 1);
    assert_gone(t, &b, end);
    expire(t, end - 1);
    assert_there(t, &b, end - 1);
    expire(t, end);
    assert_gone(t, &b, end);
    assert_gone(t, &b, end - 1);
    store_stats(t->s, &st);
    assert_int_equal(st.boxes_used, 0);
}

static void
expired_before_the_start_is_gone(void **state)
{
    struct storetest *t = fresh(state, 8);
    struct box b = box(1), c = box(2);
    struct store_stats st;
    uint32_t day;

    assert_int_equal(put(t, &b, t0, &day), CELL_STORED);
    assert_int_equal(put(t, &c, t0, &day), CELL_STORED);
    assert_int_equal(burn(t, &c), CELL_BURNED);
    storetest_reopen(t, ((int64_t)day + 1) * DAY_SECONDS);
    store_stats(t->s, &st);
    assert_int_equal(st.boxes_used, 0);
    assert_int_equal(st.tombstones, 0);
}

static void
life_shrinks_and_full_is_full(void **state)
{
    struct storetest *t = fresh(state, 40);
    uint32_t day, last = UINT32_MAX, today = clock_day(t0);
    struct store_stats st;
    struct box b;

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
    /* Rings have room of their own. */
    assert_int_equal(ring(t, 1, 1, t0).status, CELL_QUEUED);
    b = box(3);
    assert_int_equal(burn(t, &b), CELL_BURNED);
    b = box(40);
    assert_int_equal(put(t, &b, t0, NULL), CELL_STORED);
}

static void
tombstones_never_hinder_burning(void **state)
{
    struct storetest *t = fresh(state, 4);
    enum cell_status status = CELL_STORED;
    struct box b;
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
    struct storetest *t = fresh(state, 64);
    bool there[200] = {false}, burned[200] = {false};
    uint32_t seed = randombytes_random();
    uint64_t x = seed | 1;

    print_message("seed %u\n", seed);
    for (int round = 0; round < 60; round++) {
        storetest_begin(t);
        for (int k = 0; k < 8; k++) {
            struct box b;
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
                assert_int_equal(
                    store_burn(t->s, b.address, b.hash, &status), RC_OK);
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
        struct box b = box(i);

        if (there[i]) {
            assert_there(t, &b, t0);
        } else {
            assert_gone(t, &b, t0);
        }
    }
}

/* --- boards --- */

static void
the_first_page(void **state)
{
    struct storetest *t = fresh(state, 8);
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
    struct storetest *t = fresh(state, 8);
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
    assert_int_equal(store_span_read(t->s, 1, n, n + 5, buf, sizeof buf, &len,
                                     &next),
                     RC_OK);
    assert_true(len == bytes_of && next == n + 6);
    assert_int_equal(page_check_span(b, buf, len, t->pk, NULL), RC_OK);
    /* Pieces: a buffer for one page and a half. */
    assert_int_equal(store_span_read(t->s, 1, n, n + 5, buf,
                                     page_len(b, 2) * 3 / 2, &len, &next),
                     RC_OK);
    assert_true(len == page_len(b, 2) && next == n + 1);
    assert_int_equal(store_span_read(t->s, 1, n + 2, n + 3, buf, sizeof buf,
                                     &len, &next),
                     RC_OK);
    assert_true(len == 0 && next == n + 4);
    assert_int_equal(store_span(t->s, 1, n + 2, n + 3, &bytes_of), RC_OK);
    assert_true(bytes_of == 0);
    assert_int_equal(store_span(t->s, 0, 0, UINT64_MAX - 1, &bytes_of),
                     RC_OK);
    assert_true(bytes_of == 0);
}

static void
a_page_is_there_after_commit_only(void **state)
{
    struct storetest *t = fresh(state, 8);
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
    struct storetest *t = fresh(state, 8);
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
    struct storetest *t = fresh(state, 8);
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
    struct storetest *t = fresh(state, 8);
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
    struct storetest *t = fresh(state, 8);
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

static void
a_clock_behind_the_newest_page(void **state)
{
    struct storetest *t = fresh(state, 8);
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
    struct storetest *t = fresh(state, 400);
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

static void
slots_double(void **state)
{
    struct storetest *t = fresh(state, 100);
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
    struct storetest *t = fresh(state, 8);
    uint64_t n = (uint64_t)t0 / 30, newest;
    int64_t later = t0 + (STORETEST_RETENTION + 1) * DAY_SECONDS;
    struct store_rung r;
    uint16_t slots;
    uint8_t *p;
    size_t len;

    assert_int_equal(ring(t, 1, 1, t0).status, CELL_QUEUED);
    assert_true(seal(t, 1, t0 + 60));
    expire(t, later - 1);
    assert_int_equal(store_page(t->s, 1, n + 2, &p, &len), RC_OK);
    free(p);
    expire(t, later);
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
    struct storetest *t = fresh(state, 8);
    int64_t later = t0 + 9 * WEEK;

    assert_int_equal(ring(t, 1, 1, t0).status, CELL_QUEUED);
    expire(t, later);
    storetest_reopen(t, later);
    assert_true(seal(t, 1, later));
    assert_true(on_page(t, 1, (uint64_t)later / 30, 1));
    expire(t, later);
}

/* --- notes --- */

static void
notes_are_kept(void **state)
{
    struct storetest *t = fresh(state, 8);
    uint8_t org[32] = {1}, other[32] = {2}, *got, *note = malloc(300000);
    size_t len;

    assert_non_null(note);
    bytes(note, 300000, "note", 1);
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

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

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
        TEST(a_burned_address_stays_taken_until_its_expiry),
        TEST(a_group_that_is_aborted_burns_nothing),
        TEST(drops_end_with_their_week),
        TEST(expired_before_the_start_is_gone),
        TEST(life_shrinks_and_full_is_full),
        TEST(tombstones_never_hinder_burning),
        TEST(boxes_survive_many_changes),
        TEST(the_first_page),
        TEST(pages_are_a_chain_and_misses_are_left_out),
        TEST(a_page_is_there_after_commit_only),
        TEST(an_entry_waits_and_is_sealed),
        TEST(both_boards_take_entries),
        TEST(an_entry_is_nobodys_before_commit),
        TEST(a_seal_that_is_aborted_leaves_them_waiting),
        TEST(a_clock_behind_the_newest_page),
        TEST(effort_rises_and_the_pool_ends),
        TEST(slots_double),
        TEST(pages_end_with_retention),
        TEST(waiting_entries_survive_weeks),
        TEST(notes_are_kept),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
