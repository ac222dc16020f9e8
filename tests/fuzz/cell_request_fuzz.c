/* SPDX-License-Identifier: ISC */
/* A request cell; zeros follow what is shorter. */
#include "cell.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static const struct board boards[] = {
    {0, 16, 600, 16, 64, 2},
    {1, 4096, 30, 2, 32, 2},
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t cell[CELL_LEN], again[CELL_LEN];
    struct cell_request q;

    memset(cell, 0, sizeof cell);
    if (size > 0) {
        memcpy(cell, data, size < CELL_LEN ? size : CELL_LEN);
    }
    if (cell_request_parse(&q, cell, boards, 2) == RC_OK &&
        (cell_request_write(again, &q) != RC_OK ||
         memcmp(again, cell, CELL_LEN) != 0)) {
        abort();
    }
    return 0;
}
