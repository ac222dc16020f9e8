/* SPDX-License-Identifier: ISC */
/* Which Ed25519 signatures are good, PROTOCOL.md section 2: what libsodium takes,
 * and others do not agree on. */
#include "vec.h"

#include <sodium.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const uint8_t message[] = "tocsin/1 page\n";
#define MESSAGE_LEN (sizeof message - 1)

/* The scalar and prefix of a key pair. */
static uint8_t a[32], prefix[32], pk[32];

/* Orders 2 and 4: y = -1, y = 0. */
static const uint8_t order2[32] = {
    0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
static const uint8_t order4[32] = {0};

static void
put(const char *comment, const uint8_t *sig, const uint8_t *key, bool good)
{
    const bool taken =
        crypto_sign_verify_detached(sig, message, MESSAGE_LEN, key) == 0;

    if (taken != good) {
        (void)fprintf(stderr, "%s: libsodium does otherwise\n", comment);
    }
    vec_must(taken == good ? RC_OK : RC_FORGED);
    vec_open();
    vec_put_string("result", good ? "valid" : "invalid");
    vec_put_string("comment", comment);
    vec_put_hex("pk", key, 32);
    vec_put_hex("message", message, MESSAGE_LEN);
    vec_put_hex("signature", sig, 64);
    vec_close();
}

/* S = r + H(R || key || message) a */
static void
finish(uint8_t sig[static 64], const uint8_t r[static 32],
       const uint8_t key[static 32], const uint8_t secret[static 32])
{
    uint8_t hash[64], k[32];
    crypto_hash_sha512_state st;

    crypto_hash_sha512_init(&st);
    crypto_hash_sha512_update(&st, sig, 32);
    crypto_hash_sha512_update(&st, key, 32);
    crypto_hash_sha512_update(&st, message, MESSAGE_LEN);
    crypto_hash_sha512_final(&st, hash);
    crypto_core_ed25519_scalar_reduce(k, hash);
    crypto_core_ed25519_scalar_mul(k, k, secret);
    crypto_core_ed25519_scalar_add(sig + 32, k, r);
}

static void
key_make(uint8_t sk[static 64])
{
    uint8_t seed[32], hash[64], wide[64] = {0};

    vec_seed(seed, sizeof seed, "ed25519 key");
    vec_must(crypto_sign_seed_keypair(pk, sk, seed) == 0 ? RC_OK : RC_FORGED);
    crypto_hash_sha512(hash, seed, sizeof seed);
    hash[0] &= 248;
    hash[31] = (uint8_t)((hash[31] & 127) | 64);
    memcpy(wide, hash, 32);
    crypto_core_ed25519_scalar_reduce(a, wide);
    memcpy(prefix, hash + 32, 32);
}

int
main(void)
{
    static const uint8_t order[32] = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
        0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10};
    uint8_t sk[64], sig[64], bad[64], r[32], wide[64], R[32], mixed[32];
    uint8_t zero[32] = {0}, one[32] = {1};
    unsigned carry = 0;

    if (sodium_init() < 0) {
        return 1;
    }
    key_make(sk);
    vec_begin(stdout, "which signatures are good; sB - kA is compared with R "
                      "byte by byte, nothing is multiplied by the cofactor");
    vec_must(crypto_sign_detached(sig, NULL, message, MESSAGE_LEN, sk) == 0
                 ? RC_OK
                 : RC_FORGED);
    put("a signature", sig, pk, true);
    memcpy(bad, sig, sizeof bad);
    bad[40] ^= 1;
    put("another S", bad, pk, false);
    for (size_t i = 0; i < 32; i++) { /* S + L */
        carry += (unsigned)sig[32 + i] + order[i];
        bad[32 + i] = (uint8_t)(carry & 0xff);
        carry >>= 8;
    }
    memcpy(bad, sig, 32);
    put("S + L", bad, pk, false);
    /* R of the order of the group, and then a point of small order added, S
     * made for the sum: 8(sB - kA - R) is zero, sB - kA is not R. */
    vec_seed(wide, sizeof wide, "ed25519 r");
    crypto_core_ed25519_scalar_reduce(r, wide);
    vec_must(crypto_scalarmult_ed25519_base_noclamp(R, r) == 0 ? RC_OK
                                                               : RC_FORGED);
    memcpy(bad, R, 32);
    finish(bad, r, pk, a);
    put("made by hand", bad, pk, true);
    vec_must(crypto_core_ed25519_add(bad, R, order2) == 0 ? RC_OK : RC_FORGED);
    finish(bad, r, pk, a);
    put("R plus a point of order 2", bad, pk, false);
    vec_must(crypto_core_ed25519_add(bad, R, order4) == 0 ? RC_OK : RC_FORGED);
    finish(bad, r, pk, a);
    put("R plus a point of order 4", bad, pk, false);
    /* A key with such a point: k decides whether it comes out right. */
    vec_must(crypto_core_ed25519_add(mixed, pk, order2) == 0 ? RC_OK
                                                             : RC_FORGED);
    for (unsigned odd = 0, even = 0, i = 0; odd + even < 2; i++) {
        uint8_t hash[64];
        crypto_hash_sha512_state st;
        bool is_odd;

        memset(wide, (int)i, sizeof wide);
        crypto_core_ed25519_scalar_reduce(r, wide);
        if (crypto_scalarmult_ed25519_base_noclamp(bad, r) != 0) {
            continue;
        }
        finish(bad, r, mixed, a);
        crypto_hash_sha512_init(&st);
        crypto_hash_sha512_update(&st, bad, 32);
        crypto_hash_sha512_update(&st, mixed, 32);
        crypto_hash_sha512_update(&st, message, MESSAGE_LEN);
        crypto_hash_sha512_final(&st, hash);
        crypto_core_ed25519_scalar_reduce(zero, hash);
        is_odd = (zero[0] & 1) != 0;
        if (is_odd ? odd++ == 0 : even++ == 0) {
            put(is_odd ? "a key plus a point of order 2, k odd"
                       : "a key plus a point of order 2, k even",
                bad, mixed, !is_odd);
        } else {
            odd = odd > 1 ? 1 : odd;
            even = even > 1 ? 1 : even;
        }
    }
    memset(zero, 0, sizeof zero);
    memcpy(bad, one, 32); /* the neutral element */
    finish(bad, zero, pk, a);
    put("R of small order", bad, pk, false);
    memcpy(bad, R, 32);
    memset(r, 0, sizeof r);
    put("A of order 2", bad, order2, false);
    memcpy(mixed, order2, 32); /* 2^255 - 19 + 1: y = 1, not canonical */
    mixed[0] = 0xee;
    put("A not canonical", bad, mixed, false);
    vec_end();
    return 0;
}
