/* SPDX-License-Identifier: ISC */
/*
 * A sealed file somebody handed over. Each block of the input starts a record
 * or the head, zeros follow: 56 bytes for the head, 4,732 for a record.
 */
#include "sealedfile.h"
#include "fuzz.h"

#include <string.h>

#define HEAD_PART 56
#define RECORD_PART 4732

static const struct board boards[] = {
    {.id = 0, .entry_len = 16, .tick = 600, .slots = 16, .max = 64,
     .spread = 2},
    {.id = 1, .entry_len = 4096, .tick = 30, .slots = 2, .max = 32,
     .spread = 2},
};

/* Moves on by up to n bytes, which it puts before zeros. */
static void
take(uint8_t out[static SEALEDFILE_RECORD_LEN], const uint8_t **data,
     size_t *size, size_t n)
{
    n = *size < n ? *size : n;
    memset(out, 0, SEALEDFILE_RECORD_LEN);
    if (n > 0) {
        memcpy(out, *data, n);
        *data += n;
        *size -= n;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t in[SEALEDFILE_RECORD_LEN], out[SEALEDFILE_RECORD_LEN];
    uint8_t cell[CELL_LEN];
    struct sealedfile_state st = {.n_relays = 0};
    struct sealedfile_head head;

    take(in, &data, &size, HEAD_PART);
    if (sealedfile_head_parse(&head, in) == RC_OK) {
        require(sealedfile_head_write(out, &head) == RC_OK);
        require(memcmp(in, out, SEALEDFILE_HEAD_LEN) == 0);
    }
    while (size > 0) {
        const struct sealedfile_state was = st;
        struct cell_request q;

        take(in, &data, &size, RECORD_PART);
        if (sealedfile_record_parse(&q, &st, in, boards, 2) == RC_OK) {
            require(q.op == CELL_RING
                        ? st.rings == was.rings + 1
                        : q.op == CELL_PUT && was.rings == 0);
            require(st.n_relays <= SEALEDFILE_RELAYS_MAX);
            require(cell_request_write(cell, &q) == RC_OK);
            require(sealedfile_record_write(
                        out, q.op == CELL_PUT ? in : NULL, cell) == RC_OK);
            require(memcmp(in, out, sizeof in) == 0);
        }
    }
    (void)!sealedfile_end(&st);
    return 0;
}
