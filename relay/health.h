/* SPDX-License-Identifier: ISC */
/*
 * When the log says that the store fails, and that it works again.
 *
 * Where the disk is full some groups fail and others don't, and a line for
 * each would tell when somebody wrote: whoever keeps the log may add the time
 * to it. So "fails" is said once a day at most, and "works again" only when
 * the clock made a page and no group has failed since the page before.
 */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdbool.h>
#include <stdint.h>

/* All zero at first. */
struct health {
    bool failing;  /* that was said last */
    bool failed;   /* a group has, since the clock's last one */
    uint32_t said; /* the day of it */
};

enum health_say {
    HEALTH_NOTHING,
    HEALTH_FAILS,
    HEALTH_WORKS
};

/* A group that failed. */
enum health_say health_failed(struct health *h, uint32_t day);
/* One that did not, and that the clock began, not a client. */
enum health_say health_worked(struct health *h);

#endif
