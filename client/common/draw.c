/* SPDX-License-Identifier: ISC */
#include "draw.h"

#include <sodium.h>

void
draw_order(size_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = randombytes_uniform((uint32_t)i + 1);

        out[i] = out[at];
        out[at] = i;
    }
}
