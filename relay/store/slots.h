/* SPDX-License-Identifier: ISC */
/*
 * Which slots of the slab are free, and the few that may be written next.
 *
 * A slot that was written in a group that never committed would keep what
 * nobody refers to. So a group only writes slots of the open set, which an
 * earlier group put on record; at start the whole set is overwritten.
 * Memory only; used by the thread that writes.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLOTS_OPEN_MAX 1024 /* so many a group may write */

struct slots {
    uint32_t *free; /* in no order; taken at random */
    size_t n_free;
    size_t total;
    uint32_t open[SLOTS_OPEN_MAX];
    size_t n_open;
    size_t fresh; /* the last so many of open are new in this group */
    uint32_t used[SLOTS_OPEN_MAX]; /* taken in this group */
    size_t n_used;
    uint32_t *doomed; /* given back in this group, not yet overwritten */
    size_t n_doomed;
    size_t cap_doomed;
};

/* All slots that are not set in the bitmap are free. */
enum rc slots_init(struct slots *s, size_t total,
                   const uint8_t *bitmap) MUST_CHECK;
void slots_wipe(struct slots *s);
/* A random free slot. RC_FULL (there is none), RC_AGAIN (not in this group). */
enum rc slots_take(struct slots *s, uint32_t *slot) MUST_CHECK;
/* Give a slot back; it is free once it was overwritten. */
enum rc slots_give(struct slots *s, uint32_t slot) MUST_CHECK;
/* Fill up the open set. True if what is on record has to change. */
bool slots_refill(struct slots *s);
/* After a commit: what was taken is in use, what is fresh counts. */
void slots_keep(struct slots *s);
/* After the doomed ones were overwritten. */
void slots_free_doomed(struct slots *s);
/* After a group that failed: everything as before it. */
void slots_undo(struct slots *s);

#endif
