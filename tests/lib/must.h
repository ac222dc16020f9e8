/* SPDX-License-Identifier: ISC */
/* For programs of the tests that are no tests themselves. */
#ifndef MUST_H
#define MUST_H

#include "rc.h"

/* Ends the program, saying what it was, unless rc is RC_OK. */
void must(enum rc rc, const char *what);

#endif
