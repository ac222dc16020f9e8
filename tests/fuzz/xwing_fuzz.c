/* SPDX-License-Identifier: ISC */
/* By its length: a ciphertext to decapsulate, or a public key. */
#include "vec.h"
#include "fuzz.h"
#include "xwing.h"

#include <sodium.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void
check(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void
any_ct(const uint8_t *ct)
{
    uint8_t seed[XWING_SEED_LEN], eseed[XWING_ESEED_LEN];
    uint8_t pk[XWING_PK_LEN], honest[XWING_CT_LEN];
    uint8_t ss[XWING_SS_LEN], got[XWING_SS_LEN];
    enum rc rc;

    vec_seed(seed, sizeof seed, "fuzz seed");
    vec_seed(eseed, sizeof eseed, "fuzz eseed");
    check(xwing_public(pk, seed) == RC_OK);
    check(xwing_encaps(honest, ss, pk, eseed) == RC_OK);
    rc = xwing_decaps(got, ct, seed);
    check(rc == RC_OK || rc == RC_FORGED);
    check(sodium_is_zero(got, sizeof got) == (rc != RC_OK));
    check((memcmp(ct, honest, sizeof honest) == 0) ==
          (memcmp(got, ss, sizeof ss) == 0));
}

static void
any_pk(const uint8_t *pk)
{
    uint8_t eseed[XWING_ESEED_LEN], ct[XWING_CT_LEN], ss[XWING_SS_LEN];
    enum rc rc;

    vec_seed(eseed, sizeof eseed, "fuzz eseed");
    rc = xwing_encaps(ct, ss, pk, eseed);
    check(rc == RC_OK || rc == RC_FORMAT || rc == RC_FORGED);
    check(sodium_is_zero(ct, sizeof ct) == (rc != RC_OK));
    check(sodium_is_zero(ss, sizeof ss) == (rc != RC_OK));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == XWING_CT_LEN) {
        any_ct(data);
    } else if (size == XWING_PK_LEN) {
        any_pk(data);
    }
    return 0;
}
