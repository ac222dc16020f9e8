/* SPDX-License-Identifier: ISC */
#include "clocks.h"

#include <sodium.h>

#include <math.h>

#include "clock.h"

double
clocks_uniform(void)
{
    uint64_t bits = (uint64_t)randombytes_random() << 32 |
                    randombytes_random();

    return (double)(bits >> 11) * 0x1p-53;
}

double
clocks_exponential(double mean, double max)
{
    double wait;

    if (mean <= 0) {
        return 0;
    }
    wait = -mean * log1p(-clocks_uniform());
    return max > 0 && wait > max ? max : wait;
}

static int64_t
draw_ms(const struct clocks_poisson *p)
{
    return (int64_t)clocks_exponential(p->mean_ms, 0);
}

void
clocks_start(struct clocks_poisson *p, double mean_seconds, int64_t now_ms)
{
    p->mean_ms = mean_seconds * 1000;
    p->next_ms = p->mean_ms > 0 ? now_ms + draw_ms(p) : INT64_MAX;
}

bool
clocks_due(struct clocks_poisson *p, int64_t now_ms)
{
    if (p->mean_ms <= 0 || now_ms < p->next_ms) {
        return false;
    }
    p->next_ms += draw_ms(p);
    if (p->next_ms < now_ms) {
        p->next_ms = now_ms + draw_ms(p);
    }
    return true;
}

double
clocks_own_per_day(unsigned slots, unsigned tick, unsigned orgs)
{
    double mean;

    if (tick == 0 || orgs == 0) {
        return 0;
    }
    mean = (double)slots * DAY_SECONDS / (4.0 * tick * orgs);
    return mean < 12 ? mean : 12;
}

double
clocks_dummies_per_day(unsigned orgs)
{
    double mean = orgs == 0 ? 0 : 576.0 / orgs;

    return mean < 12 ? mean : 12;
}

bool
clocks_daily_due(struct clocks_daily *c, double within, int64_t now)
{
    const uint32_t day = clock_day(now);

    if (c->day != day) {
        c->day = day;
        c->from = (int64_t)(clocks_uniform() * within);
    }
    return now % DAY_SECONDS >= c->from;
}
