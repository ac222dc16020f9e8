/* SPDX-License-Identifier: ISC */
/*
 * A sealed answer at the relays: its box and its body, each relay's own, and
 * its entry; what it means when a place is said to be taken; and afterwards.
 * See watch.h, and PROTOCOL.md section 6.
 */
#include "watch.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "bodyfile.h"
#include "cell.h"
#include "cli.h"
#include "clock.h"

#define TAKEN_MAX 4    /* numbers an answer may lose */
#define BOXES_A_TURN 8 /* body boxes put before others get their turn */

/* --- one PUT, and what stands where it is taken -------------------------- */

/* Box `at` of the body, for its relay. */
static enum rc
read_box(const struct watch *w, const struct outgoing_answer *o,
         const struct body_place *at, uint8_t box[static CELL_BOX_LEN])
{
    uint8_t plain[BODY_CHUNK_LEN];
    char *path;
    enum rc rc;

    if (o->dummy) {
        return body_box_seal(box, at, NULL, 0); /* of nothing */
    }
    path = desk_body_path(w->d, o->rec.body_id);
    rc = path == NULL ? RC_NOMEM
                      : bodyfile_chunk(path, &o->rec.body, at->i, plain);
    if (rc == RC_OK) {
        rc = body_box_seal(box, at, plain, sizeof plain);
    }
    sodium_memzero(plain, sizeof plain);
    free(path);
    return rc == RC_FORGED ? RC_MISSING : rc; /* damaged: as good as gone */
}

/* The box at an address. RC_MISSING: the relay has none. circuit as in
 * watch_exchange. */
static enum rc
get_box(struct watch *w, const struct directory_relay *relay,
        const struct net_circuit *circuit, const uint8_t *address,
        uint8_t box[static CELL_BOX_LEN])
{
    const struct cell_request req = {.op = CELL_GET, .address = address};
    uint8_t down[CELL_LEN];
    struct cell_answer ans;
    enum rc rc = watch_exchange(w, relay, circuit, &req, down, &ans);

    if (rc != RC_OK) {
        return rc == RC_MISSING ? RC_IO : rc;
    }
    if (ans.status == CELL_PRESENT) {
        memcpy(box, ans.box, CELL_BOX_LEN);
        return RC_OK;
    }
    return ans.status == CELL_ABSENT ? RC_MISSING : RC_AGAIN;
}

/* What that relay asks to be worked for. */
static struct toll *
toll_of(struct outgoing_answer *o, const struct relay_rec *r)
{
    return &o->tolls[r - o->rec.relays];
}

/* All boxes of a body go to a relay by one circuit, like a reporter's: what
 * was worked for there pays for them, and nothing ties them to other things. */
static struct net_circuit *
circuit_of(struct outgoing_answer *o, const struct relay_rec *r)
{
    struct net_circuit *c = &o->circuits[r - o->rec.relays];

    if (c->user[0] == 0) {
        net_circuit_fresh(c);
    }
    return c;
}

/* The file with the body is gone. It is not sent without. */
static void
lost(struct watch *w, const struct outgoing_answer *o, struct relay_rec *r)
{
    desk_alarm(w->d,
               _("attachments of an answer in case %" PRIu32
                 " are no longer here"),
               o->rec.case_no);
    r->missed = true;
}

/* One box of the body. Where its place is taken by itself it is stored. */
static enum rc
put_body_box(struct watch *w, struct outgoing_answer *o, struct relay_rec *r,
             const struct directory_relay *relay, const uint8_t key[static 32])
{
    struct net_circuit *circuit = circuit_of(o, r);
    uint8_t address[DROP_ADDRESS_LEN], secret[DROP_BURN_LEN];
    uint8_t hash[DROP_BURN_LEN], box[CELL_BOX_LEN], there[CELL_BOX_LEN];
    const struct watch_put put = {address, hash, box};
    const struct body_place at = {key, relay->id, r->boxes_put};
    uint32_t expiry;
    enum rc rc;

    body_address(address, &at);
    body_burn_secret(secret, o->root, address);
    drop_burn_hash(hash, secret);
    if ((rc = read_box(w, o, &at, box)) == RC_MISSING) {
        lost(w, o, r);
        return RC_OK;
    }
    if (rc == RC_OK &&
        (rc = watch_put(w, relay, circuit, &put, toll_of(o, r), &expiry)) ==
            RC_TAKEN) {
        rc = get_box(w, relay, circuit, address, there);
        if (rc == RC_MISSING ||
            (rc == RC_OK && memcmp(there, box, sizeof box) != 0)) {
            r->place = PLACE_TAKEN;
            return RC_OK;
        }
    }
    r->boxes_put += rc == RC_OK;
    return rc;
}

/* Some boxes of the body. RC_TRUNCATED while more are left. */
static enum rc
put_body(struct watch *w, struct outgoing_answer *o, struct relay_rec *r,
         const struct directory_relay *relay)
{
    uint8_t key[KDF_LEN];
    enum rc rc = RC_OK;
    int n = 0;

    body_key_answer(key, o->root, o->rec.i, o->rec.body.digest);
    while (rc == RC_OK && n++ < BOXES_A_TURN && !watch_stop && !r->missed &&
           r->place == PLACE_FREE && r->boxes_put < o->rec.body.boxes) {
        rc = put_body_box(w, o, r, relay, key);
    }
    sodium_memzero(key, sizeof key);
    return rc == RC_OK && !r->missed && r->place == PLACE_FREE &&
                   r->boxes_put < o->rec.body.boxes
               ? RC_TRUNCATED
               : rc;
}

/*
 * What stands in the place of the answer's box, which the relay calls taken.
 * Our own inside: it is stored there, whatever was said. Another one, by who
 * has the root: this number is used. Anything else any relay can make.
 */
static enum rc
look(struct watch *w, struct outgoing_answer *o,
     const struct directory_relay *relay, const uint8_t *address,
     enum relay_place *place)
{
    const struct answer_place at = {o->root, relay->id, o->rec.i};
    uint8_t box[CELL_BOX_LEN], inner[ANSWER_INNER_LEN];
    enum rc rc = get_box(w, relay, NULL, address, box);

    *place = PLACE_TAKEN;
    if (rc == RC_OK && answer_unwrap(inner, &at, box) == RC_OK) {
        *place = memcmp(inner, o->rec.inner, sizeof inner) == 0 ? PLACE_FREE
                                                               : PLACE_OTHER;
    }
    return rc == RC_MISSING ? RC_OK : rc;
}

/* The answer's box. RC_OK also where it is not stored: see r->place. */
static enum rc
put_answer(struct watch *w, struct outgoing_answer *o, struct relay_rec *r,
           const struct directory_relay *relay)
{
    uint8_t address[DROP_ADDRESS_LEN], secret[DROP_BURN_LEN];
    uint8_t hash[DROP_BURN_LEN], box[CELL_BOX_LEN];
    const struct watch_put put = {address, hash, box};
    const struct answer_place at = {o->root, relay->id, o->rec.i};
    uint32_t expiry;
    enum rc rc;

    answer_address(address, &at);
    answer_burn_secret(secret, &at);
    drop_burn_hash(hash, secret);
    answer_wrap(box, &at, o->rec.inner, r->nonce);
    rc = watch_put(w, relay, NULL, &put, toll_of(o, r), &expiry);
    if (rc == RC_TAKEN) {
        rc = look(w, o, relay, address, &r->place);
        expiry = desk_today(w->d, clock_now()) +
                 w->d->network.bundle->directory->retention;
    }
    if (rc == RC_OK && r->place == PLACE_FREE) {
        r->expiry = expiry;
    }
    return rc;
}

/* --- burned -------------------------------------------------------------- */

/* Nothing of it comes back to this relay; nor is it kept for that. */
static void
note_burned(struct watch *w, struct outgoing_answer *o, struct relay_rec *r)
{
    bool needed = false;

    r->place = PLACE_BURNED;
    r->expiry = 0;
    r->boxes_put = 0;
    sodium_memzero(r->nonce, sizeof r->nonce);
    for (size_t i = 0; i < o->rec.n_relays; i++) {
        needed = needed || o->rec.relays[i].place != PLACE_BURNED;
    }
    if (!needed) {
        outbox_drop_body(w, &o->rec);
        sodium_memzero(o->rec.inner, sizeof o->rec.inner);
    }
}

uint32_t
delivery_last_day(const struct relay_rec *r)
{
    return r->expiry + WEEK_DAYS;
}

/*
 * Before a standing answer is put at a relay that lacks it, its PUT comes again
 * where it stands: what is taken anywhere was burned, and is not copied; nor
 * is it where that can't be told any more.
 * fresh    the record of that relay
 */
static enum rc
confirm(struct watch *w, struct outgoing_answer *o, struct relay_rec *fresh)
{
    const struct directory *dir = w->d->network.bundle->directory;
    const uint32_t today = desk_today(w->d, clock_now());
    bool stands = false, burned = false;

    for (size_t i = 0; i < o->rec.n_relays; i++) {
        struct relay_rec *r = &o->rec.relays[i];
        const struct directory_relay *relay = directory_relay(dir, r->id);
        enum rc rc;

        burned = burned || r->place == PLACE_BURNED;
        if (r->page == 0 || r->place != PLACE_FREE || relay == NULL ||
            delivery_last_day(r) < today) {
            continue;
        }
        if ((rc = put_answer(w, o, r, relay)) != RC_OK) {
            return rc;
        }
        if (r->place == PLACE_FREE) {
            stands = true;
        } else {
            note_burned(w, o, r);
            burned = true;
        }
    }
    if (burned || !stands) {
        note_burned(w, o, fresh);
    }
    return outbox_keep(w, o);
}

/* --- all relays ---------------------------------------------------------- */

static bool
is_rung(const struct outgoing_answer *o)
{
    for (size_t i = 0; i < o->rec.n_relays; i++) {
        if (o->rec.relays[i].page > 0) {
            return true;
        }
    }
    return false;
}

/* Its place is free, and it was never put there. */
static bool
is_fresh(const struct relay_rec *r)
{
    return r->place == PLACE_FREE && !r->missed && r->page == 0 &&
           r->expiry == 0;
}

/* Body and box at one relay. RC_OK also where it was given up. */
static enum rc
store_at(struct watch *w, struct outgoing_answer *o,
         const struct directory_relay *relay)
{
    const size_t before = o->rec.n_relays;
    struct relay_rec *r =
        relay_rec_of(o->rec.relays, &o->rec.n_relays, relay->id);
    enum rc rc = RC_OK;

    if (r == NULL || r->missed || r->place != PLACE_FREE ||
        (r->expiry > 0 && r->boxes_put >= o->rec.body.boxes)) {
        return RC_OK;
    }
    /* The exact box is on disk before the relay has it. */
    if (o->rec.n_relays > before) {
        rc = outbox_keep(w, o);
    }
    if (rc == RC_OK && is_fresh(r) && is_rung(o)) {
        if (!delivery_in_time(w, o)) {
            r->missed = true;
            return outbox_keep(w, o);
        }
        rc = confirm(w, o, r);
    }
    /* One that has gone early: is it burned? Its body can wait. */
    if (rc == RC_OK && r->page > 0 && r->expiry == 0 &&
        (rc = put_answer(w, o, r, relay)) == RC_OK &&
        r->place != PLACE_FREE) {
        note_burned(w, o, r);
        return outbox_keep(w, o);
    }
    if (rc == RC_OK && r->place == PLACE_FREE) {
        rc = put_body(w, o, r, relay);
    }
    if (rc == RC_OK && !r->missed && r->place == PLACE_FREE &&
        r->expiry == 0) {
        rc = put_answer(w, o, r, relay);
    }
    return rc == RC_OK ? outbox_keep(w, o) : rc;
}

static enum rc
ring_at(struct watch *w, struct outgoing_answer *o,
        const struct directory_relay *relay)
{
    struct relay_rec *r =
        relay_rec_of(o->rec.relays, &o->rec.n_relays, relay->id);
    const struct board *board;
    uint64_t page;
    enum rc rc;

    if (r == NULL || r->missed || r->page > 0 || r->place != PLACE_FREE) {
        return RC_OK;
    }
    if (r->expiry == 0) {
        return RC_AGAIN; /* nothing to announce there yet */
    }
    if ((board = watch_answers_board(w, relay)) == NULL) {
        return RC_AGAIN; /* none of the directory's: it may lag */
    }
    rc = watch_ring(w, relay, board, o->entry, toll_of(o, r), &page);
    if (rc != RC_OK) {
        return rc;
    }
    r->board = board->id;
    r->page = page > 0 ? page : 1;
    return outbox_keep(w, o);
}

/* This number is used: all relays get the next one. Not for ever. */
static enum rc
next_number(struct watch *w, struct outgoing_answer *o)
{
    if (o->rec.taken >= TAKEN_MAX) {
        for (size_t i = 0; i < o->rec.n_relays; i++) {
            o->rec.relays[i].missed = true;
        }
        return outbox_keep(w, o);
    }
    o->rec.taken++;
    memset(o->tolls, 0, sizeof o->tolls); /* other cells, other nonces */
    memset(o->circuits, 0, sizeof o->circuits);
    for (size_t i = 0; i < o->rec.n_relays; i++) {
        struct relay_rec *r = &o->rec.relays[i];

        r->place = PLACE_FREE;
        r->expiry = 0;
        r->boxes_put = 0;
        r->missed = false;
        randombytes_buf(r->nonce, sizeof r->nonce);
    }
    o->rec.state = ANSWER_QUEUED;
    return outbox_keep(w, o);
}

static void
say_dummy_taken(struct watch *w, const struct relay_rec *r)
{
    desk_alarm(w->d,
               _("relay %s says that the place of a dummy answer is taken: it "
                 "lies"),
               desk_short(r->id).text);
}

/* A relay that calls the place taken, where another one has the answer. */
static void
say_missed(struct watch *w, struct outgoing_answer *o, struct relay_rec *r)
{
    if (o->dummy) {
        say_dummy_taken(w, r);
    } else {
        desk_alarm(w->d,
                   _("relay %s says that the place of an answer in case "
                     "%" PRIu32 " is taken, and does not give it back: that "
                     "relay does not have this answer"),
                   desk_short(r->id).text, o->rec.case_no);
    }
    r->missed = true;
}

static void
say_spent(struct watch *w, const struct outgoing_answer *o, bool other)
{
    if (o->dummy) { /* nobody else has its root */
        for (size_t i = 0; i < o->rec.n_relays; i++) {
            if (o->rec.relays[i].place != PLACE_FREE) {
                say_dummy_taken(w, &o->rec.relays[i]);
            }
        }
    } else if (other) {
        desk_alarm(w->d,
                   _("another answer of ours stands in the place of one in "
                     "case %" PRIu32 ": this desk was restored from an older "
                     "copy, or somebody else holds the root of this "
                     "conversation. The next number is used"),
                   o->rec.case_no);
    } else {
        desk_alarm(w->d,
                   _("every relay says that the place of an answer in case "
                     "%" PRIu32 " is taken, and none gives it back: somebody "
                     "may hold the root of this conversation. The next number "
                     "is used"),
                   o->rec.case_no);
    }
}

/* What the relays together say of the number. */
static enum rc
settle(struct watch *w, struct outgoing_answer *o,
       const struct directory_relay *const to[static 2], size_t n)
{
    struct relay_rec *at[2] = {NULL, NULL};
    bool stored = is_rung(o), other = false;
    size_t taken = 0;

    for (size_t i = 0; i < o->rec.n_relays; i++) {
        stored = stored || o->rec.relays[i].expiry > 0;
    }
    for (size_t i = 0; i < n; i++) {
        at[i] = relay_rec_of(o->rec.relays, &o->rec.n_relays, to[i]->id);
        if (at[i] != NULL && !at[i]->missed) {
            other = other || at[i]->place == PLACE_OTHER;
            taken += at[i]->place == PLACE_TAKEN ||
                     at[i]->place == PLACE_OTHER;
        }
    }
    if (!is_rung(o) && (other || (!stored && taken == n))) {
        say_spent(w, o, other);
        return next_number(w, o);
    }
    if (taken == 0 || (!stored && taken < n)) {
        return RC_OK; /* who was not reached may have it */
    }
    for (size_t i = 0; i < n; i++) {
        if (at[i] != NULL && !at[i]->missed &&
            (at[i]->place == PLACE_TAKEN || at[i]->place == PLACE_OTHER)) {
            say_missed(w, o, at[i]);
        }
    }
    return outbox_keep(w, o);
}

static void
say_out(struct watch *w, struct outgoing_answer *o)
{
    if (!o->dummy) {
        cli_say(_("An answer in case %" PRIu32 " is out."), o->rec.case_no);
        return;
    }
    if (w->verbose) {
        cli_say(_("Cover: a dummy answer, with %" PRIu32 " boxes."),
                o->rec.body.boxes);
    }
    cover_dummy_out(w, o);
}

/* No relay is left to go to: it is out, or it was given up everywhere. */
static enum rc
delivered(struct watch *w, struct outgoing_answer *o)
{
    const bool out = is_rung(o);

    o->rec.state = out ? ANSWER_RUNG : ANSWER_FAILED;
    if (!out && !o->dummy) {
        desk_alarm(w->d,
                   _("no relay took an answer in case %" PRIu32
                     ": write it again"),
                   o->rec.case_no);
    } else if (out && !o->rec.told) {
        say_out(w, o);
        o->rec.told = true;
    }
    return outbox_keep(w, o);
}

/* One relay that is down keeps nobody waiting. */
enum rc
delivery_run(struct watch *w, struct outgoing_answer *o)
{
    const struct directory_relay *to[2];
    size_t n = watch_writers(w, to), done = 0;
    enum rc rc = RC_OK, first = RC_OK;

    for (size_t i = 0; i < n && o->rec.state == ANSWER_SEALED; i++) {
        rc = store_at(w, o, to[i]);
        first = first == RC_OK ? rc : first;
        if (rc == RC_TRUNCATED) {
            return rc; /* the body goes on in the next turn */
        }
    }
    if (o->rec.state == ANSWER_SEALED && n > 0 &&
        (rc = settle(w, o, to, n)) != RC_OK) {
        return rc;
    }
    for (size_t i = 0; i < n && o->rec.state == ANSWER_SEALED; i++) {
        rc = ring_at(w, o, to[i]);
        done += rc == RC_OK;
        first = first == RC_OK ? rc : first;
    }
    if (o->rec.state == ANSWER_SEALED && n > 0 && done == n) {
        first = delivered(w, o);
    }
    return first;
}
