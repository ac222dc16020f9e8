/* SPDX-License-Identifier: ISC */
/* Every test runs with each implementation that this build has. */
#include "mlkem.h"
#include "sha3.h"
#include "vec.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define Q 3329

static const struct impl {
    const char *name;
    enum rc (*keypair)(uint8_t *, uint8_t *, const uint8_t *);
    enum rc (*encaps)(uint8_t *, uint8_t *, const uint8_t *, const uint8_t *);
    enum rc (*decaps)(uint8_t *, const uint8_t *, const uint8_t *);
} impls[] = {
    {"own", mlkem_own_keypair, mlkem_own_encaps, mlkem_own_decaps},
#if MLKEM_HAVE_OPENSSL
    {"OpenSSL", mlkem_openssl_keypair, mlkem_openssl_encaps,
     mlkem_openssl_decaps},
#endif
    {"chosen", mlkem_keypair, mlkem_encaps, mlkem_decaps},
};

typedef void (*run_fn)(const struct impl *impl, const json_t *t);

/* Every test of a file, by every implementation; says how many there are. */
static size_t
run_file(const char *name, run_fn run)
{
    json_t *file = vec_load(name);
    size_t i, count = 0;
    const json_t *t;

    for (size_t k = 0; k < sizeof impls / sizeof impls[0]; k++) {
        json_array_foreach(vec_tests(file), i, t)
        {
            run(&impls[k], t);
        }
    }
    count = json_array_size(vec_tests(file));
    json_decref(file);
    return count;
}

/* d and z, or both as "seed". */
static void
seed_of(uint8_t seed[MLKEM_SEED_LEN], const json_t *t)
{
    if (json_object_get(t, "seed") != NULL) {
        vec_fixed(t, "seed", seed, MLKEM_SEED_LEN);
    } else {
        vec_fixed(t, "d", seed, 32);
        vec_fixed(t, "z", seed + 32, 32);
    }
}

static bool
is_valid(const json_t *t)
{
    return json_object_get(t, "result") == NULL ||
           strcmp(vec_string(t, "result"), "valid") == 0;
}

static void
keypair_case(const struct impl *impl, const json_t *t)
{
    uint8_t seed[MLKEM_SEED_LEN], ek[MLKEM_EK_LEN], dk[MLKEM_DK_LEN];
    uint8_t want_ek[MLKEM_EK_LEN], want_dk[MLKEM_DK_LEN];

    seed_of(seed, t);
    vec_fixed(t, "ek", want_ek, sizeof want_ek);
    vec_fixed(t, "dk", want_dk, sizeof want_dk);
    assert_int_equal(impl->keypair(ek, dk, seed), RC_OK);
    assert_memory_equal(ek, want_ek, sizeof ek);
    assert_memory_equal(dk, want_dk, sizeof dk);
}

static void
refuse_ek(const struct impl *impl, const uint8_t *ek, const uint8_t *m)
{
    uint8_t ct[MLKEM_CT_LEN], ss[MLKEM_SS_LEN];

    memset(ct, 0xa5, sizeof ct);
    memset(ss, 0xa5, sizeof ss);
    assert_int_equal(impl->encaps(ct, ss, ek, m), RC_FORMAT);
    assert_true(sodium_is_zero(ct, sizeof ct));
    assert_true(sodium_is_zero(ss, sizeof ss));
}

/* "K" in some files, "k" in others. */
static void
secret_of(uint8_t want[MLKEM_SS_LEN], const json_t *t)
{
    vec_fixed(t, json_object_get(t, "K") != NULL ? "K" : "k", want,
              MLKEM_SS_LEN);
}

static void
encaps_case(const struct impl *impl, const json_t *t)
{
    uint8_t m[MLKEM_M_LEN], ct[MLKEM_CT_LEN], want_ct[MLKEM_CT_LEN];
    uint8_t ss[MLKEM_SS_LEN], want_ss[MLKEM_SS_LEN];
    size_t ek_len;
    uint8_t *ek = vec_bytes(t, "ek", &ek_len);

    vec_fixed(t, "m", m, sizeof m);
    if (is_valid(t)) {
        assert_int_equal(ek_len, MLKEM_EK_LEN);
        vec_fixed(t, "c", want_ct, sizeof want_ct);
        secret_of(want_ss, t);
        assert_int_equal(impl->encaps(ct, ss, ek, m), RC_OK);
        assert_memory_equal(ct, want_ct, sizeof ct);
        assert_memory_equal(ss, want_ss, sizeof ss);
    } else if (ek_len == MLKEM_EK_LEN) {
        refuse_ek(impl, ek, m);
    } /* else the type forbids it */
    free(ek);
}

static void
ek_check_case(const struct impl *impl, const json_t *t)
{
    uint8_t ek[MLKEM_EK_LEN], m[MLKEM_M_LEN] = {0};
    uint8_t ct[MLKEM_CT_LEN], ss[MLKEM_SS_LEN];

    vec_fixed(t, "ek", ek, sizeof ek);
    if (is_valid(t)) {
        assert_int_equal(impl->encaps(ct, ss, ek, m), RC_OK);
    } else {
        refuse_ek(impl, ek, m);
    }
}

static void
dk_check_case(const struct impl *impl, const json_t *t)
{
    uint8_t dk[MLKEM_DK_LEN], ct[MLKEM_CT_LEN] = {0}, ss[MLKEM_SS_LEN];

    vec_fixed(t, "dk", dk, sizeof dk);
    memset(ss, 0xa5, sizeof ss);
    assert_int_equal(impl->decaps(ss, ct, dk), is_valid(t) ? RC_OK : RC_FORMAT);
    assert_int_equal(sodium_is_zero(ss, sizeof ss), !is_valid(t));
}

/* The key is "dk", or comes from a seed; "ek" may be there to compare. */
static void
decaps_case(const struct impl *impl, const json_t *t)
{
    uint8_t seed[MLKEM_SEED_LEN], ek[MLKEM_EK_LEN], dk[MLKEM_DK_LEN];
    uint8_t want_ek[MLKEM_EK_LEN], ss[MLKEM_SS_LEN], want[MLKEM_SS_LEN];
    size_t ct_len, key_len;
    const char *key = json_object_get(t, "dk") != NULL     ? "dk"
                      : json_object_get(t, "seed") != NULL ? "seed"
                                                           : "d";
    size_t right_len = key[1] == 'k'   ? MLKEM_DK_LEN
                       : key[0] == 's' ? MLKEM_SEED_LEN
                                       : 32;
    uint8_t *ct = vec_bytes(t, "c", &ct_len);

    free(vec_bytes(t, key, &key_len));
    if (ct_len != MLKEM_CT_LEN || key_len != right_len) {
        assert_false(is_valid(t)); /* and the type forbids it */
        free(ct);
        return;
    }
    if (key[1] == 'k') {
        vec_fixed(t, "dk", dk, sizeof dk);
    } else {
        seed_of(seed, t);
        assert_int_equal(impl->keypair(ek, dk, seed), RC_OK);
        if (json_object_get(t, "ek") != NULL) {
            vec_fixed(t, "ek", want_ek, sizeof want_ek);
            assert_memory_equal(ek, want_ek, sizeof ek);
        }
    }
    if (is_valid(t)) {
        secret_of(want, t);
        assert_int_equal(impl->decaps(ss, ct, dk), RC_OK);
        assert_memory_equal(ss, want, sizeof ss);
    } else {
        assert_int_equal(impl->decaps(ss, ct, dk), RC_FORMAT);
    }
    free(ct);
}

static void
nist_keypairs(void **state)
{
    (void)state;
    assert_int_equal(
        run_file("official/mlkem768/acvp_keygen.json", keypair_case), 25);
}

static void
nist_encaps(void **state)
{
    (void)state;
    assert_int_equal(
        run_file("official/mlkem768/acvp_encaps.json", encaps_case), 25);
    assert_int_equal(
        run_file("official/mlkem768/acvp_ek_check.json", ek_check_case), 10);
}

static void
nist_decaps(void **state)
{
    (void)state;
    assert_int_equal(
        run_file("official/mlkem768/acvp_decaps.json", decaps_case), 10);
    assert_int_equal(
        run_file("official/mlkem768/acvp_decaps_seed.json", decaps_case), 10);
    assert_int_equal(
        run_file("official/mlkem768/acvp_dk_check.json", dk_check_case), 10);
}

static void
wycheproof(void **state)
{
    (void)state;
    assert_int_equal(
        run_file("official/mlkem768/wycheproof_keygen.json", keypair_case), 10);
    assert_int_equal(
        run_file("official/mlkem768/wycheproof_encaps.json", encaps_case), 175);
    assert_int_equal(
        run_file("official/mlkem768/wycheproof_decaps_seed.json", decaps_case),
        103);
    assert_int_equal(
        run_file("official/mlkem768/wycheproof_decaps_dk.json", decaps_case),
        9);
}

static void
edge_case(const struct impl *impl, const json_t *t)
{
    if (json_object_get(t, "ek") != NULL) {
        encaps_case(impl, t);
    }
    decaps_case(impl, t);
}

/* One whose implicit rejection a comparison that stops at a zero byte would
 * miss, and one whose matrix takes more than 575 bytes of SHAKE. */
static void
unlucky_keys(void **state)
{
    (void)state;
    assert_int_equal(run_file("official/mlkem768/cctv_edge.json", edge_case),
                     2);
}

static void
put_coefficient(uint8_t *ek, size_t at, unsigned value)
{
    uint8_t *p = ek + at / 2 * 3;

    if (at % 2 == 0) {
        p[0] = (uint8_t)value;
        p[1] = (uint8_t)((p[1] & 0xf0) | value >> 8);
    } else {
        p[1] = (uint8_t)((p[1] & 0x0f) | (value & 15) << 4);
        p[2] = (uint8_t)(value >> 4);
    }
}

static void
each_coefficient_must_be_reduced(void **state)
{
    uint8_t base[MLKEM_EK_LEN], ek[MLKEM_EK_LEN], m[MLKEM_M_LEN] = {0};
    uint8_t ct[MLKEM_CT_LEN], ss[MLKEM_SS_LEN];
    json_t *file = vec_load("official/mlkem768/cctv_modulus.json");
    size_t i, j;
    const json_t *t, *pair;

    (void)state;
    vec_fixed(file, "base_ek", base, sizeof base);
    for (size_t k = 0; k < sizeof impls / sizeof impls[0]; k++) {
        json_array_foreach(vec_tests(file), i, t)
        {
            memcpy(ek, base, sizeof ek);
            json_array_foreach(json_object_get(t, "changes"), j, pair)
            {
                json_int_t at = json_integer_value(json_array_get(pair, 0));
                json_int_t to = json_integer_value(json_array_get(pair, 1));

                assert_true(at < 768 && to < 4096);
                put_coefficient(ek, (size_t)at, (unsigned)to);
            }
            refuse_ek(&impls[k], ek, m);
        }
        assert_int_equal(impls[k].encaps(ct, ss, base, m), RC_OK);
        for (size_t at = 0; at < 768; at++) {
            memcpy(ek, base, sizeof ek);
            put_coefficient(ek, at, Q - 1);
            assert_int_equal(impls[k].encaps(ct, ss, ek, m), RC_OK);
        }
    }
    json_decref(file);
}

/* What the note of the vector file says. */
static void
accumulate(const struct impl *impl, size_t rounds, const char *want_hex)
{
    const size_t step = 32 + 32 + 32 + MLKEM_CT_LEN;
    uint8_t ek[MLKEM_EK_LEN], dk[MLKEM_DK_LEN], got[32], want[32];
    uint8_t ct[MLKEM_CT_LEN], ss[MLKEM_SS_LEN], rejected[MLKEM_SS_LEN];
    uint8_t *stream = malloc(rounds * step);
    EVP_MD_CTX *sum = EVP_MD_CTX_new();
    struct sha3 h;

    assert_non_null(stream);
    assert_int_equal(sha3_init(&h), RC_OK);
    assert_int_equal(
        sha3(&h, SHAKE128, stream, rounds * step, (const uint8_t *)"", 0),
        RC_OK);
    sha3_free(&h);
    assert_int_equal(EVP_DigestInit_ex(sum, EVP_shake128(), NULL), 1);
    for (size_t i = 0; i < rounds; i++) {
        const uint8_t *in = stream + i * step;

        assert_int_equal(impl->keypair(ek, dk, in), RC_OK);
        assert_int_equal(impl->encaps(ct, ss, ek, in + 64), RC_OK);
        assert_int_equal(impl->decaps(rejected, ct, dk), RC_OK);
        assert_memory_equal(rejected, ss, sizeof ss);
        assert_int_equal(impl->decaps(rejected, in + 96, dk), RC_OK);
        assert_int_equal(EVP_DigestUpdate(sum, ek, sizeof ek), 1);
        assert_int_equal(EVP_DigestUpdate(sum, ct, sizeof ct), 1);
        assert_int_equal(EVP_DigestUpdate(sum, ss, sizeof ss), 1);
        assert_int_equal(EVP_DigestUpdate(sum, rejected, sizeof rejected), 1);
    }
    assert_int_equal(EVP_DigestFinalXOF(sum, got, sizeof got), 1);
    EVP_MD_CTX_free(sum);
    free(stream);
    assert_int_equal(sodium_hex2bin(want, 32, want_hex, 64, NULL, NULL, NULL),
                     0);
    assert_memory_equal(got, want, sizeof got);
}

static void
accumulated(void **state)
{
    json_t *file = vec_load("official/mlkem768/accumulated.json");
    size_t i, ran = 0;
    const json_t *t;

    (void)state;
    json_array_foreach(vec_tests(file), i, t)
    {
        size_t rounds = (size_t)vec_number(t, "iterations");

        for (size_t k = 0; k < sizeof impls / sizeof impls[0]; k++) {
            /* 10,000 once per implementation: "chosen" is one of them */
            if (rounds <= 100 ||
                (rounds <= 10000 && strcmp(impls[k].name, "chosen") != 0)) {
                accumulate(&impls[k], rounds, vec_string(t, "shake128_256"));
                ran++;
            }
        }
    }
    assert_true(ran >= 3);
    json_decref(file);
}

/* Any change of the ciphertext gives the key that z decides, never an
 * error, and never the real one. */
static void
each_flipped_ciphertext_bit_rejects_implicitly(void **state)
{
    uint8_t seed[MLKEM_SEED_LEN], ek[MLKEM_EK_LEN], dk[MLKEM_DK_LEN];
    uint8_t ct[MLKEM_CT_LEN], ss[MLKEM_SS_LEN], m[MLKEM_M_LEN];
    uint8_t in[32 + MLKEM_CT_LEN], want[MLKEM_SS_LEN], got[MLKEM_SS_LEN];
    struct sha3 h;

    (void)state;
    vec_seed(seed, sizeof seed, "mlkem seed");
    vec_seed(m, sizeof m, "mlkem m");
    assert_int_equal(sha3_init(&h), RC_OK);
    for (size_t k = 0; k < sizeof impls / sizeof impls[0]; k++) {
        assert_int_equal(impls[k].keypair(ek, dk, seed), RC_OK);
        assert_int_equal(impls[k].encaps(ct, ss, ek, m), RC_OK);
        for (size_t bit = 0; bit < 8 * sizeof ct; bit += 7) {
            ct[bit / 8] ^= (uint8_t)(1u << bit % 8);
            memcpy(in, seed + 32, 32);
            memcpy(in + 32, ct, sizeof ct);
            assert_int_equal(
                sha3(&h, SHAKE256, want, sizeof want, in, sizeof in), RC_OK);
            assert_int_equal(impls[k].decaps(got, ct, dk), RC_OK);
            assert_memory_equal(got, want, sizeof got);
            assert_memory_not_equal(got, ss, sizeof got);
            ct[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_int_equal(impls[k].decaps(got, ct, dk), RC_OK);
        assert_memory_equal(got, ss, sizeof got);
    }
    sha3_free(&h);
}

static void
each_flipped_bit_of_the_public_part_of_dk_is_refused(void **state)
{
    uint8_t seed[MLKEM_SEED_LEN], ek[MLKEM_EK_LEN], dk[MLKEM_DK_LEN];
    uint8_t ct[MLKEM_CT_LEN], ss[MLKEM_SS_LEN], m[MLKEM_M_LEN];

    (void)state;
    vec_seed(seed, sizeof seed, "mlkem seed");
    vec_seed(m, sizeof m, "mlkem m");
    for (size_t k = 0; k < sizeof impls / sizeof impls[0]; k++) {
        assert_int_equal(impls[k].keypair(ek, dk, seed), RC_OK);
        assert_int_equal(impls[k].encaps(ct, ss, ek, m), RC_OK);
        for (size_t at = 1152; at < 1152 + 1184 + 32; at += 5) {
            dk[at] ^= (uint8_t)(1u << at % 8);
            assert_int_equal(impls[k].decaps(ss, ct, dk), RC_FORMAT);
            assert_true(sodium_is_zero(ss, sizeof ss));
            dk[at] ^= (uint8_t)(1u << at % 8);
        }
    }
}

/* FIPS 203 would take them mod q; all implementations here refuse. */
static void
unreduced_private_coefficients_are_refused(void **state)
{
    uint8_t seed[MLKEM_SEED_LEN], ek[MLKEM_EK_LEN], dk[MLKEM_DK_LEN];
    uint8_t changed[MLKEM_DK_LEN], ct[MLKEM_CT_LEN] = {0}, ss[MLKEM_SS_LEN];

    (void)state;
    vec_seed(seed, sizeof seed, "mlkem seed");
    for (size_t k = 0; k < sizeof impls / sizeof impls[0]; k++) {
        assert_int_equal(impls[k].keypair(ek, dk, seed), RC_OK);
        for (size_t at = 0; at < 768; at += 3) {
            memcpy(changed, dk, sizeof dk);
            put_coefficient(changed, at, Q);
            assert_int_equal(impls[k].decaps(ss, ct, changed), RC_FORMAT);
            assert_true(sodium_is_zero(ss, sizeof ss));
            put_coefficient(changed, at, 4095);
            assert_int_equal(impls[k].decaps(ss, ct, changed), RC_FORMAT);
        }
        assert_int_equal(impls[k].decaps(ss, ct, dk), RC_OK);
    }
}

#if MLKEM_HAVE_OPENSSL
static void
both_implementations_agree(void **state)
{
    uint8_t seed[MLKEM_SEED_LEN], m[MLKEM_M_LEN];
    uint8_t ek[2][MLKEM_EK_LEN], dk[2][MLKEM_DK_LEN];
    uint8_t ct[2][MLKEM_CT_LEN], ss[2][MLKEM_SS_LEN];

    (void)state;
    for (int i = 0; i < 300; i++) {
        randombytes_buf(seed, sizeof seed);
        randombytes_buf(m, sizeof m);
        for (int k = 0; k < 2; k++) {
            assert_int_equal(impls[k].keypair(ek[k], dk[k], seed), RC_OK);
            assert_int_equal(impls[k].encaps(ct[k], ss[k], ek[k], m), RC_OK);
        }
        assert_memory_equal(ek[0], ek[1], MLKEM_EK_LEN);
        assert_memory_equal(dk[0], dk[1], MLKEM_DK_LEN);
        assert_memory_equal(ct[0], ct[1], MLKEM_CT_LEN);
        assert_memory_equal(ss[0], ss[1], MLKEM_SS_LEN);
        if (i % 2 == 0) {
            randombytes_buf(ct[0], MLKEM_CT_LEN);
        }
        for (int k = 0; k < 2; k++) {
            assert_int_equal(impls[k].decaps(ss[k], ct[0], dk[0]), RC_OK);
        }
        assert_memory_equal(ss[0], ss[1], MLKEM_SS_LEN);
    }
}
#endif

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_coefficient_must_be_reduced),
        cmocka_unit_test(unreduced_private_coefficients_are_refused),
        cmocka_unit_test(each_flipped_bit_of_the_public_part_of_dk_is_refused),
        cmocka_unit_test(each_flipped_ciphertext_bit_rejects_implicitly),
        cmocka_unit_test(nist_keypairs),
        cmocka_unit_test(nist_encaps),
        cmocka_unit_test(nist_decaps),
        cmocka_unit_test(wycheproof),
        cmocka_unit_test(unlucky_keys),
        cmocka_unit_test(accumulated),
#if MLKEM_HAVE_OPENSSL
        cmocka_unit_test(both_implementations_agree),
#endif
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
