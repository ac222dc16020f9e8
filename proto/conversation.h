/* SPDX-License-Identifier: ISC */
/*
 * What a code and an organisation have between them.
 * Specified in PROTOCOL.md sections 5 and 6.
 */
#ifndef CONVERSATION_H
#define CONVERSATION_H

#include "code.h"
#include "kdf.h"
#include "rc.h"

#define ORG_ID_LEN 32
#define ANSWERS_MAX 64

/* seed = KDF(code, "seed", "") */
void conversation_seed(uint8_t seed[static KDF_LEN],
                       const uint8_t code[static CODE_LEN]);
/* root_O = KDF(seed, "conversation", O) */
void conversation_root(uint8_t root[static KDF_LEN],
                       const uint8_t seed[static KDF_LEN],
                       const uint8_t org[static ORG_ID_LEN]);
/* r_O = KDF(seed, "reply key", O) and R_O, its X25519 public key. */
enum rc conversation_reply_key(uint8_t r[static 32], uint8_t R[static 32],
                               const uint8_t seed[static KDF_LEN],
                               const uint8_t org[static ORG_ID_LEN])
    MUST_CHECK;
/* KDF(root_O, "conversation id", "") */
void conversation_id(uint8_t id[static KDF_LEN],
                     const uint8_t root[static KDF_LEN]);

#endif
