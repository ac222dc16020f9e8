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
    size_t page_max; /* the largest page of the board */
};

/* Never fails: what goes wrong is a status. now is unix time. */
void plain_get(struct plain *out, struct relay *r, const struct route *route,
               int64_t now);
/*
 * The next pages of a span.
 * buf      cap bytes, at least page_max
 * returns  RC_OK with *len above 0; RC_MISSING: they are not there any more
 */
enum rc plain_more(struct plain *p, struct store *store, uint8_t *buf,
                   size_t cap, size_t *len) MUST_CHECK;
void plain_wipe(struct plain *p);

#endif
