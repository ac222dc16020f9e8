/* SPDX-License-Identifier: ISC */
#include "record_io.h"

#include <sodium.h>

enum rc
record_put(struct vault *v, enum vault_kind kind, const void *id,
           size_t id_len, const struct writer *w, const uint8_t *bytes)
{
    if (wr_end(w) != RC_OK) {
        return RC_FULL;
    }
    return vault_put(v, kind, id, id_len, bytes, w->len);
}

void
record_id1(uint8_t id[static 4], uint32_t a)
{
    struct writer w;

    wr_init(&w, id, 4);
    wr_u32(&w, a);
}

void
record_id2(uint8_t id[static 8], uint32_t a, uint32_t b)
{
    record_id1(id, a);
    record_id1(id + 4, b);
}

void
record_begin(struct reader *r, struct reader *id, const struct vault_row *row,
             void *out, size_t len)
{
    memset(out, 0, len);
    rd_init(id, row->id, row->id_len);
    rd_init(r, row->data, row->len);
}

enum rc
record_end(struct reader *r, void *out, size_t len)
{
    if (rd_end(r) != RC_OK) {
        sodium_memzero(out, len);
        return RC_FORGED;
    }
    return RC_OK;
}
