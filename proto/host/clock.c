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

/* Gregorian, counted from years that begin in March. */
void
clock_date(char out[static CLOCK_DATE_LEN], uint32_t day)
{
    uint64_t z = (uint64_t)day + 719468, era = z / 146097, doe = z % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint64_t mp = (5 * doy + 2) / 153;
    unsigned d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    unsigned m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    unsigned y = (unsigned)(yoe + era * 400 + (m <= 2));

    (void)snprintf(out, CLOCK_DATE_LEN, "%04u-%02u-%02u", y, m, d);
}
