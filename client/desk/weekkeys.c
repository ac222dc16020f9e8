/* SPDX-License-Identifier: ISC */
#include "weekkeys.h"

#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "reader.h"
#include "writer.h"

#define NONCE_LEN crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SCAN_LEN (4 + 32 + 32)
#define SIGN_LEN (4 + 32)
#define FILE_SLOTS (2 * WEEKKEYS_SLOTS)

/* Which two slots of the file a week has. */
#define SCAN_SLOT(i) (2 * (i))
#define SIGN_SLOT(i) (2 * (i) + 1)

/* One allocation of locked memory. */
struct secrets {
    uint8_t key[WEEKKEYS_KEY_LEN];
    struct weekkey slots[WEEKKEYS_SLOTS];
    bool used[WEEKKEYS_SLOTS];
};

struct weekkeys {
    int fd;
    struct secrets *s; /* sodium_malloc */
};

static void
slot_aad(uint8_t aad[static 4], size_t slot)
{
    struct writer w;

    wr_init(&w, aad, 4);
    wr_u32(&w, (uint32_t)slot);
}

/*
 * What a slot of the file holds.
 * returns  RC_OK; RC_MISSING (it is free); RC_EXPIRED (a crash while it was
 *          destroyed); RC_FORGED
 */
static enum rc
slot_open(uint8_t *plain, size_t len, const struct secrets *s, size_t slot,
          const uint8_t *in)
{
    uint8_t aad[4];

    if (sodium_is_zero(in, WEEKKEYS_SLOT_LEN)) {
        return RC_MISSING;
    }
    if (!sodium_is_zero(in + NONCE_LEN + len + TAG_LEN,
                        WEEKKEYS_SLOT_LEN - NONCE_LEN - len - TAG_LEN)) {
        return RC_EXPIRED;
    }
    slot_aad(aad, slot);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
               plain, NULL, NULL, in + NONCE_LEN, len + TAG_LEN, aad,
               sizeof aad, in, s->key) == 0
               ? RC_OK
               : RC_FORGED;
}

static void
slot_seal(uint8_t out[static WEEKKEYS_SLOT_LEN], const struct secrets *s,
          size_t slot, const uint8_t *plain, size_t len)
{
    uint8_t aad[4];

    memset(out, 0, WEEKKEYS_SLOT_LEN);
    slot_aad(aad, slot);
    randombytes_buf(out, NONCE_LEN);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_LEN, NULL, plain,
                                               len, aad, sizeof aad, NULL, out,
                                               s->key);
}

/* In place, whole, and on the disk before it returns. */
static enum rc
slot_write(const struct weekkeys *w, size_t slot, const uint8_t *bytes)
{
    size_t done = 0;

    while (done < WEEKKEYS_SLOT_LEN) {
        off_t at = (off_t)(slot * WEEKKEYS_SLOT_LEN + done);
        ssize_t n =
            pwrite(w->fd, bytes + done, WEEKKEYS_SLOT_LEN - done, at);

        if (n < 0 && errno != EINTR) {
            return RC_IO;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return fdatasync(w->fd) == 0 ? RC_OK : RC_IO;
}

/* Random first: a disk that drops blocks of zeros still overwrites. */
static enum rc
slot_erase(const struct weekkeys *w, size_t slot)
{
    uint8_t bytes[WEEKKEYS_SLOT_LEN];
    enum rc rc;

    randombytes_buf(bytes, sizeof bytes);
    bytes[sizeof bytes - 1] |= 1; /* so that slot_open knows it */
    if ((rc = slot_write(w, slot, bytes)) == RC_OK) {
        memset(bytes, 0, sizeof bytes);
        rc = slot_write(w, slot, bytes);
    }
    return rc;
}

static enum rc
slot_read(const struct weekkeys *w, size_t slot,
          uint8_t bytes[static WEEKKEYS_SLOT_LEN])
{
    size_t done = 0;

    while (done < WEEKKEYS_SLOT_LEN) {
        off_t at = (off_t)(slot * WEEKKEYS_SLOT_LEN + done);
        ssize_t n = pread(w->fd, bytes + done, WEEKKEYS_SLOT_LEN - done, at);

        if (n == 0 || (n < 0 && errno != EINTR)) {
            return RC_IO;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return RC_OK;
}

/* What stands in a slot, opened; one whose destruction a crash ended is
 * destroyed now. RC_OK, RC_MISSING. */
static enum rc
slot_load(uint8_t *plain, size_t len, const struct weekkeys *w, size_t slot)
{
    uint8_t bytes[WEEKKEYS_SLOT_LEN];
    enum rc rc = slot_read(w, slot, bytes);

    if (rc == RC_OK &&
        (rc = slot_open(plain, len, w->s, slot, bytes)) == RC_EXPIRED) {
        rc = slot_erase(w, slot);
        rc = rc == RC_OK ? RC_MISSING : rc;
    }
    return rc;
}

/* V goes before K and Q, or with them: alone it is what a crash left. */
static enum rc
load_v(struct weekkey *key, bool used, const struct weekkeys *w, size_t i)
{
    uint8_t plain[SIGN_LEN];
    struct reader r;
    enum rc rc = slot_load(plain, sizeof plain, w, SIGN_SLOT(i));

    if (rc != RC_OK) {
        return rc == RC_MISSING ? RC_OK : rc;
    }
    rd_init(&r, plain, sizeof plain);
    if (used && rd_u32(&r) == key->week) {
        rd_copy(&r, key->v, sizeof key->v);
        key->has_v = true;
    } else {
        rc = slot_erase(w, SIGN_SLOT(i));
    }
    sodium_memzero(plain, sizeof plain);
    return rc;
}

static enum rc
load_week(const struct weekkeys *w, size_t i)
{
    struct weekkey *key = &w->s->slots[i];
    uint8_t plain[SCAN_LEN];
    struct reader r;
    enum rc rc;

    w->s->used[i] = false;
    sodium_memzero(key, sizeof *key);
    if ((rc = slot_load(plain, sizeof plain, w, SCAN_SLOT(i))) == RC_OK) {
        rd_init(&r, plain, sizeof plain);
        key->week = rd_u32(&r);
        rd_copy(&r, key->k, sizeof key->k);
        rd_copy(&r, key->q, sizeof key->q);
        sodium_memzero(plain, sizeof plain);
        if (crypto_scalarmult_base(key->k_public, key->k) != 0) {
            return RC_FORGED;
        }
        w->s->used[i] = true;
    } else if (rc != RC_MISSING) {
        return rc;
    }
    return load_v(key, w->s->used[i], w, i);
}

static enum rc
read_all(struct weekkeys *w)
{
    struct stat st;
    enum rc rc = RC_OK;

    if (fstat(w->fd, &st) != 0) {
        return RC_IO;
    }
    if (st.st_size != FILE_SLOTS * WEEKKEYS_SLOT_LEN) {
        return RC_FORMAT;
    }
    for (size_t i = 0; rc == RC_OK && i < WEEKKEYS_SLOTS; i++) {
        rc = load_week(w, i);
    }
    return rc;
}

/* Other processes wait; what they wrote is read first. */
static enum rc
lock_and_read(struct weekkeys *w)
{
    enum rc rc;

    while (flock(w->fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            return RC_IO;
        }
    }
    if ((rc = read_all(w)) != RC_OK) {
        (void)flock(w->fd, LOCK_UN);
    }
    return rc;
}

enum rc
weekkeys_reload(struct weekkeys *w)
{
    enum rc rc = lock_and_read(w);

    if (rc == RC_OK) {
        (void)flock(w->fd, LOCK_UN);
    }
    return rc;
}

static enum rc
file_create(int fd)
{
    static const uint8_t zeros[WEEKKEYS_SLOT_LEN];

    for (size_t i = 0; i < FILE_SLOTS; i++) {
        if (write(fd, zeros, sizeof zeros) != (ssize_t)sizeof zeros) {
            return RC_IO;
        }
    }
    return fsync(fd) == 0 ? RC_OK : RC_IO;
}

enum rc
weekkeys_open(struct weekkeys **out, const char *path,
              const uint8_t key[static WEEKKEYS_KEY_LEN], bool create)
{
    struct weekkeys *w = calloc(1, sizeof *w);
    int flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0);
    enum rc rc;

    *out = NULL;
    if (w == NULL) {
        return RC_NOMEM;
    }
    if ((w->fd = open(path, flags, 0600)) < 0) {
        rc = errno == ENOENT   ? RC_MISSING
             : errno == EEXIST ? RC_TAKEN
                               : RC_IO;
        goto out;
    }
    if ((w->s = sodium_malloc(sizeof *w->s)) == NULL) {
        rc = RC_NOMEM;
        goto out;
    }
    sodium_memzero(w->s, sizeof *w->s);
    memcpy(w->s->key, key, WEEKKEYS_KEY_LEN);
    if ((create && (rc = file_create(w->fd)) != RC_OK) ||
        (rc = weekkeys_reload(w)) != RC_OK) {
        goto out;
    }
    *out = w;
    w = NULL;
out:
    weekkeys_close(w);
    return rc;
}

void
weekkeys_close(struct weekkeys *w)
{
    if (w == NULL) {
        return;
    }
    if (w->fd >= 0) {
        (void)close(w->fd);
    }
    sodium_free(w->s);
    free(w);
}

static bool
find(const struct weekkeys *w, uint32_t week, size_t *slot)
{
    for (size_t i = 0; i < WEEKKEYS_SLOTS; i++) {
        if (w->s->used[i] && w->s->slots[i].week == week) {
            *slot = i;
            return true;
        }
    }
    return false;
}

const struct weekkey *
weekkeys_find(const struct weekkeys *w, uint32_t week)
{
    size_t slot;

    return find(w, week, &slot) ? &w->s->slots[slot] : NULL;
}

size_t
weekkeys_list(const struct weekkeys *w, uint32_t weeks[static WEEKKEYS_SLOTS])
{
    size_t n = 0;

    for (size_t i = 0; i < WEEKKEYS_SLOTS; i++) {
        size_t at = n;

        if (!w->s->used[i]) {
            continue;
        }
        for (; at > 0 && weeks[at - 1] > w->s->slots[i].week; at--) {
            weeks[at] = weeks[at - 1];
        }
        weeks[at] = w->s->slots[i].week;
        n++;
    }
    return n;
}

/* V first: without the rest it counts for nothing. */
static enum rc
write_week(const struct weekkeys *w, size_t i)
{
    const struct weekkey *key = &w->s->slots[i];
    uint8_t bytes[WEEKKEYS_SLOT_LEN], plain[SCAN_LEN];
    struct writer out;
    enum rc rc;

    wr_init(&out, plain, sizeof plain);
    wr_u32(&out, key->week);
    wr_bytes(&out, key->v, sizeof key->v);
    slot_seal(bytes, w->s, SIGN_SLOT(i), plain, SIGN_LEN);
    if ((rc = slot_write(w, SIGN_SLOT(i), bytes)) == RC_OK) {
        wr_init(&out, plain, sizeof plain);
        wr_u32(&out, key->week);
        wr_bytes(&out, key->k, sizeof key->k);
        wr_bytes(&out, key->q, sizeof key->q);
        slot_seal(bytes, w->s, SCAN_SLOT(i), plain, SCAN_LEN);
        rc = slot_write(w, SCAN_SLOT(i), bytes);
    }
    sodium_memzero(plain, sizeof plain);
    return rc;
}

static enum rc
make_locked(struct weekkeys *w, uint32_t week)
{
    struct weekkey *key;
    size_t slot;
    enum rc rc = RC_FORGED;

    if (find(w, week, &slot)) {
        return RC_TAKEN;
    }
    for (slot = 0; slot < WEEKKEYS_SLOTS && w->s->used[slot]; slot++) {
    }
    if (slot == WEEKKEYS_SLOTS) {
        return RC_FULL;
    }
    key = &w->s->slots[slot];
    key->week = week;
    key->has_v = true;
    randombytes_buf(key->k, sizeof key->k);
    randombytes_buf(key->q, sizeof key->q);
    randombytes_buf(key->v, sizeof key->v);
    if (crypto_scalarmult_base(key->k_public, key->k) == 0) {
        rc = write_week(w, slot);
    }
    w->s->used[slot] = rc == RC_OK;
    if (rc != RC_OK) {
        sodium_memzero(key, sizeof *key);
    }
    return rc;
}

enum rc
weekkeys_make(struct weekkeys *w, uint32_t week)
{
    enum rc rc = lock_and_read(w);

    if (rc == RC_OK) {
        rc = make_locked(w, week);
        (void)flock(w->fd, LOCK_UN);
    }
    return rc;
}

enum rc
weekkeys_destroy(struct weekkeys *w, uint32_t week)
{
    size_t slot;
    enum rc rc = lock_and_read(w);

    if (rc != RC_OK) {
        return rc;
    }
    if (find(w, week, &slot)) {
        w->s->used[slot] = false;
        sodium_memzero(&w->s->slots[slot], sizeof w->s->slots[slot]);
        rc = slot_erase(w, SIGN_SLOT(slot));
        rc = rc == RC_OK ? slot_erase(w, SCAN_SLOT(slot)) : rc;
    }
    (void)flock(w->fd, LOCK_UN);
    return rc;
}

enum rc
weekkeys_destroy_v(struct weekkeys *w, uint32_t week)
{
    size_t slot;
    enum rc rc = lock_and_read(w);

    if (rc != RC_OK) {
        return rc;
    }
    if (find(w, week, &slot) && w->s->slots[slot].has_v) {
        w->s->slots[slot].has_v = false;
        sodium_memzero(w->s->slots[slot].v, sizeof w->s->slots[slot].v);
        rc = slot_erase(w, SIGN_SLOT(slot));
    }
    (void)flock(w->fd, LOCK_UN);
    return rc;
}

enum rc
weekkey_public(struct desknote_week *out, const struct weekkey *key)
{
    uint8_t sk[64];
    enum rc rc;

    memset(out, 0, sizeof *out);
    if (!key->has_v) {
        return RC_MISSING;
    }
    out->week = key->week;
    if (crypto_scalarmult_base(out->k, key->k) != 0 ||
        crypto_sign_seed_keypair(out->v, sk, key->v) != 0) {
        rc = RC_FORGED;
    } else {
        rc = xwing_public(out->q, key->q);
    }
    sodium_memzero(sk, sizeof sk);
    return rc;
}

void
weekkey_sign_key(uint8_t sk[static 64], const struct weekkey *key)
{
    uint8_t pk[32];

    if (crypto_sign_seed_keypair(pk, sk, key->v) != 0) {
        abort(); /* libsodium is broken */
    }
}

int64_t
weekkeys_span_end(uint32_t week)
{
    return ((int64_t)week + 2) * WEEK_DAYS * DAY_SECONDS;
}

int64_t
weekkeys_deadline(uint32_t week, uint32_t retention)
{
    return weekkeys_span_end(week) + ((int64_t)retention + 3) * DAY_SECONDS;
}

int64_t
weekkeys_v_deadline(uint32_t week)
{
    return ((int64_t)week * WEEK_DAYS + 9) * DAY_SECONDS;
}
