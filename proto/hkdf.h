/* SPDX-License-Identifier: ISC */
/*
 * HKDF with SHA-256 over inputs in parts.
 * source   RFC 5869, by libsodium's crypto_auth_hmacsha256
 *
 * A failing library call would mean that libsodium is broken: the program
 * aborts.
 */
#ifndef HKDF_H
#define HKDF_H

#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#define HKDF_PRK_LEN 32
#define HKDF_OUT_MAX (255 * 32)

/* One piece of an input, borrowed; in may be NULL where len is 0. */
struct hkdf_part {
    const uint8_t *in;
    size_t len;
};

/* The salt may be empty; the key material is n parts, one after the other. */
void hkdf_extract(uint8_t prk[static HKDF_PRK_LEN], struct hkdf_part salt,
                  const struct hkdf_part *ikm, size_t n);

/* out: len bytes. RC_FULL above HKDF_OUT_MAX, and then nothing is written. */
enum rc hkdf_expand(uint8_t *out, size_t len,
                    const uint8_t prk[static HKDF_PRK_LEN],
                    const struct hkdf_part *info, size_t n) MUST_CHECK;

#endif
