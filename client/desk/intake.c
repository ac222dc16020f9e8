/* SPDX-License-Identifier: ISC */
#include "intake.h"

#include <sodium.h>

#include <string.h>

#include "clock.h"
#include "entry.h"
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

struct search {
    const uint8_t *root;         /* or */
    const uint8_t *conversation; /* the one that is not NULL */
    struct case_rec *out;
    bool found;
};

static enum rc
match_case(const struct vault_row *row, void *arg)
{
    struct search *s = arg;
    struct case_rec c;

    if (case_parse(&c, row) == RC_OK &&
        (s->root != NULL
             ? sodium_memcmp(c.root, s->root, 32) == 0
             : sodium_memcmp(c.conversation, s->conversation, 32) == 0)) {
        *s->out = c;
        s->found = true;
    }
    sodium_memzero(&c, sizeof c);
    return RC_OK;
}

static enum rc
find_case(struct desk *d, struct case_rec *out, const uint8_t *root,
          const uint8_t *conversation)
{
    struct search s = {root, conversation, out, false};
    enum rc rc;

    memset(out, 0, sizeof *out);
    rc = vault_each(d->vault, VAULT_CASE, match_case, &s, NULL);
    return rc != RC_OK ? rc : s.found ? RC_OK : RC_MISSING;
}

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

static bool
proof_is_good(const struct case_rec *c, const struct opened *o)
{
    uint8_t b[32];
    bool good;

    head_follow_up_proof(b, o->bytes, c->root, o->e, o->week);
    good = sodium_memcmp(b, o->head.b, sizeof b) == 0;
    sodium_memzero(b, sizeof b);
    return good;
}

/* --- orphans ------------------------------------------------------------- */

struct adoption {
    struct desk *d;
    struct case_rec *c;
    size_t adopted, orphans;
    bool body;
};

static enum rc
adopt(const struct vault_row *row, void *arg)
{
    struct adoption *a = arg;
    struct orphan_rec rec;
    struct opened o = {0};
    enum rc rc = RC_OK;

    a->orphans++;
    if (orphan_parse(&rec, row) != RC_OK) {
        return RC_OK;
    }
    memcpy(o.e, rec.e, sizeof o.e);
    memcpy(o.bytes, rec.head, sizeof o.bytes);
    o.week = rec.week;
    o.day = rec.day;
    if (a->c != NULL && head_parse(&o.head, o.bytes) == RC_OK &&
        sodium_memcmp(o.head.a, a->c->conversation, 32) == 0) {
        if (proof_is_good(a->c, &o)) {
            rc = add_message(a->d, a->c, &o, &a->body);
            a->adopted++;
        }
        if (rc == RC_OK) {
            rc = vault_delete(a->d->vault, VAULT_ORPHAN, rec.e, 32);
        }
    }
    sodium_memzero(&o, sizeof o);
    sodium_memzero(&rec, sizeof rec);
    return rc;
}

static enum rc
keep_orphan(struct desk *d, struct intake_result *out, const struct opened *o)
{
    struct adoption count = {.d = d};
    struct orphan_rec rec;
    enum rc rc = vault_each(d->vault, VAULT_ORPHAN, adopt, &count, NULL);

    if (rc != RC_OK || count.orphans >= INTAKE_ORPHANS_MAX) {
        out->what = INTAKE_CROWDED;
        return rc;
    }
    out->what = INTAKE_ORPHAN;
    memcpy(rec.e, o->e, sizeof rec.e);
    rec.week = o->week;
    rec.day = o->day;
    memcpy(rec.head, o->bytes, sizeof rec.head);
    rc = orphan_put(d->vault, &rec);
    sodium_memzero(&rec, sizeof rec);
    return rc;
}

/* --- the three kinds ----------------------------------------------------- */

static enum rc
take_report(struct desk *d, struct intake_result *out, const struct opened *o)
{
    struct adoption a = {.d = d};
    struct case_rec c;
    enum rc rc = find_case(d, &c, o->head.a, NULL);

    out->what = INTAKE_MESSAGE;
    if (rc == RC_MISSING) {
        out->what = INTAKE_CASE;
        rc = new_case(d, &c, o);
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
    return rc;
}

static enum rc
take_follow_up(struct desk *d, struct intake_result *out,
               const struct opened *o)
{
    struct case_rec c;
    enum rc rc = find_case(d, &c, NULL, o->head.a);

    if (rc == RC_MISSING) {
        rc = keep_orphan(d, out, o);
    } else if (rc == RC_OK && !proof_is_good(&c, o)) {
        out->what = INTAKE_FORGED;
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
        return rc == RC_MISSING ? RC_OK : rc; /* somebody else's idea */
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
    uint8_t week[4];
    struct writer w;
    bool again = vault_has(d->vault, VAULT_OPENED, o->e, sizeof o->e);
    enum rc rc = RC_OK;

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
    if (rc != RC_OK || again || out->what == INTAKE_CROWDED) {
        return rc; /* what was not kept may come again */
    }
    wr_init(&w, week, sizeof week);
    wr_u32(&w, o->week);
    return vault_put(d->vault, VAULT_OPENED, o->e, sizeof o->e, week,
                     sizeof week);
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

enum rc
intake_forget_week(struct desk *d, uint32_t week)
{
    /* No page is left that could bring a follow-up's report. */
    static const enum vault_kind kinds[] = {VAULT_OPENED, VAULT_OWN,
                                            VAULT_ORPHAN};
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < sizeof kinds / sizeof kinds[0];
         i++) {
        struct forgetting f = {d, kinds[i], week};

        rc = vault_each(d->vault, kinds[i], forget, &f, NULL);
    }
    return rc;
}
