/* SPDX-License-Identifier: ISC */
/*
 * X-Wing, the hybrid of ML-KEM-768 and X25519. Deterministic.
 * source   draft-connolly-cfrg-xwing-kem; an all-zero X25519 result is
 *          refused here (RC_FORGED), where the draft computes on
 */
#ifndef XWING_H
#define XWING_H

#include "rc.h"

#include <stdint.h>

#define XWING_PK_LEN    1216
#define XWING_SEED_LEN  32 /* the private key */
#define XWING_CT_LEN    1120
#define XWING_SS_LEN    32
#define XWING_ESEED_LEN 64 /* ML-KEM's m, then the X25519 scalar */

enum rc xwing_public(uint8_t pk[static XWING_PK_LEN],
                     const uint8_t seed[static XWING_SEED_LEN]) MUST_CHECK;
enum rc xwing_encaps(uint8_t ct[static XWING_CT_LEN],
                     uint8_t ss[static XWING_SS_LEN],
                     const uint8_t pk[static XWING_PK_LEN],
                     const uint8_t eseed[static XWING_ESEED_LEN]) MUST_CHECK;
enum rc xwing_decaps(uint8_t ss[static XWING_SS_LEN],
                     const uint8_t ct[static XWING_CT_LEN],
                     const uint8_t seed[static XWING_SEED_LEN]) MUST_CHECK;

#endif
