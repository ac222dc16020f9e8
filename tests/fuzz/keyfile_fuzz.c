/* SPDX-License-Identifier: ISC */
#include "keyfile.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keyfile k;
    uint8_t *again;

    if (keyfile_parse(&k, data, size) != RC_OK) {
        return 0;
    }
    again = malloc(size);
    if (again == NULL || keyfile_write(again, size, &k) != RC_OK ||
        memcmp(again, data, size) != 0) {
        abort();
    }
    free(again);
    return 0;
}
