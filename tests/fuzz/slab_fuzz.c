/* SPDX-License-Identifier: ISC */
/* The head of a slab: what parses writes back to the same bytes. */
#include "slab.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "kdf.h"

/* The input is the head's checked bytes, with or without a good check: 48
 * bytes, then what follows the check, if anything. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t block[SLAB_BLOCK_LEN], again[SLAB_BLOCK_LEN];
    struct slab_head head;

    if (size > SLAB_BLOCK_LEN - 32) {
        return 0;
    }
    for (int good = 0; good < 2; good++) {
        memset(block, 0, sizeof block);
        memcpy(block, data, size < 48 ? size : 48);
        if (size > 48) {
            memcpy(block + 80, data + 48, size - 48);
        }
        if (good) {
            blake2b_256(block + 48, block, 48);
        }
        if (slab_head_parse(&head, block) == RC_OK) {
            slab_head_write(again, &head);
            if (memcmp(block, again, sizeof block) != 0) {
                abort();
            }
        }
    }
    return 0;
}
