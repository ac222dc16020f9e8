/* SPDX-License-Identifier: ISC */
/*
 * Own reports and dummy answers: cover for others, and canaries. Own reports
 * are visits as reporters make them (visit.h), by the public address of the
 * relays, half of them as the command line makes them and half as the page
 * does: two reports in one, or one, then the boxes of another, which is rung by
 * the next visit. Their GETs and BURNs are of our own dummy answers. This is
 * what happens with the lock; the visit itself runs beside, in coverrun.c.
 */
#include "cover.h"

#include <sodium.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "cli.h"
#include "clock.h"
#include "notes.h"

#define ONE_DUMMY_IN     8 /* with a body, too */
#define BODY_BOXES_COVER 64
#define LOOK_MS          30000
#define SAME_MS          200 /* while a visit is under way */
#define OWED_MAX         4   /* events of the clock that found one under way */

/* The public keys that senders use now: those of the note at the relays. */
static enum rc
own_keys(struct watch *w, struct desknote_week *out)
{
    const struct desknote *note = notes_served(w->d);

    if (note == NULL || weekkeys_find(w->d->keys, note->keys.week) == NULL) {
        return RC_MISSING;
    }
    *out = note->keys;
    return RC_OK;
}

static enum rc
seal_own(struct watch *w, const uint8_t a[static 32],
         const struct body_name *body, uint8_t entry[static ENTRY_REPORT_LEN],
         uint32_t *week)
{
    struct head h = {.kind = HEAD_OWN,
                     .boxes = body->boxes,
                     .body_len = body->len,
                     .text = (const uint8_t *)""};
    struct desknote_week keys;
    struct entry_to to = {.org = w->d->config.org};
    uint8_t bytes[HEAD_LEN], eseed[ENTRY_ESEED_LEN];
    enum rc rc;

    if ((rc = own_keys(w, &keys)) != RC_OK) {
        return rc;
    }
    to.week = *week = keys.week;
    to.k = keys.k;
    to.q = keys.q;
    memcpy(h.a, a, sizeof h.a);
    memcpy(h.body_key, body->key, sizeof h.body_key);
    memcpy(h.digest, body->digest, sizeof h.digest);
    randombytes_buf(eseed, sizeof eseed);
    if ((rc = head_write(bytes, &h)) == RC_OK) {
        rc = entry_seal(entry, &to, bytes, eseed);
    }
    sodium_memzero(eseed, sizeof eseed);
    return rc;
}

/* One more own report of a visit. It is in the store before anybody has it: its
 * own desk must know it when it comes back. */
static enum rc
add_own(struct watch *w, struct cover *c, const struct body_name *body)
{
    struct cover_own *o = &c->own[c->n_own];
    struct own_rec own = {0};
    enum rc rc;

    randombytes_buf(o->a, sizeof o->a);
    if ((rc = seal_own(w, o->a, body, o->entry, &own.week)) != RC_OK) {
        return rc;
    }
    o->board = w->board->id;
    memcpy(own.a, o->a, sizeof own.a);
    own.rung = clock_now();
    if ((rc = own_put(w->d->vault, &own)) == RC_OK) {
        c->n_own++;
    }
    return rc;
}

/* Sizes spread over powers of two, as people's attachments do. */
static uint64_t
body_size(void)
{
    uint64_t boxes = 1;

    while (boxes < BODY_BOXES_COVER && randombytes_uniform(3) > 0) {
        boxes *= 2;
    }
    return 1 + (uint64_t)(clocks_uniform() * (double)boxes * BODY_CHUNK_LEN);
}

static enum rc
make_body(struct cover *c)
{
    c->body.len = body_size();
    c->body.boxes = body_boxes(c->body.len);
    if ((c->bytes = malloc(c->body.len)) == NULL) {
        return RC_NOMEM;
    }
    randombytes_buf(c->bytes, c->body.len);
    blake2b_256(c->body.digest, c->bytes, c->body.len);
    randombytes_buf(c->body.key, sizeof c->body.key);
    return RC_OK;
}

/* --- dummy answers that lie at the relays --------------------------------- */

/* A dummy answer is out: somebody fetches three of four, and burns half of
 * those. */
void
cover_dummy_out(struct watch *w, const struct outgoing_answer *o)
{
    struct cover_dummies *d = &w->kept;
    struct cover_dummy *k = &d->list[d->n];

    if (d->n == COVER_DUMMIES_MAX || randombytes_uniform(4) == 0) {
        return;
    }
    memcpy(k->root, o->root, sizeof k->root);
    k->i = o->rec.i;
    k->boxes = o->rec.body.boxes;
    memcpy(k->digest, o->rec.body.digest, sizeof k->digest);
    k->due = clock_now() + (int64_t)clocks_exponential(w->means.fetch, 0);
    k->burn = false;
    d->n++;
}

/* The first two that are due, to be fetched or burned. */
static void
take_dummies(struct watch *w, struct cover *c)
{
    struct cover_dummies *d = &w->kept;
    const int64_t now = clock_now();

    for (size_t i = 0; i < d->n; i++) {
        const struct cover_dummy *k = &d->list[i];

        if (k->due > now || (k->burn ? c->n_burns : c->n_gets) == VISIT_BLOCKS) {
            continue;
        }
        if (k->burn) {
            c->burns[c->n_burns++] = *k;
        } else {
            c->gets[c->n_gets++] = *k;
        }
        d->list[i--] = d->list[--d->n];
    }
}

/* Who has read it burns it by her next visit, or not at all. */
static void
keep_read(struct watch *w, const struct cover *c)
{
    struct cover_dummies *d = &w->kept;

    for (size_t i = 0; i < c->n_gets && d->n < COVER_DUMMIES_MAX; i++) {
        if (randombytes_uniform(2) == 0) {
            d->list[d->n] = c->gets[i];
            d->list[d->n].due = clock_now();
            d->list[d->n++].burn = true;
        }
    }
}

/* --- visits --------------------------------------------------------------- */

static void
cover_free(struct cover *c)
{
    if (c == NULL) {
        return;
    }
    if (c->bytes != NULL) {
        sodium_memzero(c->bytes, c->body.len);
        free(c->bytes);
    }
    visit_wipe(&c->v);
    (void)pthread_mutex_destroy(&c->mutex);
    sodium_memzero(c, sizeof *c);
    free(c);
}

/* What a visit is made of, all of it before its first byte. */
static enum rc
prepare(struct watch *w, struct cover *c)
{
    const struct net_options *net = &w->d->net_options;
    const struct visit_options opt = {
        .socks = net->socks,
        .no_tor = net->no_tor,
        .ca_file = net->ca_file,
        .pace = (unsigned)w->means.gap,
        .style = randombytes_uniform(2) == 0 ? VISIT_PAGE : VISIT_PROGRAM,
        .stop = &watch_stop,
    };
    const struct body_name none = {0};
    struct network network;
    enum rc rc;

    (void)pthread_mutex_init(&c->mutex, NULL);
    if ((rc = network_copy(&network, &w->d->network)) != RC_OK ||
        (rc = visit_init(&c->v, &opt, &network)) != RC_OK ||
        (rc = add_own(w, c, &none)) != RC_OK) {
        return rc;
    }
    c->v.net_opt.stall_seconds = net->stall_seconds;
    take_dummies(w, c);
    if (randombytes_uniform(w->means.body_in) == 0 &&
        (rc = make_body(c)) != RC_OK) {
        return rc;
    }
    return add_own(w, c, &c->body);
}

static enum rc
start(struct watch *w, struct cover *c)
{
    sigset_t all, before;
    int failed;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&c->thread, NULL, cover_main, c);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        return RC_NOMEM;
    }
    w->cover = c;
    return RC_OK;
}

static void
own_event(struct watch *w)
{
    struct cover *c = calloc(1, sizeof *c);
    enum rc rc = c == NULL ? RC_NOMEM : prepare(w, c);

    if (rc == RC_OK && (rc = start(w, c)) == RC_OK) {
        return;
    }
    cover_free(c);
    if (rc == RC_MISSING) {
        desk_alarm(w->d, _("there are no keys for this week: run "
                           "tocsin-desk publish"));
    } else {
        cli_error(_("no own report could be made: %s"), _(rc_text(rc)));
    }
}

/* Where it was taken, and the page that it should stand on. */
static void
note_rung(struct watch *w, const struct cover_own *o)
{
    struct own_rec own;
    bool changed = false;

    if (own_get(w->d->vault, &own, o->a) != RC_OK) {
        return;
    }
    for (size_t i = 0; i < o->n_rung; i++) {
        struct relay_rec *r =
            relay_rec_of(own.relays, &own.n_relays, o->rung[i].relay);

        if (r != NULL) {
            r->page = o->rung[i].page > 0 ? o->rung[i].page : 1;
            changed = true;
        }
    }
    if (changed && own_put(w->d->vault, &own) != RC_OK) {
        cli_error(_("can't write to the case store"));
    }
}

static void
take_news(struct watch *w, struct cover *c)
{
    if (atomic_exchange(&c->news, false)) {
        (void)pthread_mutex_lock(&c->mutex);
        for (size_t i = 0; i < c->n_own; i++) {
            note_rung(w, &c->own[i]);
        }
        (void)pthread_mutex_unlock(&c->mutex);
    }
}

static void
own_ended(struct watch *w)
{
    struct cover *c = w->cover;

    (void)pthread_join(c->thread, NULL);
    w->cover = NULL;
    take_news(w, c);
    keep_read(w, c);
    if (w->verbose && !watch_stop) {
        cli_say(_("Cover: two own reports."));
    }
    cover_free(c);
}

void
cover_stop(struct watch *w)
{
    if (w->cover != NULL) {
        own_ended(w);
    }
    sodium_memzero(&w->kept, sizeof w->kept);
}

/* The outbox does with it what it does with answers. */
static void
dummy_event(struct watch *w)
{
    uint64_t body =
        randombytes_uniform(ONE_DUMMY_IN) == 0 ? body_size() : 0;
    enum rc rc = outbox_dummy(w, body);

    if (rc != RC_OK && rc != RC_FULL) {
        cli_error(_("no dummy answer could be made: %s"), _(rc_text(rc)));
    }
}

/* One that was taken and does not come back: the alarm they are for. */
static enum rc
look_at(const struct vault_row *row, void *arg)
{
    struct watch *w = arg;
    struct own_rec own;
    bool changed = false;

    if (own_parse(&own, row) != RC_OK) {
        return RC_OK;
    }
    for (size_t i = 0; i < own.n_relays; i++) {
        struct relay_rec *r = &own.relays[i];

        if (r->page > 0 && !r->seen && !r->missed &&
            feeds_passed(w, r->id, w->board->id, r->page + w->means.grace)) {
            desk_alarm(w->d,
                       _("relay %s took an own report and never showed it: "
                         "it may drop reports"),
                       desk_short(r->id).text);
            r->missed = changed = true;
        }
    }
    return changed ? own_put(w->d->vault, &own) : RC_OK;
}

int64_t
cover_run(struct watch *w, int64_t now_ms)
{
    int64_t next = INT64_MAX;

    if (w->answers == NULL || w->board == NULL) {
        return next;
    }
    if (clocks_due(&w->own, now_ms)) {
        w->own_owed += w->own_owed < OWED_MAX;
    }
    if (w->cover != NULL) {
        take_news(w, w->cover);
        if (atomic_load(&w->cover->ended)) {
            own_ended(w);
        }
    }
    if (w->cover == NULL && w->own_owed > 0) {
        w->own_owed--;
        own_event(w);
    }
    if (clocks_due(&w->dummies, now_ms)) {
        dummy_event(w);
    }
    if (now_ms >= w->look_ms) {
        if (vault_each(w->d->vault, VAULT_OWN, look_at, w, NULL) != RC_OK) {
            cli_error(_("can't read the case store"));
        }
        w->look_ms = now_ms + (w->means.poll > 0 ? 1000 : LOOK_MS);
    }
    next = w->own.next_ms < w->dummies.next_ms ? w->own.next_ms
                                               : w->dummies.next_ms;
    next = w->look_ms < next ? w->look_ms : next;
    return w->cover != NULL && now_ms + SAME_MS < next ? now_ms + SAME_MS
                                                       : next;
}
