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
visit_answer answers_entry; /* arg is a struct answers */
/* The day answer i of an organisation was announced; 0: it was not. */
uint32_t answers_day(const struct answers *a, size_t org, unsigned i);

/* What several relays show is what the later of these says. */
enum answer_state {
    ANSWER_UNREACHED, /* no relay could be asked */
    ANSWER_GONE,      /* announced, but no relay has it */
    ANSWER_UNCHECKED, /* there, but the organisation has no note */
    ANSWER_WRONG,     /* there, but nobody of the organisation signed it */
    ANSWER_OLD,       /* there, of a week that can't be checked any more */
    ANSWER_AHEAD,     /* there, of a week that only a newer note can check */
    ANSWER_LATER,     /* there, of a later day than tomorrow */
    ANSWER_DAMAGED,   /* from them, but it breaks its format */
    ANSWER_GOOD
};

/* An opened answer: what one relay has. Secret: wipe it. */
struct opened {
    struct answer answer; /* leads into plain */
    uint8_t plain[ANSWER_PLAIN_LEN];
};
/* What became of one number. Relays may have verified answers that differ:
 * all of them are here. */
struct fetched {
    enum answer_state state; /* the best of all relays */
    size_t n;                /* of good, with ANSWER_GOOD */
    struct opened good[DIRECTORY_RELAYS_MAX];
};

/* A GET of one, for visit_plan_get: its address at every relay. */
void answers_ask(struct visit_get *get, const struct visit *v,
                 const struct answers *a, size_t org, uint8_t i);
/* What came of that. */
void answers_open(struct fetched *out, const struct visit *v,
                  const struct answers *a, size_t org, uint8_t i,
                  const struct visit_get *get);
/* A BURN of one, for visit_plan_burn. */
void answers_burn(struct visit_burn *burn, const struct visit *v,
                  const struct answers *a, size_t org, uint8_t i);

#endif
