/* SPDX-License-Identifier: ISC */
/*
 * Files of a relay, known beforehand, in up to four requests at once over one
 * circuit; handed out in their order. So how long one takes to be looked at
 * does not show in when the next is asked for.
 */
#ifndef LANES_H
#define LANES_H

#include "net.h"
#include "scan.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LANES       4
#define LANES_AHEAD 16 /* files that wait for their turn at most */
#define LANES_TRIES 4  /* of a request whose line breaks */

struct lanes_result {
    bool done;
    enum rc rc;
    uint8_t *bytes;
    size_t len;
};

struct lanes {
    const struct net_options *opt; /* borrowed, as are these */
    const struct net_circuit *circuit;
    const char *url;
    const struct scan_file *files;
    size_t n;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t threads[LANES];
    size_t started;
    size_t begun; /* files that a lane took */
    size_t taken; /* files that were handed out, or passed over */
    bool end;
    struct lanes_result *results; /* n */
    struct net *rest;             /* for what is in no lane; NULL until then */
    char error[512];              /* of the line, safe to print */
};

/* Begins. RC_OK, RC_NOMEM; lanes_end in any case. */
enum rc lanes_start(struct lanes *l) MUST_CHECK;
/* A scan's `get`; arg is a struct lanes. What is not among the files is asked
 * for by itself. */
enum rc lanes_get(const char *path, size_t max, uint8_t **out, size_t *len,
                  void *arg) MUST_CHECK;
/* Ends the requests that are under way as soon as they are over. */
void lanes_end(struct lanes *l);

#endif
