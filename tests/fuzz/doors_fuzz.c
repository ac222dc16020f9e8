/* SPDX-License-Identifier: ISC */
#include "doors.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* The lines by which a list is changed, as a desk's file of doors has them:
 * whatever they add, it still writes and parses. */
static void
by_lines(const uint8_t *data, size_t size)
{
    struct doors *d = calloc(1, sizeof *d), *again;
    char *copy = calloc(1, size + 1), *save = NULL, *text;
    bool added = false;
    size_t len;

    if (d == NULL || copy == NULL) {
        abort();
    }
    memcpy(copy, data, size);
    d->version = d->issued = 1;
    for (char *line = strtok_r(copy, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        added |= doors_add(d, line) == RC_OK;
    }
    if (added) {
        if (doors_write(&text, &len, d) != RC_OK ||
            doors_parse(&again, text, len) != RC_OK) {
            abort();
        }
        free(text);
        free(again);
    }
    free(copy);
    free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct doors *d;
    char *text;
    size_t len;

    by_lines(data, size);
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
