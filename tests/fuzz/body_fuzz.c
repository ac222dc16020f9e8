/* SPDX-License-Identifier: ISC */
/* Items of a body: what was read writes back to the same bytes. */
#include "body.h"
#include "fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *out = malloc(size + 1);
    struct body_item item;
    struct reader r;
    struct writer w;
    enum rc rc;

    require(out != NULL);
    rd_init(&r, data, size);
    wr_init(&w, out, size);
    while ((rc = body_item_next(&item, &r)) == RC_OK) {
        require(body_item_head_write(&w, &item) == RC_OK);
        wr_bytes(&w, item.data, (size_t)item.len);
        require(wr_end(&w) == RC_OK);
    }
    require(memcmp(out, data, w.len) == 0);
    require(rc != RC_MISSING || w.len == size);
    free(out);
    return 0;
}
