/* SPDX-License-Identifier: ISC */
/*
 * SHA-3 and SHAKE over one piece of input.
 * source   FIPS 202, by OpenSSL's libcrypto
 */
#ifndef SHA3_H
#define SHA3_H

#include "rc.h"

#include <openssl/evp.h>

#include <stddef.h>
#include <stdint.h>

enum sha3_alg {
    SHA3_256,
    SHA3_512,
    SHAKE128,
    SHAKE256
};
#define SHA3_ALGS 4

/*
 * Looking a hash up costs OpenSSL about as much as computing it, so what was
 * looked up is kept for the hashes of one operation. The caller's own:
 * sha3_init, then sha3_free in any case. One thread at a time.
 */
struct sha3 {
    EVP_MD_CTX *ctx;
    EVP_MD *md[SHA3_ALGS];
};

enum rc sha3_init(struct sha3 *s) MUST_CHECK;
void sha3_free(struct sha3 *s);

/*
 * out      out_len bytes: 32 for SHA3_256, 64 for SHA3_512, any number but 0
 *          for the two SHAKEs; all zero on failure
 * returns  RC_OK; RC_IO when libcrypto has no such hash or fails
 */
enum rc sha3(struct sha3 *s, enum sha3_alg alg, uint8_t *out, size_t out_len,
             const uint8_t *in, size_t in_len) MUST_CHECK;

#endif
