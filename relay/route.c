/* SPDX-License-Identifier: ISC */
#include "route.h"

#include <string.h>

static bool
skip(const uint8_t **p, size_t *left, const char *text)
{
    size_t n = strlen(text);

    if (n > *left || memcmp(*p, text, n) != 0) {
        return false;
    }
    *p += n;
    *left -= n;
    return true;
}

/* A decimal number of at most max, up to the first other byte. */
static bool
number(const uint8_t **p, size_t *left, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;
    size_t n = 0;

    while (n < *left && (*p)[n] >= '0' && (*p)[n] <= '9') {
        uint64_t digit = (uint64_t)((*p)[n] - '0');

        if ((n > 0 && (*p)[0] == '0') || digit > max ||
            v > (max - digit) / 10) {
            return false;
        }
        v = v * 10 + digit;
        n++;
    }
    *p += n;
    *left -= n;
    *out = v;
    return n > 0;
}

struct route
route_parse(const uint8_t *target, size_t len)
{
    const struct route none = {.kind = ROUTE_NONE};
    struct route r = none;
    uint64_t board;

    if (!skip(&target, &len, "/v1/")) {
        return none;
    }
    if (skip(&target, &len, "exchange")) {
        r.kind = ROUTE_EXCHANGE;
    } else if (skip(&target, &len, "status")) {
        r.kind = ROUTE_STATUS;
    } else if (skip(&target, &len, "directory")) {
        r.kind = ROUTE_DIRECTORY;
    } else if (skip(&target, &len, "board/")) {
        if (!number(&target, &len, UINT8_MAX, &board) ||
            !skip(&target, &len, "/")) {
            return none;
        }
        r.board = (uint8_t)board;
        r.kind = skip(&target, &len, "hour/")  ? ROUTE_HOUR
                 : skip(&target, &len, "day/") ? ROUTE_DAY
                                               : ROUTE_PAGE;
        if (!number(&target, &len, UINT64_MAX, &r.number)) {
            return none;
        }
    }
    return len == 0 ? r : none;
}
