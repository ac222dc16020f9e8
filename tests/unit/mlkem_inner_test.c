/* SPDX-License-Identifier: ISC */
/* The inner steps of proto/mlkem.c, which the API does not show. */
#include "mlkem.c"

#include "vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define INTERMEDIATE "tests/vectors/official/mlkem768/cctv_intermediate.txt"

static void
reduction_is_exact(void **state)
{
    const uint32_t near[] = {0, 1, Q - 1, Q, Q + 1, 2 * Q - 1, 2 * Q};

    (void)state;
    for (uint32_t x = 0; x < 2 * Q; x++) {
        assert_int_equal(reduce_once(x), x % Q);
    }
    for (uint32_t k = 0; k < UINT32_MAX / Q; k++) {
        for (size_t i = 0; i < 3; i++) {
            uint32_t x = k * Q + near[i + 2] - Q;

            if (reduce(x) != x % Q) {
                fail();
            }
        }
    }
    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++) {
        assert_int_equal(reduce(UINT32_MAX - near[i]),
                         (UINT32_MAX - near[i]) % Q);
    }
}

/* round(2^d x / q) mod 2^d, halves upwards; and q y / 2^d the same way. */
static void
compression_rounds_as_the_standard_says(void **state)
{
    const unsigned ds[] = {1, DV, DU};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        unsigned d = ds[i];

        for (unsigned x = 0; x < Q; x++) {
            assert_int_equal(compress((uint16_t)x, d),
                             ((2 * x << d) + Q) / (2 * Q) % (1u << d));
        }
        for (unsigned y = 0; y < 1u << d; y++) {
            assert_int_equal(decompress((uint16_t)y, d),
                             (2 * Q * y + (1u << d)) / (2u << d));
            assert_int_equal(compress(decompress((uint16_t)y, d), d), y);
        }
    }
}

static void
random_poly(struct poly *f, const char *label, unsigned below)
{
    uint8_t bytes[4 * N];

    vec_seed(bytes, sizeof bytes, label);
    for (unsigned i = 0; i < N; i++) {
        uint32_t x = (uint32_t)bytes[4 * i] | (uint32_t)bytes[4 * i + 1] << 8 |
                     (uint32_t)bytes[4 * i + 2] << 16;

        f->c[i] = (uint16_t)(x % below);
    }
}

static void
what_is_encoded_decodes(void **state)
{
    const unsigned ds[] = {1, DV, DU, 12};
    uint8_t bytes[POLY_LEN];
    struct poly f, g;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        random_poly(&f, "encode", ds[i] == 12 ? Q : 1u << ds[i]);
        encode(bytes, &f, ds[i]);
        decode(&g, bytes, ds[i]);
        assert_memory_equal(&f, &g, sizeof f);
    }
}

static void
ntt_multiplies_modulo_x256_plus_1(void **state)
{
    struct vec a, b;
    struct poly want = {{0}}, got;

    (void)state;
    for (unsigned k = 0; k < K; k++) {
        char label[] = "ntt 00";

        label[5] = (char)('0' + k);
        random_poly(&a.p[k], label, Q);
        label[4] = '1';
        random_poly(&b.p[k], label, Q);
        for (unsigned i = 0; i < N; i++) {
            for (unsigned j = 0; j < N; j++) {
                uint32_t x = (uint32_t)a.p[k].c[i] * b.p[k].c[j] % Q;
                uint16_t *at = &want.c[(i + j) % N];

                *at = (uint16_t)((i + j < N ? *at + x : *at + Q - x) % Q);
            }
        }
    }
    got = a.p[0];
    ntt(&got);
    ntt_inverse(&got);
    assert_memory_equal(&got, &a.p[0], sizeof got);
    vec_ntt(&a);
    vec_ntt(&b);
    dot(&got, &a, &b);
    ntt_inverse(&got);
    assert_memory_equal(&got, &want, sizeof got);
}

static void
zetas_are_powers_of_17(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N / 2; i++) {
        unsigned reversed = 0, power = 1;

        for (unsigned bit = 0; bit < 7; bit++) {
            reversed |= (i >> bit & 1) << (6 - bit);
        }
        for (unsigned n = 0; n < reversed; n++) {
            power = power * 17 % Q;
        }
        assert_int_equal(zetas[i], power);
    }
}

/* The value of the nth line (from 0) with this name; exactly len bytes. */
static void
value(uint8_t *out, size_t len, const char *name, int nth)
{
    static char line[1 << 14];
    FILE *f = fopen(INTERMEDIATE, "r");
    size_t name_len = strlen(name), got = 0;
    bool found = false;

    assert_non_null(f);
    while (!found && fgets(line, sizeof line, f) != NULL) {
        const char *hex = line + name_len + 3;

        if (strncmp(line, name, name_len) == 0 &&
            strncmp(line + name_len, " = ", 3) == 0 && nth-- == 0) {
            found = true;
            assert_int_equal(sodium_hex2bin(out, len, hex, strcspn(hex, "\n"),
                                            NULL, &got, NULL),
                             0);
        }
    }
    (void)fclose(f);
    assert_true(found);
    assert_int_equal(got, len);
}

static void
expect_vec(const struct vec *v, const char *name, int nth)
{
    uint8_t want[VEC_LEN], got[VEC_LEN];

    value(want, sizeof want, name, nth);
    vec_encode(got, v);
    assert_memory_equal(got, want, sizeof want);
}

static void
expect_poly(const struct poly *f, const char *name, int nth)
{
    uint8_t want[POLY_LEN], got[POLY_LEN];

    value(want, sizeof want, name, nth);
    encode(got, f, 12);
    assert_memory_equal(got, want, sizeof want);
}

static void
expect_matrix(struct vec rows[K], struct sha3 *h, const uint8_t *rho,
              bool transposed)
{
    uint8_t want[K * VEC_LEN], got[K * VEC_LEN];

    value(want, sizeof want, transposed ? "A^T" : "A", 0);
    for (uint8_t i = 0; i < K; i++) {
        assert_int_equal(sample_row(&rows[i], h, rho, i, transposed), RC_OK);
        vec_encode(got + i * VEC_LEN, &rows[i]);
    }
    assert_memory_equal(got, want, sizeof want);
}

static void
intermediate_values_of_keygen(void **state)
{
    uint8_t rho[SYM_LEN], sigma[SYM_LEN], n = 0;
    struct vec rows[K], s, e, t;
    struct sha3 h;

    (void)state;
    value(rho, sizeof rho, "ρ", 0);
    value(sigma, sizeof sigma, "σ", 0);
    assert_int_equal(sha3_init(&h), RC_OK);
    expect_matrix(rows, &h, rho, false);
    assert_int_equal(sample_noise(&s, &h, sigma, &n), RC_OK);
    expect_vec(&s, "s", 0);
    assert_int_equal(sample_noise(&e, &h, sigma, &n), RC_OK);
    expect_vec(&e, "e", 0);
    vec_ntt(&s);
    expect_vec(&s, "dkPKE = NTT(s)", 0);
    vec_ntt(&e);
    expect_vec(&e, "NTT(e)", 0);
    for (unsigned i = 0; i < K; i++) {
        dot(&t.p[i], &rows[i], &s);
        poly_add(&t.p[i], &e.p[i]);
    }
    expect_vec(&t, "t", 0);
    sha3_free(&h);
}

static void
intermediate_values_of_encrypt(void **state)
{
    uint8_t rho[SYM_LEN], m[SYM_LEN], r[SYM_LEN], t_bytes[VEC_LEN], n = 0;
    uint8_t c[MLKEM_CT_LEN], want[MLKEM_CT_LEN];
    struct vec rows[K], y, e1, t, u;
    struct poly e2, mu, v;
    struct sha3 h;

    (void)state;
    value(rho, sizeof rho, "ρ", 0);
    value(m, sizeof m, "m", 0);
    value(r, sizeof r, "r", 0);
    value(t_bytes, sizeof t_bytes, "t", 0);
    vec_decode(&t, t_bytes);
    assert_int_equal(sha3_init(&h), RC_OK);
    expect_matrix(rows, &h, rho, true);
    decode_compressed(&mu, m, 1);
    expect_poly(&mu, "μ", 0);
    assert_int_equal(sample_noise(&y, &h, r, &n), RC_OK);
    expect_vec(&y, "r", 1);
    assert_int_equal(sample_noise(&e1, &h, r, &n), RC_OK);
    expect_vec(&e1, "e1", 0);
    assert_int_equal(sample_cbd(&e2, &h, r, n), RC_OK);
    expect_poly(&e2, "e2", 0);
    vec_ntt(&y);
    expect_vec(&y, "NTT(r)", 0);
    for (unsigned i = 0; i < K; i++) {
        dot(&u.p[i], &rows[i], &y);
        ntt_inverse(&u.p[i]);
        poly_add(&u.p[i], &e1.p[i]);
        encode_compressed(c + i * U_LEN, &u.p[i], DU);
    }
    expect_vec(&u, "u", 0);
    value(want, K * U_LEN, "c1", 0);
    assert_memory_equal(c, want, K * U_LEN);
    dot(&v, &t, &y);
    ntt_inverse(&v);
    poly_add(&v, &e2);
    poly_add(&v, &mu);
    encode_compressed(c + K * U_LEN, &v, DV);
    value(want, N * DV / 8, "c2", 0);
    assert_memory_equal(c + K * U_LEN, want, N * DV / 8);
    value(want, sizeof want, "c", 0);
    assert_memory_equal(c, want, sizeof want);
    sha3_free(&h);
}

static void
intermediate_values_of_decrypt(void **state)
{
    uint8_t c[MLKEM_CT_LEN], s_bytes[VEC_LEN], m[SYM_LEN], want[SYM_LEN];
    struct poly v, w;
    struct vec u, s;

    (void)state;
    value(c, sizeof c, "c", 0);
    value(s_bytes, sizeof s_bytes, "dkPKE = NTT(s)", 0);
    value(want, sizeof want, "m", 0);
    for (unsigned i = 0; i < K; i++) {
        decode_compressed(&u.p[i], c + i * U_LEN, DU);
    }
    expect_vec(&u, "uᵈ", 0);
    decode_compressed(&v, c + K * U_LEN, DV);
    expect_poly(&v, "vᵈ", 0);
    vec_ntt(&u);
    expect_vec(&u, "NTT(uᵈ)", 0);
    vec_decode(&s, s_bytes);
    dot(&w, &s, &u);
    ntt_inverse(&w);
    for (unsigned i = 0; i < N; i++) {
        w.c[i] = sub(v.c[i], w.c[i]);
    }
    expect_poly(&w, "w", 0);
    pke_decrypt(m, s_bytes, c);
    assert_memory_equal(m, want, sizeof m);
}

static void
intermediate_values_of_the_kem(void **state)
{
    uint8_t ek[MLKEM_EK_LEN], dk[MLKEM_DK_LEN], m[SYM_LEN];
    uint8_t c[MLKEM_CT_LEN], want_c[MLKEM_CT_LEN];
    uint8_t k[SYM_LEN], want_k[SYM_LEN], in[SYM_LEN + MLKEM_CT_LEN];
    struct sha3 h;

    (void)state;
    value(ek, sizeof ek, "ek", 0);
    value(dk, sizeof dk, "dk", 0);
    value(m, sizeof m, "m", 0);
    value(want_c, sizeof want_c, "c", 0);
    value(want_k, sizeof want_k, "K", 0);
    assert_int_equal(mlkem_own_encaps(c, k, ek, m), RC_OK);
    assert_memory_equal(c, want_c, sizeof c);
    assert_memory_equal(k, want_k, sizeof k);
    assert_int_equal(mlkem_own_decaps(k, c, dk), RC_OK);
    assert_memory_equal(k, want_k, sizeof k);
    value(want_k, sizeof want_k, "KBar", 0);
    value(in, SYM_LEN, "z", 0);
    assert_memory_equal(in, dk + DK_HASH + SYM_LEN, SYM_LEN);
    memcpy(in + SYM_LEN, c, sizeof c);
    assert_int_equal(sha3_init(&h), RC_OK);
    assert_int_equal(sha3(&h, SHAKE256, k, sizeof k, in, sizeof in), RC_OK);
    assert_memory_equal(k, want_k, sizeof k);
    sha3_free(&h);
}

/* Sampling stops at exactly N and says when the bytes do not suffice. */
static void
sampling_knows_when_it_has_enough(void **state)
{
    uint8_t zeros[N / 2 * 3] = {0}, high[504];
    struct poly f;

    (void)state;
    assert_false(take_uniform(&f, zeros, 0));
    assert_false(take_uniform(&f, zeros, sizeof zeros - 1));
    assert_true(take_uniform(&f, zeros, sizeof zeros));
    memset(high, 0xff, sizeof high);
    assert_false(take_uniform(&f, high, sizeof high));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reduction_is_exact),
        cmocka_unit_test(compression_rounds_as_the_standard_says),
        cmocka_unit_test(what_is_encoded_decodes),
        cmocka_unit_test(zetas_are_powers_of_17),
        cmocka_unit_test(ntt_multiplies_modulo_x256_plus_1),
        cmocka_unit_test(sampling_knows_when_it_has_enough),
        cmocka_unit_test(intermediate_values_of_keygen),
        cmocka_unit_test(intermediate_values_of_encrypt),
        cmocka_unit_test(intermediate_values_of_decrypt),
        cmocka_unit_test(intermediate_values_of_the_kem),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
