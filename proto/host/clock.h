/* SPDX-License-Identifier: ISC */
/*
 * The one place where time is read.
 *
 * Built with TOCSIN_TEST_CLOCK, an offset in seconds (decimal, may be
 * negative) is read at every call from the file that the environment variable
 * TOCSIN_TEST_CLOCK names, and added. Release builds lack this.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#define DAY_SECONDS 86400
#define WEEK_DAYS   7

/* Seconds since 1970. */
int64_t clock_now(void);
/* Milliseconds of a clock that never goes back, for deadlines only. */
int64_t clock_mono_ms(void);
/* Days and weeks since 1970, as the protocol counts them. */
uint32_t clock_day(int64_t now);
uint32_t clock_week(int64_t now);
/* A day as YYYY-MM-DD. */
#define CLOCK_DATE_LEN 36
void clock_date(char out[static CLOCK_DATE_LEN], uint32_t day);

#endif
