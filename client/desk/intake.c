/* SPDX-License-Identifier: ISC */
#include "intake.h"

#include <sodium.h>

#include <string.h>

#include "clock.h"
#include "entry.h"
#include "kdf.h"
#include "reader.h"
#include "writer.h"

/* An entry that opened. Secret. */
struct opened {
    uint8_t e[32];
    uint32_t week; /* t */
    uint32_t day;  /* of its page */
    uint8_t bytes[HEAD_LEN];
    struct head head; /* leads into bytes */
};

/* A desk acts once on E and P together: with k_t alone one can make another
 * entry with a report's E, which must not keep that report out. */
static void
opened_id(uint8_t id[static VAULT_ID_MAX], const struct opened *o)
{
    memcpy(id, o->e, sizeof o->e);
    memcpy(id + sizeof o->e, o->head.p, sizeof o->head.p);
}

/* That it was acted on. */
static enum rc
note_opened(struct desk *d, const struct opened *o)
{
    uint8_t id[VAULT_ID_MAX], week[4];
    struct writer w;

    opened_id(id, o);
    wr_init(&w, week, sizeof week);
    wr_u32(&w, o->week);
    return vault_put(d->vault, VAULT_OPENED, id, sizeof id, week, sizeof week);
}

/* Does who made this hold root, and the secret of reply? */
static bool
is_proven(const struct desk *d, const struct opened *o, const uint8_t *root,
          const uint8_t *reply)
{
    const struct weekkey *key = weekkeys_find(d->keys, o->week);
    const struct head_proof of = {root, o->e, o->week,
                                  key == NULL ? NULL : key->k, reply};

    return key != NULL && head_is_proven(o->bytes, &of);
}

/* The keys of the page's week, the one before and the one after. */
static size_t
keys_for(const struct desk *d, uint32_t week, struct entry_keys out[static 3])
{
    static const int order[3] = {0, -1, 1};
    size_t n = 0;

    for (size_t i = 0; i < 3; i++) {
        const struct weekkey *key =
            weekkeys_find(d->keys, (uint32_t)((int64_t)week + order[i]));

        if (key != NULL) {
            out[n].week = key->week;
            out[n].k_public = key->k_public;
            memcpy(out[n].k, key->k, sizeof out[n].k);
            memcpy(out[n].q, key->q, sizeof out[n].q);
            n++;
        }
    }
    return n;
}

static enum rc
open_entry(const struct desk *d, struct opened *o, const uint8_t *entry,
           const struct intake_place *at)
{
    struct entry_keys keys[3] = {0};
    int64_t time = (int64_t)(at->page * at->tick);
    size_t n, which = 0;
    enum rc rc;

    memset(o, 0, sizeof *o);
    n = keys_for(d, clock_week(time), keys);
    rc = entry_open(o->bytes, &which, entry, d->config.org, keys, n);
    if (rc == RC_OK) {
        memcpy(o->e, entry, sizeof o->e);
        o->week = keys[which].week;
        o->day = clock_day(time);
        rc = head_parse(&o->head, o->bytes);
    }
    sodium_memzero(keys, sizeof keys);
    if (rc != RC_OK || o->head.kind == HEAD_ANSWER) {
        return RC_MISSING; /* a miss, whatever was wrong: scanning goes on */
    }
    return RC_OK;
}

/* --- cases --------------------------------------------------------------- */

/* Looks for the case that an entry belongs to. */
struct search {
    const struct desk *d;
    const struct opened *o;
    struct case_rec *out;  /* it, or one that is not it */
    bool found;            /* root and R_O fit; for a follow-up: P */
    bool near;             /* root or conversation does, no more */
};

static bool
is_case_of(const struct search *s, const struct case_rec *c, bool *near)
{
    const struct head *h = &s->o->head;

    if (h->kind == HEAD_REPORT) {
        *near = !c->lost && sodium_memcmp(c->root, h->a, 32) == 0;
        return *near && sodium_memcmp(c->reply, h->b, 32) == 0;
    }
    *near = !c->lost && sodium_memcmp(c->conversation, h->a, 32) == 0;
    return *near && is_proven(s->d, s->o, c->root, c->reply);
}

static enum rc
match_case(const struct vault_row *row, void *arg)
{
    struct search *s = arg;
    struct case_rec c;
    bool near = false;

    if (!s->found && case_parse(&c, row) == RC_OK) {
        s->found = is_case_of(s, &c, &near);
        if (s->found || near) {
            *s->out = c;
            s->near = true;
        }
    }
    sodium_memzero(&c, sizeof c);
    return RC_OK;
}

/* RC_MISSING: there is none. RC_TAKEN: *out has the same root, but nothing
 * shows that it is the same person. */
static enum rc
find_case(struct desk *d, struct case_rec *out, const struct opened *o)
{
    struct search s = {d, o, out, false, false};
    enum rc rc;

    memset(out, 0, sizeof *out);
    rc = vault_each(d->vault, VAULT_CASE, match_case, &s, NULL);
    return rc != RC_OK ? rc : s.found ? RC_OK : s.near ? RC_TAKEN : RC_MISSING;
}

/* One without root and R_O where it is lost. */
static enum rc
new_case(struct desk *d, struct case_rec *c, const struct opened *o)
{
    uint64_t number = 0;
    enum rc rc;

    if ((rc = vault_number(d->vault, "cases", &number)) != RC_OK ||
        (rc = vault_set_number(d->vault, "cases", ++number)) != RC_OK) {
        return rc;
    }
    memset(c, 0, sizeof *c);
    c->number = (uint32_t)number;
    c->day = o->day;
    if (o->head.kind == HEAD_FOLLOW_UP) {
        c->lost = true;
        memcpy(c->conversation, o->head.a, sizeof c->conversation);
        return RC_OK;
    }
    memcpy(c->root, o->head.a, sizeof c->root);
    memcpy(c->reply, o->head.b, sizeof c->reply);
    conversation_id(c->conversation, c->root);
    return RC_OK;
}

/* A body that a message names waits to be fetched, or is too large. */
static enum rc
add_body(struct desk *d, struct message_rec *m, const struct head *h)
{
    struct body_rec b = {0};

    m->body.boxes = h->boxes;
    m->body.len = h->body_len;
    memcpy(m->body.key, h->body_key, sizeof m->body.key);
    memcpy(m->body.digest, h->digest, sizeof m->body.digest);
    randombytes_buf(m->body_id, sizeof m->body_id);
    memcpy(b.id, m->body_id, sizeof b.id);
    b.case_no = m->case_no;
    b.seq = m->seq;
    b.body = m->body;
    b.state = h->body_len > d->max_body ? BODY_REFUSED : BODY_WAITING;
    return body_put(d->vault, &b);
}

/* Writes the message and the case with it. */
static enum rc
add_message(struct desk *d, struct case_rec *c, const struct opened *o,
            bool *body)
{
    struct message_rec m = {0};
    enum rc rc = RC_OK;

    m.case_no = c->number;
    m.seq = c->messages;
    m.kind = o->head.kind;
    m.day = o->day;
    m.text_len = o->head.text_len;
    memcpy(m.text, o->head.text, m.text_len);
    if (o->head.boxes > 0) {
        rc = add_body(d, &m, &o->head);
        *body = true;
    }
    c->messages++;
    c->unread = true;
    if (rc == RC_OK && (rc = message_put(d->vault, &m)) == RC_OK) {
        rc = case_put(d->vault, c);
    }
    sodium_memzero(&m, sizeof m);
    return rc;
}

/* --- orphans ------------------------------------------------------------- */

static enum rc
orphan_open(struct opened *o, struct orphan_rec *rec,
            const struct vault_row *row)
{
    memset(o, 0, sizeof *o);
    if (orphan_parse(rec, row) != RC_OK) {
        return RC_MISSING; /* damaged; said where rows are counted */
    }
    memcpy(o->e, rec->e, sizeof o->e);
    memcpy(o->bytes, rec->head, sizeof o->bytes);
    o->week = rec->week;
    o->day = rec->day;
    return head_parse(&o->head, o->bytes) == RC_OK ? RC_OK : RC_MISSING;
}

struct adoption {
    struct desk *d;
    struct case_rec *c;
    size_t adopted;
    bool body;
};

/* What this case can't prove may yet be another's with its root. */
static enum rc
adopt(const struct vault_row *row, void *arg)
{
    struct adoption *a = arg;
    struct orphan_rec rec;
    struct opened o;
    enum rc rc = RC_OK;

    if (orphan_open(&o, &rec, row) == RC_OK &&
        sodium_memcmp(o.head.a, a->c->conversation, 32) == 0 &&
        is_proven(a->d, &o, a->c->root, a->c->reply)) {
        a->adopted++;
        if ((rc = add_message(a->d, a->c, &o, &a->body)) == RC_OK &&
            (rc = note_opened(a->d, &o)) == RC_OK) {
            rc = orphan_delete(a->d->vault, &rec);
        }
    }
    sodium_memzero(&o, sizeof o);
    sodium_memzero(&rec, sizeof rec);
    return rc;
}

/*
 * Strangers can make follow-ups at will, so of a week so many are kept, those
 * with the lowest lots. The lot is a hash under the week's key: nobody else
 * can make low ones, and one that comes again draws the same.
 */
struct lots {
    const uint8_t *key;
    uint32_t week;
    size_t n;            /* kept */
    uint8_t highest[32]; /* of those */
    struct orphan_rec last;
};

static void
draw_lot(uint8_t lot[static 32], const uint8_t *key, const struct opened *o)
{
    uint8_t id[VAULT_ID_MAX];

    opened_id(id, o);
    kdf(lot, key, "follow-up lot", id, sizeof id);
}

static enum rc
count_lot(const struct vault_row *row, void *arg)
{
    struct lots *l = arg;
    struct orphan_rec rec;
    struct opened o;
    uint8_t lot[32];

    if (orphan_open(&o, &rec, row) == RC_OK && o.week == l->week) {
        draw_lot(lot, l->key, &o);
        if (l->n++ == 0 || memcmp(lot, l->highest, sizeof lot) > 0) {
            memcpy(l->highest, lot, sizeof lot);
            l->last = rec;
        }
    }
    sodium_memzero(&o, sizeof o);
    sodium_memzero(&rec, sizeof rec);
    return RC_OK;
}

static enum rc
keep_orphan(struct desk *d, struct intake_result *out, const struct opened *o)
{
    struct lots l = {.key = weekkeys_find(d->keys, o->week)->q,
                     .week = o->week};
    struct orphan_rec rec = {.week = o->week, .day = o->day};
    uint8_t lot[32];
    enum rc rc = vault_each(d->vault, VAULT_ORPHAN, count_lot, &l, NULL);

    out->what = INTAKE_ORPHAN;
    if (rc == RC_OK && l.n >= INTAKE_ORPHANS_MAX) {
        draw_lot(lot, l.key, o);
        if (memcmp(lot, l.highest, sizeof lot) > 0) {
            out->what = INTAKE_CROWDED;
        } else {
            rc = orphan_delete(d->vault, &l.last);
        }
    }
    if (rc == RC_OK && out->what == INTAKE_ORPHAN) {
        memcpy(rec.e, o->e, sizeof rec.e);
        memcpy(rec.head, o->bytes, sizeof rec.head);
        rc = orphan_put(d->vault, &rec);
    }
    sodium_memzero(&l, sizeof l);
    sodium_memzero(&rec, sizeof rec);
    return rc;
}

/* --- the three kinds ----------------------------------------------------- */

/* A new case; where the root is another's, both say so from now on. */
static enum rc
begin_case(struct desk *d, struct case_rec *c, struct case_rec *other,
           const struct opened *o)
{
    enum rc rc = new_case(d, c, o);

    if (rc == RC_OK && other != NULL) {
        c->twin = other->number;
        c->spent = other->spent; /* the addresses are the same */
        if (other->twin == 0) {
            other->twin = c->number;
            rc = case_put(d->vault, other);
        }
    }
    return rc;
}

static enum rc
take_report(struct desk *d, struct intake_result *out, const struct opened *o)
{
    struct adoption a = {.d = d};
    struct case_rec c, other;
    enum rc rc;

    if (!is_proven(d, o, o->head.a, o->head.b)) {
        return RC_OK; /* a miss */
    }
    rc = find_case(d, &c, o);
    out->what = INTAKE_MESSAGE;
    if (rc == RC_MISSING || rc == RC_TAKEN) {
        out->what = INTAKE_CASE;
        out->twin = rc == RC_TAKEN;
        other = c;
        rc = begin_case(d, &c, out->twin ? &other : NULL, o);
    }
    if (rc == RC_OK) {
        rc = add_message(d, &c, o, &out->body);
    }
    if (rc == RC_OK && out->what == INTAKE_CASE) {
        a.c = &c;
        rc = vault_each(d->vault, VAULT_ORPHAN, adopt, &a, NULL);
        out->adopted = a.adopted;
        out->body = out->body || a.body;
    }
    out->case_no = c.number;
    sodium_memzero(&c, sizeof c);
    sodium_memzero(&other, sizeof other);
    return rc;
}

static enum rc
take_follow_up(struct desk *d, struct intake_result *out,
               const struct opened *o)
{
    struct case_rec c;
    enum rc rc = find_case(d, &c, o);

    if (rc == RC_MISSING) {
        rc = keep_orphan(d, out, o);
    } else if (rc == RC_TAKEN) {
        out->what = INTAKE_FORGED;
        rc = RC_OK;
    } else if (rc == RC_OK) {
        out->what = INTAKE_MESSAGE;
        rc = add_message(d, &c, o, &out->body);
    }
    out->case_no = c.number;
    sodium_memzero(&c, sizeof c);
    return rc;
}

/* Our own has come back at this relay. */
static enum rc
take_own(struct desk *d, struct intake_result *out, const struct opened *o,
         const struct intake_place *at)
{
    struct relay_rec *relay;
    struct own_rec own;
    enum rc rc = own_get(d->vault, &own, o->head.a);

    if (rc != RC_OK) {
        return rc == RC_MISSING ? RC_OK : rc; /* of another store, or a copy */
    }
    out->what = INTAKE_OWN;
    relay = relay_rec_of(own.relays, &own.n_relays, at->relay);
    if (relay == NULL || relay->seen) {
        return RC_OK;
    }
    relay->seen = true;
    return own_put(d->vault, &own);
}

static enum rc
own_body(struct desk *d, struct intake_result *out, const struct opened *o)
{
    struct body_rec b = {0};

    randombytes_buf(b.id, sizeof b.id);
    b.body.boxes = o->head.boxes;
    b.body.len = o->head.body_len;
    memcpy(b.body.key, o->head.body_key, sizeof b.body.key);
    memcpy(b.body.digest, o->head.digest, sizeof b.body.digest);
    out->body = true;
    return body_put(d->vault, &b);
}

static enum rc
take_opened(struct desk *d, struct intake_result *out, const struct opened *o,
            const struct intake_place *at)
{
    uint8_t id[VAULT_ID_MAX];
    bool again;
    enum rc rc = RC_OK;

    opened_id(id, o);
    again = vault_has(d->vault, VAULT_OPENED, id, sizeof id) ||
            vault_has(d->vault, VAULT_ORPHAN, id, sizeof id);
    if (o->head.kind == HEAD_OWN) {
        /* At every relay, again and again: that is what it is for. */
        rc = take_own(d, out, o, at);
        if (rc == RC_OK && !again && out->what == INTAKE_OWN &&
            o->head.boxes > 0) {
            rc = own_body(d, out, o);
        }
    } else if (again) {
        out->what = INTAKE_KNOWN;
        return RC_OK;
    } else if (o->head.kind == HEAD_REPORT) {
        rc = take_report(d, out, o);
    } else {
        rc = take_follow_up(d, out, o);
    }
    /* What is a miss never counts; what waits has its own row. */
    if (rc != RC_OK || again ||
        (out->what != INTAKE_CASE && out->what != INTAKE_MESSAGE &&
         out->what != INTAKE_OWN)) {
        return rc;
    }
    return note_opened(d, o);
}

enum rc
intake_entry(struct desk *d, struct intake_result *out, const uint8_t *entry,
             const struct intake_place *at)
{
    struct opened o;
    enum rc rc;

    memset(out, 0, sizeof *out);
    if (open_entry(d, &o, entry, at) != RC_OK) {
        sodium_memzero(&o, sizeof o);
        return RC_OK;
    }
    if ((rc = vault_begin(d->vault)) == RC_OK) {
        if ((rc = take_opened(d, out, &o, at)) == RC_OK) {
            rc = vault_commit(d->vault);
        } else {
            vault_abort(d->vault);
        }
    }
    if (rc != RC_OK) {
        memset(out, 0, sizeof *out);
    }
    sodium_memzero(&o, sizeof o);
    return rc;
}

/* --- the end of a week's keys -------------------------------------------- */

struct forgetting {
    struct desk *d;
    enum vault_kind kind;
    uint32_t week;
};

/* Rows of these kinds begin with the week. */
static enum rc
forget(const struct vault_row *row, void *arg)
{
    struct forgetting *f = arg;
    struct reader r;
    uint32_t week;

    rd_init(&r, row->data, row->len);
    week = rd_u32(&r);
    if (r.rc == RC_OK && week <= f->week) {
        return vault_delete(f->d->vault, f->kind, row->id, row->id_len);
    }
    return RC_OK;
}

/* Has this conversation a case; a lost one? *out: the lost one. */
struct conversation {
    const uint8_t *id;
    struct case_rec *out;
    bool known, lost;
};

static enum rc
match_conversation(const struct vault_row *row, void *arg)
{
    struct conversation *s = arg;
    struct case_rec c;

    if (case_parse(&c, row) == RC_OK &&
        sodium_memcmp(c.conversation, s->id, 32) == 0) {
        s->known = s->known || !c.lost;
        s->lost = s->lost || c.lost;
        *s->out = c;
    }
    sodium_memzero(&c, sizeof c);
    return RC_OK;
}

/* No page is left that could bring its report: it is shown as what it is. */
static enum rc
show_lost(struct desk *d, const struct opened *o)
{
    struct case_rec c = {0};
    struct conversation s = {o->head.a, &c, false, false};
    bool body = false;
    enum rc rc = vault_each(d->vault, VAULT_CASE, match_conversation, &s, NULL);

    if (rc == RC_OK && !s.known) { /* else it fits none of that root: a miss */
        if (!s.lost) {
            rc = new_case(d, &c, o);
        }
        rc = rc == RC_OK ? add_message(d, &c, o, &body) : rc;
    }
    sodium_memzero(&c, sizeof c);
    return rc;
}

static enum rc
end_orphan(const struct vault_row *row, void *arg)
{
    struct forgetting *f = arg;
    struct orphan_rec rec;
    struct opened o;
    enum rc rc = RC_OK;

    if (orphan_open(&o, &rec, row) == RC_OK && o.week <= f->week &&
        (rc = show_lost(f->d, &o)) == RC_OK) {
        rc = orphan_delete(f->d->vault, &rec);
    }
    sodium_memzero(&o, sizeof o);
    sodium_memzero(&rec, sizeof rec);
    return rc;
}

static enum rc
forget_week(struct desk *d, uint32_t week)
{
    static const enum vault_kind kinds[] = {VAULT_OPENED, VAULT_OWN};
    struct forgetting f = {d, VAULT_ORPHAN, week};
    enum rc rc = vault_each(d->vault, VAULT_ORPHAN, end_orphan, &f, NULL);

    for (size_t i = 0; rc == RC_OK && i < sizeof kinds / sizeof kinds[0];
         i++) {
        f.kind = kinds[i];
        rc = vault_each(d->vault, kinds[i], forget, &f, NULL);
    }
    return rc;
}

enum rc
intake_forget_week(struct desk *d, uint32_t week)
{
    enum rc rc = vault_begin(d->vault);

    if (rc != RC_OK) {
        return rc;
    }
    if ((rc = forget_week(d, week)) == RC_OK) {
        return vault_commit(d->vault);
    }
    vault_abort(d->vault);
    return rc;
}
