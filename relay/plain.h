/* SPDX-License-Identifier: ISC */
/*
 * The plain GETs: status, bundle, pages and spans of pages. The same bytes
 * for everybody. PROTOCOL.md section 3.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "relay.h"
#include "route.h"

/* What one GET is answered with. */
struct plain {
    unsigned status;
    unsigned flags; /* HTTP_... */
    uint64_t length;
    const uint8_t *bytes;  /* all of it, in one of the next two; or NULL */
    uint8_t *own;          /* heap */
    struct served *served; /* held */
    bool span;             /* pages next..last of board, by plain_more */
    uint8_t board;
    uint64_t next;
    uint64_t last;
    uint64_t left;   /* bytes of the span still to come */
    size_t page_max; /* the largest page that the board may have */
    size_t cap;      /* of own, while it holds pages of a span */
};

/* Never fails: what goes wrong is a status. now is unix time. */
void plain_get(struct plain *out, struct relay *r, const struct route *route,
               int64_t now);
/*
 * The next pages of a span. Memory is held for 64 KiB of them, or for a page
 * that is larger, not for the largest there may be.
 * out      good until the next call
 * returns  RC_OK with *len above 0; RC_MISSING: they are not there any more;
 *          RC_NOMEM
 */
enum rc plain_more(struct plain *p, struct store *store, const uint8_t **out,
                   size_t *len) MUST_CHECK;
void plain_wipe(struct plain *p);

#endif
