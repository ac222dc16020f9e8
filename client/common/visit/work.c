/* SPDX-License-Identifier: ISC */
/* The work that a relay wants before it takes a RING: what it is about is asked
 * at once, then it is worked for beside, while pages are looked at. */
#include "place.h"

#include <signal.h>

#include <sodium.h>

#include "cli.h"

static void *
solve(void *arg)
{
    struct place_ring *r = arg;
    uint64_t start;
    enum rc rc;

    randombytes_buf(&start, sizeof start);
    do {
        rc = toll_work(&r->toll, r->cell, r->challenge, r->effort, &start);
    } while (rc == RC_AGAIN && !atomic_load(&r->leave));
    atomic_store(&r->solved, true);
    return NULL;
}

static void
begin(struct place_ring *r)
{
    sigset_t all, before;

    atomic_store(&r->solved, false);
    atomic_store(&r->leave, false);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    r->working = pthread_create(&r->worker, NULL, solve, r) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!r->working) {
        (void)solve(r);
    }
}

void
place_work_end(struct place_ring *r)
{
    if (r->working) {
        atomic_store(&r->leave, true);
        (void)pthread_join(r->worker, NULL);
        r->working = false;
    }
}

/* It shows nothing to work for, or the line breaks. */
static void
failed(struct place *p, struct place_ring *r, enum rc rc)
{
    const struct place_board b = {.board = r->board};

    r->put_off = false;
    r->over = true;
    if (rc != RC_MISSING) {
        visit_relay_lost(p->v, p->relay,
                         rc == RC_IO ? net_error(p->net)
                                     : place_trouble(&b, rc));
    } else if (r->real) {
        visit_say(p->v, _("relay %s: %s; going on without it"),
                  visit_relay_name(p->v, p->relay), toll_text(rc));
    }
}

void
place_work(struct place *p, struct place_ring *r)
{
    struct toll_at at = visit_toll(p->v, p->relay, r->board);
    struct net_circuit own;
    enum rc rc;

    net_circuit_fresh(&own);
    at.net = p->net;
    at.circuit = visit_circuit(p->v, &own);
    at.stop = &p->stop;
    rc = toll_challenge(r->challenge, &at);
    r->to_work = false;
    if (rc == RC_OK) {
        begin(r);
    } else if (place_is_up(p)) {
        failed(p, r, rc);
    }
}
