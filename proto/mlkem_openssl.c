/* SPDX-License-Identifier: ISC */
/* ML-KEM-768 by OpenSSL 3.5 or later, and which implementation is used. */
#include "mlkem.h"

#include <sodium.h>

#include <string.h>

#if MLKEM_HAVE_OPENSSL

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#define NAME "ML-KEM-768"

/* One octet string out of a key, which must have exactly this length. */
static enum rc
get(const EVP_PKEY *key, const char *name, uint8_t *out, size_t len)
{
    size_t got = 0;

    return EVP_PKEY_get_octet_string_param(key, name, out, len, &got) == 1 &&
                   got == len
               ? RC_OK
               : RC_IO;
}

static enum rc
keypair(uint8_t *ek, uint8_t *dk, uint8_t *seed)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ML_KEM_SEED, seed,
                                MLKEM_SEED_LEN),
        OSSL_PARAM_END,
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, NAME, NULL);
    EVP_PKEY *key = NULL;
    enum rc rc = RC_IO;

    if (ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
        EVP_PKEY_CTX_set_params(ctx, params) == 1 &&
        EVP_PKEY_generate(ctx, &key) == 1 &&
        (rc = get(key, OSSL_PKEY_PARAM_PUB_KEY, ek, MLKEM_EK_LEN)) == RC_OK) {
        rc = get(key, OSSL_PKEY_PARAM_PRIV_KEY, dk, MLKEM_DK_LEN);
    }
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    return rc;
}

enum rc
mlkem_openssl_keypair(uint8_t ek[static MLKEM_EK_LEN],
                      uint8_t dk[static MLKEM_DK_LEN],
                      const uint8_t seed[static MLKEM_SEED_LEN])
{
    uint8_t copy[MLKEM_SEED_LEN]; /* parameters are not const */
    enum rc rc;

    memcpy(copy, seed, sizeof copy);
    (void)ERR_set_mark();
    rc = keypair(ek, dk, copy);
    (void)ERR_pop_to_mark();
    if (rc != RC_OK) {
        memset(ek, 0, MLKEM_EK_LEN);
        sodium_memzero(dk, MLKEM_DK_LEN);
    }
    sodium_memzero(copy, sizeof copy);
    return rc;
}

static enum rc
encaps(uint8_t *ct, uint8_t *ss, const uint8_t *ek, uint8_t *m)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_octet_string(OSSL_KEM_PARAM_IKME, m, MLKEM_M_LEN),
        OSSL_PARAM_END,
    };
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key_ex(NULL, NAME, NULL, ek, MLKEM_EK_LEN);
    EVP_PKEY_CTX *ctx = NULL;
    size_t ct_len = MLKEM_CT_LEN, ss_len = MLKEM_SS_LEN;
    enum rc rc = RC_IO;

    if (key == NULL) {
        rc = RC_FORMAT;
    } else if ((ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)) != NULL &&
               EVP_PKEY_encapsulate_init(ctx, params) == 1 &&
               EVP_PKEY_encapsulate(ctx, ct, &ct_len, ss, &ss_len) == 1 &&
               ct_len == MLKEM_CT_LEN && ss_len == MLKEM_SS_LEN) {
        rc = RC_OK;
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return rc;
}

enum rc
mlkem_openssl_encaps(uint8_t ct[static MLKEM_CT_LEN],
                     uint8_t ss[static MLKEM_SS_LEN],
                     const uint8_t ek[static MLKEM_EK_LEN],
                     const uint8_t m[static MLKEM_M_LEN])
{
    uint8_t copy[MLKEM_M_LEN];
    enum rc rc;

    memset(ct, 0, MLKEM_CT_LEN);
    memset(ss, 0, MLKEM_SS_LEN);
    memcpy(copy, m, sizeof copy);
    (void)ERR_set_mark();
    rc = encaps(ct, ss, ek, copy);
    (void)ERR_pop_to_mark();
    if (rc != RC_OK) {
        memset(ct, 0, MLKEM_CT_LEN);
        memset(ss, 0, MLKEM_SS_LEN);
    }
    sodium_memzero(copy, sizeof copy);
    return rc;
}

static enum rc
decaps(uint8_t *ss, const uint8_t *ct, const uint8_t *dk)
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_private_key_ex(NULL, NAME, NULL, dk, MLKEM_DK_LEN);
    EVP_PKEY_CTX *ctx = NULL;
    size_t ss_len = MLKEM_SS_LEN;
    enum rc rc = RC_IO;

    if (key == NULL) {
        rc = RC_FORMAT;
    } else if ((ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)) != NULL &&
               EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
               EVP_PKEY_decapsulate(ctx, ss, &ss_len, ct, MLKEM_CT_LEN) == 1 &&
               ss_len == MLKEM_SS_LEN) {
        rc = RC_OK;
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return rc;
}

enum rc
mlkem_openssl_decaps(uint8_t ss[static MLKEM_SS_LEN],
                     const uint8_t ct[static MLKEM_CT_LEN],
                     const uint8_t dk[static MLKEM_DK_LEN])
{
    enum rc rc;

    memset(ss, 0, MLKEM_SS_LEN);
    (void)ERR_set_mark();
    rc = decaps(ss, ct, dk);
    (void)ERR_pop_to_mark();
    if (rc != RC_OK) {
        memset(ss, 0, MLKEM_SS_LEN);
    }
    return rc;
}

#define CHOSEN(f) mlkem_openssl_##f
#else
#define CHOSEN(f) mlkem_own_##f
#endif

enum rc
mlkem_keypair(uint8_t ek[static MLKEM_EK_LEN], uint8_t dk[static MLKEM_DK_LEN],
              const uint8_t seed[static MLKEM_SEED_LEN])
{
    return CHOSEN(keypair)(ek, dk, seed);
}

enum rc
mlkem_encaps(uint8_t ct[static MLKEM_CT_LEN], uint8_t ss[static MLKEM_SS_LEN],
             const uint8_t ek[static MLKEM_EK_LEN],
             const uint8_t m[static MLKEM_M_LEN])
{
    return CHOSEN(encaps)(ct, ss, ek, m);
}

enum rc
mlkem_decaps(uint8_t ss[static MLKEM_SS_LEN],
             const uint8_t ct[static MLKEM_CT_LEN],
             const uint8_t dk[static MLKEM_DK_LEN])
{
    return CHOSEN(decaps)(ss, ct, dk);
}
