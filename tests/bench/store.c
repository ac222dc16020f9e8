/* SPDX-License-Identifier: ISC */
/*
 * How fast the store makes boxes durable, in groups of 1, 8 and 64, beside
 * two things measured in the same run on the same disk: LMDB alone with
 * 16,000-byte values under random keys, and a file written in full before
 * (pwrite to random places, fdatasync a group). Then how long it takes to
 * open a store of 100,000 boxes.
 *
 * On the disk of the current folder; STORE_BENCH_DIR for another.
 */
#include "store.h"

#include <lmdb.h>
#include <sodium.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS  9 /* interleaved: other work disturbs; medians are printed */
#define SECONDS 0.2
#define BOXES   40000
#define MANY    100000
#define BLOCK   16384

static const int64_t now = (int64_t)2900 * 7 * 86400;
static uint8_t box[CELL_BOX_LEN];
static char dir[200];

static void
need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "store: %s failed: %s\n", what, store_error());
        exit(1);
    }
}

static double
seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The bench's own folder, without what is in it. */
static void
clear(bool with_folder)
{
    struct dirent *e;
    char path[500];
    DIR *d = opendir(dir);

    while (d != NULL && (e = readdir(d)) != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        (void)unlink(path);
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    if (with_folder) {
        (void)rmdir(dir);
    }
}

/* Boxes a second of a function that makes a group of n durable. */
static double
rate(void (*group)(void *, unsigned), void *arg, unsigned n)
{
    double start = seconds(), spent;
    unsigned long done = 0;

    do {
        group(arg, n);
        done += n;
        spent = seconds() - start;
    } while (spent < SECONDS && done < BOXES / (4 * ROUNDS));
    return (double)done / spent;
}

static int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double v[static ROUNDS])
{
    qsort(v, ROUNDS, sizeof *v, by_value);
    return v[ROUNDS / 2];
}

static void
store_group(void *arg, unsigned n)
{
    struct store *s = arg;
    uint8_t address[32], hash[32];
    struct store_put put = {address, hash, box};
    enum cell_status status;
    uint32_t day;

    need(store_begin(s) == RC_OK, "begin");
    for (unsigned i = 0; i < n; i++) {
        randombytes_buf(address, sizeof address);
        randombytes_buf(hash, sizeof hash);
        need(store_put(s, &put, now, &status, &day) == RC_OK &&
                 status == CELL_STORED,
             "put");
    }
    need(store_commit(s) == RC_OK, "commit");
}

struct lmdb {
    MDB_env *env;
    MDB_dbi dbi;
};

static void
lmdb_group(void *arg, unsigned n)
{
    struct lmdb *l = arg;
    MDB_txn *txn;

    need(mdb_txn_begin(l->env, NULL, 0, &txn) == 0, "lmdb begin");
    for (unsigned i = 0; i < n; i++) {
        uint8_t address[32];
        MDB_val k = {sizeof address, address}, v = {sizeof box, box};

        randombytes_buf(address, sizeof address);
        need(mdb_put(txn, l->dbi, &k, &v, 0) == 0, "lmdb put");
    }
    need(mdb_txn_commit(txn) == 0, "lmdb commit");
}

static void
file_group(void *arg, unsigned n)
{
    int fd = *(int *)arg;

    for (unsigned i = 0; i < n; i++) {
        off_t at = (off_t)randombytes_uniform(BOXES) * BLOCK;

        need(pwrite(fd, box, sizeof box, at) == (ssize_t)sizeof box,
             "file write");
    }
    need(fdatasync(fd) == 0, "file sync");
}

static struct store *
store_make(uint64_t boxes, int64_t at)
{
    static const struct board boards[] = {
        {0, ENTRY_ANSWER_LEN, 600, 16, 64, 2},
        {1, ENTRY_REPORT_LEN, 30, 2, 32, 2},
    };
    struct store_setup setup = {.dir = dir, .boxes = boxes};
    struct store_options opt = {
        .dir = dir, .boards = boards, .n_boards = 2, .retention = 28};
    struct store *s;
    enum rc rc;

    if (boxes > 0) {
        need(store_create(&setup) == RC_OK, "create");
    }
    rc = store_open(&s, &opt, at);
    need(rc == RC_OK, "open");
    return s;
}

static void
lmdb_make(struct lmdb *l)
{
    char path[300];
    MDB_txn *txn;

    (void)snprintf(path, sizeof path, "%s/plain.lmdb", dir);
    need(mdb_env_create(&l->env) == 0 &&
             mdb_env_set_mapsize(l->env, (size_t)4 << 30) == 0 &&
             mdb_env_open(l->env, path, MDB_NOSUBDIR, 0600) == 0 &&
             mdb_txn_begin(l->env, NULL, 0, &txn) == 0 &&
             mdb_dbi_open(txn, NULL, 0, &l->dbi) == 0 &&
             mdb_txn_commit(txn) == 0,
         "lmdb open");
}

static int
file_make(void)
{
    char path[300];
    uint8_t block[BLOCK];
    int fd;

    (void)snprintf(path, sizeof path, "%s/plain.file", dir);
    need((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) >= 0,
         "file open");
    randombytes_buf(block, sizeof block);
    for (int i = 0; i < BOXES; i++) {
        need(write(fd, block, sizeof block) == (ssize_t)sizeof block,
             "file write");
    }
    need(fdatasync(fd) == 0, "file sync");
    return fd;
}

static void
durable_puts(void)
{
    static const unsigned groups[] = {1, 8, 64};
    struct store *s = store_make(BOXES, now);
    struct lmdb l;
    int fd = file_make();

    lmdb_make(&l);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        double plain[ROUNDS], lmdb[ROUNDS], store[ROUNDS];
        double to_plain[ROUNDS], to_lmdb[ROUNDS];

        for (int k = 0; k < ROUNDS; k++) {
            plain[k] = rate(file_group, &fd, groups[i]);
            store[k] = rate(store_group, s, groups[i]);
            lmdb[k] = rate(lmdb_group, &l, groups[i]);
            to_plain[k] = store[k] / plain[k];
            to_lmdb[k] = store[k] / lmdb[k];
        }
        printf("store: groups of %2u: %6.0f durable PUTs/s, %.2f of LMDB "
               "alone (%.0f/s), %.2f of a bare prewritten file (%.0f/s)\n",
               groups[i], median(store), median(to_lmdb), median(lmdb),
               median(to_plain), median(plain));
        (void)fflush(stdout);
    }
    store_close(s);
    mdb_env_close(l.env);
    (void)close(fd);
}

/* The time to read all of the index's bytes is what it is compared with. */
static void
start_up(void)
{
    struct store *s = store_make(MANY, now);
    struct store_stats st;
    double start, spent;

    store_stats(s, &st);
    while (st.boxes_used + 64 <= MANY) {
        store_group(s, 64);
        store_stats(s, &st);
    }
    store_close(s);
    start = seconds();
    s = store_make(0, now);
    spent = seconds() - start;
    store_stats(s, &st);
    printf("store: start with %llu boxes: %.0f ms, %.2f us a box\n",
           (unsigned long long)st.boxes_used, spent * 1e3,
           spent * 1e6 / (double)st.boxes_used);
    store_close(s);
}

int
main(void)
{
    const char *where = getenv("STORE_BENCH_DIR");

    if (sodium_init() < 0) {
        return 1;
    }
    randombytes_buf(box, sizeof box);
    (void)snprintf(dir, sizeof dir, "%s/store-bench-XXXXXX",
                   where != NULL && strlen(where) < 150 ? where : ".");
    need(mkdtemp(dir) != NULL, "mkdtemp");
    durable_puts();
    clear(false);
    start_up();
    clear(true);
    return 0;
}
