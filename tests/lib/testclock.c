/* SPDX-License-Identifier: ISC */
#include "testclock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

int
testclock_noon(uint32_t day)
{
    char path[] = "/tmp/testclock.XXXXXX";
    int fd = mkstemp(path);
    long long offset = (long long)day * DAY_SECONDS + DAY_SECONDS / 2 -
                       (long long)time(NULL); /* it may be moved already */

    if (fd < 0 || dprintf(fd, "%lld", offset) < 0 || close(fd) != 0 ||
        setenv("TOCSIN_TEST_CLOCK", path, 1) != 0 ||
        clock_day(clock_now()) != day) {
        return -1;
    }
    return unlink(path); /* the clock keeps the last offset */
}
