/* SPDX-License-Identifier: ISC */
/*
 * Page hashes kept for retention, compared with what relays serve later and
 * with what other desks signed as seen. PROTOCOL.md sections 7 and 8.6.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include "desk.h"

#include <stdint.h>

#define WITNESS_CHUNKS 4 /* hours held in memory */

/* The hashes of one hour of one board at one relay; a row of its own. */
struct witness_chunk {
    uint8_t relay[32];
    uint8_t board;
    uint64_t hour;
    struct page_link *pages; /* ascending, n of cap; heap */
    size_t n, cap;
    bool used, dirty;
    uint64_t touched; /* for choosing which one to put away */
};

struct witness {
    struct vault *vault; /* borrowed */
    struct witness_chunk chunks[WITNESS_CHUNKS];
    uint64_t touches;
};

/* A page in question. */
struct witness_page {
    const uint8_t *relay;
    uint8_t board;
    uint16_t tick;
    uint64_t number;
};

void witness_init(struct witness *w, struct vault *v);
/*
 * Note the hash of a signed page. Kept in memory until witness_flush.
 * returns  RC_OK; RC_TAKEN: another hash stands there (a fork; the first one
 *          stays); RC_IO and others of the vault
 */
enum rc witness_add(struct witness *w, const struct witness_page *page,
                    const uint8_t hash[static PAGE_HASH_LEN]) MUST_CHECK;
/* The hash of a page; RC_MISSING when there is none. */
enum rc witness_get(struct witness *w, const struct witness_page *page,
                    uint8_t hash[static PAGE_HASH_LEN]) MUST_CHECK;
/* The last page of a day; RC_MISSING. page->number is not read. */
enum rc witness_last_of_day(struct witness *w,
                            const struct witness_page *page, uint32_t day,
                            struct page_link *out) MUST_CHECK;
enum rc witness_flush(struct witness *w) MUST_CHECK;
/* Forget pages before this unix time. */
enum rc witness_prune(struct witness *w, int64_t before) MUST_CHECK;
void witness_wipe(struct witness *w);

/* What a seen note says against what we have seen. */
enum witness_verdict {
    WITNESS_AGREES,
    WITNESS_UNKNOWN, /* outside of what we have scanned */
    WITNESS_FORK,    /* another page of that number */
    WITNESS_HOLE     /* we have pages before and after, not this one */
};
/* seen: a page of a seen note; tick of its board; where: our scan of it. */
enum rc witness_compare(struct witness *w, enum witness_verdict *out,
                        const struct seen_page *seen, uint16_t tick,
                        const struct position_rec *where) MUST_CHECK;

#endif
