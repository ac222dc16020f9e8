/* SPDX-License-Identifier: ISC */
/*
 * Records of the relay's index that are not what it wrote: the input is a
 * list of them, put into the index of a small store, which is then opened,
 * read and worked with. It refuses, saying why, or goes on; nothing else.
 *   u8 database, u8 key length, u16 value length (65535: no such record),
 *   key, value
 */
#include "lmdb_store.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sodium.h>

#include "cell.h"
#include "clock.h"
#include "file.h"
#include "reader.h"

#define DAY      20000
#define NOW      ((int64_t)DAY * DAY_SECONDS + 7200)
#define NONE     65535
#define COPY_MAX ((size_t)64 * 1024 * 1024)

static const struct board boards[] = {{0, 16, 3600, 16, 16, 2},
                                      {1, 4096, 3600, 2, 2, 2}};
static char dir[64], path[96];
static struct store_options opt = {
    .dir = dir, .boards = boards, .n_boards = 2, .retention = 1};
static uint8_t *good; /* the index as it was made */
static size_t good_len;
static uint8_t page_sk[64], box[CELL_BOX_LEN];

static void
clean(void)
{
    static const char *const names[] = {"slab", "weekkeys", "index.lmdb",
                                        "index.lmdb-lock"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(dir);
    free(good);
}

/* Something of each kind, on a day. */
static enum rc
work(struct store *s, int64_t now)
{
    static uint8_t entry[4096];
    const uint8_t address[32] = {1}, burn[32] = {2}, org[32] = {3};
    const struct store_put put = {address, burn, box};
    const struct store_ring ring = {1, entry, 255};
    enum cell_status status;
    struct store_rung rung;
    uint32_t expiry;
    bool sealed;
    enum rc rc;

    if ((rc = store_put(s, &put, now, &status, &expiry)) == RC_OK &&
        (rc = store_ring(s, &ring, now, &rung)) == RC_OK &&
        (rc = store_note_put(s, 'd', org, box, 100)) == RC_OK &&
        (rc = store_seal(s, 1, now, page_sk, &sealed)) == RC_OK) {
        rc = store_seal(s, 0, now, page_sk, &sealed);
    }
    return rc;
}

static void
start(void)
{
    const char *shm = "/dev/shm", *base = access(shm, W_OK) == 0 ? shm : "/tmp";
    const struct store_setup setup = {.dir = dir, .boxes = 4};
    uint8_t pk[32];
    struct store *s;

    (void)snprintf(dir, sizeof dir, "%s/index-fuzz.XXXXXX", base);
    require(sodium_init() >= 0 && mkdtemp(dir) != NULL && atexit(clean) == 0 &&
            crypto_sign_keypair(pk, page_sk) == 0 &&
            store_create(&setup) == RC_OK);
    for (int64_t at = NOW - 7200; at <= NOW; at += 3600) {
        require(store_open(&s, &opt, at) == RC_OK);
        require(store_begin(s) == RC_OK && work(s, at) == RC_OK &&
                store_commit(s) == RC_OK);
        store_close(s);
    }
    (void)snprintf(path, sizeof path, "%s/index.lmdb", dir);
    require(file_read(&good, &good_len, path, COPY_MAX) == RC_OK);
}

/* As it is when nothing was changed: only what is there is written. */
static void
spoil(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"meta",    "drops", "seen",
                                        "waiting", "pages", "notes"};
    struct reader r;
    MDB_env *env;
    MDB_txn *txn;

    (void)snprintf(path, sizeof path, "%s/index.lmdb", dir);
    require(file_write(path, good, good_len, 0600, true) == RC_OK);
    require(mdb_env_create(&env) == 0 && mdb_env_set_maxdbs(env, 8) == 0 &&
            mdb_env_set_mapsize(env, COPY_MAX) == 0 &&
            mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOSYNC, 0600) == 0 &&
            mdb_txn_begin(env, NULL, 0, &txn) == 0);
    rd_init(&r, data, size);
    while (r.left > 0) {
        uint8_t which = rd_u8(&r), key_len = rd_u8(&r);
        uint16_t len = rd_u16(&r);
        const uint8_t *key = rd_bytes(&r, key_len);
        const uint8_t *value = len == NONE ? NULL : rd_bytes(&r, len);
        MDB_val k, v;
        MDB_dbi dbi;

        if (r.rc != RC_OK || key_len == 0) {
            break;
        }
        k = lmdb_val(key, key_len);
        v = lmdb_val(value, len);
        require(mdb_dbi_open(txn, names[which % 6], 0, &dbi) == 0);
        (void)(len == NONE ? mdb_del(txn, dbi, &k, NULL)
                           : mdb_put(txn, dbi, &k, &v, 0));
    }
    require(mdb_txn_commit(txn) == 0);
    mdb_env_close(env);
}

static void
read_all(struct store *s)
{
    static uint8_t buf[65536];
    const uint8_t address[32] = {1}, org[32] = {3};
    uint8_t *out;
    struct store_stats st;
    size_t len;

    for (uint8_t b = 0; b < 2; b++) {
        uint64_t newest = 0, bytes, next, first;
        uint16_t slots;

        if (store_newest(s, b, &newest, &slots) == RC_OK) {
            require(slots >= boards[b].slots && slots <= boards[b].max);
        }
        first = newest > 30 ? newest - 30 : 0;
        for (uint64_t n = first; n <= newest && n < first + 40; n++) {
            if (store_page(s, b, n, &out, &len) == RC_OK) {
                free(out);
            }
        }
        (void)!store_span(s, b, first, newest, &bytes);
        if (store_span_read(s, b, first, newest, buf, sizeof buf, &len,
                            &next) == RC_OK) {
            require(len <= sizeof buf);
        }
    }
    (void)!store_get(s, address, NOW, box);
    if (store_note(s, 'd', org, &out, &len) == RC_OK) {
        free(out);
    }
    store_stats(s, &st);
    require(st.boxes == 4 && st.boxes_used <= 4);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store *s;
    enum rc rc;

    if (good == NULL) {
        start();
    }
    spoil(data, size);
    rc = store_open(&s, &opt, NOW);
    require((rc == RC_OK) == (s != NULL));
    require(rc == RC_OK || *store_error() != 0);
    if (rc != RC_OK) {
        return 0;
    }
    read_all(s);
    if (store_begin(s) == RC_OK) {
        rc = work(s, NOW + 3600);
        if (rc == RC_OK) {
            rc = store_expire(s, NOW + 40 * DAY_SECONDS);
        }
        if (rc != RC_OK && rc != RC_AGAIN) {
            store_abort(s);
        } else {
            (void)!store_commit(s);
        }
    }
    read_all(s);
    store_close(s);
    return 0;
}
