/* SPDX-License-Identifier: ISC */
/*
 * Writing into a buffer of the caller's. It refuses to overfill: the first
 * failure is kept and nothing more is written. Integers are big-endian.
 */
#ifndef WRITER_H
#define WRITER_H

#include "rc.h"

#include <stddef.h>
#include <stdint.h>

struct writer {
    uint8_t *p;  /* borrowed; the next byte goes here */
    size_t left; /* bytes */
    size_t len;  /* bytes written so far */
    enum rc rc;  /* RC_OK, or RC_FULL once something did not fit */
};

void wr_init(struct writer *w, uint8_t *out, size_t cap);
void wr_u8(struct writer *w, uint8_t v);
void wr_u16(struct writer *w, uint16_t v);
void wr_u32(struct writer *w, uint32_t v);
void wr_u64(struct writer *w, uint64_t v);
void wr_bytes(struct writer *w, const uint8_t *in, size_t n);
void wr_zero(struct writer *w, size_t n);
/* Fills what is left of the buffer with zeros. */
void wr_zeroes(struct writer *w);
enum rc wr_end(const struct writer *w) MUST_CHECK;

#endif
