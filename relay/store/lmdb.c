/* SPDX-License-Identifier: ISC */
/* Groups, and what the other parts use of LMDB. */
#include "lmdb_store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

enum rc
lmdb_rc(int e)
{
    switch (e) {
    case 0:
        return RC_OK;
    case MDB_NOTFOUND:
        return RC_MISSING;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
        return RC_FULL;
    case MDB_READERS_FULL:
        return RC_AGAIN;
    case ENOMEM:
        return RC_NOMEM;
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
    case MDB_BAD_VALSIZE:
        return RC_FORMAT;
    default:
        return RC_IO;
    }
}

enum rc
lmdb_io(enum rc rc)
{
    if (rc == RC_FULL) {
        lmdb_say("the disk is full: free some of it");
    }
    return rc == RC_OK ? RC_OK : RC_IO;
}

MDB_val
lmdb_val(const void *p, size_t len)
{
    MDB_val v;

    memset(&v, 0, sizeof v);
    v.mv_size = len;
    /* LMDB's type lacks the const; it does not write there. */
    memcpy(&v.mv_data, &p, sizeof p);
    return v;
}

enum rc
lmdb_get(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len,
         MDB_val *out)
{
    MDB_val k = lmdb_val(key, key_len);

    memset(out, 0, sizeof *out);
    return lmdb_rc(mdb_get(txn, dbi, &k, out));
}

enum rc
lmdb_put(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len,
         const void *value, size_t len)
{
    MDB_val k = lmdb_val(key, key_len), v = lmdb_val(value, len);

    return lmdb_rc(mdb_put(txn, dbi, &k, &v, 0));
}

enum rc
lmdb_del(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len)
{
    MDB_val k = lmdb_val(key, key_len);
    int e = mdb_del(txn, dbi, &k, NULL);

    return e == MDB_NOTFOUND ? RC_OK : lmdb_rc(e);
}

enum rc
lmdb_reader(struct store *s, MDB_txn **txn)
{
    int e;

    *txn = NULL;
    (void)pthread_mutex_lock(&s->lock);
    if (s->n_idle > 0) {
        *txn = s->idle[--s->n_idle];
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (*txn != NULL) {
        if ((e = mdb_txn_renew(*txn)) != 0) {
            mdb_txn_abort(*txn);
            *txn = NULL;
        }
    } else {
        e = mdb_txn_begin(s->env, NULL, MDB_RDONLY, txn);
    }
    return lmdb_rc(e);
}

void
lmdb_reader_end(struct store *s, MDB_txn *txn)
{
    mdb_txn_reset(txn);
    (void)pthread_mutex_lock(&s->lock);
    if (s->n_idle < STORE_IDLE_READERS) {
        s->idle[s->n_idle++] = txn;
        txn = NULL;
    }
    (void)pthread_mutex_unlock(&s->lock);
    mdb_txn_abort(txn); /* takes NULL */
}

enum rc
lmdb_fail(struct store *s)
{
    s->failed = true;
    return RC_IO;
}

enum rc
store_begin(struct store *s)
{
    enum rc rc;

    lmdb_say("");
    if (s->failed) {
        return RC_IO;
    }
    rc = lmdb_rc(mdb_txn_begin(s->env, NULL, 0, &s->txn));
    if (rc != RC_OK) {
        s->txn = NULL;
    }
    return rc == RC_OK || rc == RC_NOMEM ? rc : RC_IO;
}

/* Memory follows what became of the group. */
static void
settle(struct store *s, bool ok)
{
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_boards; i++) {
        struct store_board *b = &s->boards[i];

        pool_settle(&b->pool, ok);
        if (ok) {
            b->before = b->now;
        } else {
            b->now = b->before;
        }
    }
    if (ok) {
        s->before = s->now;
    } else {
        s->now = s->before;
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (ok) {
        slots_keep(&s->slots);
    } else {
        slots_undo(&s->slots);
        if (s->swept_in_group) {
            lmdb_expire_again(s);
        }
    }
    s->swept_in_group = false;
}

/* Overwrites what was written for nothing; at start it would happen anyway,
 * so a failure costs nothing but that. */
static void
unwrite(struct store *s)
{
    for (size_t i = 0; i < s->slots.n_used; i++) {
        if (slab_wipe(s->slab_fd, s->slots.used[i]) != RC_OK) {
            break;
        }
    }
}

void
store_abort(struct store *s)
{
    if (s->txn != NULL) {
        mdb_txn_abort(s->txn);
        s->txn = NULL;
        unwrite(s);
        settle(s, false);
    }
}

/* The slots that a start has to overwrite, should this group be the last. */
static enum rc
open_put(struct store *s)
{
    const struct slots *sl = &s->slots;
    size_t n = sl->n_open + sl->n_doomed;
    struct writer w;
    MDB_val k = lmdb_val("open", 4), v = {.mv_size = n * 4};
    enum rc rc = lmdb_rc(mdb_put(s->txn, s->meta, &k, &v, MDB_RESERVE));

    if (rc != RC_OK) {
        return rc;
    }
    wr_init(&w, v.mv_data, n * 4);
    for (size_t i = 0; i < sl->n_open; i++) {
        wr_u32(&w, sl->open[i]);
    }
    for (size_t i = 0; i < sl->n_doomed; i++) {
        wr_u32(&w, sl->doomed[i]);
    }
    return wr_end(&w);
}

/*
 * The file must reach to the last page that the index knows of, so that at
 * the next start a shorter one is a damaged one: LMDB leaves out pages at the
 * end that it took and gave back in one transaction.
 */
static void
index_extend(struct store *s)
{
    struct stat st;
    MDB_envinfo info;
    MDB_stat stat;
    uint64_t need;

    if (mdb_env_info(s->env, &info) != 0 || mdb_env_stat(s->env, &stat) != 0) {
        return;
    }
    need = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
    if (need > s->index_size && fstat(s->index_fd, &st) == 0) {
        s->index_size = (uint64_t)st.st_size;
        if (need > s->index_size && ftruncate(s->index_fd, (off_t)need) == 0) {
            s->index_size = need;
        }
    }
}

/* The index's own commit. Only a full disk is nothing to stop for, unless
 * LMDB itself gave up: then its meta page may be on disk or not. */
static enum rc
index_commit(struct store *s)
{
    enum rc rc = lmdb_rc(mdb_txn_commit(s->txn));
    MDB_txn *probe;

    s->txn = NULL; /* gone either way */
    if (rc == RC_FULL || rc == RC_NOMEM) {
        if (mdb_txn_begin(s->env, NULL, 0, &probe) == 0) {
            mdb_txn_abort(probe);
            return rc;
        }
    }
    s->failed = rc != RC_OK;
    return rc;
}

/* What was burned, sealed or has expired goes now, not some day. */
static enum rc
wipe_doomed(struct store *s)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < s->slots.n_doomed && rc == RC_OK; i++) {
        rc = slab_wipe(s->slab_fd, s->slots.doomed[i]);
    }
    if (s->slots.n_doomed > 0 && rc == RC_OK) {
        rc = slab_sync(s->slab_fd);
    }
    if (rc == RC_OK) {
        slots_free_doomed(&s->slots);
    }
    return rc;
}

enum rc
store_commit(struct store *s)
{
    enum rc rc = RC_OK;

    if (s->txn == NULL) {
        return RC_IO;
    }
    if (s->failed) {
        rc = RC_IO;
    } else if (s->slots.n_used > 0 && slab_sync(s->slab_fd) != RC_OK) {
        rc = lmdb_fail(s);
    } else if (slots_refill(&s->slots)) {
        rc = open_put(s);
    }
    if (rc != RC_OK) {
        store_abort(s);
        return lmdb_io(rc);
    }
    if ((rc = index_commit(s)) != RC_OK) {
        if (!s->failed) {
            unwrite(s);
        }
        settle(s, false);
        return lmdb_io(rc);
    }
    settle(s, true);
    index_extend(s);
    return wipe_doomed(s) == RC_OK ? RC_OK : lmdb_fail(s);
}

void
lmdb_expire_again(struct store *s)
{
    s->drops_swept = false;
    memset(s->sweep_at, 0, sizeof s->sweep_at);
    s->pages_day = 0;
}

/* The clock has reached that day. */
static enum rc
day_put(struct store *s, uint32_t day)
{
    uint8_t value[4];
    struct writer w;
    enum rc rc;

    if (day <= s->now.day) {
        return RC_OK;
    }
    wr_init(&w, value, sizeof value);
    wr_u32(&w, day);
    rc = lmdb_put(s->txn, s->meta, "day", 3, value, sizeof value);
    if (rc == RC_OK) {
        (void)pthread_mutex_lock(&s->lock);
        s->now.day = day;
        (void)pthread_mutex_unlock(&s->lock);
    }
    return rc;
}

uint32_t
store_day(struct store *s)
{
    uint32_t day;

    (void)pthread_mutex_lock(&s->lock);
    day = s->before.day;
    (void)pthread_mutex_unlock(&s->lock);
    return day;
}

enum rc
store_expire(struct store *s, int64_t now)
{
    enum rc rc;

    s->last_now = now;
    if ((rc = day_put(s, clock_day(now))) == RC_OK &&
        (rc = lmdb_expire_keys(s, now)) == RC_OK &&
        (rc = lmdb_expire_drops(s, now)) == RC_OK) {
        rc = lmdb_expire_pages(s, now);
    }
    if (rc != RC_OK) {
        return lmdb_io(rc);
    }
    return s->drops_swept && s->pages_day == clock_day(now) ? RC_OK : RC_AGAIN;
}
