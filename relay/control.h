/* SPDX-License-Identifier: ISC */
/*
 * The control socket: tocsin-relayctl sends a line, the daemon answers and
 * closes. What it tells names nobody and counts coarsely.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "controltext.h"
#include "relay.h"

#include <event2/event.h>

struct control;

/* fd: a Unix socket that listens; closed by control_free. */
struct control *control_new(struct relay *r, struct event_base *base, int fd);
void control_free(struct control *c);
/* The answer to "status": lines "key value". Returns its length. */
size_t control_status(struct relay *r, char out[static CONTROL_ANSWER_MAX]);
/* A count as an operator needs it: 0, or the next power of two. */
uint64_t control_coarse(uint64_t n);

#endif
