/* SPDX-License-Identifier: ISC */
#include "health.h"

enum health_say
health_failed(struct health *h, uint32_t day)
{
    h->failed = true;
    if (h->failing || h->said == day) {
        return HEALTH_NOTHING;
    }
    h->failing = true;
    h->said = day;
    return HEALTH_FAILS;
}

enum health_say
health_worked(struct health *h)
{
    bool well = h->failing && !h->failed;

    h->failed = false;
    if (!well) {
        return HEALTH_NOTHING;
    }
    h->failing = false;
    return HEALTH_WORKS;
}
