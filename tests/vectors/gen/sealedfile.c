/* SPDX-License-Identifier: ISC */
/* Heads of sealed files, PROTOCOL.md section 5. */
#include "sealedfile.h"

#include "vec.h"

#include <stdlib.h>
#include <string.h>

static void
put(const char *comment, uint32_t week, uint32_t cells, size_t offset,
    uint8_t change)
{
    static uint8_t file[SEALEDFILE_HEAD_LEN + 2 * CELL_LEN];
    const char *result = change == 0 ? "valid" : "invalid";
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
    if (strcmp(result, "valid") == 0) {
        vec_put_number("last_week", week);
        vec_put_number("cells", cells);
    } else {
        vec_put_string("comment", comment);
    }
    vec_put_hex("head_start", file, 64);
    vec_close();
}

int
main(void)
{
    vec_begin(stdout, "head_start: 64 bytes of the head block, zeros follow "
                      "to 16,384 (but in the last one); the hash in it is of "
                      "that block and two cells, a byte 1 and zeros each");
    put("", 2970, 2, 0, 0);
    put("", UINT32_MAX, 70000, 0, 0);
    put("no cells", 2970, 1, 23, 1);
    put("another version", 2970, 1, 9, 3);
    put("not LF", 2970, 1, 15, 7);
    put("offset 56 not zero", 2970, 1, 56, 1);
    put("the last byte not zero", 2970, 1, SEALEDFILE_HEAD_LEN - 1, 1);
    vec_end();
    return 0;
}
