/* SPDX-License-Identifier: ISC */
#include "storetest.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "kdf.h"

const struct board storetest_boards[3] = {
    {0, ENTRY_ANSWER_LEN, 600, 16, 64, 2},
    {1, ENTRY_REPORT_LEN, 30, 2, 32, 2},
    {2, ENTRY_REPORT_LEN, 30, 2, 4, 2},
};

static void
need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "storetest: %s: %s\n", what, store_error());
        exit(1);
    }
}

const struct board *
storetest_board(uint8_t id)
{
    const struct board *b = board_find(storetest_boards, 3, id);

    need(b != NULL, "no such board");
    return b;
}

struct store_options
storetest_options(const struct storetest *t)
{
    struct store_options opt = {.dir = t->dir,
                                .boards = storetest_boards,
                                .n_boards = 3,
                                .retention = STORETEST_RETENTION};

    return opt;
}

struct storetest *
storetest_new(uint64_t boxes, int64_t now)
{
    struct storetest *t = calloc(1, sizeof *t);
    const char *tmp = getenv("TMPDIR");
    struct store_setup setup = {.boxes = boxes};
    struct store_options opt;
    uint8_t seed[32] = {7};

    need(t != NULL, "memory");
    (void)snprintf(t->dir, sizeof t->dir, "%s/tocsin-store-XXXXXX",
                   tmp != NULL && strlen(tmp) < 32 ? tmp : "/tmp");
    need(mkdtemp(t->dir) != NULL, "mkdtemp");
    need(crypto_sign_seed_keypair(t->pk, t->sk, seed) == 0, "page key");
    setup.dir = t->dir;
    need(store_create(&setup) == RC_OK, "create");
    opt = storetest_options(t);
    need(store_open(&t->s, &opt, now) == RC_OK, "open");
    return t;
}

const char *
storetest_path(const struct storetest *t, const char *name)
{
    static char path[400];

    (void)snprintf(path, sizeof path, "%s/%s", t->dir, name);
    return path;
}

void
storetest_free(struct storetest *t)
{
    struct dirent *e;
    DIR *dir;

    if (t == NULL) {
        return;
    }
    store_close(t->s);
    if ((dir = opendir(t->dir)) != NULL) {
        while ((e = readdir(dir)) != NULL) {
            (void)unlink(storetest_path(t, e->d_name));
        }
        (void)closedir(dir);
    }
    (void)rmdir(t->dir);
    free(t);
}

struct storetest *
storetest_fresh(void **state, uint64_t boxes, int64_t now)
{
    struct storetest *t = storetest_new(boxes, now);

    *state = t;
    return t;
}

int
storetest_teardown(void **state)
{
    storetest_free(*state);
    *state = NULL;
    return 0;
}

void
storetest_reopen(struct storetest *t, int64_t now)
{
    struct store_options opt = storetest_options(t);

    store_close(t->s);
    t->s = NULL;
    need(store_open(&t->s, &opt, now) == RC_OK, "open again");
}

void
storetest_begin(struct storetest *t)
{
    need(store_begin(t->s) == RC_OK, "begin");
}

void
storetest_commit(struct storetest *t)
{
    need(store_commit(t->s) == RC_OK, "commit");
}

void
storetest_expire(struct storetest *t, int64_t now)
{
    enum rc rc;

    do {
        storetest_begin(t);
        rc = store_expire(t->s, now);
        need(rc == RC_OK || rc == RC_AGAIN, "expire");
        storetest_commit(t);
    } while (rc == RC_AGAIN);
}

void
storetest_bytes(uint8_t *out, size_t len, const char *what, uint32_t i)
{
    uint8_t seed[KDF_LEN];

    kdf_hash(seed, what, (const uint8_t *)&i, sizeof i);
    randombytes_buf_deterministic(out, len, seed);
}

struct storetest_box
storetest_box(uint32_t i)
{
    struct storetest_box b;

    storetest_bytes(b.address, sizeof b.address, "address", i);
    storetest_bytes(b.hash, sizeof b.hash, "burn", i);
    storetest_bytes(b.data, sizeof b.data, "box", i);
    return b;
}

size_t
storetest_entry(uint8_t out[static ENTRY_MAX], uint8_t board, uint32_t i)
{
    size_t len = storetest_board(board)->entry_len;

    storetest_bytes(out, len, "entry", i);
    if (len == ENTRY_REPORT_LEN) {
        out[31] &= 0x3f; /* a canonical key */
    }
    return len;
}
