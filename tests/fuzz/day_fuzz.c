/* SPDX-License-Identifier: ISC */
/* Dates as a person types them: what parses is written the same. */
#include "day.h"
#include "fuzz.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[64], again[DAY_TEXT_LEN + 1], date[CLOCK_DATE_LEN];
    uint32_t day;

    if (size >= sizeof text || memchr(data, 0, size) != NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = 0;
    if (day_parse(&day, text) == RC_OK) {
        day_write(again, day);
        clock_date(date, day);
        if (strcmp(again, text) != 0 || strcmp(date, text) != 0) {
            abort();
        }
    }
    return 0;
}
