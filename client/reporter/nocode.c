/* SPDX-License-Identifier: ISC */
#include "nocode.h"

#include <string.h>

#include <sodium.h>

#include "cli.h"
#include "codefind.h"

bool
nocode_check(const char *text, size_t len)
{
    size_t at, n;

    if (!codefind(&at, &n, text, len)) {
        return true;
    }
    cli_error(_("there is a code in what you wrote: 12 words, or 40 digits. "
                "Who reads it can read the answers to it, and write in your "
                "name. Take it out; nothing was sent"));
    return false;
}

static size_t
lines_in(const uint8_t *text, size_t len)
{
    size_t n = 0;

    while (len > 0) {
        n += text[--len] == '\n';
    }
    return n;
}

bool
nocode_cut(uint8_t *text, size_t *len)
{
    size_t first, end, n;

    if (!codefind(&first, &n, (const char *)text, *len)) {
        return false;
    }
    end = first + n;
    while (first > 0 && text[first - 1] != '\n') {
        first--;
    }
    while (text[end++] != '\n') {
    }
    cli_say(_("There is a code in lines %zu to %zu; they are left out. Who "
              "reads a code can read the answers to it, and write in your "
              "name. Go on writing, or end the text."),
            lines_in(text, first) + 1, lines_in(text, end));
    memmove(text + first, text + end, *len - end);
    sodium_memzero(text + *len - (end - first), end - first);
    *len -= end - first;
    return true;
}
