/* SPDX-License-Identifier: ISC */
/*
 * How fast the cryptography is: operations a second, and the time of one as
 * a multiple of one X25519 key agreement of the same run. "scan" is what a
 * desk does for each entry of a board and each of its three weekly keys.
 */
#include "hpke.h"
#include "mlkem.h"
#include "vec.h"

#include <sodium.h>

#include <stdlib.h>
#include <time.h>

#define SECONDS 0.5

static struct {
    uint8_t seed[MLKEM_SEED_LEN], m[MLKEM_M_LEN], eseed[XWING_ESEED_LEN];
    uint8_t ek[MLKEM_EK_LEN], dk[MLKEM_DK_LEN], ct[MLKEM_CT_LEN];
    uint8_t pk[XWING_PK_LEN], x_ct[XWING_CT_LEN], ss[32];
    uint8_t enc[HPKE_ENC_MAX], plain[2896], sealed[2896 + HPKE_TAG_LEN];
    uint8_t x_sk[32], x_pk[32];
    struct hpke_info info;
} b;

static void
must(enum rc rc)
{
    if (rc != RC_OK) {
        fprintf(stderr, "failed: %s\n", rc_text(rc));
        exit(1);
    }
}

static double
now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
measure(const char *what, void (*op)(void))
{
    static double unit;
    double start = now(), spent;
    unsigned long n = 0;

    do {
        op();
        n++;
        spent = now() - start;
    } while (spent < SECONDS);
    if (unit <= 0) {
        unit = spent / (double)n;
    }
    printf("%-28s %9.0f /s  %6.2f x25519\n", what, (double)n / spent,
           spent / (double)n / unit);
    (void)fflush(stdout);
}

static void
x25519(void)
{
    must(crypto_scalarmult(b.ss, b.x_sk, b.x_pk) == 0 ? RC_OK : RC_FORGED);
}

static void
own_keypair(void)
{
    must(mlkem_own_keypair(b.ek, b.dk, b.seed));
}

static void
own_encaps(void)
{
    must(mlkem_own_encaps(b.ct, b.ss, b.ek, b.m));
}

static void
own_decaps(void)
{
    must(mlkem_own_decaps(b.ss, b.ct, b.dk));
}

#if MLKEM_HAVE_OPENSSL
static void
openssl_keypair(void)
{
    must(mlkem_openssl_keypair(b.ek, b.dk, b.seed));
}

static void
openssl_encaps(void)
{
    must(mlkem_openssl_encaps(b.ct, b.ss, b.ek, b.m));
}

static void
openssl_decaps(void)
{
    must(mlkem_openssl_decaps(b.ss, b.ct, b.dk));
}
#endif

static void
xw_public(void)
{
    must(xwing_public(b.pk, b.seed));
}

static void
xw_encaps(void)
{
    must(xwing_encaps(b.x_ct, b.ss, b.pk, b.eseed));
}

static void
xw_decaps(void)
{
    must(xwing_decaps(b.ss, b.x_ct, b.seed));
}

static void
scan(void)
{
    struct hpke_ctx ctx;
    uint8_t tag[16];

    must(hpke_setup_r(&ctx, &b.info, b.enc, b.x_sk));
    must(hpke_export(&ctx, tag, sizeof tag, (const uint8_t *)"clue", 4));
}

static void
seal(void)
{
    struct hpke_text text = {NULL, 0, b.plain, sizeof b.plain};
    struct hpke_ctx ctx;

    must(hpke_setup_s(&ctx, b.enc, &b.info, b.x_pk, b.eseed));
    must(hpke_seal(&ctx, b.sealed, &text));
}

static void
open_sealed(void)
{
    struct hpke_text text = {NULL, 0, b.sealed, sizeof b.sealed};
    struct hpke_ctx ctx;

    must(hpke_setup_r(&ctx, &b.info, b.enc, b.x_sk));
    must(hpke_open(&ctx, b.plain, &text));
}

int
main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
    vec_seed(b.seed, sizeof b.seed, "bench seed");
    vec_seed(b.m, sizeof b.m, "bench m");
    vec_seed(b.eseed, sizeof b.eseed, "bench eseed");
    vec_seed(b.x_sk, sizeof b.x_sk, "bench x25519");
    must(crypto_scalarmult_base(b.x_pk, b.x_sk) == 0 ? RC_OK : RC_FORGED);
    b.info =
        (struct hpke_info){.kem = HPKE_X25519, .info = b.seed, .info_len = 51};
    measure("x25519", x25519);
    measure("hpke x25519 seal", seal);
    measure("hpke x25519 open", open_sealed);
    measure("hpke x25519 scan", scan);
    b.info.own_pk = b.x_pk;
    measure("hpke x25519 scan, own_pk", scan);
    b.info.own_pk = NULL;
    measure("mlkem keypair (own)", own_keypair);
    measure("mlkem encaps (own)", own_encaps);
    measure("mlkem decaps (own)", own_decaps);
#if MLKEM_HAVE_OPENSSL
    measure("mlkem keypair (openssl)", openssl_keypair);
    measure("mlkem encaps (openssl)", openssl_encaps);
    measure("mlkem decaps (openssl)", openssl_decaps);
#endif
    measure("xwing public", xw_public);
    measure("xwing encaps", xw_encaps);
    measure("xwing decaps", xw_decaps);
    return 0;
}
