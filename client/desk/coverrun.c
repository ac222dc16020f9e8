/* SPDX-License-Identifier: ISC */
/*
 * An own visit of a desk, as a reporter's client makes it: the visit, the body
 * of an answer that it fetched, the boxes of a report and the visit that rings
 * it. See cover.c.
 */
#include "cover.h"

#include <string.h>

#include <sodium.h>

#include "body.h"
#include "clock.h"
#include "conversation.h"
#include "download.h"
#include "upload.h"

/* One visit of it. */
struct turn {
    struct cover *c;
    size_t first, end; /* of own: what it rings */
    bool dummies;      /* it fetches and burns */
    bool noted;
    struct visit_ring *rings[VISIT_BLOCKS];
    struct visit_get *gets[VISIT_BLOCKS];
};

static void
address_of(uint8_t address[static DROP_ADDRESS_LEN], const struct visit *v,
           const struct cover_dummy *d, size_t relay)
{
    const struct answer_place place = {d->root, v->w.relays[relay].info->id,
                                       d->i};

    answer_address(address, &place);
}

static void
ask(struct visit *v, struct visit_get *get, const struct cover_dummy *d)
{
    for (size_t k = 0; k < v->w.n_relays; k++) {
        address_of(get->at[k].address, v, d, k);
    }
}

static void
burn(struct visit *v, struct visit_burn *burn, const struct cover_dummy *d)
{
    for (size_t k = 0; k < v->w.n_relays; k++) {
        const struct answer_place place = {d->root, v->w.relays[k].info->id,
                                           d->i};

        address_of(burn->at[k].address, v, d, k);
        answer_burn_secret(burn->at[k].secret, &place);
    }
}

static enum rc
choose(struct visit *v, void *arg)
{
    struct turn *t = arg;
    const struct cover *c = t->c;
    const struct directory *d = v->w.bundle->directory;

    for (size_t i = t->first; i < t->end; i++) {
        if (board_find(d->boards, d->n_boards, c->own[i].board) != NULL) {
            t->rings[i] = visit_plan_ring(v, c->own[i].board, c->own[i].entry);
        }
    }
    for (size_t i = 0; t->dummies && i < c->n_gets; i++) {
        t->gets[i] = visit_plan_get(v);
        ask(v, t->gets[i], &c->gets[i]);
    }
    for (size_t i = 0; t->dummies && i < c->n_burns; i++) {
        burn(v, visit_plan_burn(v), &c->burns[i]);
    }
    return RC_OK;
}

static void
note_at(struct cover_own *o, const uint8_t *relay, uint64_t page)
{
    size_t i = 0;

    while (i < o->n_rung && memcmp(o->rung[i].relay, relay, 32) != 0) {
        i++;
    }
    if (i < DIRECTORY_RELAYS_MAX) {
        memcpy(o->rung[i].relay, relay, 32);
        o->rung[i].page = page;
        o->n_rung = i == o->n_rung ? i + 1 : o->n_rung;
    }
}

/* Where it was taken: at once, so that it is known if it never comes. */
static void
note_rung(struct turn *t)
{
    struct visit *v = &t->c->v;

    (void)pthread_mutex_lock(&t->c->mutex);
    for (size_t i = t->first; i < t->end; i++) {
        struct cover_own *o = &t->c->own[i];
        const struct directory *d = v->w.bundle->directory;
        const struct board *board =
            board_find(d->boards, d->n_boards, o->board);

        for (size_t k = 0; t->rings[i] != NULL && k < v->w.n_relays; k++) {
            if (t->rings[i]->at[k].queued) {
                note_at(o, v->w.relays[k].info->id,
                        watch_near_page(board, t->rings[i]->at[k].page));
            }
        }
    }
    (void)pthread_mutex_unlock(&t->c->mutex);
    atomic_store(&t->c->news, true);
}

static void
tick(struct visit *v, void *arg)
{
    struct turn *t = arg;

    if (v->step == VISIT_PAGES && v->rung && !t->noted) {
        t->noted = true;
        note_rung(t);
    }
}

/* --- the body of a dummy answer ------------------------------------------- */

/* Nobody looks at what it is. */
static enum rc
take_box(uint32_t i, const uint8_t chunk[BODY_CHUNK_LEN], void *arg)
{
    (void)i;
    (void)chunk;
    (void)arg;
    return RC_OK;
}

static void
fetch_body(struct visit *v, const struct cover_dummy *d)
{
    uint8_t key[KDF_LEN];

    body_key_answer(key, d->root, d->i, d->digest);
    (void)!download_run(v, key, d->boxes, take_box, NULL);
    sodium_memzero(key, sizeof key);
}

static bool
is_there(const struct visit *v, const struct visit_get *get)
{
    bool any = false;

    for (size_t k = 0; k < v->w.n_relays; k++) {
        any = any || get->at[k].present;
    }
    return any;
}

/* --- the body of an own report -------------------------------------------- */

struct own_boxes {
    const struct cover *c;
    struct upload u;
};

/* There is no upload that could be taken up: of the week before none. */
static enum rc
box_cell(uint8_t cell[static CELL_LEN], enum upload_week week, size_t k,
         uint32_t i, const void *arg)
{
    const struct own_boxes *b = arg;
    const struct cover *c = b->c;
    const struct body_place at = {c->body.key,
                                  c->v.w.relays[b->u.at[k].relay].info->id, i};
    const uint64_t start = (uint64_t)i * BODY_CHUNK_LEN;
    uint8_t address[DROP_ADDRESS_LEN], hash[DROP_BURN_LEN];
    uint8_t box[CELL_BOX_LEN];
    const struct cell_request req = {.op = CELL_PUT,
                                     .address = address,
                                     .burn = hash,
                                     .data = box,
                                     .data_len = sizeof box};
    enum rc rc;

    if (week == UPLOAD_BEFORE) {
        return RC_MISSING;
    }
    body_address(address, &at);
    /* Of nobody; the same each time, as the cell must be. */
    kdf(hash, c->body.key, "own burn", address, sizeof address);
    rc = body_box_seal(box, &at, c->bytes + (start < c->body.len ? start : 0),
                       body_chunk_len(c->body.len, i));
    return rc == RC_OK ? cell_request_write(cell, &req) : rc;
}

/* As a reporter does. RC_OK: all boxes are at one relay at least. */
static enum rc
put_body(struct cover *c)
{
    struct own_boxes b = {
        .c = c,
        .u = {.v = &c->v, .cell = box_cell, .arg = &b, .boxes = c->body.boxes}};

    for (size_t i = 0; i < c->v.n_writers; i++) {
        if (c->v.w.relays[c->v.writers[i]].up) {
            b.u.at[b.u.n++].relay = c->v.writers[i];
        }
    }
    return upload_run(&b.u);
}

/* --- all of it ------------------------------------------------------------ */

static enum rc
visit(struct turn *t)
{
    const struct visit_job job = {.choose = choose, .tick = tick, .arg = t};
    const char *problem;
    enum rc rc = visit_run(&t->c->v, &job, &problem);

    if (t->c->v.rung) {
        note_rung(t);
    }
    return rc;
}

void *
cover_main(void *arg)
{
    struct cover *c = arg;
    struct turn first = {.c = c,
                         .end = c->body.boxes > 0 ? c->n_own - 1 : c->n_own,
                         .dummies = true};
    struct turn second = {.c = c, .first = first.end, .end = c->n_own};
    enum rc rc = visit(&first);

    for (size_t i = 0; rc == RC_OK && i < c->n_gets; i++) {
        if (c->gets[i].boxes > 0 && is_there(&c->v, first.gets[i])) {
            fetch_body(&c->v, &c->gets[i]);
        }
    }
    if (rc == RC_OK && c->body.boxes > 0 && put_body(c) == RC_OK) {
        visit_between(&c->v);
        (void)!visit(&second);
    }
    atomic_store(&c->ended, true);
    return NULL;
}
