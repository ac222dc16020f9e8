/* SPDX-License-Identifier: ISC */
/*
 * Looks for secrets that decide a branch or an index in our ML-KEM and X-Wing.
 * Runs under valgrind, to which every secret is memory without a value: it
 * reports what depends on one. What may be known is said by CT_PUBLIC.
 *
 * With the argument "leak" it branches on a secret on purpose: a check that
 * finds nothing then is broken.
 */
#include <valgrind/memcheck.h>

#define CT_PUBLIC(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED(p, n))

#include "mlkem.c"

/* X-Wing over our own ML-KEM, whatever this build uses. */
#define mlkem_keypair mlkem_own_keypair
#define mlkem_encaps  mlkem_own_encaps
#define mlkem_decaps  mlkem_own_decaps
#include "xwing.c"

#include "must.h"
#include "vec.h"

#include <stdio.h>

#define SECRET(p, n) ((void)VALGRIND_MAKE_MEM_UNDEFINED(p, n))

/* Reports of valgrind since the last call belong to what was done since. */
static void
done(const char *what)
{
    static unsigned long before;
    unsigned long now = VALGRIND_COUNT_ERRORS;

    printf("%s: %lu\n", what, now - before);
    before = now;
}

static void
run_mlkem(unsigned round)
{
    uint8_t seed[MLKEM_SEED_LEN], m[MLKEM_M_LEN];
    uint8_t ek[MLKEM_EK_LEN], dk[MLKEM_DK_LEN];
    uint8_t ct[MLKEM_CT_LEN], ss[MLKEM_SS_LEN];

    vec_seed(seed, sizeof seed, round == 0 ? "ct seed 0" : "ct seed 1");
    vec_seed(m, sizeof m, round == 0 ? "ct m 0" : "ct m 1");
    SECRET(seed, sizeof seed);
    SECRET(m, sizeof m);
    must(mlkem_own_keypair(ek, dk, seed), "keypair");
    done("mlkem keypair");
    CT_PUBLIC(ek, sizeof ek);
    must(mlkem_own_encaps(ct, ss, ek, m), "encaps");
    done("mlkem encaps");
    CT_PUBLIC(ct, sizeof ct);
    must(mlkem_own_decaps(ss, ct, dk), "decaps");
    done("mlkem decaps");
    ct[round] ^= 1;
    must(mlkem_own_decaps(ss, ct, dk), "decaps");
    done("mlkem decaps of another ciphertext");
}

static void
run_xwing(void)
{
    uint8_t seed[XWING_SEED_LEN], eseed[XWING_ESEED_LEN];
    uint8_t pk[XWING_PK_LEN], ct[XWING_CT_LEN], ss[XWING_SS_LEN];

    vec_seed(seed, sizeof seed, "ct xwing seed");
    vec_seed(eseed, sizeof eseed, "ct xwing eseed");
    SECRET(seed, sizeof seed);
    SECRET(eseed, sizeof eseed);
    must(xwing_public(pk, seed), "public");
    done("xwing public");
    CT_PUBLIC(pk, sizeof pk);
    must(xwing_encaps(ct, ss, pk, eseed), "encaps");
    done("xwing encaps");
    CT_PUBLIC(ct, sizeof ct);
    must(xwing_decaps(ss, ct, seed), "decaps");
    done("xwing decaps");
    ct[0] ^= 1;
    must(xwing_decaps(ss, ct, seed), "decaps");
    done("xwing decaps of another ciphertext");
}

static void
leak(void)
{
    uint8_t seed[MLKEM_SEED_LEN], ek[MLKEM_EK_LEN], dk[MLKEM_DK_LEN];

    vec_seed(seed, sizeof seed, "ct seed 0");
    SECRET(seed, sizeof seed);
    must(mlkem_own_keypair(ek, dk, seed), "keypair");
    (void)puts(dk[0] & 1 ? "odd" : "even");
}

int
main(int argc, char **argv)
{
    if (!RUNNING_ON_VALGRIND) {
        fputs("this program finds nothing without valgrind\n", stderr);
        return 2;
    }
    if (sodium_init() < 0) {
        return 1;
    }
    if (argc == 2 && strcmp(argv[1], "leak") == 0) {
        leak();
        return 0;
    }
    for (unsigned round = 0; round < 2; round++) {
        run_mlkem(round);
    }
    run_xwing();
    return 0;
}
