/* SPDX-License-Identifier: ISC */
/* Step 6 of a visit at a relay that was away, lies about its newest page, or
 * asks for work: which pages are asked for, and until when. */
#include "place.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "clock.h"
#include "fake_relay.h"
#include "page.h"

#define BOARDS 2

#define BOARD(n)                                                               \
    {                                                                          \
        .id = (n), .entry_len = ENTRY_REPORT_LEN, .tick = 1, .slots = 1,       \
        .max = 1, .spread = 1                                                  \
    }
static struct board boards[BOARDS] = {BOARD(1), BOARD(2)};
static struct directory_relay info = {.id = {1}};
static struct directory directory = {.relays = &info,
                                     .n_relays = 1,
                                     .boards = boards,
                                     .n_boards = BOARDS,
                                     .retention = 28};
static struct bundle bundle = {.directory = &directory};
static struct visit v;
static struct place p;

/* The relay. Looks are counted by statuses. */
static struct {
    struct fake_relay relay;
    uint8_t sk[64];
    uint64_t newest; /* says its status, of both boards */
    uint64_t first;  /* page that is there; each names the one before */
    bool shows;      /* pages, else 404 */
    uint64_t asked[BOARDS], first_asked[BOARDS], last_asked[BOARDS];
} r;

/* Entries and pages are the same whenever they are made. */
static void
entry_of(uint8_t entry[static ENTRY_REPORT_LEN], uint64_t number)
{
    memset(entry, (int)(number & 0x7f), ENTRY_REPORT_LEN);
}

static void
write_page(uint8_t *out, size_t k, uint64_t number)
{
    uint8_t entry[ENTRY_REPORT_LEN];
    struct page page = {.board = boards[k].id,
                        .tick = 1,
                        .slots = 1,
                        .number = number,
                        .entries = entry};

    entry_of(entry, number);
    if (number > r.first) {
        const size_t len = page_len(&boards[k], 1);
        uint8_t *before = malloc(len);

        assert_non_null(before);
        page.previous = number - 1;
        write_page(before, k, number - 1);
        page_hash(page.previous_hash, before, len);
        free(before);
    }
    assert_int_equal(page_write(out, &boards[k], &page, r.sk), RC_OK);
}

static int
answer(void *arg, const char *method, const char *path, uint8_t **body,
       size_t *len)
{
    unsigned board;
    uint64_t n;

    (void)arg;
    (void)method;
    if (strcmp(path, "/v1/status") == 0) {
        r.newest += r.shows;
        *body = malloc(256);
        assert_non_null(*body);
        (void)snprintf((char *)*body, 256,
                       "tocsin 1\nbundle %064d\nboard 1 %" PRIu64
                       " 1 0\nboard 2 %" PRIu64 " 1 0\n",
                       0, r.newest, r.newest);
        *len = strlen((char *)*body);
        return 200;
    }
    assert_int_equal(sscanf(path, "/v1/board/%u/%" SCNu64, &board, &n), 2);
    r.first_asked[board - 1] =
        r.asked[board - 1]++ == 0 ? n : r.first_asked[board - 1];
    r.last_asked[board - 1] = n;
    if (!r.shows || n < r.first) {
        return 404;
    }
    *len = page_len(&boards[0], 1);
    *body = malloc(*len);
    assert_non_null(*body);
    write_page(*body, board - 1, n);
    return 200;
}

static int
setup(void **state)
{
    struct network none = {.n_relays = 0};
    const struct visit_options opt = {.no_tor = true};

    (void)state;
    memset(&r, 0, sizeof r);
    memset(&p, 0, sizeof p);
    assert_int_equal(crypto_sign_keypair(info.pk, r.sk), 0);
    r.relay.answer = answer;
    fake_relay_start(&r.relay);
    assert_int_equal(visit_init(&v, &opt, &none), RC_OK);
    v.w.n_relays = 1;
    v.w.bundle = &bundle;
    v.w.today = clock_day(clock_now());
    v.w.relays[0].info = &info;
    v.w.relays[0].url = r.relay.url;
    v.w.relays[0].up = true;
    v.now = clock_now();
    p.v = &v;
    p.net_opt = v.net_opt;
    assert_int_equal(net_new(&p.net, &p.net_opt), RC_OK);
    p.rung_ms = clock_mono_ms();
    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        p.rings[i].board = &boards[i];
        memset(p.rings[i].entry, 1, ENTRY_REPORT_LEN);
        p.newest[i] = (uint64_t)v.now - 5;
    }
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    net_free(p.net);
    fake_relay_stop(&r.relay);
    v.w.bundle = NULL;
    visit_wipe(&v);
    return 0;
}

/* Of its gap so many pages are asked for, counted from when the visit began. */
static void
a_relay_that_was_away_is_not_asked_for_its_past(void **state)
{
    (void)state;
    v.now -= 3600; /* its boards took that long */
    r.newest = (uint64_t)v.now;
    p.newest[0] = p.newest[1] = (uint64_t)v.now - 1000;
    place_pages(&p);
    assert_int_equal(r.first_asked[0], v.now - 48);
}

static void
what_came_last_is_gone_on_with(void **state)
{
    (void)state;
    r.newest = (uint64_t)v.now;
    place_pages(&p);
    assert_int_equal(r.first_asked[0], v.now - 4);
    assert_int_equal(r.last_asked[0], v.now);
    assert_false(v.w.relays[0].up); /* it names pages and shows none */
}

/* A status that names a page of tomorrow costs no more than this. */
static void
a_status_a_day_ahead_costs_240_pages(void **state)
{
    (void)state;
    r.newest = (uint64_t)v.now + 80000;
    place_pages(&p);
    assert_int_equal(r.asked[0], 240);
    assert_int_equal(r.first_asked[0], r.newest - 239);
    assert_false(v.w.relays[0].up);
}

/* Which of the two was seen first does not show. */
static void
both_boards_are_read_until_both_are_seen(void **state)
{
    (void)state;
    r.shows = true;
    r.first = p.newest[0] + 1;
    r.newest = r.first;
    entry_of(p.rings[0].entry, r.first);
    entry_of(p.rings[1].entry, r.first + 8);
    place_pages(&p);
    assert_true(v.w.relays[0].up);
    assert_true(p.rings[0].seen && p.rings[1].seen);
    assert_true(r.last_asked[1] >= r.first + 8);
    assert_true(r.last_asked[0] + 2 >= r.last_asked[1]);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_relay_that_was_away_is_not_asked_for_its_past),
        TEST(what_came_last_is_gone_on_with),
        TEST(a_status_a_day_ahead_costs_240_pages),
        TEST(both_boards_are_read_until_both_are_seen),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
