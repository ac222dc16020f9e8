/* SPDX-License-Identifier: ISC */
/*
 * The store thread: takes all operations that wait, applies them, commits
 * once, and hands the results back. While one commit runs the next group
 * gathers, so no timer is needed. It also seals pages, lets things expire, and
 * is the only one that changes the bundle that is served.
 */
#ifndef GROUP_H
#define GROUP_H

#include "exchange.h"
#include "relay.h"

struct group;

/* Starts the thread. */
enum rc group_start(struct group **out, struct relay *r) MUST_CHECK;
/* From any thread. False, at once, when the queue is full: the op is then
 * the caller's again. */
bool group_push(struct group *g, struct op *op) MUST_CHECK;
/* Read the bundle's file again, between two groups: notes that come in
 * meanwhile are in the new bundle, too. A bad file is not taken; the log says
 * why. */
void group_reload(struct group *g);
/* Finishes what is queued, ends the thread. NULL is fine. */
void group_stop(struct group *g);

#endif
