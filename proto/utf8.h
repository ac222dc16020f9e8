/* SPDX-License-Identifier: ISC */
/*
 * UTF-8, strictly.
 * source   RFC 3629
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The character at the start of in: its bytes (1..4) and in *c its number;
 * 0 if there is none (nothing left, cut off, a surrogate, an overlong form,
 * above U+10FFFF).
 */
size_t utf8_next(uint32_t *c, const uint8_t *in, size_t len);
/* Well-formed UTF-8; empty is. */
bool utf8_is_valid(const uint8_t *in, size_t len);
/* Well-formed and without control characters (C0, DEL, C1, and the line and
 * paragraph separators). */
bool utf8_is_line(const uint8_t *in, size_t len);
/* Of well-formed text: the most bytes, up to max, that cut no character. */
size_t utf8_cut(const uint8_t *in, size_t len, size_t max);

#endif
