/* SPDX-License-Identifier: ISC */
#include "download.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include <sodium.h>

#include "draw.h"
#include "stream.h"

struct download {
    struct visit *v;
    const uint8_t *key;
    uint32_t boxes;
    download_box *take;
    void *arg;
    struct stream at[DIRECTORY_RELAYS_MAX];
    pthread_mutex_t lock; /* of what follows */
    uint32_t next;
    enum rc rc; /* the first failure: it ends */
};

/* One relay's; one that does not open is absent. */
static enum rc
ask(struct download *d, struct net *net, size_t relay, uint32_t i,
    uint8_t chunk[static BODY_CHUNK_LEN])
{
    const struct body_place place = {d->key, d->v->w.relays[relay].info->id, i};
    uint8_t address[DROP_ADDRESS_LEN], down[CELL_LEN];
    struct cell_answer ans;
    enum rc rc;

    body_address(address, &place);
    rc = stream_get(&d->at[relay], net, address, down, &ans);
    stream_fail(&d->at[relay], rc, net);
    if (rc != RC_OK) {
        return rc;
    }
    return ans.status == CELL_PRESENT &&
                   body_box_open(chunk, &place, ans.box) == RC_OK
               ? RC_OK
               : RC_MISSING;
}

/* From the first relay that has it. */
static enum rc
fetch(struct download *d, struct net *net, uint32_t i,
      uint8_t chunk[static BODY_CHUNK_LEN])
{
    size_t order[DIRECTORY_RELAYS_MAX];
    enum rc rc = RC_MISSING;

    draw_order(order, d->v->w.n_relays);
    for (size_t k = 0; rc != RC_OK && k < d->v->w.n_relays; k++) {
        if (stream_goes_on(&d->at[order[k]])) {
            rc = ask(d, net, order[k], i, chunk);
        }
    }
    return rc;
}

/* The next box; false: there is none, or it is over. With the lock. */
static bool
next_box(struct download *d, uint32_t *i)
{
    if (d->v->opt.stop != NULL && atomic_load(d->v->opt.stop) &&
        d->rc == RC_OK) {
        d->rc = RC_IO;
    }
    *i = d->next;
    return d->rc == RC_OK && d->next++ < d->boxes;
}

static void *
lane(void *arg)
{
    struct download *d = arg;
    uint8_t chunk[BODY_CHUNK_LEN];
    struct net *net = NULL;
    enum rc rc = net_new(&net, &d->v->net_opt);
    uint32_t i;

    (void)pthread_mutex_lock(&d->lock);
    d->rc = d->rc == RC_OK ? rc : d->rc;
    while (next_box(d, &i)) {
        (void)pthread_mutex_unlock(&d->lock);
        rc = fetch(d, net, i, chunk);
        (void)pthread_mutex_lock(&d->lock);
        rc = rc == RC_OK ? d->take(i, chunk, d->arg) : rc;
        d->rc = d->rc == RC_OK ? rc : d->rc;
    }
    (void)pthread_mutex_unlock(&d->lock);
    sodium_memzero(chunk, sizeof chunk);
    net_free(net);
    return NULL;
}

static void
run_lanes(struct download *d)
{
    pthread_t threads[STREAM_LANES];
    sigset_t all, before;
    size_t n = 0;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (n < STREAM_LANES &&
           pthread_create(&threads[n], NULL, lane, d) == 0) {
        n++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (n == 0) {
        d->rc = RC_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}

enum rc
download_run(struct visit *v, const uint8_t key[static KDF_LEN], uint32_t boxes,
             download_box *take, void *arg)
{
    struct download d = {
        .v = v, .key = key, .boxes = boxes, .take = take, .arg = arg};

    (void)pthread_mutex_init(&d.lock, NULL);
    for (size_t i = 0; i < v->w.n_relays; i++) {
        stream_open(&d.at[i], v, i);
    }
    run_lanes(&d);
    for (size_t i = 0; i < v->w.n_relays; i++) {
        if (v->w.relays[i].up && d.at[i].rc != RC_OK) {
            visit_relay_lost(v, i, d.at[i].error);
        }
        stream_close(&d.at[i]);
    }
    visit_speak(v);
    (void)pthread_mutex_destroy(&d.lock);
    return d.rc;
}
