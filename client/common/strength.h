/* SPDX-License-Identifier: ISC */
/*
 * How many guesses a pass phrase is worth to somebody who knows how people
 * choose them, and who they are. The cheapest way to put it together from parts
 * counts: common words and names, repetitions, sequences, years, dates, rows of
 * keys, the organisation's name; what is none of these costs what its letters
 * do. Who has the file has all the time in the world, so a weak one is refused,
 * and nobody can insist.
 */
#ifndef STRENGTH_H
#define STRENGTH_H

#include "rc.h"

#include <stddef.h>

/* Key files are sealed by Argon2id at some tenths of a second a guess: 2^56 of
 * them are a hundred million years of one machine, or a hundred of a million. */
#define STRENGTH_MIN 56 /* bits */

/* What made it cheap, the worst part. */
enum strength_part {
    STRENGTH_CHARACTERS, /* nothing but too few characters */
    STRENGTH_UNKNOWN,    /* words that are on no list here */
    STRENGTH_WORD,       /* a common word */
    STRENGTH_COMMON,     /* what many people take for a pass phrase */
    STRENGTH_NAME,       /* a person, a town */
    STRENGTH_OWN,        /* the organisation's or signer's own name */
    STRENGTH_YEAR,       /* or another date */
    STRENGTH_SEQUENCE,   /* abc, 321, qwerty */
    STRENGTH_REPEATED,
    STRENGTH_SEPARATOR,
    STRENGTH_PARTS
};

struct strength {
    unsigned bits;           /* log2 of the guesses, at least 0 */
    enum strength_part weak; /* why, below STRENGTH_MIN */
};

/*
 * pass     its bytes, pass_len of them, UTF-8 or not
 * own      names that whoever guesses will try, NULL-terminated; or NULL
 * returns  RC_OK; RC_NOMEM
 */
enum rc strength_of(struct strength *out, const char *pass, size_t pass_len,
                    const char *const *own) MUST_CHECK;
/* RC_OK where a new pass phrase will do, RC_FORMAT where it is weak; says why
 * and what to do. Results of strength_of. */
enum rc strength_demand(const char *pass, size_t pass_len,
                        const char *const *own) MUST_CHECK;

#endif
