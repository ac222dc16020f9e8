/* SPDX-License-Identifier: ISC */
/* tocsin-desk show and save: what a case says, for people. All of it was
 * written by a stranger. */
#include "commands.h"

#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bodyfile.h"
#include "days.h"
#include "file.h"
#include "filetype.h"
#include "replylines.h"
#include "report.h"
#include "term.h"
#include "violations.h"

#define LONG_TEXT_MAX (1024 * 1024)
#define INDENT 4
#define ITEMS_SHOWN 100 /* of a body; a stranger can make millions */
#define ITEMS_SAVED 1000

static const struct {
    const char *key;
    const char *label;
} labels[] = {
    {"language", N_("Language")},
    {"country", N_("Country")},
    {"place", N_("Place")},
    {"employer", N_("Employer")},
    {"sector", N_("Sector")},
    {"violation", N_("Violation")},
    {"date", N_("Date")},
    {"people", N_("People")},
    {"danger", N_("In danger")},
    {"role", N_("Role")},
    {"consent", N_("Agrees to share with")},
    {"campaign", N_("Campaign")},
    {"ref", N_("Reference")},
    {"attachments", N_("Attachments to come")},
};

/* --- show ---------------------------------------------------------------- */

static void
show_line(const struct report_line *line)
{
    const char *label = NULL;

    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (strlen(labels[i].key) == line->key_len &&
            memcmp(labels[i].key, line->key, line->key_len) == 0) {
            label = _(labels[i].label);
        }
    }
    (void)printf("  ");
    if (label != NULL) {
        (void)printf("%s", label);
    } else {
        term_print_text(stdout, line->key, line->key_len, INDENT);
    }
    (void)printf(": ");
    term_print_text(stdout, line->value, line->value_len, INDENT);
    if (line->key_len == 9 && memcmp(line->key, "violation", 9) == 0) {
        const struct violation *v =
            violation_find(line->value, line->value_len);

        if (v != NULL) {
            (void)printf(" (%s)", _(v->label));
        }
    }
    (void)printf("\n");
}

static enum rc
show_text(const uint8_t *text, size_t len)
{
    struct report r;
    enum rc rc = report_parse(&r, text, len);

    if (rc != RC_OK) {
        return rc;
    }
    if (r.broken) {
        (void)printf("  %s\n", _("(The text does not have the usual form. It "
                                 "is shown as it came.)"));
    }
    for (size_t i = 0; i < r.n_lines; i++) {
        show_line(&r.lines[i]);
    }
    if (r.free_len > 0) {
        (void)printf("\n%*s", INDENT, "");
        term_print_text(stdout, r.free, r.free_len, INDENT);
        (void)printf("\n");
    }
    report_wipe(&r);
    return RC_OK;
}

/* The whole of a long text is the first item of the body. */
static enum rc
show_long_text(struct bodyfile *f, const struct bodyfile_item *item)
{
    uint8_t *text = malloc((size_t)item->len + 1);
    enum rc rc = text == NULL ? RC_NOMEM
                              : bodyfile_read(f, text, (size_t)item->len);

    if (rc == RC_OK) {
        (void)printf("  %s\n", _("The whole text:"));
        rc = show_text(text, (size_t)item->len);
    }
    if (text != NULL) {
        sodium_memzero(text, (size_t)item->len);
        free(text);
    }
    return rc;
}

static void
show_items(const struct desk *d, const struct body_rec *b)
{
    char *path = desk_body_path(d, b->id);
    struct bodyfile f = {.fd = -1};
    struct bodyfile_item item;
    enum rc rc = path == NULL ? RC_NOMEM
                              : bodyfile_open(&f, path, &b->body);
    bool first = true;
    unsigned n = 0;

    while (rc == RC_OK && (rc = bodyfile_item(&f, &item)) == RC_OK) {
        uint64_t end = f.at + item.len;

        if (++n > ITEMS_SHOWN) {
            (void)printf("  %s\n", _("(and more)"));
            rc = RC_MISSING;
            break;
        }

        if (first && strcmp(item.type, "text/plain") == 0 &&
            item.len <= LONG_TEXT_MAX) {
            rc = show_long_text(&f, &item);
        } else {
            (void)printf("  - ");
            term_print_text(stdout, item.type, strlen(item.type), INDENT);
            (void)printf(_(", %" PRIu64 " bytes"), item.len);
            if (item.name[0] != '\0') {
                (void)printf(", ");
                term_print_text(stdout, item.name, strlen(item.name),
                                INDENT);
            }
            (void)printf("\n");
        }
        f.at = end;
        first = false;
    }
    if (rc != RC_MISSING) {
        (void)printf("  %s\n", _("(What follows in the attachments does not "
                                 "make sense.)"));
    }
    bodyfile_close(&f);
    free(path);
}

static void
show_body(struct desk *d, const struct message_rec *m)
{
    struct body_rec b;

    if (m->body.boxes == 0) {
        return;
    }
    (void)printf("  %s: ", _("Attachments"));
    if (body_get(d->vault, &b, m->body_id) != RC_OK) {
        (void)printf("%s\n", _("their record is damaged"));
        return;
    }
    switch (b.state) {
    case BODY_WAITING:
        (void)printf(_("on their way, %" PRIu32 " of %" PRIu32 " boxes\n"),
                     b.next, b.body.boxes);
        break;
    case BODY_DONE:
        (void)printf(_("here; tocsin-desk save %" PRIu32 "\n"), m->case_no);
        show_items(d, &b);
        break;
    case BODY_MISSING:
        (void)printf(_("%" PRIu32 " of %" PRIu32 " boxes are at no relay\n"),
                     b.absent, b.body.boxes);
        break;
    case BODY_BROKEN:
        (void)printf("%s\n", _("they came, but are not what the report "
                               "names; not shown"));
        break;
    case BODY_REFUSED:
        (void)printf(_("%" PRIu64 " bytes, more than --max-body allows\n"),
                     b.body.len);
        break;
    }
}

static const char *
answer_word(const struct answer_rec *a)
{
    bool seen = false;

    for (size_t i = 0; i < a->n_relays; i++) {
        seen = seen || a->relays[i].seen;
    }
    switch (a->state) {
    case ANSWER_QUEUED:
    case ANSWER_SEALED:
        return seen ? _("out") : _("waiting to be sent");
    case ANSWER_RUNG:
        return seen ? _("out, seen on the board") : _("out");
    case ANSWER_FAILED:
        break;
    }
    return _("could not be sent");
}

static enum rc
show_answers(struct desk *d, const struct case_rec *c)
{
    struct answer_rec *a = malloc(sizeof *a);
    enum rc rc = a == NULL ? RC_NOMEM : RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < c->answers; i++) {
        if (answer_get(d->vault, a, c->number, i) != RC_OK) {
            cli_error(_("an answer of this case is damaged"));
            continue;
        }
        (void)printf("\n%s", term_bold(stdout));
        (void)printf(_("Our answer %" PRIu32 " (%s)"), i + 1, answer_word(a));
        (void)printf("%s\n", term_plain(stdout));
        replylines_show(a, INDENT);
        if (a->body.boxes > 0) {
            (void)printf(_("  with %" PRIu64 " bytes of attachments\n"),
                         a->body.len);
        }
    }
    if (a != NULL) {
        sodium_memzero(a, sizeof *a);
        free(a);
    }
    return rc;
}

/* Unless watch has added to it meanwhile. */
static enum rc
mark_read(struct desk *d, const struct case_rec *shown)
{
    struct case_rec c;
    enum rc rc = vault_begin(d->vault);

    if (rc != RC_OK) {
        return rc;
    }
    if ((rc = case_get(d->vault, &c, shown->number)) == RC_OK &&
        c.messages == shown->messages) {
        c.unread = false;
        rc = case_put(d->vault, &c);
    }
    sodium_memzero(&c, sizeof c);
    if (rc == RC_OK) {
        return vault_commit(d->vault);
    }
    vault_abort(d->vault);
    return rc;
}

/* What is not proven about who wrote it. */
static void
show_doubt(const struct case_rec *c)
{
    if (c->twin > 0) {
        (void)printf(_("Case %" PRIu32 " has the same conversation and is not "
                       "proven to be the same person: somebody has got hold "
                       "of what only the reporter and this desk should have. "
                       "Either of the two can be the reporter, whichever came "
                       "first.\n\n"),
                     c->twin);
    }
    if (c->lost) {
        (void)printf("%s\n\n",
                     _("From a conversation that this store does not have, "
                       "unproven: its first report never came. It can't be "
                       "answered."));
    }
}

static enum rc
show_case(struct desk *d, const struct case_rec *c)
{
    struct replylines_answers a;
    struct message_rec m;
    enum rc rc = replylines_count(&a, d, c);

    show_doubt(c);
    if (rc == RC_OK && a.status != NULL) {
        (void)printf("%s: %s\n\n", _("Status"), a.status);
    }
    for (uint32_t i = 0; rc == RC_OK && i < c->messages; i++) {
        struct day_text day;

        if (message_get(d->vault, &m, c->number, i) != RC_OK) {
            cli_error(_("a message of this case is damaged"));
            continue;
        }
        day = day_said(m.day);
        (void)printf("%s%s", i > 0 ? "\n" : "", term_bold(stdout));
        (void)printf(_("Message %" PRIu32 " (%s)"), i + 1, day.text);
        (void)printf("%s\n", term_plain(stdout));
        rc = show_text(m.text, m.text_len);
        show_body(d, &m);
    }
    sodium_memzero(&m, sizeof m);
    if (rc == RC_OK) {
        rc = show_answers(d, c);
    }
    return rc == RC_OK && c->unread ? mark_read(d, c) : rc;
}

int
desk_cmd_show(int argc, char **argv)
{
    (void)argc;
    return desk_cli_with_case(argv[0], show_case);
}

/* --- save ---------------------------------------------------------------- */

/* Ours alone; what kind of file it is, only its content tells. */
static char *
file_name(const char *folder, const struct message_rec *m, unsigned number)
{
    char name[64];

    (void)snprintf(name, sizeof name, "case%" PRIu32 "-%" PRIu32 "-%u",
                   m->case_no, m->seq + 1, number);
    return file_join(folder, name);
}

static void
say_taken(const char *path)
{
    cli_error(_("%s is there already, and nothing is written over: name "
                "another folder by --to"),
              path);
}

static enum rc
write_item(struct bodyfile *f, const struct bodyfile_item *item, int fd)
{
    uint8_t chunk[BODY_CHUNK_LEN];
    uint64_t left = item->len;
    enum rc rc = RC_OK;

    while (rc == RC_OK && left > 0) {
        size_t n = left < sizeof chunk ? (size_t)left : sizeof chunk;

        if ((rc = bodyfile_read(f, chunk, n)) == RC_OK) {
            rc = file_write_all(fd, chunk, n);
        }
        left -= n;
    }
    sodium_memzero(chunk, sizeof chunk);
    return rc;
}

/* The ending of what is in the file, or NULL. */
static const char *
ending_of(int fd, uint64_t len)
{
    const char *ending = NULL;
    void *in;

    if (len > 0 && (in = mmap(NULL, (size_t)len, PROT_READ, MAP_PRIVATE, fd,
                              0)) != MAP_FAILED) {
        ending = filetype_ending(in, (size_t)len);
        (void)munmap(in, (size_t)len);
    }
    return ending;
}

/* Gives a written file its ending; never over another. An empty file holds the
 * new name first: not every stick knows links. *path: its new name. */
static enum rc
add_ending(char **path, int fd, uint64_t len)
{
    const char *ending = ending_of(fd, len);
    size_t room = strlen(*path) + 16;
    char *whole;
    int held;

    if (ending == NULL) {
        return RC_OK;
    }
    if ((whole = malloc(room)) == NULL) {
        return RC_NOMEM;
    }
    (void)snprintf(whole, room, "%s.%s", *path, ending);
    held = open(whole, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (held < 0 || close(held) != 0 || rename(*path, whole) != 0) {
        bool taken = held < 0 && errno == EEXIST;

        if (taken) {
            say_taken(whole);
        }
        free(whole);
        return taken ? RC_TAKEN : RC_IO;
    }
    free(*path);
    *path = whole;
    return RC_OK;
}

/* Half a file does not stay. */
static enum rc
save_item(struct bodyfile *f, const struct bodyfile_item *item, char **path)
{
    int fd = open(*path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum rc rc;

    if (fd < 0 && errno == EEXIST) {
        say_taken(*path);
        return RC_IO;
    }
    if (fd < 0) {
        cli_error("%s: %s", *path, strerror(errno));
        return RC_IO;
    }
    if ((rc = write_item(f, item, fd)) == RC_OK) {
        rc = add_ending(path, fd, item->len);
    }
    if (close(fd) != 0 && rc == RC_OK) {
        rc = RC_IO;
    }
    if (rc == RC_OK) {
        (void)printf("%s\n", *path);
        return RC_OK;
    }
    (void)unlink(*path);
    if (rc != RC_TAKEN) {
        cli_error("%s: %s", *path, _(rc_text(rc)));
    }
    return rc == RC_TAKEN ? RC_IO : rc;
}

static enum rc
save_body(const struct desk *d, const struct message_rec *m,
          const struct body_rec *b, const char *folder)
{
    char *path = desk_body_path(d, b->id);
    struct bodyfile f = {.fd = -1};
    struct bodyfile_item item;
    unsigned number = 0;
    enum rc rc = path == NULL ? RC_NOMEM
                              : bodyfile_open(&f, path, &b->body);

    while (rc == RC_OK && (rc = bodyfile_item(&f, &item)) == RC_OK) {
        char *to;

        if (++number > ITEMS_SAVED) {
            cli_error(_("more than %d files; the others are left out"),
                      ITEMS_SAVED);
            rc = RC_FULL;
            break;
        }
        to = file_name(folder, m, number);
        rc = to == NULL ? RC_NOMEM : save_item(&f, &item, &to);
        free(to);
    }
    if (rc == RC_FORMAT || rc == RC_FORGED) {
        cli_error(_("what follows in the attachments does not make sense"));
    }
    bodyfile_close(&f);
    free(path);
    return rc == RC_MISSING ? RC_OK : rc;
}

/* Somebody decided to ask the relays again. */
static enum rc
again(struct desk *d, struct body_rec *b)
{
    if (b->state == BODY_DONE || b->state == BODY_WAITING) {
        return RC_OK;
    }
    b->state = BODY_WAITING;
    b->next = 0; /* what is here is not asked for */
    b->absent = 0;
    b->n_asked = 0;
    b->try_at = 0;
    b->failures = 0;
    return body_put(d->vault, b);
}

static enum rc
save_case(struct desk *d, const struct case_rec *c)
{
    const char *folder = cli_value(desk_save_options, "to");
    bool retry = cli_given(desk_save_options, "again");
    struct message_rec m;
    size_t none = 0, bodies = 0;
    enum rc rc = RC_OK;

    if (folder != NULL && mkdir(folder, 0700) != 0 && errno != EEXIST) {
        cli_error("%s: %s", folder, strerror(errno));
        return RC_IO;
    }
    for (uint32_t i = 0; rc == RC_OK && i < c->messages; i++) {
        struct body_rec b;

        if (message_get(d->vault, &m, c->number, i) != RC_OK ||
            m.body.boxes == 0 ||
            body_get(d->vault, &b, m.body_id) != RC_OK) {
            continue;
        }
        bodies++;
        if (retry) {
            rc = again(d, &b);
        } else if (b.state == BODY_DONE) {
            rc = save_body(d, &m, &b, folder == NULL ? "." : folder);
        } else {
            none++;
        }
    }
    sodium_memzero(&m, sizeof m);
    if (rc == RC_OK && (bodies == 0 || none > 0)) {
        cli_error(bodies == 0
                      ? _("this case has no attachments")
                      : _("some attachments are not here: see tocsin-desk "
                          "show, or ask again with --again"));
        return RC_MISSING;
    }
    return rc;
}

int
desk_cmd_save(int argc, char **argv)
{
    (void)argc;
    return desk_cli_with_case(argv[0], save_case);
}
