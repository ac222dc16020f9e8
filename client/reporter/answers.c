/* SPDX-License-Identifier: ISC */
#include "answers.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "clock.h"

struct clue {
    uint8_t entry[ENTRY_ANSWER_LEN];
    uint32_t at; /* org * 64 + i */
};

/* Which answer, and where. */
struct answer_at {
    const uint8_t *root; /* root_O */
    size_t org;          /* indexes */
    size_t relay;
    uint8_t i;
};

static int
clue_cmp(const void *a, const void *b)
{
    return memcmp(((const struct clue *)a)->entry,
                  ((const struct clue *)b)->entry, ENTRY_ANSWER_LEN);
}

enum rc
answers_init(struct answers *a, const uint8_t *seed, const struct directory *d)
{
    const size_t n = d->n_orgs * ANSWERS_MAX;

    memset(a, 0, sizeof *a);
    a->clues = calloc(n + 1, sizeof *a->clues);
    a->days = calloc(n + 1, sizeof *a->days);
    if (a->clues == NULL || a->days == NULL) {
        answers_wipe(a);
        return RC_NOMEM;
    }
    a->seed = seed;
    a->n_orgs = d->n_orgs;
    for (size_t org = 0; org < d->n_orgs; org++) {
        uint8_t root[KDF_LEN];

        conversation_root(root, seed, d->orgs[org].id);
        for (uint8_t i = 0; i < ANSWERS_MAX; i++) {
            struct clue *c = &a->clues[org * ANSWERS_MAX + i];

            answer_entry(c->entry, root, i);
            c->at = (uint32_t)(org * ANSWERS_MAX + i);
        }
        sodium_memzero(root, sizeof root);
    }
    qsort(a->clues, n, sizeof *a->clues, clue_cmp);
    return RC_OK;
}

void
answers_wipe(struct answers *a)
{
    if (a->clues != NULL) {
        sodium_memzero(a->clues, a->n_orgs * ANSWERS_MAX * sizeof *a->clues);
    }
    free(a->clues);
    free(a->days);
    memset(a, 0, sizeof *a);
}

void
answers_entry(const uint8_t *entry, uint32_t day, void *arg)
{
    struct answers *a = arg;
    struct clue key = {.at = 0};
    const struct clue *hit;

    memcpy(key.entry, entry, sizeof key.entry);
    hit = bsearch(&key, a->clues, a->n_orgs * ANSWERS_MAX, sizeof key,
                  clue_cmp);
    if (hit != NULL && (a->days[hit->at] == 0 || day < a->days[hit->at])) {
        a->days[hit->at] = day;
    }
}

uint32_t
answers_day(const struct answers *a, size_t org, unsigned i)
{
    return a->days[org * ANSWERS_MAX + i];
}

/* What one relay's box is. */
static enum answer_state
open_box(struct opened *out, const struct visit *v, const struct answers *a,
         const struct answer_at *at, const uint8_t box[static CELL_BOX_LEN])
{
    const struct desknote *note = v->w.bundle->desk[at->org];
    uint8_t inner[ANSWER_INNER_LEN], r[32], R[32];
    const uint8_t *id = v->w.bundle->directory->orgs[at->org].id;
    const struct answer_with with = {id, at->root, R, at->i};
    const struct answer_place place = {at->root, v->w.relays[at->relay].info->id,
                                       at->i};
    const struct answer_by by = {note, v->w.today};
    enum rc rc;

    if (note == NULL) {
        return ANSWER_UNCHECKED;
    }
    if (answer_unwrap(inner, &place, box) != RC_OK) {
        return ANSWER_GONE; /* what any relay can make is none of ours */
    }
    if ((rc = conversation_reply_key(r, R, a->seed, id)) == RC_OK) {
        rc = answer_open(&out->answer, out->plain, &with, r, inner, &by);
    }
    sodium_memzero(r, sizeof r);
    sodium_memzero(inner, sizeof inner);
    return rc == RC_OK        ? ANSWER_GOOD
           : rc == RC_EXPIRED ? ANSWER_OLD
           : rc == RC_AGAIN   ? ANSWER_AHEAD
           : rc == RC_MISSING ? ANSWER_LATER
           : rc == RC_FORMAT  ? ANSWER_DAMAGED
                              : ANSWER_WRONG;
}

/* Opens what the relays gave; the same from two of them counts once. */
static void
open_all(struct fetched *out, const struct visit *v, const struct answers *a,
         struct answer_at *at, const struct visit_get *get)
{
    for (at->relay = 0; at->relay < v->w.n_relays; at->relay++) {
        enum answer_state state = get->at[at->relay].answered
                                      ? ANSWER_GONE
                                      : ANSWER_UNREACHED;
        struct opened *o = &out->good[out->n];
        bool fresh = true;

        if (get->at[at->relay].present) {
            state = open_box(o, v, a, at, get->at[at->relay].box);
        }
        out->state = state > out->state ? state : out->state;
        for (size_t k = 0; k < out->n; k++) {
            fresh = fresh && memcmp(out->good[k].plain, o->plain,
                                    sizeof o->plain) != 0;
        }
        out->n += state == ANSWER_GOOD && fresh;
    }
}

void
answers_ask(struct visit_get *get, const struct visit *v,
            const struct answers *a, size_t org, uint8_t i)
{
    uint8_t root[KDF_LEN];

    conversation_root(root, a->seed, v->w.bundle->directory->orgs[org].id);
    for (size_t k = 0; k < v->w.n_relays; k++) {
        const struct answer_place place = {root, v->w.relays[k].info->id, i};

        answer_address(get->at[k].address, &place);
    }
    sodium_memzero(root, sizeof root);
}

void
answers_open(struct fetched *out, const struct visit *v,
             const struct answers *a, size_t org, uint8_t i,
             const struct visit_get *get)
{
    uint8_t root[KDF_LEN];
    struct answer_at at = {root, org, 0, i};

    memset(out, 0, sizeof *out);
    conversation_root(root, a->seed, v->w.bundle->directory->orgs[org].id);
    open_all(out, v, a, &at, get);
    sodium_memzero(root, sizeof root);
}

void
answers_burn(struct visit_burn *burn, const struct visit *v,
             const struct answers *a, size_t org, uint8_t i)
{
    uint8_t root[KDF_LEN];

    conversation_root(root, a->seed, v->w.bundle->directory->orgs[org].id);
    for (size_t k = 0; k < v->w.n_relays; k++) {
        const struct answer_place place = {root, v->w.relays[k].info->id, i};

        answer_address(burn->at[k].address, &place);
        answer_burn_secret(burn->at[k].secret, &place);
    }
    sodium_memzero(root, sizeof root);
}
