/* SPDX-License-Identifier: ISC */
/*
 * A secret in a file, sealed under a pass phrase.
 *
 *   magic      16  "tocsin/1 key\n", zeros
 *   label      32  ASCII, zeros: what the secret is for
 *   ops u32        Argon2id passes, 1..KEYFILE_OPS_MAX
 *   memory u32     Argon2id memory in KiB, 8..KEYFILE_MEMORY_MAX
 *   salt       16
 *   nonce      24
 *   length u32     of what is sealed, 1..KEYFILE_SECRET_MAX + 16
 *   sealed         XChaCha20-Poly1305 of the secret; the aad is all before
 *
 * The key is Argon2id v1.3 (one lane, 32 bytes) of the pass phrase's bytes.
 * source   RFC 9106, draft-irtf-cfrg-xchacha; by crypto_pwhash and
 *          crypto_aead_xchacha20poly1305_ietf
 */
#ifndef KEYFILE_H
#define KEYFILE_H

#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#define KEYFILE_MAGIC_LEN  16
#define KEYFILE_LABEL_LEN  32
#define KEYFILE_SALT_LEN   16
#define KEYFILE_NONCE_LEN  24
#define KEYFILE_TAG_LEN    16
#define KEYFILE_HEAD_LEN   100
#define KEYFILE_SECRET_MAX 65536
#define KEYFILE_MAX                                                            \
    (KEYFILE_HEAD_LEN + KEYFILE_SECRET_MAX + KEYFILE_TAG_LEN)
#define KEYFILE_OPS_MAX    16
#define KEYFILE_MEMORY_MAX                                                     \
    (1024 * 1024) /* KiB: a hostile file can't eat more */

struct keyfile {
    char label[KEYFILE_LABEL_LEN + 1];
    uint32_t ops;
    uint32_t memory; /* KiB */
    uint8_t salt[KEYFILE_SALT_LEN];
    uint8_t nonce[KEYFILE_NONCE_LEN];
    const uint8_t *sealed; /* sealed_len bytes, borrowed */
    size_t sealed_len;
};

/* Bytes of a file. RC_OK, RC_TRUNCATED, RC_FORMAT. Nothing is opened. */
enum rc keyfile_parse(struct keyfile *out, const uint8_t *in,
                      size_t len) MUST_CHECK;
/* The same bytes again; out has room for KEYFILE_HEAD_LEN + sealed_len. */
enum rc keyfile_write(uint8_t *out, size_t cap,
                      const struct keyfile *k) MUST_CHECK;
/*
 * Seal a secret of 1..KEYFILE_SECRET_MAX bytes.
 * label    at most KEYFILE_LABEL_LEN characters, e.g. "root key"
 * out      heap, the caller frees it
 */
enum rc keyfile_seal(uint8_t **out, size_t *out_len, const char *label,
                     const uint8_t *secret, size_t len, const char *pass,
                     size_t pass_len) MUST_CHECK;
/*
 * Open it again.
 * out      sodium_malloc, *out_len bytes; the caller frees it with sodium_free
 * returns  RC_OK; RC_FORGED (wrong pass phrase, or the file was changed);
 *          RC_TAKEN (the label is another one); RC_TRUNCATED, RC_FORMAT;
 *          RC_NOMEM (Argon2id's memory, too)
 */
enum rc keyfile_open(uint8_t **out, size_t *out_len, const uint8_t *in,
                     size_t len, const char *label, const char *pass,
                     size_t pass_len) MUST_CHECK;

/* Seal into a new file of mode 0600. RC_TAKEN: there is a file, left as is. */
enum rc keyfile_save(const char *path, const char *label, const uint8_t *secret,
                     size_t len, const char *pass, size_t pass_len) MUST_CHECK;
/* Results of file_read (RC_MISSING, RC_FULL, RC_IO) and keyfile_open. */
enum rc keyfile_load(uint8_t **out, size_t *out_len, const char *path,
                     const char *label, const char *pass,
                     size_t pass_len) MUST_CHECK;

/*
 * Ask for a pass phrase (term_secret).
 * again    the prompt for typing a new one a second time; NULL for an old
 *          one. Not asked for where fd is given.
 * returns  RC_OK; RC_FORMAT (empty); RC_TAKEN (the two differ); else as
 *          term_secret
 */
enum rc keyfile_passphrase(char **out, size_t *len, const char *prompt,
                           const char *again, int fd) MUST_CHECK;

#endif
