/* SPDX-License-Identifier: ISC */
/*
 * What the relay keeps: drops, boards, notes. One backend is linked.
 * Every backend passes tests/unit/store_contract_test.c.
 *
 * Threads: everything that writes is called by one thread, in groups. What a
 * group reports counts only once store_commit has returned RC_OK: then all of
 * it is on disk. When it fails, nothing of it is to be acknowledged; what a
 * disk did that failed shows at the next start. Every operation may come again.
 * Reading is for any thread at any time and sees committed groups only.
 *
 * Nothing in here is logged. Days and weeks are the only times that are kept.
 */
#ifndef STORE_H
#define STORE_H

#include "board.h"
#include "cell.h"
#include "page.h"
#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/* What setup decides, once. */
struct store_setup {
    const char *dir;
    uint64_t boxes; /* slots of the slab, really written */
    /* Called now and then while the slab is written; may be NULL. */
    void (*progress)(uint64_t done, uint64_t total, void *arg);
    void *arg;
};

struct store_options {
    const char *dir;
    const struct board *boards; /* copied */
    size_t n_boards;
    uint32_t retention;      /* days that pages and, at most, drops live */
    uint32_t tombstones_max; /* 0: as many as boxes */
    /* How far the clock is believed, days; leap 0: whatever it says. Beyond
     * the newest of known_day and the last day that the store has seen, by
     * leap; a store that has seen none, beyond first_day, and before
     * known_day. */
    uint32_t leap;
    uint32_t known_day;
    uint32_t first_day;
};

/* RC_TAKEN when there is a store already. */
enum rc store_create(const struct store_setup *setup) MUST_CHECK;
/*
 * now      unix time: expired things are dropped before anything is served
 * returns  RC_OK; RC_MISSING (no store); RC_FORMAT (damaged, see
 *          store_error); RC_FULL (the disk can't hold retention's pages);
 *          RC_AGAIN (another process has it open); RC_EXPIRED (the clock is
 *          ahead, see leap: nothing was changed)
 */
enum rc store_open(struct store **out, const struct store_options *opt,
                   int64_t now) MUST_CHECK;
void store_close(struct store *s);
/* The last day that the store has seen, by the clock it was handed. */
uint32_t store_day(struct store *s);
/*
 * The same of a store that is not open here, or not at all; changes nothing.
 * day      0: it has seen none
 * returns  RC_OK; RC_MISSING, RC_FORMAT, RC_IO, RC_NOMEM, see store_error
 */
enum rc store_look(uint32_t *day, const char *dir) MUST_CHECK;
/* One line about the last failure of open or create, never of content. */
const char *store_error(void);

/*
 * A group. RC_IO from store_commit: the disk is full, and groups may work
 * again later; or a sync failed, then nobody knows what the disk has: every
 * store_begin from there on says RC_IO, and only a new start helps.
 * About 1,000 new boxes and entries fit into a group; more get CELL_AGAIN.
 */
enum rc store_begin(struct store *s) MUST_CHECK;
enum rc
store_commit(struct store *s) MUST_CHECK; /* ends the group either way */
void store_abort(struct store *s);

/* Operations of a group answer with the status of section 3, or with RC_IO
 * (the group must then be aborted). now is unix time. */
struct store_put {
    const uint8_t *address;
    const uint8_t *burn_hash;
    const uint8_t *box; /* CELL_BOX_LEN */
};
enum rc store_put(struct store *s, const struct store_put *put, int64_t now,
                  enum cell_status *status, uint32_t *expiry_day) MUST_CHECK;
enum rc store_burn(struct store *s, const uint8_t address[static 32],
                   const uint8_t burn_hash[static 32],
                   enum cell_status *status) MUST_CHECK;

/* RING. effort: what the cell shows. asked: what the board asks for now.
 * page: where it is sealed or due. A board that the store was not opened with
 * takes nothing: CELL_AGAIN. */
struct store_ring {
    uint8_t board;
    const uint8_t *entry;
    unsigned effort;
};
struct store_rung {
    enum cell_status status;
    uint8_t asked;
    uint64_t page;
};
enum rc store_ring(struct store *s, const struct store_ring *ring, int64_t now,
                   struct store_rung *out) MUST_CHECK;
/*
 * Seal the page of that board that is due at `now`, if one is: entries that
 * are due, dummies, chain, signature. *sealed says whether. A page number is
 * never sealed twice and never below the newest. A board that the store was
 * not opened with has none.
 */
enum rc store_seal(struct store *s, uint8_t board, int64_t now,
                   const uint8_t page_sk[static 64], bool *sealed) MUST_CHECK;
/* Desk and seen notes, by organisation. kind: 'd' or 's'. */
enum rc store_note_put(struct store *s, char kind, const uint8_t org[static 32],
                       const uint8_t *note, size_t len) MUST_CHECK;
/*
 * Drop what has expired by now, destroy week keys. Cheap when nothing has.
 * returns  RC_OK; RC_AGAIN: a piece of it is done, commit and call it in a
 *          group soon after for more; RC_IO (abort)
 */
enum rc store_expire(struct store *s, int64_t now) MUST_CHECK;

/* Reading, from any thread. */
/* RC_OK, RC_MISSING (absent, burned, expired). box: CELL_BOX_LEN bytes. */
enum rc store_get(struct store *s, const uint8_t address[static 32],
                  int64_t now, uint8_t *box) MUST_CHECK;
/* Where an entry stands on that board; lets a RING that repeats be answered
 * without a group. RC_MISSING if it neither waits nor stands on a page. entry:
 * as long as the board's are. */
enum rc store_entry_find(struct store *s, uint8_t board, const uint8_t *entry,
                         struct store_rung *out) MUST_CHECK;
/* Effort the board asks for at this moment. */
uint8_t store_effort(struct store *s, uint8_t board);
/* Newest page and its slots; RC_MISSING before the first. */
enum rc store_newest(struct store *s, uint8_t board, uint64_t *number,
                     uint16_t *slots) MUST_CHECK;
/*
 * The hash of the newest page numbered at most `last`, as the page after it
 * names it where there is one; all zero where there is no such page.
 */
enum rc store_hash_at(struct store *s, uint8_t board, uint64_t last,
                      uint8_t hash[static 32]) MUST_CHECK;
/* One page, heap; the caller frees it. */
enum rc store_page(struct store *s, uint8_t board, uint64_t number,
                   uint8_t **out, size_t *len) MUST_CHECK;
/* How many bytes the pages numbered first..last have together. */
enum rc store_span(struct store *s, uint8_t board, uint64_t first,
                   uint64_t last, uint64_t *bytes) MUST_CHECK;
/*
 * Copies whole pages of first..last into buf, as many as fit, ascending.
 * *next: the number to go on with, last + 1 at the end.
 */
enum rc store_span_read(struct store *s, uint8_t board, uint64_t first,
                        uint64_t last, uint8_t *buf, size_t cap, size_t *len,
                        uint64_t *next) MUST_CHECK;
enum rc store_note(struct store *s, char kind, const uint8_t org[static 32],
                   uint8_t **out, size_t *len) MUST_CHECK;

struct store_stats {
    uint64_t boxes; /* slots there are */
    uint64_t boxes_used;
    uint64_t tombstones;
    uint64_t waiting;   /* entries not yet sealed, all boards */
    uint32_t life_days; /* life that a new drop is granted now */
    uint64_t lost;      /* waiting entries that the disk did not keep, since
                             store_open: a sign of a failing disk */
};
void store_stats(struct store *s, struct store_stats *out);

#endif
