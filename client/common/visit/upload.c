/* SPDX-License-Identifier: ISC */
#include "upload.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "stream.h"
#include "uploadput.h"

/* Threads that put one box after the other, each box at all relays: who is
 * there first waits for the others. */
struct lane {
    struct state *s;
    size_t n; /* threads */
    size_t arrived;
    uint32_t box;
    bool end;
    unsigned turn;
};

struct worker {
    pthread_t thread;
    struct lane *lane;
    struct uploading *at;
    bool started;
};

/* `lock` guards all of it; each relay has what is its own in `at`. */
struct state {
    struct upload *u;
    struct uploading at[UPLOAD_RELAYS];
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct lane lanes[STREAM_LANES];
    uint32_t next;  /* the next box to begin */
    uint32_t limit; /* none is begun from here on */
    size_t working; /* threads */
};

/* Box i is stored there. With the lock. */
static void
note_stored(struct uploading *at, uint32_t i)
{
    at->done[i] = true;
    while (at->low < at->u->boxes && at->done[at->low]) {
        at->low++;
    }
}

static bool
any_goes_on(struct state *s)
{
    bool any = false;

    for (size_t k = 0; k < s->u->n; k++) {
        any = any || stream_goes_on(&s->at[k].stream);
    }
    return any;
}

/* The lane's next box, once all have put the one before; false: none is left.
 * With the lock. */
static bool
next_box(struct state *s, struct lane *lane)
{
    const unsigned turn = lane->turn;

    if (++lane->arrived == lane->n) {
        lane->arrived = 0;
        lane->turn++;
        lane->end = s->next >= s->limit || !any_goes_on(s);
        lane->box = lane->end ? lane->box : s->next++;
        (void)pthread_cond_broadcast(&s->moved);
    }
    while (lane->turn == turn) {
        (void)pthread_cond_wait(&s->moved, &s->lock);
    }
    return !lane->end;
}

static void
put_and_note(struct state *s, struct uploading *at, struct net *net, uint32_t i)
{
    enum rc rc;

    if (net == NULL || at->done[i] || !stream_goes_on(&at->stream)) {
        return;
    }
    rc = upload_put(at, net, i);
    stream_fail(&at->stream, rc, net);
    if (rc == RC_OK) {
        (void)pthread_mutex_lock(&s->lock);
        note_stored(at, i);
        (void)pthread_cond_broadcast(&s->moved);
        (void)pthread_mutex_unlock(&s->lock);
    }
}

static void *
work(void *arg)
{
    struct worker *w = arg;
    struct state *s = w->lane->s;
    struct net *net = NULL;

    stream_fail(&w->at->stream, net_new(&net, &s->u->v->net_opt), NULL);
    (void)pthread_mutex_lock(&s->lock);
    while (next_box(s, w->lane)) {
        const uint32_t i = w->lane->box;

        (void)pthread_mutex_unlock(&s->lock);
        put_and_note(s, w->at, net, i);
        (void)pthread_mutex_lock(&s->lock);
    }
    s->working--;
    (void)pthread_cond_broadcast(&s->moved);
    (void)pthread_mutex_unlock(&s->lock);
    net_free(net);
    return NULL;
}

/* With the lock: nobody begins before all are there. */
static void
start_lane(struct state *s, struct worker *w, struct lane *lane)
{
    memset(lane, 0, sizeof *lane);
    lane->s = s;
    for (size_t k = 0; k < s->u->n; k++) {
        w[k] = (struct worker){.lane = lane, .at = &s->at[k]};
        w[k].started = pthread_create(&w[k].thread, NULL, work, &w[k]) == 0;
        if (w[k].started) {
            s->working++;
            lane->n++;
        } else {
            stream_fail(&s->at[k].stream, RC_NOMEM, NULL);
        }
    }
}

static void
show(struct state *s)
{
    uint64_t stored = 0;

    for (size_t k = 0; k < s->u->n; k++) {
        stored += s->at[k].low;
    }
    if (s->u->progress != NULL) {
        s->u->progress(stored, s->u->arg);
    }
}

/* Boxes up to limit, in so many lanes. */
static void
put_boxes(struct state *s, size_t n_lanes, uint32_t limit)
{
    struct worker w[STREAM_LANES][UPLOAD_RELAYS];
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    (void)pthread_mutex_lock(&s->lock);
    s->limit = limit;
    for (size_t l = 0; l < n_lanes; l++) {
        start_lane(s, w[l], &s->lanes[l]);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    while (s->working > 0) {
        (void)pthread_cond_wait(&s->moved, &s->lock);
        show(s);
    }
    (void)pthread_mutex_unlock(&s->lock);
    for (size_t l = 0; l < n_lanes; l++) {
        for (size_t k = 0; k < s->u->n; k++) {
            if (w[l][k].started) {
                (void)pthread_join(w[l][k].thread, NULL);
            }
        }
    }
}

/* --- before and after, by one line for each relay -------------------------- */

/* Runs it at one relay after the other. */
static void
in_turn(struct state *s, enum rc (*what)(struct uploading *at, struct net *net))
{
    for (size_t k = 0; k < s->u->n; k++) {
        struct uploading *at = &s->at[k];
        struct net *net = NULL;
        enum rc rc;

        if (!stream_goes_on(&at->stream)) {
            continue;
        }
        if ((rc = net_new(&net, &s->u->v->net_opt)) == RC_OK) {
            rc = what(at, net);
        }
        stream_fail(&at->stream, rc, net);
        net_free(net);
    }
}

/* Both, whatever the first says: so all ask who upload anything. */
static enum rc
look(struct uploading *at, struct net *net)
{
    bool *has = at->u->at[at->k].has;
    enum rc rc = upload_has(at, net, UPLOAD_NOW, 0, &has[UPLOAD_NOW]);

    return rc == RC_OK
               ? upload_has(at, net, UPLOAD_BEFORE, 0, &has[UPLOAD_BEFORE])
               : rc;
}

/* Boxes by lot, each once: what is stored is given back. */
static enum rc
probe(struct uploading *at, struct net *net)
{
    uint32_t drawn[UPLOAD_PROBES];
    uint32_t n = 0;
    enum rc rc = RC_OK;

    while (rc == RC_OK && n < UPLOAD_PROBES && n < at->u->boxes) {
        uint32_t i = randombytes_uniform(at->u->boxes);
        bool fresh = true, there = false;

        for (uint32_t k = 0; k < n; k++) {
            fresh = fresh && drawn[k] != i;
        }
        if (!fresh) {
            continue;
        }
        drawn[n++] = i;
        rc = upload_has(at, net, UPLOAD_CHOSEN, i, &there);
        rc = rc == RC_OK && !there ? RC_MISSING : rc;
    }
    if (rc != RC_OK) {
        at->low = 0; /* what it said counts for nothing */
    }
    return rc;
}

/* --- the whole -------------------------------------------------------------- */

static enum rc
open_all(struct state *s)
{
    enum rc rc = RC_OK;

    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->moved, NULL);
    for (size_t k = 0; k < s->u->n; k++) {
        struct uploading *at = &s->at[k];

        stream_open(&at->stream, s->u->v, s->u->at[k].relay);
        (void)pthread_mutex_init(&at->till, NULL);
        at->u = s->u;
        at->k = k;
        if ((at->done = calloc(s->u->boxes, sizeof *at->done)) == NULL) {
            rc = RC_NOMEM;
        }
    }
    return rc;
}

static void
close_all(struct state *s)
{
    for (size_t k = 0; k < s->u->n; k++) {
        struct uploading *at = &s->at[k];
        struct upload_at *out = &s->u->at[k];

        out->rc = at->stream.rc;
        out->stored = at->low;
        memcpy(out->error, at->stream.error, sizeof out->error);
        free(at->done);
        (void)pthread_mutex_destroy(&at->till);
        stream_close(&at->stream);
    }
    (void)pthread_cond_destroy(&s->moved);
    (void)pthread_mutex_destroy(&s->lock);
}

static void
note_known(struct state *s)
{
    s->next = s->u->boxes;
    for (size_t k = 0; k < s->u->n; k++) {
        struct uploading *at = &s->at[k];

        memset(at->done, true, s->u->at[k].known);
        at->low = s->u->at[k].known;
        if (stream_goes_on(&at->stream) && at->low < s->next) {
            s->next = at->low;
        }
    }
    show(s);
}

enum rc
upload_run(struct upload *u)
{
    struct state s = {.u = u};
    enum rc rc = open_all(&s), first = RC_IO;

    if (rc == RC_OK) {
        in_turn(&s, look);
        if (u->choose != NULL) {
            u->choose(u, u->arg);
        }
        note_known(&s);
        put_boxes(&s, 1, 1); /* box 0 alone: nothing else is there before it */
        put_boxes(&s, STREAM_LANES, u->boxes);
        in_turn(&s, probe);
    }
    for (size_t k = 0; k < u->n; k++) {
        stream_fail(&s.at[k].stream, rc, NULL);
    }
    close_all(&s);
    for (size_t k = u->n; k-- > 0;) {
        first = u->at[k].rc != RC_OK ? u->at[k].rc : first;
    }
    for (size_t k = 0; k < u->n; k++) {
        first = u->at[k].rc == RC_OK ? RC_OK : first;
    }
    return first;
}

void
upload_meter_show(struct upload_meter *m, uint64_t stored)
{
    term_progress(&m->bar, m->before + stored);
}
