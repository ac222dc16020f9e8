/* SPDX-License-Identifier: ISC */
/* What plain GETs answer: pages, hours and days of a store that is filled
 * here, read in pieces as a connection reads them. */
#include "plain.h"

#include "http.h"
#include "sample.h"
#include "storetest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#define DAY     20779
#define NOW     ((int64_t)DAY * 86400 + 7 * 3600 + 10)
#define HOUR    ((uint64_t)NOW / 3600)
#define TICK    30
#define ENTRIES 70 /* several full pages of board 1 */

static struct sample sample;
static struct storetest *st;
static struct directory *directory;
static struct relay relay;
static int64_t sealed_until;

static void
seal(int64_t from, int64_t to)
{
    bool sealed;

    for (int64_t t = from; t <= to; t += TICK) {
        storetest_begin(st);
        assert_int_equal(store_seal(st->s, 1, t, st->sk, &sealed), RC_OK);
        storetest_commit(st);
        sealed_until = t;
    }
}

static void
ring(int64_t now)
{
    uint8_t entry[ENTRY_REPORT_LEN] = {9};
    struct store_rung rung;

    storetest_begin(st);
    for (uint8_t i = 0; i < ENTRIES; i++) {
        const struct store_ring r = {.board = 1, .entry = entry};

        entry[1000] = i;
        assert_int_equal(store_ring(st->s, &r, now, &rung), RC_OK);
        assert_int_equal(rung.status, CELL_QUEUED);
    }
    storetest_commit(st);
}

static int
setup(void **state)
{
    struct served_options opt = {.relay_id = sample.relay_ids[0]};
    uint8_t *bytes = NULL, *note;
    size_t len = 0, n;

    (void)state;
    sample_init(&sample);
    st = storetest_new(256, NOW);
    directory = sample_directory(&sample, 1, DAY - 1);
    note = sample_root(&sample, 1, &n);
    sample_add(&bytes, &len, note, n);
    note = sample_directory_note(&sample, directory, &n);
    sample_add(&bytes, &len, note, n);
    if (served_new(&relay.served, bytes, len, &opt) != RC_OK) {
        return 1;
    }
    free(bytes);
    relay.store = st->s;
    memcpy(relay.id, sample.relay_ids[0], sizeof relay.id);
    return pthread_mutex_init(&relay.served_lock, NULL);
}

static int
teardown(void **state)
{
    (void)state;
    served_release(relay.served);
    directory_free(directory);
    storetest_free(st);
    return 0;
}

/* The answer as a whole; *status, *flags. Heap. */
static uint8_t *
get(enum route_kind kind, uint64_t number, int64_t now, unsigned *status,
    unsigned *flags, size_t *len)
{
    const struct route route = {.kind = kind, .board = 1, .number = number};
    uint8_t *out;
    struct plain p;

    plain_get(&p, &relay, &route, now);
    *status = p.status;
    *flags = p.flags;
    *len = (size_t)p.length;
    out = calloc(1, *len + 1);
    assert_non_null(out);
    if (p.bytes != NULL) {
        memcpy(out, p.bytes, *len);
    }
    if (p.span) {
        const uint8_t *pages;
        bool large = false;
        size_t at = 0, n;

        assert_true(p.left == p.length);
        while (p.left > 0) {
            assert_int_equal(plain_more(&p, relay.store, &pages, &n), RC_OK);
            assert_true(n > 0 && n <= *len - at);
            /* Memory for what there is, not for what there may be. */
            large = large || n > 65536;
            assert_true(p.cap <= 65536 || large);
            memcpy(out + at, pages, n);
            at += n;
        }
        assert_int_equal(at, *len);
    } else {
        assert_true(p.bytes != NULL || *len == 0);
    }
    plain_wipe(&p);
    return out;
}

static unsigned
status_of(enum route_kind kind, uint64_t number, int64_t now)
{
    unsigned status, flags;
    size_t len;

    free(get(kind, number, now, &status, &flags, &len));
    return status;
}

static void
before_the_first_page(void **state)
{
    unsigned status, flags;
    size_t len;
    uint8_t *out;

    (void)state;
    assert_int_equal(status_of(ROUTE_PAGE, 1, NOW), 404);
    assert_int_equal(status_of(ROUTE_PAGE, 0, NOW), 404);
    assert_int_equal(status_of(ROUTE_PAGE, UINT64_MAX, NOW), 404);
    assert_int_equal(status_of(ROUTE_HOUR, HOUR + 1, NOW), 404);
    assert_int_equal(status_of(ROUTE_HOUR, UINT64_MAX, NOW), 404);
    assert_int_equal(status_of(ROUTE_DAY, DAY + 1, NOW), 404);
    assert_int_equal(status_of(ROUTE_DAY, UINT64_MAX, NOW), 404);
    assert_int_equal(status_of(ROUTE_DAY, DAY - 29, NOW), 404);
    assert_int_equal(status_of(ROUTE_DAY, 0, NOW), 404);
    out = get(ROUTE_HOUR, HOUR, NOW, &status, &flags, &len);
    assert_int_equal(status, 200);
    assert_int_equal(len, 0);
    assert_int_equal(flags & HTTP_FOR_EVER, 0); /* it may still come */
    free(out);
}

static void
an_hour_is_its_pages(void **state)
{
    const struct board *b = board_find(directory->boards, 2, 1);
    unsigned status, flags;
    uint8_t *hour, *page;
    uint64_t first, n, slots = 0;
    size_t len, page_len_, at = 0;

    (void)state;
    seal(NOW, NOW);
    ring(NOW);
    seal(NOW + TICK, NOW + 20 * TICK);
    first = (uint64_t)NOW / TICK;
    hour = get(ROUTE_HOUR, HOUR, sealed_until, &status, &flags, &len);
    assert_int_equal(status, 200);
    assert_int_equal(flags, HTTP_BYTES);
    assert_true(len > 2 * page_len(b, b->max));
    for (n = first; n <= first + 20; n++) {
        struct page p;
        size_t used;

        page = get(ROUTE_PAGE, n, sealed_until, &status, &flags, &page_len_);
        assert_int_equal(status, 200);
        assert_int_equal(flags, HTTP_BYTES | HTTP_FOR_EVER);
        assert_true(page_len_ <= len - at);
        assert_memory_equal(page, hour + at, page_len_);
        assert_int_equal(page_parse(&p, &used, b, page, page_len_), RC_OK);
        assert_int_equal(used, page_len_);
        assert_true(p.number == n);
        slots += p.slots;
        at += page_len_;
        free(page);
    }
    assert_int_equal(at, len);
    assert_true(slots >= ENTRIES);
    assert_int_equal(page_check_span(b, hour, len, st->pk, NULL), RC_OK);
    free(hour);
}

/* Once a page of the next hour is there the bytes never change. */
static void
a_closed_hour_stays(void **state)
{
    unsigned status, flags;
    size_t len, again, day_len;
    uint8_t *a, *b, *day;
    int64_t next = (int64_t)(HOUR + 1) * 3600;

    (void)state;
    /* Due exactly at the hour: the next one's first page. */
    seal(next - TICK, next - TICK);
    a = get(ROUTE_HOUR, HOUR, next + 100, &status, &flags, &len);
    assert_int_equal(flags & HTTP_FOR_EVER, 0);
    seal(next, next);
    b = get(ROUTE_HOUR, HOUR, next + 100, &status, &flags, &again);
    assert_int_equal(flags, HTTP_BYTES | HTTP_FOR_EVER);
    assert_int_equal(again, len);
    assert_memory_equal(a, b, len);
    free(b);
    b = get(ROUTE_HOUR, HOUR + 1, next + 100, &status, &flags, &again);
    assert_int_equal(flags, HTTP_BYTES);
    day = get(ROUTE_DAY, DAY, next + 100, &status, &flags, &day_len);
    assert_int_equal(status, 200);
    assert_int_equal(day_len, len + again);
    assert_memory_equal(day, a, len);
    assert_memory_equal(day + len, b, again);
    free(a);
    free(b);
    free(day);
    /* One that passed without a page. */
    a = get(ROUTE_HOUR, HOUR - 1, next + 100, &status, &flags, &len);
    assert_int_equal(status, 200);
    assert_int_equal(len, 0);
    assert_int_equal(flags, HTTP_BYTES | HTTP_FOR_EVER);
    free(a);
}

static void
a_clock_that_is_behind_hides_nothing(void **state)
{
    (void)state;
    assert_int_equal(status_of(ROUTE_HOUR, HOUR, NOW - 86400), 200);
    assert_int_equal(status_of(ROUTE_DAY, DAY, NOW - 3 * 86400), 200);
    assert_int_equal(status_of(ROUTE_DAY, DAY, 0), 200);
    assert_int_equal(status_of(ROUTE_DAY, DAY, -1), 200);
    assert_int_equal(status_of(ROUTE_DAY, DAY + 1, 0), 404);
}

static void
old_spans_go(void **state)
{
    int64_t later = NOW + 28 * (int64_t)86400;

    (void)state;
    assert_int_equal(status_of(ROUTE_DAY, DAY, later), 200);
    assert_int_equal(status_of(ROUTE_HOUR, HOUR, later), 200);
    assert_int_equal(status_of(ROUTE_DAY, DAY, later + 86400), 404);
    assert_int_equal(status_of(ROUTE_HOUR, HOUR, later + 86400), 404);
}

static void
the_status_is_in_words(void **state)
{
    unsigned status, flags;
    char want[64];
    size_t len;
    uint8_t *out = get(ROUTE_STATUS, 0, sealed_until, &status, &flags, &len);

    (void)state;
    assert_int_equal(status, 200);
    assert_int_equal(flags, 0);
    assert_int_equal(strlen((char *)out), len);
    assert_int_equal(memcmp(out, "tocsin 1\nrelay ", 15), 0);
    assert_non_null(strstr((char *)out, "\nretention 28\nboard 0 0 16 0\n"));
    (void)snprintf(want, sizeof want, "\nboard 1 %llu ",
                   (unsigned long long)(sealed_until / TICK));
    assert_non_null(strstr((char *)out, want));
    free(out);
    out = get(ROUTE_DIRECTORY, 0, NOW, &status, &flags, &len);
    assert_int_equal(len, relay.served->len);
    assert_memory_equal(out, relay.served->bytes, len);
    free(out);
}

int
main(void)
{
    /* In this order: a store that fills as time goes by. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_first_page),
        cmocka_unit_test(an_hour_is_its_pages),
        cmocka_unit_test(a_closed_hour_stays),
        cmocka_unit_test(a_clock_that_is_behind_hides_nothing),
        cmocka_unit_test(old_spans_go),
        cmocka_unit_test(the_status_is_in_words),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
