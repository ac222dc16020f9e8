/* SPDX-License-Identifier: ISC */
#include "dirdraft.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct directory *dir;
    struct dirdraft d;
    bool complete;
    size_t len;
    char *text;

    if (dirdraft_parse(&d, (const char *)data, size) != RC_OK) {
        return 0;
    }
    if (dirdraft_write(&text, &len, &d) != RC_OK || len != size ||
        memcmp(text, data, size) != 0 ||
        dirdraft_open(&dir, &complete, &d) != RC_OK) {
        abort();
    }
    free(text);
    directory_free(dir);
    /* A draft is complete where directory_parse takes it as it is. */
    if ((directory_parse(&dir, (const char *)data, size) == RC_OK) !=
        complete) {
        abort();
    }
    directory_free(dir);
    dirdraft_wipe(&d);
    return 0;
}
