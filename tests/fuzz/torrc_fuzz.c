/* SPDX-License-Identifier: ISC */
/*
 * A line for a file of another program: the input's first line, and the rest
 * as the file. What was there stays; the line is there once.
 */
#include "torrc.h"
#include "fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Is it a line of this text, the slow way? */
static bool
stands_in(const char *text, size_t len, const char *line)
{
    size_t n = strlen(line);

    for (size_t i = 0; i + n <= len; i++) {
        if ((i == 0 || text[i - 1] == '\n') && memcmp(text + i, line, n) == 0 &&
            (i + n < len ? text[i + n] == '\n' : n > 0)) {
            return true;
        }
    }
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    char *line, *out, *again;
    size_t n, len, out_len, again_len;
    enum rc rc;

    if (end == NULL) {
        return 0;
    }
    n = (size_t)(end - data);
    len = size - n - 1;
    line = strndup((const char *)data, n);
    require(line != NULL);
    rc = torrc_add(&out, &out_len, end + 1, len, line);
    require((rc == RC_FORMAT) == (len > 0 && memchr(end + 1, 0, len) != NULL));
    if (rc == RC_OK) {
        require(!stands_in((const char *)end + 1, len, line));
        require(out_len > len && memcmp(out, end + 1, len) == 0);
        require(stands_in(out, out_len, line) && out[out_len - 1] == '\n');
        require(torrc_add(&again, &again_len, (const uint8_t *)out, out_len,
                          line) == RC_TAKEN);
    } else {
        require(out == NULL && out_len == 0);
        require(rc == RC_FORMAT || stands_in((const char *)end + 1, len, line));
    }
    free(out);
    free(line);
    return 0;
}
