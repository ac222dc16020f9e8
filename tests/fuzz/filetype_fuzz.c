/* SPDX-License-Identifier: ISC */
/* A file somebody wants to attach: the type, and the same for a copy that
 * ends where the memory ends. */
#include "filetype.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a.txt", "a.jpg", "", "."};
    uint8_t *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct filetype *t = filetype_of(copy, size, names[i]);

        if (t != filetype_of(data, size, names[i]) ||
            (t != NULL && (t->extension == NULL || t->media == NULL ||
                           (t->plain && i != 0)))) {
            abort();
        }
    }
    free(copy);
    return 0;
}
