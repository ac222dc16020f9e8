/* SPDX-License-Identifier: ISC */
/*
 * Reading untrusted bytes. The first failure is kept and empties the reader,
 * so that a parser reads like its format and loops over what is left end.
 * Integers are big-endian.
 */
#ifndef READER_H
#define READER_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
    const uint8_t *p; /* borrowed */
    size_t left;      /* bytes */
    enum rc rc;       /* the first failure, RC_OK so far */
};

void rd_init(struct reader *r, const uint8_t *in, size_t len);
uint8_t rd_u8(struct reader *r);
uint16_t rd_u16(struct reader *r);
uint32_t rd_u32(struct reader *r);
uint64_t rd_u64(struct reader *r);
/* n bytes, borrowed from the input; NULL when fewer are left. */
const uint8_t *rd_bytes(struct reader *r, size_t n);
/* Copies n bytes; all zero when fewer are left. */
void rd_copy(struct reader *r, uint8_t *out, size_t n);
/* The next n bytes must be zero. */
void rd_zero(struct reader *r, size_t n);
/* Whatever is left must be zero; uses it up. */
void rd_zeroes(struct reader *r);
/* Fails the reader with RC_FORMAT unless ok. */
void rd_require(struct reader *r, bool ok);
/* Refuses bytes left over; returns the first failure. */
enum rc rd_end(struct reader *r) MUST_CHECK;

#endif
