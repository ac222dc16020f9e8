/* SPDX-License-Identifier: ISC */
#include "kdf.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static const char prefix[] = "tocsin/1 ";

static void
check(int failed)
{
    if (failed != 0) {
        abort();
    }
}

void
blake2b_256(uint8_t out[static KDF_LEN], const uint8_t *in, size_t len)
{
    check(crypto_generichash(out, KDF_LEN, in, len, NULL, 0));
}

static void
derive(uint8_t *out, size_t out_len, const uint8_t *key, size_t key_len,
       const char *label, const uint8_t *data, size_t len)
{
    crypto_generichash_state st;
    size_t label_len = strlen(label);
    uint8_t n;

    if (label_len > KDF_LABEL_MAX) {
        abort();
    }
    n = (uint8_t)(sizeof prefix - 1 + label_len);
    check(crypto_generichash_init(&st, key, key_len, out_len));
    check(crypto_generichash_update(&st, &n, 1));
    check(crypto_generichash_update(&st, (const uint8_t *)prefix,
                                    sizeof prefix - 1));
    check(crypto_generichash_update(&st, (const uint8_t *)label, label_len));
    if (len > 0) {
        check(crypto_generichash_update(&st, data, len));
    }
    check(crypto_generichash_final(&st, out, out_len));
    sodium_memzero(&st, sizeof st);
}

void
kdf_hash(uint8_t out[static KDF_LEN], const char *label, const uint8_t *data,
         size_t len)
{
    derive(out, KDF_LEN, NULL, 0, label, data, len);
}

void
kdf(uint8_t out[static KDF_LEN], const uint8_t key[static KDF_LEN],
    const char *label, const uint8_t *data, size_t len)
{
    derive(out, KDF_LEN, key, KDF_LEN, label, data, len);
}

void
kdf_code(uint8_t out[static KDF_LEN], const uint8_t code[static KDF_CODE_LEN],
         const char *label, const uint8_t *data, size_t len)
{
    derive(out, KDF_LEN, code, KDF_CODE_LEN, label, data, len);
}

void
kdf_wide(uint8_t out[static KDF_WIDE_LEN], const uint8_t key[static KDF_LEN],
         const char *label, const uint8_t *data, size_t len)
{
    derive(out, KDF_WIDE_LEN, key, KDF_LEN, label, data, len);
}
