/* SPDX-License-Identifier: ISC */
#include "conversation.h"

#include <sodium.h>

#include <string.h>

void
conversation_seed(uint8_t seed[static KDF_LEN],
                  const uint8_t code[static CODE_LEN])
{
    kdf_code(seed, code, "seed", NULL, 0);
}

void
conversation_root(uint8_t root[static KDF_LEN],
                  const uint8_t seed[static KDF_LEN],
                  const uint8_t org[static ORG_ID_LEN])
{
    kdf(root, seed, "conversation", org, ORG_ID_LEN);
}

enum rc
conversation_reply_key(uint8_t r[static 32], uint8_t R[static 32],
                       const uint8_t seed[static KDF_LEN],
                       const uint8_t org[static ORG_ID_LEN])
{
    kdf(r, seed, "reply key", org, ORG_ID_LEN);
    if (crypto_scalarmult_base(R, r) != 0) {
        sodium_memzero(r, 32);
        memset(R, 0, 32);
        return RC_FORGED;
    }
    return RC_OK;
}

void
conversation_id(uint8_t id[static KDF_LEN], const uint8_t root[static KDF_LEN])
{
    kdf(id, root, "conversation id", NULL, 0);
}
