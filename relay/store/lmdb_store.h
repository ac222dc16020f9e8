/* SPDX-License-Identifier: ISC */
/*
 * The LMDB backend, inside. Files in the store's folder:
 *   index.lmdb (and -lock)  all truth, the databases below
 *   slab                    boxes and waiting entries, see slab.h
 *   weekkeys                see slabkeys.h
 *
 * Databases; integers big-endian:
 *   meta     "format": u32 2, id of the slab
 *            "open": u32 each: slots that are overwritten at start
 *            "day": u32, the last that the store has seen
 *            "board" u8: u16 tick, u64 newest page, u16 its slots, its hash
 *   drops    address: u8 kind (1 drop, 2 tombstone), u32 slot (0 for a
 *            tombstone), u32 expiry week (a tombstone's is one later than
 *            its box's), burn hash
 *   seen     u8 board, BLAKE2b-256 of an entry on a page: u64 page number
 *   waiting  u32 slot: u32 week of its key. Nothing else: freed pages of the
 *            index keep old records, and must not tell who rang
 *   pages    u8 board, u64 number: the page
 *   notes    u8 kind, organisation: the note
 *
 * A group: writes to the slab at once, into slots that an earlier group put
 * into "open"; syncs the slab; commits the index; overwrites the slots it gave
 * back and syncs those. Whatever a crash leaves half done is in "open".
 */
#ifndef LMDB_STORE_H
#define LMDB_STORE_H

#include "pool.h"
#include "reader.h"
#include "slab.h"
#include "slabkeys.h"
#include "slots.h"
#include "store.h"
#include "writer.h"

#include <pthread.h>

#include <lmdb.h>

#define STORE_FORMAT        2
#define STORE_RETENTION_MAX 400 /* days; week keys have 64 places */
#define STORE_LIFE_MIN      3   /* days granted at the least */
#define DROP_COST           160 /* bytes of index for a drop or tombstone */
#define STORE_IDLE_READERS  64
#define STORE_READERS_MAX   510
#define PAGE_KEY_LEN        (1 + 8)
#define SEEN_KEY_LEN        (1 + 32)
#define DROP_RECORD_LEN     (1 + 4 + 4 + DROP_BURN_LEN)

enum drop_kind {
    DROP_LIVE = 1,
    DROP_TOMBSTONE = 2
};

struct drop_record {
    enum drop_kind kind;
    uint32_t slot;
    uint32_t week;
    uint8_t burn_hash[DROP_BURN_LEN];
};

struct board_state {
    bool any; /* a page was sealed */
    uint64_t newest;
    uint16_t slots;
    uint8_t hash[PAGE_HASH_LEN];
};

struct store_board {
    struct board board;
    struct pool pool;
    struct board_state now;    /* as the group sees it */
    struct board_state before; /* as it is committed */
};

struct store_counts {
    uint64_t drops;
    uint64_t tombstones;
    uint32_t day; /* the last that was seen; 0 before the first */
};

struct store {
    MDB_env *env;
    MDB_dbi meta, drops, seen, waiting, pages, notes;
    int slab_fd, keys_fd, index_fd;
    struct slab_head head;
    struct slabkeys *keys;
    uint32_t retention;
    uint64_t tombstones_max;

    /* The writing thread's own. */
    MDB_txn *txn; /* of the group, NULL outside */
    struct slots slots;
    bool failed; /* nothing is written any more */
    uint64_t index_size;
    uint32_t keys_week;   /* keys were made from this week on */
    uint32_t orphan_week; /* oldest week of entries for unknown boards */
    int64_t last_now;     /* the time of the last operation that had one */
    /* What has expired is dropped a piece at a time. */
    bool swept_in_group;
    bool drops_swept; /* all that had expired by sweep_week */
    uint32_t sweep_week;
    uint8_t sweep_at[DROP_ADDRESS_LEN]; /* or by then up to here */
    uint32_t pages_day; /* pages that expired by this day are dropped */

    /* Under the lock: the writer changes it, readers look. */
    pthread_mutex_t lock;
    struct store_board *boards;
    size_t n_boards;
    struct store_counts now;    /* as the group sees it */
    struct store_counts before; /* as it is committed */
    uint64_t lost;              /* waiting entries that the disk did not keep */
    MDB_txn *idle[STORE_IDLE_READERS];
    size_t n_idle;
};

/* What LMDB says, as a result. */
enum rc lmdb_rc(int e) MUST_CHECK;
/* What store_error says in this thread. */
void lmdb_say(const char *what);
/* The result of an operation: RC_OK or RC_IO. Says so when the disk is full. */
enum rc lmdb_io(enum rc rc) MUST_CHECK;
MDB_val lmdb_val(const void *p, size_t len);
/* A value of the group's transaction; RC_MISSING. */
enum rc lmdb_get(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len,
                 MDB_val *out) MUST_CHECK;
enum rc lmdb_put(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len,
                 const void *value, size_t len) MUST_CHECK;
/* RC_OK too when it is not there. */
enum rc lmdb_del(MDB_txn *txn, MDB_dbi dbi, const void *key,
                 size_t key_len) MUST_CHECK;

/* A read transaction for any thread; short. */
enum rc lmdb_reader(struct store *s, MDB_txn **txn) MUST_CHECK;
void lmdb_reader_end(struct store *s, MDB_txn *txn);

struct store_board *lmdb_board(struct store *s, uint8_t id);
/* The fail-stop: after a sync that failed nobody knows what is on disk. */
enum rc lmdb_fail(struct store *s) MUST_CHECK;

/*
 * Everything from disk to memory, at open, inside a group's transaction. Takes
 * off the record what waits in damaged slots, or for a board that has long
 * left the directory. On RC_FORMAT *what says what is
 * damaged.
 */
enum rc lmdb_load(struct store *s, int64_t now, const char **what) MUST_CHECK;
/* Would the page of an entry of that week be gone by now? Then the entry goes,
 * too, where no board of the directory takes it. */
bool lmdb_outlived(const struct store *s, uint32_t week, uint32_t today);
/* The last day that the store has seen: before anything else. */
enum rc lmdb_load_day(struct store *s) MUST_CHECK;
/* Bytes that the index may grow to. */
uint64_t lmdb_bound(const struct store_options *opt,
                    const struct slab_head *head);
enum rc drop_record_parse(struct drop_record *out,
                          const MDB_val *in) MUST_CHECK;
void drop_record_write(uint8_t out[static DROP_RECORD_LEN],
                       const struct drop_record *rec);
/* The record on disk of a board's newest page. */
enum rc board_state_put(struct store *s,
                        const struct store_board *b) MUST_CHECK;

/* Take a waiting entry off the record and give its slot back. */
enum rc waiting_end(struct store *s, uint32_t slot) MUST_CHECK;
void page_key(uint8_t key[static PAGE_KEY_LEN], uint8_t board, uint64_t number);
void seen_key(uint8_t key[static SEEN_KEY_LEN], uint8_t board,
              const uint8_t *entry, size_t len);

/* Parts of store_expire, each a bounded piece of work. */
enum rc lmdb_expire_keys(struct store *s, int64_t now) MUST_CHECK;
enum rc lmdb_expire_drops(struct store *s, int64_t now) MUST_CHECK;
enum rc lmdb_expire_pages(struct store *s, int64_t now) MUST_CHECK;
/* Begin them anew: after a group that failed. */
void lmdb_expire_again(struct store *s);

#endif
