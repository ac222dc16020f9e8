/* SPDX-License-Identifier: ISC */
/* What tor's line says writes back to the same line, but for zeros and
 * ports. */
#include "proxy.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t circuit, again;
    size_t used, used_again;
    char line[PROXY_LINE_MAX + 1];
    enum rc rc = proxy_parse(&circuit, &used, data, size);
    int n;

    if (rc != RC_OK) {
        if (circuit != 0 || used != 0) {
            abort();
        }
        return 0;
    }
    if (used > size || used > PROXY_LINE_MAX || data[used - 1] != '\n') {
        abort();
    }
    n = snprintf(line, sizeof line,
                 "PROXY TCP6 fc00:dead:beef:4dad::%x:%x ::1 1 2\r\n",
                 circuit >> 16, circuit & 0xffff);
    if (proxy_parse(&again, &used_again, (const uint8_t *)line, (size_t)n) !=
            RC_OK ||
        again != circuit || used_again != (size_t)n) {
        abort();
    }
    return 0;
}
