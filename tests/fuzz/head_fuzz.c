/* SPDX-License-Identifier: ISC */
/* What parses as a head writes back to the same bytes. */
#include "head.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t in[HEAD_LEN] = {0}, out[HEAD_LEN];
    struct head h;

    if (size > 0) {
        memcpy(in, data, size < sizeof in ? size : sizeof in);
    }
    if (head_parse(&h, in) == RC_OK &&
        (head_write(out, &h) != RC_OK || memcmp(in, out, sizeof in) != 0)) {
        abort();
    }
    return 0;
}
