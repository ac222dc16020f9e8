/* SPDX-License-Identifier: ISC */
/*
 * Finding and opening the answers to a code. PROTOCOL.md section 6.
 */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "answer.h"
#include "visit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the answers boards announce for a code. */
struct answers {
    const uint8_t *seed; /* 32 bytes, borrowed */
    size_t n_orgs;
    struct clue *clues; /* sorted; 64 for each organisation */
    uint32_t *days;     /* [org * 64 + i]: the day announced, 0: not */
};

enum rc answers_init(struct answers *a, const uint8_t *seed,
                     const struct directory *d) MUST_CHECK;
void answers_wipe(struct answers *a);
/* For visit_answers; arg is a struct answers_reader. */
struct answers_reader {
    struct answers *answers;
    uint16_t tick; /* of the answers board, seconds */
};
visit_entry answers_entry;
/* The day answer i of an organisation was announced; 0: it was not. */
uint32_t answers_day(const struct answers *a, size_t org, unsigned i);

enum answer_state {
    ANSWER_GOOD,
    ANSWER_GONE,      /* announced, but no relay has it */
    ANSWER_WRONG,     /* there, but nobody of the organisation signed it */
    ANSWER_OLD,       /* there, of a week that can't be checked any more */
    ANSWER_AHEAD,     /* there, of a week that only a newer note can check */
    ANSWER_UNCHECKED, /* there, but the organisation has no note */
    ANSWER_UNREACHED  /* no relay could be asked */
};

/* An opened answer. Secret: wipe it. */
struct opened {
    enum answer_state state;
    struct answer answer; /* leads into plain */
    uint8_t plain[ANSWER_PLAIN_LEN];
};

/* Fetch and open one, in as many blocks as there are relays to ask. Stops at
 * the first that verifies. */
enum rc answers_fetch(struct opened *out, struct visit *v,
                      const struct answers *a, size_t org,
                      uint8_t i) MUST_CHECK;
enum burn_state {
    BURN_DONE,
    BURN_GONE,  /* no relay had it */
    BURN_PARTLY /* a relay of the directory did not answer: it may be there */
};

/* Burns one at every relay, in one block. */
enum rc answers_burn(enum burn_state *out, struct visit *v,
                     const struct answers *a, size_t org, uint8_t i) MUST_CHECK;

#endif
