/* SPDX-License-Identifier: ISC */
/*
 * The project's own ML-KEM-768, for platforms whose OpenSSL has none. It
 * follows FIPS 203 step by step; coefficients are always in 0..q-1.
 *
 * No branch, index or division depends on a secret: reduction multiplies by a
 * reciprocal and selects by masks. tests/ct checks the compiled code.
 */
#include "mlkem.h"

#include "public.h"
#include "sha3.h"

#include <sodium.h>

#include <stdbool.h>
#include <string.h>

#define N        256
#define Q        3329
#define K        3
#define DU       10
#define DV       4
#define SYM_LEN  32           /* rho, sigma, d, z, m, K */
#define POLY_LEN (N * 12 / 8) /* one polynomial, not compressed */
#define VEC_LEN  (K * POLY_LEN)
#define U_LEN    (N * DU / 8)             /* one polynomial of u */
#define CBD_LEN  (64 * 2)                 /* eta is 2 everywhere */
#define DK_HASH  (VEC_LEN + MLKEM_EK_LEN) /* where in dk H(ek) is, then z */

struct poly {
    uint16_t c[N];
};

struct vec {
    struct poly p[K];
};

/* 17 to the power of the seven bits of the index, reversed, mod q. */
static const uint16_t zetas[N / 2] = {
    1,    1729, 2580, 3289, 2642, 630,  1897, 848,  1062, 1919, 193,  797,
    2786, 3260, 569,  1746, 296,  2447, 1339, 1476, 3046, 56,   2240, 1333,
    1426, 2094, 535,  2882, 2393, 2879, 1974, 821,  289,  331,  3253, 1756,
    1197, 2304, 2277, 2055, 650,  1977, 2513, 632,  2865, 33,   1320, 1915,
    2319, 1435, 807,  452,  1438, 2868, 1534, 2402, 2647, 2617, 1481, 648,
    2474, 3110, 1227, 910,  17,   2761, 583,  2649, 1637, 723,  2288, 1100,
    1409, 2662, 3281, 233,  756,  2156, 3015, 3050, 1703, 1651, 2789, 1789,
    1847, 952,  1461, 2687, 939,  2308, 2437, 2388, 733,  2337, 268,  641,
    1584, 2298, 2037, 3220, 375,  2549, 2090, 1645, 1063, 319,  2773, 757,
    2099, 561,  2466, 2594, 2804, 1092, 403,  1026, 1143, 2150, 2775, 886,
    1722, 1212, 1874, 1029, 2110, 2935, 885,  2154,
};

/* Keeps the compiler from knowing the value, and so from making a branch of
 * what selects by a mask. */
static uint32_t
hide(uint32_t x)
{
    __asm__("" : "+r"(x));
    return x;
}

/* x below 2q */
static uint16_t
reduce_once(uint32_t x)
{
    uint32_t r = x - Q;

    return (uint16_t)(r + (Q & (0 - (r >> 31))));
}

/* Barrett: the product with floor(2^32 / q) is at most one q too small. */
static uint16_t
reduce(uint32_t x)
{
    uint32_t t = (uint32_t)(((uint64_t)x * 1290167) >> 32);

    return reduce_once(x - t * Q);
}

static uint16_t
mul(uint16_t a, uint16_t b)
{
    return reduce((uint32_t)a * b);
}

static uint16_t
add(uint16_t a, uint16_t b)
{
    return reduce_once((uint32_t)a + b);
}

static uint16_t
sub(uint16_t a, uint16_t b)
{
    return reduce_once((uint32_t)a + Q - b);
}

/* Algorithm 9 */
static void
ntt(struct poly *f)
{
    unsigned k = 1;

    for (unsigned len = 128; len >= 2; len /= 2) {
        for (unsigned start = 0; start < N; start += 2 * len) {
            uint16_t zeta = zetas[k++];

            for (unsigned j = start; j < start + len; j++) {
                uint16_t t = mul(zeta, f->c[j + len]);

                f->c[j + len] = sub(f->c[j], t);
                f->c[j] = add(f->c[j], t);
            }
        }
    }
}

/* Algorithm 10 */
static void
ntt_inverse(struct poly *f)
{
    unsigned k = 127;

    for (unsigned len = 2; len <= 128; len *= 2) {
        for (unsigned start = 0; start < N; start += 2 * len) {
            uint16_t zeta = zetas[k--];

            for (unsigned j = start; j < start + len; j++) {
                uint16_t t = f->c[j];

                f->c[j] = add(t, f->c[j + len]);
                f->c[j + len] = mul(zeta, sub(f->c[j + len], t));
            }
        }
    }
    for (unsigned j = 0; j < N; j++) {
        f->c[j] = mul(f->c[j], 3303); /* 1/128 */
    }
}

static void
vec_ntt(struct vec *v)
{
    for (unsigned i = 0; i < K; i++) {
        ntt(&v->p[i]);
    }
}

/* The sum of the products in the NTT domain (algorithms 11 and 12). Each
 * pair is a polynomial of degree one, modulo X^2 - gamma. */
static void
dot(struct poly *out, const struct vec *a, const struct vec *b)
{
    for (unsigned i = 0; i < N; i += 2) {
        uint16_t zeta = zetas[64 + i / 4];
        uint16_t gamma = i % 4 == 0 ? zeta : (uint16_t)(Q - zeta);
        uint32_t even = 0, odd = 0; /* below 6 q^2 each */

        for (unsigned k = 0; k < K; k++) {
            const uint16_t *f = a->p[k].c + i, *g = b->p[k].c + i;

            even += (uint32_t)f[0] * g[0] + (uint32_t)mul(f[1], g[1]) * gamma;
            odd += (uint32_t)f[0] * g[1] + (uint32_t)f[1] * g[0];
        }
        out->c[i] = reduce(even);
        out->c[i + 1] = reduce(odd);
    }
}

static void
poly_add(struct poly *f, const struct poly *g)
{
    for (unsigned i = 0; i < N; i++) {
        f->c[i] = add(f->c[i], g->c[i]);
    }
}

/* round(2^d x / q) mod 2^d: dividing by q is multiplying by ceil(2^34 / q),
 * exact for all that can occur. */
static uint16_t
compress(uint16_t x, unsigned d)
{
    uint64_t t = ((uint32_t)x << d) + Q / 2;

    return (uint16_t)(((t * 5160670) >> 34) & ((1u << d) - 1));
}

/* round(q y / 2^d) */
static uint16_t
decompress(uint16_t y, unsigned d)
{
    return (uint16_t)((Q * (uint32_t)y + (1u << (d - 1))) >> d);
}

/* Algorithm 5: d bits of each coefficient, the lowest first. */
static void
encode(uint8_t *out, const struct poly *f, unsigned d)
{
    uint32_t bits = 0;
    unsigned have = 0;

    for (unsigned i = 0; i < N; i++) {
        bits |= (uint32_t)f->c[i] << have;
        for (have += d; have >= 8; have -= 8) {
            *out++ = (uint8_t)bits;
            bits >>= 8;
        }
    }
}

/* Algorithm 6; twelve bits have passed is_reduced, so mod q does nothing. */
static void
decode(struct poly *f, const uint8_t *in, unsigned d)
{
    uint32_t bits = 0;
    unsigned have = 0;

    for (unsigned i = 0; i < N; i++) {
        for (; have < d; have += 8) {
            bits |= (uint32_t)*in++ << have;
        }
        f->c[i] = (uint16_t)(bits & ((1u << d) - 1));
        bits >>= d;
        have -= d;
    }
}

static void
encode_compressed(uint8_t *out, const struct poly *f, unsigned d)
{
    struct poly small;

    for (unsigned i = 0; i < N; i++) {
        small.c[i] = compress(f->c[i], d);
    }
    encode(out, &small, d);
    sodium_memzero(&small, sizeof small);
}

static void
decode_compressed(struct poly *f, const uint8_t *in, unsigned d)
{
    decode(f, in, d);
    for (unsigned i = 0; i < N; i++) {
        f->c[i] = decompress((uint16_t)hide(f->c[i]), d);
    }
}

static void
vec_encode(uint8_t *out, const struct vec *v)
{
    for (unsigned i = 0; i < K; i++) {
        encode(out + i * POLY_LEN, &v->p[i], 12);
    }
}

static void
vec_decode(struct vec *v, const uint8_t *in)
{
    for (unsigned i = 0; i < K; i++) {
        decode(&v->p[i], in + i * POLY_LEN, 12);
    }
}

/* Takes candidates below q until there are enough of them. */
static bool
take_uniform(struct poly *out, const uint8_t *in, size_t len)
{
    unsigned n = 0;

    for (; len >= 3 && n < N; in += 3, len -= 3) {
        uint16_t a = (uint16_t)(in[0] | (in[1] & 15) << 8);
        uint16_t b = (uint16_t)(in[1] >> 4 | in[2] << 4);

        if (a < Q) {
            out->c[n++] = a;
        }
        if (b < Q && n < N) {
            out->c[n++] = b;
        }
    }
    return n == N;
}

/* Algorithm 7. One in a hundred needs more than three blocks; that 840 bytes
 * are too few has a chance below 2^-260 (FIPS 203, appendix B). */
static enum rc
sample_ntt(struct poly *out, struct sha3 *h, const uint8_t rho[SYM_LEN],
           uint8_t j, uint8_t i)
{
    uint8_t in[SYM_LEN + 2], stream[840];
    enum rc rc;

    memcpy(in, rho, SYM_LEN);
    in[SYM_LEN] = j;
    in[SYM_LEN + 1] = i;
    for (size_t len = 504; len <= sizeof stream; len += 336) {
        rc = sha3(h, SHAKE128, stream, len, in, sizeof in);
        if (rc != RC_OK || take_uniform(out, stream, len)) {
            return rc;
        }
    }
    return RC_FORMAT;
}

/* Row i of the matrix, or of the transposed one. */
static enum rc
sample_row(struct vec *out, struct sha3 *h, const uint8_t rho[SYM_LEN],
           uint8_t i, bool transposed)
{
    enum rc rc = RC_OK;

    for (uint8_t j = 0; j < K && rc == RC_OK; j++) {
        rc = transposed ? sample_ntt(&out->p[j], h, rho, i, j)
                        : sample_ntt(&out->p[j], h, rho, j, i);
    }
    return rc;
}

/* Algorithm 8 over PRF(s, n): differences of two sums of two bits. */
static enum rc
sample_cbd(struct poly *out, struct sha3 *h, const uint8_t s[SYM_LEN],
           uint8_t n)
{
    uint8_t in[SYM_LEN + 1], bytes[CBD_LEN];
    enum rc rc;

    memcpy(in, s, SYM_LEN);
    in[SYM_LEN] = n;
    rc = sha3(h, SHAKE256, bytes, sizeof bytes, in, sizeof in);
    for (unsigned i = 0; i < N; i++) {
        uint32_t four = (uint32_t)bytes[i / 2] >> (4 * (i % 2));
        uint32_t x = (four & 1) + (four >> 1 & 1);
        uint32_t y = (four >> 2 & 1) + (four >> 3 & 1);

        out->c[i] = reduce_once(x + Q - y);
    }
    sodium_memzero(in, sizeof in);
    sodium_memzero(bytes, sizeof bytes);
    return rc;
}

/* Uses up K numbers from *n on. */
static enum rc
sample_noise(struct vec *out, struct sha3 *h, const uint8_t s[SYM_LEN],
             uint8_t *n)
{
    enum rc rc = RC_OK;

    for (unsigned i = 0; i < K && rc == RC_OK; i++) {
        rc = sample_cbd(&out->p[i], h, s, (*n)++);
    }
    return rc;
}

/* Algorithm 13; dk is VEC_LEN bytes. */
static enum rc
pke_keygen(uint8_t *ek, uint8_t *dk, struct sha3 *h, const uint8_t d[SYM_LEN])
{
    struct {
        uint8_t in[SYM_LEN + 1], out[2 * SYM_LEN];
        struct vec s, e, t;
    } w;
    const uint8_t *rho = w.out, *sigma = w.out + SYM_LEN;
    struct vec row;
    uint8_t n = 0;
    enum rc rc;

    memcpy(w.in, d, SYM_LEN);
    w.in[SYM_LEN] = K;
    if ((rc = sha3(h, SHA3_512, w.out, sizeof w.out, w.in, sizeof w.in)) !=
            RC_OK ||
        (rc = sample_noise(&w.s, h, sigma, &n)) != RC_OK ||
        (rc = sample_noise(&w.e, h, sigma, &n)) != RC_OK) {
        goto out;
    }
    CT_PUBLIC(rho, SYM_LEN);
    vec_ntt(&w.s);
    vec_ntt(&w.e);
    for (uint8_t i = 0; i < K; i++) {
        if ((rc = sample_row(&row, h, rho, i, false)) != RC_OK) {
            goto out;
        }
        dot(&w.t.p[i], &row, &w.s);
        poly_add(&w.t.p[i], &w.e.p[i]);
    }
    vec_encode(ek, &w.t);
    memcpy(ek + VEC_LEN, rho, SYM_LEN);
    vec_encode(dk, &w.s);
out:
    sodium_memzero(&w, sizeof w);
    return rc;
}

/* Algorithm 14 */
static enum rc
pke_encrypt(uint8_t *c, struct sha3 *h, const uint8_t *ek,
            const uint8_t m[SYM_LEN], const uint8_t r[SYM_LEN])
{
    const uint8_t *rho = ek + VEC_LEN;
    struct {
        struct vec y, e1;
        struct poly e2, mu, u, v;
    } w;
    struct vec t, row;
    uint8_t n = 0;
    enum rc rc;

    if ((rc = sample_noise(&w.y, h, r, &n)) != RC_OK ||
        (rc = sample_noise(&w.e1, h, r, &n)) != RC_OK ||
        (rc = sample_cbd(&w.e2, h, r, n)) != RC_OK) {
        goto out;
    }
    vec_ntt(&w.y);
    for (uint8_t i = 0; i < K; i++) {
        if ((rc = sample_row(&row, h, rho, i, true)) != RC_OK) {
            goto out;
        }
        dot(&w.u, &row, &w.y);
        ntt_inverse(&w.u);
        poly_add(&w.u, &w.e1.p[i]);
        encode_compressed(c + i * U_LEN, &w.u, DU);
    }
    vec_decode(&t, ek);
    dot(&w.v, &t, &w.y);
    ntt_inverse(&w.v);
    poly_add(&w.v, &w.e2);
    decode_compressed(&w.mu, m, 1);
    poly_add(&w.v, &w.mu);
    encode_compressed(c + K * U_LEN, &w.v, DV);
out:
    sodium_memzero(&w, sizeof w);
    return rc;
}

/* Algorithm 15 */
static void
pke_decrypt(uint8_t m[SYM_LEN], const uint8_t *dk, const uint8_t *c)
{
    struct {
        struct vec s;
        struct poly w;
    } w;
    struct vec u;
    struct poly v;

    for (unsigned i = 0; i < K; i++) {
        decode_compressed(&u.p[i], c + i * U_LEN, DU);
    }
    decode_compressed(&v, c + K * U_LEN, DV);
    vec_ntt(&u);
    vec_decode(&w.s, dk);
    dot(&w.w, &w.s, &u);
    ntt_inverse(&w.w);
    for (unsigned i = 0; i < N; i++) {
        w.w.c[i] = sub(v.c[i], w.w.c[i]);
    }
    encode_compressed(m, &w.w, 1);
    sodium_memzero(&w, sizeof w);
}

/* The modulus check of section 7.2, for a vector of either key. All of it is
 * looked at, and only that it is good or not is public. */
static bool
is_reduced(const uint8_t *in)
{
    uint32_t bad = 0;
    struct vec v;

    vec_decode(&v, in);
    for (unsigned i = 0; i < K; i++) {
        for (unsigned j = 0; j < N; j++) {
            bad |= (Q - 1 - (uint32_t)v.p[i].c[j]) >> 31;
        }
    }
    sodium_memzero(&v, sizeof v);
    CT_PUBLIC(&bad, sizeof bad);
    return bad == 0;
}

/* K, then the encryption's randomness: G(m || H(ek)). */
static enum rc
derive(uint8_t out[2 * SYM_LEN], struct sha3 *h, const uint8_t m[SYM_LEN],
       const uint8_t ek_hash[SYM_LEN])
{
    uint8_t in[2 * SYM_LEN];
    enum rc rc;

    memcpy(in, m, SYM_LEN);
    memcpy(in + SYM_LEN, ek_hash, SYM_LEN);
    rc = sha3(h, SHA3_512, out, 2 * SYM_LEN, in, sizeof in);
    sodium_memzero(in, sizeof in);
    return rc;
}

enum rc
mlkem_own_keypair(uint8_t ek[static MLKEM_EK_LEN],
                  uint8_t dk[static MLKEM_DK_LEN],
                  const uint8_t seed[static MLKEM_SEED_LEN])
{
    struct sha3 h;
    enum rc rc;

    if ((rc = sha3_init(&h)) == RC_OK &&
        (rc = pke_keygen(ek, dk, &h, seed)) == RC_OK &&
        (rc = sha3(&h, SHA3_256, dk + DK_HASH, SYM_LEN, ek, MLKEM_EK_LEN)) ==
            RC_OK) {
        memcpy(dk + VEC_LEN, ek, MLKEM_EK_LEN);
        memcpy(dk + DK_HASH + SYM_LEN, seed + SYM_LEN, SYM_LEN);
    } else {
        memset(ek, 0, MLKEM_EK_LEN);
        sodium_memzero(dk, MLKEM_DK_LEN);
    }
    sha3_free(&h);
    return rc;
}

enum rc
mlkem_own_encaps(uint8_t ct[static MLKEM_CT_LEN],
                 uint8_t ss[static MLKEM_SS_LEN],
                 const uint8_t ek[static MLKEM_EK_LEN],
                 const uint8_t m[static MLKEM_M_LEN])
{
    uint8_t ek_hash[SYM_LEN], kr[2 * SYM_LEN];
    struct sha3 h = {0};
    enum rc rc;

    memset(ct, 0, MLKEM_CT_LEN);
    memset(ss, 0, MLKEM_SS_LEN);
    if (!is_reduced(ek)) {
        return RC_FORMAT;
    }
    if ((rc = sha3_init(&h)) == RC_OK &&
        (rc = sha3(&h, SHA3_256, ek_hash, sizeof ek_hash, ek, MLKEM_EK_LEN)) ==
            RC_OK &&
        (rc = derive(kr, &h, m, ek_hash)) == RC_OK &&
        (rc = pke_encrypt(ct, &h, ek, m, kr + SYM_LEN)) == RC_OK) {
        memcpy(ss, kr, MLKEM_SS_LEN);
    } else {
        memset(ct, 0, MLKEM_CT_LEN);
    }
    sodium_memzero(kr, sizeof kr);
    sha3_free(&h);
    return rc;
}

/* The hash check of section 7.3: what it covers is public. Coefficients that
 * are not reduced are refused too: they are no key of algorithm 16. */
static enum rc
check_dk(struct sha3 *h, const uint8_t *dk)
{
    const uint8_t *ek = dk + VEC_LEN;
    uint8_t ek_hash[SYM_LEN];
    enum rc rc;

    CT_PUBLIC(ek, MLKEM_EK_LEN + SYM_LEN);
    if ((rc = sha3(h, SHA3_256, ek_hash, sizeof ek_hash, ek, MLKEM_EK_LEN)) !=
        RC_OK) {
        return rc;
    }
    return memcmp(ek_hash, dk + DK_HASH, SYM_LEN) == 0 && is_reduced(dk) &&
                   is_reduced(ek)
               ? RC_OK
               : RC_FORMAT;
}

/* Algorithm 18, once dk is checked. */
static enum rc
decaps(uint8_t ss[MLKEM_SS_LEN], struct sha3 *h, const uint8_t ct[MLKEM_CT_LEN],
       const uint8_t dk[MLKEM_DK_LEN])
{
    struct {
        uint8_t m[SYM_LEN], kr[2 * SYM_LEN], reject[SYM_LEN];
        uint8_t in[SYM_LEN + MLKEM_CT_LEN];
        uint8_t again[MLKEM_CT_LEN];
    } w;
    uint8_t other;
    enum rc rc;

    pke_decrypt(w.m, dk, ct);
    memcpy(w.in, dk + DK_HASH + SYM_LEN, SYM_LEN); /* z */
    memcpy(w.in + SYM_LEN, ct, MLKEM_CT_LEN);
    if ((rc = derive(w.kr, h, w.m, dk + DK_HASH)) == RC_OK &&
        (rc = sha3(h, SHAKE256, w.reject, sizeof w.reject, w.in,
                   sizeof w.in)) == RC_OK &&
        (rc = pke_encrypt(w.again, h, dk + VEC_LEN, w.m, w.kr + SYM_LEN)) ==
            RC_OK) {
        /* 0, or 255 where the ciphertext is another */
        other =
            (uint8_t)hide((uint32_t)sodium_memcmp(ct, w.again, MLKEM_CT_LEN));
        for (unsigned i = 0; i < MLKEM_SS_LEN; i++) {
            ss[i] = (uint8_t)(w.kr[i] ^ (other & (w.kr[i] ^ w.reject[i])));
        }
    }
    sodium_memzero(&w, sizeof w);
    return rc;
}

enum rc
mlkem_own_decaps(uint8_t ss[static MLKEM_SS_LEN],
                 const uint8_t ct[static MLKEM_CT_LEN],
                 const uint8_t dk[static MLKEM_DK_LEN])
{
    struct sha3 h;
    enum rc rc;

    memset(ss, 0, MLKEM_SS_LEN);
    if ((rc = sha3_init(&h)) == RC_OK && (rc = check_dk(&h, dk)) == RC_OK) {
        rc = decaps(ss, &h, ct, dk);
    }
    sha3_free(&h);
    return rc;
}
