/* SPDX-License-Identifier: ISC */
#include "plain.h"

#include "clock.h"
#include "http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define STATUS_LINE_MAX 160
#define CHUNK           65536 /* bytes of pages at a time; a larger page alone */

static void
refuse(struct plain *p, unsigned status)
{
    plain_wipe(p);
    p->status = status;
    p->bytes = (const uint8_t *)http_text(status);
    p->length = strlen(http_text(status));
}

/* The store failed, or what was asked for is not there. */
static void
refuse_rc(struct plain *p, enum rc rc)
{
    refuse(p, rc == RC_MISSING ? 404 : 503);
}

static void
get_directory(struct plain *p, struct relay *r)
{
    p->served = relay_served(r);
    p->bytes = p->served->bytes;
    p->length = p->served->len;
    p->flags = HTTP_BYTES;
}

static size_t
status_head(char *out, size_t cap, const struct relay *r,
            const struct served *s)
{
    const struct directory *d = s->directory;
    char id[2 * RELAY_ID_LEN + 1], hash[2 * NOTE_HASH_LEN + 1];
    char bundle[2 * KDF_LEN + 1];

    (void)sodium_bin2hex(id, sizeof id, r->id, RELAY_ID_LEN);
    (void)sodium_bin2hex(hash, sizeof hash, d->hash, NOTE_HASH_LEN);
    (void)sodium_bin2hex(bundle, sizeof bundle, s->hash, sizeof s->hash);
    return (size_t)snprintf(out, cap,
                            "tocsin 1\n"
                            "relay %s\n"
                            "directory %" PRIu64 " %s\n"
                            "bundle %s\n"
                            "retention %" PRIu32 "\n",
                            id, d->version, hash, bundle, d->retention);
}

static void
get_status(struct plain *p, struct relay *r)
{
    struct served *s = relay_served(r);
    const struct directory *d = s->directory;
    size_t cap = (d->n_boards + 5) * STATUS_LINE_MAX, len;
    char *out = malloc(cap);

    if (out == NULL) {
        served_release(s);
        refuse(p, 503);
        return;
    }
    len = status_head(out, cap, r, s);
    for (size_t i = 0; i < d->n_boards; i++) {
        const struct board *b = &d->boards[i];
        uint64_t newest = 0;
        uint16_t slots = b->slots;
        enum rc rc = store_newest(r->store, b->id, &newest, &slots);

        if (rc != RC_OK && rc != RC_MISSING) {
            served_release(s);
            free(out);
            refuse(p, 503);
            return;
        }
        len += (size_t)snprintf(
            out + len, cap - len, "board %u %" PRIu64 " %u %u\n", b->id, newest,
            rc == RC_OK ? slots : b->slots, store_effort(r->store, b->id));
    }
    served_release(s);
    p->own = (uint8_t *)out;
    p->bytes = p->own;
    p->length = len;
}

static void
get_page(struct plain *p, struct relay *r, const struct route *route)
{
    size_t len;
    enum rc rc =
        store_page(r->store, route->board, route->number, &p->own, &len);

    if (rc != RC_OK) {
        refuse_rc(p, rc);
        return;
    }
    p->bytes = p->own;
    p->length = len;
    p->flags = HTTP_BYTES | HTTP_FOR_EVER;
}

/* Hours and days: unit is their length in seconds. */
static void
get_span(struct plain *p, struct relay *r, const struct route *route,
         const struct board *b, uint32_t retention, int64_t now, uint64_t unit)
{
    uint64_t newest = 0, seen, start, first, last, bytes = 0;
    uint16_t slots;
    enum rc rc = store_newest(r->store, b->id, &newest, &slots);

    if (rc != RC_OK && rc != RC_MISSING) {
        refuse(p, 503);
        return;
    }
    /* The newest page is a clock, too, where this one is behind. */
    seen = now > 0 ? (uint64_t)now : 0;
    seen = newest * b->tick > seen ? newest * b->tick : seen;
    if (route->number > seen / unit ||
        route->number * unit / DAY_SECONDS + retention < seen / DAY_SECONDS) {
        refuse(p, 404);
        return;
    }
    start = route->number * unit;
    first = start / b->tick;
    last = first + unit / b->tick - 1;
    if (newest > last) {
        p->flags = HTTP_FOR_EVER;
    } else {
        last = newest; /* later ones would not fit the length */
    }
    p->flags |= HTTP_BYTES;
    if (rc == RC_OK && first <= last) {
        if ((rc = store_span(r->store, b->id, first, last, &bytes)) != RC_OK &&
            rc != RC_MISSING) {
            refuse(p, 503);
            return;
        }
    }
    p->length = p->left = bytes;
    p->span = bytes > 0;
    p->board = b->id;
    p->next = first;
    p->last = last;
    p->page_max = page_len(b, b->max);
}

static void
get_board(struct plain *p, struct relay *r, const struct route *route,
          int64_t now)
{
    struct served *s = relay_served(r);
    const struct board *b =
        board_find(s->directory->boards, s->directory->n_boards, route->board);

    if (b == NULL) {
        refuse(p, 404);
    } else if (route->kind == ROUTE_PAGE) {
        get_page(p, r, route);
    } else {
        get_span(p, r, route, b, s->directory->retention, now,
                 route->kind == ROUTE_HOUR ? 3600 : DAY_SECONDS);
    }
    served_release(s);
}

void
plain_get(struct plain *out, struct relay *r, const struct route *route,
          int64_t now)
{
    memset(out, 0, sizeof *out);
    out->status = 200;
    switch (route->kind) {
    case ROUTE_STATUS:
        get_status(out, r);
        break;
    case ROUTE_DIRECTORY:
        get_directory(out, r);
        break;
    case ROUTE_PAGE:
    case ROUTE_HOUR:
    case ROUTE_DAY:
        get_board(out, r, route, now);
        break;
    case ROUTE_NONE:
    case ROUTE_EXCHANGE:
        refuse(out, 404);
        break;
    }
}

enum rc
plain_more(struct plain *p, struct store *store, const uint8_t **out,
           size_t *len)
{
    enum rc rc = RC_OK;

    *out = NULL;
    *len = 0;
    while (rc == RC_OK && *len == 0) {
        p->cap = p->cap > 0 ? p->cap : CHUNK;
        if (p->own == NULL && (p->own = malloc(p->cap)) == NULL) {
            return RC_NOMEM;
        }
        rc = store_span_read(store, p->board, p->next, p->last, p->own, p->cap,
                             len, &p->next);
        if (rc == RC_OK && *len == 0) {
            if (p->next > p->last || p->cap >= p->page_max) {
                rc = RC_MISSING; /* pages have expired since the head was sent */
            }
            free(p->own); /* a page of its own is larger */
            p->own = NULL;
            p->cap = p->page_max;
        }
    }
    if (rc == RC_OK && *len > p->left) {
        rc = RC_MISSING;
    }
    if (rc == RC_OK) {
        p->left -= *len;
        *out = p->own;
    }
    return rc;
}

void
plain_wipe(struct plain *p)
{
    served_release(p->served);
    free(p->own);
    memset(p, 0, sizeof *p);
}
