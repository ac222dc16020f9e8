/* SPDX-License-Identifier: ISC */
/*
 * A worker: one thread, one event loop, its connections.
 */
#ifndef WORKER_H
#define WORKER_H

#include "cell.h"
#include "http.h"
#include "listen.h"
#include "relay.h"

#include <event2/event.h>
#include <event2/event_struct.h>

#define BUFFER_LEN   (HTTP_HEAD_MAX + CELL_LEN)
#define BUFFERS_KEPT 64

/* A request, or an answer, while it is under way. Idle connections have
 * none. */
struct buffer {
    struct buffer *next; /* among those kept for later */
    uint8_t bytes[BUFFER_LEN];
};

struct conn;

struct worker {
    struct relay *relay;
    struct event_base *base;
    pthread_t thread;
    bool running;
    struct worker_listener {
        struct event *event;
        struct worker *worker;
        struct listener *listener;
    } * listeners;
    size_t n_listeners;
    bool paused; /* out of descriptors: not accepting for a moment */
    struct conn *conns;
    struct buffer *buffers;
    unsigned n_buffers;
    struct event *sweep;
    struct event *woken;
    int wake; /* eventfd */
    pthread_mutex_t lock;
    struct op *done, **done_last; /* under lock */
    int64_t drain_end;            /* milliseconds; 0: not draining */
    uint8_t scratch[CELL_BOX_LEN];
};

/* Starts a thread. It answers on those of the listeners that are its own or
 * everyone's; they stay the caller's. */
enum rc worker_start(struct worker **out, struct relay *r, unsigned index,
                     struct listener *listeners, size_t n) MUST_CHECK;
/* Stops accepting; what is under way is finished, within seconds. */
void worker_drain(struct worker *w);
/* Waits for the end of the thread and frees everything. NULL is fine. */
void worker_join(struct worker *w);

/* For connections: buffers come zeroed and go back wiped. */
struct buffer *worker_buffer(struct worker *w);
void worker_buffer_free(struct worker *w, struct buffer *b);
/* The done callback of operations: from the store thread to the worker. */
void worker_op_done(struct worker *w, struct op *op);

#endif
