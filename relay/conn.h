/* SPDX-License-Identifier: ISC */
/*
 * One connection of a worker: a state machine over a peer that never blocks.
 * Every wait has a deadline that a slow peer can't move.
 */
#ifndef CONN_H
#define CONN_H

#include "worker.h"

/* A connection was accepted. Takes over fd. */
void conn_new(struct worker *w, int fd, const struct listener *l);
/* The operation that a connection waits for is done. */
void conn_op_done(struct op *op);
/* Closes those past their deadline; with draining, idle ones, too. */
void conn_sweep(struct worker *w, int64_t now_ms);
/* Closes the one that has been idle longest, or if none is, the slowest. False
 * if all are at work. Every place may be taken by peers that never ask. */
bool conn_make_room(struct worker *w, int64_t now_ms) MUST_CHECK;
void conn_close_all(struct worker *w);

#endif
