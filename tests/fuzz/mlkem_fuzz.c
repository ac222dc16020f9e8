/* SPDX-License-Identifier: ISC */
/*
 * The first byte says what the rest is: 0 a public key to encapsulate to, 1 a
 * ciphertext, 2 a private key. Where OpenSSL has ML-KEM both must agree.
 */
#include "mlkem.h"
#include "fuzz.h"
#include "vec.h"

#include <sodium.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define Q 3329

static void
check(bool ok)
{
    if (!ok) {
        abort();
    }
}

static bool
is_reduced(const uint8_t *ek)
{
    for (const uint8_t *p = ek; p < ek + 1152; p += 3) {
        if ((p[0] | (p[1] & 15) << 8) >= Q || (p[1] >> 4 | p[2] << 4) >= Q) {
            return false;
        }
    }
    return true;
}

static void
any_ek(const uint8_t *ek)
{
    uint8_t ct[MLKEM_CT_LEN], ss[MLKEM_SS_LEN], m[MLKEM_M_LEN];
    enum rc rc;

    vec_seed(m, sizeof m, "fuzz m");
    rc = mlkem_own_encaps(ct, ss, ek, m);
    check(rc == (is_reduced(ek) ? RC_OK : RC_FORMAT));
    check(sodium_is_zero(ct, sizeof ct) == (rc != RC_OK));
    check(sodium_is_zero(ss, sizeof ss) == (rc != RC_OK));
#if MLKEM_HAVE_OPENSSL
    uint8_t ct2[MLKEM_CT_LEN], ss2[MLKEM_SS_LEN];

    check(mlkem_openssl_encaps(ct2, ss2, ek, m) == rc);
    check(memcmp(ct, ct2, sizeof ct) == 0 && memcmp(ss, ss2, sizeof ss) == 0);
#endif
}

/* OpenSSL also tries a private key out, and so refuses more of them. */
static enum rc
decaps(uint8_t *ss, const uint8_t *ct, const uint8_t *dk)
{
    enum rc rc = mlkem_own_decaps(ss, ct, dk);

    check(rc == RC_OK || rc == RC_FORMAT);
    check(sodium_is_zero(ss, MLKEM_SS_LEN) == (rc != RC_OK));
#if MLKEM_HAVE_OPENSSL
    uint8_t ss2[MLKEM_SS_LEN];
    enum rc rc2 = mlkem_openssl_decaps(ss2, ct, dk);

    check(rc2 == RC_FORMAT || (rc2 == RC_OK && rc == RC_OK));
    check(rc2 != RC_OK || memcmp(ss, ss2, sizeof ss2) == 0);
#endif
    return rc;
}

/* Only the honest ciphertext gives the honest secret. */
static void
any_ct(const uint8_t *ct)
{
    uint8_t seed[MLKEM_SEED_LEN], m[MLKEM_M_LEN];
    uint8_t ek[MLKEM_EK_LEN], dk[MLKEM_DK_LEN], honest[MLKEM_CT_LEN];
    uint8_t ss[MLKEM_SS_LEN], got[MLKEM_SS_LEN];

    vec_seed(seed, sizeof seed, "fuzz seed");
    vec_seed(m, sizeof m, "fuzz m");
    check(mlkem_own_keypair(ek, dk, seed) == RC_OK);
    check(mlkem_own_encaps(honest, ss, ek, m) == RC_OK);
    check(decaps(got, ct, dk) == RC_OK);
    check((memcmp(ct, honest, sizeof honest) == 0) ==
          (memcmp(got, ss, sizeof ss) == 0));
}

static void
any_dk(const uint8_t *dk)
{
    uint8_t ct[MLKEM_CT_LEN], ss[MLKEM_SS_LEN];

    vec_seed(ct, sizeof ct, "fuzz ct");
    (void)decaps(ss, ct, dk);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 1 + MLKEM_EK_LEN && data[0] == 0) {
        any_ek(data + 1);
    } else if (size == 1 + MLKEM_CT_LEN && data[0] == 1) {
        any_ct(data + 1);
    } else if (size == 1 + MLKEM_DK_LEN && data[0] == 2) {
        any_dk(data + 1);
    }
    return 0;
}
