/* SPDX-License-Identifier: ISC */
/*
 * What comes between visits: the boxes of one body at one relay, over one
 * circuit, by several threads. The first failure ends it for all of them.
 */
#ifndef STREAM_H
#define STREAM_H

#include "visit.h"

#include <pthread.h>

#define STREAM_LANES 4 /* at once at each relay, as the page has it */

struct stream {
    const struct visit *v;
    size_t relay;               /* index */
    pthread_mutex_t lock;       /* of what follows */
    struct net_circuit circuit; /* another one where its quota is used up */
    enum rc rc;                 /* RC_OK: it goes on */
    char error[NET_ERROR_MAX];  /* one line, safe to print */
};

void stream_open(struct stream *s, const struct visit *v, size_t relay);
void stream_close(struct stream *s);
bool stream_goes_on(struct stream *s);
/* The circuit as it is now; of a page it is always the one that all has. */
struct net_circuit stream_circuit(struct stream *s);
/* net: the line that it was on, or NULL. */
void stream_fail(struct stream *s, enum rc rc, const struct net *net);
/*
 * One exchange, tried as often as any request of a visit.
 * returns  RC_OK; RC_IO, RC_FORMAT, RC_AGAIN (too busy, or it is over anyway)
 */
enum rc stream_exchange(struct stream *s, struct net *net,
                        const uint8_t up[static CELL_LEN], enum cell_op op,
                        uint8_t down[static CELL_LEN],
                        struct cell_answer *ans) MUST_CHECK;
/* GET of an address. */
enum rc stream_get(struct stream *s, struct net *net, const uint8_t *address,
                   uint8_t down[static CELL_LEN],
                   struct cell_answer *ans) MUST_CHECK;

#endif
