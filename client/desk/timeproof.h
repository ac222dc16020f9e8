/* SPDX-License-Identifier: ISC */
/*
 * What time it is at least, without trusting this machine's clock: nothing is
 * destroyed for good because a clock was set wrong.
 *
 * Proved by any of: the day the root signers issued the directory; the median
 * day of other desks' seen notes; a signed page of that time at more than half
 * of the listed relays; and what was proved before, plus the time that this
 * program has run since, by a clock that nobody sets. So a desk that runs all
 * the time needs nobody for it.
 */
#ifndef TIMEPROOF_H
#define TIMEPROOF_H

#include "rc.h"

#include <stddef.h>
#include <stdint.h>

struct desk;

struct timeproof {
    int64_t at;      /* unix time that is proved */
    int64_t mono_ms; /* when it was, by clock_mono_ms; 0: not read yet */
    int64_t stored;  /* as the store has it */
};

/* What more than half of n have reached; 0 for none. Sorts the list. */
int64_t timeproof_most(int64_t *times, size_t n);
/* Counts what has passed since, by the clock that nobody sets. */
void timeproof_pass(struct timeproof *p, int64_t mono_ms);
/* The proved time of a desk, now; kept in the store every hour. */
enum rc timeproof_now(struct desk *d, int64_t *out) MUST_CHECK;

#endif
