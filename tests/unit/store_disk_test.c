/* SPDX-License-Identifier: ISC */
/*
 * What lies on the disk, of the LMDB backend: what a seized one shows, and
 * what a damaged one does.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include <cmocka.h>

#include "clock.h"
#include "file.h"
#include "kdf.h"
#include "slab.h"
#include "slabkeys.h"
#include "storetest.h"

static const int64_t t0 = (int64_t)2900 * 7 * 86400 + 12345;

static const char *const files[] = {"slab", "weekkeys", "index.lmdb",
                                    "index.lmdb-lock"};

static int
setup(void **state)
{
    (void)storetest_fresh(state, 8, t0);
    return 0;
}

/* The box i with the burn hash of another. */
static enum cell_status
put_as(struct storetest *t, uint32_t i, uint32_t other, int64_t now)
{
    struct storetest_box b = storetest_box(i), o = storetest_box(other);
    struct store_put p = {b.address, o.hash, b.data};
    enum cell_status status;
    uint32_t day;

    storetest_begin(t);
    assert_int_equal(store_put(t->s, &p, now, &status, &day), RC_OK);
    storetest_commit(t);
    return status;
}

static void
put(struct storetest *t, uint32_t i, int64_t now)
{
    assert_int_equal(put_as(t, i, i, now), CELL_STORED);
}

static enum rc
get(struct storetest *t, uint32_t i, int64_t now)
{
    struct storetest_box b = storetest_box(i);
    uint8_t got[CELL_BOX_LEN];

    return store_get(t->s, b.address, now, got);
}

static uint64_t
ring(struct storetest *t, uint32_t i, int64_t now)
{
    uint8_t e[ENTRY_MAX];
    struct store_ring r = {1, e, 0};
    struct store_rung out;

    (void)storetest_entry(e, 1, i);
    storetest_begin(t);
    assert_int_equal(store_ring(t->s, &r, now, &out), RC_OK);
    storetest_commit(t);
    assert_int_equal(out.status, CELL_QUEUED);
    return out.page;
}

static void
seal(struct storetest *t, int64_t now)
{
    bool sealed;

    storetest_begin(t);
    assert_int_equal(store_seal(t->s, 1, now, t->sk, &sealed), RC_OK);
    storetest_commit(t);
    assert_true(sealed);
}

static bool
file_has(const struct storetest *t, const char *name, const void *what,
         size_t len)
{
    uint8_t *bytes;
    size_t n;
    bool found;

    assert_int_equal(file_read(&bytes, &n, storetest_path(t, name), 64 << 20),
                     RC_OK);
    found = memmem(bytes, n, what, len) != NULL;
    free(bytes);
    return found;
}

static bool
store_has(const struct storetest *t, const void *what, size_t len)
{
    bool found = false;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        found |= file_has(t, files[i], what, len);
    }
    return found;
}

static void
files_are_the_owners_alone(void **state)
{
    struct storetest *t = *state;
    struct stat st;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_int_equal(stat(storetest_path(t, files[i]), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

static void
boxes_rest_encrypted(void **state)
{
    struct storetest *t = *state;
    struct storetest_box b = storetest_box(1);

    put(t, 1, t0);
    for (size_t at = 0; at + 16 <= sizeof b.data; at += 500) {
        assert_false(store_has(t, b.data + at, 16));
    }
    assert_false(file_has(t, "slab", b.address, 16));
    /* The index must know the address. */
    assert_true(file_has(t, "index.lmdb", b.address, 32));
}

/* Not the entry, not its hash, before it stands on a page; and after that
 * nothing that tells it from a dummy: hash and entry stand there once. */
static void
the_index_does_not_tell_who_waits(void **state)
{
    struct storetest *t = *state;
    uint8_t e[ENTRY_MAX], hash[KDF_LEN];
    uint64_t page;

    page = ring(t, 1, t0);
    blake2b_256(hash, e, storetest_entry(e, 1, 1));
    for (size_t at = 0; at + 16 <= sizeof e; at += 256) {
        assert_false(store_has(t, e + at, 16));
    }
    assert_false(store_has(t, hash, 16));
    seal(t, (int64_t)page * 30);
    assert_true(file_has(t, "index.lmdb", e, sizeof e));
    assert_true(file_has(t, "index.lmdb", hash, 32));
    assert_false(file_has(t, "slab", e + 100, 16));
}

/* The blocks of the slab that differ from a copy. */
static size_t
changed(const struct storetest *t, uint8_t **copy)
{
    uint8_t *now;
    size_t len, n = 0;

    assert_int_equal(file_read(&now, &len, storetest_path(t, "slab"), 64 << 20),
                     RC_OK);
    for (size_t i = 0; *copy != NULL && i < len; i += SLAB_BLOCK_LEN) {
        n += memcmp(now + i, *copy + i, SLAB_BLOCK_LEN) != 0;
    }
    free(*copy);
    *copy = now;
    return n;
}

static void
what_is_burned_or_sealed_is_overwritten(void **state)
{
    struct storetest *t = *state;
    struct storetest_box b = storetest_box(1);
    enum cell_status status;
    uint8_t *copy = NULL;
    uint64_t page;

    (void)changed(t, &copy);
    put(t, 1, t0);
    assert_int_equal(changed(t, &copy), 1);
    storetest_begin(t);
    assert_int_equal(store_burn(t->s, b.address, b.hash, &status), RC_OK);
    storetest_commit(t);
    assert_int_equal(changed(t, &copy), 1);
    page = ring(t, 1, t0);
    assert_int_equal(changed(t, &copy), 1);
    seal(t, (int64_t)page * 30);
    assert_int_equal(changed(t, &copy), 1);
    free(copy);
}

static void
an_aborted_group_leaves_nothing_to_open(void **state)
{
    struct storetest *t = *state;
    struct storetest_box b = storetest_box(1);
    struct store_put p = {b.address, b.hash, b.data};
    uint8_t *before = NULL, *after = NULL;
    enum cell_status status;
    uint32_t day;

    (void)changed(t, &before);
    storetest_begin(t);
    assert_int_equal(store_put(t->s, &p, t0, &status, &day), RC_OK);
    (void)changed(t, &after);
    assert_int_equal(changed(t, &before), 1);
    store_abort(t->s);
    assert_int_equal(changed(t, &after), 1);
    free(before);
    free(after);
}

static void
an_ended_week_takes_its_key_along(void **state)
{
    struct storetest *t = *state;
    uint32_t week = (clock_day(t0) + STORETEST_RETENTION) / 7;
    int64_t end = ((int64_t)week + 1) * 7 * DAY_SECONDS;
    uint8_t key[SLABKEYS_KEY_LEN], *before = NULL;
    struct slabkeys *k;
    struct stat st;
    int fd;

    put(t, 1, t0);
    fd = open(storetest_path(t, "weekkeys"), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(slabkeys_open(&k, fd), RC_OK);
    assert_int_equal(slabkeys_get(k, week, key), RC_OK);
    slabkeys_free(k);
    (void)close(fd);
    storetest_expire(t, end - 1);
    assert_true(file_has(t, "weekkeys", key, sizeof key));
    (void)changed(t, &before);
    storetest_expire(t, end);
    assert_false(store_has(t, key, 8));
    assert_int_equal(changed(t, &before), 1); /* and the slot itself */
    free(before);
    assert_int_equal(stat(storetest_path(t, "weekkeys"), &st), 0);
    assert_int_equal(st.st_size, SLABKEYS_FILE_LEN);
}

/* An entry that waits over a week's end holds its key, but no longer. */
static void
a_waiting_entry_holds_its_key(void **state)
{
    struct storetest *t = *state;
    int64_t end = (int64_t)2901 * 7 * DAY_SECONDS;
    uint8_t key[SLABKEYS_KEY_LEN];
    struct slabkeys *k;
    uint64_t page;
    int fd;

    page = ring(t, 1, end - 1);
    fd = open(storetest_path(t, "weekkeys"), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(slabkeys_open(&k, fd), RC_OK);
    assert_int_equal(slabkeys_get(k, 2900, key), RC_OK);
    slabkeys_free(k);
    (void)close(fd);
    storetest_expire(t, end);
    storetest_reopen(t, end);
    assert_true(file_has(t, "weekkeys", key, sizeof key));
    seal(t, (int64_t)page * 30);
    seal(t, (int64_t)page * 30 + 30);
    assert_false(store_has(t, key, 8));
}

/* A board that left the directory keeps its entries, for one that has it
 * again, as long as their pages would have been kept. */
static void
a_board_that_left_holds_no_key_for_ever(void **state)
{
    struct storetest *t = *state;
    struct store_options opt = storetest_options(t);
    int64_t end = (int64_t)2901 * 7 * DAY_SECONDS;
    int64_t gone = end + STORETEST_RETENTION * DAY_SECONDS;
    uint8_t key[SLABKEYS_KEY_LEN];
    struct store_stats st;
    struct slabkeys *k;
    int fd;

    (void)ring(t, 1, end - 1);
    fd = open(storetest_path(t, "weekkeys"), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(slabkeys_open(&k, fd), RC_OK);
    assert_int_equal(slabkeys_get(k, 2900, key), RC_OK);
    slabkeys_free(k);
    (void)close(fd);
    store_close(t->s);
    opt.n_boards = 1; /* the answers alone */
    assert_int_equal(store_open(&t->s, &opt, gone - 1), RC_OK);
    storetest_expire(t, gone - 1);
    assert_true(file_has(t, "weekkeys", key, sizeof key));
    storetest_expire(t, gone + DAY_SECONDS); /* while it runs */
    assert_false(file_has(t, "weekkeys", key, 8));
    store_close(t->s);
    assert_int_equal(store_open(&t->s, &opt, gone + DAY_SECONDS), RC_OK);
    store_stats(t->s, &st);
    assert_int_equal(st.waiting, 0);
    assert_int_equal(st.lost, 0);
}

/* The only clock on the disk is a page's number; an operation's second is
 * nowhere, in no byte order and no unit. */
static void
no_time_finer_than_a_day(void **state)
{
    struct storetest *t = *state;
    int64_t now = t0 + 7 * 3600 + 123;
    uint8_t org[32] = {1};

    put(t, 1, now);
    (void)ring(t, 1, now);
    seal(t, now + 60);
    storetest_begin(t);
    assert_int_equal(store_note_put(t->s, 'd', org, org, 32), RC_OK);
    storetest_commit(t);
    storetest_expire(t, now);
    for (int64_t d = -1; d <= 61; d++) {
        int64_t v[2] = {now + d, (now + d) * 1000};

        for (int i = 0; i < 2; i++) {
            uint8_t le[8], be[8];

            for (unsigned k = 0; k < 8; k++) {
                le[k] = (uint8_t)((uint64_t)v[i] >> (8 * k));
                be[7 - k] = le[k];
            }
            /* 5 and 6 significant bytes; what is noise is left out */
            assert_false(file_has(t, "index.lmdb", le, 5));
            assert_false(file_has(t, "index.lmdb", be + 3, 5));
            assert_false(file_has(t, "weekkeys", le, 4));
            assert_false(file_has(t, "weekkeys", be + 4, 4));
        }
    }
}

/* --- damage --- */

static void
close_it(struct storetest *t)
{
    store_close(t->s);
    t->s = NULL;
}

static void
assert_refused(struct storetest *t, enum rc want, const char *file)
{
    struct store_options opt = storetest_options(t);

    assert_int_equal(store_open(&t->s, &opt, t0), want);
    assert_null(t->s);
    print_message("%s\n", store_error());
    assert_non_null(strstr(store_error(), file));
}

static void
overwrite(const struct storetest *t, const char *name, off_t at,
          const void *with, size_t len)
{
    int fd = open(storetest_path(t, name), O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, with, len, at), (ssize_t)len);
    (void)close(fd);
}

static void
a_damaged_slab_is_refused(void **state)
{
    struct storetest *t = *state;
    struct stat st;

    close_it(t);
    assert_int_equal(stat(storetest_path(t, "slab"), &st), 0);
    assert_int_equal(truncate(storetest_path(t, "slab"), st.st_size - 1), 0);
    assert_refused(t, RC_FORMAT, "slab");
    assert_int_equal(truncate(storetest_path(t, "slab"), st.st_size), 0);
    overwrite(t, "slab", 20, "x", 1);
    assert_refused(t, RC_FORMAT, "slab");
    assert_int_equal(truncate(storetest_path(t, "slab"), 0), 0);
    assert_refused(t, RC_FORMAT, "slab");
    assert_int_equal(unlink(storetest_path(t, "slab")), 0);
    assert_refused(t, RC_MISSING, "store");
}

static void
damaged_weekkeys_are_refused(void **state)
{
    struct storetest *t = *state;

    put(t, 1, t0);
    close_it(t);
    overwrite(t, "weekkeys", 512 * (1 + 2900 % 64) + 10, "x", 1);
    assert_refused(t, RC_FORMAT, "weekkeys");
    assert_int_equal(truncate(storetest_path(t, "weekkeys"), 512), 0);
    assert_refused(t, RC_FORMAT, "weekkeys");
    assert_int_equal(unlink(storetest_path(t, "weekkeys")), 0);
    assert_refused(t, RC_FORMAT, "weekkeys");
    /* Nor is a new store made over what is left of this one. */
    assert_int_equal(unlink(storetest_path(t, "slab")), 0);
    assert_int_equal(
        store_create(&(struct store_setup){.dir = t->dir, .boxes = 8}),
        RC_TAKEN);
}

static void
a_damaged_index_is_refused(void **state)
{
    struct storetest *t = *state;
    uint8_t zeros[8192] = {0};
    bool sealed;

    /* Enough pages that the file is more than a megabyte long. */
    for (int i = 0; i < 200; i++) {
        storetest_begin(t);
        assert_int_equal(store_seal(t->s, 1, t0 + 30 * i, t->sk, &sealed),
                         RC_OK);
        storetest_commit(t);
    }
    close_it(t);
    assert_int_equal(truncate(storetest_path(t, "index.lmdb"), 8192), 0);
    assert_refused(t, RC_FORMAT, "index.lmdb");
    overwrite(t, "index.lmdb", 0, zeros, sizeof zeros);
    assert_refused(t, RC_FORMAT, "index.lmdb");
    assert_int_equal(truncate(storetest_path(t, "index.lmdb"), 0), 0);
    assert_refused(t, RC_FORMAT, "index.lmdb");
    assert_int_equal(unlink(storetest_path(t, "index.lmdb")), 0);
    assert_refused(t, RC_FORMAT, "index.lmdb");
}

static void
the_slab_of_another_store_is_refused(void **state)
{
    struct storetest *t = *state, *other = storetest_new(8, t0);
    char from[400];

    close_it(t);
    (void)snprintf(from, sizeof from, "%s", storetest_path(other, "slab"));
    assert_int_equal(rename(from, storetest_path(t, "slab")), 0);
    storetest_free(other);
    assert_refused(t, RC_FORMAT, "slab");
}

/* Bad sectors in slots cost what is in them, no more. */
static void
a_damaged_slot_costs_itself(void **state)
{
    struct storetest *t = *state;
    struct store_stats st;
    uint8_t *copy = NULL, *with_box;
    uint64_t page;
    size_t len;

    (void)changed(t, &copy);
    put(t, 1, t0);
    page = ring(t, 1, t0);
    assert_int_equal(
        file_read(&with_box, &len, storetest_path(t, "slab"), 64 << 20), RC_OK);
    for (size_t i = 0; i < len; i += SLAB_BLOCK_LEN) {
        if (memcmp(copy + i, with_box + i, SLAB_BLOCK_LEN) != 0) {
            overwrite(t, "slab", (off_t)i + 5000, "damaged", 7);
        }
    }
    free(copy);
    free(with_box);
    assert_int_equal(get(t, 1, t0), RC_IO);
    /* Sealing goes on without the entry. */
    seal(t, (int64_t)page * 30);
    store_stats(t->s, &st);
    assert_int_equal(st.lost, 1);
    assert_int_equal(st.waiting, 0);
    put(t, 2, t0);
    assert_int_equal(get(t, 2, t0), RC_OK);
    /* Who has the box brings it again; nobody else can. */
    assert_int_equal(put_as(t, 1, 2, t0), CELL_TAKEN);
    assert_int_equal(get(t, 1, t0), RC_IO);
    put(t, 1, t0);
    assert_int_equal(get(t, 1, t0), RC_OK);
    storetest_reopen(t, t0);
    assert_int_equal(get(t, 1, t0), RC_OK);
    store_stats(t->s, &st);
    assert_int_equal(st.boxes_used, 2);
}

static void
a_damaged_waiting_entry_does_not_stop_a_start(void **state)
{
    struct storetest *t = *state;
    uint8_t *before = NULL, *after;
    struct store_stats st;
    size_t len;

    (void)changed(t, &before);
    (void)ring(t, 1, t0);
    close_it(t);
    assert_int_equal(
        file_read(&after, &len, storetest_path(t, "slab"), 64 << 20), RC_OK);
    for (size_t i = 0; i < len; i += SLAB_BLOCK_LEN) {
        if (memcmp(before + i, after + i, SLAB_BLOCK_LEN) != 0) {
            overwrite(t, "slab", (off_t)i + 100, "damaged", 7);
        }
    }
    free(before);
    free(after);
    storetest_reopen(t, t0);
    store_stats(t->s, &st);
    assert_int_equal(st.lost, 1);
    assert_int_equal(st.waiting, 0);
    storetest_reopen(t, t0);
    store_stats(t->s, &st);
    assert_int_equal(st.lost, 0);
    (void)ring(t, 1, t0);
}

static void
a_setup_that_was_cut_off_is_begun_anew(void **state)
{
    struct storetest *t = *state;
    struct store_setup again = {.dir = t->dir, .boxes = 4};
    struct store_stats st;
    char from[400];

    close_it(t);
    (void)snprintf(from, sizeof from, "%s", storetest_path(t, "slab"));
    assert_int_equal(rename(from, storetest_path(t, "slab.new")), 0);
    assert_refused(t, RC_MISSING, "store");
    assert_int_equal(store_create(&again), RC_OK);
    storetest_reopen(t, t0);
    store_stats(t->s, &st);
    assert_int_equal(st.boxes, 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, storetest_teardown)

/* --- a clock that is not believed --- */

static uint8_t *
whole(const struct storetest *t, const char *name, size_t *len)
{
    uint8_t *bytes;

    assert_int_equal(file_read(&bytes, len, storetest_path(t, name), 64 << 20),
                     RC_OK);
    return bytes;
}

static void
a_clock_far_ahead_touches_no_file(void **state)
{
    static const char *const names[] = {"slab", "weekkeys", "index.lmdb"};
    struct storetest *t = *state;
    struct store_options opt = storetest_options(t);
    uint8_t *before[3], *after;
    size_t len[3], n;

    put(t, 1, t0);
    (void)ring(t, 1, t0);
    close_it(t);
    for (size_t i = 0; i < 3; i++) {
        before[i] = whole(t, names[i], &len[i]);
    }
    opt.leap = 7;
    assert_int_equal(store_open(&t->s, &opt, t0 + 70 * DAY_SECONDS),
                     RC_EXPIRED);
    for (size_t i = 0; i < 3; i++) {
        after = whole(t, names[i], &n);
        assert_int_equal(n, len[i]);
        assert_memory_equal(after, before[i], n);
        free(after);
        free(before[i]);
    }
    storetest_reopen(t, t0);
}

static void
a_store_that_has_seen_no_day_asks_for_the_first(void **state)
{
    struct storetest *t = *state;
    struct store_setup setup = {.dir = t->dir, .boxes = 16};
    struct store_options opt = storetest_options(t);

    close_it(t);
    assert_int_equal(unlink(storetest_path(t, "slab")), 0);
    assert_int_equal(unlink(storetest_path(t, "weekkeys")), 0);
    assert_int_equal(unlink(storetest_path(t, "index.lmdb")), 0);
    assert_int_equal(store_create(&setup), RC_OK);
    opt.leap = 7;
    opt.first_day = clock_day(t0) + 90;
    opt.known_day = clock_day(t0) + 2;
    assert_int_equal(store_open(&t->s, &opt, t0), RC_EXPIRED);
    assert_non_null(strstr(store_error(), "before the directory"));
    opt.known_day--;
    opt.first_day = clock_day(t0) - 8;
    assert_int_equal(store_open(&t->s, &opt, t0), RC_EXPIRED);
    opt.first_day++;
    assert_int_equal(store_open(&t->s, &opt, t0), RC_OK);
    assert_int_equal(store_day(t->s), clock_day(t0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_are_the_owners_alone),
        TEST(boxes_rest_encrypted),
        TEST(the_index_does_not_tell_who_waits),
        TEST(what_is_burned_or_sealed_is_overwritten),
        TEST(an_aborted_group_leaves_nothing_to_open),
        TEST(an_ended_week_takes_its_key_along),
        TEST(a_waiting_entry_holds_its_key),
        TEST(a_board_that_left_holds_no_key_for_ever),
        TEST(no_time_finer_than_a_day),
        TEST(a_clock_far_ahead_touches_no_file),
        TEST(a_store_that_has_seen_no_day_asks_for_the_first),
        TEST(a_damaged_slab_is_refused),
        TEST(damaged_weekkeys_are_refused),
        TEST(a_damaged_index_is_refused),
        TEST(the_slab_of_another_store_is_refused),
        TEST(a_damaged_slot_costs_itself),
        TEST(a_damaged_waiting_entry_does_not_stop_a_start),
        TEST(a_setup_that_was_cut_off_is_begun_anew),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
