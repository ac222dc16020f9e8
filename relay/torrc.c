/* SPDX-License-Identifier: ISC */
#include "torrc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool
has_line(const uint8_t *text, size_t len, const char *line)
{
    size_t n = strlen(line);

    while (len > 0) {
        const uint8_t *end = memchr(text, '\n', len);
        size_t this = end != NULL ? (size_t)(end - text) : len;

        if (this == n && memcmp(text, line, n) == 0) {
            return true;
        }
        this += end != NULL;
        text += this;
        len -= this;
    }
    return false;
}

enum rc
torrc_add(char **out, size_t *out_len, const uint8_t *old, size_t len,
          const char *line)
{
    size_t n = strlen(line);
    bool open = len > 0 && old[len - 1] != '\n'; /* its last line has no end */
    char *p;

    *out = NULL;
    *out_len = 0;
    if (len > 0 && memchr(old, 0, len) != NULL) {
        return RC_FORMAT;
    }
    if (has_line(old, len, line)) {
        return RC_TAKEN;
    }
    if ((p = *out = malloc(len + open + n + 1)) == NULL) {
        return RC_NOMEM;
    }
    if (len > 0) {
        memcpy(p, old, len);
        p += len;
    }
    if (open) {
        *p++ = '\n';
    }
    memcpy(p, line, n);
    p[n] = '\n';
    *out_len = len + open + n + 1;
    return RC_OK;
}
