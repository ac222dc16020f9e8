/* SPDX-License-Identifier: ISC */
/* Days since 1970 as YYYY-MM-DD, and back. */
#ifndef DAY_H
#define DAY_H

#include "rc.h"

#include <stdint.h>

#define DAY_TEXT_LEN 10

void day_write(char out[static DAY_TEXT_LEN + 1], uint32_t day);
/* RC_FORMAT unless it is a real day, 1970 or later, before 10000. */
enum rc day_parse(uint32_t *out, const char *text) MUST_CHECK;

#endif
