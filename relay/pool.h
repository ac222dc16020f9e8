/* SPDX-License-Identifier: ISC */
/*
 * The entries of one board that wait for their page, and what the board makes
 * of them: when an entry is due, which go first, how many slots a page has,
 * what effort is asked for. PROTOCOL.md sections 3 and 4.
 *
 * Memory only, no locks, no clock. What a group of the store changes is marked
 * until pool_settle says whether the group came true.
 */
#ifndef POOL_H
#define POOL_H

#include "board.h"
#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_PAGES    64 /* a pool holds the entries of so many full pages */
#define POOL_HASH_LEN 32

/* Bits: an entry may come and be sealed in the same group. */
enum pool_state {
    POOL_WAITS = 0,
    POOL_NEW = 1,  /* came in this group */
    POOL_TAKEN = 2 /* sealed in this group */
};

struct pool_entry {
    uint8_t hash[POOL_HASH_LEN];
    uint64_t due;  /* page number */
    uint32_t slot; /* where the store keeps it, and the week of its key */
    uint32_t week;
    uint8_t effort;
    uint8_t state;  /* bits of enum pool_state */
    uint32_t chain; /* next of the same bucket, POOL_NONE at the end */
};

/* What one page would have needed. */
struct pool_demand {
    uint64_t page;
    uint32_t entries;
};

struct pool {
    struct board board;
    struct pool_entry *entries;
    size_t n;
    size_t cap;
    size_t n_new;   /* of n */
    size_t n_taken; /* of n */
    uint32_t *buckets;
    size_t n_buckets; /* a power of 2 */
    /* The pages of the last hour since `since`, at number mod n_hour. It is
     * not kept on disk: it would say how much was real. */
    struct pool_demand *hour;
    size_t n_hour;
    bool watched;
    bool told; /* in this group */
    uint64_t since;
};

enum rc pool_init(struct pool *p, const struct board *b) MUST_CHECK;
void pool_wipe(struct pool *p);

/* The first page number that still takes entries at `now`, seconds since 1970.
 * newest: of the board, 0 before the first page. */
uint64_t pool_open_page(const struct board *b, uint64_t newest, int64_t now);
/* Draws a page for an entry: uniform among the next `spread` open ones. */
uint64_t pool_due(const struct board *b, uint64_t open);
/* The effort to ask for when so many wait and there is room for so many: 0 up
 * to a quarter full, then 10, 13 and 15. */
uint8_t pool_effort(size_t waiting, size_t room);
/* Entries that are on no page yet. */
size_t pool_waiting(const struct pool *p);
/* The entry of that hash, or NULL; good until the pool changes. */
const struct pool_entry *pool_find(const struct pool *p,
                                   const uint8_t hash[static POOL_HASH_LEN]);
/* Takes a copy, as POOL_WAITS (loading) or POOL_NEW. RC_FULL. */
enum rc pool_add(struct pool *p, const struct pool_entry *e) MUST_CHECK;

/* How many entries page n would take if it had room. */
size_t pool_demanded(const struct pool *p, uint64_t n);
/*
 * Slots of page n: those of the page before (0: there is none), doubled until
 * they hold the demand, at most max; or halved once, not below slots, if this
 * page and every one of the last hour would fit into half.
 */
uint16_t pool_slots(const struct pool *p, uint64_t n, uint16_t previous);
/*
 * Choose at most `slots` entries for page n and mark them POOL_TAKEN. When
 * more are due than fit, three quarters of the slots go to the highest effort
 * (equal effort: by lot), the rest by lot.
 * out      room for `slots` pointers; good until the pool changes
 */
size_t pool_choose(struct pool *p, uint64_t n, uint16_t slots,
                   const struct pool_entry **out);
/* Remember what page n needed. */
void pool_remember(struct pool *p, uint64_t n, size_t demand);
/* The group is over. ok: new entries wait, taken ones are gone; else as it
 * was before, and the last hour is forgotten. */
void pool_settle(struct pool *p, bool ok);

#endif
