/* SPDX-License-Identifier: ISC */
/* Days as people write them. */
#ifndef DAYS_H
#define DAYS_H

#include <stdint.h>

struct day_text {
    char text[16]; /* YYYY-MM-DD */
};
struct day_text day_text(uint32_t day);
/* For people: with " UTC", which her day may not be. */
struct day_text day_said(uint32_t day);

#endif
