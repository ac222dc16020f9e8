/* SPDX-License-Identifier: ISC */
#include "scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define HOUR_SECONDS 3600
/* A file that is larger is read in smaller spans. */
#define SPAN_MAX (64u * 1024 * 1024)
/* So many pages of an open hour are fetched one by one, more as a file. */
#define SINGLES_MAX 32

/* Pages first..last, both included, and whence they come. */
struct span {
    uint64_t first;
    uint64_t last;
    char path[SCAN_PATH_LEN];
};

enum rc
scan_status(const struct scan *s, struct status_board *out)
{
    const struct status_board *board;
    struct status *st;
    uint8_t *text;
    size_t len;
    enum rc rc;

    memset(out, 0, sizeof *out);
    rc = net_get(s->net, s->circuit, s->url, "/v1/status", STATUS_MAX, &text,
                 &len);
    if (rc != RC_OK) {
        return rc;
    }
    if ((st = malloc(sizeof *st)) == NULL) {
        rc = RC_NOMEM;
    } else if ((rc = status_parse(st, text, len)) == RC_OK) {
        if ((board = status_board(st, s->board->id)) == NULL) {
            rc = RC_MISSING; /* a relay without a board of the directory */
        } else {
            *out = *board;
        }
    }
    free(st);
    free(text);
    return rc;
}

static uint32_t
effective_today(const struct scan *s)
{
    uint32_t local = clock_day(clock_now());

    return s->today > local ? s->today : local;
}

/* A relay that answers everything slowly must not hold up its reader. */
static bool
is_late(const struct scan *s)
{
    return s->until_ms > 0 && clock_mono_ms() >= s->until_ms;
}

static uint64_t
pages_a(const struct scan *s, uint32_t seconds)
{
    return seconds / s->board->tick;
}

/* May the relay have dropped a page of this number? A day of slack: clocks
 * differ. */
static bool
may_be_gone(const struct scan *s, uint64_t number)
{
    uint64_t day = number / pages_a(s, DAY_SECONDS);

    return day + s->retention <= (uint64_t)effective_today(s) + 1;
}

static enum rc
refuse(const struct scan *s, const uint8_t *bytes, size_t len)
{
    if (s->evidence != NULL) {
        s->evidence(bytes, len, s->arg);
    }
    return RC_FORGED;
}

/*
 * One page of a file whose chain and last signature are good.
 * first    the lowest number that is wanted
 */
static enum rc
take_page(const struct scan *s, struct scan_position *pos, uint64_t first,
          const struct page *p, const uint8_t *bytes, size_t len)
{
    struct page_link link = {.number = p->number};
    enum rc rc;

    page_hash(link.hash, bytes, len);
    if (pos->known && p->number <= pos->last.number) {
        if (p->number == pos->last.number &&
            memcmp(link.hash, pos->last.hash, PAGE_HASH_LEN) != 0) {
            return refuse(s, bytes, len); /* a fork */
        }
        return RC_OK; /* read before */
    }
    if (p->number < first) {
        return RC_OK;
    }
    if (pos->known && p->previous <= pos->last.number) {
        if (p->previous != pos->last.number ||
            memcmp(p->previous_hash, pos->last.hash, PAGE_HASH_LEN) != 0) {
            return refuse(s, bytes, len);
        }
    } else if (p->previous >= first && !may_be_gone(s, p->previous)) {
        return refuse(s, bytes, len); /* the page before was left out */
    }
    if ((rc = s->page(p, bytes, len, s->arg)) == RC_OK) {
        pos->known = true;
        pos->last = link;
    }
    return rc;
}

/* Do all pages of a file, each parsed well, lie within the span? */
static enum rc
check_within(const struct scan *s, const struct span *span, const uint8_t *in,
             size_t len)
{
    struct page p;
    size_t used;

    for (; len > 0; in += used, len -= used) {
        enum rc rc = page_parse(&p, &used, s->board, in, len);

        if (rc != RC_OK) {
            return rc;
        }
        if (p.number < span->first || p.number > span->last) {
            return RC_FORMAT;
        }
    }
    return RC_OK;
}

static size_t
span_most(const struct scan *s, const struct span *span)
{
    uint64_t most = (span->last - span->first + 1) *
                    (uint64_t)page_len(s->board, s->board->max);

    return most < SPAN_MAX ? (size_t)most : SPAN_MAX;
}

static enum rc
fetch_span(const struct scan *s, const struct span *span, uint8_t **in,
           size_t *len)
{
    if (s->get != NULL) {
        return s->get(span->path, span_most(s, span), in, len, s->get_arg);
    }
    return net_get(s->net, s->circuit, s->url, span->path, span_most(s, span),
                   in, len);
}

/*
 * Fetches a span and checks all of it before a page is handed out. A span
 * that is not there holds no pages: the chain tells whether that is so.
 * too_large    set where the file is to be read in smaller spans
 */
static enum rc
take_span(const struct scan *s, struct scan_position *pos, uint64_t first,
          const struct span *span, bool *too_large)
{
    const uint8_t *p;
    uint8_t *in;
    size_t len, used;
    enum rc rc = fetch_span(s, span, &in, &len);

    *too_large = rc == RC_FULL;
    if (rc != RC_OK) {
        return rc == RC_MISSING || rc == RC_FULL ? RC_OK : rc;
    }
    if ((rc = page_check_span(s->board, in, len, s->relay_pk, NULL)) == RC_OK) {
        rc = check_within(s, span, in, len);
    }
    for (p = in; rc == RC_OK && len > 0; p += used, len -= used) {
        struct page page;

        if ((rc = page_parse(&page, &used, s->board, p, len)) == RC_OK) {
            rc = take_page(s, pos, first, &page, p, used);
        }
    }
    free(in);
    return rc == RC_TRUNCATED ? RC_FORMAT : rc;
}

static void
single_span(const struct scan *s, struct span *out, uint64_t number)
{
    out->first = out->last = number;
    (void)snprintf(out->path, sizeof out->path, "/v1/board/%u/%" PRIu64,
                   s->board->id, number);
}

/* The hour (3,600) or day (86,400 seconds) that has this page. */
static void
file_span(const struct scan *s, struct span *out, uint64_t number,
          uint32_t seconds)
{
    uint64_t n = number / pages_a(s, seconds);

    out->first = n * pages_a(s, seconds);
    out->last = out->first + pages_a(s, seconds) - 1;
    (void)snprintf(out->path, sizeof out->path, "/v1/board/%u/%s/%" PRIu64,
                   s->board->id, seconds == DAY_SECONDS ? "day" : "hour", n);
}

/* Pages one by one up to last, or the newest where that comes first. */
static enum rc
take_singles(const struct scan *s, struct scan_position *pos, uint64_t first,
             uint64_t at, uint64_t last)
{
    bool too_large = false;
    struct span span;
    enum rc rc = RC_OK;

    for (; rc == RC_OK && at <= last; at++) {
        if (is_late(s)) {
            return RC_AGAIN;
        }
        single_span(s, &span, at);
        rc = take_span(s, pos, first, &span, &too_large);
        if (too_large) {
            rc = RC_FORMAT;
        }
    }
    return rc;
}

static enum rc
take_single(const struct scan *s, struct scan_position *pos, uint64_t first,
            uint64_t *at)
{
    enum rc rc = take_singles(s, pos, first, *at, *at);

    *at += 1;
    return rc;
}

/* One hour, as a file or, if it is open and little is new, or the file too
 * large, as pages. *at moves behind it. */
static enum rc
take_hour(const struct scan *s, struct scan_position *pos, uint64_t first,
          uint64_t *at, uint64_t newest)
{
    bool too_large = true;
    struct span hour;
    enum rc rc = RC_OK;
    uint64_t last;

    file_span(s, &hour, *at, HOUR_SECONDS);
    last = hour.last < newest ? hour.last : newest;
    if (hour.last < newest || last - *at >= SINGLES_MAX || s->files) {
        rc = take_span(s, pos, first, &hour, &too_large);
    }
    if (too_large) {
        rc = take_singles(s, pos, first, *at, last);
    }
    *at = last + 1;
    return rc;
}

/* A closed day as one file, if we stand in its first hour, else the hour. */
static enum rc
take_some(const struct scan *s, struct scan_position *pos, uint64_t first,
          uint64_t *at, uint64_t newest)
{
    bool too_large = true;
    struct span day;
    enum rc rc = RC_OK;

    file_span(s, &day, *at, DAY_SECONDS);
    if (!s->hours && day.last < newest &&
        *at - day.first < pages_a(s, HOUR_SECONDS)) {
        rc = take_span(s, pos, first, &day, &too_large);
    }
    if (too_large) {
        return take_hour(s, pos, first, at, newest);
    }
    *at = day.last + 1;
    return rc;
}

/* The newest page by status, which is not signed: it must not send us through
 * the ages. */
static enum rc
check_newest(const struct scan *s, uint64_t newest)
{
    return newest / pages_a(s, DAY_SECONDS) > effective_today(s) + 1 ? RC_FORMAT
                                                                     : RC_OK;
}

/* Where reading begins: nothing older is kept. */
static uint64_t
begin_at(const struct scan *s, uint64_t first, uint64_t newest)
{
    uint64_t day = newest / pages_a(s, DAY_SECONDS);
    uint64_t oldest =
        day > s->retention ? (day - s->retention) * pages_a(s, DAY_SECONDS) : 0;

    return first > oldest ? first : oldest;
}

enum rc
scan_files(const struct scan *s, uint64_t first, struct scan_file **out,
           size_t *n)
{
    uint64_t at = begin_at(s, first, s->newest);
    enum rc rc = check_newest(s, s->newest);
    size_t cap;

    *out = NULL;
    *n = 0;
    if (rc != RC_OK) {
        return rc;
    }
    cap = at > s->newest
              ? 1
              : (size_t)((s->newest - at) / pages_a(s, DAY_SECONDS)) +
                    2 * (DAY_SECONDS / HOUR_SECONDS + 1);
    if ((*out = calloc(cap, sizeof **out)) == NULL) {
        return RC_NOMEM;
    }
    while (at <= s->newest && *n < cap) {
        struct scan_file *file = &(*out)[(*n)++];
        struct span span;

        file_span(s, &span, at, DAY_SECONDS);
        if (span.last >= s->newest ||
            at - span.first >= pages_a(s, HOUR_SECONDS)) {
            file_span(s, &span, at, HOUR_SECONDS);
        }
        memcpy(file->path, span.path, sizeof file->path);
        file->max = span_most(s, &span);
        at = span.last + 1;
    }
    return RC_OK;
}

enum rc
scan_from(const struct scan *s, struct scan_position *pos, uint64_t first)
{
    struct status_board st = {.newest = s->newest};
    uint64_t at;
    enum rc rc;

    if (!s->files && (rc = scan_status(s, &st)) != RC_OK) {
        return rc;
    }
    if (pos->known && st.newest < pos->last.number) {
        return RC_FORGED; /* it went back */
    }
    if ((rc = check_newest(s, st.newest)) != RC_OK) {
        return rc;
    }
    if (pos->known && first <= pos->last.number) {
        first = pos->last.number + 1;
    }
    at = begin_at(s, first, st.newest);
    if (s->singles && s->most > 0 && st.newest >= at &&
        st.newest - at >= s->most) {
        first = at = st.newest - s->most + 1;
        pos->known = false;
    }
    while (rc == RC_OK && at <= st.newest) {
        if (is_late(s)) {
            return RC_AGAIN;
        }
        rc = s->singles ? take_single(s, pos, first, &at)
                        : take_some(s, pos, first, &at, st.newest);
    }
    if (rc == RC_OK && st.newest >= first && !may_be_gone(s, st.newest) &&
        (!pos->known || pos->last.number < st.newest)) {
        return RC_FORGED; /* it names a page and does not show it */
    }
    return rc;
}
