/* SPDX-License-Identifier: ISC */
/* Exchanges of the desk with relays: see watch.h. */
#include "watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "cell.h"
#include "cli.h"
#include "clock.h"

#define REST_TIMES 8              /* as long as it kept us waiting */
#define REST_MOST_MS (900 * 1000) /* at most */

static const char *
url_of(const struct watch *w, const struct directory_relay *relay)
{
    for (size_t i = 0; i < w->d->network.n_relays; i++) {
        if (w->d->network.relays[i].info == relay) {
            return w->d->network.relays[i].url;
        }
    }
    return relay->n_urls > 0 ? relay->urls[0] : "";
}

/* The relay's place, or the one that is the least loss. */
static struct resting *
resting_place(struct watch *w, const uint8_t *relay)
{
    struct resting *least = &w->resting[0];

    for (size_t i = 0; i < DIRECTORY_RELAYS_MAX; i++) {
        struct resting *r = &w->resting[i];

        if (memcmp(r->relay, relay, sizeof r->relay) == 0) {
            return r;
        }
        least = r->until_ms < least->until_ms ? r : least;
    }
    return least;
}

static bool
rests(struct watch *w, const uint8_t *relay)
{
    const struct resting *r = resting_place(w, relay);

    return memcmp(r->relay, relay, sizeof r->relay) == 0 &&
           clock_mono_ms() < r->until_ms;
}

/* No answer came. A dead relay so takes a ninth of our time, not all of it. */
static void
let_rest(struct watch *w, const uint8_t *relay, int64_t took_ms)
{
    struct resting *r = resting_place(w, relay);
    int64_t rest_ms = took_ms * REST_TIMES;

    memcpy(r->relay, relay, sizeof r->relay);
    r->until_ms = clock_mono_ms() +
                  (rest_ms < REST_MOST_MS ? rest_ms : REST_MOST_MS);
}

/* The cell is the caller's, so that it can be solved for first. */
static enum rc
send_cell(struct watch *w, const struct directory_relay *relay,
          const struct net_circuit *circuit, const uint8_t *up, enum cell_op op,
          uint8_t *down, struct cell_answer *ans)
{
    struct net_circuit fresh;
    int64_t took_ms;
    enum rc rc;

    memset(ans, 0, sizeof *ans);
    if (rests(w, relay->id)) {
        return RC_IO;
    }
    if (circuit == NULL) {
        net_circuit_fresh(&fresh);
        circuit = &fresh;
    }
    desklock_give(&w->lock);
    took_ms = clock_mono_ms();
    rc = net_exchange(w->d->net, circuit, url_of(w, relay), up, down);
    took_ms = clock_mono_ms() - took_ms;
    desklock_take(&w->lock);
    if (rc == RC_IO) {
        let_rest(w, relay->id, took_ms);
    }
    return rc == RC_OK ? cell_answer_parse(ans, down, op) : rc;
}

enum rc
watch_exchange(struct watch *w, const struct directory_relay *relay,
               const struct net_circuit *circuit,
               const struct cell_request *req, uint8_t *down,
               struct cell_answer *ans)
{
    uint8_t up[CELL_LEN];
    enum rc rc;

    memset(ans, 0, sizeof *ans);
    if ((rc = cell_request_write(up, req)) != RC_OK) {
        return rc;
    }
    return send_cell(w, relay, circuit, up, req->op, down, ans);
}

/* The page to wait for: a relay that names one far ahead would else never be
 * found to have dropped what it took. */
uint64_t
watch_near_page(const struct board *board, uint64_t page)
{
    int64_t now = clock_now();
    uint64_t last =
        (uint64_t)(now > 0 ? now : 0) / board->tick + board->spread + 1;

    return page < last ? page : last;
}

/* Works for the next try, without the lock. */
static enum rc
work(struct watch *w, const struct directory_relay *relay,
     const struct board *board, const uint8_t *cell, unsigned effort,
     struct toll *toll)
{
    struct net_circuit circuit;
    const struct toll_at at = {.net = w->d->net,
                               .circuit = &circuit,
                               .url = url_of(w, relay),
                               .relay_id = relay->id,
                               .relay_pk = relay->pk,
                               .board = board,
                               .now = network_now(&w->d->network)};
    uint8_t c[KDF_LEN], id[32];
    int64_t took_ms = clock_mono_ms();
    uint64_t start;
    enum rc rc, found;

    memcpy(id, relay->id, sizeof id);
    net_circuit_fresh(&circuit);
    randombytes_buf(&start, sizeof start);
    desklock_give(&w->lock);
    found = rc = toll_challenge(c, &at);
    took_ms = clock_mono_ms() - took_ms;
    if (rc == RC_OK) {
        do {
            rc = toll_work(toll, cell, c, effort, &start);
        } while (rc == RC_AGAIN && !watch_stop);
    }
    desklock_take(&w->lock);
    if (found != RC_OK) {
        let_rest(w, id, took_ms); /* it asks for work, and not for what */
    }
    if (found == RC_MISSING) {
        desk_alarm(w->d, _("relay %s: %s"), desk_short(id).text,
                   toll_text(found));
    }
    return rc;
}

/* RC_AGAIN for another try, RC_FULL for none. */
static enum rc
pay(struct watch *w, const struct directory_relay *relay,
    const struct board *board, const uint8_t *cell,
    const struct cell_answer *ans, struct toll *toll)
{
    enum rc rc = RC_FULL;

    if (toll_is_asked(ans) && board != NULL) {
        rc = toll_asked(toll, board, (int64_t)(w->means.gap * 1000));
    }
    if (rc == RC_OK && ans->status == CELL_MORE_EFFORT) {
        rc = work(w, relay, board, cell, ans->effort, toll);
    }
    if (rc != RC_OK) {
        memset(toll, 0, sizeof *toll);
    }
    return rc == RC_OK ? RC_AGAIN : RC_FULL;
}

enum rc
watch_ring(struct watch *w, const struct directory_relay *relay,
           const struct board *board, const uint8_t *entry, struct toll *toll,
           uint64_t *page)
{
    const struct cell_request req = {.op = CELL_RING,
                                     .board = board->id,
                                     .data = entry,
                                     .data_len = board->entry_len};
    uint8_t up[CELL_LEN], down[CELL_LEN];
    struct cell_answer ans;
    enum rc rc = cell_request_write(up, &req);

    *page = 0;
    if (rc != RC_OK || clock_mono_ms() < toll->at_ms) {
        return rc == RC_OK ? RC_AGAIN : rc;
    }
    toll_nonce(toll, up);
    if ((rc = send_cell(w, relay, NULL, up, CELL_RING, down, &ans)) != RC_OK) {
        return rc;
    }
    if (ans.status == CELL_QUEUED || ans.status == CELL_SEALED) {
        *page = watch_near_page(board, ans.page);
        /* A PUT with this nonce would show which box the entry announces. */
        memset(toll, 0, sizeof *toll);
        return RC_OK;
    }
    return pay(w, relay, board, up, &ans, toll);
}

enum rc
watch_put(struct watch *w, const struct directory_relay *relay,
          struct net_circuit *circuit, const struct watch_put *put,
          struct toll *toll, uint32_t *expiry)
{
    const struct directory *d = w->d->network.bundle->directory;
    const struct cell_request req = {.op = CELL_PUT,
                                     .address = put->address,
                                     .burn = put->burn_hash,
                                     .data = put->box,
                                     .data_len = CELL_BOX_LEN};
    uint8_t up[CELL_LEN], down[CELL_LEN];
    struct cell_answer ans;
    enum rc rc = cell_request_write(up, &req);

    *expiry = 0;
    if (rc != RC_OK || clock_mono_ms() < toll->at_ms) {
        return rc == RC_OK ? RC_AGAIN : rc;
    }
    toll_nonce(toll, up);
    rc = send_cell(w, relay, circuit, up, CELL_PUT, down, &ans);
    if (rc == RC_OK && ans.status == CELL_MORE_EFFORT) {
        return pay(w, relay, board_first_report(d->boards, d->n_boards), up,
                   &ans, toll);
    }
    if (rc != RC_OK) {
        return rc; /* it comes again as it was, like a reporter's */
    }
    if (ans.status == CELL_QUOTA && circuit != NULL) {
        net_circuit_fresh(circuit);
    }
    if (ans.status == CELL_STORED || ans.status == CELL_TAKEN) {
        memset(toll, 0, sizeof *toll); /* the next PUT has its own nonce */
    }
    if (ans.status == CELL_STORED) {
        *expiry = ans.expiry_day;
        return ans.expiry_day > 0 ? RC_OK : RC_FORMAT;
    }
    return ans.status == CELL_TAKEN ? RC_TAKEN : RC_AGAIN;
}

/* A note on its way to one relay. */
struct posting {
    struct watch_posted *out;
    struct net *net;
    const char *url;
    const uint8_t *up; /* the cell, one for all */
    int64_t took_ms;
    pthread_t thread;
    bool started;
};

static enum rc
posting_result(const struct cell_answer *ans)
{
    return ans->status == CELL_STORED  ? RC_OK
           : ans->status == CELL_TAKEN ? RC_TAKEN
                                       : RC_AGAIN;
}

static void *
posting_main(void *arg)
{
    struct posting *p = arg;
    struct net_circuit fresh;
    uint8_t down[CELL_LEN];
    struct cell_answer ans;
    enum rc rc;

    net_circuit_fresh(&fresh);
    p->took_ms = clock_mono_ms();
    rc = net_exchange(p->net, &fresh, p->url, p->up, down);
    p->took_ms = clock_mono_ms() - p->took_ms;
    if (rc != RC_OK) {
        (void)snprintf(p->out->error, sizeof p->out->error, "%s",
                       net_error(p->net));
    } else if ((rc = cell_answer_parse(&ans, down, CELL_NOTE)) == RC_OK) {
        rc = posting_result(&ans);
    }
    p->out->rc = rc;
    return NULL;
}

static void
posting_start(struct posting *p, struct watch *w,
              const struct directory_relay *relay, const uint8_t *up)
{
    sigset_t all, before;

    p->out->rc = RC_IO;
    p->url = url_of(w, relay);
    p->up = up;
    if (rests(w, relay->id)) {
        return;
    }
    if (net_new(&p->net, &w->d->net_options) != RC_OK) {
        p->out->rc = RC_NOMEM;
        return;
    }
    (void)sigfillset(&all); /* signals are for the first thread */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    p->started = pthread_create(&p->thread, NULL, posting_main, p) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
watch_post(struct watch *w, const uint8_t *note, size_t len,
           struct watch_posted out[static DIRECTORY_RELAYS_MAX])
{
    const struct directory *dir = w->d->network.bundle->directory;
    const struct cell_request req = {
        .op = CELL_NOTE, .data = note, .data_len = len};
    struct posting postings[DIRECTORY_RELAYS_MAX] = {{0}};
    uint8_t ids[DIRECTORY_RELAYS_MAX][32], up[CELL_LEN];
    size_t n = dir->n_relays;
    enum rc rc = cell_request_write(up, &req);

    memset(out, 0, DIRECTORY_RELAYS_MAX * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        memcpy(ids[i], dir->relays[i].id, sizeof ids[i]);
        postings[i].out = &out[i];
        out[i].rc = rc;
        if (rc == RC_OK) {
            posting_start(&postings[i], w, &dir->relays[i], up);
        }
    }
    desklock_give(&w->lock);
    for (size_t i = 0; i < n; i++) {
        if (postings[i].started) {
            (void)pthread_join(postings[i].thread, NULL);
        }
    }
    desklock_take(&w->lock);
    for (size_t i = 0; i < n; i++) {
        if (postings[i].started && out[i].rc == RC_IO) {
            let_rest(w, ids[i], postings[i].took_ms);
        }
        net_free(postings[i].net);
    }
}

const struct board *
watch_answers_board(const struct watch *w, const struct directory_relay *relay)
{
    const struct network *n = &w->d->network;

    for (size_t i = 0; i < n->n_relays; i++) {
        if (n->relays[i].info == relay) {
            return network_answers(n, i);
        }
    }
    return NULL;
}

size_t
watch_writers(const struct watch *w,
              const struct directory_relay *out[static 2])
{
    size_t index[2], n = network_writers(&w->d->network, index);

    for (size_t i = 0; i < n; i++) {
        out[i] = w->d->network.relays[index[i]].info;
    }
    return n;
}

int64_t
watch_backoff_ms(const struct watch *w, unsigned failures)
{
    double ms = (w->means.poll > 2 ? 2 : w->means.poll) * 1000;

    for (unsigned i = 0; i < failures && ms < 900000; i++) {
        ms *= 2;
    }
    return (int64_t)(ms > 900000 ? 900000 : ms < 100 ? 100 : ms);
}
