/* SPDX-License-Identifier: ISC */
/* An answer cell under each op; zeros follow what is shorter. */
#include "cell.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t cell[CELL_LEN], again[CELL_LEN];
    struct cell_answer a;

    memset(cell, 0, sizeof cell);
    if (size > 0) {
        memcpy(cell, data, size < CELL_LEN ? size : CELL_LEN);
    }
    for (unsigned op = CELL_NOP; op <= CELL_NOTE; op++) {
        if (cell_answer_parse(&a, cell, (enum cell_op)op) == RC_OK &&
            (cell_answer_write(again, &a) != RC_OK ||
             memcmp(again, cell, CELL_LEN) != 0)) {
            abort();
        }
    }
    return 0;
}
