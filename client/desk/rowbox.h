/* SPDX-License-Identifier: ISC */
/*
 * One row of a vault as it is stored.
 *
 *   name    16 bytes, a keyed hash of kind and id
 *   nonce   24 random bytes, new whenever the row is written
 *   box     XChaCha20-Poly1305, the name as additional data, of
 *           u8 kind, u8 id length, u32 data length, id, data, zeros up to a
 *           power of two
 *
 * So names tell nothing, a row that was moved to another name does not open,
 * and a name with its nonce stands for one content: nobody without the keys
 * can make another that opens.
 */
#ifndef ROWBOX_H
#define ROWBOX_H

#include "kdf.h"
#include "vault.h"

#include <stddef.h>
#include <stdint.h>

#define ROWBOX_NAME_LEN  16
#define ROWBOX_NONCE_LEN 24

struct rowbox_keys {
    uint8_t name[KDF_LEN];
    uint8_t seal[KDF_LEN];
};

/* id_len at most VAULT_ID_MAX. */
void rowbox_name(const struct rowbox_keys *keys,
                 uint8_t out[static ROWBOX_NAME_LEN], enum vault_kind kind,
                 const void *id, size_t id_len);
/*
 * nonce    drawn here
 * box      heap, *box_len bytes
 * returns  RC_OK, RC_NOMEM
 */
enum rc rowbox_seal(const struct rowbox_keys *keys,
                    uint8_t nonce[static ROWBOX_NONCE_LEN], uint8_t **box,
                    size_t *box_len, const uint8_t name[static ROWBOX_NAME_LEN],
                    enum vault_kind kind,
                    const struct vault_row *row) MUST_CHECK;

struct rowbox {
    uint8_t *plain; /* heap, secret */
    size_t plain_len;
    enum vault_kind kind;
    struct vault_row row; /* leads into plain */
};

/*
 * out      rowbox_wipe it, whatever is returned
 * box      or NULL
 * returns  RC_OK; RC_FORGED; RC_NOMEM
 */
enum rc rowbox_open(const struct rowbox_keys *keys, struct rowbox *out,
                    const uint8_t name[static ROWBOX_NAME_LEN],
                    const uint8_t nonce[static ROWBOX_NONCE_LEN],
                    const uint8_t *box, size_t box_len) MUST_CHECK;
void rowbox_wipe(struct rowbox *b);

#endif
