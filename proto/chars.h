/* SPDX-License-Identifier: ISC */
/*
 * What programs and page must know of a code point, by the same table of the
 * same version of Unicode, whatever the locale, the C library or the browser.
 * source   the Unicode data, by scripts/unicode.mjs
 */
#ifndef CHARS_H
#define CHARS_H

#include <stdbool.h>
#include <stdint.h>

/* Not seen, gives an order, or is no character: default-ignorable, format,
 * control, blank. */
#define CHARS_HIDDEN 1
/* A letter or mark of a script that needs U+200C and U+200D. */
#define CHARS_JOINING 2
/* The sign that takes a letter's vowel away, in such a script. */
#define CHARS_VIRAMA 4
/* A letter, mark, digit or sign of a script without spaces between words. */
#define CHARS_SPACELESS 8
#define CHARS_EMOJI     16
/* May stand between the words or digits of a code. */
#define CHARS_SEPARATOR 32
#define CHARS_COMMA     64

#define CHARS_FOLD_MAX 5 /* with NUL */

/* The sum of these that holds for c. */
unsigned chars_flags(uint32_t c);
/* 0..9, or -1 for what is no decimal digit. */
int chars_digit(uint32_t c);
/*
 * The letters a to z that c is read as in a word of a code: without case,
 * width, style and accents, or what it looks like.
 * out      none for an accent
 * returns  false: it is like none of them, out empty
 */
bool chars_fold(char out[static CHARS_FOLD_MAX], uint32_t c);

#endif
