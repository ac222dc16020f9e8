/* SPDX-License-Identifier: ISC */
/*
 * A bundle. Its notes, framed again, are the same bytes; what opens without
 * an anchor opens with the root that it ends with.
 */
#include "bundle.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void
frames(const uint8_t *data, size_t size)
{
    const uint8_t *note;
    uint8_t *again = NULL;
    size_t len, again_len = 0;
    struct reader r;
    enum rc rc;

    rd_init(&r, data, size);
    while ((rc = bundle_next(&note, &len, &r)) == RC_OK) {
        if (bundle_append(&again, &again_len, note, len) != RC_OK) {
            abort();
        }
    }
    if (rc == RC_MISSING &&
        (again_len != size || (size > 0 && memcmp(again, data, size) != 0))) {
        abort();
    }
    free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bundle_known nothing = {0};
    struct bundle *b, *c;

    frames(data, size);
    if (bundle_open(&b, data, size, NULL) != RC_OK) {
        return 0;
    }
    if (bundle_open(&c, data, size, &b->root) != RC_OK ||
        bundle_today(b, 1) < b->directory->issued) {
        abort();
    }
    for (uint32_t day = 0; day < 40000; day += 997) {
        (void)!bundle_check(b, &nothing, day);
        (void)!bundle_org_check(b, 0, day);
    }
    bundle_free(b);
    bundle_free(c);
    return 0;
}
