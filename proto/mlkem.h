/* SPDX-License-Identifier: ISC */
/*
 * ML-KEM-768. Deterministic: randomness is an argument.
 * source   FIPS 203; by OpenSSL 3.5 or later where it is built with it, else
 *          by proto/mlkem.c with SHA-3 and SHAKE from OpenSSL
 */
#ifndef MLKEM_H
#define MLKEM_H

#include "rc.h"

#include <openssl/opensslv.h>

#include <stdint.h>

#define MLKEM_HAVE_OPENSSL (OPENSSL_VERSION_NUMBER >= 0x30500000L)

#define MLKEM_EK_LEN   1184
#define MLKEM_DK_LEN   2400
#define MLKEM_CT_LEN   1088
#define MLKEM_SS_LEN   32
#define MLKEM_SEED_LEN 64 /* d, then z */
#define MLKEM_M_LEN    32

/* Key pair from seed d || z. */
enum rc mlkem_keypair(uint8_t ek[static MLKEM_EK_LEN],
                      uint8_t dk[static MLKEM_DK_LEN],
                      const uint8_t seed[static MLKEM_SEED_LEN]) MUST_CHECK;

/* RC_FORMAT when ek has a coefficient that is not reduced. */
enum rc mlkem_encaps(uint8_t ct[static MLKEM_CT_LEN],
                     uint8_t ss[static MLKEM_SS_LEN],
                     const uint8_t ek[static MLKEM_EK_LEN],
                     const uint8_t m[static MLKEM_M_LEN]) MUST_CHECK;

/* RC_FORMAT when the hash inside dk does not fit or a coefficient is not
 * reduced (OpenSSL refuses any dk that does not decapsulate what its own ek
 * encapsulates); a wrong ciphertext gives the implicit-rejection key and
 * RC_OK. */
enum rc mlkem_decaps(uint8_t ss[static MLKEM_SS_LEN],
                     const uint8_t ct[static MLKEM_CT_LEN],
                     const uint8_t dk[static MLKEM_DK_LEN]) MUST_CHECK;

/*
 * The two implementations behind the above, for tests that compare them: the
 * project's own, and OpenSSL's where MLKEM_HAVE_OPENSSL is 1.
 */
enum rc mlkem_own_keypair(uint8_t ek[static MLKEM_EK_LEN],
                          uint8_t dk[static MLKEM_DK_LEN],
                          const uint8_t seed[static MLKEM_SEED_LEN]) MUST_CHECK;
enum rc mlkem_own_encaps(uint8_t ct[static MLKEM_CT_LEN],
                         uint8_t ss[static MLKEM_SS_LEN],
                         const uint8_t ek[static MLKEM_EK_LEN],
                         const uint8_t m[static MLKEM_M_LEN]) MUST_CHECK;
enum rc mlkem_own_decaps(uint8_t ss[static MLKEM_SS_LEN],
                         const uint8_t ct[static MLKEM_CT_LEN],
                         const uint8_t dk[static MLKEM_DK_LEN]) MUST_CHECK;
#if MLKEM_HAVE_OPENSSL
enum rc
mlkem_openssl_keypair(uint8_t ek[static MLKEM_EK_LEN],
                      uint8_t dk[static MLKEM_DK_LEN],
                      const uint8_t seed[static MLKEM_SEED_LEN]) MUST_CHECK;
enum rc mlkem_openssl_encaps(uint8_t ct[static MLKEM_CT_LEN],
                             uint8_t ss[static MLKEM_SS_LEN],
                             const uint8_t ek[static MLKEM_EK_LEN],
                             const uint8_t m[static MLKEM_M_LEN]) MUST_CHECK;
enum rc mlkem_openssl_decaps(uint8_t ss[static MLKEM_SS_LEN],
                             const uint8_t ct[static MLKEM_CT_LEN],
                             const uint8_t dk[static MLKEM_DK_LEN]) MUST_CHECK;
#endif

#endif
