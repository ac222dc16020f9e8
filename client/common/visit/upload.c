/* SPDX-License-Identifier: ISC */
#include "upload.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "body.h"
#include "cell.h"
#include "cli.h"
#include "clock.h"
#include "visit.h"

#define ATTEMPTS    5
#define BACK_OFF_MS 500 /* doubled with each attempt */

/* What the lanes share; `lock` guards all of it. */
struct state {
    const struct upload *u;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool done[UPLOAD_WINDOW]; /* of boxes low.. low + UPLOAD_WINDOW - 1 */
    uint32_t low;             /* every box below is stored */
    uint32_t next;            /* the next one to begin */
    uint32_t expiry_day;
    unsigned lanes; /* still at work */
    enum rc rc;     /* the first failure */
    char error[NET_ERROR_MAX];
    /* One lane at a time pays, for all: it holds `till`. */
    pthread_mutex_t till;
    unsigned paid; /* how often */
};

/* One exchange with attempts; a quota is met with a fresh circuit. */
static enum rc
exchange(struct state *s, struct net *net, const uint8_t up[static CELL_LEN],
         enum cell_op op, uint8_t down[static CELL_LEN],
         struct cell_answer *ans)
{
    struct net_circuit circuit;
    enum rc rc = RC_IO;

    for (int i = 0; i < ATTEMPTS; i++) {
        bool stop;

        (void)visit_pause(i == 0 ? 0 : (int64_t)BACK_OFF_MS << i, NULL);
        (void)pthread_mutex_lock(&s->lock);
        circuit = *s->u->circuit;
        stop = s->rc != RC_OK;
        (void)pthread_mutex_unlock(&s->lock);
        if (stop) {
            return RC_AGAIN;
        }
        rc = net_exchange(net, &circuit, s->u->url, up, down);
        if (rc == RC_OK) {
            rc = cell_answer_parse(ans, down, op);
        }
        if (rc == RC_OK && ans->status == CELL_QUOTA) {
            (void)pthread_mutex_lock(&s->lock);
            if (memcmp(&circuit, s->u->circuit, sizeof circuit) == 0) {
                net_circuit_fresh(s->u->circuit);
            }
            (void)pthread_mutex_unlock(&s->lock);
        } else if (rc != RC_IO && rc != RC_AGAIN &&
                   (rc != RC_OK || ans->status != CELL_AGAIN)) {
            return rc;
        }
    }
    return rc == RC_OK ? RC_AGAIN : rc;
}

/* GET of an address. down: the caller's, where *ans leads into. */
static enum rc
get(struct state *s, struct net *net, const uint8_t *address,
    uint8_t down[static CELL_LEN], struct cell_answer *ans)
{
    const struct cell_request req = {.op = CELL_GET, .address = address};
    uint8_t up[CELL_LEN];
    enum rc rc = cell_request_write(up, &req);

    return rc == RC_OK ? exchange(s, net, up, CELL_GET, down, ans) : rc;
}

/* Is box i there, with exactly our bytes? */
static enum rc
has_box(struct state *s, struct net *net, uint32_t i, bool *there)
{
    struct cell_request want;
    uint8_t put[CELL_LEN];
    uint8_t down[CELL_LEN];
    struct cell_answer ans = {0};
    enum rc rc;

    *there = false;
    if ((rc = s->u->cell(put, i, s->u->cell_arg)) == RC_OK &&
        (rc = cell_request_parse(&want, put, NULL, 0)) == RC_OK &&
        (rc = get(s, net, want.address, down, &ans)) == RC_OK) {
        *there = ans.status == CELL_PRESENT &&
                 memcmp(ans.box, want.data, CELL_BOX_LEN) == 0;
    }
    return rc;
}

static enum rc
failed(struct state *s)
{
    enum rc rc;

    (void)pthread_mutex_lock(&s->lock);
    rc = s->rc == RC_OK ? RC_OK : RC_AGAIN;
    (void)pthread_mutex_unlock(&s->lock);
    return rc;
}

/* Works for this cell, and waits for its time. */
static enum rc
work(struct state *s, struct net *net, struct toll *toll, const uint8_t *up,
     unsigned effort)
{
    struct net_circuit circuit;
    struct toll_at at = s->u->toll;
    uint8_t c[KDF_LEN];
    uint64_t start;
    enum rc rc;

    net_circuit_fresh(&circuit); /* no pages over the boxes' own, as desks */
    at.net = net;
    at.circuit = &circuit;
    if (at.board == NULL ||
        toll_asked(toll, at.board, s->u->pause_ms) != RC_OK) {
        return RC_AGAIN; /* it asks for more and more */
    }
    if ((rc = toll_challenge(c, &at)) != RC_OK) {
        return rc == RC_MISSING ? RC_EXPIRED : rc;
    }
    randombytes_buf(&start, sizeof start);
    do {
        rc = toll_work(toll, up, c, effort, &start);
    } while (rc == RC_AGAIN && failed(s) == RC_OK);
    for (int64_t left; rc == RC_OK && (left = toll_left_ms(toll)) > 0;) {
        (void)visit_pause(left < 500 ? left : 500, NULL);
        rc = failed(s);
    }
    return rc;
}

/* Until it takes this PUT, or it is over. */
static enum rc
pay(struct state *s, struct net *net, struct toll *toll,
    uint8_t up[static CELL_LEN], uint8_t down[static CELL_LEN],
    struct cell_answer *ans)
{
    enum rc rc = RC_OK;

    while (rc == RC_OK && ans->status == CELL_MORE_EFFORT) {
        if ((rc = work(s, net, toll, up, ans->effort)) == RC_OK) {
            toll_nonce(toll, up);
            rc = exchange(s, net, up, CELL_PUT, down, ans);
        }
    }
    return rc;
}

/* A PUT, whatever is asked for it: one that is paid for pays for others. */
static enum rc
exchange_put(struct state *s, struct net *net, uint8_t up[static CELL_LEN],
             uint8_t down[static CELL_LEN], struct cell_answer *ans)
{
    struct toll toll = {0};
    enum rc rc = RC_OK;

    toll_nonce(&toll, up);
    for (unsigned i = 0; rc == RC_OK && i <= UPLOAD_LANES; i++) {
        unsigned paid;

        (void)pthread_mutex_lock(&s->lock);
        paid = s->paid;
        (void)pthread_mutex_unlock(&s->lock);
        rc = exchange(s, net, up, CELL_PUT, down, ans);
        if (rc != RC_OK || ans->status != CELL_MORE_EFFORT) {
            return rc;
        }
        (void)pthread_mutex_lock(&s->till);
        if (s->paid == paid) { /* nobody has meanwhile */
            rc = pay(s, net, &toll, up, down, ans);
            (void)pthread_mutex_lock(&s->lock);
            s->paid += rc == RC_OK;
            (void)pthread_mutex_unlock(&s->lock);
            (void)pthread_mutex_unlock(&s->till);
            return rc;
        }
        (void)pthread_mutex_unlock(&s->till);
    }
    return rc == RC_OK ? RC_AGAIN : rc;
}

static enum rc
put_box(struct state *s, struct net *net, uint32_t i, uint32_t *expiry)
{
    uint8_t up[CELL_LEN];
    uint8_t down[CELL_LEN];
    struct cell_answer ans = {0};
    bool there = false;
    enum rc rc;

    rc = s->u->cell(up, i, s->u->cell_arg);
    if (rc == RC_OK) {
        rc = exchange_put(s, net, up, down, &ans);
    }
    if (rc != RC_OK) {
        return rc;
    }
    *expiry = ans.expiry_day;
    switch (ans.status) {
    case CELL_STORED:
        return RC_OK;
    case CELL_TAKEN: /* by our own bytes: then it is stored, say what it may */
        rc = has_box(s, net, i, &there);
        return rc == RC_OK && !there ? RC_TAKEN : rc;
    default:
        return RC_FULL;
    }
}

/* Takes the next box that may be begun; false when there is nothing left. */
static bool
lane_next(struct state *s, uint32_t *i)
{
    bool got = false;

    (void)pthread_mutex_lock(&s->lock);
    while (s->rc == RC_OK && s->next < s->u->boxes &&
           s->next >= s->low + UPLOAD_WINDOW) {
        (void)pthread_cond_wait(&s->moved, &s->lock);
    }
    if (s->rc == RC_OK && s->next < s->u->boxes) {
        *i = s->next++;
        got = true;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return got;
}

static void
lane_result(struct state *s, uint32_t i, enum rc rc, uint32_t expiry,
            const char *error)
{
    (void)pthread_mutex_lock(&s->lock);
    if (rc != RC_OK) {
        if (s->rc == RC_OK) {
            s->rc = rc;
            (void)snprintf(s->error, sizeof s->error, "%s", error);
        }
    } else {
        s->done[i % UPLOAD_WINDOW] = true;
        while (s->low < s->next && s->done[s->low % UPLOAD_WINDOW]) {
            s->done[s->low++ % UPLOAD_WINDOW] = false;
        }
        if (expiry != 0 &&
            (s->expiry_day == 0 || expiry < s->expiry_day)) {
            s->expiry_day = expiry;
        }
    }
    (void)pthread_cond_broadcast(&s->moved);
    (void)pthread_mutex_unlock(&s->lock);
}

/* What went wrong, as a line. */
static const char *
why(enum rc rc, const struct net *net)
{
    if (rc == RC_EXPIRED) {
        return toll_text(RC_MISSING);
    }
    return net != NULL && (rc == RC_IO || rc == RC_FORMAT) ? net_error(net)
                                                           : _(rc_text(rc));
}

static void *
lane(void *arg)
{
    struct state *s = arg;
    struct net *net = NULL;
    enum rc rc = net_new(&net, s->u->net);
    uint32_t i = 0;

    if (rc != RC_OK) {
        lane_result(s, 0, rc, 0, why(rc, NULL));
    }
    while (rc == RC_OK && lane_next(s, &i)) {
        uint32_t expiry = 0;

        rc = put_box(s, net, i, &expiry);
        lane_result(s, i, rc, expiry, why(rc, net));
    }
    net_free(net);
    (void)pthread_mutex_lock(&s->lock);
    s->lanes--;
    (void)pthread_cond_broadcast(&s->moved);
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void
run_lanes(struct state *s)
{
    pthread_t threads[UPLOAD_LANES];
    size_t n = 0;

    (void)pthread_mutex_lock(&s->lock);
    while (n < UPLOAD_LANES) {
        if (pthread_create(&threads[n], NULL, lane, s) != 0) {
            break;
        }
        n++;
        s->lanes++;
    }
    if (n == 0) {
        s->rc = RC_NOMEM;
    }
    while (s->lanes > 0) {
        (void)pthread_cond_wait(&s->moved, &s->lock);
        if (s->u->progress != NULL) {
            s->u->progress(s->low, s->u->arg);
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < n; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}

/* Box 0 alone: nothing else is there before it. */
static void
put_first(struct state *s, struct net *net)
{
    uint32_t expiry = 0;
    enum rc rc;

    if (s->next > 0 || s->u->boxes == 0) {
        return;
    }
    s->next = 1;
    rc = put_box(s, net, 0, &expiry);
    lane_result(s, 0, rc, expiry, why(rc, net));
}

/* Boxes by lot, each once: what is stored is given back. */
static void
probe(struct state *s, struct net *net)
{
    uint32_t drawn[UPLOAD_PROBES];
    uint32_t n = 0;

    while (s->rc == RC_OK && n < UPLOAD_PROBES && n < s->u->boxes) {
        uint32_t i = randombytes_uniform(s->u->boxes);
        bool fresh = true, there = false;
        enum rc rc;

        for (uint32_t k = 0; k < n; k++) {
            fresh = fresh && drawn[k] != i;
        }
        if (!fresh) {
            continue;
        }
        drawn[n++] = i;
        rc = has_box(s, net, i, &there);
        rc = rc == RC_OK && !there ? RC_MISSING : rc;
        if (rc != RC_OK) {
            lane_result(s, 0, rc, 0, why(rc, net));
            s->low = 0; /* what it said counts for nothing */
        }
    }
}

/* The state around what runs in one thread first: fn. */
static enum rc
run(const struct upload *u, struct upload_result *out,
    void (*fn)(struct state *s, struct net *net))
{
    struct state s = {.u = u, .rc = RC_OK, .low = u->known, .next = u->known};
    struct net *net = NULL;
    enum rc rc = net_new(&net, u->net);

    memset(out, 0, sizeof *out);
    if (rc != RC_OK) {
        (void)snprintf(out->error, sizeof out->error, "%s", why(rc, NULL));
        return rc;
    }
    (void)pthread_mutex_init(&s.lock, NULL);
    (void)pthread_mutex_init(&s.till, NULL);
    (void)pthread_cond_init(&s.moved, NULL);
    fn(&s, net);
    net_free(net);
    out->stored = s.low;
    out->expiry_day = s.expiry_day;
    (void)snprintf(out->error, sizeof out->error, "%s", s.error);
    (void)pthread_cond_destroy(&s.moved);
    (void)pthread_mutex_destroy(&s.lock);
    (void)pthread_mutex_destroy(&s.till);
    return s.rc;
}

static void
put_all(struct state *s, struct net *net)
{
    put_first(s, net);
    if (s->u->progress != NULL) {
        s->u->progress(s->low, s->u->arg);
    }
    if (s->rc == RC_OK) {
        run_lanes(s);
    }
    probe(s, net);
}

enum rc
upload_run(const struct upload *u, struct upload_result *out)
{
    return run(u, out, put_all);
}

static void
look(struct state *s, struct net *net)
{
    bool there = false;
    enum rc rc = has_box(s, net, 0, &there);

    s->low = there;
    if (rc != RC_OK) {
        lane_result(s, 0, rc, 0, why(rc, net));
    }
}

enum rc
upload_look(const struct upload *u, bool *has, struct upload_result *out)
{
    enum rc rc = run(u, out, look);

    *has = rc == RC_OK && out->stored > 0;
    return rc;
}

static void
look_nowhere(struct state *s, struct net *net)
{
    uint8_t address[DROP_ADDRESS_LEN], down[CELL_LEN];
    struct cell_answer ans;
    enum rc rc;

    randombytes_buf(address, sizeof address);
    if ((rc = get(s, net, address, down, &ans)) != RC_OK) {
        lane_result(s, 0, rc, 0, why(rc, net));
    }
}

enum rc
upload_look_nowhere(const struct upload *u, struct upload_result *out)
{
    return run(u, out, look_nowhere);
}

void
upload_meter_show(uint64_t stored, void *arg)
{
    struct upload_meter *m = arg;

    term_progress(&m->bar, m->before + stored);
}
