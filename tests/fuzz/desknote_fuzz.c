/* SPDX-License-Identifier: ISC */
#include "desknote.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t org[ORG_ID_LEN];
    struct desknote d;
    const uint8_t *v;
    uint64_t version;
    char *text;
    size_t len;
    bool seen;

    if (desknote_parse(&d, (const char *)data, size) != RC_OK) {
        return 0;
    }
    if (desknote_write(&text, &len, &d) != RC_OK || len != size ||
        memcmp(text, data, size) != 0 ||
        desknote_whose(org, &seen, &version, data, size) != RC_OK || seen ||
        version != d.version || memcmp(org, d.org, ORG_ID_LEN) != 0 ||
        desknote_v(&v, &d, d.keys.week) != RC_OK || v != d.keys.v) {
        abort();
    }
    free(text);
    return 0;
}
