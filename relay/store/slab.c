/* SPDX-License-Identifier: ISC */
#include "slab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "kdf.h"
#include "reader.h"
#include "writer.h"

#define NONCE_LEN        crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN          crypto_aead_xchacha20poly1305_ietf_ABYTES
#define MAGIC_LEN        16
#define HEAD_CHECKED_LEN (MAGIC_LEN + 8 + 8 + SLAB_ID_LEN)
#define FILL_BLOCKS      64 /* 1 MiB at a time */

/* Waiting entries have slots of their own, so that drops can't crowd out
 * reports: a sixteenth, within these bounds. */
#define WAITING_MIN 64
#define WAITING_MAX 16384

_Static_assert(NONCE_LEN == 24 && TAG_LEN == 16, "layout of a slot");
_Static_assert(SLAB_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
               "key of a slot");

static const uint8_t magic[MAGIC_LEN] = "tocsin/1 slab\n";

uint64_t
slab_slots(uint64_t boxes)
{
    uint64_t more = boxes / 16;

    more = more < WAITING_MIN ? WAITING_MIN : more;
    more = more > WAITING_MAX ? WAITING_MAX : more;
    return boxes + more;
}

enum rc
slab_head_parse(struct slab_head *out, const uint8_t in[static SLAB_BLOCK_LEN])
{
    struct slab_head h;
    uint8_t check[KDF_LEN];
    const uint8_t *p;
    struct reader r;

    memset(out, 0, sizeof *out);
    rd_init(&r, in, SLAB_BLOCK_LEN);
    p = rd_bytes(&r, MAGIC_LEN);
    rd_require(&r, p != NULL && memcmp(p, magic, MAGIC_LEN) == 0);
    h.boxes = rd_u64(&r);
    h.slots = rd_u64(&r);
    rd_copy(&r, h.id, sizeof h.id);
    blake2b_256(check, in, HEAD_CHECKED_LEN);
    p = rd_bytes(&r, KDF_LEN);
    rd_require(&r, p != NULL && memcmp(p, check, KDF_LEN) == 0);
    rd_require(&r,
               h.boxes > 0 && h.boxes <= h.slots && h.slots <= SLAB_SLOTS_MAX);
    rd_zeroes(&r);
    if (rd_end(&r) == RC_OK) {
        *out = h;
    }
    return r.rc;
}

void
slab_head_write(uint8_t out[static SLAB_BLOCK_LEN],
                const struct slab_head *head)
{
    uint8_t check[KDF_LEN];
    struct writer w;

    wr_init(&w, out, SLAB_BLOCK_LEN);
    wr_bytes(&w, magic, MAGIC_LEN);
    wr_u64(&w, head->boxes);
    wr_u64(&w, head->slots);
    wr_bytes(&w, head->id, sizeof head->id);
    blake2b_256(check, out, HEAD_CHECKED_LEN);
    wr_bytes(&w, check, KDF_LEN);
    wr_zeroes(&w);
    if (wr_end(&w) != RC_OK) {
        abort();
    }
}

static enum rc
write_at(int fd, const uint8_t *in, size_t len, uint64_t at)
{
    while (len > 0) {
        ssize_t n = pwrite(fd, in, len, (off_t)at);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 && (errno == ENOSPC || errno == EDQUOT) ? RC_FULL
                                                                 : RC_IO;
        }
        in += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return RC_OK;
}

/* RC_TRUNCATED at an early end. */
static enum rc
read_at(int fd, uint8_t *out, size_t len, uint64_t at)
{
    while (len > 0) {
        ssize_t n = pread(fd, out, len, (off_t)at);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? RC_IO : RC_TRUNCATED;
        }
        out += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return RC_OK;
}

static void
noise(uint8_t *out, size_t len)
{
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
    uint8_t key[crypto_stream_chacha20_KEYBYTES];

    randombytes_buf(key, sizeof key);
    if (crypto_stream_chacha20(out, len, nonce, key) != 0) {
        abort();
    }
    sodium_memzero(key, sizeof key);
}

enum rc
slab_create(int fd, const struct slab_head *head,
            void (*progress)(uint64_t done, uint64_t total, void *arg),
            void *arg)
{
    uint8_t *buf = malloc((size_t)FILL_BLOCKS * SLAB_BLOCK_LEN);
    enum rc rc = RC_OK;

    if (buf == NULL) {
        return RC_NOMEM;
    }
    for (uint64_t done = 0; done < head->slots && rc == RC_OK;) {
        uint64_t n = head->slots - done;

        n = n > FILL_BLOCKS ? FILL_BLOCKS : n;
        noise(buf, (size_t)n * SLAB_BLOCK_LEN);
        rc = write_at(fd, buf, (size_t)n * SLAB_BLOCK_LEN,
                      (done + 1) * SLAB_BLOCK_LEN);
        done += n;
        /* Now and then, so that the last sync does not take minutes. */
        if (rc == RC_OK && done % (FILL_BLOCKS * 256) == 0) {
            rc = slab_sync(fd);
        }
        if (rc == RC_OK && progress != NULL) {
            progress(done, head->slots, arg);
        }
    }
    if (rc == RC_OK) {
        slab_head_write(buf, head);
        rc = write_at(fd, buf, SLAB_BLOCK_LEN, 0);
    }
    if (rc == RC_OK) {
        rc = slab_sync(fd);
    }
    free(buf);
    return rc;
}

enum rc
slab_open(struct slab_head *out, int fd)
{
    uint8_t block[SLAB_BLOCK_LEN];
    struct stat st;
    uint64_t len;
    enum rc rc;

    memset(out, 0, sizeof *out);
    if (fstat(fd, &st) != 0) {
        return RC_IO;
    }
    if ((rc = read_at(fd, block, sizeof block, 0)) != RC_OK ||
        (rc = slab_head_parse(out, block)) != RC_OK) {
        return rc;
    }
    len = (out->slots + 1) * SLAB_BLOCK_LEN;
    if ((uint64_t)st.st_size != len) {
        return (uint64_t)st.st_size < len ? RC_TRUNCATED : RC_FORMAT;
    }
    return RC_OK;
}

static void
slot_aad(uint8_t aad[static 13 + 8], uint32_t slot)
{
    struct writer w;

    wr_init(&w, aad, 13 + 8);
    wr_bytes(&w, (const uint8_t *)"tocsin/1 slot", 13);
    wr_u64(&w, slot);
}

enum rc
slab_write(int fd, uint32_t slot, const uint8_t key[static SLAB_KEY_LEN],
           const struct slab_item *item)
{
    uint8_t block[SLAB_BLOCK_LEN], aad[13 + 8];
    uint8_t *plain = block + NONCE_LEN + TAG_LEN;
    struct writer w;

    if (item->len > CELL_BOX_LEN) {
        return RC_FORMAT;
    }
    wr_init(&w, plain, SLAB_PLAIN_LEN);
    wr_u8(&w, (uint8_t)item->kind);
    wr_u8(&w, item->board);
    wr_u8(&w, item->effort);
    wr_zero(&w, 5);
    wr_u64(&w, item->due);
    wr_bytes(&w, item->id, 32);
    wr_bytes(&w, item->data, item->len);
    wr_zeroes(&w);
    if (wr_end(&w) != RC_OK) {
        return RC_FORMAT;
    }
    slot_aad(aad, slot);
    randombytes_buf(block, NONCE_LEN);
    if (crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
            plain, block + NONCE_LEN, NULL, plain, SLAB_PLAIN_LEN, aad,
            sizeof aad, NULL, block, key) != 0) {
        return RC_IO;
    }
    return write_at(fd, block, sizeof block,
                    ((uint64_t)slot + 1) * SLAB_BLOCK_LEN);
}

enum rc
slab_read(struct slab_item *out, int fd, uint32_t slot,
          const uint8_t key[static SLAB_KEY_LEN],
          uint8_t block[static SLAB_BLOCK_LEN])
{
    uint8_t *plain = block + NONCE_LEN + TAG_LEN, aad[13 + 8];
    struct slab_item item;
    struct reader r;
    uint8_t kind;
    enum rc rc;

    memset(out, 0, sizeof *out);
    if ((rc = read_at(fd, block, SLAB_BLOCK_LEN,
                      ((uint64_t)slot + 1) * SLAB_BLOCK_LEN)) != RC_OK) {
        return rc;
    }
    slot_aad(aad, slot);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
            plain, NULL, plain, SLAB_PLAIN_LEN, block + NONCE_LEN, aad,
            sizeof aad, block, key) != 0) {
        return RC_FORGED;
    }
    rd_init(&r, plain, SLAB_PLAIN_LEN);
    kind = rd_u8(&r);
    rd_require(&r, kind == SLAB_DROP || kind == SLAB_WAITING);
    item.kind = (enum slab_kind)kind;
    item.board = rd_u8(&r);
    item.effort = rd_u8(&r);
    rd_zero(&r, 5);
    item.due = rd_u64(&r);
    item.id = rd_bytes(&r, 32);
    item.data = rd_bytes(&r, CELL_BOX_LEN);
    item.len = CELL_BOX_LEN;
    rd_zeroes(&r);
    if (rd_end(&r) == RC_OK) {
        *out = item;
    }
    return r.rc;
}

enum rc
slab_wipe(int fd, uint32_t slot)
{
    uint8_t block[SLAB_BLOCK_LEN];

    noise(block, sizeof block);
    return write_at(fd, block, sizeof block,
                    ((uint64_t)slot + 1) * SLAB_BLOCK_LEN);
}

enum rc
slab_sync(int fd)
{
    return fdatasync(fd) == 0 ? RC_OK : RC_IO;
}
