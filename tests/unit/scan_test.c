/* SPDX-License-Identifier: ISC */
/* Reading a board at a relay that lies in every way it can. */
#include "scan.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
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
#include "testclock.h"

#define TODAY     20000
#define RETENTION 3
#define TICK      1800 /* 2 pages an hour, 48 a day */
#define DAY_PAGES (DAY_SECONDS / TICK)
#define PAGES_MAX 512
#define NOW_PAGE  ((uint64_t)TODAY * DAY_PAGES + 20)

static const struct board board = {.id = 1,
                                   .entry_len = ENTRY_REPORT_LEN,
                                   .tick = TICK,
                                   .slots = 1,
                                   .max = 2,
                                   .spread = 1};

/* What the relay has, and how it lies. */
struct world {
    uint8_t pk[32], sk[64];
    size_t n;
    uint64_t numbers[PAGES_MAX];
    uint8_t *pages[PAGES_MAX];
    size_t lens[PAGES_MAX];
    uint64_t newest;                /* what the status says; 0: the truth */
    uint64_t hide_first, hide_last; /* 404 for these numbers */
    uint64_t oldest; /* 404 for days and hours before this page */
    size_t junk;     /* bytes of zeros as every file */
    bool wrong_span; /* files hold the last page, whatever was asked */
};

static void
add_page(struct world *w, uint64_t number, bool break_chain)
{
    uint8_t entry[ENTRY_REPORT_LEN], noise[ENTRY_REPORT_LEN];
    struct page p = {.board = board.id,
                     .tick = board.tick,
                     .slots = 1,
                     .number = number,
                     .entries = entry};
    size_t len = page_len(&board, 1);

    assert_true(w->n < PAGES_MAX);
    randombytes_buf(noise, sizeof noise);
    assert_int_equal(entry_dummy(entry, &board, noise), RC_OK);
    if (w->n > 0) {
        p.previous = w->numbers[w->n - 1];
        page_hash(p.previous_hash, w->pages[w->n - 1], w->lens[w->n - 1]);
        p.previous_hash[0] ^= break_chain;
    }
    w->pages[w->n] = malloc(len);
    assert_non_null(w->pages[w->n]);
    assert_int_equal(page_write(w->pages[w->n], &board, &p, w->sk), RC_OK);
    w->numbers[w->n] = number;
    w->lens[w->n++] = len;
}

static void
world_init(struct world *w, uint64_t first, uint64_t last)
{
    memset(w, 0, sizeof *w);
    assert_int_equal(crypto_sign_keypair(w->pk, w->sk), 0);
    for (uint64_t n = first; n <= last; n++) {
        add_page(w, n, false);
    }
}

static void
world_wipe(struct world *w)
{
    for (size_t i = 0; i < w->n; i++) {
        free(w->pages[i]);
    }
}

static void
append(uint8_t **out, size_t *len, const uint8_t *in, size_t n)
{
    uint8_t *more = realloc(*out, *len + n);

    assert_non_null(more);
    memcpy(more + *len, in, n);
    *out = more;
    *len += n;
}

static int
answer(void *arg, const char *method, const char *path, uint8_t **body,
       size_t *len)
{
    struct world *w = arg;
    uint64_t n = 0, first, last, newest = w->n > 0 ? w->numbers[w->n - 1] : 0;
    bool single = false;
    char text[300];

    (void)method;
    if (strcmp(path, "/v1/status") == 0) {
        (void)snprintf(text, sizeof text,
                       "tocsin 1\nrelay 00\ndirectory 1 00\nbundle %064d\n"
                       "retention 3\nboard 0 7 16 0\nboard 1 %" PRIu64 " 1 10\n",
                       0, w->newest != 0 ? w->newest : newest);
        append(body, len, (const uint8_t *)text, strlen(text));
        return 200;
    }
    if (sscanf(path, "/v1/board/1/hour/%" SCNu64, &n) == 1) {
        first = n * 2;
        last = first + 1;
    } else if (sscanf(path, "/v1/board/1/day/%" SCNu64, &n) == 1) {
        first = n * DAY_PAGES;
        last = first + DAY_PAGES - 1;
    } else if (sscanf(path, "/v1/board/1/%" SCNu64, &n) == 1) {
        first = last = n;
        single = true;
    } else {
        return 404;
    }
    if (w->junk > 0) {
        *body = calloc(1, w->junk);
        *len = w->junk;
        return 200;
    }
    if (last < w->oldest) {
        return 404;
    }
    if (w->wrong_span) {
        append(body, len, w->pages[w->n - 1], w->lens[w->n - 1]);
        return 200;
    }
    for (size_t i = 0; i < w->n; i++) {
        if (w->numbers[i] >= first && w->numbers[i] <= last &&
            w->numbers[i] >= w->oldest &&
            (w->numbers[i] < w->hide_first || w->numbers[i] > w->hide_last)) {
            append(body, len, w->pages[i], w->lens[i]);
        }
    }
    return single && *len == 0 ? 404 : 200;
}

struct reading {
    struct fake_relay relay;
    struct net *net;
    struct net_circuit circuit;
    struct scan scan;
    struct scan_position pos;
    uint64_t first, last;
    size_t count, evidence;
    size_t fail_at; /* the callback fails at this page, counted from 1 */
};

static enum rc
on_page(const struct page *page, const uint8_t *bytes, size_t len, void *arg)
{
    struct reading *r = arg;

    (void)bytes;
    assert_int_equal(len, page_len(&board, page->slots));
    assert_true(r->count == 0 || page->number > r->last);
    if (r->fail_at != 0 && r->count + 1 == r->fail_at) {
        return RC_FULL;
    }
    r->first = r->count == 0 ? page->number : r->first;
    r->last = page->number;
    r->count++;
    return RC_OK;
}

static void
on_evidence(const uint8_t *bytes, size_t len, void *arg)
{
    struct reading *r = arg;

    assert_non_null(bytes);
    assert_true(len > 0);
    r->evidence++;
}

static void
reading_start(struct reading *r, struct world *w)
{
    const struct net_options opt = {
        .no_tor = true, .connect_seconds = 5, .stall_seconds = 5};

    memset(r, 0, sizeof *r);
    r->relay.answer = answer;
    r->relay.arg = w;
    fake_relay_start(&r->relay);
    assert_int_equal(net_new(&r->net, &opt), RC_OK);
    net_circuit_fresh(&r->circuit);
    r->scan = (struct scan){.net = r->net,
                            .circuit = &r->circuit,
                            .url = r->relay.url,
                            .board = &board,
                            .relay_pk = w->pk,
                            .retention = RETENTION,
                            .today = TODAY,
                            .page = on_page,
                            .arg = r,
                            .evidence = on_evidence};
}

static void
reading_stop(struct reading *r)
{
    net_free(r->net);
    fake_relay_stop(&r->relay);
}

/* One scan from a fresh start or after another one; counts anew. */
static enum rc
read_on(struct reading *r, uint64_t first)
{
    r->count = 0;
    r->evidence = 0;
    return scan_from(&r->scan, &r->pos, first);
}

static void
forks_and_going_back_are_forged(void **state)
{
    struct reading r;
    struct world w, other;

    (void)state;
    world_init(&w, NOW_PAGE - 5, NOW_PAGE);
    reading_start(&r, &w);
    assert_int_equal(read_on(&r, NOW_PAGE - 5), RC_OK);
    assert_int_equal(r.count, 6);
    /* nothing new */
    assert_int_equal(read_on(&r, NOW_PAGE - 5), RC_OK);
    assert_int_equal(r.count, 0);
    /* older than what was read */
    w.newest = NOW_PAGE - 1;
    assert_int_equal(read_on(&r, NOW_PAGE - 5), RC_FORGED);
    w.newest = 0;
    /* a page that does not name the one before */
    add_page(&w, NOW_PAGE + 1, true);
    assert_int_equal(read_on(&r, 0), RC_FORGED);
    assert_int_equal(r.evidence, 1);
    assert_int_equal(r.count, 0);
    assert_true(r.pos.last.number == NOW_PAGE);
    /* another history, well signed: seen at the next page ... */
    world_init(&other, NOW_PAGE - 5, NOW_PAGE + 1);
    memcpy(other.pk, w.pk, sizeof w.pk);
    memcpy(other.sk, w.sk, sizeof w.sk);
    for (size_t i = 0; i < other.n; i++) {
        free(other.pages[i]);
    }
    other.n = 0;
    for (uint64_t n = NOW_PAGE - 5; n <= NOW_PAGE + 1; n++) {
        add_page(&other, n, false);
    }
    r.relay.arg = &other;
    assert_int_equal(read_on(&r, 0), RC_FORGED);
    assert_int_equal(r.evidence, 1);
    reading_stop(&r);
    world_wipe(&w);
    world_wipe(&other);
}

/* A file that is read again from its start, as the hour is, must hold the
 * page we stand on. */
static void
a_fork_within_a_file_is_seen(void **state)
{
    struct reading r;
    struct world w;

    (void)state;
    world_init(&w, NOW_PAGE - 60, NOW_PAGE);
    reading_start(&r, &w);
    assert_int_equal(read_on(&r, NOW_PAGE - 60), RC_OK);
    r.pos.last.number = NOW_PAGE - 20;
    memset(r.pos.last.hash, 1, sizeof r.pos.last.hash);
    assert_int_equal(read_on(&r, 0), RC_FORGED);
    assert_int_equal(r.evidence, 1);
    assert_int_equal(r.count, 0);
    reading_stop(&r);
    world_wipe(&w);
}

/* A turn has its end, and the next goes on where it stopped. */
static void
time_ends_a_scan_between_two_files(void **state)
{
    struct reading r;
    struct world w;

    (void)state;
    world_init(&w, NOW_PAGE - 5, NOW_PAGE);
    reading_start(&r, &w);
    r.scan.until_ms = 1;
    assert_int_equal(read_on(&r, NOW_PAGE - 5), RC_AGAIN);
    assert_int_equal(r.count, 0);
    r.scan.until_ms = INT64_MAX;
    assert_int_equal(read_on(&r, NOW_PAGE - 5), RC_OK);
    assert_int_equal(r.count, 6);
    reading_stop(&r);
    world_wipe(&w);
}

static void
signatures_are_checked(void **state)
{
    struct reading r;
    struct world w;

    (void)state;
    world_init(&w, NOW_PAGE - 5, NOW_PAGE);
    reading_start(&r, &w);
    for (size_t i = 0; i < w.n; i++) {
        const size_t places[] = {100, w.lens[i] - 1};

        /* a page alone, and the last of a file, by their signature; the
         * others by the chain */
        for (size_t k = 0; k < 2; k++) {
            w.pages[i][places[k]] ^= 1;
            memset(&r.pos, 0, sizeof r.pos);
            assert_int_equal(read_on(&r, NOW_PAGE - 5), RC_FORGED);
            w.pages[i][places[k]] ^= 1;
        }
    }
    memset(&r.pos, 0, sizeof r.pos);
    assert_int_equal(read_on(&r, NOW_PAGE - 5), RC_OK);
    assert_int_equal(r.count, w.n);
    reading_stop(&r);
    world_wipe(&w);
}

static void
files_hold_what_was_asked(void **state)
{
    struct reading r;
    struct world w;

    (void)state;
    world_init(&w, NOW_PAGE - 60, NOW_PAGE);
    reading_start(&r, &w);
    w.wrong_span = true;
    assert_int_equal(read_on(&r, NOW_PAGE - 60), RC_FORMAT);
    w.wrong_span = false;
    w.junk = 1;
    assert_int_equal(read_on(&r, NOW_PAGE - 60), RC_FORMAT);
    w.junk = page_len(&board, 1);
    assert_int_equal(read_on(&r, NOW_PAGE - 60), RC_FORMAT);
    /* larger than any honest file: smaller spans, then an end */
    w.junk = page_len(&board, 2) * DAY_PAGES + 1;
    assert_int_equal(read_on(&r, NOW_PAGE - 60), RC_FORMAT);
    assert_int_equal(r.count, 0);
    reading_stop(&r);
    world_wipe(&w);
}

static void
pages_left_out_are_forged(void **state)
{
    struct reading r;
    struct world w;

    (void)state;
    world_init(&w, NOW_PAGE - 60, NOW_PAGE);
    reading_start(&r, &w);
    for (uint64_t hide = NOW_PAGE - 60; hide <= NOW_PAGE; hide += 7) {
        memset(&r.pos, 0, sizeof r.pos);
        w.hide_first = w.hide_last = hide;
        /* The first one may be the relay's first. */
        assert_int_equal(read_on(&r, NOW_PAGE - 60), RC_FORGED);
    }
    /* all of them, though the status names one */
    w.hide_first = 0;
    w.hide_last = UINT64_MAX;
    memset(&r.pos, 0, sizeof r.pos);
    assert_int_equal(read_on(&r, NOW_PAGE - 60), RC_FORGED);
    assert_int_equal(r.count, 0);
    reading_stop(&r);
    world_wipe(&w);
}

/* The status is not signed: it must neither send us on a long way nor into
 * the future. */
static void
a_wild_status_costs_little(void **state)
{
    struct reading r;
    struct world w;

    (void)state;
    world_init(&w, NOW_PAGE - 5, NOW_PAGE);
    reading_start(&r, &w);
    w.newest = PAGE_NUMBER_MAX;
    assert_int_equal(read_on(&r, 0), RC_FORMAT);
    w.newest = NOW_PAGE + 2 * DAY_PAGES;
    assert_int_equal(read_on(&r, 0), RC_FORMAT);
    w.newest = NOW_PAGE + 10;
    assert_int_equal(read_on(&r, 0), RC_FORGED);
    w.newest = 0;
    w.n = 0;
    assert_int_equal(read_on(&r, 0), RC_FORGED); /* it had pages before */
    memset(&r.pos, 0, sizeof r.pos);
    assert_int_equal(read_on(&r, 0), RC_OK); /* a new board */
    assert_int_equal(r.count, 0);
    w.n = 6;
    reading_stop(&r);
    assert_true(r.relay.requests < 300);
    world_wipe(&w);
}

/* Who comes back after the retention goes on where the relay's pages begin;
 * before that a gap is forgery. */
static void
a_gap_beyond_retention_is_right(void **state)
{
    const uint64_t day = (uint64_t)TODAY * DAY_PAGES;
    struct reading r;
    struct world w;

    (void)state;
    world_init(&w, day - 6 * DAY_PAGES, NOW_PAGE);
    reading_start(&r, &w);
    r.pos.known = true;
    r.pos.last.number = day - 6 * DAY_PAGES;
    page_hash(r.pos.last.hash, w.pages[0], w.lens[0]);
    w.oldest = day - RETENTION * DAY_PAGES;
    assert_int_equal(read_on(&r, 0), RC_OK);
    assert_true(r.first == w.oldest);
    assert_true(r.last == NOW_PAGE);
    /* younger than that, with a day of slack for clocks */
    w.oldest = day;
    r.pos.last.number = day - 6 * DAY_PAGES;
    page_hash(r.pos.last.hash, w.pages[0], w.lens[0]);
    assert_int_equal(read_on(&r, 0), RC_FORGED);
    /* nobody was there before: the same */
    memset(&r.pos, 0, sizeof r.pos);
    assert_int_equal(read_on(&r, 0), RC_FORGED);
    w.oldest = day - RETENTION * DAY_PAGES;
    assert_int_equal(read_on(&r, 0), RC_OK);
    assert_true(r.first == w.oldest);
    reading_stop(&r);
    world_wipe(&w);
}

static void
what_was_missed_is_no_gap(void **state)
{
    struct reading r;
    struct world w;

    (void)state;
    world_init(&w, NOW_PAGE - 90, NOW_PAGE - 80);
    for (uint64_t n = NOW_PAGE - 50; n <= NOW_PAGE; n += 3) {
        add_page(&w, n, false);
    }
    reading_start(&r, &w);
    assert_int_equal(read_on(&r, NOW_PAGE - 90), RC_OK);
    assert_int_equal(r.count, w.n);
    /* only from a page on */
    memset(&r.pos, 0, sizeof r.pos);
    assert_int_equal(read_on(&r, NOW_PAGE - 85), RC_OK);
    assert_int_equal(r.count, w.n - 5);
    assert_true(r.first == NOW_PAGE - 85);
    memset(&r.pos, 0, sizeof r.pos);
    assert_int_equal(read_on(&r, NOW_PAGE + 1), RC_OK);
    assert_int_equal(r.count, 0);
    reading_stop(&r);
    world_wipe(&w);
}

static void
a_failing_reader_goes_on_where_it_failed(void **state)
{
    struct reading r;
    struct world w;

    (void)state;
    world_init(&w, NOW_PAGE - 70, NOW_PAGE);
    reading_start(&r, &w);
    r.fail_at = 31;
    assert_int_equal(read_on(&r, NOW_PAGE - 70), RC_FULL);
    assert_int_equal(r.count, 30);
    assert_true(r.pos.last.number == NOW_PAGE - 41);
    r.fail_at = 0;
    assert_int_equal(read_on(&r, NOW_PAGE - 70), RC_OK);
    assert_int_equal(r.count, 41);
    assert_true(r.first == NOW_PAGE - 40);
    reading_stop(&r);
    world_wipe(&w);
}

static void
days_and_hours_are_read_as_files(void **state)
{
    const uint64_t day = (uint64_t)TODAY * DAY_PAGES;
    struct reading r;
    struct world w;

    (void)state;
    world_init(&w, day - 3 * DAY_PAGES, NOW_PAGE);
    reading_start(&r, &w);
    assert_int_equal(read_on(&r, day - 3 * DAY_PAGES), RC_OK);
    assert_int_equal(r.count, w.n);
    reading_stop(&r);
    /* status, 3 days, 10 hours, and the page of the open hour */
    assert_int_equal(r.relay.requests, 1 + 3 + 10 + 1);
    world_wipe(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forks_and_going_back_are_forged),
        cmocka_unit_test(a_fork_within_a_file_is_seen),
        cmocka_unit_test(time_ends_a_scan_between_two_files),
        cmocka_unit_test(signatures_are_checked),
        cmocka_unit_test(files_hold_what_was_asked),
        cmocka_unit_test(pages_left_out_are_forged),
        cmocka_unit_test(a_wild_status_costs_little),
        cmocka_unit_test(a_gap_beyond_retention_is_right),
        cmocka_unit_test(what_was_missed_is_no_gap),
        cmocka_unit_test(a_failing_reader_goes_on_where_it_failed),
        cmocka_unit_test(days_and_hours_are_read_as_files),
    };

    (void)signal(SIGPIPE, SIG_IGN); /* as cli_init does */
    if (sodium_init() < 0 || testclock_noon(TODAY) != 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
