/* SPDX-License-Identifier: ISC */
#include "send.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "body.h"
#include "cli.h"
#include "clock.h"
#include "day.h"
#include "nocode.h"
#include "sendbody.h"
#include "term.h"
#include "visiting.h"

#define SHOWN_LINES 12 /* of what was removed from a file */

/* --- files --- */

static void
explain_attach(const char *path, enum attach_problem problem,
               const char *detail)
{
    switch (problem) {
    case ATTACH_UNREADABLE:
        cli_error(_("can't read %s: %s"), path, strerror(errno));
        break;
    case ATTACH_NOT_A_FILE:
        cli_error(_("%s is not a file"), path);
        break;
    case ATTACH_EMPTY:
        cli_error(_("%s is empty"), path);
        break;
    case ATTACH_TOO_LARGE:
        cli_error(_("%s is larger than 512 MiB; send it in parts"), path);
        break;
    case ATTACH_CHANGED:
        cli_error(_("%s changed while it was read; wait until it is whole, "
                    "then try again"),
                  path);
        break;
    case ATTACH_UNKNOWN_TYPE:
        cli_error(_("%s: metadata can't be removed from this type of file. "
                    "Convert it (to PDF, JPEG, PNG, MP4), or send it as it is "
                    "with --keep-metadata"),
                  path);
        break;
    case ATTACH_NO_CLEANER:
        cli_error(_("%s: mat2, which removes metadata, is not installed. "
                    "Install it, or send the file as it is with "
                    "--keep-metadata"),
                  path);
        break;
    case ATTACH_NO_SANDBOX:
        cli_error(_("%s: bubblewrap, without which files are not opened, is "
                    "missing or may not run here. Install or allow it, or "
                    "send the file as it is with --keep-metadata"),
                  path);
        break;
    case ATTACH_NOT_CLEANED:
        cli_error(_("%s: its metadata could not be removed; the file may be "
                    "damaged or protected. Make a new copy of it, or send it "
                    "as it is with --keep-metadata"),
                  path);
        break;
    default:
        cli_error("%s: %s", path, _(rc_text(RC_NOMEM)));
        break;
    }
    if (detail[0] != '\0') {
        (void)fputs("  ", stderr);
        term_print_text(stderr, detail, strlen(detail), 2);
        (void)fputc('\n', stderr);
    }
}

static void
tell_removed(const struct attachment *a, const char *path)
{
    const char *p = a->removed;
    size_t lines = 0;

    if (a->kept) {
        cli_say(_("%s is sent as %s, with all its metadata"), path, a->name);
        return;
    }
    if (*p == '\0') {
        cli_say(_("%s is sent as %s; no metadata was found"), path, a->name);
    } else {
        cli_say(_("%s is sent as %s; removed from it:"), path, a->name);
    }
    while (*p != '\0') {
        size_t n = strcspn(p, "\n");

        if (++lines <= SHOWN_LINES) {
            term_print_text(stderr, p, n, 0);
            (void)fputc('\n', stderr);
        }
        p += n + (p[n] == '\n');
    }
    if (lines > SHOWN_LINES) {
        cli_say(_("    and %zu more"), lines - SHOWN_LINES);
    }
    if (a->unsteady) {
        cli_say(_("  cleaning this file gives other bytes each time: if the "
                  "upload is interrupted, it begins anew"));
    }
}

static enum rc
body_trouble(enum rc rc)
{
    if (rc == RC_FULL) {
        cli_error(_("the attachments together are too large; send them in "
                    "several reports"));
    } else if (rc != RC_OK) {
        cli_error("%s", _(rc_text(rc)));
    }
    return rc;
}

enum rc
sending_attach(struct sending *s, const char *path,
               const struct attach_options *opt)
{
    struct attachment *more =
        realloc(s->attached, (s->files + 1) * sizeof *more);
    char detail[200];
    enum attach_problem problem;

    if (more == NULL) {
        return body_trouble(RC_NOMEM);
    }
    s->attached = more;
    if (isatty(STDERR_FILENO) && !opt->keep_metadata) {
        cli_say(_("looking for metadata in %s"), path); /* it may take long */
    }
    problem = attach_load(&more[s->files], path, s->files + 1, opt, detail);
    if (problem != ATTACH_FINE) {
        explain_attach(path, problem, detail);
        return RC_FORMAT;
    }
    tell_removed(&more[s->files++], path);
    return RC_OK;
}

enum rc
sending_build(struct sending *s)
{
    uint8_t text[HEAD_TEXT_MAX];
    uint16_t len;
    bool cut;
    enum rc rc;

    if (!nocode_check((const char *)s->draft.lines, s->draft.lines_len) ||
        !nocode_check((const char *)s->draft.text, s->draft.text_len)) {
        return RC_FORMAT;
    }
    rc = draft_head_text(text, &len, &cut, &s->draft, s->files);
    sodium_memzero(text, sizeof text);
    if (rc != RC_OK) {
        cli_error(_("the details are too long; say them in the text"));
        return rc;
    }
    if (cut) {
        rc = body_trouble(body_build_text(&s->body, &s->draft));
    }
    for (size_t i = 0; rc == RC_OK && i < s->files; i++) {
        rc = body_trouble(body_build_file(&s->body, &s->attached[i]));
    }
    if (rc == RC_OK && s->body.len > 0) {
        rc = body_trouble(body_build_end(&s->body));
    }
    return rc;
}

/* --- entries --- */

/* Index of a recipient in the directory; n_orgs when it is not there. */
static size_t
org_index(const struct network *w, const uint8_t id[static ORG_ID_LEN])
{
    const struct directory *d = w->bundle->directory;
    const struct directory_org *org = directory_org(d, id);

    return org != NULL ? (size_t)(org - d->orgs) : d->n_orgs;
}

int64_t
sending_now(const struct network *w)
{
    const int64_t day = (int64_t)w->today * DAY_SECONDS;
    const int64_t now = clock_now();

    return now > day ? now : day;
}

/* Can anything be sealed to these keys? What an organisation signs need not be
 * good, and is said to be its fault before anything is sent. */
static enum rc
keys_check(const struct directory_org *org, const struct desknote_week *keys)
{
    const struct entry_to to = {org->id, keys->week, keys->k, keys->q};
    static const uint8_t head[HEAD_LEN];
    uint8_t eseed[ENTRY_ESEED_LEN];
    uint8_t entry[ENTRY_REPORT_LEN];

    randombytes_buf(eseed, sizeof eseed);
    return entry_seal(entry, &to, head, eseed);
}

/* Can recipient k be written to? RC_OK, RC_MISSING, RC_FORGED, RC_EXPIRED */
static enum rc
can_write(const struct sending *s, const struct network *w, size_t k)
{
    const struct directory *d = w->bundle->directory;
    const size_t i = org_index(w, s->orgs[k]);
    enum rc rc;

    if (i == d->n_orgs) {
        return RC_MISSING;
    }
    rc = bundle_org_check(w->bundle, i, w->today);
    if (rc == RC_OK &&
        keys_check(&d->orgs[i], &w->bundle->desk[i]->keys) != RC_OK) {
        rc = RC_EXPIRED;
    }
    return rc == RC_OK || rc == RC_FORGED ? rc : RC_EXPIRED;
}

static void
say_refused(const struct sending *s, const struct network *w, size_t k,
            enum rc rc)
{
    const struct directory *d = w->bundle->directory;
    const size_t i = org_index(w, s->orgs[k]);

    if (i == d->n_orgs) {
        cli_error(_("an organisation you chose is no longer in the "
                    "directory; nothing was sent to it"));
    } else if (rc == RC_FORGED) {
        cli_error(_("%s was revoked: its keys can't be trusted any more. "
                    "Nothing was sent to it; choose another organisation"),
                  term_name(d->orgs[i].name).text);
    } else {
        cli_error(_("%s has no fresh keys here, so nothing can be sealed "
                    "for it. Nothing was sent to it; choose another "
                    "organisation, or try again in a day"),
                  term_name(d->orgs[i].name).text);
    }
}

enum rc
sending_check(const struct sending *s, const struct network *w)
{
    enum rc last = RC_OK;

    for (size_t k = 0; k < s->n_orgs; k++) {
        enum rc rc = can_write(s, w, k);

        if (rc != RC_OK) {
            say_refused(s, w, k, rc);
            last = rc;
        }
    }
    return last;
}

/* The head's fields, but for its proof. R: R_O */
static enum rc
head_fill(struct head *head, uint8_t text[static HEAD_TEXT_MAX],
          const struct sending *s, size_t k, const struct entry_what *what,
          const uint8_t root[static KDF_LEN], const uint8_t R[static 32])
{
    static const struct draft nothing;
    bool cut;

    memset(head, 0, sizeof *head);
    head->kind = what->kind;
    head->text = text;
    if (what->kind == HEAD_FOLLOW_UP) {
        conversation_id(head->a, root);
    } else {
        memcpy(head->a, root, KDF_LEN);
        memcpy(head->b, R, sizeof head->b);
    }
    if (what->body) {
        head->boxes = s->body.boxes;
        head->body_len = s->body.len;
        memcpy(head->digest, s->body.digest, sizeof head->digest);
        sendbody_key(head->body_key, s, k);
        return draft_head_text(text, &head->text_len, &cut,
                               what->no_text ? &nothing : &s->draft, 0);
    }
    return draft_head_text(text, &head->text_len, &cut, &s->draft, s->files);
}

/* The whole head, with the proof that it is the conversation's owner's. */
static enum rc
head_make(uint8_t bytes[static HEAD_LEN], const struct sending *s, size_t k,
          const struct entry_what *what, const struct entry_to *to,
          const uint8_t eseed[static ENTRY_ESEED_LEN])
{
    uint8_t root[KDF_LEN], r[32], R[32], e[32];
    uint8_t text[HEAD_TEXT_MAX];
    const struct head_proof of = {root, e, to->week, r, to->k};
    struct head head;
    enum rc rc;

    conversation_root(root, s->seed, s->orgs[k]);
    if ((rc = conversation_reply_key(r, R, s->seed, s->orgs[k])) == RC_OK &&
        (rc = head_fill(&head, text, s, k, what, root, R)) == RC_OK &&
        (rc = entry_key(e, eseed)) == RC_OK &&
        (rc = head_write(bytes, &head)) == RC_OK) {
        rc = head_prove(bytes + HEAD_P_OFFSET, bytes, &of);
    }
    sodium_memzero(root, sizeof root);
    sodium_memzero(r, sizeof r);
    sodium_memzero(text, sizeof text);
    sodium_memzero(&head, sizeof head);
    return rc;
}

enum rc
sending_entry(uint8_t entry[static ENTRY_REPORT_LEN], uint8_t *board,
              uint32_t *week, const struct sending *s, const struct network *w,
              size_t k, const struct entry_what *what)
{
    const size_t i = org_index(w, s->orgs[k]);
    const struct desknote_week *keys = &w->bundle->desk[i]->keys;
    const struct entry_to to = {s->orgs[k], keys->week, keys->k, keys->q};
    uint8_t eseed[ENTRY_ESEED_LEN];
    uint8_t bytes[HEAD_LEN];
    enum rc rc;

    *board = w->bundle->directory->orgs[i].board;
    if (week != NULL) {
        *week = keys->week;
    }
    randombytes_buf(eseed, sizeof eseed);
    if ((rc = head_make(bytes, s, k, what, &to, eseed)) == RC_OK) {
        rc = entry_seal(entry, &to, bytes, eseed);
    }
    sodium_memzero(eseed, sizeof eseed);
    sodium_memzero(bytes, sizeof bytes);
    if (rc != RC_OK) {
        cli_error(_("can't seal the report: %s"), _(rc_text(rc)));
    }
    return rc;
}

/* --- exchanges --- */

static bool
report_was_seen(const struct sending *s, size_t k, const uint8_t *relay)
{
    for (size_t i = 0; i < s->seen[k].n; i++) {
        if (memcmp(s->seen[k].at[i], relay, sizeof s->seen[k].at[i]) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Was a report seen on a page of every relay that is rung at? One relay may
 * show us a page that nobody else gets: a follow-up at the other one would
 * then have nothing that it belongs to.
 */
static bool
report_is_everywhere(const struct sending *s, const struct visit *v, size_t k)
{
    bool any = false;

    for (size_t i = 0; i < v->n_writers; i++) {
        const struct network_relay *relay = &v->w.relays[v->writers[i]];

        if (relay->up && !report_was_seen(s, k, relay->info->id)) {
            return false;
        }
        any = any || relay->up;
    }
    return any;
}

static void
note_seen(struct sending *s, const struct visit *v, size_t k,
          const struct visit_ring *ring)
{
    for (size_t i = 0; i < v->w.n_relays; i++) {
        const uint8_t *id = v->w.relays[i].info->id;

        if (ring->at[i].seen && s->seen[k].n < DIRECTORY_RELAYS_MAX &&
            !report_was_seen(s, k, id)) {
            memcpy(s->seen[k].at[s->seen[k].n++], id, 32);
        }
    }
}

/* --- visits --- */

/* What one visit rings: entries of so many recipients. */
struct ringing {
    struct sending *s;
    bool body;
    size_t n;
    size_t k[VISIT_BLOCKS];
    struct visit_ring *rings[VISIT_BLOCKS]; /* NULL: refused */
};

/* By the visit's own bundle. */
static enum rc
begin(struct visit *v, void *arg)
{
    struct ringing *r = arg;

    r->s->doubted = !r->s->unconfirmed &&
                    !bundle_is_confirmed(v->w.bundle, v->w.today);
    if (r->s->doubted) {
        r->n = 0; /* she is asked after this visit */
    }
    for (size_t i = 0; i < r->n; i++) {
        r->s->refused[r->k[i]] = can_write(r->s, &v->w, r->k[i]);
    }
    return RC_OK;
}

/* Sealed while the visit goes on. */
static enum rc
choose(struct visit *v, void *arg)
{
    struct ringing *r = arg;
    struct sending *s = r->s;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < r->n; i++) {
        const size_t k = r->k[i];
        const bool everywhere = report_is_everywhere(s, v, k);
        const struct entry_what what = {
            s->known[k] || everywhere ? HEAD_FOLLOW_UP : HEAD_REPORT, r->body,
            r->body && everywhere};
        uint8_t entry[ENTRY_REPORT_LEN];
        uint8_t board;

        if (s->refused[k] == RC_OK &&
            (rc = sending_entry(entry, &board, NULL, s, &v->w, k, &what)) ==
                RC_OK) {
            r->rings[i] = visit_plan_ring(v, board, entry);
        }
    }
    return rc;
}

/* At how many relays it was seen; of a body only where all boxes are. */
static unsigned
seen_at(const struct ringing *r, const struct visit *v, size_t i)
{
    unsigned n = 0;

    for (size_t w = 0; r->rings[i] != NULL && w < v->n_writers; w++) {
        const size_t relay = v->writers[w];

        n += r->rings[i]->at[relay].seen &&
             (!r->body ||
              sendbody_is_at(r->s, r->k[i], v->w.relays[relay].info->id));
    }
    return n;
}

/* Says what became of each entry, and notes those that were seen. */
static void
tell_rung(const struct ringing *r, const struct visit *v)
{
    const char *what = r->body ? _("your attachments") : _("your text");
    struct sending *s = r->s;

    for (size_t i = 0; i < r->n; i++) {
        const struct directory *d = v->w.bundle->directory;
        const size_t k = r->k[i], org = org_index(&v->w, s->orgs[k]);
        const unsigned seen = seen_at(r, v, i);
        struct term_name name;

        if (s->refused[k] != RC_OK) {
            continue;
        }
        name = term_name(d->orgs[org].name);
        if (seen > 1) {
            cli_say(_("rung at both relays: %s, for %s"), what, name.text);
        } else if (seen == 1 && v->n_writers > 1) {
            cli_say(_("rung, at one of two relays: %s, for %s"), what, name.text);
        } else if (seen == 1) {
            cli_say(_("rung: %s, for %s"), what, name.text);
        } else if (r->rings[i] != NULL && visit_queued(r->rings[i])) {
            cli_say(_("sent, but not yet seen on a page: %s, for %s"), what,
                    name.text);
        } else {
            cli_say(_("not sent: %s, for %s"), what, name.text);
        }
        if (!r->body && r->rings[i] != NULL) {
            note_seen(s, v, k, r->rings[i]);
        }
        *(r->body ? &s->bodied[k] : &s->texted[k]) = seen > 0;
    }
}

/* What a sending has still to do by visits: for its progress. */
static size_t
visits_left(const struct sending *s)
{
    size_t texts = 0, bodies = 0;

    for (size_t k = 0; k < s->n_orgs; k++) {
        if (s->refused[k] == RC_OK) {
            texts += !s->texted[k];
            bodies += s->body.len > 0 && !s->bodied[k];
        }
    }
    texts = s->body.len > 0 && s->resume ? VISIT_BLOCKS : texts;
    return (texts + VISIT_BLOCKS - 1) / VISIT_BLOCKS +
           (bodies + VISIT_BLOCKS - 1) / VISIT_BLOCKS;
}

/* The visits of one sending. */
struct visits {
    size_t of; /* as it looked at the beginning */
    size_t n;
};

static enum rc
one_visit(struct visit *v, struct ringing *r, struct visits *all)
{
    struct visit_job job = {.begin = begin, .choose = choose, .arg = r};
    enum rc rc;

    if (all->of > 1) {
        all->n++;
        cli_say(_("visit %zu of %zu"), all->n,
                all->n > all->of ? all->n : all->of);
    }
    rc = visiting_run(v, &job,
                      r->n > 0 ? _("sent; waiting for the page that shows it")
                               : NULL);
    if (rc == RC_OK && r->s->doubted) {
        return RC_EXPIRED;
    }
    for (size_t i = 0; v->reached && i < r->n; i++) {
        if (r->s->refused[r->k[i]] != RC_OK) {
            say_refused(r->s, &v->w, r->k[i], r->s->refused[r->k[i]]);
        }
    }
    return rc;
}

/* Rings an entry for every recipient that lacks it, two a visit. */
static enum rc
ring_all(struct sending *s, struct visit *v, bool body, struct visits *all)
{
    const bool *had = body ? s->bodied : s->texted;
    size_t k = 0;
    enum rc rc = RC_OK;

    while (rc == RC_OK) {
        struct ringing r = {.s = s, .body = body};

        for (; k < s->n_orgs && r.n < VISIT_BLOCKS; k++) {
            if (!had[k] && s->refused[k] == RC_OK) {
                r.k[r.n++] = k;
            }
        }
        if (r.n == 0) {
            break;
        }
        rc = one_visit(v, &r, all);
        if (v->rung) {
            tell_rung(&r, v);
        }
    }
    return rc;
}

/* RC_OK, or what keeps something from having been rung. */
static enum rc
what_is_missing(const struct sending *s, const struct visit *v)
{
    enum rc rc = RC_OK;

    for (size_t k = 0; k < s->n_orgs; k++) {
        if (s->refused[k] == RC_OK &&
            !(s->body.len > 0 ? s->bodied[k] : s->texted[k])) {
            return v->forged ? RC_FORGED : RC_AGAIN;
        }
        rc = s->refused[k] != RC_OK ? s->refused[k] : rc;
    }
    return rc;
}

/* Can none of them be written to? */
static bool
nobody_is_left(const struct sending *s)
{
    bool any = false;

    for (size_t k = 0; k < s->n_orgs; k++) {
        any = any || s->refused[k] == RC_OK;
    }
    return !any;
}

enum rc
sending_run(struct sending *s, struct visit *v)
{
    struct ringing nothing = {.s = s};
    const bool body = s->body.len > 0;
    struct visits all = {visits_left(s), 0};
    enum rc rc;

    cli_say(_("sealed; now it is sent, with pauses on purpose"));
    /* Boxes come after a visit, whatever was rung before. */
    rc = body && s->resume ? one_visit(v, &nothing, &all)
                           : ring_all(s, v, false, &all);
    if (rc == RC_OK && body && (rc = sendbody_upload(s, v)) == RC_OK) {
        rc = ring_all(s, v, true, &all);
    }
    if (rc == RC_OK || nobody_is_left(s)) {
        rc = what_is_missing(s, v);
    } else if (rc == RC_IO) {
        rc = v->forged ? RC_FORGED : RC_AGAIN;
    }
    return rc;
}

void
sending_explain(const struct sending *s, enum rc rc)
{
    if (rc == RC_EXPIRED || rc == RC_MISSING) {
        return; /* of whom it is, was said; the others have it */
    }
    if (rc == RC_TAKEN) {
        char day[DAY_TEXT_LEN + 1];

        day_write(day, s->again_day);
        cli_error(_("these files were burned, or somebody else has your code "
                    "and these files: with this code they can be sent again "
                    "from %s on. A new report with a new code can carry them "
                    "now"),
                  day);
    } else if (s->body.len > 0) {
        cli_error(_("not everything is rung. Run the same command again with "
                    "--resume and the same code, text and files. If it then "
                    "says another mark, the files changed, and all of it is "
                    "sent anew"));
    } else {
        cli_error(_("not everything is rung. Run the same command again with "
                    "--resume and the same code and text; the organisation "
                    "joins what belongs together"));
    }
}

void
sending_wipe(struct sending *s)
{
    draft_wipe(&s->draft);
    for (size_t i = 0; i < s->files; i++) {
        attach_wipe(&s->attached[i]);
    }
    free(s->attached);
    body_build_wipe(&s->body);
    memset(s, 0, sizeof *s);
}
