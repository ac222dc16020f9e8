/* SPDX-License-Identifier: ISC */
/* What every fuzz target is, and what ends one. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Must hold, whatever the input. */
static inline void
require(bool ok)
{
    if (!ok) {
        abort();
    }
}

#endif
