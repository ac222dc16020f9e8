/* SPDX-License-Identifier: ISC */
/* A desk for tests, in a temporary folder that goes away with it: an empty
 * vault, and weekly keys of no week. The caller sets the rest. */
#ifndef DESKTEST_H
#define DESKTEST_H

#include "desk.h"

/* 0, or -1, as setup and teardown of cmocka want it. */
int desktest_open(struct desk *d);
/* -1 also when the folder holds what is not a desk's. */
int desktest_close(struct desk *d);

#endif
