/* SPDX-License-Identifier: ISC */
/* What relay and desk say alike of a list of doors. */
#ifndef DOORWORDS_H
#define DOORWORDS_H

#include "doors.h"

/*
 * Prints why a list can't take the place of the one in use.
 * why    what doors_follows said, not RC_OK
 * named  the list's file
 */
void doorwords_follows(enum rc why, const char *named,
                       const struct doors *list, const struct doors *kept);

#endif
