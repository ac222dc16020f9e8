/* SPDX-License-Identifier: ISC */
#include "stream.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"
#include "place.h"
#include "toll.h"

void
stream_open(struct stream *s, const struct visit *v, size_t relay)
{
    struct net_circuit own;

    net_circuit_fresh(&own);
    memset(s, 0, sizeof *s);
    s->v = v;
    s->relay = relay;
    s->circuit = *visit_circuit(v, &own);
    s->rc = v->w.relays[relay].up ? RC_OK : RC_IO;
    (void)pthread_mutex_init(&s->lock, NULL);
}

void
stream_close(struct stream *s)
{
    (void)pthread_mutex_destroy(&s->lock);
    sodium_memzero(s, sizeof *s);
}

bool
stream_goes_on(struct stream *s)
{
    bool on;

    (void)pthread_mutex_lock(&s->lock);
    on = s->rc == RC_OK;
    (void)pthread_mutex_unlock(&s->lock);
    return on;
}

struct net_circuit
stream_circuit(struct stream *s)
{
    struct net_circuit c;

    (void)pthread_mutex_lock(&s->lock);
    c = s->circuit;
    (void)pthread_mutex_unlock(&s->lock);
    return c;
}

/* Its quota is used up: another one, but a page has one for all. */
static void
renew(struct stream *s, const struct net_circuit *used)
{
    struct net_circuit own;

    net_circuit_fresh(&own);
    (void)pthread_mutex_lock(&s->lock);
    if (memcmp(used, &s->circuit, sizeof *used) == 0) {
        s->circuit = *visit_circuit(s->v, &own);
    }
    (void)pthread_mutex_unlock(&s->lock);
}

/* What went wrong, as a line. */
static const char *
why(enum rc rc, const struct net *net)
{
    if (rc == RC_EXPIRED) {
        return toll_text(RC_MISSING);
    }
    if (net == NULL || (rc != RC_IO && rc != RC_FORMAT)) {
        return _(rc_text(rc));
    }
    return rc == RC_FORMAT && net_error(net)[0] == 0
               ? _("its answer breaks the protocol")
               : net_error(net);
}

void
stream_fail(struct stream *s, enum rc rc, const struct net *net)
{
    (void)pthread_mutex_lock(&s->lock);
    if (s->rc == RC_OK && rc != RC_OK) {
        s->rc = rc;
        (void)snprintf(s->error, sizeof s->error, "%s", why(rc, net));
    }
    (void)pthread_mutex_unlock(&s->lock);
}

enum rc
stream_exchange(struct stream *s, struct net *net,
                const uint8_t up[static CELL_LEN], enum cell_op op,
                uint8_t down[static CELL_LEN], struct cell_answer *ans)
{
    enum rc rc = RC_IO;

    memset(ans, 0, sizeof *ans);
    for (int i = 0; i < VISIT_TRIES; i++) {
        const struct net_circuit circuit = stream_circuit(s);

        if (!pause_ms((int64_t)i * VISIT_AGAIN_MS, s->v->opt.stop) ||
            !stream_goes_on(s)) {
            return RC_AGAIN;
        }
        rc = net_exchange(net, &circuit, visit_relay_name(s->v, s->relay), up,
                          down);
        if (rc == RC_OK) {
            rc = cell_answer_parse(ans, down, op);
        }
        if (rc == RC_OK && ans->status == CELL_QUOTA) {
            renew(s, &circuit);
        } else if (rc != RC_IO && rc != RC_AGAIN &&
                   (rc != RC_OK || ans->status != CELL_AGAIN)) {
            return rc;
        }
    }
    return rc == RC_OK ? RC_AGAIN : rc;
}

enum rc
stream_get(struct stream *s, struct net *net, const uint8_t *address,
           uint8_t down[static CELL_LEN], struct cell_answer *ans)
{
    const struct cell_request req = {.op = CELL_GET, .address = address};
    uint8_t up[CELL_LEN];
    enum rc rc = cell_request_write(up, &req);

    return rc == RC_OK ? stream_exchange(s, net, up, CELL_GET, down, ans) : rc;
}
