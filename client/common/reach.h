/* SPDX-License-Identifier: ISC */
/*
 * Steps 1 and 2 of a visit at one relay: GETs that are tried again, its status
 * by a thread of its own, and how long who asks several relays waits for one.
 * Nothing of the network is used meanwhile: a bundle may come and change it.
 */
#ifndef REACH_H
#define REACH_H

#include "network.h"
#include "status.h"

#include <pthread.h>

#define REACH_TRIES       4            /* of a request */
#define REACH_AGAIN_MS    1500         /* times the try, before it */
#define REACH_PATIENCE_MS (300 * 1000) /* after it there is no further try */
#define REACH_URL_MAX     201
#define REACH_SLOW_MORE   3     /* times what the first took is waited for */
#define REACH_SLOW_MS     60000 /* another, or so long */

/* How long is waited for the others, counted from the beginning. */
struct reach_patience {
    int64_t began_ms; /* by clock_mono_ms */
    int64_t limit_ms; /* 0: none has come yet */
};
void reach_first(struct reach_patience *p);

struct reach {
    pthread_t thread;
    bool started;
    atomic_bool ended;
    struct network_via *via;
    uint8_t id[32];
    char urls[DIRECTORY_URLS_MAX + 1][REACH_URL_MAX]; /* in order */
    size_t n_urls;
    size_t url; /* the one that answered, or the last */
    struct status *status;
    char error[NET_ERROR_MAX]; /* of the line */
    bool slow;                 /* it was not waited for any longer */
    enum rc rc;
};

/* door: NULL, or an address that comes first. */
void reach_init(struct reach *r, const struct directory_relay *info,
                const char *door, struct network_via *via);
/* Begins, beside; who shares a net is asked by reach_wait. */
void reach_start(struct reach *r);
/* Until it has answered, or the patience is over. */
void reach_wait(struct reach *r, const struct reach_patience *p);
void reach_free(struct reach *r);
/* A GET, as often as the via has it. */
enum rc reach_get(struct network_via *via, const char *url, const char *path,
                  size_t max, uint8_t **out, size_t *len) MUST_CHECK;

#endif
