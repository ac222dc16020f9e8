/* SPDX-License-Identifier: ISC */
/*
 * A sealed file somebody handed over. Each block of the input starts a cell
 * or the head, zeros follow: 56 bytes for the head, 4,700 for a cell.
 */
#include "sealedfile.h"
#include "fuzz.h"

#include <string.h>

#define HEAD_PART 56
#define CELL_PART 4700

static const struct board boards[] = {
    {.id = 0, .entry_len = 16, .tick = 600, .slots = 16, .max = 64,
     .spread = 2},
    {.id = 1, .entry_len = 4096, .tick = 30, .slots = 2, .max = 32,
     .spread = 2},
};

/* Moves on by up to n bytes, which it puts before zeros. */
static void
take(uint8_t out[static CELL_LEN], const uint8_t **data, size_t *size,
     size_t n)
{
    n = *size < n ? *size : n;
    memset(out, 0, CELL_LEN);
    if (n > 0) {
        memcpy(out, *data, n);
        *data += n;
        *size -= n;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t in[CELL_LEN], out[CELL_LEN];
    struct sealedfile_head head;
    bool rung = false;

    take(in, &data, &size, HEAD_PART);
    if (sealedfile_head_parse(&head, in) == RC_OK) {
        require(sealedfile_head_write(out, &head) == RC_OK);
        require(memcmp(in, out, sizeof in) == 0);
    }
    while (size > 0) {
        bool was = rung;
        struct cell_request q;

        take(in, &data, &size, CELL_PART);
        if (sealedfile_cell_parse(&q, &rung, in, boards, 2) == RC_OK) {
            require(q.op == CELL_RING || (q.op == CELL_PUT && !was));
            require(cell_request_write(out, &q) == RC_OK);
            require(memcmp(in, out, sizeof in) == 0);
        }
    }
    return 0;
}
