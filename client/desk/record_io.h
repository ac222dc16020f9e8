/* SPDX-License-Identifier: ISC */
/* How records are written and read, for records.c and kept.c. */
#ifndef RECORD_IO_H
#define RECORD_IO_H

#include "reader.h"
#include "vault.h"
#include "writer.h"

#include <string.h>

/* The row, if all that was written had room. */
enum rc record_put(struct vault *v, enum vault_kind kind, const void *id,
                   size_t id_len, const struct writer *w,
                   const uint8_t *bytes) MUST_CHECK;
void record_id1(uint8_t id[static 4], uint32_t a);
void record_id2(uint8_t id[static 8], uint32_t a, uint32_t b);

/* A row by its id, handed to its parser; every parse error is damage. */
#define RECORD_GET(v, kind, id, id_len, parse, out)                            \
    do {                                                                       \
        struct vault_row row_ = {(const uint8_t *)(id), (id_len), NULL, 0};    \
        uint8_t *data_;                                                        \
        enum rc rc_ =                                                          \
            vault_get((v), (kind), (id), (id_len), &data_, &row_.len);         \
        if (rc_ == RC_OK) {                                                    \
            row_.data = data_;                                                 \
            rc_ = (parse)((out), &row_);                                       \
            vault_release(data_, row_.len);                                    \
        } else {                                                               \
            memset((out), 0, sizeof *(out));                                   \
        }                                                                      \
        return rc_;                                                            \
    } while (0)

/* What every parser begins with: nothing yet, readers of content and id. */
void record_begin(struct reader *r, struct reader *id,
                  const struct vault_row *row, void *out, size_t len);
/* And ends with: all was read, or *out is zero and the row is damaged. */
enum rc record_end(struct reader *r, void *out, size_t len) MUST_CHECK;

#endif
