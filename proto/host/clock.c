/* SPDX-License-Identifier: ISC */
#include "clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef TOCSIN_TEST_CLOCK
/* The offset a test asks for. A file that is missing, or empty because a test
 * is just writing it, leaves the last one: time must not jump for a moment. */
static int64_t
clock_test_offset(void)
{
    static _Atomic int64_t last;
    const char *path = getenv("TOCSIN_TEST_CLOCK");
    long long v;
    FILE *f;

    if (path == NULL || (f = fopen(path, "re")) == NULL) {
        return atomic_load(&last);
    }
    if (fscanf(f, "%lld", &v) == 1) {
        atomic_store(&last, (int64_t)v);
    }
    (void)fclose(f);
    return atomic_load(&last);
}
#endif

int64_t
clock_now(void)
{
    struct timespec ts;

    if (clock_gettime(CLOCK_REALTIME, &ts) != 0) {
        abort(); /* can't fail with a clock that POSIX requires */
    }
#ifdef TOCSIN_TEST_CLOCK
    return (int64_t)ts.tv_sec + clock_test_offset();
#else
    return (int64_t)ts.tv_sec;
#endif
}

int64_t
clock_mono_ms(void)
{
    struct timespec ts;

    if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0) {
        abort();
    }
    return (int64_t)ts.tv_sec * 1000 + (int64_t)ts.tv_nsec / 1000000;
}

uint32_t
clock_day(int64_t now)
{
    int64_t day = now / DAY_SECONDS;

    if (now < 0) {
        return 0;
    }
    return day > UINT32_MAX ? UINT32_MAX : (uint32_t)day;
}

uint32_t
clock_week(int64_t now)
{
    return clock_day(now) / WEEK_DAYS;
}
