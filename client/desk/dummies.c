/* SPDX-License-Identifier: ISC */
#include "dummies.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "clock.h"
#include "notes.h"

/* Random to all but us, and the same after a restart. */
static void
make_inner(struct outgoing_answer *o)
{
    uint8_t seed[KDF_LEN];

    kdf(seed, o->root, "dummy inside", &o->rec.i, 1);
    randombytes_buf_deterministic(o->rec.inner, sizeof o->rec.inner, seed);
    sodium_memzero(seed, sizeof seed);
}

static enum rc
load_one(const struct vault_row *row, void *arg)
{
    struct watch *w = arg;
    struct outgoing_answer *o = calloc(1, sizeof *o);
    enum rc rc;

    if (o == NULL) {
        return RC_NOMEM;
    }
    if (dummy_parse(&o->rec, o->root, row) != RC_OK) {
        outgoing_free(o);
        return RC_OK;
    }
    if (outbox_is_over(w, &o->rec)) {
        rc = dummy_delete(w->d->vault, o->root);
        outgoing_free(o);
        return rc;
    }
    o->dummy = true;
    make_inner(o);
    answer_entry(o->entry, o->root, o->rec.i);
    if ((rc = outbox_add(w, o)) != RC_OK) {
        outgoing_free(o);
        return rc;
    }
    w->out.dummies++;
    return RC_OK;
}

/* What a failure has left: all of it comes again. */
static void
unload(struct watch *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->out.n; i++) {
        if (w->out.list[i]->dummy) {
            outgoing_free(w->out.list[i]);
        } else {
            w->out.list[n++] = w->out.list[i];
        }
    }
    w->out.n = n;
    w->out.dummies = 0;
}

enum rc
dummies_load(struct watch *w)
{
    enum rc rc;

    if (w->out.dummies_loaded) {
        return RC_OK;
    }
    if ((rc = vault_each(w->d->vault, VAULT_DUMMY, load_one, w, NULL)) ==
        RC_OK) {
        w->out.dummies_loaded = true;
    } else {
        unload(w);
    }
    return rc;
}

enum rc
dummies_keep(struct watch *w, const struct outgoing_answer *o)
{
    return dummy_put(w->d->vault, o->root, &o->rec);
}

enum rc
outbox_dummy(struct watch *w, uint64_t body_len)
{
    struct outgoing_answer *o;
    enum rc rc = dummies_load(w);

    if (rc != RC_OK) {
        return rc;
    }
    if (w->out.dummies >= DUMMIES_MAX) {
        return RC_FULL;
    }
    if ((o = calloc(1, sizeof *o)) == NULL) {
        return RC_NOMEM;
    }
    o->dummy = true;
    o->rec.state = ANSWER_QUEUED;
    o->rec.due = clock_now();
    o->rec.body.len = body_len;
    o->rec.body.boxes = body_len > 0 ? body_boxes(body_len) : 0;
    randombytes_buf(o->root, sizeof o->root);
    if ((rc = dummies_keep(w, o)) == RC_OK) {
        rc = outbox_add(w, o);
    }
    if (rc == RC_OK) {
        w->out.dummies++;
    } else {
        outgoing_free(o);
    }
    return rc;
}

/* A week without keys, or without a note at the relays, has no answers: nor any
 * dummy. */
enum rc
dummies_seal(struct watch *w, struct outgoing_answer *o, int64_t now)
{
    uint8_t v[64];
    enum rc rc;

    o->rec.day = desk_today(w->d, now);
    rc = notes_sign_key(w->d, v, o->rec.day / WEEK_DAYS);
    sodium_memzero(v, sizeof v);
    if (rc != RC_OK) {
        return rc;
    }
    o->rec.i = (uint8_t)o->rec.taken; /* one that was taken is used */
    o->rec.state = ANSWER_SEALED;
    make_inner(o);
    return dummies_keep(w, o);
}
