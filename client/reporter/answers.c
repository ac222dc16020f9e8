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
answers_entry(const uint8_t *entry, size_t relay, uint64_t page, void *arg)
{
    const struct answers_reader *r = arg;
    struct clue key = {.at = 0};
    const struct clue *hit;
    uint32_t day = (uint32_t)(page * r->tick / DAY_SECONDS);

    (void)relay;
    memcpy(key.entry, entry, sizeof key.entry);
    hit = bsearch(&key, r->answers->clues, r->answers->n_orgs * ANSWERS_MAX,
                  sizeof key, clue_cmp);
    if (hit != NULL &&
        (r->answers->days[hit->at] == 0 || day < r->answers->days[hit->at])) {
        r->answers->days[hit->at] = day;
    }
}

uint32_t
answers_day(const struct answers *a, size_t org, unsigned i)
{
    return a->days[org * ANSWERS_MAX + i];
}

static enum rc
open_box(struct opened *out, const struct visit *v, const struct answers *a,
         size_t org, uint8_t i, const uint8_t box[static CELL_BOX_LEN])
{
    const struct bundle *b = v->w.bundle;
    const uint8_t *id = b->directory->orgs[org].id;
    uint8_t root[KDF_LEN];
    uint8_t r[32];
    uint8_t R[32];
    const struct answer_with with = {id, root, R, i};
    enum rc rc;

    conversation_root(root, a->seed, id);
    rc = conversation_reply_key(r, R, a->seed, id);
    if (rc == RC_OK) {
        rc = answer_open(&out->answer, out->plain, &with, r, box,
                         b->desk[org]);
    }
    sodium_memzero(root, sizeof root);
    sodium_memzero(r, sizeof r);
    return rc;
}

enum rc
answers_fetch(struct opened *out, struct visit *v, const struct answers *a,
              size_t org, uint8_t i)
{
    const struct bundle *b = v->w.bundle;
    struct drop_get get = {.present = false};
    uint8_t root[KDF_LEN];
    bool asked = false;
    enum rc rc;

    memset(out, 0, sizeof *out);
    out->state = ANSWER_GONE;
    conversation_root(root, a->seed, b->directory->orgs[org].id);
    answer_address(get.address, root, i);
    sodium_memzero(root, sizeof root);
    while (out->state != ANSWER_GOOD && visit_get_untried(v, &get)) {
        get.present = false;
        if ((rc = visit_block(v, NULL, &get, NULL)) != RC_OK) {
            return rc;
        }
        asked = asked || get.answered;
        if (!get.present) {
            continue;
        }
        if (b->desk[org] == NULL) {
            out->state = ANSWER_UNCHECKED;
            break;
        }
        rc = open_box(out, v, a, org, i, get.box);
        out->state = rc == RC_OK        ? ANSWER_GOOD
                     : rc == RC_EXPIRED ? ANSWER_OLD
                     : rc == RC_AGAIN   ? ANSWER_AHEAD
                                        : ANSWER_WRONG;
    }
    if (!asked) {
        out->state = ANSWER_UNREACHED;
    }
    return RC_OK;
}

enum rc
answers_burn(enum burn_state *out, struct visit *v, const struct answers *a,
             size_t org, uint8_t i)
{
    struct drop_burn burn = {.done = 0};
    uint8_t root[KDF_LEN];
    enum rc rc;

    conversation_root(root, a->seed, v->w.bundle->directory->orgs[org].id);
    answer_address(burn.address, root, i);
    answer_burn_secret(burn.secret, root, i);
    rc = visit_block(v, NULL, NULL, &burn);
    *out = burn.done + burn.absent < v->w.n_relays ? BURN_PARTLY
           : burn.done > 0                         ? BURN_DONE
                                                   : BURN_GONE;
    sodium_memzero(root, sizeof root);
    sodium_memzero(&burn, sizeof burn);
    return rc;
}
