/* SPDX-License-Identifier: ISC */
#include "slots.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

enum rc
slots_init(struct slots *s, size_t total, const uint8_t *bitmap)
{
    memset(s, 0, sizeof *s);
    if ((s->free = calloc(total > 0 ? total : 1, sizeof *s->free)) == NULL) {
        return RC_NOMEM;
    }
    s->total = total;
    for (size_t i = 0; i < total; i++) {
        if ((bitmap[i / 8] >> (i % 8) & 1) == 0) {
            s->free[s->n_free++] = (uint32_t)i;
        }
    }
    return RC_OK;
}

void
slots_wipe(struct slots *s)
{
    free(s->free);
    free(s->doomed);
    memset(s, 0, sizeof *s);
}

/* A random one of n, the last moves to its place. */
static uint32_t
draw(uint32_t *from, size_t n)
{
    uint32_t i = randombytes_uniform((uint32_t)n);
    uint32_t slot = from[i];

    from[i] = from[n - 1];
    return slot;
}

enum rc
slots_take(struct slots *s, uint32_t *slot)
{
    *slot = 0;
    if (s->n_open == 0) {
        return s->n_free > 0 || s->n_doomed > 0 ? RC_AGAIN : RC_FULL;
    }
    *slot = draw(s->open, s->n_open--);
    s->used[s->n_used++] = *slot;
    return RC_OK;
}

enum rc
slots_give(struct slots *s, uint32_t slot)
{
    if (s->n_doomed == s->cap_doomed) {
        size_t cap = s->cap_doomed > 0 ? s->cap_doomed * 2 : 64;
        uint32_t *more = reallocarray(s->doomed, cap, sizeof *more);

        if (more == NULL) {
            return RC_NOMEM;
        }
        s->doomed = more;
        s->cap_doomed = cap;
    }
    s->doomed[s->n_doomed++] = slot;
    return RC_OK;
}

bool
slots_refill(struct slots *s)
{
    while (s->n_open < SLOTS_OPEN_MAX && s->n_free > 0) {
        s->open[s->n_open++] = draw(s->free, s->n_free--);
        s->fresh++;
    }
    return s->fresh > 0 || s->n_used > 0 || s->n_doomed > 0;
}

void
slots_keep(struct slots *s)
{
    s->n_used = 0;
    s->fresh = 0;
}

void
slots_free_doomed(struct slots *s)
{
    for (size_t i = 0; i < s->n_doomed; i++) {
        s->free[s->n_free++] = s->doomed[i];
    }
    s->n_doomed = 0;
}

void
slots_undo(struct slots *s)
{
    /* In this order there is room: it is what was open before. */
    for (; s->fresh > 0; s->fresh--) {
        s->free[s->n_free++] = s->open[--s->n_open];
    }
    while (s->n_used > 0) {
        s->open[s->n_open++] = s->used[--s->n_used];
    }
    s->n_doomed = 0;
}
