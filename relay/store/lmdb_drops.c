/* SPDX-License-Identifier: ISC */
/* Drops: PUT, GET, BURN, and their end. */
#include "lmdb_store.h"

#include <string.h>

#include <sodium.h>

#include "clock.h"

/* In one group, so that a week's end does not stop the relay. */
#define SWEEP_LOOK 20000
#define SWEEP_DROP 512

enum rc
drop_record_parse(struct drop_record *out, const MDB_val *in)
{
    struct drop_record rec;
    struct reader r;
    uint8_t kind;

    memset(out, 0, sizeof *out);
    rd_init(&r, in->mv_data, in->mv_size);
    kind = rd_u8(&r);
    rd_require(&r, kind == DROP_LIVE || kind == DROP_TOMBSTONE);
    rec.kind = (enum drop_kind)kind;
    rec.slot = rd_u32(&r);
    rec.week = rd_u32(&r);
    rd_copy(&r, rec.burn_hash, sizeof rec.burn_hash);
    if (rd_end(&r) == RC_OK) {
        *out = rec;
    }
    return r.rc;
}

void
drop_record_write(uint8_t out[static DROP_RECORD_LEN],
                  const struct drop_record *rec)
{
    struct writer w;

    wr_init(&w, out, DROP_RECORD_LEN);
    wr_u8(&w, (uint8_t)rec->kind);
    wr_u32(&w, rec->slot);
    wr_u32(&w, rec->week);
    wr_bytes(&w, rec->burn_hash, sizeof rec->burn_hash);
}

/* RC_MISSING; RC_EXPIRED with the record; RC_FORMAT. */
static enum rc
find(struct store *s, MDB_txn *txn, const uint8_t *address, int64_t now,
     struct drop_record *rec)
{
    MDB_val v;
    enum rc rc = lmdb_get(txn, s->drops, address, DROP_ADDRESS_LEN, &v);

    memset(rec, 0, sizeof *rec);
    if (rc == RC_OK && (rc = drop_record_parse(rec, &v)) == RC_OK &&
        rec->week < clock_week(now)) {
        rc = RC_EXPIRED;
    }
    return rc;
}

static enum rc
record_put(struct store *s, const uint8_t *address,
           const struct drop_record *rec)
{
    uint8_t value[DROP_RECORD_LEN];

    drop_record_write(value, rec);
    return lmdb_put(s->txn, s->drops, address, DROP_ADDRESS_LEN, value,
                    sizeof value);
}

static void
count(struct store *s, int drops, int tombstones)
{
    (void)pthread_mutex_lock(&s->lock);
    s->now.drops += (uint64_t)(int64_t)drops;
    s->now.tombstones += (uint64_t)(int64_t)tombstones;
    (void)pthread_mutex_unlock(&s->lock);
}

/* Take a record out, whatever it is. */
static enum rc
drop_end(struct store *s, const uint8_t *address, const struct drop_record *rec)
{
    enum rc rc = lmdb_del(s->txn, s->drops, address, DROP_ADDRESS_LEN);

    if (rc == RC_OK && rec->kind == DROP_LIVE) {
        rc = slots_give(&s->slots, rec->slot);
    }
    if (rc == RC_OK) {
        count(s, rec->kind == DROP_LIVE ? -1 : 0,
              rec->kind == DROP_LIVE ? 0 : -1);
    }
    return rc;
}

/* Days of life granted to a new drop. */
static uint32_t
life(const struct store *s, uint64_t drops)
{
    uint64_t boxes = s->head.boxes, over;

    if (s->retention <= STORE_LIFE_MIN || drops * 2 <= boxes) {
        return s->retention;
    }
    over = drops * 2 - boxes;
    over = over > boxes ? boxes : over;
    return s->retention -
           (uint32_t)((s->retention - STORE_LIFE_MIN) * over / boxes);
}

/* Opens the drop's slot; RC_FORGED where it holds anything else. */
static enum rc
read_drop(struct store *s, const struct drop_record *rec,
          const uint8_t *address, struct slab_item *item,
          uint8_t block[static SLAB_BLOCK_LEN])
{
    uint8_t key[SLABKEYS_KEY_LEN];
    enum rc rc = slabkeys_get(s->keys, rec->week, key);

    memset(item, 0, sizeof *item);
    if (rc == RC_OK) {
        rc = slab_read(item, s->slab_fd, rec->slot, key, block);
    }
    sodium_memzero(key, sizeof key);
    if (rc == RC_OK && (item->kind != SLAB_DROP ||
                        memcmp(item->id, address, DROP_ADDRESS_LEN) != 0)) {
        rc = RC_FORGED;
    }
    return rc;
}

/* The box into the slot, the record into the index. */
static enum rc
box_write(struct store *s, const struct store_put *put,
          const struct drop_record *rec)
{
    struct slab_item item = {.kind = SLAB_DROP,
                             .id = put->address,
                             .data = put->box,
                             .len = CELL_BOX_LEN};
    uint8_t key[SLABKEYS_KEY_LEN];
    enum rc rc = slabkeys_get(s->keys, rec->week, key);

    if (rc == RC_OK) {
        rc = slab_write(s->slab_fd, rec->slot, key, &item);
    }
    sodium_memzero(key, sizeof key);
    return rc == RC_OK ? record_put(s, put->address, rec) : rc;
}

/* The disk has spoiled the box: who has its burn hash brings it again. */
static enum rc
put_anew(struct store *s, const struct store_put *put,
         const struct drop_record *rec, enum cell_status *status)
{
    struct drop_record fresh = *rec;
    enum rc rc = slots_take(&s->slots, &fresh.slot);

    if (rc == RC_AGAIN || rc == RC_FULL) {
        *status = CELL_AGAIN;
        return RC_OK;
    }
    if (rc == RC_OK && (rc = slots_give(&s->slots, rec->slot)) == RC_OK &&
        (rc = box_write(s, put, &fresh)) == RC_OK) {
        *status = CELL_STORED;
    }
    return rc;
}

/* A PUT that comes again. One slot that can't be read fails nobody else's. */
static enum rc
put_again(struct store *s, const struct store_put *put,
          const struct drop_record *rec, enum cell_status *status,
          uint32_t *expiry_day)
{
    uint8_t block[SLAB_BLOCK_LEN];
    struct slab_item item;
    enum rc rc;

    *expiry_day = rec->week * WEEK_DAYS + WEEK_DAYS - 1;
    *status = CELL_TAKEN;
    if (rec->kind != DROP_LIVE ||
        sodium_memcmp(rec->burn_hash, put->burn_hash, DROP_BURN_LEN) != 0) {
        return RC_OK;
    }
    switch (rc = read_drop(s, rec, put->address, &item, block)) {
    case RC_OK:
        if (memcmp(item.data, put->box, CELL_BOX_LEN) == 0) {
            *status = CELL_STORED;
        }
        break;
    case RC_FORGED:
    case RC_FORMAT:
        rc = put_anew(s, put, rec, status);
        break;
    case RC_NOMEM:
        break;
    default:
        *status = CELL_AGAIN;
        rc = RC_OK;
        break;
    }
    sodium_memzero(block, sizeof block);
    return rc;
}

/* Burning must always be possible: room for the tombstone is taken now. */
static bool
is_full(const struct store *s)
{
    return s->now.drops >= s->head.boxes ||
           s->now.drops + s->now.tombstones >=
               s->head.boxes + s->tombstones_max;
}

static enum rc
put_new(struct store *s, const struct store_put *put, int64_t now,
        enum cell_status *status, uint32_t *expiry_day)
{
    struct drop_record rec = {.kind = DROP_LIVE};
    enum rc rc;

    *status = CELL_FULL;
    if (is_full(s)) {
        return RC_OK;
    }
    rec.week = (clock_day(now) + life(s, s->now.drops)) / WEEK_DAYS;
    memcpy(rec.burn_hash, put->burn_hash, DROP_BURN_LEN);
    if ((rc = slabkeys_make(s->keys, rec.week)) == RC_OK) {
        rc = slots_take(&s->slots, &rec.slot);
    } else if (rc == RC_IO) {
        return lmdb_fail(s);
    }
    if (rc == RC_AGAIN || rc == RC_FULL) {
        *status = rc == RC_FULL ? CELL_FULL : CELL_AGAIN;
        return RC_OK;
    }
    if (rc == RC_OK && (rc = box_write(s, put, &rec)) == RC_OK) {
        count(s, 1, 0);
        *status = CELL_STORED;
        *expiry_day = rec.week * WEEK_DAYS + WEEK_DAYS - 1;
    }
    return rc;
}

enum rc
store_put(struct store *s, const struct store_put *put, int64_t now,
          enum cell_status *status, uint32_t *expiry_day)
{
    struct drop_record rec;
    enum rc rc;

    *status = CELL_AGAIN;
    *expiry_day = 0;
    s->last_now = now;
    rc = find(s, s->txn, put->address, now, &rec);
    if (rc == RC_EXPIRED) {
        rc = drop_end(s, put->address, &rec);
        rc = rc == RC_OK ? RC_MISSING : rc;
    }
    if (rc == RC_OK) {
        rc = put_again(s, put, &rec, status, expiry_day);
    } else if (rc == RC_MISSING) {
        rc = put_new(s, put, now, status, expiry_day);
    }
    if (rc != RC_OK) {
        *status = CELL_AGAIN;
    }
    if (*status != CELL_STORED) {
        *expiry_day = 0;
    }
    return lmdb_io(rc);
}

enum rc
store_burn(struct store *s, const uint8_t address[static 32],
           const uint8_t burn_hash[static 32], enum cell_status *status)
{
    struct drop_record rec;
    enum rc rc;

    *status = CELL_ABSENT;
    rc = find(s, s->txn, address, s->last_now, &rec);
    if (rc == RC_MISSING || rc == RC_EXPIRED ||
        (rc == RC_OK &&
         sodium_memcmp(rec.burn_hash, burn_hash, DROP_BURN_LEN) != 0)) {
        return RC_OK;
    }
    if (rc == RC_OK && rec.kind == DROP_LIVE) {
        rc = slots_give(&s->slots, rec.slot);
        rec.kind = DROP_TOMBSTONE;
        rec.slot = 0;
        rec.week++; /* so long a PUT after the box's expiry may still come */
        if (rc == RC_OK && (rc = record_put(s, address, &rec)) == RC_OK) {
            count(s, -1, 1);
        }
    }
    if (rc == RC_OK) {
        *status = CELL_BURNED;
    }
    return lmdb_io(rc);
}

static enum rc
look_up(struct store *s, const uint8_t *address, int64_t now,
        struct drop_record *rec)
{
    MDB_txn *txn;
    enum rc rc = lmdb_reader(s, &txn);

    if (rc == RC_OK) {
        rc = find(s, txn, address, now, rec);
        lmdb_reader_end(s, txn);
    }
    return rc;
}

enum rc
store_get(struct store *s, const uint8_t address[static 32], int64_t now,
          uint8_t *box)
{
    uint8_t block[SLAB_BLOCK_LEN];
    struct drop_record rec;
    struct slab_item item;
    enum rc rc;

    /* The slot is read outside a transaction. A slot that does not hold the
     * drop has been burned meanwhile, and the index says so by then; only
     * one that the index goes on naming is damaged. */
    for (int i = 0; i < 2; i++) {
        rc = look_up(s, address, now, &rec);
        if (rc == RC_EXPIRED || (rc == RC_OK && rec.kind != DROP_LIVE)) {
            rc = RC_MISSING;
        }
        if (rc != RC_OK) {
            return rc == RC_MISSING || rc == RC_AGAIN ? rc : RC_IO;
        }
        rc = read_drop(s, &rec, address, &item, block);
        if (rc == RC_OK) {
            memcpy(box, item.data, CELL_BOX_LEN);
        }
        sodium_memzero(block, sizeof block);
        if (rc == RC_OK || rc == RC_MISSING) {
            return rc; /* missing: the week's key is gone */
        }
    }
    return RC_IO;
}

bool
lmdb_outlived(const struct store *s, uint32_t week, uint32_t today)
{
    return (week + 1) * WEEK_DAYS + s->retention <= today;
}

/* The oldest week under whose key something must still be opened. */
static uint32_t
oldest_needed(const struct store *s, uint32_t week, uint32_t today)
{
    bool orphans =
        s->orphan_week < week && !lmdb_outlived(s, s->orphan_week, today);
    uint32_t oldest = orphans ? s->orphan_week : week;

    for (size_t i = 0; i < s->n_boards; i++) {
        const struct pool *p = &s->boards[i].pool;

        for (size_t k = 0; k < p->n; k++) {
            if (p->entries[k].week < oldest) {
                oldest = p->entries[k].week;
            }
        }
    }
    return oldest;
}

enum rc
lmdb_expire_keys(struct store *s, int64_t now)
{
    uint32_t week = clock_week(now);
    uint32_t last = (clock_day(now) + s->retention) / WEEK_DAYS;
    uint32_t oldest = oldest_needed(s, week, clock_day(now));
    enum rc rc = RC_OK;

    if (s->keys_week == week) {
        return RC_OK;
    }
    if (slabkeys_destroy(s->keys, oldest) != RC_OK) {
        return lmdb_fail(s);
    }
    for (uint32_t w = week; w <= last && rc == RC_OK; w++) {
        rc = slabkeys_make(s->keys, w);
    }
    if (rc == RC_IO) {
        return lmdb_fail(s);
    }
    /* While an entry of an older week waits, its key does, too. */
    if (oldest == week) {
        s->keys_week = week;
    }
    return RC_OK;
}

/* Collects expired addresses from where the sweep stands. */
static enum rc
sweep_look(struct store *s, uint32_t week, uint8_t (*found)[DROP_ADDRESS_LEN],
           size_t *n, bool *done)
{
    MDB_val k = lmdb_val(s->sweep_at, sizeof s->sweep_at), v;
    struct drop_record rec;
    MDB_cursor *c;
    enum rc rc;
    int e;

    *n = 0;
    *done = false;
    if ((rc = lmdb_rc(mdb_cursor_open(s->txn, s->drops, &c))) != RC_OK) {
        return rc;
    }
    e = mdb_cursor_get(c, &k, &v, MDB_SET_RANGE);
    for (size_t looked = 0; e == 0 && looked < SWEEP_LOOK && *n < SWEEP_DROP;
         looked++) {
        if (k.mv_size != DROP_ADDRESS_LEN ||
            drop_record_parse(&rec, &v) != RC_OK) {
            rc = RC_FORMAT;
            break;
        }
        if (rec.week < week) {
            memcpy(found[(*n)++], k.mv_data, DROP_ADDRESS_LEN);
        }
        memcpy(s->sweep_at, k.mv_data, sizeof s->sweep_at);
        e = mdb_cursor_get(c, &k, &v, MDB_NEXT);
    }
    *done = e == MDB_NOTFOUND;
    mdb_cursor_close(c);
    return rc != RC_OK || e == MDB_NOTFOUND ? rc : lmdb_rc(e);
}

enum rc
lmdb_expire_drops(struct store *s, int64_t now)
{
    uint8_t found[SWEEP_DROP][DROP_ADDRESS_LEN];
    uint32_t week = clock_week(now);
    struct drop_record rec;
    size_t n;
    enum rc rc;

    if (week != s->sweep_week) {
        lmdb_expire_again(s);
        s->sweep_week = week;
    }
    if (s->drops_swept) {
        return RC_OK;
    }
    s->swept_in_group = true;
    rc = sweep_look(s, week, found, &n, &s->drops_swept);
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        rc = find(s, s->txn, found[i], now, &rec);
        if (rc == RC_EXPIRED) {
            rc = drop_end(s, found[i], &rec);
        }
    }
    return rc;
}

void
store_stats(struct store *s, struct store_stats *out)
{
    memset(out, 0, sizeof *out);
    (void)pthread_mutex_lock(&s->lock);
    out->boxes = s->head.boxes;
    out->boxes_used = s->before.drops;
    out->tombstones = s->before.tombstones;
    for (size_t i = 0; i < s->n_boards; i++) {
        out->waiting += s->boards[i].pool.n - s->boards[i].pool.n_new;
    }
    out->lost = s->lost;
    out->life_days = life(s, s->before.drops);
    (void)pthread_mutex_unlock(&s->lock);
}
