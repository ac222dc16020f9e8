/* SPDX-License-Identifier: ISC */
#include "utf8.h"

/* Bytes of a character that begins with b, 0 if none does. */
static size_t
length_of(uint8_t b)
{
    if (b < 0x80) {
        return 1;
    }
    if (b >= 0xc2 && b <= 0xdf) {
        return 2;
    }
    if (b >= 0xe0 && b <= 0xef) {
        return 3;
    }
    return b >= 0xf0 && b <= 0xf4 ? 4 : 0;
}

size_t
utf8_next(uint32_t *c, const uint8_t *in, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n;
    uint32_t v;

    *c = 0;
    if (len == 0 || (n = length_of(in[0])) == 0 || n > len) {
        return 0;
    }
    v = n == 1 ? in[0] : in[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((in[i] & 0xc0) != 0x80) {
            return 0;
        }
        v = v << 6 | (in[i] & 0x3f);
    }
    if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff)) {
        return 0;
    }
    *c = v;
    return n;
}

bool
utf8_is_valid(const uint8_t *in, size_t len)
{
    uint32_t c;

    for (size_t at = 0, n; at < len; at += n) {
        if ((n = utf8_next(&c, in + at, len - at)) == 0) {
            return false;
        }
    }
    return true;
}

bool
utf8_is_line(const uint8_t *in, size_t len)
{
    uint32_t c;

    for (size_t at = 0, n; at < len; at += n) {
        if ((n = utf8_next(&c, in + at, len - at)) == 0 || c < 0x20 ||
            (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029) {
            return false;
        }
    }
    return true;
}

size_t
utf8_cut(const uint8_t *in, size_t len, size_t max)
{
    if (len <= max) {
        return len;
    }
    while (max > 0 && (in[max] & 0xc0) == 0x80) {
        max--;
    }
    return max;
}
