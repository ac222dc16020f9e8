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

#define CODE_LEN             16
#define CODE_WORDS           12
#define CODE_DIGITS          40
#define CODE_WORDS_TEXT_MAX  (CODE_WORDS * 9) /* with NUL */
#define CODE_DIGITS_TEXT_LEN 49 /* groups of four, spaces between */

/* What was wrong with a code that was typed in. Nearly a secret: wipe it. */
struct code_error {
    enum {
        CODE_NO_ERROR,
        CODE_COUNT,    /* found words or digits, see count */
        CODE_WORD,     /* a word is not in the list: see word, hint */
        CODE_LETTER,   /* a word has a letter that is none of a to z */
        CODE_CHECKSUM, /* every word or digit is possible, not together */
        CODE_CHARACTER /* bytes that are no UTF-8; no digit among digits */
    } what;
    bool digits;     /* it looks like digits, not words */
    size_t count;    /* words or digits found */
    size_t position; /* CODE_WORD, CODE_LETTER: 1..12 */
    char word[32];   /* the same: as typed, escaped, cut */
    char letter[16]; /* CODE_LETTER: escaped */
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
 * Read a code as a person types it: words in any case, width or style, with
 * accents or letters of other alphabets that look the same (chars.h), of which
 * the first four letters are enough; or digits of any script. Between them
 * white space, punctuation, and what is not seen.
 * in       UTF-8, len bytes, untrusted
 * err      what was wrong, cleared on RC_OK
 * returns  RC_OK, RC_FORMAT (out all zero)
 */
enum rc code_parse(uint8_t out[static CODE_LEN], struct code_error *err,
                   const char *in, size_t len) MUST_CHECK;

#define CODE_PART_MAX 16 /* with NUL */
/*
 * A word of a code, or some digits, as code_parse would read them: in letters
 * a to z and digits 0 to 9.
 * returns  false: there is something else, or too much
 */
bool code_part(char out[static CODE_PART_MAX], const char *in,
               size_t len) MUST_CHECK;
/* Is what code_part read a word of a code, or its beginning of four letters or
 * more? */
bool code_is_word(const char *part);

#endif
