/* SPDX-License-Identifier: ISC */
#include "guard.h"

#include "clock.h"

void
guard_init(struct guard *g, uint32_t day, int64_t now)
{
    atomic_store(&g->day, day);
    atomic_store(&g->good, now);
}

void
guard_know(struct guard *g, uint32_t issued)
{
    atomic_store(&g->known, issued);
}

int64_t
guard_time(struct guard *g, int64_t now, enum guard_clock *clock)
{
    uint32_t reached = atomic_load(&g->day), known = atomic_load(&g->known);
    uint32_t newest = known > reached ? known : reached;
    uint32_t day = clock_day(now);

    if (day > newest && day - newest > GUARD_DAYS) {
        *clock = GUARD_AHEAD;
        return (int64_t)atomic_load(&g->good);
    }
    if (day < reached) {
        *clock = GUARD_BEHIND;
        return (int64_t)reached * DAY_SECONDS;
    }
    *clock = GUARD_RIGHT;
    return now;
}

int64_t
guard_pass(struct guard *g, int64_t now, enum guard_clock *clock)
{
    int64_t time = guard_time(g, now, clock);

    if (*clock == GUARD_RIGHT) {
        atomic_store(&g->good, time);
        atomic_store(&g->day, clock_day(time));
    }
    return time;
}
