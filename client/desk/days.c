/* SPDX-License-Identifier: ISC */
#include "days.h"

#include <string.h>
#include <time.h>

#include "clock.h"

struct day_text
day_text(uint32_t day)
{
    time_t t = (time_t)day * DAY_SECONDS;
    struct day_text out = {"?"};
    struct tm tm;

    if (gmtime_r(&t, &tm) == NULL ||
        strftime(out.text, sizeof out.text, "%Y-%m-%d", &tm) == 0) {
        (void)strcpy(out.text, "?");
    }
    return out;
}

struct day_text
day_said(uint32_t day)
{
    struct day_text out = day_text(day);

    (void)strcat(out.text, " UTC"); /* 14 of 15 characters */
    return out;
}
