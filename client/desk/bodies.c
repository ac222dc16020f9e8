/* SPDX-License-Identifier: ISC */
/*
 * Fetching what reports name: see watch.h. A relay is asked for a box once,
 * again only if no answer came; bodies come one after another, each begun by
 * an event of a Poisson clock, over a circuit of its own. Boxes are kept
 * sealed.
 */
#include "watch.h"

#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "body.h"
#include "bodyfile.h"
#include "cli.h"
#include "clock.h"
#include "draw.h"
#include "file.h"

#define TURN_MS 2000         /* then others get their turn */
#define SAVE_EVERY 64        /* boxes */
#define RETRY_FIRST 60       /* seconds; doubled up to */
#define RETRY_MOST (6 * 3600)
#define RETRY_ROOM 600
#define FAILURES_MAX 130  /* in a row: about a month */
#define ABSENT_MAX 16     /* boxes: then the rest is not asked for */
#define OWED_MAX 1

static enum rc
save(struct watch *w)
{
    struct fetching *f = &w->fetch;
    enum rc rc;

    if (f->unsaved > 0 && fdatasync(f->fd) != 0) {
        return RC_IO;
    }
    f->unsaved = 0;
    if ((rc = vault_begin(w->d->vault)) != RC_OK) {
        return rc;
    }
    f->deleted = !vault_has(w->d->vault, VAULT_BODY, f->rec.id,
                            sizeof f->rec.id);
    if (f->deleted || (rc = body_put(w->d->vault, &f->rec)) == RC_OK) {
        return vault_commit(w->d->vault);
    }
    vault_abort(w->d->vault);
    return rc;
}

/* What is of no use to anybody takes no room. */
static void
remove_file(struct watch *w)
{
    char *path = desk_body_path(w->d, w->fetch.rec.id);

    if (path != NULL) {
        (void)unlink(path);
        free(path);
    }
}

static void
stop(struct watch *w)
{
    struct fetching *f = &w->fetch;

    if (f->deleted) {
        remove_file(w);
    }
    if (f->fd >= 0) {
        (void)close(f->fd);
    }
    memset(f, 0, sizeof *f);
    f->fd = -1;
}

void
bodies_stop(struct watch *w)
{
    if (w->fetch.active && save(w) != RC_OK) {
        cli_error(_("can't write to the case store"));
    }
    if (w->fetch.active) {
        stop(w);
    }
}

/* --- choosing ------------------------------------------------------------ */

struct choice {
    struct body_rec best;
    bool found;
    int64_t now;
};

/* Later than anything is put off: a clock that was wrong wrote it. */
static bool
is_time(int64_t try_at, int64_t now)
{
    return try_at <= now || try_at > now + RETRY_MOST + 1;
}

/* The one whose turn came longest ago; among new ones a random one, as ids
 * are random. */
static enum rc
choose(const struct vault_row *row, void *arg)
{
    struct choice *c = arg;
    struct body_rec b;

    if (body_parse(&b, row) == RC_OK && b.state == BODY_WAITING &&
        is_time(b.try_at, c->now) && (!c->found || b.try_at < c->best.try_at)) {
        c->best = b;
        c->found = true;
    }
    return RC_OK;
}

/* Unix time in so many seconds; tests are faster. */
static int64_t
later(const struct watch *w, int64_t seconds)
{
    double scale = w->means.body / 60.0;

    return clock_now() + 1 +
           (int64_t)((double)seconds * (scale < 1 ? scale : 1));
}

/* A flood of attachments must leave room for reports. */
static bool
has_room(struct watch *w, struct body_rec *b)
{
    uint64_t left = b->body.boxes > b->next ? b->body.boxes - b->next : 0;
    struct statvfs v;

    if (statvfs(w->d->dir, &v) != 0 ||
        (uint64_t)v.f_bavail * v.f_frsize >=
            left * CELL_BOX_LEN + w->keep_free) {
        return true;
    }
    desk_alarm(w->d, _("the disk is nearly full: attachments wait at the "
                       "relays, for some days. Free some room"));
    b->try_at = later(w, RETRY_ROOM);
    if (body_put(w->d->vault, b) != RC_OK) {
        cli_error(_("can't write to the case store"));
    }
    return false;
}

static void
begin(struct watch *w, int64_t now)
{
    struct choice c = {.now = now};
    struct fetching *f = &w->fetch;
    char *path;

    if (vault_each(w->d->vault, VAULT_BODY, choose, &c, NULL) != RC_OK ||
        !c.found || !has_room(w, &c.best) ||
        (path = desk_body_path(w->d, c.best.id)) == NULL) {
        return;
    }
    f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (f->fd >= 0 && file_sync_folder(path) != RC_OK) {
        (void)close(f->fd);
        f->fd = -1;
    }
    if (f->fd < 0) {
        cli_error(_("can't write %s: %s"), path, strerror(errno));
    } else {
        f->active = true;
        f->rec = c.best;
        f->unsaved = 0;
        net_circuit_fresh(&f->circuit);
    }
    free(path);
}

/* --- the end of one ------------------------------------------------------ */

/* Is it what the report names? Reads the file from the start. */
static enum rc
check(struct watch *w, bool *fits)
{
    struct bodyfile f = {.fd = w->fetch.fd, .body = w->fetch.rec.body};
    enum rc rc = bodyfile_check(&f, fits);

    sodium_memzero(&f, sizeof f);
    return rc;
}

static void
tell(struct watch *w)
{
    const struct body_rec *b = &w->fetch.rec;

    if (b->case_no == 0) {
        return;
    }
    (void)printf("case %" PRIu32 " attachments\n", b->case_no);
    (void)fflush(stdout);
    if (b->state == BODY_DONE) {
        cli_say(_("The attachments of a message in case %" PRIu32
                  " are here."),
                b->case_no);
    } else if (b->state == BODY_MISSING) {
        cli_say(_("Case %" PRIu32 ": %" PRIu32 " of %" PRIu32 " boxes of "
                  "attachments are at no relay."),
                b->case_no, b->absent, b->body.boxes);
    } else {
        cli_say(_("Case %" PRIu32 ": attachments came, but are not what "
                  "the report names."),
                b->case_no);
    }
    w->news = true;
}

/* An own report's boxes have shown what they should. */
static void
drop_own(struct watch *w)
{
    const struct body_rec *b = &w->fetch.rec;

    if (w->verbose) {
        cli_say(_("Cover: %" PRIu32 " boxes of an own report came back."),
                b->next - b->absent);
    }
    if (b->state != BODY_DONE) {
        desk_alarm(w->d, _("boxes of an own report did not come back from "
                           "the relays"));
    }
    remove_file(w);
    if (vault_delete(w->d->vault, VAULT_BODY, b->id, sizeof b->id) != RC_OK) {
        cli_error(_("can't write to the case store"));
    }
}

static void
finish(struct watch *w)
{
    struct fetching *f = &w->fetch;
    bool fits = false;
    enum rc rc = RC_OK;

    if (f->rec.absent > 0) {
        f->rec.state = BODY_MISSING;
    } else if ((rc = check(w, &fits)) != RC_OK) {
        cli_error(_("can't read back attachments: %s"), _(rc_text(rc)));
        f->rec.next = 0;
        f->rec.try_at = clock_now() + RETRY_FIRST;
    } else {
        f->rec.state = fits ? BODY_DONE : BODY_BROKEN;
    }
    f->unsaved = 1;
    if (save(w) != RC_OK) {
        cli_error(_("can't write to the case store"));
    } else if (f->deleted) {
        stop(w);
        return;
    } else if (f->rec.case_no == 0 && f->rec.state != BODY_WAITING) {
        drop_own(w);
    } else if (f->rec.state != BODY_WAITING) {
        tell(w);
    }
    if (f->rec.state == BODY_BROKEN) {
        remove_file(w);
    }
    stop(w);
}

/* --- a box --------------------------------------------------------------- */

static bool
was_asked(const struct body_rec *b, const uint8_t *relay)
{
    for (size_t i = 0; i < b->n_asked; i++) {
        if (memcmp(b->asked[i], relay, 32) == 0) {
            return true;
        }
    }
    return false;
}

static void
note_asked(struct body_rec *b, const uint8_t *relay)
{
    if (b->n_asked < RECORD_RELAYS_MAX) {
        memcpy(b->asked[b->n_asked++], relay, 32);
    }
}

/* Kept from an earlier run? Then nobody is asked. */
static bool
have_box(const struct fetching *f)
{
    const struct body_place here = bodyfile_place(&f->rec.body, f->rec.next);
    uint8_t box[CELL_BOX_LEN], plain[BODY_CHUNK_LEN];
    off_t at = (off_t)f->rec.next * (off_t)sizeof box;
    bool have = pread(f->fd, box, sizeof box, at) == (ssize_t)sizeof box &&
                body_box_open(plain, &here, box) == RC_OK;

    sodium_memzero(plain, sizeof plain);
    return have;
}

/* As the file has it: whatever relay it came from. */
static enum rc
keep_box(struct fetching *f, const uint8_t plain[static BODY_CHUNK_LEN])
{
    const struct body_place here = bodyfile_place(&f->rec.body, f->rec.next);
    uint8_t box[CELL_BOX_LEN];
    enum rc rc = body_box_seal(box, &here, plain, BODY_CHUNK_LEN);

    if (rc == RC_OK && pwrite(f->fd, box, sizeof box,
                              (off_t)f->rec.next * CELL_BOX_LEN) !=
                           CELL_BOX_LEN) {
        cli_error(_("can't keep attachments: %s"), strerror(errno));
        rc = RC_IO;
    }
    f->unsaved += rc == RC_OK;
    return rc;
}

/*
 * Ask one relay. RC_OK: the box is kept. RC_MISSING: it answered, and has
 * none that fits. Else no answer came.
 */
static enum rc
ask(struct watch *w, const struct directory_relay *relay)
{
    struct fetching *f = &w->fetch;
    uint8_t address[DROP_ADDRESS_LEN], down[CELL_LEN], plain[BODY_CHUNK_LEN];
    const struct body_place at = {f->rec.body.key, relay->id, f->rec.next};
    const struct cell_request req = {.op = CELL_GET, .address = address};
    struct cell_answer ans;
    enum rc rc;

    body_address(address, &at);
    rc = watch_exchange(w, relay, &f->circuit, &req, down, &ans);
    if (rc != RC_OK) {
        return rc == RC_MISSING ? RC_FORMAT : rc;
    }
    if (ans.status == CELL_ABSENT) {
        return RC_MISSING;
    }
    if (ans.status != CELL_PRESENT) {
        return RC_AGAIN;
    }
    if (body_box_open(plain, &at, ans.box) != RC_OK) {
        desk_alarm(w->d, _("relay %s gave a box that is not what was put "
                           "there (or the reporter put a broken one)"),
                   desk_short(relay->id).text);
        return RC_MISSING;
    }
    rc = keep_box(f, plain);
    sodium_memzero(plain, sizeof plain);
    return rc;
}

/* RC_OK: the box is settled, here or absent. Else it is to be tried again. */
static enum rc
fetch_box(struct watch *w)
{
    const struct directory *dir = w->d->network.bundle->directory;
    struct body_rec *b = &w->fetch.rec;
    size_t order[DIRECTORY_RELAYS_MAX];
    enum rc rc = RC_MISSING;
    bool silent = false;

    draw_order(order, dir->n_relays);
    if (have_box(&w->fetch)) {
        rc = RC_OK;
    }
    for (size_t i = 0; rc != RC_OK && i < dir->n_relays; i++) {
        const struct directory_relay *relay = &dir->relays[order[i]];

        if (was_asked(b, relay->id)) {
            continue;
        }
        rc = ask(w, relay);
        if (rc == RC_MISSING) {
            note_asked(b, relay->id);
        } else if (rc != RC_OK) {
            silent = true;
        }
    }
    if (rc != RC_OK && silent && b->failures < FAILURES_MAX) {
        return RC_AGAIN;
    }
    b->absent += rc != RC_OK;
    b->n_asked = 0;
    b->next++;
    if (b->absent >= ABSENT_MAX) {
        b->absent += b->body.boxes - b->next;
        b->next = b->body.boxes;
    }
    return RC_OK;
}

/* Some relay did not answer: later, and others first. */
static void
put_off(struct watch *w)
{
    struct body_rec *b = &w->fetch.rec;
    int64_t wait = RETRY_FIRST;

    for (uint32_t i = 0; i < b->failures && wait < RETRY_MOST; i++) {
        wait *= 2;
    }
    wait = wait < RETRY_MOST ? wait : RETRY_MOST;
    b->failures++;
    b->try_at = later(w, wait);
    bodies_stop(w);
}

static void
run_fetch(struct watch *w)
{
    struct fetching *f = &w->fetch;
    int64_t until = clock_mono_ms() + TURN_MS;

    while (f->rec.next < f->rec.body.boxes && !watch_stop) {
        if (fetch_box(w) != RC_OK) {
            put_off(w);
            return;
        }
        f->rec.failures = 0;
        if (f->unsaved >= SAVE_EVERY && save(w) != RC_OK) {
            cli_error(_("can't write to the case store"));
            put_off(w);
            return;
        }
        if (f->deleted) {
            stop(w);
            return;
        }
        if (clock_mono_ms() >= until) {
            return;
        }
    }
    if (f->rec.next >= f->rec.body.boxes) {
        finish(w);
    }
}

int64_t
bodies_run(struct watch *w, int64_t now_ms)
{
    if (clocks_due(&w->bodies, now_ms)) {
        w->bodies_owed = OWED_MAX;
    }
    if (!w->fetch.active && w->bodies_owed > 0) {
        w->bodies_owed = 0;
        begin(w, clock_now());
    }
    if (w->fetch.active && !watch_stop) {
        run_fetch(w);
        if (w->fetch.active) {
            return now_ms; /* at once, after the others */
        }
    }
    return w->bodies.next_ms;
}
