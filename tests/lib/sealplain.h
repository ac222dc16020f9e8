/* SPDX-License-Identifier: ISC */
/* Answers that no honest desk makes: any plaintext, signed and sealed. */
#ifndef SEALPLAIN_H
#define SEALPLAIN_H

#include "answer.h"

/*
 * Signs the plaintext as it is, which writes its last 64 bytes, and seals it.
 * with     reply is read
 * v_sk     libsodium's 64-byte form; NULL: the signature stays as it is
 * Fails the program where that can't be done.
 */
void seal_plain(uint8_t inner[static ANSWER_INNER_LEN],
                const struct answer_with *with,
                uint8_t plain[static ANSWER_PLAIN_LEN], const uint8_t *v_sk,
                const uint8_t eseed[static ANSWER_ESEED_LEN]);
/* An answer without a body whose byte 20, which must be zero, is none. */
void seal_damaged(uint8_t inner[static ANSWER_INNER_LEN],
                  const struct answer_with *with, const struct answer *a,
                  const uint8_t v_sk[static 64],
                  const uint8_t eseed[static ANSWER_ESEED_LEN]);

#endif
