/* SPDX-License-Identifier: ISC */
#include "doors.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct doors *d;
    char *text;
    size_t len;

    if (doors_open(&d, data, size, NULL) == RC_OK) {
        free(d);
    }
    if (doors_parse(&d, (const char *)data, size) != RC_OK) {
        return 0;
    }
    if (doors_write(&text, &len, d) != RC_OK || len != size ||
        memcmp(text, data, size) != 0) {
        abort();
    }
    free(text);
    free(d);
    return 0;
}
