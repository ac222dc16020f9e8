/* SPDX-License-Identifier: ISC */
/* tocsin seal, tocsin deliver */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "clock.h"
#include "day.h"
#include "file.h"
#include "sealedfile.h"
#include "sendbody.h"
#include "term.h"
#include "text.h"
#include "upload.h"
#include "visiting.h"
#include "write.h"

#define SEALED_MAX ((size_t)1024 * 1024 * 1024)

struct cli_option seal_options[] = {
    {.name = "out", .value = "FILE", .help = N_("the file to write")},
    WRITE_OPTIONS,
    {.name = NULL},
};

struct cli_option deliver_options[] = {
    {.name = NULL},
};

/* --- seal --- */

/* The PUTs of every body for one relay. */
static enum rc
put_records(uint8_t **at, const struct sending *s, const uint8_t *relay)
{
    uint8_t cell[CELL_LEN];
    enum rc rc = RC_OK;

    for (size_t k = 0; k < sendbody_count(s); k++) {
        uint8_t key[KDF_LEN];
        const struct upload_body body = {&s->body, key, s->seed, relay};

        sendbody_key(key, s, k);
        for (uint32_t i = 0; rc == RC_OK && i < s->body.boxes; i++) {
            if ((rc = upload_body_cell(cell, i, &body)) == RC_OK) {
                rc = sealedfile_record_write(*at, relay, cell);
            }
            *at += SEALEDFILE_RECORD_LEN;
        }
        sodium_memzero(key, sizeof key);
    }
    return rc;
}

/* The RINGs. *week: the last of the weeks they are sealed to. */
static enum rc
ring_records(uint8_t **at, uint32_t *week, const struct sending *s,
             const struct network *w)
{
    const struct entry_what what = {HEAD_REPORT, s->body.len > 0, false};
    uint8_t cell[CELL_LEN];
    enum rc rc = RC_OK;

    *week = 0;
    for (size_t k = 0; rc == RC_OK && k < s->n_orgs; k++) {
        uint8_t entry[ENTRY_REPORT_LEN];
        struct cell_request req = {
            .op = CELL_RING, .data = entry, .data_len = sizeof entry};
        uint32_t t = 0;

        rc = sending_entry(entry, &req.board, &t, s, w, k, &what);
        if (rc == RC_OK && (rc = cell_request_write(cell, &req)) == RC_OK) {
            rc = sealedfile_record_write(*at, NULL, cell);
        }
        *at += SEALEDFILE_RECORD_LEN;
        /* The earliest week counts: after it nobody could open that one. */
        *week = k == 0 || t < *week ? t : *week;
    }
    return rc;
}

/* The head goes before what is already there: its hash is of all. */
static enum rc
head_record(uint8_t *file, size_t len, uint32_t week, uint32_t records)
{
    struct sealedfile_head head = {week, records, {0}};
    enum rc rc = sealedfile_head_write(file, &head);

    if (rc == RC_OK) {
        sealedfile_hash(head.hash, file, len);
        rc = sealedfile_head_write(file, &head);
    }
    return rc;
}

/* *last: the last day on which it can be posted. */
static enum rc
seal_file(const char *path, struct sending *s, const struct network *w,
          uint32_t *last)
{
    size_t writers[2], n = network_writers(w, writers);
    const size_t records =
        n * sendbody_count(s) * (size_t)s->body.boxes + s->n_orgs;
    const size_t len = SEALEDFILE_HEAD_LEN + records * SEALEDFILE_RECORD_LEN;
    uint8_t *file;
    uint8_t *at;
    uint32_t week = 0;
    enum rc rc = RC_OK;

    if (len > SEALED_MAX || (file = malloc(len)) == NULL) {
        cli_error(_("the attachments are too large for one file; seal several "
                    "reports"));
        return RC_FULL;
    }
    at = file + SEALEDFILE_HEAD_LEN;
    sendbody_week(s, w); /* nobody can look what is at the relays */
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        rc = put_records(&at, s, w->relays[writers[i]].info->id);
    }
    if (rc == RC_OK && (rc = ring_records(&at, &week, s, w)) == RC_OK) {
        *last = desknote_last_day(week);
        rc = head_record(file, len, week, (uint32_t)records);
    }
    if (rc == RC_OK) {
        rc = file_write(path, file, len, 0600, false);
        if (rc == RC_TAKEN) {
            cli_error(_("%s is there already; choose another name"), path);
        } else if (rc != RC_OK) {
            cli_error(_("can't write %s: %s"), path, cli_why(rc));
        }
    }
    free(file);
    return rc;
}

/* Would the file be written? Asked before anything is typed. */
static enum rc
can_write(const char *path)
{
    const char *name = strrchr(path, '/');
    char *folder;
    bool can;

    if (access(path, F_OK) == 0) {
        cli_error(_("%s is there already; choose another name"), path);
        return RC_TAKEN;
    }
    folder =
        name == NULL ? strdup(".") : strndup(path, (size_t)(name - path) + 1);
    can = folder != NULL && access(folder, W_OK | X_OK) == 0;
    if (!can) {
        cli_error(_("can't write %s: %s"), path, strerror(errno));
    }
    free(folder);
    return can ? RC_OK : RC_IO;
}

static enum rc
compose(struct write *w, struct visit *v)
{
    enum rc rc;

    if ((rc = can_write(cli_value(seal_options, "out"))) != RC_OK ||
        (rc = write_compose(w, v, seal_options, false)) != RC_OK) {
        return rc;
    }
    return write_code(w, seal_options, false);
}

static enum rc
keep(struct write *w, struct visit *v)
{
    const char *out = cli_value(seal_options, "out");
    char day[DAY_TEXT_LEN + 1];
    uint32_t last;
    enum rc rc = seal_file(out, &w->sending, &v->w, &last);

    if (rc == RC_OK) {
        day_write(day, last);
        cli_say(_("sealed into %s. Nothing is sent yet: whoever has the file "
                  "can post it with `tocsin deliver`, not later than %s, and "
                  "can't read it"),
                out, day);
    }
    return rc;
}

int
seal_run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    if (!cli_given(seal_options, "out")) {
        cli_error(_("say where to with --out FILE"));
        return CLI_USAGE;
    }
    return write_run(seal_options, compose, keep);
}

/* --- deliver --- */

struct sealed {
    uint8_t *bytes;
    const uint8_t *records; /* puts of each relay, then rings */
    struct sealedfile_state has;
    bool put[DIRECTORY_RELAYS_MAX]; /* all boxes are there; by has.relays */
    uint32_t week; /* the earliest that it is sealed to */
};

static const uint8_t *
record(const struct sealed *s, size_t i)
{
    return s->records + i * SEALEDFILE_RECORD_LEN;
}

static enum rc
damaged(const char *path, const char *why)
{
    cli_error(_("%s: %s; nothing was posted. Get the file again"), path, why);
    return RC_FORMAT;
}

/* Every record must be what may stand there: nothing is posted of a file that
 * is not whole. */
static enum rc
sealed_check(struct sealed *s, const char *path, uint32_t records,
             const struct directory *d)
{
    for (uint32_t i = 0; i < records; i++) {
        struct cell_request req;

        if (sealedfile_record_parse(&req, &s->has, record(s, i), d->boards,
                                    d->n_boards) != RC_OK) {
            return damaged(path, _("it is no sealed report, or one for "
                                   "another network"));
        }
    }
    if (sealedfile_end(&s->has) != RC_OK || s->has.rings > SEND_ORGS_MAX) {
        return damaged(path, _("it is not a sealed report"));
    }
    return RC_OK;
}

/* Later than this, its entries would stand on pages that no desk looks at. */
static bool
is_too_old(const struct sealed *s, uint32_t today)
{
    return s->week <= TEXT_WEEK_MAX && today > desknote_last_day(s->week);
}

static enum rc
check_age(const struct sealed *s, const char *path, uint32_t today)
{
    if (is_too_old(s, today)) {
        cli_error(_("%s is too old: the keys it was sealed to are gone, and "
                    "nobody could read it. Nothing was posted; the reporter "
                    "must seal it again"),
                  path);
        return RC_EXPIRED;
    }
    return RC_OK;
}

static enum rc
sealed_open(struct sealed *s, const char *path, const struct directory *d)
{
    struct sealedfile_head head;
    uint8_t hash[SEALEDFILE_HASH_LEN];
    size_t len;
    enum rc rc = file_read(&s->bytes, &len, path, SEALED_MAX);

    if (rc != RC_OK) {
        cli_error(_("can't read %s: %s"), path, cli_why(rc));
        return rc;
    }
    if (len < SEALEDFILE_HEAD_LEN ||
        sealedfile_head_parse(&head, s->bytes) != RC_OK) {
        return damaged(path, _("it is not a sealed report"));
    }
    s->records = s->bytes + SEALEDFILE_HEAD_LEN;
    if ((len - SEALEDFILE_HEAD_LEN) / SEALEDFILE_RECORD_LEN < head.records) {
        return damaged(path, _("it was cut off"));
    }
    if (len - SEALEDFILE_HEAD_LEN !=
        (size_t)head.records * SEALEDFILE_RECORD_LEN) {
        return damaged(path, _("it is longer than it says"));
    }
    sealedfile_hash(hash, s->bytes, len);
    if (memcmp(hash, head.hash, sizeof hash) != 0) {
        return damaged(path, _("it is damaged"));
    }
    s->week = head.last_week;
    if ((rc = check_age(s, path, clock_day(clock_now()))) != RC_OK) {
        return rc;
    }
    return sealed_check(s, path, head.records, d);
}

/* The PUTs of one relay. */
struct puts {
    const struct sealed *s;
    size_t first; /* record */
};

static enum rc
sealed_cell(uint8_t cell[static CELL_LEN], uint32_t i, const void *arg)
{
    const struct puts *p = arg;

    memcpy(cell, record(p->s, p->first + i) + SEALEDFILE_RELAY_LEN, CELL_LEN);
    return RC_OK;
}

/* Index of a relay; n_relays where the directory has it no more. */
static size_t
listed(const struct visit *v, const uint8_t *id)
{
    size_t i = 0;

    while (i < v->w.n_relays && memcmp(v->w.relays[i].info->id, id,
                                       SEALEDFILE_RELAY_LEN) != 0) {
        i++;
    }
    return i;
}

/* Is a relay left that the boxes were sealed for? Nothing is rung else. */
static enum rc
check_listed(const struct sealed *s, const struct visit *v)
{
    bool any = s->has.n_relays == 0;

    for (size_t k = 0; k < s->has.n_relays; k++) {
        any = any || listed(v, s->has.relays[k]) < v->w.n_relays;
    }
    if (!any) {
        cli_error(_("the relays that the attachments were sealed for are no "
                    "longer in this network; nothing was posted. The reporter "
                    "must seal it again"));
        return RC_MISSING;
    }
    return RC_OK;
}

/* As an upload does: a look for box 0, and one more, then all boxes. */
static enum rc
post_boxes_at(const struct sealed *s, struct visit *v, size_t k,
              struct upload_meter *m)
{
    const struct puts puts = {s, k * s->has.puts[0]};
    const size_t relay = listed(v, s->has.relays[k]);
    struct net_circuit circuit;
    struct upload_result result;
    bool has;
    enum rc rc;

    if (relay == v->w.n_relays || !v->w.relays[relay].up) {
        return RC_MISSING;
    }
    net_circuit_fresh(&circuit);
    {
        const struct upload u = {
            .cell = sealed_cell,
            .cell_arg = &puts,
            .boxes = s->has.puts[k],
            .url = visit_relay_name(v, relay),
            .net = &v->net_opt,
            .circuit = &circuit,
            .toll = visit_toll(v, relay, NULL),
            .pause_ms = visit_pause_ms(v),
            .progress = upload_meter_show,
            .arg = m,
        };

        if ((rc = upload_look(&u, &has, &result)) == RC_OK &&
            (rc = upload_look_nowhere(&u, &result)) == RC_OK) {
            rc = upload_run(&u, &result);
        }
    }
    if (rc == RC_MISSING) {
        cli_say(_("relay %s said that it stored the attachments, and did not "
                  "give them back"),
                visit_relay_name(v, relay));
    }
    if (rc != RC_OK) {
        visit_relay_lost(v, relay, result.error);
        visit_speak(v);
    }
    return rc;
}

/* Nothing is stored. To go on trying helps where a relay did not take it. */
static enum rc
nowhere(bool all_taken)
{
    if (all_taken) {
        cli_error(_("every relay says that the places of the attachments are "
                    "taken: they were burned, or somebody else has the code "
                    "and the files. Nothing was rung; the reporter must seal "
                    "them again, with a new code or next week"));
        return RC_TAKEN;
    }
    cli_error(_("no relay took all boxes, so nothing was rung. Run the "
                "same command again"));
    return RC_IO;
}

static enum rc
post_boxes(struct sealed *s, struct visit *v)
{
    struct upload_meter m = {.before = 0};
    size_t n = 0, taken = 0, asked = 0;

    term_progress_start(&m.bar, _("sent"),
                        (uint64_t)s->has.puts[0] * s->has.n_relays);
    for (size_t k = 0; k < s->has.n_relays; k++) {
        const enum rc rc = post_boxes_at(s, v, k, &m);

        s->put[k] = rc == RC_OK;
        n += rc == RC_OK;
        taken += rc == RC_TAKEN;
        asked += listed(v, s->has.relays[k]) < v->w.n_relays;
        m.before += s->has.puts[k];
    }
    term_progress_end(&m.bar);
    return n > 0 ? RC_OK : nowhere(taken == asked);
}

/* The entries from the first that was not rung yet on, two a visit. */
struct post {
    const struct sealed *s;
    const char *path;
    uint32_t first;
    bool too_old; /* by the bundle of this visit */
    struct visit_ring *rings[VISIT_BLOCKS];
};

static enum rc
choose(struct visit *v, void *arg)
{
    struct post *p = arg;
    const struct directory *d = v->w.bundle->directory;
    const size_t puts = p->s->has.n_relays * (size_t)p->s->has.puts[0];
    enum rc rc = RC_OK;

    /* The visit goes on, with dummies: it is like any other. */
    p->too_old = is_too_old(p->s, v->w.today);
    for (uint32_t i = 0; rc == RC_OK && !p->too_old && i < VISIT_BLOCKS &&
                         p->first + i < p->s->has.rings;
         i++) {
        const uint8_t *cell = record(p->s, puts + p->first + i);
        struct cell_request req;

        rc = cell_request_parse(&req, cell + SEALEDFILE_RELAY_LEN, d->boards,
                                d->n_boards);
        if (rc == RC_OK) {
            p->rings[i] = visit_plan_ring(v, req.board, req.data);
        }
    }
    return rc;
}

/* At how many relays it was seen that have the boxes, if there are any: the
 * others show an entry whose boxes are elsewhere. */
static unsigned
seen_whole(const struct sealed *s, const struct visit *v,
           const struct visit_ring *ring)
{
    unsigned n = 0;

    for (size_t k = 0; k < s->has.n_relays; k++) {
        const size_t relay = listed(v, s->has.relays[k]);

        n += relay < v->w.n_relays && s->put[k] && ring->at[relay].seen;
    }
    return s->has.n_relays > 0 ? n : visit_seen(ring);
}

/* *missing: how many were seen on no page. */
static enum rc
post_two(struct post *p, struct visit *v, uint32_t *missing)
{
    struct visit_job job = {.choose = choose, .arg = p};
    enum rc rc = visiting_run(v, &job,
                              _("sent; waiting for the page that shows it"));

    if (rc == RC_OK && p->too_old) {
        return check_age(p->s, p->path, v->w.today);
    }
    for (uint32_t i = 0; rc == RC_OK && i < VISIT_BLOCKS &&
                         p->rings[i] != NULL;
         i++) {
        /* Any relay will do: a reader takes boxes from wherever they are. */
        const bool seen = visit_seen(p->rings[i]) > 0;

        cli_say(!seen ? _("not seen on a page: entry %u of %u")
                : seen_whole(p->s, v, p->rings[i]) > 1
                    ? _("rung at both relays: entry %u of %u")
                    : _("rung: entry %u of %u"),
                p->first + i + 1, p->s->has.rings);
        *missing += !seen;
    }
    return rc;
}

static enum rc
post_rings(const struct sealed *s, const char *path, struct visit *v)
{
    uint32_t missing = 0;
    enum rc rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < s->has.rings; i += VISIT_BLOCKS) {
        struct post p = {.s = s, .path = path, .first = i};

        rc = post_two(&p, v, &missing);
    }
    if (rc == RC_EXPIRED) {
        return rc; /* said */
    }
    if (rc != RC_OK || missing > 0) {
        cli_error(_("not everything is rung. Run the same command again; "
                    "what is there already is not doubled"));
        return rc != RC_OK ? rc : RC_AGAIN;
    }
    return RC_OK;
}

/* The file against the bundle that a visit brought. */
static enum rc
check_again(const struct sealed *s, const char *path, const struct visit *v)
{
    enum rc rc = check_age(s, path, v->w.today);

    return rc == RC_OK ? check_listed(s, v) : rc;
}

/* As a report with files: a visit, the boxes, a visit with what names them. */
static enum rc
post(struct sealed *s, const char *path, struct visit *v)
{
    struct visit_job nothing = {.days = 0};
    enum rc rc;

    if (s->has.n_relays == 0) {
        return post_rings(s, path, v);
    }
    if ((rc = visiting_run(v, &nothing, NULL)) == RC_OK &&
        (rc = check_again(s, path, v)) == RC_OK &&
        (rc = post_boxes(s, v)) == RC_OK) {
        rc = post_rings(s, path, v);
    }
    return rc;
}

int
deliver_run(int argc, char **argv)
{
    struct visit_options opt;
    struct visit v = {0};
    struct sealed s = {0};
    enum rc rc;

    (void)argc;
    if (common_read(&opt) != RC_OK) {
        return CLI_USAGE;
    }
    if ((rc = visiting_open(&v, &opt)) == RC_OK &&
        (rc = sealed_open(&s, argv[0], v.w.bundle->directory)) == RC_OK &&
        (rc = check_again(&s, argv[0], &v)) == RC_OK) {
        rc = post(&s, argv[0], &v);
    }
    free(s.bytes);
    visiting_close(&v);
    return cli_exit(rc);
}
