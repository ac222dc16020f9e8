/* SPDX-License-Identifier: ISC */
/*
 * Answers of a desk to a reporter. Layout in PROTOCOL.md section 6.
 * Not linked into the relay.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "board.h"
#include "cell.h"
#include "conversation.h"
#include "desknote.h"
#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#define ANSWER_PLAIN_LEN 15912
#define ANSWER_TEXT_MAX 15704
#define ANSWER_ESEED_LEN 32 /* X25519 scalar */
#define ANSWER_NONCE_LEN 24 /* n */
#define ANSWER_INNER_LEN 15960 /* enc || c */

struct answer {
    uint16_t text_len;
    uint32_t boxes; /* 0: no body */
    uint64_t body_len;
    uint32_t day;
    uint8_t body_key[32];
    uint8_t digest[32];
    const uint8_t *text; /* text_len bytes of UTF-8, borrowed */
};

/* Who talks with whom. */
struct answer_with {
    const uint8_t *org;   /* O */
    const uint8_t *root;  /* root_O */
    const uint8_t *reply; /* R_O, 32 bytes */
    uint8_t i;            /* 0..63 */
};

/*
 * Sign and seal an answer: the inside, one for all relays.
 * inner    enc || c
 * v_sk     V's secret, libsodium's 64-byte form
 * eseed    fresh randomness, used once
 * returns  RC_OK; RC_FORMAT for what would not parse; RC_FORGED for a reply
 *          key that is no honest one; inner all zero then
 */
enum rc answer_seal(uint8_t inner[static ANSWER_INNER_LEN],
                    const struct answer_with *with, const struct answer *a,
                    const uint8_t v_sk[static 64],
                    const uint8_t eseed[static ANSWER_ESEED_LEN]) MUST_CHECK;
/* What an answer is checked by. */
struct answer_by {
    const struct desknote *note; /* the organisation's newest: V is that of
                                  * the week of the answer's day */
    uint32_t today; /* the reader's day; an answer is of tomorrow at most */
};
/*
 * Open an inside at the reporter's: authenticate, then decode.
 * r        r_O, 32 bytes (R_O in `with` is not read)
 * plain    the caller's buffer that *out leads into; secret
 * returns  RC_OK; RC_FORGED (does not open, or its V did not sign it);
 *          RC_EXPIRED (of a week so old that the note has no V of it any
 *          more), RC_AGAIN (of a week that the note has no V of yet);
 *          RC_MISSING (of a later day than tomorrow, and signed, or of a week
 *          that the note has no V of yet); RC_FORMAT (signed, but it breaks
 *          the layout; or i > 63); *out and plain all zero then
 */
enum rc answer_open(struct answer *out, uint8_t plain[static ANSWER_PLAIN_LEN],
                    const struct answer_with *with, const uint8_t r[static 32],
                    const uint8_t inner[static ANSWER_INNER_LEN],
                    const struct answer_by *by) MUST_CHECK;

/* Where answer i is: each relay has an address, a key and a box of its own. */
struct answer_place {
    const uint8_t *root;  /* root_O */
    const uint8_t *relay; /* its id, 32 bytes */
    uint8_t i;
};
void answer_address(uint8_t address[static DROP_ADDRESS_LEN],
                    const struct answer_place *at);
void answer_burn_secret(uint8_t secret[static DROP_BURN_LEN],
                        const struct answer_place *at);
/* The box of one relay around the inside. nonce: ANSWER_NONCE_LEN random
 * bytes, of this box alone. */
void answer_wrap(uint8_t box[static CELL_BOX_LEN],
                 const struct answer_place *at,
                 const uint8_t inner[static ANSWER_INNER_LEN],
                 const uint8_t nonce[static ANSWER_NONCE_LEN]);
/* The inside of an untrusted box. RC_FORGED, and inner all zero: it is not of
 * who has root_O, or of another relay. */
enum rc answer_unwrap(uint8_t inner[static ANSWER_INNER_LEN],
                      const struct answer_place *at,
                      const uint8_t box[static CELL_BOX_LEN]) MUST_CHECK;
/* The clue that stands on board 0. */
void answer_entry(uint8_t entry[static ENTRY_ANSWER_LEN],
                  const uint8_t root[static KDF_LEN], uint8_t i);

#endif
