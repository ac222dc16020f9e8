/* SPDX-License-Identifier: ISC */
#include "xwing.h"

#include "mlkem.h"
#include "public.h"
#include "sha3.h"

#include <sodium.h>

#include <string.h>

#define X_LEN      crypto_scalarmult_BYTES
#define HIDDEN_LEN (MLKEM_SEED_LEN + X_LEN)

/* The two private keys that a seed stands for. Secret. */
struct keys {
    uint8_t hidden[HIDDEN_LEN]; /* ML-KEM's d and z, the X25519 scalar */
    uint8_t ek[MLKEM_EK_LEN];
    uint8_t dk[MLKEM_DK_LEN];
    uint8_t x_pk[X_LEN];
};

static enum rc
expand(struct keys *k, struct sha3 *h, const uint8_t seed[XWING_SEED_LEN])
{
    enum rc rc;

    if ((rc = sha3(h, SHAKE256, k->hidden, sizeof k->hidden, seed,
                   XWING_SEED_LEN)) != RC_OK ||
        (rc = mlkem_keypair(k->ek, k->dk, k->hidden)) != RC_OK) {
        return rc;
    }
    return crypto_scalarmult_base(k->x_pk, k->hidden + MLKEM_SEED_LEN) == 0
               ? RC_OK
               : RC_FORGED;
}

/* X25519 that refuses the all-zero result: only a public key of small order
 * gives it, so that it came out is public. */
static enum rc
exchange(uint8_t out[X_LEN], const uint8_t sk[X_LEN], const uint8_t pk[X_LEN])
{
    int failed = crypto_scalarmult(out, sk, pk);

    CT_PUBLIC(&failed, sizeof failed);
    return failed == 0 ? RC_OK : RC_FORGED;
}

/* secrets: ML-KEM's shared secret, then X25519's. */
static enum rc
combine(uint8_t ss[XWING_SS_LEN], struct sha3 *h,
        const uint8_t secrets[MLKEM_SS_LEN + X_LEN], const uint8_t x_ct[X_LEN],
        const uint8_t x_pk[X_LEN])
{
    static const uint8_t label[] = {'\\', '.', '/', '/', '^', '\\'};
    uint8_t in[MLKEM_SS_LEN + 3 * X_LEN + sizeof label];
    enum rc rc;

    memcpy(in, secrets, MLKEM_SS_LEN + X_LEN);
    memcpy(in + MLKEM_SS_LEN + X_LEN, x_ct, X_LEN);
    memcpy(in + MLKEM_SS_LEN + 2 * X_LEN, x_pk, X_LEN);
    memcpy(in + MLKEM_SS_LEN + 3 * X_LEN, label, sizeof label);
    rc = sha3(h, SHA3_256, ss, XWING_SS_LEN, in, sizeof in);
    sodium_memzero(in, sizeof in);
    return rc;
}

enum rc
xwing_public(uint8_t pk[static XWING_PK_LEN],
             const uint8_t seed[static XWING_SEED_LEN])
{
    struct keys k;
    struct sha3 h;
    enum rc rc;

    memset(pk, 0, XWING_PK_LEN);
    if ((rc = sha3_init(&h)) == RC_OK && (rc = expand(&k, &h, seed)) == RC_OK) {
        memcpy(pk, k.ek, sizeof k.ek);
        memcpy(pk + sizeof k.ek, k.x_pk, sizeof k.x_pk);
    }
    sodium_memzero(&k, sizeof k);
    sha3_free(&h);
    return rc;
}

enum rc
xwing_encaps(uint8_t ct[static XWING_CT_LEN], uint8_t ss[static XWING_SS_LEN],
             const uint8_t pk[static XWING_PK_LEN],
             const uint8_t eseed[static XWING_ESEED_LEN])
{
    const uint8_t *scalar = eseed + MLKEM_M_LEN;
    const uint8_t *x_pk = pk + MLKEM_EK_LEN;
    uint8_t *x_ct = ct + MLKEM_CT_LEN;
    uint8_t secrets[MLKEM_SS_LEN + X_LEN];
    struct sha3 h;
    enum rc rc;

    if ((rc = sha3_init(&h)) != RC_OK ||
        (rc = mlkem_encaps(ct, secrets, pk, eseed)) != RC_OK ||
        (rc = exchange(secrets + MLKEM_SS_LEN, scalar, x_pk)) != RC_OK) {
        goto out;
    }
    if (crypto_scalarmult_base(x_ct, scalar) != 0) {
        rc = RC_FORGED;
        goto out;
    }
    rc = combine(ss, &h, secrets, x_ct, x_pk);
out:
    if (rc != RC_OK) {
        memset(ct, 0, XWING_CT_LEN);
        memset(ss, 0, XWING_SS_LEN);
    }
    sodium_memzero(secrets, sizeof secrets);
    sha3_free(&h);
    return rc;
}

enum rc
xwing_decaps(uint8_t ss[static XWING_SS_LEN],
             const uint8_t ct[static XWING_CT_LEN],
             const uint8_t seed[static XWING_SEED_LEN])
{
    const uint8_t *x_ct = ct + MLKEM_CT_LEN;
    uint8_t secrets[MLKEM_SS_LEN + X_LEN];
    struct keys k;
    struct sha3 h;
    enum rc rc;

    if ((rc = sha3_init(&h)) == RC_OK && (rc = expand(&k, &h, seed)) == RC_OK &&
        (rc = exchange(secrets + MLKEM_SS_LEN, k.hidden + MLKEM_SEED_LEN,
                       x_ct)) == RC_OK &&
        (rc = mlkem_decaps(secrets, ct, k.dk)) == RC_OK) {
        rc = combine(ss, &h, secrets, x_ct, k.x_pk);
    }
    if (rc != RC_OK) {
        memset(ss, 0, XWING_SS_LEN);
    }
    sodium_memzero(&k, sizeof k);
    sodium_memzero(secrets, sizeof secrets);
    sha3_free(&h);
    return rc;
}
