/* SPDX-License-Identifier: ISC */
/*
 * Hashing and key derivation, specified in PROTOCOL.md section 2.
 * source   RFC 7693 (BLAKE2b), by libsodium's crypto_generichash
 *
 * A failure here would mean that libsodium is broken: the program aborts.
 */
#ifndef KDF_H
#define KDF_H

#include <stddef.h>
#include <stdint.h>

#define KDF_LEN 32
#define KDF_CODE_LEN 16  /* the reporter's code, the only shorter key */
#define KDF_WIDE_LEN 64
#define KDF_LABEL_MAX 64 /* characters of a label, without "tocsin/1 " */

/* BLAKE2b-256 of the bytes as they are, no label. */
void blake2b_256(uint8_t out[static KDF_LEN], const uint8_t *in, size_t len);

/* H(label, data) */
void kdf_hash(uint8_t out[static KDF_LEN], const char *label,
              const uint8_t *data, size_t len);

/* KDF(key, label, data) with a key of KDF_LEN bytes. */
void kdf(uint8_t out[static KDF_LEN], const uint8_t key[static KDF_LEN],
         const char *label, const uint8_t *data, size_t len);

/* KDF(code, label, data) with the 16-byte code as key. */
void kdf_code(uint8_t out[static KDF_LEN],
              const uint8_t code[static KDF_CODE_LEN], const char *label,
              const uint8_t *data, size_t len);

/* As kdf, with BLAKE2b's output length 64 (the clues of section 6). */
void kdf_wide(uint8_t out[static KDF_WIDE_LEN],
              const uint8_t key[static KDF_LEN], const char *label,
              const uint8_t *data, size_t len);

#endif
