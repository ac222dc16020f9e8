/* SPDX-License-Identifier: ISC */
#include "status.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

static void
must_stand(const uint8_t *data, size_t size, const char *line, int n)
{
    if (n < 0 || memmem(data, size, line, (size_t)n) == NULL) {
        abort();
    }
}

/* What was read stands in the text as a line, written the one way. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[128], hex[2 * KDF_LEN + 1];
    struct status st;

    if (status_parse(&st, data, size) != RC_OK) {
        return 0;
    }
    must_stand(data, size, line,
               snprintf(line, sizeof line, "\nbundle %s\n",
                        sodium_bin2hex(hex, sizeof hex, st.bundle, KDF_LEN)));
    for (size_t i = 0; i < st.n_boards; i++) {
        const struct status_board *b = &st.boards[i];

        if (status_board(&st, b->id) != b) {
            abort(); /* twice */
        }
        must_stand(data, size, line,
                   snprintf(line, sizeof line, "\nboard %u %llu %u %u\n",
                            b->id, (unsigned long long)b->newest, b->slots,
                            b->effort));
    }
    return 0;
}
