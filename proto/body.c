/* SPDX-License-Identifier: ISC */
#include "body.h"

#include "utf8.h"

#include <sodium.h>

#include <stdbool.h>
#include <string.h>

#define ITEM_TYPE_MAX 255
#define ITEM_NAME_MAX 255

static unsigned
log2_floor(uint64_t n)
{
    unsigned e = 0;

    while (n >>= 1) {
        e++;
    }
    return e;
}

uint32_t
body_boxes(uint64_t body_len)
{
    uint64_t n, m;
    unsigned e, s;

    if (body_len > BODY_MAX) {
        return 0;
    }
    n = (body_len + BODY_CHUNK_LEN - 1) / BODY_CHUNK_LEN;
    if (n < 2) {
        return (uint32_t)n;
    }
    e = log2_floor(n);
    s = log2_floor(e) + 1;
    m = (UINT64_C(1) << (e - s)) - 1;
    return (uint32_t)((n + m) & ~m);
}

size_t
body_chunk_len(uint64_t body_len, uint32_t i)
{
    uint64_t start = (uint64_t)i * BODY_CHUNK_LEN;

    if (start >= body_len) {
        return 0;
    }
    return body_len - start < BODY_CHUNK_LEN ? (size_t)(body_len - start)
                                             : BODY_CHUNK_LEN;
}

static bool
item_is_allowed(const struct body_item *item)
{
    const uint8_t *name = (const uint8_t *)item->name;

    if (item->type_len < 1 || item->type_len > ITEM_TYPE_MAX ||
        item->name_len > ITEM_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < item->type_len; i++) {
        if (item->type[i] < 0x21 || item->type[i] > 0x7e) {
            return false;
        }
    }
    if (item->name_len == 0) {
        return true;
    }
    /* A name must be nothing that a file system takes for a way. */
    return utf8_is_line(name, item->name_len) && name[0] != '.' &&
           memchr(name, '/', item->name_len) == NULL &&
           memchr(name, '\\', item->name_len) == NULL;
}

size_t
body_item_head_len(const struct body_item *item)
{
    return 1 + item->type_len + 1 + item->name_len + 8;
}

enum rc
body_item_head_write(struct writer *w, const struct body_item *item)
{
    if (!item_is_allowed(item)) {
        return RC_FORMAT;
    }
    wr_u8(w, (uint8_t)item->type_len);
    wr_bytes(w, (const uint8_t *)item->type, item->type_len);
    wr_u8(w, (uint8_t)item->name_len);
    wr_bytes(w, (const uint8_t *)item->name, item->name_len);
    wr_u64(w, item->len);
    return wr_end(w);
}

enum rc
body_item_next(struct body_item *out, struct reader *body)
{
    struct body_item item = {0};

    memset(out, 0, sizeof *out);
    if (body->rc == RC_OK && body->left == 0) {
        return RC_MISSING;
    }
    item.type_len = rd_u8(body);
    item.type = (const char *)rd_bytes(body, item.type_len);
    item.name_len = rd_u8(body);
    item.name = (const char *)rd_bytes(body, item.name_len);
    item.len = rd_u64(body);
    item.data = rd_bytes(body, item.len <= body->left ? (size_t)item.len
                                                      : SIZE_MAX);
    if (body->rc == RC_OK) {
        rd_require(body, item_is_allowed(&item));
    }
    if (body->rc == RC_OK) {
        *out = item;
    }
    return body->rc;
}

void
body_key_report(uint8_t key[static KDF_LEN], const uint8_t seed[static KDF_LEN],
                const uint8_t org[static ORG_ID_LEN], uint32_t week,
                const uint8_t digest[static KDF_LEN])
{
    uint8_t data[ORG_ID_LEN + 4 + KDF_LEN];
    struct writer w;

    wr_init(&w, data, sizeof data);
    wr_bytes(&w, org, ORG_ID_LEN);
    wr_u32(&w, week);
    wr_bytes(&w, digest, KDF_LEN);
    kdf(key, seed, "body", data, sizeof data);
    sodium_memzero(data, sizeof data);
}

void
body_key_answer(uint8_t key[static KDF_LEN], const uint8_t root[static KDF_LEN],
                uint8_t i, const uint8_t digest[static KDF_LEN])
{
    uint8_t data[1 + KDF_LEN] = {i};

    memcpy(data + 1, digest, KDF_LEN);
    kdf(key, root, "answer body", data, sizeof data);
    sodium_memzero(data, sizeof data);
}

/* KDF(body_key, label, u32(i) || R) */
static void
derive_at(uint8_t out[static KDF_LEN], const char *label,
          const struct body_place *at)
{
    uint8_t data[4 + BODY_RELAY_LEN];
    struct writer w;

    wr_init(&w, data, sizeof data);
    wr_u32(&w, at->i);
    wr_bytes(&w, at->relay, BODY_RELAY_LEN);
    kdf(out, at->key, label, data, sizeof data);
}

void
body_address(uint8_t address[static DROP_ADDRESS_LEN],
             const struct body_place *at)
{
    derive_at(address, "body drop", at);
}

void
body_burn_secret(uint8_t secret[static DROP_BURN_LEN],
                 const uint8_t key[static KDF_LEN],
                 const uint8_t address[static DROP_ADDRESS_LEN])
{
    kdf(secret, key, "body burn", address, DROP_ADDRESS_LEN);
}

enum rc
body_box_seal(uint8_t out[static CELL_BOX_LEN],
              const struct body_place *at, const uint8_t *chunk,
              size_t chunk_len)
{
    /* The key seals one box in its life, so the nonce may stay zero. */
    static const uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
    uint8_t plain[BODY_CHUNK_LEN] = {0};
    uint8_t key[KDF_LEN];
    unsigned long long len;
    enum rc rc = RC_OK;

    if (chunk_len > sizeof plain) {
        memset(out, 0, CELL_BOX_LEN);
        return RC_FORMAT;
    }
    if (chunk_len > 0) {
        memcpy(plain, chunk, chunk_len);
    }
    derive_at(key, "body box", at);
    if (crypto_aead_chacha20poly1305_ietf_encrypt(
            out, &len, plain, sizeof plain, NULL, 0, NULL, nonce, key) != 0) {
        memset(out, 0, CELL_BOX_LEN);
        rc = RC_FORMAT;
    }
    sodium_memzero(plain, sizeof plain);
    sodium_memzero(key, sizeof key);
    return rc;
}

enum rc
body_box_open(uint8_t out[static BODY_CHUNK_LEN],
              const struct body_place *at,
              const uint8_t in[static CELL_BOX_LEN])
{
    static const uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
    uint8_t key[KDF_LEN];
    unsigned long long len;
    enum rc rc = RC_OK;

    derive_at(key, "body box", at);
    if (crypto_aead_chacha20poly1305_ietf_decrypt(
            out, &len, NULL, in, CELL_BOX_LEN, NULL, 0, nonce, key) != 0) {
        memset(out, 0, BODY_CHUNK_LEN);
        rc = RC_FORGED;
    }
    sodium_memzero(key, sizeof key);
    return rc;
}
