/* SPDX-License-Identifier: ISC */
/*
 * How far the relay believes its clock.
 *
 * A clock that is set far ahead would end weeks that are not over: their keys
 * are destroyed, and nothing brings them back. It would number pages that
 * nobody could number again for years. So a day that lies more than GUARD_DAYS
 * after the newest day known is not believed, and nothing is written, until
 * the clock is right, a directory says that so much time has passed, or the
 * operator does (tocsin-relayctl today). A clock that was set back is not
 * believed to be before the newest day known: what is stored would end too
 * early.
 *
 * The newest day known is the last one that the clock reached, which the store
 * keeps, or the day that the directory was issued.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdatomic.h>
#include <stdint.h>

#define GUARD_DAYS 7

struct guard {
    atomic_uint day;   /* that the clock has reached */
    atomic_uint known; /* that the directory was issued */
    atomic_llong good; /* the last time that was believed */
};

enum guard_clock {
    GUARD_RIGHT,
    GUARD_BEHIND,
    GUARD_AHEAD /* nothing may be written */
};

/* day: the newest one that the store has seen */
void guard_init(struct guard *g, uint32_t day, int64_t now);
/* From any thread: the directory that is served now was issued that day. */
void guard_know(struct guard *g, uint32_t issued);
/* From any thread: the time to act by. *clock: what the clock is taken for. */
int64_t guard_time(struct guard *g, int64_t now, enum guard_clock *clock);
/* The same, by the one thread that lets days pass. */
int64_t guard_pass(struct guard *g, int64_t now, enum guard_clock *clock);

#endif
