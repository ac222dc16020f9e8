/* SPDX-License-Identifier: ISC */
#include "rowbox.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "writer.h"

#define TAG_LEN crypto_aead_xchacha20poly1305_ietf_ABYTES
/* kind u8, id length u8, data length u32 */
#define FRAME_LEN 6
#define PAD_MIN   256

_Static_assert(ROWBOX_NONCE_LEN == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
               "the cipher's nonce");

void
rowbox_name(const struct rowbox_keys *keys, uint8_t out[static ROWBOX_NAME_LEN],
            enum vault_kind kind, const void *id, size_t id_len)
{
    uint8_t in[1 + VAULT_ID_MAX];
    uint8_t hash[KDF_LEN];

    if (id_len > VAULT_ID_MAX) {
        abort(); /* our own mistake: ids have fixed lengths */
    }
    in[0] = (uint8_t)kind;
    if (id_len > 0) {
        memcpy(in + 1, id, id_len);
    }
    kdf(hash, keys->name, "row", in, 1 + id_len);
    memcpy(out, hash, ROWBOX_NAME_LEN);
    sodium_memzero(in, sizeof in);
}

static size_t
padded(size_t len)
{
    size_t n = PAD_MIN;

    while (n < len) {
        n *= 2;
    }
    return n;
}

enum rc
rowbox_seal(const struct rowbox_keys *keys,
            uint8_t nonce[static ROWBOX_NONCE_LEN], uint8_t **box,
            size_t *box_len, const uint8_t name[static ROWBOX_NAME_LEN],
            enum vault_kind kind, const struct vault_row *row)
{
    size_t plain_len = padded(FRAME_LEN + row->id_len + row->len);
    uint8_t *plain = malloc(plain_len);
    uint8_t *out = malloc(plain_len + TAG_LEN);
    struct writer w;
    enum rc rc = RC_NOMEM;

    *box = NULL;
    *box_len = 0;
    if (plain == NULL || out == NULL) {
        goto out;
    }
    wr_init(&w, plain, plain_len);
    wr_u8(&w, (uint8_t)kind);
    wr_u8(&w, (uint8_t)row->id_len);
    wr_u32(&w, (uint32_t)row->len);
    wr_bytes(&w, row->id, row->id_len);
    wr_bytes(&w, row->data, row->len);
    wr_zeroes(&w);
    if ((rc = wr_end(&w)) != RC_OK) {
        goto out;
    }
    randombytes_buf(nonce, ROWBOX_NONCE_LEN);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, plain, plain_len,
                                               name, ROWBOX_NAME_LEN, NULL,
                                               nonce, keys->seal);
    *box = out;
    *box_len = plain_len + TAG_LEN;
    out = NULL;
out:
    free(out);
    vault_release(plain, plain_len);
    return rc;
}

void
rowbox_wipe(struct rowbox *b)
{
    vault_release(b->plain, b->plain_len);
    memset(b, 0, sizeof *b);
}

/* What is inside, and that it belongs under this name. */
static enum rc
parse(const struct rowbox_keys *keys, struct rowbox *b,
      const uint8_t name[static ROWBOX_NAME_LEN])
{
    uint8_t expected[ROWBOX_NAME_LEN];
    struct reader r;

    rd_init(&r, b->plain, b->plain_len);
    b->kind = (enum vault_kind)rd_u8(&r);
    b->row.id_len = rd_u8(&r);
    rd_require(&r, b->row.id_len <= VAULT_ID_MAX);
    b->row.len = rd_u32(&r);
    b->row.id = rd_bytes(&r, b->row.id_len);
    b->row.data = rd_bytes(&r, b->row.len);
    rd_zeroes(&r);
    if (rd_end(&r) != RC_OK) {
        return RC_FORGED;
    }
    rowbox_name(keys, expected, b->kind, b->row.id, b->row.id_len);
    return sodium_memcmp(expected, name, sizeof expected) == 0 ? RC_OK
                                                               : RC_FORGED;
}

enum rc
rowbox_open(const struct rowbox_keys *keys, struct rowbox *out,
            const uint8_t name[static ROWBOX_NAME_LEN],
            const uint8_t nonce[static ROWBOX_NONCE_LEN], const uint8_t *box,
            size_t box_len)
{
    enum rc rc = RC_FORGED;

    memset(out, 0, sizeof *out);
    if (box == NULL || box_len < TAG_LEN + FRAME_LEN ||
        box_len > 2 * VAULT_ROW_MAX) {
        return RC_FORGED;
    }
    out->plain_len = box_len - TAG_LEN;
    if ((out->plain = malloc(out->plain_len)) == NULL) {
        return RC_NOMEM;
    }
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            out->plain, NULL, NULL, box, box_len, name, ROWBOX_NAME_LEN, nonce,
            keys->seal) == 0) {
        rc = parse(keys, out, name);
    }
    if (rc != RC_OK) {
        rowbox_wipe(out);
    }
    return rc;
}
