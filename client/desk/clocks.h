/* SPDX-License-Identifier: ISC */
/*
 * Waiting times that tell nothing: exponential, from libsodium's generator.
 */
#ifndef CLOCKS_H
#define CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

/* An exponential draw with this mean, in the mean's unit; never above max
 * unless max is 0. A mean of 0 gives 0. */
double clocks_exponential(double mean, double max);
/* Uniform in 0 <= x < 1, 53 bits. */
double clocks_uniform(void);

/*
 * A Poisson process in milliseconds of clock_mono_ms. Memoryless: starting
 * anew with the program changes nothing.
 */
struct clocks_poisson {
    double mean_ms; /* 0 or less: never */
    int64_t next_ms;
};

void clocks_start(struct clocks_poisson *p, double mean_seconds,
                  int64_t now_ms);
/* Is an event due? Then the next one is drawn: from the event on, so that the
 * process keeps its rate, but never to catch up a pause. */
bool clocks_due(struct clocks_poisson *p, int64_t now_ms);

/* Section 8.3: own reports a day; 8.4: dummy answers a day. */
double clocks_own_per_day(unsigned slots, unsigned tick, unsigned orgs);
double clocks_dummies_per_day(unsigned orgs);

/* A time of day that is drawn once a day; all zero at first. */
struct clocks_daily {
    uint32_t day;
    int64_t from; /* seconds of it */
};
/* Has it come? It is within the first so many seconds of the day. */
bool clocks_daily_due(struct clocks_daily *c, double within, int64_t now);

#endif
