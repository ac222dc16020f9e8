/* SPDX-License-Identifier: ISC */
/*
 * Whether this libsodium is what PROTOCOL.md relies on: its answers, and how
 * strict it is with points, signatures and tags.
 */
#include "vec.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool
is_valid(const json_t *t)
{
    return strcmp(vec_string(t, "result"), "valid") == 0;
}

static bool
has_flag(const json_t *t, const char *flag)
{
    size_t i;
    const json_t *f;

    json_array_foreach(json_object_get(t, "flags"), i, f)
    {
        if (strcmp(json_string_value(f), flag) == 0) {
            return true;
        }
    }
    return false;
}

static void
x25519_rounds(int64_t rounds, const uint8_t want[32])
{
    uint8_t k[32] = {9}, u[32] = {9}, next[32];

    for (int64_t i = 0; i < rounds; i++) {
        assert_int_equal(crypto_scalarmult(next, k, u), 0);
        memcpy(u, k, sizeof u);
        memcpy(k, next, sizeof k);
    }
    assert_memory_equal(k, want, sizeof k);
}

static void
x25519_rfc_7748(void **state)
{
    json_t *file = vec_load("official/x25519/rfc7748.json");
    uint8_t scalar[32], u[32], want[32], got[32];
    size_t i;
    const json_t *t;

    (void)state;
    json_array_foreach(vec_tests(file), i, t)
    {
        if (json_object_get(t, "iterations") != NULL) {
            vec_fixed(t, "k", want, sizeof want);
            if (vec_number(t, "iterations") <= 1000) {
                x25519_rounds(vec_number(t, "iterations"), want);
            }
            continue;
        }
        vec_fixed(t, "scalar", scalar, sizeof scalar);
        vec_fixed(t, "u", u, sizeof u);
        vec_fixed(t, "shared", want, sizeof want);
        assert_int_equal(crypto_scalarmult(got, scalar, u), 0);
        assert_memory_equal(got, want, sizeof got);
    }
    json_decref(file);
}

static void
x25519_says_when_the_result_is_zero(void **state)
{
    json_t *file = vec_load("official/x25519/wycheproof.json");
    uint8_t sk[32], pk[32], want[32], got[32];
    size_t i, zero = 0;
    const json_t *t;

    (void)state;
    json_array_foreach(vec_tests(file), i, t)
    {
        int failed;

        vec_fixed(t, "private", sk, sizeof sk);
        vec_fixed(t, "public", pk, sizeof pk);
        vec_fixed(t, "shared", want, sizeof want);
        failed = crypto_scalarmult(got, sk, pk);
        assert_int_equal(failed != 0, sodium_is_zero(want, sizeof want));
        assert_int_equal(failed != 0, has_flag(t, "ZeroSharedSecret"));
        if (failed == 0) {
            assert_memory_equal(got, want, sizeof got);
        }
        zero += failed != 0;
    }
    assert_int_equal(zero, 31);
    json_decref(file);
}

static void
check_signing(const char *name)
{
    json_t *file = vec_load(name);
    uint8_t seed[32], pk[32], sk[64], want_pk[32], sig[64], want[64];
    size_t i, len;
    const json_t *t;

    json_array_foreach(vec_tests(file), i, t)
    {
        uint8_t *msg = vec_bytes(t, "msg", &len);

        vec_fixed(t, "seed", seed, sizeof seed);
        vec_fixed(t, "pk", want_pk, sizeof want_pk);
        vec_fixed(t, "sig", want, sizeof want);
        assert_int_equal(crypto_sign_seed_keypair(pk, sk, seed), 0);
        assert_memory_equal(pk, want_pk, sizeof pk);
        assert_int_equal(crypto_sign_detached(sig, NULL, msg, len, sk), 0);
        assert_memory_equal(sig, want, sizeof sig);
        assert_int_equal(crypto_sign_verify_detached(sig, msg, len, pk), 0);
        sig[i % 64] ^= 1;
        assert_int_not_equal(crypto_sign_verify_detached(sig, msg, len, pk), 0);
        free(msg);
    }
    json_decref(file);
}

static void
ed25519_signs(void **state)
{
    (void)state;
    check_signing("official/ed25519/rfc8032.json");
    check_signing("official/ed25519/sign_input.json");
}

static void
ed25519_wycheproof(void **state)
{
    json_t *file = vec_load("official/ed25519/wycheproof.json");
    uint8_t pk[32];
    size_t i, len, sig_len;
    const json_t *t;

    (void)state;
    json_array_foreach(vec_tests(file), i, t)
    {
        uint8_t *msg = vec_bytes(t, "msg", &len);
        uint8_t *sig = vec_bytes(t, "sig", &sig_len);

        vec_fixed(t, "pk", pk, sizeof pk);
        if (sig_len == 64) {
            assert_int_equal(crypto_sign_verify_detached(sig, msg, len, pk) ==
                                 0,
                             is_valid(t));
        } else {
            assert_false(is_valid(t));
        }
        free(msg);
        free(sig);
    }
    json_decref(file);
}

/* Small order, other encodings, no cofactor: one verdict everywhere. */
static void
ed25519_is_strict(void **state)
{
    json_t *file = vec_load("official/ed25519/cctv_edge.json");
    uint8_t pk[32], sig[64];
    size_t i, accepted = 0;
    const json_t *t;

    (void)state;
    json_array_foreach(vec_tests(file), i, t)
    {
        const char *msg = vec_string(t, "msg_ascii");
        const char *strict = vec_string(t, "strict");
        const char *want = vec_string(t, "libsodium_1_0_18");
        bool ok;

        vec_fixed(t, "pk", pk, sizeof pk);
        vec_fixed(t, "sig", sig, sizeof sig);
        ok = crypto_sign_verify_detached(sig, (const uint8_t *)msg, strlen(msg),
                                         pk) == 0;
        assert_int_equal(ok, strcmp(want, "valid") == 0);
        if (strcmp(strict, "either") != 0) {
            assert_int_equal(ok, strcmp(strict, "valid") == 0);
        }
        accepted += ok;
    }
    assert_int_equal(accepted, 43);
    json_decref(file);
}

struct aead {
    const char *file;
    size_t nonce_len;
    int (*seal)(unsigned char *, unsigned long long *, const unsigned char *,
                unsigned long long, const unsigned char *, unsigned long long,
                const unsigned char *, const unsigned char *,
                const unsigned char *);
    int (*open)(unsigned char *, unsigned long long *, unsigned char *,
                const unsigned char *, unsigned long long,
                const unsigned char *, unsigned long long,
                const unsigned char *, const unsigned char *);
};

static void
check_aead_case(const struct aead *a, const json_t *t)
{
    size_t nonce_len, aad_len, pt_len, ct_len;
    uint8_t *nonce = vec_bytes(t, "nonce", &nonce_len);
    uint8_t *aad = vec_bytes(t, "aad", &aad_len);
    uint8_t *pt = vec_bytes(t, "pt", &pt_len);
    uint8_t *ct = vec_bytes(t, "ct", &ct_len);
    uint8_t *sealed = malloc(ct_len + 16), *out = malloc(ct_len + 16);
    uint8_t key[32];

    assert_non_null(sealed);
    assert_non_null(out);
    vec_fixed(t, "key", key, sizeof key);
    memcpy(sealed, ct, ct_len);
    if (nonce_len == a->nonce_len) {
        vec_fixed(t, "tag", sealed + ct_len, 16);
    }
    if (nonce_len != a->nonce_len) {
        assert_false(is_valid(t)); /* the type forbids it */
    } else if (is_valid(t)) {
        assert_int_equal(a->open(out, NULL, NULL, sealed, ct_len + 16, aad,
                                 aad_len, nonce, key),
                         0);
        assert_memory_equal(out, pt, pt_len);
        assert_int_equal(
            a->seal(out, NULL, pt, pt_len, aad, aad_len, NULL, nonce, key), 0);
        assert_memory_equal(out, sealed, ct_len + 16);
    } else {
        memset(out, 0xa5, ct_len);
        assert_int_not_equal(a->open(out, NULL, NULL, sealed, ct_len + 16, aad,
                                     aad_len, nonce, key),
                             0);
        assert_true(sodium_is_zero(out, ct_len));
    }
    free(nonce);
    free(aad);
    free(pt);
    free(ct);
    free(sealed);
    free(out);
}

static void
aeads_wycheproof(void **state)
{
    const struct aead aeads[] = {
        {"official/aead/chacha20_poly1305.json", 12,
         crypto_aead_chacha20poly1305_ietf_encrypt,
         crypto_aead_chacha20poly1305_ietf_decrypt},
        {"official/aead/xchacha20_poly1305.json", 24,
         crypto_aead_xchacha20poly1305_ietf_encrypt,
         crypto_aead_xchacha20poly1305_ietf_decrypt},
    };
    const json_t *t;
    size_t i;

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        json_t *file = vec_load(aeads[k].file);

        json_array_foreach(vec_tests(file), i, t)
        {
            check_aead_case(&aeads[k], t);
        }
        json_decref(file);
    }
}

static void
blake2b(void **state)
{
    const char *const files[] = {
        "official/blake2b/blake2_kat.json",
        "official/blake2b/blake2b_256.json",
        "official/blake2b/libsodium_generichash.json",
    };
    size_t i, key_len, len, out_len;
    uint8_t got[64];
    const json_t *t;

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        json_t *file = vec_load(files[k]);

        json_array_foreach(vec_tests(file), i, t)
        {
            uint8_t *key = vec_bytes(t, "key", &key_len);
            uint8_t *in = vec_bytes(t, "in", &len);
            uint8_t *want = vec_bytes(t, "out", &out_len);

            assert_int_equal(vec_number(t, "outlen"), out_len);
            assert_int_equal(
                crypto_generichash(got, out_len, in, len, key, key_len), 0);
            assert_memory_equal(got, want, out_len);
            free(key);
            free(in);
            free(want);
        }
        json_decref(file);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x25519_says_when_the_result_is_zero),
        cmocka_unit_test(x25519_rfc_7748),
        cmocka_unit_test(ed25519_is_strict),
        cmocka_unit_test(ed25519_wycheproof),
        cmocka_unit_test(ed25519_signs),
        cmocka_unit_test(aeads_wycheproof),
        cmocka_unit_test(blake2b),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
