/* SPDX-License-Identifier: ISC */
#include "headers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
headers_recorded(char out[static HEADERS_MAX], const char *name)
{
    FILE *f = fopen("tests/vectors/headers.txt", "re");
    char line[512], begin[32];
    bool inside = false;
    size_t n = 0;

    (void)snprintf(begin, sizeof begin, "# %s\n", name);
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (inside && line[0] == '\n') {
            break;
        }
        if (inside) {
            line[strcspn(line, "\n")] = 0;
            n += (size_t)snprintf(out + n, HEADERS_MAX - n, "%s\r\n", line);
            if (n >= HEADERS_MAX) {
                abort();
            }
        }
        inside = inside || strcmp(line, begin) == 0;
    }
    if (f == NULL || fclose(f) != 0 || n == 0) {
        (void)fprintf(stderr, "tests/vectors/headers.txt: no %s\n", name);
        abort();
    }
}
