/* SPDX-License-Identifier: ISC */
/* Reading pages, dropping old ones; notes. */
#include "lmdb_store.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* Entries forgotten in one group, so that a day's end stops nobody. */
#define EXPIRE_ENTRIES 8192
#define NOTE_MAX       (1024 * 1024)

/* A page may stand in the index before its commit is known to be on disk; it
 * is nobody's until then. */
static bool
is_out(struct store *s, uint8_t board, uint64_t number)
{
    uint64_t newest;
    uint16_t slots;

    return store_newest(s, board, &newest, &slots) == RC_OK && number <= newest;
}

static enum rc
copy(const MDB_val *v, uint8_t **out, size_t *len)
{
    if ((*out = malloc(v->mv_size > 0 ? v->mv_size : 1)) == NULL) {
        return RC_NOMEM;
    }
    memcpy(*out, v->mv_data, v->mv_size);
    *len = v->mv_size;
    return RC_OK;
}

/* A value as a heap copy. */
static enum rc
read_copy(struct store *s, MDB_dbi dbi, const void *key, size_t key_len,
          uint8_t **out, size_t *len)
{
    MDB_txn *txn;
    MDB_val v;
    enum rc rc;

    *out = NULL;
    *len = 0;
    if ((rc = lmdb_reader(s, &txn)) == RC_OK) {
        rc = lmdb_get(txn, dbi, key, key_len, &v);
        if (rc == RC_OK) {
            rc = copy(&v, out, len);
        }
        lmdb_reader_end(s, txn);
    }
    return rc;
}

enum rc
store_page(struct store *s, uint8_t board, uint64_t number, uint8_t **out,
           size_t *len)
{
    uint8_t key[PAGE_KEY_LEN];

    *out = NULL;
    *len = 0;
    if (!is_out(s, board, number)) {
        return RC_MISSING;
    }
    page_key(key, board, number);
    return read_copy(s, s->pages, key, sizeof key, out, len);
}

/* Pages first..last of a board, one after another. */
struct walk {
    MDB_txn *txn;
    MDB_cursor *cursor;
    uint8_t board;
    uint64_t last;
    uint64_t number; /* of the page found */
    MDB_val page;
    bool begun;
};

static enum rc
walk_begin(struct store *s, struct walk *w, uint8_t board, uint64_t last)
{
    uint64_t newest;
    uint16_t slots;
    enum rc rc;

    memset(w, 0, sizeof *w);
    w->board = board;
    if ((rc = store_newest(s, board, &newest, &slots)) != RC_OK ||
        (rc = lmdb_reader(s, &w->txn)) != RC_OK) {
        return rc;
    }
    w->last = last < newest ? last : newest;
    rc = lmdb_rc(mdb_cursor_open(w->txn, s->pages, &w->cursor));
    if (rc != RC_OK) {
        lmdb_reader_end(s, w->txn);
    }
    return rc;
}

static void
walk_end(struct store *s, struct walk *w)
{
    mdb_cursor_close(w->cursor);
    lmdb_reader_end(s, w->txn);
}

/* The next page, from `first` the first time; RC_MISSING at the end. */
static enum rc
walk_next(struct walk *w, uint64_t first)
{
    uint8_t key[PAGE_KEY_LEN];
    struct reader r;
    MDB_val k;
    enum rc rc;

    page_key(key, w->board, first);
    k = lmdb_val(key, sizeof key);
    rc = lmdb_rc(mdb_cursor_get(w->cursor, &k, &w->page,
                                w->begun ? MDB_NEXT : MDB_SET_RANGE));
    w->begun = true;
    if (rc != RC_OK) {
        return rc;
    }
    rd_init(&r, k.mv_data, k.mv_size);
    if (rd_u8(&r) != w->board) {
        return r.rc == RC_OK ? RC_MISSING : RC_FORMAT;
    }
    w->number = rd_u64(&r);
    if (rd_end(&r) != RC_OK) {
        return RC_FORMAT;
    }
    return w->number > w->last ? RC_MISSING : RC_OK;
}

/* What the first page after `last` says of the one before it. */
static enum rc
hash_named(struct store *s, uint8_t board, uint64_t last,
           uint8_t hash[static 32])
{
    struct reader r;
    struct walk w;
    enum rc rc = walk_begin(s, &w, board, UINT64_MAX);

    if (rc != RC_OK) {
        return rc;
    }
    if ((rc = walk_next(&w, last + 1)) == RC_OK) {
        rd_init(&r, w.page.mv_data, w.page.mv_size);
        (void)rd_bytes(&r, PAGE_PREVIOUS_HASH_OFFSET);
        rd_copy(&r, hash, PAGE_HASH_LEN);
        rc = r.rc;
    }
    walk_end(s, &w);
    return rc;
}

enum rc
store_hash_at(struct store *s, uint8_t board, uint64_t last,
              uint8_t hash[static 32])
{
    const struct store_board *b = lmdb_board(s, board);
    bool newest = false;
    enum rc rc;

    memset(hash, 0, PAGE_HASH_LEN);
    if (b == NULL) {
        return RC_OK;
    }
    (void)pthread_mutex_lock(&s->lock);
    if (b->before.any && b->before.newest <= last) {
        memcpy(hash, b->before.hash, PAGE_HASH_LEN);
        newest = true;
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (newest) {
        return RC_OK;
    }
    rc = hash_named(s, board, last, hash);
    return rc == RC_MISSING ? RC_OK : lmdb_io(rc);
}

enum rc
store_span(struct store *s, uint8_t board, uint64_t first, uint64_t last,
           uint64_t *bytes)
{
    struct walk w;
    enum rc rc;

    *bytes = 0;
    if ((rc = walk_begin(s, &w, board, last)) != RC_OK) {
        return rc == RC_MISSING ? RC_OK : rc;
    }
    while ((rc = walk_next(&w, first)) == RC_OK) {
        *bytes += w.page.mv_size;
    }
    walk_end(s, &w);
    return rc == RC_MISSING ? RC_OK : rc;
}

enum rc
store_span_read(struct store *s, uint8_t board, uint64_t first, uint64_t last,
                uint8_t *buf, size_t cap, size_t *len, uint64_t *next)
{
    struct walk w;
    enum rc rc;

    *len = 0;
    *next = last + 1;
    if ((rc = walk_begin(s, &w, board, last)) != RC_OK) {
        return rc == RC_MISSING ? RC_OK : rc;
    }
    while ((rc = walk_next(&w, first)) == RC_OK) {
        if (w.page.mv_size > cap - *len) {
            *next = w.number;
            break;
        }
        memcpy(buf + *len, w.page.mv_data, w.page.mv_size);
        *len += w.page.mv_size;
    }
    walk_end(s, &w);
    return rc == RC_MISSING ? RC_OK : rc;
}

/* A page and its entries out of the index. The page itself says how it is cut:
 * the directory may have dropped or changed its board meanwhile. */
static enum rc
page_drop(struct store *s, const uint8_t *key, const uint8_t *page, size_t len,
          size_t *entries)
{
    uint8_t entry[SEEN_KEY_LEN];
    struct reader r;
    uint16_t slots;
    size_t entry_len;
    enum rc rc = RC_OK;

    rd_init(&r, page, len);
    (void)rd_bytes(&r, 4);
    slots = rd_u16(&r);
    (void)rd_bytes(&r, PAGE_HEAD_LEN - 6);
    rd_require(&r, slots > 0 && r.left > PAGE_SIG_LEN);
    if (r.rc != RC_OK || (r.left - PAGE_SIG_LEN) % slots != 0) {
        return RC_FORMAT;
    }
    entry_len = (r.left - PAGE_SIG_LEN) / slots;
    for (size_t i = 0; i < slots && rc == RC_OK; i++) {
        seen_key(entry, key[0], rd_bytes(&r, entry_len), entry_len);
        rc = lmdb_del(s->txn, s->seen, entry, sizeof entry);
    }
    *entries += slots;
    return rc == RC_OK ? lmdb_del(s->txn, s->pages, key, PAGE_KEY_LEN) : rc;
}

/* The oldest page of the first board from `board` on, as a copy: what the
 * index hands out does not outlive a change of it. RC_MISSING. */
static enum rc
oldest(struct store *s, uint8_t board, uint8_t key[static PAGE_KEY_LEN],
       uint8_t **page, size_t *len)
{
    MDB_cursor *c;
    MDB_val k, v;
    enum rc rc;

    *page = NULL;
    page_key(key, board, 0);
    k = lmdb_val(key, PAGE_KEY_LEN);
    if ((rc = lmdb_rc(mdb_cursor_open(s->txn, s->pages, &c))) != RC_OK) {
        return rc;
    }
    rc = lmdb_rc(mdb_cursor_get(c, &k, &v, MDB_SET_RANGE));
    if (rc == RC_OK && k.mv_size != PAGE_KEY_LEN) {
        rc = RC_FORMAT;
    }
    if (rc == RC_OK && (rc = copy(&v, page, len)) == RC_OK) {
        memcpy(key, k.mv_data, PAGE_KEY_LEN);
    }
    mdb_cursor_close(c);
    return rc;
}

/* Is the page older than retention? Whole days are kept. */
static bool
is_old(const struct store *s, const uint8_t *key, const uint8_t *page,
       size_t len, uint32_t today)
{
    struct reader r;
    uint64_t number;
    uint16_t tick;

    rd_init(&r, key, PAGE_KEY_LEN);
    (void)rd_u8(&r);
    number = rd_u64(&r);
    rd_init(&r, page, len);
    (void)rd_u16(&r);
    tick = rd_u16(&r);
    return number * tick / DAY_SECONDS + s->retention < today;
}

/* Drop pages of all boards from the oldest on; *entries counts up. */
static enum rc
pages_drop(struct store *s, uint32_t today, size_t *entries)
{
    uint8_t key[PAGE_KEY_LEN], *page;
    unsigned board = 0;
    size_t len;
    enum rc rc = RC_OK;

    while (*entries < EXPIRE_ENTRIES && board < BOARDS_MAX &&
           (rc = oldest(s, (uint8_t)board, key, &page, &len)) == RC_OK) {
        if (is_old(s, key, page, len, today)) {
            board = key[0];
            rc = page_drop(s, key, page, len, entries);
        } else {
            board = key[0] + 1u;
        }
        free(page);
        if (rc != RC_OK) {
            break;
        }
    }
    return rc == RC_MISSING ? RC_OK : rc;
}

enum rc
lmdb_expire_pages(struct store *s, int64_t now)
{
    uint32_t today = clock_day(now);
    size_t entries = 0;
    enum rc rc;

    if (s->pages_day == today) {
        return RC_OK;
    }
    s->swept_in_group = true;
    rc = pages_drop(s, today, &entries);
    if (rc == RC_OK && entries < EXPIRE_ENTRIES) {
        s->pages_day = today;
    }
    return rc;
}

static void
note_key(uint8_t key[static 33], char kind, const uint8_t org[static 32])
{
    key[0] = (uint8_t)kind;
    memcpy(key + 1, org, 32);
}

enum rc
store_note_put(struct store *s, char kind, const uint8_t org[static 32],
               const uint8_t *note, size_t len)
{
    uint8_t key[33];

    if (len > NOTE_MAX) {
        return RC_FULL;
    }
    note_key(key, kind, org);
    return lmdb_io(lmdb_put(s->txn, s->notes, key, sizeof key, note, len));
}

enum rc
store_note(struct store *s, char kind, const uint8_t org[static 32],
           uint8_t **out, size_t *len)
{
    uint8_t key[33];

    note_key(key, kind, org);
    return read_copy(s, s->notes, key, sizeof key, out, len);
}
