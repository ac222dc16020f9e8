/* SPDX-License-Identifier: ISC */
/*
 * The relay's few paths. PROTOCOL.md section 3.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum route_kind {
    ROUTE_NONE, /* 404 */
    ROUTE_EXCHANGE,
    ROUTE_STATUS,
    ROUTE_DIRECTORY,
    ROUTE_PAGE,
    ROUTE_HOUR,
    ROUTE_DAY
};

struct route {
    enum route_kind kind;
    uint8_t board;   /* PAGE, HOUR, DAY */
    uint64_t number; /* page, hour or day */
};

/* Numbers are decimal without leading zeros; no query, nothing after it. */
struct route route_parse(const uint8_t *target, size_t len);

#endif
