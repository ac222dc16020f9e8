/* SPDX-License-Identifier: ISC */
/* Steps 4 and 5 of a visit: two blocks of RING, GET, BURN. */
#include "place.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"
#include "clock.h"

/* A RING that was answered: taken, to be sent again, or over. */
static void
ring_answered(struct place *p, struct place_ring *r,
              const struct cell_answer *ans)
{
    const char *name = visit_relay_name(p->v, p->relay);

    p->rung_ms = clock_mono_ms();
    r->put_off = r->to_work = false;
    if (ans->status == CELL_QUEUED || ans->status == CELL_SEALED) {
        r->queued = true;
        r->stands = ans->status == CELL_SEALED;
        r->page = ans->page;
        return;
    }
    if (toll_is_asked(ans) &&
        toll_asked(&r->toll, r->board, visit_pause_ms(p->v)) == RC_OK) {
        r->put_off = true;
        r->to_work = ans->status == CELL_MORE_EFFORT;
        r->effort = ans->effort;
        if (r->real) {
            visit_say(p->v,
                      _("relay %s: working off the relay's queue; it takes "
                        "some minutes"),
                      name);
        }
        return;
    }
    r->over = true;
    if (!r->real) {
        return;
    }
    if (ans->status == CELL_FULL) {
        visit_say(p->v, _("relay %s: its board is full; try again in an hour"),
                  name);
    } else if (ans->status == CELL_MORE_EFFORT) {
        visit_say(p->v, _("relay %s: it asked for more and more work"), name);
    } else {
        visit_say(p->v, _("relay %s: it is too busy; try again later"), name);
    }
}

static void
ring(struct place *p, struct place_ring *r)
{
    uint8_t down[CELL_LEN];
    struct cell_answer ans;

    toll_nonce(&r->toll, r->cell);
    if (place_exchange(p, r->cell, CELL_RING, down, &ans) == RC_OK) {
        ring_answered(p, r, &ans);
    }
}

void
place_ring_again(struct place *p, struct place_ring *r)
{
    ring(p, r);
}

static void
get(struct place *p, struct visit_get *get)
{
    const struct cell_request req = {.op = CELL_GET,
                                     .address = get->at[p->relay].address};
    uint8_t up[CELL_LEN];
    uint8_t down[CELL_LEN];
    struct cell_answer ans;

    if (cell_request_write(up, &req) != RC_OK ||
        place_exchange(p, up, CELL_GET, down, &ans) != RC_OK) {
        return;
    }
    get->at[p->relay].present = ans.status == CELL_PRESENT;
    get->at[p->relay].answered =
        ans.status == CELL_PRESENT || ans.status == CELL_ABSENT;
    if (ans.status == CELL_PRESENT) {
        memcpy(get->at[p->relay].box, ans.box, CELL_BOX_LEN);
    }
}

static void
burn(struct place *p, struct visit_burn *burn)
{
    const struct cell_request req = {.op = CELL_BURN,
                                     .address = burn->at[p->relay].address,
                                     .burn = burn->at[p->relay].secret};
    uint8_t up[CELL_LEN];
    uint8_t down[CELL_LEN];
    struct cell_answer ans;

    if (cell_request_write(up, &req) == RC_OK &&
        place_exchange(p, up, CELL_BURN, down, &ans) == RC_OK) {
        burn->at[p->relay].burned = ans.status == CELL_BURNED;
        burn->at[p->relay].absent = ans.status == CELL_ABSENT;
    }
}

/* For who watches the visit: what was taken so far. */
static void
note_taken(const struct place *p)
{
    for (size_t i = 0; i < VISIT_BLOCKS && visit_is_writer(p->v, p->relay);
         i++) {
        struct visit_ring *r = &p->v->plan->rings[i];

        r->at[p->relay].queued = p->rings[i].queued;
        r->at[p->relay].page = p->rings[i].page;
    }
}

void *
place_ringing(void *arg)
{
    struct place *p = arg;
    struct visit_plan *plan = p->v->plan;

    atomic_store(&p->step, VISIT_RINGING);
    p->rung_ms = clock_mono_ms();
    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        if (i > 0 && p->v->opt.pace > 0) {
            (void)pause_ms(randombytes_uniform(p->v->opt.pace * 1000 + 1),
                           &p->stop);
        }
        if (!place_is_up(p)) {
            break;
        }
        ring(p, &p->rings[i]);
        get(p, &plan->gets[i]);
        burn(p, &plan->burns[i]);
    }
    note_taken(p);
    place_pages(p);
    atomic_store(&p->ended, true);
    return NULL;
}
