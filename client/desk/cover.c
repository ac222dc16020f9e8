/* SPDX-License-Identifier: ISC */
/*
 * Own reports and dummy answers: cover for others, and canaries. To a relay
 * they look like what reporters and desks send: own reports come two to a
 * visit, each RING with a GET and a NOP, as a reporter's client does it; the
 * second one may have a body, whose boxes are put between them. See watch.h.
 */
#include "watch.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "cli.h"
#include "clock.h"
#include "entry.h"
#include "notes.h"

#define ONE_VISIT_IN 4           /* with a body: one own report in eight */
#define ONE_DUMMY_IN 8           /* with a body, too */
#define BODY_BOXES_COVER 64
#define BOXES_A_TURN 4
#define LOOK_MS 30000
#define LATER_FAILURES_MAX 12

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

/* To each relay that is written to, 0 to 10 s apart; *due moves on. */
static enum rc
ring_own(struct watch *w, const uint8_t a[static 32],
         const struct body_name *body, int64_t *due)
{
    const struct directory_relay *to[2];
    size_t n = watch_writers(w, to);
    uint8_t entry[ENTRY_REPORT_LEN];
    struct own_rec own = {0};
    enum rc rc;

    if (n == 0 || w->n_later + n > LATER_MAX) {
        return RC_FULL;
    }
    if ((rc = seal_own(w, a, body, entry, &own.week)) != RC_OK) {
        return rc;
    }
    memcpy(own.a, a, sizeof own.a);
    own.rung = clock_now();
    if ((rc = own_put(w->d->vault, &own)) != RC_OK) {
        return rc;
    }
    for (size_t i = 0; i < n; i++) {
        struct later_ring *l = &w->later[w->n_later++];

        memcpy(l->relay, to[i]->id, sizeof l->relay);
        memcpy(l->a, a, sizeof l->a);
        memcpy(l->entry, entry, sizeof l->entry);
        l->due_ms = *due;
        l->failures = 0;
        l->toll = (struct toll){0};
        *due += (int64_t)(clocks_uniform() * w->means.gap * 1000);
    }
    return RC_OK;
}

/* --- an own report with a body ------------------------------------------- */

void
cover_wipe(struct watch *w)
{
    if (w->cover.bytes != NULL) {
        sodium_memzero(w->cover.bytes, w->cover.body.len);
        free(w->cover.bytes);
    }
    memset(&w->cover, 0, sizeof w->cover);
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

static void
begin_body(struct watch *w, int64_t now_ms)
{
    struct cover *c = &w->cover;

    memset(c, 0, sizeof *c);
    c->body.len = body_size();
    c->body.boxes = body_boxes(c->body.len);
    if ((c->bytes = malloc(c->body.len)) == NULL) {
        return;
    }
    randombytes_buf(c->bytes, c->body.len);
    blake2b_256(c->body.digest, c->bytes, c->body.len);
    randombytes_buf(c->body.key, sizeof c->body.key);
    randombytes_buf(c->a, sizeof c->a);
    for (size_t i = 0; i < 2; i++) {
        net_circuit_fresh(&c->circuits[i]);
    }
    c->active = true;
    c->next_ms = now_ms;
}

/* Box boxes_put to each relay: at each another address, burn hash and box. */
static enum rc
put_next(struct watch *w)
{
    struct cover *c = &w->cover;
    const struct directory_relay *to[2];
    size_t n = watch_writers(w, to);
    uint8_t address[DROP_ADDRESS_LEN], box[CELL_BOX_LEN];
    const struct watch_put put = {address, c->burn, box};
    uint64_t start = (uint64_t)c->boxes_put * BODY_CHUNK_LEN;
    size_t len = body_chunk_len(c->body.len, c->boxes_put);

    if (n == 0) {
        return RC_AGAIN;
    }
    while (c->writer < n) {
        const struct body_place at = {c->body.key, to[c->writer]->id,
                                      c->boxes_put};
        uint32_t expiry;
        enum rc rc = body_box_seal(box, &at,
                                   len > 0 ? c->bytes + start : c->bytes, len);

        if (rc != RC_OK) {
            return rc;
        }
        body_address(address, &at);
        if (sodium_is_zero(c->burn, sizeof c->burn)) {
            randombytes_buf(c->burn, sizeof c->burn); /* of nobody */
        }
        rc = watch_put(w, to[c->writer], &c->circuits[c->writer], &put,
                       &c->toll, &expiry);
        if (rc != RC_OK) {
            return rc;
        }
        memset(c->burn, 0, sizeof c->burn);
        c->writer++;
    }
    c->writer = 0;
    c->boxes_put++;
    return RC_OK;
}

static void
run_body(struct watch *w, int64_t now_ms)
{
    struct cover *c = &w->cover;
    enum rc rc = RC_OK;

    for (int n = 0; rc == RC_OK && n < BOXES_A_TURN && !watch_stop &&
                    c->boxes_put < c->body.boxes;
         n++) {
        rc = put_next(w);
    }
    if (rc != RC_OK) {
        if (rc == RC_AGAIN && c->toll.at_ms > clock_mono_ms()) {
            c->next_ms = c->toll.at_ms;
            return;
        }
        c->next_ms = clock_mono_ms() + watch_backoff_ms(w, ++c->failures);
        if (c->failures > 8 || rc == RC_FULL) { /* over, as for a reporter */
            cover_wipe(w);
        }
        return;
    }
    c->failures = 0;
    if (c->boxes_put == c->body.boxes) {
        (void)!ring_own(w, c->a, &c->body, &now_ms);
        cover_wipe(w);
    }
}

/* --- what is due --------------------------------------------------------- */

/* A visit: two own reports, or one and one with a body. */
static void
own_event(struct watch *w, int64_t now_ms)
{
    const struct body_name none = {0};
    int64_t due = now_ms;
    uint8_t a[32];
    enum rc rc;

    randombytes_buf(a, sizeof a);
    rc = ring_own(w, a, &none, &due);
    if (rc == RC_OK && !w->cover.active &&
        randombytes_uniform(ONE_VISIT_IN) == 0) {
        begin_body(w, due);
    } else if (rc == RC_OK) {
        randombytes_buf(a, sizeof a);
        rc = ring_own(w, a, &none, &due);
    }
    if (rc == RC_MISSING) {
        desk_alarm(w->d, _("there are no keys for this week: run "
                           "tocsin-desk publish"));
    } else if (rc != RC_OK) {
        cli_error(_("no own report could be made: %s"), _(rc_text(rc)));
    } else if (w->verbose) {
        cli_say(_("Cover: two own reports."));
    }
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

static void
note_rung(struct watch *w, const struct later_ring *l, uint64_t page)
{
    struct own_rec own;
    struct relay_rec *r;

    if (own_get(w->d->vault, &own, l->a) != RC_OK) {
        return;
    }
    r = relay_rec_of(own.relays, &own.n_relays, l->relay);
    if (r != NULL) {
        r->page = page > 0 ? page : 1;
        if (own_put(w->d->vault, &own) != RC_OK) {
            cli_error(_("can't write to the case store"));
        }
    }
}

/* What goes with a RING in a visit: a box nobody put, and nothing. */
static void
get_and_nop(struct watch *w, const struct directory_relay *relay)
{
    uint8_t address[DROP_ADDRESS_LEN], down[CELL_LEN];
    const struct cell_request get = {.op = CELL_GET, .address = address};
    const struct cell_request nop = {.op = CELL_NOP};
    struct cell_answer ans;

    randombytes_buf(address, sizeof address);
    (void)!watch_exchange(w, relay, NULL, &get, down, &ans);
    (void)!watch_exchange(w, relay, NULL, &nop, down, &ans);
}

/* When it is sent again; false: never. */
static bool
next_try(const struct watch *w, struct later_ring *l, enum rc rc)
{
    if (rc == RC_AGAIN && l->toll.at_ms > clock_mono_ms()) {
        l->due_ms = l->toll.at_ms;
        return true;
    }
    l->due_ms = clock_mono_ms() + watch_backoff_ms(w, ++l->failures);
    return l->failures < LATER_FAILURES_MAX;
}

static void
run_later(struct watch *w, int64_t now_ms)
{
    const struct directory *dir = w->d->network.bundle->directory;

    for (size_t i = 0; i < w->n_later && !watch_stop;) {
        struct later_ring *l = &w->later[i];
        const struct directory_relay *relay = directory_relay(dir, l->relay);
        uint64_t page = 0;
        enum rc rc = RC_OK;

        if (now_ms < l->due_ms) {
            i++;
            continue;
        }
        if (relay != NULL && w->board != NULL) {
            rc = watch_ring(w, relay, w->board, l->entry, &l->toll, &page);
            if (rc == RC_OK || rc == RC_FULL) {
                get_and_nop(w, relay);
            }
        }
        if (rc != RC_OK && rc != RC_FULL && next_try(w, l, rc)) {
            i++;
            continue;
        }
        if (rc == RC_OK && page > 0) {
            note_rung(w, l, page);
        }
        *l = w->later[--w->n_later];
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
        own_event(w, now_ms);
    }
    if (clocks_due(&w->dummies, now_ms)) {
        dummy_event(w);
    }
    run_later(w, now_ms);
    if (w->cover.active && now_ms >= w->cover.next_ms) {
        run_body(w, now_ms);
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
    for (size_t i = 0; i < w->n_later; i++) {
        next = w->later[i].due_ms < next ? w->later[i].due_ms : next;
    }
    return w->cover.active && w->cover.next_ms < next ? w->cover.next_ms
                                                      : next;
}
