/* SPDX-License-Identifier: ISC */
/* From disk to memory, at start. */
#include "lmdb_store.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "clock.h"

/* What goes over every record of a database. */
struct scan {
    struct store *s;
    uint8_t *bitmap;   /* slots that something refers to */
    uint32_t *ended;   /* slots of waiting entries: damaged, or outlived */
    size_t n_ended;
    size_t cap_ended;
    uint32_t today;
};

/* RC_FORMAT when two records name one slot, or one that there is not. */
static enum rc
claim(struct scan *c, uint32_t slot)
{
    if (slot >= c->s->head.slots || (c->bitmap[slot / 8] >> (slot % 8) & 1)) {
        return RC_FORMAT;
    }
    c->bitmap[slot / 8] |= (uint8_t)(1u << (slot % 8));
    return RC_OK;
}

static enum rc
load_drop(struct scan *c, const MDB_val *k, const MDB_val *v)
{
    struct drop_record rec;
    enum rc rc = drop_record_parse(&rec, v);

    if (rc != RC_OK || k->mv_size != DROP_ADDRESS_LEN) {
        return RC_FORMAT;
    }
    if (rec.kind == DROP_TOMBSTONE) {
        c->s->now.tombstones++;
        return RC_OK;
    }
    c->s->now.drops++;
    return claim(c, rec.slot);
}

static enum rc
ended_add(struct scan *c, uint32_t slot)
{
    if (c->n_ended == c->cap_ended) {
        size_t cap = c->cap_ended > 0 ? c->cap_ended * 2 : 16;
        uint32_t *more = reallocarray(c->ended, cap, sizeof *more);

        if (more == NULL) {
            return RC_NOMEM;
        }
        c->ended = more;
        c->cap_ended = cap;
    }
    c->ended[c->n_ended++] = slot;
    return RC_OK;
}

/* The slot itself says what waits in it. RC_EXPIRED: for a board that the
 * directory has no more, since before its page would have been dropped. */
static enum rc
waiting_open(struct store *s, uint32_t slot, uint32_t week, uint32_t today)
{
    uint8_t key[SLABKEYS_KEY_LEN], block[SLAB_BLOCK_LEN];
    struct pool_entry e = {.slot = slot, .week = week, .state = POOL_WAITS};
    struct slab_item item;
    struct store_board *b;
    enum rc rc = slabkeys_get(s->keys, week, key);

    if (rc == RC_OK) {
        rc = slab_read(&item, s->slab_fd, slot, key, block);
    }
    sodium_memzero(key, sizeof key);
    if (rc == RC_OK && item.kind != SLAB_WAITING) {
        rc = RC_FORGED;
    }
    if (rc != RC_OK) {
        return rc;
    }
    if ((b = lmdb_board(s, item.board)) != NULL) {
        memcpy(e.hash, item.id, sizeof e.hash);
        e.due = item.due;
        e.effort = item.effort;
        rc = pool_add(&b->pool, &e);
    } else if (lmdb_outlived(s, week, today)) {
        rc = RC_EXPIRED;
    }
    /* Else the directory has the board no more: the entry waits for a
     * directory that has it again, or a pool with room. */
    if (((b == NULL && rc == RC_OK) || rc == RC_FULL) &&
        week < s->orphan_week) {
        s->orphan_week = week;
    }
    sodium_memzero(block, sizeof block);
    return rc == RC_FULL ? RC_OK : rc;
}

static enum rc
load_waiting(struct scan *c, const MDB_val *k, const MDB_val *v)
{
    struct reader rk, rv;
    uint32_t slot, week;
    enum rc rc;

    rd_init(&rk, k->mv_data, k->mv_size);
    slot = rd_u32(&rk);
    rd_init(&rv, v->mv_data, v->mv_size);
    week = rd_u32(&rv);
    if (rd_end(&rk) != RC_OK || rd_end(&rv) != RC_OK) {
        return RC_FORMAT;
    }
    if ((rc = claim(c, slot)) != RC_OK) {
        return rc;
    }
    rc = waiting_open(c->s, slot, week, c->today);
    if (rc == RC_FORGED || rc == RC_FORMAT || rc == RC_MISSING) {
        if (rc != RC_MISSING || !lmdb_outlived(c->s, week, c->today)) {
            c->s->lost++;
        }
        rc = ended_add(c, slot);
    } else if (rc == RC_EXPIRED) {
        rc = ended_add(c, slot);
    }
    return rc;
}

static enum rc
each(struct scan *c, MDB_dbi dbi,
     enum rc (*load)(struct scan *c, const MDB_val *k, const MDB_val *v))
{
    MDB_cursor *cursor;
    MDB_val k, v;
    enum rc rc = lmdb_rc(mdb_cursor_open(c->s->txn, dbi, &cursor));

    if (rc != RC_OK) {
        return rc;
    }
    while ((rc = lmdb_rc(mdb_cursor_get(cursor, &k, &v, MDB_NEXT))) == RC_OK) {
        if ((rc = load(c, &k, &v)) != RC_OK) {
            break;
        }
    }
    mdb_cursor_close(cursor);
    return rc == RC_MISSING ? RC_OK : rc;
}

static enum rc
load_board(struct store *s, struct store_board *b, const char **what)
{
    uint8_t key[6] = {'b', 'o', 'a', 'r', 'd', b->board.id};
    struct reader r;
    uint16_t tick;
    MDB_val v;
    enum rc rc = lmdb_get(s->txn, s->meta, key, sizeof key, &v);

    if (rc == RC_MISSING) {
        return RC_OK;
    }
    if (rc != RC_OK) {
        return rc;
    }
    rd_init(&r, v.mv_data, v.mv_size);
    tick = rd_u16(&r);
    b->now.any = true;
    b->now.newest = rd_u64(&r);
    b->now.slots = rd_u16(&r);
    rd_copy(&r, b->now.hash, sizeof b->now.hash);
    rd_require(&r, b->now.newest > 0);
    if (r.rc == RC_OK && tick != b->board.tick) {
        /* Its page numbers would jump, or never come again. */
        *what = "the directory gives a board another tick than its pages "
                "have: a changed board needs a new id";
        return RC_FORMAT;
    }
    /* The directory ought not to change this either. */
    if (!board_slots_ok(&b->board, b->now.slots)) {
        b->now.slots = b->board.slots;
    }
    return rd_end(&r);
}

enum rc
lmdb_load_day(struct store *s)
{
    struct reader r;
    MDB_val v;
    enum rc rc = lmdb_get(s->txn, s->meta, "day", 3, &v);

    if (rc != RC_OK) {
        return rc == RC_MISSING ? RC_OK : rc;
    }
    rd_init(&r, v.mv_data, v.mv_size);
    s->now.day = rd_u32(&r);
    return rd_end(&r);
}

static enum rc
load_format(struct store *s, const char **what)
{
    struct reader r;
    const uint8_t *id;
    MDB_val v;
    enum rc rc = lmdb_get(s->txn, s->meta, "format", 6, &v);

    if (rc != RC_OK) {
        return rc == RC_MISSING ? RC_FORMAT : rc;
    }
    rd_init(&r, v.mv_data, v.mv_size);
    if (rd_u32(&r) != STORE_FORMAT) {
        *what = "index.lmdb is of another version of tocsin-relayd: set up a "
                "new store";
        return RC_FORMAT;
    }
    id = rd_bytes(&r, SLAB_ID_LEN);
    rd_require(&r, id != NULL && memcmp(id, s->head.id, SLAB_ID_LEN) == 0);
    return rd_end(&r);
}

/* Overwrites the slots that the last group before may have left half done. */
static enum rc
wipe_open(struct scan *c)
{
    struct store *s = c->s;
    struct reader r;
    uint32_t slot;
    MDB_val v;
    enum rc rc = lmdb_get(s->txn, s->meta, "open", 4, &v);

    if (rc != RC_OK) {
        return rc == RC_MISSING ? RC_OK : rc;
    }
    rd_init(&r, v.mv_data, v.mv_size);
    while (r.left > 0 && rc == RC_OK) {
        slot = rd_u32(&r);
        if (r.rc != RC_OK || slot >= s->head.slots ||
            (c->bitmap[slot / 8] >> (slot % 8) & 1)) {
            return RC_FORMAT;
        }
        rc = slab_wipe(s->slab_fd, slot);
    }
    return rc == RC_OK ? slab_sync(s->slab_fd) : rc;
}

static enum rc
drop_ended(struct scan *c)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < c->n_ended && rc == RC_OK; i++) {
        rc = waiting_end(c->s, c->ended[i]);
    }
    return rc;
}

enum rc
lmdb_load(struct store *s, int64_t now, const char **what)
{
    struct scan c = {.s = s, .today = clock_day(now)};
    enum rc rc;

    *what = "index.lmdb does not belong to this slab";
    if ((rc = load_format(s, what)) != RC_OK) {
        return rc;
    }
    if ((c.bitmap = calloc(1, s->head.slots / 8 + 1)) == NULL) {
        return RC_NOMEM;
    }
    *what = "index.lmdb is damaged";
    s->orphan_week = UINT32_MAX;
    for (size_t i = 0; i < s->n_boards && rc == RC_OK; i++) {
        rc = load_board(s, &s->boards[i], what);
    }
    if (rc != RC_OK || (rc = each(&c, s->drops, load_drop)) != RC_OK ||
        (rc = each(&c, s->waiting, load_waiting)) != RC_OK ||
        (rc = wipe_open(&c)) != RC_OK ||
        (rc = slots_init(&s->slots, s->head.slots, c.bitmap)) != RC_OK) {
        goto out;
    }
    rc = drop_ended(&c);
out:
    free(c.bitmap);
    free(c.ended);
    return rc;
}

/*
 * Pages at their largest for retention and the day that runs; a record for
 * each of their entries; drops and tombstones. A leaf of random keys is two
 * thirds full, and a change copies pages before it frees them.
 */
uint64_t
lmdb_bound(const struct store_options *opt, const struct slab_head *head)
{
    const uint64_t lmdb_page = 4096, seen = 96;
    uint64_t tombstones =
        opt->tombstones_max > 0 ? opt->tombstones_max : head->boxes;
    uint64_t sum = (head->boxes + tombstones) * DROP_COST;

    for (size_t i = 0; i < opt->n_boards; i++) {
        const struct board *b = &opt->boards[i];
        uint64_t pages = ((uint64_t)opt->retention + 1) * DAY_SECONDS / b->tick;
        uint64_t len = page_len(b, b->max) + 64;

        if (len > lmdb_page / 2) {
            len = (len + lmdb_page - 1) / lmdb_page * lmdb_page + 64;
        }
        sum += pages * (len + seen * b->max);
    }
    return sum + ((uint64_t)64 << 20);
}
