/* SPDX-License-Identifier: ISC */
/* Boards: RING, sealing, where an entry stands. */
#include "lmdb_store.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "clock.h"
#include "kdf.h"

struct store_board *
lmdb_board(struct store *s, uint8_t id)
{
    for (size_t i = 0; i < s->n_boards; i++) {
        if (s->boards[i].board.id == id) {
            return &s->boards[i];
        }
    }
    return NULL;
}

enum rc
board_state_put(struct store *s, const struct store_board *b)
{
    uint8_t key[6] = {'b', 'o', 'a', 'r', 'd', b->board.id};
    uint8_t value[2 + 8 + 2 + PAGE_HASH_LEN];
    struct writer w;

    wr_init(&w, value, sizeof value);
    wr_u16(&w, b->board.tick);
    wr_u64(&w, b->now.newest);
    wr_u16(&w, b->now.slots);
    wr_bytes(&w, b->now.hash, PAGE_HASH_LEN);
    return lmdb_put(s->txn, s->meta, key, sizeof key, value, sizeof value);
}

void
seen_key(uint8_t key[static SEEN_KEY_LEN], uint8_t board, const uint8_t *entry,
         size_t len)
{
    key[0] = board;
    blake2b_256(key + 1, entry, len);
}

/* The entry's page, from the index of what was sealed. */
static enum rc
seen_get(struct store *s, MDB_txn *txn, const uint8_t key[static SEEN_KEY_LEN],
         uint64_t *page)
{
    struct reader r;
    MDB_val v;
    enum rc rc = lmdb_get(txn, s->seen, key, SEEN_KEY_LEN, &v);

    if (rc != RC_OK) {
        return rc;
    }
    rd_init(&r, v.mv_data, v.mv_size);
    *page = rd_u64(&r);
    return rd_end(&r);
}

/* Among what waits on that board. Only the writer may see what is new. */
static const struct pool_entry *
waiting_find(const struct store_board *b, const uint8_t *hash, bool writer)
{
    const struct pool_entry *e = pool_find(&b->pool, hash);

    return e != NULL && (e->state & (writer ? POOL_TAKEN : POOL_NEW)) == 0
               ? e
               : NULL;
}

/* An entry that did not fit when it was due comes with the next page. */
static uint64_t
expected(const struct pool_entry *e, uint64_t newest)
{
    return e->due > newest ? e->due : newest + 1;
}

/*
 * The effort that a board asks for now. Entries of all boards wait in the
 * slots that no drop has: where these are fewer than the pools, they count.
 * Under the lock, or by the writer.
 */
static uint8_t
asked_for(const struct store *s, const struct store_board *b)
{
    uint8_t own = pool_effort(pool_waiting(&b->pool), b->pool.cap), all;
    size_t waiting = 0;

    for (size_t i = 0; i < s->n_boards; i++) {
        waiting += pool_waiting(&s->boards[i].pool);
    }
    all = pool_effort(waiting, (size_t)(s->head.slots - s->now.drops));
    return own > all ? own : all;
}

enum rc
store_entry_find(struct store *s, uint8_t board, const uint8_t *entry,
                 struct store_rung *out)
{
    const struct store_board *b = lmdb_board(s, board);
    const struct pool_entry *e;
    uint8_t key[SEEN_KEY_LEN];
    MDB_txn *txn;
    enum rc rc;

    memset(out, 0, sizeof *out);
    if (b == NULL) {
        return RC_MISSING;
    }
    seen_key(key, board, entry, b->board.entry_len);
    /* First the pool: what leaves it is on a committed page by then. */
    (void)pthread_mutex_lock(&s->lock);
    if ((e = waiting_find(b, key + 1, false)) != NULL) {
        out->status = CELL_QUEUED;
        out->page = expected(e, b->before.newest);
        out->asked = asked_for(s, b);
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (e != NULL) {
        return RC_OK;
    }
    if ((rc = lmdb_reader(s, &txn)) != RC_OK) {
        return rc;
    }
    rc = seen_get(s, txn, key, &out->page);
    lmdb_reader_end(s, txn);
    if (rc == RC_OK) {
        out->status = CELL_SEALED;
        out->asked = store_effort(s, board);
    }
    return rc == RC_OK || rc == RC_MISSING ? rc : RC_IO;
}

uint8_t
store_effort(struct store *s, uint8_t board)
{
    const struct store_board *b = lmdb_board(s, board);
    uint8_t asked = 0;

    if (b != NULL) {
        (void)pthread_mutex_lock(&s->lock);
        asked = asked_for(s, b);
        (void)pthread_mutex_unlock(&s->lock);
    }
    return asked;
}

enum rc
store_newest(struct store *s, uint8_t board, uint64_t *number, uint16_t *slots)
{
    const struct store_board *b = lmdb_board(s, board);
    enum rc rc = RC_MISSING;

    *number = 0;
    *slots = 0;
    if (b != NULL) {
        (void)pthread_mutex_lock(&s->lock);
        if (b->before.any) {
            *number = b->before.newest;
            *slots = b->before.slots;
            rc = RC_OK;
        }
        (void)pthread_mutex_unlock(&s->lock);
    }
    return rc;
}

/* The entry into a slot, and on record as waiting. */
static enum rc
waiting_add(struct store *s, struct store_board *b, const uint8_t *entry,
            struct pool_entry *e)
{
    struct slab_item item = {.kind = SLAB_WAITING,
                             .board = b->board.id,
                             .effort = e->effort,
                             .due = e->due,
                             .id = e->hash,
                             .data = entry,
                             .len = b->board.entry_len};
    uint8_t key[SLABKEYS_KEY_LEN], slot[4], week[4];
    struct writer w;
    enum rc rc;

    if ((rc = slabkeys_get(s->keys, e->week, key)) != RC_OK) {
        return rc;
    }
    rc = slab_write(s->slab_fd, e->slot, key, &item);
    sodium_memzero(key, sizeof key);
    if (rc != RC_OK) {
        return rc;
    }
    wr_init(&w, slot, sizeof slot);
    wr_u32(&w, e->slot);
    wr_init(&w, week, sizeof week);
    wr_u32(&w, e->week);
    rc = lmdb_put(s->txn, s->waiting, slot, sizeof slot, week, sizeof week);
    if (rc == RC_OK) {
        (void)pthread_mutex_lock(&s->lock);
        rc = pool_add(&b->pool, e);
        (void)pthread_mutex_unlock(&s->lock);
    }
    return rc;
}

/* An entry that neither waits nor stands on a page. */
static enum rc
ring_new(struct store *s, struct store_board *b, const struct store_ring *ring,
         int64_t now, struct pool_entry *e, struct store_rung *out)
{
    uint64_t open = pool_open_page(&b->board, b->now.newest, now);
    enum rc rc;

    if (b->now.any &&
        (now < 0 || (uint64_t)now / b->board.tick < b->now.newest)) {
        out->status = CELL_AGAIN; /* the clock stands behind the newest page */
        return RC_OK;
    }
    if (b->pool.n >= b->pool.cap) {
        out->status = CELL_FULL;
        return RC_OK;
    }
    if (ring->effort < out->asked) {
        out->status = CELL_MORE_EFFORT;
        return RC_OK;
    }
    e->week = clock_week(now);
    e->effort = ring->effort > UINT8_MAX ? UINT8_MAX : (uint8_t)ring->effort;
    e->state = POOL_NEW;
    if ((rc = slabkeys_make(s->keys, e->week)) == RC_OK) {
        rc = slots_take(&s->slots, &e->slot);
    } else if (rc == RC_IO) {
        return lmdb_fail(s);
    }
    if (rc == RC_AGAIN || rc == RC_FULL) {
        out->status = rc == RC_FULL ? CELL_FULL : CELL_AGAIN;
        return RC_OK;
    }
    e->due = pool_due(&b->board, open);
    if (rc == RC_OK && (rc = waiting_add(s, b, ring->entry, e)) == RC_OK) {
        out->status = CELL_QUEUED;
        out->page = e->due;
    }
    return rc;
}

enum rc
store_ring(struct store *s, const struct store_ring *ring, int64_t now,
           struct store_rung *out)
{
    struct store_board *b = lmdb_board(s, ring->board);
    const struct pool_entry *known;
    struct pool_entry e = {.due = 0};
    uint8_t key[SEEN_KEY_LEN];
    enum rc rc;

    memset(out, 0, sizeof *out);
    out->status = CELL_AGAIN;
    s->last_now = now;
    if (b == NULL) {
        return RC_OK;
    }
    out->asked = asked_for(s, b);
    seen_key(key, ring->board, ring->entry, b->board.entry_len);
    memcpy(e.hash, key + 1, sizeof e.hash);
    if ((known = waiting_find(b, e.hash, true)) != NULL) {
        out->status = CELL_QUEUED;
        out->page = expected(known, b->now.newest);
        return RC_OK;
    }
    rc = seen_get(s, s->txn, key, &out->page);
    if (rc == RC_OK) {
        out->status = CELL_SEALED;
    } else if (rc == RC_MISSING) {
        rc = ring_new(s, b, ring, now, &e, out);
    }
    if (rc != RC_OK) {
        memset(out, 0, sizeof *out);
        out->status = CELL_AGAIN;
        return lmdb_io(rc);
    }
    out->asked = asked_for(s, b);
    return RC_OK;
}

/* The entry that waits in a slot, to out. RC_MISSING when the disk lost it. */
static enum rc
waiting_read(struct store *s, const struct store_board *b,
             const struct pool_entry *e, uint8_t *out)
{
    uint8_t key[SLABKEYS_KEY_LEN], block[SLAB_BLOCK_LEN];
    struct slab_item item;
    enum rc rc = slabkeys_get(s->keys, e->week, key);

    if (rc == RC_OK) {
        rc = slab_read(&item, s->slab_fd, e->slot, key, block);
    }
    sodium_memzero(key, sizeof key);
    if (rc == RC_OK &&
        (item.kind != SLAB_WAITING || memcmp(item.id, e->hash, KDF_LEN) != 0)) {
        rc = RC_FORGED;
    }
    if (rc == RC_OK) {
        memcpy(out, item.data, b->board.entry_len);
    }
    sodium_memzero(block, sizeof block);
    return rc == RC_FORGED || rc == RC_FORMAT ? RC_MISSING : rc;
}

enum rc
waiting_end(struct store *s, uint32_t slot)
{
    uint8_t key[4];
    struct writer w;
    enum rc rc;

    wr_init(&w, key, sizeof key);
    wr_u32(&w, slot);
    rc = lmdb_del(s->txn, s->waiting, key, sizeof key);
    return rc == RC_OK ? slots_give(&s->slots, slot) : rc;
}

/* Fill up with dummies from the n-th entry on. */
static enum rc
dummies(const struct board *b, uint8_t *entries, size_t n, size_t slots)
{
    uint8_t noise[ENTRY_MAX];
    enum rc rc = RC_OK;

    for (; n < slots && rc == RC_OK; n++) {
        randombytes_buf(noise, b->entry_len);
        rc = entry_dummy(entries + n * b->entry_len, b, noise);
    }
    sodium_memzero(noise, sizeof noise);
    return rc;
}

/* Any order: what is left of this in memory must not tell which came first,
 * and so was no dummy. */
static void
mix(uint8_t *entries, size_t n, size_t len)
{
    uint8_t tmp[ENTRY_MAX];

    for (; n > 1; n--) {
        uint8_t *at = entries + randombytes_uniform((uint32_t)n) * len;
        uint8_t *last = entries + (n - 1) * len;

        memcpy(tmp, last, len);
        memmove(last, at, len);
        memcpy(at, tmp, len);
    }
    sodium_memzero(tmp, sizeof tmp);
}

/* Entries of page n: those that are due and fit, and dummies. One that the
 * disk has lost must not stop the board. */
static enum rc
entries_make(struct store *s, struct store_board *b, uint64_t n, uint16_t slots,
             uint8_t *entries)
{
    const struct pool_entry **chosen = calloc(slots, sizeof *chosen);
    size_t count, n_read = 0;
    enum rc rc = RC_OK;

    if (chosen == NULL) {
        return RC_NOMEM;
    }
    (void)pthread_mutex_lock(&s->lock);
    count = pool_choose(&b->pool, n, slots, chosen);
    (void)pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = waiting_read(s, b, chosen[i],
                          entries + n_read * b->board.entry_len);
        if (rc == RC_OK) {
            n_read++;
        } else if (rc == RC_MISSING) {
            (void)pthread_mutex_lock(&s->lock);
            s->lost++;
            (void)pthread_mutex_unlock(&s->lock);
        }
        if (rc == RC_OK || rc == RC_MISSING) {
            rc = waiting_end(s, chosen[i]->slot);
        }
    }
    free(chosen);
    if (rc == RC_OK) {
        rc = dummies(&b->board, entries, n_read, slots);
    }
    mix(entries, slots, b->board.entry_len);
    return rc;
}

void
page_key(uint8_t key[static PAGE_KEY_LEN], uint8_t board, uint64_t number)
{
    struct writer w;

    wr_init(&w, key, PAGE_KEY_LEN);
    wr_u8(&w, board);
    wr_u64(&w, number);
}

/* The finished page into the index, and all its entries. */
static enum rc
page_keep(struct store *s, const struct store_board *b, const uint8_t *page,
          size_t len, uint16_t slots)
{
    uint8_t key[PAGE_KEY_LEN], number[8], entry[SEEN_KEY_LEN];
    struct writer w;
    enum rc rc;

    page_key(key, b->board.id, b->now.newest);
    wr_init(&w, number, sizeof number);
    wr_u64(&w, b->now.newest);
    rc = lmdb_put(s->txn, s->pages, key, sizeof key, page, len);
    for (size_t i = 0; i < slots && rc == RC_OK; i++) {
        seen_key(entry, b->board.id,
                 page + PAGE_HEAD_LEN + i * b->board.entry_len,
                 b->board.entry_len);
        rc = lmdb_put(s->txn, s->seen, entry, sizeof entry, number,
                      sizeof number);
    }
    return rc == RC_OK ? board_state_put(s, b) : rc;
}

static enum rc
seal(struct store *s, struct store_board *b, uint64_t n,
     const uint8_t page_sk[static 64])
{
    uint16_t slots = pool_slots(&b->pool, n, b->now.any ? b->now.slots : 0);
    size_t demand = pool_demanded(&b->pool, n);
    size_t len = page_len(&b->board, slots);
    uint8_t *entries = calloc(slots, b->board.entry_len);
    uint8_t *out = malloc(len);
    struct page page = {.board = b->board.id,
                        .tick = b->board.tick,
                        .slots = slots,
                        .effort = asked_for(s, b),
                        .number = n,
                        .previous = b->now.any ? b->now.newest : 0,
                        .entries = entries};
    struct board_state next = {.any = true, .newest = n, .slots = slots};
    enum rc rc = RC_NOMEM;

    if (entries == NULL || out == NULL) {
        goto out;
    }
    memcpy(page.previous_hash, b->now.hash, PAGE_HASH_LEN);
    if ((rc = entries_make(s, b, n, slots, entries)) != RC_OK ||
        (rc = page_write(out, &b->board, &page, page_sk)) != RC_OK) {
        goto out;
    }
    page_hash(next.hash, out, len);
    b->now = next;
    pool_remember(&b->pool, n, demand);
    rc = page_keep(s, b, out, len, slots);
out:
    free(entries);
    free(out);
    return rc;
}

enum rc
store_seal(struct store *s, uint8_t board, int64_t now,
           const uint8_t page_sk[static 64], bool *sealed)
{
    struct store_board *b = lmdb_board(s, board);
    uint64_t n;
    enum rc rc;

    *sealed = false;
    s->last_now = now;
    if (b == NULL) {
        return RC_OK;
    }
    n = now > 0 ? (uint64_t)now / b->board.tick : 0;
    if (n == 0 || (b->now.any && n <= b->now.newest)) {
        return RC_OK;
    }
    /* A key that only waited for its last entries goes soon after them. */
    if ((rc = lmdb_expire_keys(s, now)) == RC_OK) {
        rc = seal(s, b, n, page_sk);
    }
    *sealed = rc == RC_OK;
    return lmdb_io(rc);
}
