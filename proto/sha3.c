/* SPDX-License-Identifier: ISC */
#include "sha3.h"

#include <stdbool.h>
#include <string.h>

static const struct {
    const char *name;
    size_t out_len; /* 0: as long as wanted */
} algs[SHA3_ALGS] = {
    [SHA3_256] = {"SHA3-256", 32},
    [SHA3_512] = {"SHA3-512", 64},
    [SHAKE128] = {"SHAKE-128", 0},
    [SHAKE256] = {"SHAKE-256", 0},
};

enum rc
sha3_init(struct sha3 *s)
{
    memset(s, 0, sizeof *s);
    return (s->ctx = EVP_MD_CTX_new()) != NULL ? RC_OK : RC_NOMEM;
}

void
sha3_free(struct sha3 *s)
{
    EVP_MD_CTX_free(s->ctx); /* OpenSSL wipes the sponge */
    for (int i = 0; i < SHA3_ALGS; i++) {
        EVP_MD_free(s->md[i]);
    }
    memset(s, 0, sizeof *s);
}

static bool
digest(struct sha3 *s, enum sha3_alg alg, uint8_t *out, size_t out_len,
       const uint8_t *in, size_t in_len)
{
    if (s->md[alg] == NULL &&
        (s->md[alg] = EVP_MD_fetch(NULL, algs[alg].name, NULL)) == NULL) {
        return false;
    }
    if (EVP_DigestInit_ex2(s->ctx, s->md[alg], NULL) != 1 ||
        EVP_DigestUpdate(s->ctx, in, in_len) != 1) {
        return false;
    }
    return algs[alg].out_len == 0
               ? EVP_DigestFinalXOF(s->ctx, out, out_len) == 1
               : EVP_DigestFinal_ex(s->ctx, out, NULL) == 1;
}

enum rc
sha3(struct sha3 *s, enum sha3_alg alg, uint8_t *out, size_t out_len,
     const uint8_t *in, size_t in_len)
{
    if ((algs[alg].out_len == 0 || algs[alg].out_len == out_len) &&
        digest(s, alg, out, out_len, in, in_len)) {
        return RC_OK;
    }
    memset(out, 0, out_len);
    return RC_IO;
}
