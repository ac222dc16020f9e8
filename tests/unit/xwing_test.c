/* SPDX-License-Identifier: ISC */
#include "mlkem.h"
#include "vec.h"
#include "xwing.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
check_file(const char *name)
{
    uint8_t seed[XWING_SEED_LEN], eseed[XWING_ESEED_LEN];
    uint8_t want_pk[XWING_PK_LEN], pk[XWING_PK_LEN];
    uint8_t want_ct[XWING_CT_LEN], ct[XWING_CT_LEN];
    uint8_t want_ss[XWING_SS_LEN], ss[XWING_SS_LEN];
    json_t *file = vec_load(name);
    const json_t *t;
    size_t i;

    json_array_foreach(vec_tests(file), i, t)
    {
        vec_fixed(t, "seed", seed, sizeof seed);
        vec_fixed(t, "eseed", eseed, sizeof eseed);
        vec_fixed(t, "pk", want_pk, sizeof want_pk);
        vec_fixed(t, "ct", want_ct, sizeof want_ct);
        vec_fixed(t, "ss", want_ss, sizeof want_ss);
        assert_int_equal(xwing_public(pk, seed), RC_OK);
        assert_memory_equal(pk, want_pk, sizeof pk);
        assert_int_equal(xwing_encaps(ct, ss, pk, eseed), RC_OK);
        assert_memory_equal(ct, want_ct, sizeof ct);
        assert_memory_equal(ss, want_ss, sizeof ss);
        memset(ss, 0, sizeof ss);
        assert_int_equal(xwing_decaps(ss, want_ct, seed), RC_OK);
        assert_memory_equal(ss, want_ss, sizeof ss);
    }
    json_decref(file);
}

static void
draft_vectors(void **state)
{
    (void)state;
    check_file("official/xwing/xwing_draft.json");
}

static void
concrete_hybrid_vectors(void **state)
{
    (void)state;
    check_file("official/xwing/mlkem768_x25519_concrete_hybrid.json");
}

static void
check_decaps(const json_t *t, const char *result)
{
    uint8_t sk[XWING_SEED_LEN], want[XWING_SS_LEN], ss[XWING_SS_LEN];
    size_t ct_len;
    uint8_t *ct = vec_bytes(t, "ct", &ct_len);

    vec_fixed(t, "sk", sk, sizeof sk);
    memset(ss, 0xa5, sizeof ss);
    if (strcmp(result, "valid") == 0) {
        assert_int_equal(ct_len, XWING_CT_LEN);
        vec_fixed(t, "ss", want, sizeof want);
        assert_int_equal(xwing_decaps(ss, ct, sk), RC_OK);
        assert_memory_equal(ss, want, sizeof ss);
    } else if (strcmp(result, "acceptable") == 0) {
        /* a share of small order: refused here */
        assert_int_equal(ct_len, XWING_CT_LEN);
        assert_int_equal(xwing_decaps(ss, ct, sk), RC_FORGED);
        assert_true(sodium_is_zero(ss, sizeof ss));
    } else {
        /* nothing but a wrong length is invalid, and the type forbids it */
        assert_int_not_equal(ct_len, XWING_CT_LEN);
    }
    free(ct);
}

static void
check_refused_key(const json_t *t)
{
    uint8_t eseed[XWING_ESEED_LEN], ct[XWING_CT_LEN], ss[XWING_SS_LEN];
    size_t pk_len;
    uint8_t *pk = vec_bytes(t, "pk", &pk_len);

    vec_fixed(t, "eseed", eseed, sizeof eseed);
    if (pk_len == XWING_PK_LEN) {
        memset(ct, 0xa5, sizeof ct);
        memset(ss, 0xa5, sizeof ss);
        assert_int_equal(xwing_encaps(ct, ss, pk, eseed), RC_FORMAT);
        assert_true(sodium_is_zero(ct, sizeof ct));
        assert_true(sodium_is_zero(ss, sizeof ss));
    }
    free(pk);
}

static void
changed_ciphertexts_and_keys(void **state)
{
    json_t *file = vec_load("official/xwing/xwing_derived.json");
    const json_t *t;
    size_t i;

    (void)state;
    json_array_foreach(vec_tests(file), i, t)
    {
        if (strcmp(vec_string(t, "op"), "decaps") == 0) {
            check_decaps(t, vec_string(t, "result"));
        } else {
            assert_string_equal(vec_string(t, "result"), "invalid");
            check_refused_key(t);
        }
    }
    json_decref(file);
}

/* The points of order 1, 2, 4 and 8, and encodings that are not reduced. */
static const char *const small_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void
all_zero_x25519_is_refused_on_both_sides(void **state)
{
    uint8_t seed[XWING_SEED_LEN], eseed[XWING_ESEED_LEN], point[32];
    uint8_t pk[XWING_PK_LEN], ct[XWING_CT_LEN], ss[XWING_SS_LEN];

    (void)state;
    vec_seed(seed, sizeof seed, "xwing seed");
    vec_seed(eseed, sizeof eseed, "xwing eseed");
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++) {
        assert_int_equal(
            sodium_hex2bin(point, 32, small_order[i], 64, NULL, NULL, NULL), 0);
        for (int top = 0; top < 2; top++) {
            point[31] = (uint8_t)(point[31] | top << 7);
            assert_int_equal(xwing_public(pk, seed), RC_OK);
            assert_int_equal(xwing_encaps(ct, ss, pk, eseed), RC_OK);
            memcpy(ct + MLKEM_CT_LEN, point, 32);
            memset(ss, 0xa5, sizeof ss);
            assert_int_equal(xwing_decaps(ss, ct, seed), RC_FORGED);
            assert_true(sodium_is_zero(ss, sizeof ss));
            memcpy(pk + MLKEM_EK_LEN, point, 32);
            memset(ss, 0xa5, sizeof ss);
            assert_int_equal(xwing_encaps(ct, ss, pk, eseed), RC_FORGED);
            assert_true(sodium_is_zero(ct, sizeof ct));
            assert_true(sodium_is_zero(ss, sizeof ss));
        }
    }
}

static void
random_keys_agree(void **state)
{
    uint8_t seed[XWING_SEED_LEN], eseed[XWING_ESEED_LEN];
    uint8_t pk[XWING_PK_LEN], ct[XWING_CT_LEN];
    uint8_t a[XWING_SS_LEN], b[XWING_SS_LEN];

    (void)state;
    for (int i = 0; i < 50; i++) {
        randombytes_buf(seed, sizeof seed);
        randombytes_buf(eseed, sizeof eseed);
        assert_int_equal(xwing_public(pk, seed), RC_OK);
        assert_int_equal(xwing_encaps(ct, a, pk, eseed), RC_OK);
        assert_int_equal(xwing_decaps(b, ct, seed), RC_OK);
        assert_memory_equal(a, b, sizeof a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_zero_x25519_is_refused_on_both_sides),
        cmocka_unit_test(changed_ciphertexts_and_keys),
        cmocka_unit_test(draft_vectors),
        cmocka_unit_test(concrete_hybrid_vectors),
        cmocka_unit_test(random_keys_agree),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
