/* SPDX-License-Identifier: ISC */
#include "slabkeys.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "kdf.h"
#include "reader.h"
#include "writer.h"

#define MAGIC_LEN   32
#define CHECKED_LEN (4 + SLABKEYS_KEY_LEN)

struct slabkeys {
    struct slabkeys_table table; /* first: the struct's alignment is its own */
    pthread_mutex_t lock;
    int fd;
};

static const uint8_t magic[MAGIC_LEN] = "tocsin/1 weekkeys\n";

static void
place_parse(struct reader *r, struct slabkeys_table *out, uint32_t i)
{
    const uint8_t *p = rd_bytes(r, SLABKEYS_SECTOR_LEN);
    uint8_t check[KDF_LEN];
    struct reader in;
    const uint8_t *want;

    if (p == NULL || sodium_is_zero(p, SLABKEYS_SECTOR_LEN)) {
        return;
    }
    rd_init(&in, p, SLABKEYS_SECTOR_LEN);
    out->place[i].used = true;
    out->place[i].week = rd_u32(&in);
    rd_copy(&in, out->place[i].key, SLABKEYS_KEY_LEN);
    blake2b_256(check, p, CHECKED_LEN);
    want = rd_bytes(&in, KDF_LEN);
    rd_zeroes(&in);
    rd_require(&in, out->place[i].week % SLABKEYS_PLACES == i);
    rd_require(r, rd_end(&in) == RC_OK);
    if (r->rc == RC_OK && sodium_memcmp(check, want, KDF_LEN) != 0) {
        r->rc = RC_FORGED;
        r->left = 0;
    }
    sodium_memzero(check, sizeof check);
}

enum rc
slabkeys_parse(struct slabkeys_table *out,
               const uint8_t in[static SLABKEYS_FILE_LEN])
{
    const uint8_t *p;
    struct reader r;

    memset(out, 0, sizeof *out);
    rd_init(&r, in, SLABKEYS_FILE_LEN);
    p = rd_bytes(&r, MAGIC_LEN);
    rd_require(&r, p != NULL && memcmp(p, magic, MAGIC_LEN) == 0);
    rd_zero(&r, SLABKEYS_SECTOR_LEN - MAGIC_LEN);
    for (uint32_t i = 0; i < SLABKEYS_PLACES; i++) {
        place_parse(&r, out, i);
    }
    if (rd_end(&r) != RC_OK) {
        sodium_memzero(out, sizeof *out);
    }
    return r.rc;
}

static void
place_write(uint8_t out[static SLABKEYS_SECTOR_LEN],
            const struct slabkeys_table *t, uint32_t i)
{
    uint8_t check[KDF_LEN];
    struct writer w;

    wr_init(&w, out, SLABKEYS_SECTOR_LEN);
    if (t->place[i].used) {
        wr_u32(&w, t->place[i].week);
        wr_bytes(&w, t->place[i].key, SLABKEYS_KEY_LEN);
        blake2b_256(check, out, CHECKED_LEN);
        wr_bytes(&w, check, KDF_LEN);
        sodium_memzero(check, sizeof check);
    }
    wr_zeroes(&w);
    if (wr_end(&w) != RC_OK) {
        abort();
    }
}

void
slabkeys_write(uint8_t out[static SLABKEYS_FILE_LEN],
               const struct slabkeys_table *table)
{
    memset(out, 0, SLABKEYS_SECTOR_LEN);
    memcpy(out, magic, MAGIC_LEN);
    for (uint32_t i = 0; i < SLABKEYS_PLACES; i++) {
        place_write(out + (size_t)(i + 1) * SLABKEYS_SECTOR_LEN, table, i);
    }
}

/* Whole sectors; one at a time lands whole or not at all. */
static enum rc
write_synced(int fd, const uint8_t *in, size_t len, size_t at)
{
    ssize_t n;

    do {
        n = pwrite(fd, in, len, (off_t)at);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)len && fdatasync(fd) == 0 ? RC_OK : RC_IO;
}

enum rc
slabkeys_create(int fd)
{
    static const struct slabkeys_table none;
    uint8_t file[SLABKEYS_FILE_LEN];

    slabkeys_write(file, &none);
    return write_synced(fd, file, sizeof file, 0);
}

enum rc
slabkeys_open(struct slabkeys **out, int fd)
{
    struct slabkeys *k = sodium_malloc(sizeof *k);
    uint8_t *file = sodium_malloc(SLABKEYS_FILE_LEN);
    struct stat st;
    enum rc rc;
    ssize_t n;

    *out = NULL;
    if (k == NULL || file == NULL) {
        rc = RC_NOMEM;
        goto out;
    }
    if (fstat(fd, &st) != 0 ||
        (n = pread(fd, file, SLABKEYS_FILE_LEN, 0)) < 0) {
        rc = RC_IO;
        goto out;
    }
    if (n != SLABKEYS_FILE_LEN || st.st_size != SLABKEYS_FILE_LEN) {
        rc = n < SLABKEYS_FILE_LEN ? RC_TRUNCATED : RC_FORMAT;
        goto out;
    }
    if ((rc = slabkeys_parse(&k->table, file)) != RC_OK) {
        goto out;
    }
    if (pthread_mutex_init(&k->lock, NULL) != 0) {
        rc = RC_NOMEM;
        goto out;
    }
    k->fd = fd;
    *out = k;
    k = NULL;
out:
    sodium_free(k);
    sodium_free(file);
    return rc;
}

void
slabkeys_free(struct slabkeys *k)
{
    if (k != NULL) {
        (void)pthread_mutex_destroy(&k->lock);
        sodium_free(k);
    }
}

enum rc
slabkeys_get(struct slabkeys *k, uint32_t week,
             uint8_t key[static SLABKEYS_KEY_LEN])
{
    uint32_t i = week % SLABKEYS_PLACES;
    enum rc rc = RC_MISSING;

    memset(key, 0, SLABKEYS_KEY_LEN);
    (void)pthread_mutex_lock(&k->lock);
    if (k->table.place[i].used && k->table.place[i].week == week) {
        memcpy(key, k->table.place[i].key, SLABKEYS_KEY_LEN);
        rc = RC_OK;
    }
    (void)pthread_mutex_unlock(&k->lock);
    return rc;
}

/* The place as it is in memory, to the disk. */
static enum rc
place_store(struct slabkeys *k, uint32_t i)
{
    uint8_t sector[SLABKEYS_SECTOR_LEN];
    enum rc rc;

    place_write(sector, &k->table, i);
    rc = write_synced(k->fd, sector, sizeof sector,
                      (size_t)(i + 1) * SLABKEYS_SECTOR_LEN);
    sodium_memzero(sector, sizeof sector);
    return rc;
}

static void
place_clear(struct slabkeys *k, uint32_t i)
{
    (void)pthread_mutex_lock(&k->lock);
    sodium_memzero(&k->table.place[i], sizeof k->table.place[i]);
    (void)pthread_mutex_unlock(&k->lock);
}

enum rc
slabkeys_make(struct slabkeys *k, uint32_t week)
{
    uint32_t i = week % SLABKEYS_PLACES;
    enum rc rc;

    if (k->table.place[i].used) {
        return k->table.place[i].week == week ? RC_OK : RC_AGAIN;
    }
    (void)pthread_mutex_lock(&k->lock);
    k->table.place[i].used = true;
    k->table.place[i].week = week;
    randombytes_buf(k->table.place[i].key, SLABKEYS_KEY_LEN);
    (void)pthread_mutex_unlock(&k->lock);
    if ((rc = place_store(k, i)) != RC_OK) {
        place_clear(k, i);
    }
    return rc;
}

enum rc
slabkeys_destroy(struct slabkeys *k, uint32_t before)
{
    enum rc rc = RC_OK;

    for (uint32_t i = 0; i < SLABKEYS_PLACES; i++) {
        if (k->table.place[i].used && k->table.place[i].week < before) {
            place_clear(k, i);
            if (place_store(k, i) != RC_OK) {
                rc = RC_IO;
            }
        }
    }
    return rc;
}
