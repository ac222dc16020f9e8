/* SPDX-License-Identifier: ISC */
/* Heads of sealed files, PROTOCOL.md section 5. */
#include "sealedfile.h"

#include "kdf.h"
#include "vec.h"

#include <stdlib.h>
#include <string.h>

static void
put(const char *result, uint32_t week, uint32_t cells, size_t offset,
    uint8_t change)
{
    static uint8_t head[SEALEDFILE_HEAD_LEN];
    uint8_t hash[KDF_LEN];

    if (sealedfile_head_write(head, week, cells) != RC_OK) {
        exit(1);
    }
    head[offset] ^= change;
    if ((sealedfile_head_parse(&week, &cells, head) == RC_OK) !=
        (strcmp(result, "valid") == 0)) {
        exit(1);
    }
    blake2b_256(hash, head, sizeof head);
    vec_open();
    vec_put_string("result", result);
    vec_put_number("last_week", week);
    vec_put_number("cells", cells);
    vec_put_hex("head_start", head, 32);
    vec_put_hex("head_hash", hash, sizeof hash);
    vec_close();
}

int
main(void)
{
    vec_begin(stdout, "head_start: 32 bytes of the head block, zeros follow "
                      "to 16,384 (but in the last one); head_hash: "
                      "BLAKE2b-256 of the block");
    put("valid", 2970, 1, 0, 0);
    put("valid", UINT32_MAX, 70000, 0, 0);
    put("invalid", 2970, 0, 0, 0);
    put("invalid", 2970, 1, 9, 3);
    put("invalid", 2970, 1, 15, 7);
    put("invalid", 2970, 1, SEALEDFILE_HEAD_LEN - 1, 1);
    vec_end();
    return 0;
}
