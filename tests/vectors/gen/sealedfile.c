/* SPDX-License-Identifier: ISC */
/* Heads of sealed files, PROTOCOL.md section 5. */
#include "sealedfile.h"

#include "vec.h"

#include <stdlib.h>
#include <string.h>

static void
put(const char *result, uint32_t week, uint32_t cells, size_t offset,
    uint8_t change)
{
    static uint8_t file[SEALEDFILE_HEAD_LEN + 2 * CELL_LEN];
    struct sealedfile_head head = {week, cells, {0}};

    memset(file, 0, sizeof file);
    file[SEALEDFILE_HEAD_LEN] = 1;
    file[SEALEDFILE_HEAD_LEN + CELL_LEN] = 1;
    for (int i = 0; i < 2; i++) { /* first without, then with the hash */
        if (sealedfile_head_write(file, &head) != RC_OK) {
            exit(1);
        }
        sealedfile_hash(head.hash, file, sizeof file);
    }
    file[offset] ^= change;
    if ((sealedfile_head_parse(&head, file) == RC_OK) !=
        (strcmp(result, "valid") == 0)) {
        exit(1);
    }
    vec_open();
    vec_put_string("result", result);
    vec_put_number("last_week", week);
    vec_put_number("cells", cells);
    vec_put_hex("head_start", file, 64);
    vec_close();
}

int
main(void)
{
    vec_begin(stdout, "head_start: 64 bytes of the head block, zeros follow "
                      "to 16,384 (but in the last one); the hash in it is of "
                      "that block and two cells, a byte 1 and zeros each");
    put("valid", 2970, 2, 0, 0);
    put("valid", UINT32_MAX, 70000, 0, 0);
    put("invalid", 2970, 1, 23, 1);
    put("invalid", 2970, 1, 9, 3);
    put("invalid", 2970, 1, 15, 7);
    put("invalid", 2970, 1, 56, 1);
    put("invalid", 2970, 1, SEALEDFILE_HEAD_LEN - 1, 1);
    vec_end();
    return 0;
}
