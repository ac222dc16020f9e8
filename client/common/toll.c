/* SPDX-License-Identifier: ISC */
#include "toll.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"
#include "clock.h"
#include "effort.h"
#include "reach.h"

#define TRIES 2048 /* between two looks at the clock */
/* So many single pages after the hour are asked for, then whole hours: the
 * relay may have been away when they were due. */
#define SINGLES     8
#define FILE_MAX    (64u * 1024 * 1024) /* a larger one is read as pages */
#define PATIENCE_MS (10 * 60 * 1000)    /* for all that is asked */

void
toll_nonce(struct toll *t, uint8_t cell[static CELL_LEN])
{
    if (!t->drawn) {
        randombytes_buf(t->nonce, sizeof t->nonce);
        t->drawn = true;
    }
    memcpy(cell + CELL_NONCE_OFFSET, t->nonce, CELL_NONCE_LEN);
}

bool
toll_is_asked(const struct cell_answer *ans)
{
    return ans->status == CELL_MORE_EFFORT || ans->status == CELL_AGAIN;
}

enum rc
toll_asked(struct toll *t, const struct board *board, int64_t pause_ms)
{
    const int64_t tick_ms = (int64_t)board->tick * 1000;
    const int64_t least = pause_ms * TOLL_WAIT_MIN / 10;
    const int64_t most = pause_ms * TOLL_WAIT_MAX / 10;
    int64_t wait = least, page;

    if (t->retries == TOLL_RETRIES) {
        return RC_FULL;
    }
    t->retries++;
    wait += randombytes_uniform((uint32_t)(most - least + 1));
    t->page_due = (clock_now() / board->tick + 1) * board->tick;
    page = tick_ms - clock_now() % board->tick * 1000;
    t->drawn_ms = clock_mono_ms() + wait;
    t->at_ms = clock_mono_ms() + (wait > page ? wait : page);
    return RC_OK;
}

int64_t
toll_left_ms(const struct toll *t)
{
    const int64_t now = clock_mono_ms();

    if (now >= t->at_ms || (now >= t->drawn_ms && clock_now() >= t->page_due)) {
        return 0;
    }
    return t->at_ms - now;
}

int64_t
toll_next(const struct toll *list, size_t n)
{
    const int64_t now = clock_mono_ms();
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < n; i++) {
        if (list[i].at_ms > now && list[i].at_ms < next) {
            next = list[i].at_ms;
        }
    }
    return next;
}

/* h, as a file of the relay's pages says it. RC_FULL: too large a file. */
static enum rc
look_into(uint8_t h[static PAGE_HASH_LEN], const struct toll_at *at,
          int64_t hour, const char *path, size_t most)
{
    struct network_via via = {.net = at->net,
                              .circuit = *at->circuit,
                              .tries = at->tries,
                              .again_ms = at->again_ms,
                              .stop = at->stop};
    uint8_t *file;
    size_t len;
    enum rc rc = reach_get(&via, at->url, path,
                           most < FILE_MAX ? most : FILE_MAX, &file, &len);

    if (rc != RC_OK) {
        return rc == RC_FULL && most <= FILE_MAX ? RC_FORMAT : rc;
    }
    rc = effort_page_hash(h, at->board, at->relay_pk, hour, file, len);
    free(file);
    return rc;
}

/* The same, of the pages from one number up to another. */
static enum rc
look_at_pages(uint8_t h[static PAGE_HASH_LEN], const struct toll_at *at,
              int64_t hour, uint64_t first, uint64_t last)
{
    const size_t most = page_len(at->board, at->board->max);
    char path[64];
    enum rc rc = RC_MISSING;

    for (uint64_t n = first; n <= last && rc == RC_MISSING; n++) {
        (void)snprintf(path, sizeof path, "/v1/board/%u/%" PRIu64,
                       at->board->id, n);
        rc = look_into(h, at, hour, path, most);
    }
    return rc;
}

/* The same, of the file of the hour that begins then. */
static enum rc
look_at_hour(uint8_t h[static PAGE_HASH_LEN], const struct toll_at *at,
             int64_t hour, int64_t begins)
{
    const uint64_t pages = EFFORT_HOUR / at->board->tick;
    const uint64_t first = (uint64_t)begins / at->board->tick;
    char path[64];
    enum rc rc;

    (void)snprintf(path, sizeof path, "/v1/board/%u/hour/%" PRId64,
                   at->board->id, begins / EFFORT_HOUR);
    rc = look_into(h, at, hour, path,
                   page_len(at->board, at->board->max) * pages);
    return rc == RC_FULL ? look_at_pages(h, at, hour, first, first + pages - 1)
                         : rc;
}

enum rc
toll_challenge(uint8_t c[static KDF_LEN], const struct toll_at *at)
{
    const int64_t hour = effort_hour(at->board, at->now);
    const uint64_t number = (uint64_t)hour / at->board->tick;
    uint8_t h[PAGE_HASH_LEN];
    enum rc rc;

    net_set_deadline(at->net,
                     clock_mono_ms() +
                         (at->patience_ms > 0 ? at->patience_ms : PATIENCE_MS));
    rc = look_at_pages(h, at, hour, number + 1, number + SINGLES);
    for (int64_t s = hour; rc == RC_MISSING && s <= at->now; s += EFFORT_HOUR) {
        rc = look_at_hour(h, at, hour, s);
    }
    net_set_deadline(at->net, 0);
    if (rc == RC_OK) {
        effort_challenge(c, at->relay_id, at->board->id, h);
    }
    return rc == RC_TRUNCATED ? RC_FORMAT : rc;
}

const char *
toll_text(enum rc rc)
{
    return rc == RC_MISSING
               ? _("it asks for work, and shows no page that says what the "
                   "work is about")
               : _(rc_text(rc));
}

enum rc
toll_work(struct toll *t, const uint8_t cell[static CELL_LEN],
          const uint8_t c[static KDF_LEN], unsigned effort, uint64_t *start)
{
    uint8_t work[CELL_LEN];
    enum rc rc;

    memcpy(work, cell, CELL_LEN);
    rc = effort_solve(work, c, effort, start, TRIES);
    if (rc == RC_OK) {
        memcpy(t->nonce, work + CELL_NONCE_OFFSET, CELL_NONCE_LEN);
        t->drawn = true;
    }
    sodium_memzero(work, sizeof work);
    return rc;
}
