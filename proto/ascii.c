/* SPDX-License-Identifier: ISC */
#include "ascii.h"

#include <string.h>

char
ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char
ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool
ascii_is_alnum(char c)
{
    return (c >= '0' && c <= '9') ||
           (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

bool
ascii_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool
ascii_is_same(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (ascii_lower(a[i]) != ascii_lower(b[i])) {
            return false;
        }
    }
    return true;
}

bool
ascii_is_word(const char *a, const char *b)
{
    size_t n = strlen(a);

    return strlen(b) == n && ascii_is_same(a, b, n);
}
