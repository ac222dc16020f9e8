/* SPDX-License-Identifier: ISC */
#include "uploadput.h"

#include <string.h>

#include <sodium.h>

#include "toll.h"

#define SLICE_MS 500

/* Works for this cell, and waits for its time. */
static enum rc
work(struct uploading *at, struct net *net, struct toll *toll,
     const uint8_t *up, unsigned effort)
{
    const struct visit *v = at->u->v;
    struct toll_at where = visit_toll(v, at->u->at[at->k].relay, NULL);
    struct net_circuit own;
    uint8_t c[KDF_LEN];
    uint64_t start;
    enum rc rc;

    net_circuit_fresh(&own); /* no pages over the boxes' own, as desks */
    where.net = net;
    where.circuit = visit_circuit(v, &own);
    if (where.board == NULL ||
        toll_asked(toll, where.board, visit_pause_ms(v)) != RC_OK) {
        return RC_AGAIN; /* it asks for more and more */
    }
    if ((rc = toll_challenge(c, &where)) != RC_OK) {
        return rc == RC_MISSING ? RC_EXPIRED : rc;
    }
    randombytes_buf(&start, sizeof start);
    do {
        rc = toll_work(toll, up, c, effort, &start);
    } while (rc == RC_AGAIN && stream_goes_on(&at->stream));
    for (int64_t left; rc == RC_OK && (left = toll_left_ms(toll)) > 0;) {
        (void)pause_ms(left < SLICE_MS ? left : SLICE_MS, NULL);
        if (!stream_goes_on(&at->stream) ||
            (v->opt.stop != NULL && atomic_load(v->opt.stop))) {
            rc = RC_AGAIN;
        }
    }
    return rc;
}

/* Until it takes this PUT, or it is over. */
static enum rc
pay(struct uploading *at, struct net *net, struct toll *toll,
    uint8_t up[static CELL_LEN], uint8_t down[static CELL_LEN],
    struct cell_answer *ans)
{
    enum rc rc = RC_OK;

    while (rc == RC_OK && ans->status == CELL_MORE_EFFORT) {
        if ((rc = work(at, net, toll, up, ans->effort)) == RC_OK) {
            toll_nonce(toll, up);
            rc = stream_exchange(&at->stream, net, up, CELL_PUT, down, ans);
        }
    }
    return rc;
}

static unsigned
times_paid(struct uploading *at, unsigned more)
{
    unsigned paid;

    (void)pthread_mutex_lock(&at->stream.lock);
    paid = at->paid += more;
    (void)pthread_mutex_unlock(&at->stream.lock);
    return paid;
}

/* A PUT, whatever is asked for it: one that is paid for pays for others. */
static enum rc
exchange_put(struct uploading *at, struct net *net, uint8_t up[static CELL_LEN],
             uint8_t down[static CELL_LEN], struct cell_answer *ans)
{
    struct toll toll = {0};
    enum rc rc = RC_OK;

    toll_nonce(&toll, up);
    for (unsigned i = 0; rc == RC_OK && i <= STREAM_LANES; i++) {
        const unsigned paid = times_paid(at, 0);

        rc = stream_exchange(&at->stream, net, up, CELL_PUT, down, ans);
        if (rc != RC_OK || ans->status != CELL_MORE_EFFORT) {
            return rc;
        }
        (void)pthread_mutex_lock(&at->till);
        if (times_paid(at, 0) == paid) { /* nobody has meanwhile */
            rc = pay(at, net, &toll, up, down, ans);
            /* Who waits for the till must not begin to work for nothing. */
            stream_fail(&at->stream, rc, net);
            (void)times_paid(at, rc == RC_OK);
            (void)pthread_mutex_unlock(&at->till);
            return rc;
        }
        (void)pthread_mutex_unlock(&at->till);
    }
    return rc == RC_OK ? RC_AGAIN : rc;
}

enum rc
upload_has(struct uploading *at, struct net *net, enum upload_week week,
           uint32_t i, bool *there)
{
    uint8_t put[CELL_LEN], down[CELL_LEN], nowhere[DROP_ADDRESS_LEN];
    struct cell_answer ans = {0};
    struct cell_request want;
    enum rc rc = at->u->cell(put, week, at->k, i, at->u->arg);

    *there = false;
    if (rc == RC_MISSING && week == UPLOAD_BEFORE) {
        randombytes_buf(nowhere, sizeof nowhere);
        return stream_get(&at->stream, net, nowhere, down, &ans);
    }
    if (rc == RC_OK &&
        (rc = cell_request_parse(&want, put, NULL, 0)) == RC_OK &&
        (rc = stream_get(&at->stream, net, want.address, down, &ans)) ==
            RC_OK) {
        *there = ans.status == CELL_PRESENT &&
                 memcmp(ans.box, want.data, CELL_BOX_LEN) == 0;
    }
    return rc;
}

enum rc
upload_put(struct uploading *at, struct net *net, uint32_t i)
{
    uint8_t up[CELL_LEN];
    uint8_t down[CELL_LEN];
    struct cell_answer ans = {0};
    bool there = false;
    enum rc rc = at->u->cell(up, UPLOAD_CHOSEN, at->k, i, at->u->arg);

    if (rc == RC_OK) {
        rc = exchange_put(at, net, up, down, &ans);
    }
    if (rc != RC_OK) {
        return rc;
    }
    switch (ans.status) {
    case CELL_STORED:
        return RC_OK;
    case CELL_TAKEN: /* by our own bytes: then it is stored, say what it may */
        rc = upload_has(at, net, UPLOAD_CHOSEN, i, &there);
        return rc == RC_OK && !there ? RC_TAKEN : rc;
    default:
        return RC_FULL;
    }
}
