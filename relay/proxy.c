/* SPDX-License-Identifier: ISC */
#include "proxy.h"

#include <stdbool.h>
#include <string.h>

struct cursor {
    const uint8_t *p;
    size_t left;
};

static bool
skip(struct cursor *c, const char *text)
{
    size_t n = strlen(text);

    if (n > c->left || memcmp(c->p, text, n) != 0) {
        return false;
    }
    c->p += n;
    c->left -= n;
    return true;
}

/* Up to four hex digits. */
static bool
group(struct cursor *c, uint32_t *out)
{
    size_t n = 0;

    *out = 0;
    for (; n < c->left && n < 4; n++) {
        uint8_t b = c->p[n];

        if (b >= '0' && b <= '9') {
            *out = *out << 4 | (uint32_t)(b - '0');
        } else if (b >= 'a' && b <= 'f') {
            *out = *out << 4 | (uint32_t)(b - 'a' + 10);
        } else {
            break;
        }
    }
    c->p += n;
    c->left -= n;
    return n > 0;
}

static bool
port(struct cursor *c)
{
    uint32_t v = 0;
    size_t n = 0;

    for (; n < c->left && n < 5 && c->p[n] >= '0' && c->p[n] <= '9'; n++) {
        if (n > 0 && c->p[0] == '0') {
            return false;
        }
        v = v * 10 + (uint32_t)(c->p[n] - '0');
    }
    c->p += n;
    c->left -= n;
    return n > 0 && v <= UINT16_MAX;
}

enum rc
proxy_parse(uint32_t *circuit, size_t *used, const uint8_t *in, size_t len)
{
    size_t bound = len < PROXY_LINE_MAX ? len : PROXY_LINE_MAX;
    const uint8_t *end = len > 0 ? memchr(in, '\n', bound) : NULL;
    struct cursor c = {in, 0};
    uint32_t high, low;

    *circuit = 0;
    *used = 0;
    if (end == NULL) {
        return len >= PROXY_LINE_MAX ? RC_FORMAT : RC_TRUNCATED;
    }
    c.left = (size_t)(end - in) + 1;
    *used = c.left;
    if (!skip(&c, "PROXY TCP6 fc00:dead:beef:4dad::") || !group(&c, &high) ||
        !skip(&c, ":") || !group(&c, &low) || !skip(&c, " ::1 ") || !port(&c) ||
        !skip(&c, " ") || !port(&c) || !skip(&c, "\r\n")) {
        *used = 0;
        return RC_FORMAT;
    }
    *circuit = high << 16 | low;
    return RC_OK;
}
