/* SPDX-License-Identifier: ISC */
#include "root.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct root r;
    char *text;
    size_t len;

    (void)!root_open(&r, data, size, NULL);
    if (root_parse(&r, (const char *)data, size) != RC_OK) {
        return 0;
    }
    if (root_write(&text, &len, &r) != RC_OK || len != size ||
        memcmp(text, data, size) != 0) {
        abort();
    }
    free(text);
    return 0;
}
