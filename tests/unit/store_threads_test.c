/* SPDX-License-Identifier: ISC */
/*
 * Readers beside the writer: a GET gives the box of its address or nothing,
 * whatever is burned and put into its slot meanwhile; pages never go back.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <cmocka.h>

#include "storetest.h"

#define READERS 3
#define GROUPS  250
#define LIVE    16 /* boxes there at a time, in a slab that has hardly more */

static const int64_t t0 = (int64_t)2900 * 7 * 86400;

static struct {
    struct storetest *t;
    atomic_uint first; /* boxes first..first + LIVE - 1 were stored */
    atomic_bool stop;
    atomic_ulong present, absent, pages;
} w;

static void
need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void
read_box(uint32_t i)
{
    struct storetest_box b = storetest_box(i);
    uint8_t got[CELL_BOX_LEN];
    enum rc rc = store_get(w.t->s, b.address, t0, got);

    need(rc == RC_OK || rc == RC_MISSING, "a GET that failed");
    if (rc == RC_OK) {
        need(memcmp(got, b.data, sizeof got) == 0, "another's box");
        atomic_fetch_add(&w.present, 1);
    } else {
        atomic_fetch_add(&w.absent, 1);
    }
}

static void
read_pages(uint64_t *last)
{
    uint8_t e[ENTRY_MAX], *page;
    struct store_rung rung;
    uint64_t newest, bytes;
    uint16_t slots;
    size_t len;

    if (store_newest(w.t->s, 1, &newest, &slots) != RC_OK) {
        return;
    }
    need(newest >= *last, "pages went back");
    *last = newest;
    need(store_page(w.t->s, 1, newest, &page, &len) == RC_OK, "no page");
    need(page_verify(page, len, w.t->pk) == RC_OK, "a bad page");
    free(page);
    need(store_span(w.t->s, 1, newest - 100, newest, &bytes) == RC_OK &&
             bytes >= len,
         "a bad span");
    (void)storetest_entry(e, 1, 0);
    need(store_entry_find(w.t->s, 1, e, &rung) == RC_OK,
         "an entry was lost");
    (void)store_effort(w.t->s, 1);
    atomic_fetch_add(&w.pages, 1);
}

static void *
reader(void *arg)
{
    uint64_t last = 0;

    (void)arg;
    while (!atomic_load(&w.stop)) {
        struct store_stats st;

        read_box(atomic_load(&w.first) + randombytes_uniform(LIVE));
        read_pages(&last);
        store_stats(w.t->s, &st);
        need(st.boxes_used <= st.boxes, "impossible counts");
    }
    return NULL;
}

static void
put(uint32_t i)
{
    struct storetest_box b = storetest_box(i);
    struct store_put p = {b.address, b.hash, b.data};
    enum cell_status status;
    uint32_t day;

    need(store_put(w.t->s, &p, t0, &status, &day) == RC_OK &&
             status == CELL_STORED,
         "put");
}

static void
burn(uint32_t i)
{
    struct storetest_box b = storetest_box(i);
    enum cell_status status;

    need(store_burn(w.t->s, b.address, b.hash, &status) == RC_OK &&
             status == CELL_BURNED,
         "burn");
}

static void
ring(uint32_t i, int64_t now)
{
    uint8_t e[ENTRY_MAX];
    struct store_ring r = {1, e, 15};
    struct store_rung out;

    (void)storetest_entry(e, 1, i);
    need(store_ring(w.t->s, &r, now, &out) == RC_OK &&
             out.status == CELL_QUEUED,
         "ring");
}

static void
readers_see_whole_things(void **state)
{
    pthread_t thread[READERS];
    bool sealed;

    w.t = storetest_new(GROUPS + 2 * LIVE, t0);
    *state = w.t;
    storetest_begin(w.t);
    for (uint32_t i = 0; i < LIVE; i++) {
        put(i);
    }
    ring(0, t0);
    storetest_commit(w.t);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, reader, NULL), 0);
    }
    for (uint32_t g = 0; g < GROUPS; g++) {
        storetest_begin(w.t);
        burn(g);
        put(g + LIVE);
        ring(g + 1, t0 + g * 30);
        need(store_seal(w.t->s, 1, t0 + g * 30, w.t->sk, &sealed) == RC_OK &&
                 sealed,
             "seal");
        storetest_commit(w.t);
        atomic_store(&w.first, g + 1);
    }
    atomic_store(&w.stop, true);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    }
    print_message("%lu there, %lu absent, %lu pages\n", atomic_load(&w.present),
                  atomic_load(&w.absent), atomic_load(&w.pages));
    assert_true(atomic_load(&w.present) > 0);
    assert_true(atomic_load(&w.pages) > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(readers_see_whole_things,
                                  storetest_teardown),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
