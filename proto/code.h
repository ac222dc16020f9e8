/* SPDX-License-Identifier: ISC */
/*
 * The reporter's code: 16 random bytes as 12 words or 40 digits.
 * Specified in PROTOCOL.md section 6.
 * source   BIP-39 English word list and checksum; the entropy is used directly
 */
#ifndef CODE_H
#define CODE_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CODE_LEN 16
#define CODE_WORDS 12
#define CODE_DIGITS 40
#define CODE_WORDS_TEXT_MAX (CODE_WORDS * 9) /* with NUL */
#define CODE_DIGITS_TEXT_LEN 49 /* groups of four, spaces between */

/* What was wrong with a code that was typed in. Nearly a secret: wipe it. */
struct code_error {
    enum {
        CODE_NO_ERROR,
        CODE_COUNT,     /* found words or digits, see count */
        CODE_WORD,      /* a word is not in the list: see word, hint */
        CODE_CHECKSUM,  /* every word or digit is possible, not together */
        CODE_CHARACTER  /* bytes that are no UTF-8; no digit among digits */
    } what;
    bool digits;     /* it looks like digits, not words */
    size_t count;    /* words or digits found */
    size_t position; /* CODE_WORD: 1..12 */
    char word[32];   /* CODE_WORD: as typed, escaped, cut */
    char hint[9];    /* CODE_WORD: the likely word, or empty */
};

/* Not all zeros: what a fault would leave, and nobody draws. Whoever draws a
 * code draws again where it is not. */
bool code_is_drawn(const uint8_t code[static CODE_LEN]);
void code_words(char out[static CODE_WORDS_TEXT_MAX],
                const uint8_t code[static CODE_LEN]);
void code_digits(char out[static CODE_DIGITS_TEXT_LEN + 1],
                 const uint8_t code[static CODE_LEN]);
/*
 * Read a code as a person types it: words in any case, the first four letters
 * are enough, any white space, commas or hyphens between; or digits of any
 * script (by their Unicode decimal value), spaces and hyphens between.
 * in       UTF-8, len bytes, untrusted
 * err      what was wrong, cleared on RC_OK
 * returns  RC_OK, RC_FORMAT (out all zero)
 */
enum rc code_parse(uint8_t out[static CODE_LEN], struct code_error *err,
                   const char *in, size_t len) MUST_CHECK;

#endif
