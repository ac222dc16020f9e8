/* SPDX-License-Identifier: ISC */
/*
 * A request's head: at once, in two parts and byte by byte it must be the
 * same. Its path goes through the routes; the routes write back.
 */
#include "http.h"
#include "fuzz.h"
#include "route.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
check(int ok)
{
    if (!ok) {
        abort();
    }
}

static enum rc
parse_in_steps(struct http_parser *p, const uint8_t *data, size_t size,
               size_t by)
{
    enum rc rc = RC_TRUNCATED;

    memset(p, 0, sizeof *p);
    for (size_t n = by; rc == RC_TRUNCATED && n < size; n += by) {
        rc = http_parse(p, data, n);
    }
    return rc == RC_TRUNCATED ? http_parse(p, data, size) : rc;
}

static void
check_route(const uint8_t *target, size_t len)
{
    struct route r = route_parse(target, len);
    char back[96] = "";

    switch (r.kind) {
    case ROUTE_NONE:
        return;
    case ROUTE_EXCHANGE:
        (void)snprintf(back, sizeof back, "/v1/exchange");
        break;
    case ROUTE_STATUS:
        (void)snprintf(back, sizeof back, "/v1/status");
        break;
    case ROUTE_DIRECTORY:
        (void)snprintf(back, sizeof back, "/v1/directory");
        break;
    case ROUTE_PAGE:
    case ROUTE_HOUR:
    case ROUTE_DAY:
        (void)snprintf(back, sizeof back, "/v1/board/%u/%s%" PRIu64, r.board,
                       r.kind == ROUTE_HOUR  ? "hour/"
                       : r.kind == ROUTE_DAY ? "day/"
                                             : "",
                       r.number);
        break;
    }
    check(strlen(back) == len && memcmp(back, target, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_parser all, some;
    enum rc rc = parse_in_steps(&all, data, size, size + 1);

    for (size_t by = 1; by < 8; by += 3) {
        check(parse_in_steps(&some, data, size, by) == rc);
        check(some.refuse == all.refuse && some.head_len == all.head_len &&
              some.length == all.length && some.close == all.close);
    }
    check_route(data, size);
    if (rc == RC_OK) {
        check(all.head_len <= size && all.head_len <= HTTP_HEAD_MAX);
        check(all.target + all.target_len <= all.head_len);
        check(data[all.target] == '/');
        check(all.lines <= HTTP_LINES_MAX);
        check_route(data + all.target, all.target_len);
    } else {
        check(rc == RC_TRUNCATED ? size < HTTP_HEAD_MAX : all.refuse >= 400);
    }
    return 0;
}
