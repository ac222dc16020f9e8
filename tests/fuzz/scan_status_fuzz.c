/* SPDX-License-Identifier: ISC */
#include "scan.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was read stands in the text as a line, written the one way. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (unsigned id = 0; id < 3; id++) {
        struct scan_status st;
        char line[128];
        int n;

        if (scan_status_parse(&st, data, size, (uint8_t)id) != RC_OK) {
            continue;
        }
        n = snprintf(line, sizeof line, "\nboard %u %llu %u %u\n", id,
                     (unsigned long long)st.newest, st.slots, st.effort);
        if (memmem(data, size, line, (size_t)n) == NULL) {
            abort();
        }
    }
    return 0;
}
