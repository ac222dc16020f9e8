/* SPDX-License-Identifier: ISC */
#include "day.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECONDS 86400

void
day_write(char out[static DAY_TEXT_LEN + 1], uint32_t day)
{
    const time_t t = (time_t)day * SECONDS;
    struct tm tm;

    if (gmtime_r(&t, &tm) == NULL || tm.tm_year > 9999 - 1900 ||
        strftime(out, DAY_TEXT_LEN + 1, "%Y-%m-%d", &tm) != DAY_TEXT_LEN) {
        (void)snprintf(out, DAY_TEXT_LEN + 1, "?");
    }
}

enum rc
day_parse(uint32_t *out, const char *text)
{
    char again[DAY_TEXT_LEN + 1];
    struct tm tm = {.tm_mday = 0};
    const char *end;
    time_t t;

    *out = 0;
    if (strlen(text) != DAY_TEXT_LEN ||
        (end = strptime(text, "%Y-%m-%d", &tm)) == NULL || *end != '\0' ||
        tm.tm_year < 70) {
        return RC_FORMAT;
    }
    t = timegm(&tm);
    /* 2026-02-30 becomes another day: then it was none. */
    day_write(again, (uint32_t)(t / SECONDS));
    if (t < 0 || strcmp(again, text) != 0) {
        return RC_FORMAT;
    }
    *out = (uint32_t)(t / SECONDS);
    return RC_OK;
}
