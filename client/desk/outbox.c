/* SPDX-License-Identifier: ISC */
/* Answers on their way: see watch.h, and PROTOCOL.md sections 6 and 8. */
#include "watch.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "body.h"
#include "cli.h"
#include "clock.h"
#include "dummies.h"
#include "notes.h"

#define LAST_ANSWER (ANSWERS_MAX - 1)

void
outgoing_free(struct outgoing_answer *o)
{
    sodium_memzero(o, sizeof *o);
    free(o);
}

void
outbox_wipe(struct watch *w)
{
    for (size_t i = 0; i < w->out.n; i++) {
        outgoing_free(w->out.list[i]);
    }
    free(w->out.list);
    numbers_wipe(&w->out.numbers);
    memset(&w->out, 0, sizeof w->out);
}

enum rc
outbox_add(struct watch *w, struct outgoing_answer *o)
{
    if (w->out.n == w->out.cap) {
        size_t cap = w->out.cap == 0 ? 16 : w->out.cap * 2;
        struct outgoing_answer **more =
            realloc(w->out.list, cap * sizeof(*more));

        if (more == NULL) {
            return RC_NOMEM;
        }
        w->out.list = more;
        w->out.cap = cap;
    }
    w->out.list[w->out.n++] = o;
    return RC_OK;
}

static uint32_t
retention_of(const struct watch *w)
{
    return w->d->network.bundle->directory->retention;
}

bool
outbox_is_over(struct watch *w, const struct answer_rec *a)
{
    const int64_t now = clock_now();
    const uint32_t last = a->day + retention_of(w) + 1;
    int64_t sure;

    return a->state == ANSWER_FAILED ||
           (a->state == ANSWER_RUNG && clock_day(now) > last &&
            desk_sure(w->d, now, &sure) == RC_OK && clock_day(sure) > last);
}

void
outbox_drop_body(const struct watch *w, const struct answer_rec *a)
{
    char *path;

    if (a->body.boxes > 0 &&
        (path = desk_body_path(w->d, a->body_id)) != NULL) {
        (void)unlink(path);
        free(path);
    }
}

enum rc
outbox_keep(struct watch *w, struct outgoing_answer *o)
{
    struct case_rec c;
    enum rc rc;

    if (o->dummy) {
        return dummies_keep(w, o);
    }
    if ((rc = vault_begin(w->d->vault)) != RC_OK) {
        return rc;
    }
    if ((rc = case_get(w->d->vault, &c, o->rec.case_no)) == RC_OK) {
        rc = answer_put(w->d->vault, &o->rec);
    } else if (rc == RC_MISSING) {
        o->rec.state = ANSWER_FAILED;
        rc = RC_OK;
    }
    sodium_memzero(&c, sizeof c);
    if (rc == RC_OK) {
        return vault_commit(w->d->vault);
    }
    vault_abort(w->d->vault);
    return rc;
}

/* What is in memory only, of one that was begun, goes on: a relay is not to
 * see by what is tried again that somebody works in the store. */
static void
go_on(struct outgoing_answer *o, const struct outgoing *before)
{
    for (size_t i = 0; i < before->n; i++) {
        const struct outgoing_answer *b = before->list[i];

        if (!b->dummy && b->rec.state != ANSWER_QUEUED &&
            b->rec.state == o->rec.state &&
            b->rec.case_no == o->rec.case_no &&
            b->rec.seq == o->rec.seq && b->rec.i == o->rec.i) {
            o->retry_ms = b->retry_ms;
            o->failures = b->failures;
            memcpy(o->tolls, b->tolls, sizeof o->tolls);
            memcpy(o->circuits, b->circuits, sizeof o->circuits);
            for (size_t k = 0; k < o->rec.n_relays; k++) {
                o->rec.relays[k].boxes_put = b->rec.relays[k].boxes_put;
            }
        }
    }
}

struct loading {
    struct watch *w;
    const struct outgoing *before;
};

static enum rc
load_one(const struct vault_row *row, void *arg)
{
    const struct loading *l = arg;
    struct watch *w = l->w;
    struct outgoing_answer *o = calloc(1, sizeof *o);
    struct case_rec c;

    if (o == NULL) {
        return RC_NOMEM;
    }
    if (answer_parse(&o->rec, row) != RC_OK ||
        case_get(w->d->vault, &c, o->rec.case_no) != RC_OK) {
        outgoing_free(o);
        return RC_OK; /* damaged: told by list */
    }
    memcpy(o->root, c.root, sizeof o->root);
    sodium_memzero(&c, sizeof c);
    if (outbox_is_over(w, &o->rec)) {
        outbox_drop_body(w, &o->rec);
        outgoing_free(o);
        return RC_OK;
    }
    answer_entry(o->entry, o->root, o->rec.i);
    go_on(o, l->before);
    if (o->rec.state == ANSWER_QUEUED && o->rec.due == 0) {
        /* new: its wait is drawn once */
        o->rec.due = clock_now() +
                     (int64_t)clocks_exponential(w->means.answer,
                                                 w->means.answer * 6);
        if (outbox_keep(w, o) != RC_OK) {
            o->rec.due = 0;
        }
    }
    if (outbox_add(w, o) != RC_OK) {
        outgoing_free(o);
        return RC_NOMEM;
    }
    return RC_OK;
}

/* In one order, whatever they are: else who is put first after a start is a
 * dummy. */
static int
by_due(const void *a, const void *b)
{
    const struct answer_rec *x =
        &(*(struct outgoing_answer *const *)a)->rec;
    const struct answer_rec *y =
        &(*(struct outgoing_answer *const *)b)->rec;

    if (x->due != y->due) {
        return x->due < y->due ? -1 : 1;
    }
    if (x->case_no != y->case_no) {
        return x->case_no < y->case_no ? -1 : 1;
    }
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* `reply` in another process adds rows. */
enum rc
outbox_load(struct watch *w)
{
    struct outgoing before;
    struct loading l = {w, &before};
    enum rc rc = dummies_load(w);

    if (rc != RC_OK || (w->out.loaded && !vault_changed(w->d->vault))) {
        return rc;
    }
    before = w->out;
    (void)vault_changed(w->d->vault);
    w->out.list = NULL;
    w->out.n = w->out.cap = 0;
    for (size_t i = 0; i < before.n && rc == RC_OK; i++) {
        if (before.list[i]->dummy) {
            rc = outbox_add(w, before.list[i]);
        }
    }
    if (rc != RC_OK) { /* as it was: later */
        free(w->out.list);
        w->out.list = before.list;
        w->out.n = before.n;
        w->out.cap = before.cap;
        return rc;
    }
    w->out.numbers.loaded = false;
    rc = vault_each(w->d->vault, VAULT_ANSWER, load_one, &l, NULL);
    w->out.loaded = rc == RC_OK;
    for (size_t i = 0; i < before.n; i++) {
        if (!before.list[i]->dummy) {
            outgoing_free(before.list[i]);
        }
    }
    free(before.list);
    if (w->out.n > 0) {
        qsort(w->out.list, w->out.n, sizeof(*w->out.list), by_due);
    }
    return rc;
}

/* --- sealing ------------------------------------------------------------- */

/* The last number says so. */
static void
say_last(struct answer_rec *a)
{
    static const char last[] = "\n\n(This is the last answer that this "
                               "conversation has room for.)\n";
    size_t n = sizeof last - 1;

    if (a->text_len + n <= sizeof a->text) {
        memcpy(a->text + a->text_len, last, n);
        a->text_len = (uint16_t)(a->text_len + n);
    }
}

static enum rc
seal_inner(struct watch *w, struct outgoing_answer *o,
           const struct case_rec *c, uint32_t day)
{
    const struct answer_with with = {w->d->config.org, c->root, c->reply,
                                     o->rec.i};
    struct answer a = {.text_len = o->rec.text_len,
                       .boxes = o->rec.body.boxes,
                       .body_len = o->rec.body.len,
                       .day = day,
                       .text = o->rec.text};
    uint8_t v[64], eseed[ANSWER_ESEED_LEN];
    enum rc rc;

    if ((rc = notes_sign_key(w->d, v, day / WEEK_DAYS)) != RC_OK) {
        return rc;
    }
    if (a.boxes > 0) {
        body_key_answer(a.body_key, c->root, o->rec.i, o->rec.body.digest);
    }
    memcpy(a.digest, o->rec.body.digest, sizeof a.digest);
    randombytes_buf(eseed, sizeof eseed);
    rc = answer_seal(o->rec.inner, &with, &a, v, eseed);
    sodium_memzero(v, sizeof v);
    sodium_memzero(eseed, sizeof eseed);
    return rc;
}

/* What seal does, in a group: `reply` changes cases, too. */
static enum rc
seal_in_group(struct watch *w, struct outgoing_answer *o, int64_t now)
{
    struct case_rec c;
    uint8_t i;
    enum rc rc;

    if (o->dummy) {
        return dummies_seal(w, o, now);
    }
    if ((rc = case_get(w->d->vault, &c, o->rec.case_no)) != RC_OK) {
        return rc;
    }
    if ((i = numbers_next(&c)) >= ANSWERS_MAX) {
        o->rec.state = ANSWER_FAILED;
        desk_alarm(w->d,
                   _("case %" PRIu32 " has had all its answers: this one "
                     "can't be sent"),
                   c.number);
        return answer_put(w->d->vault, &o->rec);
    }
    o->rec.i = i;
    if (i == LAST_ANSWER) {
        say_last(&o->rec);
    }
    o->rec.day = desk_today(w->d, now);
    rc = seal_inner(w, o, &c, o->rec.day);
    if (rc == RC_OK) {
        o->rec.state = ANSWER_SEALED;
        /* From here on some relay may have it, whatever it answers. */
        rc = numbers_spend(w->d->vault, &c, o->rec.i);
    } else if (rc == RC_FORMAT || rc == RC_FORGED) {
        o->rec.state = ANSWER_FAILED;
        desk_alarm(w->d,
                   _("case %" PRIu32 " can't be answered: its reply key is "
                     "no good"),
                   c.number);
        rc = RC_OK;
    }
    sodium_memzero(&c, sizeof c);
    return rc == RC_OK ? answer_put(w->d->vault, &o->rec) : rc;
}

/* Takes the next number. The box is on disk before anybody is told of it. */
static enum rc
seal(struct watch *w, struct outgoing_answer *o, int64_t now)
{
    uint16_t text_len = o->rec.text_len;
    enum rc rc = vault_begin(w->d->vault);

    if (rc != RC_OK) {
        return rc;
    }
    if ((rc = seal_in_group(w, o, now)) == RC_OK) {
        rc = vault_commit(w->d->vault);
    } else {
        vault_abort(w->d->vault);
    }
    if (rc != RC_OK) {
        o->rec.state = ANSWER_QUEUED;
        o->rec.text_len = text_len; /* without the line about the last */
        if (rc == RC_EXPIRED) { /* after the group, which took all back */
            desk_alarm(w->d, _("there are no keys for this week: run "
                               "tocsin-desk publish"));
        } else if (rc == RC_AGAIN) {
            desk_alarm(w->d, _("no relay shows a desk note of ours with this "
                               "week's key yet, so nobody could check an "
                               "answer: it waits. If there is no such note, "
                               "run tocsin-desk publish"));
        }
        return rc;
    }
    answer_entry(o->entry, o->root, o->rec.i);
    return RC_OK;
}

/* --- afterwards ---------------------------------------------------------- */

static void
say_found(uint32_t case_no, void *arg)
{
    struct watch *w = arg;

    desk_alarm(w->d,
               _("an answer in case %" PRIu32 " is announced that this store "
                 "does not know: it was restored from an older copy, or "
                 "somebody else holds the root of this conversation"),
               case_no);
}

enum rc
outbox_page(struct watch *w, const struct page *page, const uint8_t *relay)
{
    enum rc spent = numbers_page(&w->out.numbers, w->d->vault, page,
                                 say_found, w);

    if (spent != RC_OK) {
        return spent;
    }
    for (size_t i = 0; i < w->out.n; i++) {
        struct outgoing_answer *o = w->out.list[i];

        if (o->rec.state == ANSWER_QUEUED) {
            continue;
        }
        for (size_t k = 0; k < o->rec.n_relays; k++) {
            struct relay_rec *r = &o->rec.relays[k];

            if (r->seen || memcmp(r->id, relay, 32) != 0) {
                continue;
            }
            for (size_t e = 0; e < page->slots && !r->seen; e++) {
                r->seen = memcmp(page->entries + e * ENTRY_ANSWER_LEN,
                                 o->entry, ENTRY_ANSWER_LEN) == 0;
            }
            if (r->seen) {
                enum rc rc = outbox_keep(w, o);

                if (rc != RC_OK) {
                    return rc;
                }
            }
        }
    }
    return RC_OK;
}

/* Are the answers boards read, as far as relays show them? Before that a number
 * may be used that stands there already. */
static bool
boards_are_read(const struct watch *w)
{
    for (size_t i = 0; i < w->n_feeds; i++) {
        if (board_is_answers(&w->feeds[i]->board) && !w->feeds[i]->settled) {
            return false;
        }
    }
    return true;
}

static void
look_after(struct watch *w, struct outgoing_answer *o, int64_t now_ms)
{
    if (!delivery_look_after(w, o) || o->rec.state != ANSWER_RUNG) {
        return;
    }
    o->rec.state = ANSWER_SEALED;
    o->retry_ms =
        now_ms + (int64_t)(1000 * clocks_exponential(w->means.answer,
                                                     w->means.answer * 6));
    if (outbox_keep(w, o) != RC_OK) {
        cli_error(_("can't write to the case store"));
    }
}

static void
run_one(struct watch *w, struct outgoing_answer *o, int64_t now_ms)
{
    int64_t now = clock_now();
    int64_t most = (int64_t)(w->means.answer * 6) + 1;
    int64_t toll;
    enum rc rc = RC_OK;

    if (o->rec.state == ANSWER_RUNG || o->rec.state == ANSWER_SEALED) {
        look_after(w, o, now_ms);
    }
    if (o->rec.state == ANSWER_RUNG || o->rec.state == ANSWER_FAILED ||
        now_ms < o->retry_ms) {
        return;
    }
    if (o->rec.state == ANSWER_QUEUED) {
        if ((o->rec.due > now && o->rec.due - now <= most) ||
            !boards_are_read(w)) {
            return;
        }
        rc = seal(w, o, now);
    }
    if (rc == RC_OK && o->rec.state == ANSWER_SEALED) {
        rc = delivery_run(w, o);
    }
    toll = toll_next(o->tolls, o->rec.n_relays);
    if (rc == RC_TRUNCATED) {
        o->retry_ms = now_ms; /* in the middle of a body */
    } else if (rc == RC_AGAIN && toll < INT64_MAX) {
        o->retry_ms = toll;
    } else if (rc != RC_OK) {
        o->retry_ms = clock_mono_ms() + watch_backoff_ms(w, ++o->failures);
    } else {
        o->failures = 0;
    }
}

/* Nothing is done with it any more. */
static bool
drop(struct watch *w, size_t at)
{
    struct outgoing_answer *o = w->out.list[at];

    if (o->dummy) {
        if (dummy_delete(w->d->vault, o->root) != RC_OK) {
            return false; /* later */
        }
        w->out.dummies--;
    } else {
        outbox_drop_body(w, &o->rec);
    }
    outgoing_free(o);
    w->out.n--;
    memmove(w->out.list + at, w->out.list + at + 1,
            (w->out.n - at) * sizeof(*w->out.list));
    return true;
}

/* When it is to be looked at again. */
static int64_t
next_turn(const struct outgoing_answer *o, int64_t now_ms)
{
    const int64_t wait = o->rec.due - clock_now();

    if (o->rec.state != ANSWER_QUEUED && o->rec.state != ANSWER_SEALED) {
        return INT64_MAX;
    }
    return o->rec.state == ANSWER_QUEUED && wait > 0 ? now_ms + wait * 1000
                                                     : o->retry_ms;
}

int64_t
outbox_run(struct watch *w, int64_t now_ms)
{
    int64_t next = INT64_MAX;
    enum rc rc = w->answers == NULL ? RC_OK : outbox_load(w);

    if (rc != RC_OK) {
        cli_error(_("can't read the case store: %s"), _(rc_text(rc)));
        return now_ms + 10000;
    }
    for (size_t i = 0; i < w->out.n && !watch_stop; i++) {
        struct outgoing_answer *o = w->out.list[i];

        run_one(w, o, now_ms);
        if (outbox_is_over(w, &o->rec) && drop(w, i)) {
            i--;
            continue;
        }
        if (next_turn(o, now_ms) < next) {
            next = next_turn(o, now_ms);
        }
    }
    return next;
}
