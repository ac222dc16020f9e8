/* SPDX-License-Identifier: ISC */
#include "desknote.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t org[ORG_ID_LEN];
    struct seen_note s;
    uint64_t version;
    char *text;
    size_t len;
    bool seen;

    if (seen_note_parse(&s, (const char *)data, size) != RC_OK) {
        return 0;
    }
    if (seen_note_write(&text, &len, &s) != RC_OK || len != size ||
        memcmp(text, data, size) != 0 ||
        desknote_whose(org, &seen, &version, data, size) != RC_OK || !seen ||
        version != s.version || memcmp(org, s.org, ORG_ID_LEN) != 0) {
        abort();
    }
    free(text);
    return 0;
}
