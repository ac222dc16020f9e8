/* SPDX-License-Identifier: ISC */
/* The test clock of a program that tests within itself. */
#ifndef TESTCLOCK_H
#define TESTCLOCK_H

#include <stdint.h>

/* It is noon of that day from now on. 0, or -1. */
int testclock_noon(uint32_t day);

#endif
