/* SPDX-License-Identifier: ISC */
/*
 * Report entries: sealing for an organisation, recognising and opening.
 * Specified in PROTOCOL.md section 5. Not linked into the relay.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include "board.h"
#include "conversation.h"
#include "head.h"
#include "hpke.h"
#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#define ENTRY_TAG_LEN 16
#define ENTRY_ESEED_LEN 96 /* E's scalar (32), then X-Wing's eseed (64) */

/* The public side of an organisation's week. */
struct entry_to {
    const uint8_t *org; /* ORG_ID_LEN */
    uint32_t week;      /* t */
    const uint8_t *k;   /* K_t, 32 bytes */
    const uint8_t *q;   /* Q_t, XWING_PK_LEN bytes */
};

/* The private side of it. */
struct entry_keys {
    uint32_t week;
    uint8_t k[32]; /* X25519 secret */
    uint8_t q[32]; /* X-Wing seed */
    /* K_t, borrowed; NULL: computed for each entry, which doubles the time
     * of a miss. */
    const uint8_t *k_public;
};

/* E of an eseed, needed before the head of a kind 2 can be written. */
enum rc entry_key(uint8_t e[static 32],
                  const uint8_t eseed[static ENTRY_ESEED_LEN]) MUST_CHECK;
enum rc entry_seal(uint8_t out[static ENTRY_REPORT_LEN],
                   const struct entry_to *to,
                   const uint8_t head[static HEAD_LEN],
                   const uint8_t eseed[static ENTRY_ESEED_LEN]) MUST_CHECK;
/*
 * Recognise and open an untrusted entry.
 * keys     the weeks to try: that of the page, the one before, the one after
 * which    index into keys that opened it
 * head     HEAD_LEN bytes, all zero unless RC_OK. Secret: wipe it.
 * returns  RC_OK; RC_MISSING for every kind of miss (not for us, or a match
 *          that does not open): scanning goes on
 */
enum rc entry_open(uint8_t head[static HEAD_LEN], size_t *which,
                   const uint8_t in[static ENTRY_REPORT_LEN],
                   const uint8_t org[static ORG_ID_LEN],
                   const struct entry_keys *keys, size_t n_keys) MUST_CHECK;

#endif
