/* SPDX-License-Identifier: ISC */
#include "pause.h"

#include <stddef.h>
#include <time.h>

#include "clock.h"

#define SLICE_MS 200 /* how soon a stop is noticed */

bool
pause_ms(int64_t ms, const atomic_bool *stop)
{
    const int64_t end = clock_mono_ms() + ms;

    for (int64_t left = ms; left > 0; left = end - clock_mono_ms()) {
        int64_t slice = left < SLICE_MS ? left : SLICE_MS;
        const struct timespec t = {.tv_nsec = (long)slice * 1000000};

        if (stop != NULL && atomic_load(stop)) {
            return false;
        }
        (void)nanosleep(&t, NULL);
    }
    return stop == NULL || !atomic_load(stop);
}
