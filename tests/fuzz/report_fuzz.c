/* SPDX-License-Identifier: ISC */
/* Any text is taken; one that is not broken is built again from its parts. */
#include "report.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void
build_again(const struct report *r, const uint8_t *data, size_t size)
{
    uint8_t *out = malloc(size + 1);
    size_t len = 0;

    require(out != NULL);
    for (size_t i = 0; i < r->n_lines; i++) {
        const struct report_line *line = &r->lines[i];
        char *key = strndup(line->key, line->key_len);

        require(key != NULL && report_get(r, key, NULL) != NULL);
        require(report_append(out, size, &len, key, line->value,
                              line->value_len) == RC_OK);
        free(key);
    }
    require(report_append(out, size, &len, NULL, r->free, r->free_len) ==
            RC_OK);
    require(len == size && memcmp(out, data, size) == 0);
    free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct report r;

    require(report_parse(&r, data, size) == RC_OK);
    if (r.broken) {
        require(r.n_lines == 0 && r.free == (const char *)data &&
                r.free_len == size);
    } else {
        build_again(&r, data, size);
    }
    report_wipe(&r);
    return 0;
}
