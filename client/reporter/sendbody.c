/* SPDX-License-Identifier: ISC */
#include "sendbody.h"

#include <inttypes.h>
#include <string.h>

#include <sodium.h>

#include "body.h"
#include "cli.h"
#include "clock.h"
#include "term.h"
#include "upload.h"

size_t
sendbody_count(const struct sending *s)
{
    if (s->body.len == 0) {
        return 0;
    }
    return s->body.boxes > SENDBODY_SHARED ? 1 : s->n_orgs;
}

/* Which body recipient k gets. */
static size_t
body_of(const struct sending *s, size_t k)
{
    return sendbody_count(s) > 1 ? k : 0;
}

/* Of a week: a body is looked for under two. */
static void
key_of_week(uint8_t key[static KDF_LEN], const struct sending *s, size_t k,
            uint32_t week)
{
    static const uint8_t all[ORG_ID_LEN];
    bool shared = s->n_orgs > 1 && s->body.boxes > SENDBODY_SHARED;

    body_key_report(key, s->seed, shared ? all : s->orgs[k], week,
                    s->body.digest);
}

void
sendbody_key(uint8_t key[static KDF_LEN], const struct sending *s, size_t k)
{
    key_of_week(key, s, k, s->weeks[body_of(s, k)]);
}

void
sendbody_week(struct sending *s, const struct network *w)
{
    for (size_t k = 0; k < sendbody_count(s); k++) {
        if (s->weeks[k] == 0) {
            s->weeks[k] = clock_week(sending_now(w));
        }
    }
}

enum rc
upload_body_cell(uint8_t cell[static CELL_LEN], uint32_t i,
                 const struct upload_body *b)
{
    const struct body_place place = {b->body_key, b->relay, i};
    const uint64_t at = (uint64_t)i * BODY_CHUNK_LEN;
    uint8_t address[DROP_ADDRESS_LEN];
    uint8_t secret[DROP_BURN_LEN];
    uint8_t burn[DROP_BURN_LEN];
    uint8_t box[CELL_BOX_LEN];
    const struct cell_request req = {
        .op = CELL_PUT,
        .address = address,
        .burn = burn,
        .data = box,
        .data_len = sizeof box,
    };
    enum rc rc;

    body_address(address, &place);
    body_burn_secret(secret, b->seed, address);
    drop_burn_hash(burn, secret);
    rc = body_box_seal(box, &place,
                       b->body->bytes + (at < b->body->len ? at : 0),
                       body_chunk_len(b->body->len, i));
    if (rc == RC_OK) {
        rc = cell_request_write(cell, &req);
    }
    sodium_memzero(secret, sizeof secret);
    return rc;
}

/* A body on its way. */
struct job {
    struct sending *s;
    struct visit *v;
    size_t k;
    struct upload u;
    struct upload_meter meter;
    bool found; /* some of it was there before */
};

static const uint8_t *
relay_id(const struct job *j, size_t k)
{
    return j->v->w.relays[j->u.at[k].relay].info->id;
}

static enum rc
cell_of(uint8_t cell[static CELL_LEN], enum upload_week week, size_t k,
        uint32_t i, const void *arg)
{
    const struct job *j = arg;
    const uint32_t now = clock_week(sending_now(&j->v->w));
    uint8_t key[KDF_LEN];
    const struct upload_body body = {&j->s->body, key, j->s->seed,
                                     relay_id(j, k)};
    enum rc rc;

    if (week == UPLOAD_CHOSEN) {
        sendbody_key(key, j->s, j->k);
    } else {
        key_of_week(key, j->s, j->k, week == UPLOAD_NOW ? now : now - 1);
    }
    rc = upload_body_cell(cell, i, &body);
    sodium_memzero(key, sizeof key);
    return rc;
}

static void
tell(const char *name, const struct upload_at *at)
{
    switch (at->rc) {
    case RC_TAKEN:
        cli_say(_("relay %s: other bytes stand where a box belongs. They were "
                  "burned before, or somebody else has your code and this "
                  "file"),
                name);
        break;
    case RC_MISSING:
        cli_say(_("relay %s said that it stored the attachments, and did not "
                  "give them back"),
                name);
        break;
    case RC_FULL:
        cli_say(_("relay %s has no room for the attachments"), name);
        break;
    case RC_AGAIN:
        cli_say(_("relay %s is too busy"), name);
        break;
    default:
        cli_say(_("relay %s: the upload broke off: %s"), name, at->error);
        break;
    }
}

static void
lost(struct job *j, const struct upload_at *at)
{
    term_progress_end(&j->meter.bar);
    tell(visit_relay_name(j->v, at->relay), at);
    visit_relay_lost(j->v, at->relay, _("it does not have all boxes"));
    visit_speak(j->v);
}

/* What this run knows of a body at a relay; NULL without a place for it. */
static uint32_t *
stored_at(struct job *j, size_t k)
{
    const uint8_t *id = relay_id(j, k);

    for (size_t i = 0; i < DIRECTORY_RELAYS_MAX; i++) {
        if (sodium_is_zero(j->s->stored[j->k][i].relay, 32)) {
            memcpy(j->s->stored[j->k][i].relay, id, 32);
        }
        if (memcmp(j->s->stored[j->k][i].relay, id, 32) == 0) {
            return &j->s->stored[j->k][i].boxes;
        }
    }
    return NULL;
}

/*
 * The week of the body: an earlier upload's, by its box 0 at any relay, else
 * this one. What this run has put already keeps its week.
 */
static void
choose_week(struct upload *u, void *arg)
{
    struct job *j = arg;
    const uint32_t now = clock_week(sending_now(&j->v->w));
    bool has[2] = {false, false};

    for (size_t k = 0; k < u->n; k++) {
        has[UPLOAD_NOW] = has[UPLOAD_NOW] || u->at[k].has[UPLOAD_NOW];
        has[UPLOAD_BEFORE] = has[UPLOAD_BEFORE] || u->at[k].has[UPLOAD_BEFORE];
    }
    j->found = has[UPLOAD_NOW] || has[UPLOAD_BEFORE];
    if (j->s->weeks[j->k] == 0) {
        j->s->weeks[j->k] =
            !has[UPLOAD_NOW] && has[UPLOAD_BEFORE] ? now - 1 : now;
    }
}

static void
on_progress(uint64_t stored, void *arg)
{
    struct job *j = arg;

    upload_meter_show(&j->meter, stored);
}

static void
note_result(struct job *j, size_t k)
{
    const struct upload_at *at = &j->u.at[k];
    uint32_t *stored = stored_at(j, k);

    if (stored != NULL) {
        *stored = at->stored;
    }
    if (at->rc != RC_OK) {
        lost(j, at);
    } else if (at->known > 0 && at->known < j->u.boxes) {
        cli_say(_("taken up at box %" PRIu32 " of %" PRIu32), at->known + 1,
                j->u.boxes);
    }
}

/* One body at all relays. *taken: how many said that its places are. */
static void
upload_body(struct job *j, size_t *taken)
{
    j->u = (struct upload){.v = j->v,
                           .cell = cell_of,
                           .arg = j,
                           .boxes = j->s->body.boxes,
                           .choose = choose_week,
                           .progress = on_progress};
    for (size_t i = 0; i < j->v->n_writers; i++) {
        if (j->v->w.relays[j->v->writers[i]].up) {
            const uint32_t *stored;

            j->u.at[j->u.n++].relay = j->v->writers[i];
            stored = stored_at(j, j->u.n - 1);
            j->u.at[j->u.n - 1].known = stored != NULL ? *stored : 0;
        }
    }
    (void)!upload_run(&j->u);
    for (size_t k = 0; k < j->u.n; k++) {
        *taken += j->u.at[k].rc == RC_TAKEN;
        note_result(j, k);
    }
    j->meter.before += (uint64_t)j->s->body.boxes * j->v->n_writers;
}

bool
sendbody_is_at(const struct sending *s, size_t k, const uint8_t *relay)
{
    for (size_t i = 0; i < DIRECTORY_RELAYS_MAX; i++) {
        if (memcmp(s->stored[body_of(s, k)][i].relay, relay, 32) == 0) {
            return s->stored[body_of(s, k)][i].boxes == s->body.boxes;
        }
    }
    return false;
}

static size_t
writers_up(const struct visit *v)
{
    size_t n = 0;

    for (size_t i = 0; i < v->n_writers; i++) {
        n += v->w.relays[v->writers[i]].up;
    }
    return n;
}

enum rc
sendbody_upload(struct sending *s, struct visit *v)
{
    const uint64_t each = (uint64_t)s->body.boxes * sendbody_count(s);
    const size_t n = writers_up(v);
    struct job j = {.s = s, .v = v};
    size_t taken = 0;
    enum rc rc = RC_OK;

    cli_say(_("sending %" PRIu64 " boxes to each relay; mark of these files: "
              "%02x%02x%02x%02x"),
            each, s->body.digest[0], s->body.digest[1], s->body.digest[2],
            s->body.digest[3]);
    term_progress_start(&j.meter.bar, _("sent"), each * v->n_writers);
    for (j.k = 0; j.k < sendbody_count(s) && writers_up(v) > 0; j.k++) {
        upload_body(&j, &taken);
    }
    term_progress_end(&j.meter.bar);
    if (writers_up(v) == 0) {
        rc = taken == n ? RC_TAKEN : RC_IO;
        /* Next week's has other addresses; but what opens is gone on with. */
        s->again_day =
            (clock_week(sending_now(&v->w)) + (j.found ? 2 : 1)) * WEEK_DAYS;
    }
    sodium_memzero(&j, sizeof j);
    return rc;
}
