/* SPDX-License-Identifier: ISC */
#include "hkdf.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

typedef crypto_auth_hmacsha256_state hmac_state;

static void
check(int failed)
{
    if (failed != 0) {
        abort();
    }
}

static void
absorb(hmac_state *st, const struct hkdf_part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (parts[i].len > 0) {
            check(crypto_auth_hmacsha256_update(st, parts[i].in, parts[i].len));
        }
    }
}

void
hkdf_extract(uint8_t prk[static HKDF_PRK_LEN], struct hkdf_part salt,
             const struct hkdf_part *ikm, size_t n)
{
    static const uint8_t none[1];
    hmac_state st;

    check(crypto_auth_hmacsha256_init(&st, salt.len > 0 ? salt.in : none,
                                      salt.len));
    absorb(&st, ikm, n);
    check(crypto_auth_hmacsha256_final(&st, prk));
    sodium_memzero(&st, sizeof st);
}

enum rc
hkdf_expand(uint8_t *out, size_t len, const uint8_t prk[static HKDF_PRK_LEN],
            const struct hkdf_part *info, size_t n)
{
    uint8_t block[32];
    uint8_t counter = 1;
    hmac_state st;

    if (len > HKDF_OUT_MAX) {
        return RC_FULL;
    }
    for (size_t done = 0; done < len; counter++) {
        size_t take = len - done < sizeof block ? len - done : sizeof block;

        check(crypto_auth_hmacsha256_init(&st, prk, HKDF_PRK_LEN));
        if (done > 0) {
            check(crypto_auth_hmacsha256_update(&st, block, sizeof block));
        }
        absorb(&st, info, n);
        check(crypto_auth_hmacsha256_update(&st, &counter, 1));
        check(crypto_auth_hmacsha256_final(&st, block));
        memcpy(out + done, block, take);
        done += take;
    }
    sodium_memzero(&st, sizeof st);
    sodium_memzero(block, sizeof block);
    return RC_OK;
}
