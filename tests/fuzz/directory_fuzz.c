/* SPDX-License-Identifier: ISC */
#include "directory.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct directory *d;
    char *text;
    size_t len;

    if (directory_parse(&d, (const char *)data, size) != RC_OK) {
        return 0;
    }
    if (directory_write(&text, &len, d) != RC_OK || len != size ||
        memcmp(text, data, size) != 0) {
        abort();
    }
    for (size_t i = 0; i < d->n_orgs; i++) {
        if (directory_org_index(d, d->orgs[i].id) != i) {
            abort();
        }
    }
    free(text);
    directory_free(d);
    return 0;
}
