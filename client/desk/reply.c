/* SPDX-License-Identifier: ISC */
/* tocsin-desk reply: an answer into the outbox; watch sends it. */
#include "commands.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bodyfile.h"
#include "codefind.h"
#include "days.h"
#include "file.h"
#include "kdf.h"
#include "numbers.h"
#include "replylines.h"
#include "report.h"
#include "term.h"
#include "utf8.h"

#define TEXT_MAX (ANSWER_TEXT_MAX - 100) /* room to say that it is the last */
#define ATTACH_MAX ((size_t)256 * 1024 * 1024)
#define REMIND_MAX 200 /* bytes of the last message */

/* What is being answered, so that nobody answers another case. */
static void
remind(struct desk *d, const struct case_rec *c)
{
    struct message_rec m;
    struct report r;

    if (!isatty(STDIN_FILENO) || c->messages == 0 ||
        message_get(d->vault, &m, c->number, c->messages - 1) != RC_OK) {
        return;
    }
    (void)fprintf(stderr, _("Message %" PRIu32 " (%s)"), c->messages,
                  day_said(m.day).text);
    if (report_parse(&r, m.text, m.text_len) == RC_OK) {
        size_t n = r.free_len < REMIND_MAX ? r.free_len : REMIND_MAX;

        while (n < r.free_len && ((uint8_t)r.free[n] & 0xc0) == 0x80) {
            n--; /* no character is cut */
        }
        (void)fprintf(stderr, "\n    ");
        term_print_text(stderr, r.free, n, 4);
        (void)fprintf(stderr, "%s\n\n", n < r.free_len ? " ..." : "");
        report_wipe(&r);
    }
    sodium_memzero(&m, sizeof m);
}

/* max bytes; none are enough where header lines say something. */
static enum rc
read_text(uint8_t **text, size_t *len, size_t max, bool may_be_empty)
{
    enum rc rc;

    if (isatty(STDIN_FILENO)) {
        cli_say(_("Write the answer. Ctrl-D on a line of its own ends it."));
    }
    rc = file_read(text, len, "-", max);
    if (rc == RC_FULL) {
        cli_error(_("an answer has at most %d bytes: attach the rest as a "
                    "file"),
                  (int)max);
    } else if (rc != RC_OK) {
        cli_error(_("can't read the answer: %s"), _(rc_text(rc)));
    } else if (*len == 0 && !may_be_empty) {
        cli_error(_("the answer is empty; nothing was queued"));
        rc = RC_FORMAT;
    } else if (!utf8_is_valid(*text, *len)) {
        cli_error(_("the answer is not UTF-8 text; nothing was queued"));
        rc = RC_FORMAT;
    }
    return rc;
}

/* --- attachments --------------------------------------------------------- */

struct parts {
    uint8_t *bytes; /* heap */
    size_t len;
};

static enum rc
add_file(struct parts *p, const char *path, unsigned number)
{
    struct body_item item = {.type = "application/octet-stream"};
    char name[64];
    const char *dot = strrchr(path, '.');
    uint8_t *data = NULL, *more;
    struct writer w;
    size_t len, head;
    enum rc rc = file_read(&data, &len, path, ATTACH_MAX);

    if (rc != RC_OK) {
        cli_error("%s: %s", path, cli_why(rc));
        return rc;
    }
    /* Never the original name: it tells more than it should. */
    (void)snprintf(name, sizeof name, "attachment-%u%.8s", number,
                   dot != NULL && strchr(dot, '/') == NULL &&
                           strspn(dot + 1, "abcdefghijklmnopqrstuvwxyz"
                                           "0123456789") == strlen(dot + 1)
                       ? dot
                       : "");
    item.type_len = strlen(item.type);
    item.name = name;
    item.name_len = strlen(name);
    item.data = data;
    item.len = len;
    head = body_item_head_len(&item);
    if (p->len + head + len > ATTACH_MAX ||
        (more = malloc(p->len + head + len)) == NULL) {
        cli_error(_("the attachments are too large"));
        vault_release(data, len);
        return RC_FULL;
    }
    if (p->len > 0) { /* not by realloc, which leaves a copy behind */
        memcpy(more, p->bytes, p->len);
    }
    vault_release(p->bytes, p->len);
    p->bytes = more;
    wr_init(&w, p->bytes + p->len, head);
    if ((rc = body_item_head_write(&w, &item)) == RC_OK) {
        memcpy(p->bytes + p->len + head, data, len);
        p->len += head + len;
    }
    vault_release(data, len);
    return rc;
}

static enum rc
attach(struct desk *d, struct answer_rec *a)
{
    const struct cli_option *o = desk_reply_options;
    struct parts parts = {0};
    char *path = NULL;
    enum rc rc = RC_OK;

    while (o->name != NULL && strcmp(o->name, "attach") != 0) {
        o++;
    }
    for (size_t i = 0; rc == RC_OK && i < o->count; i++) {
        rc = add_file(&parts, o->values[i], (unsigned)i + 1);
    }
    if (rc != RC_OK || parts.len == 0) {
        goto out;
    }
    a->body.len = parts.len;
    a->body.boxes = body_boxes(parts.len);
    blake2b_256(a->body.digest, parts.bytes, parts.len);
    randombytes_buf(a->body.key, sizeof a->body.key); /* of the file */
    randombytes_buf(a->body_id, sizeof a->body_id);
    path = desk_body_path(d, a->body_id);
    rc = path == NULL ? RC_NOMEM
                      : bodyfile_write(path, &a->body, parts.bytes);
    if (rc != RC_OK) {
        cli_error(_("can't keep the attachments: %s"), _(rc_text(rc)));
    }
out:
    vault_release(parts.bytes, parts.len);
    free(path);
    return rc;
}

/* --- the command --------------------------------------------------------- */

/* What queue does, in a group: watch may have changed the case meanwhile. */
static enum rc
queue_in_group(struct desk *d, struct answer_rec *a)
{
    struct case_rec c;
    enum rc rc = case_get(d->vault, &c, a->case_no);

    if (rc == RC_OK) {
        a->seq = c.answers++;
        if ((rc = case_put(d->vault, &c)) == RC_OK) {
            rc = answer_put(d->vault, a);
        }
    }
    sodium_memzero(&c, sizeof c);
    return rc;
}

/* Nothing names it. */
static void
drop_attachments(const struct desk *d, const struct answer_rec *a)
{
    char *path = a->body.boxes > 0 ? desk_body_path(d, a->body_id) : NULL;

    if (path != NULL) {
        (void)unlink(path);
        free(path);
    }
}

static enum rc
queue(struct desk *d, const struct case_rec *c,
      const struct replylines *lines, const uint8_t *text, size_t len)
{
    struct answer_rec *a = calloc(1, sizeof *a);
    size_t whole = lines->len, at, n;
    enum rc rc;

    if (a == NULL) {
        return RC_NOMEM;
    }
    a->case_no = c->number;
    memcpy(a->text, lines->text, lines->len);
    rc = answertext_append(a->text, TEXT_MAX, &whole, NULL, (const char *)text,
                           len);
    a->text_len = (uint16_t)whole;
    if (rc == RC_OK && codefind(&at, &n, (const char *)a->text, whole)) {
        cli_error(_("there is a code in this answer: 12 words, or 40 digits. "
                    "Who reads it can read all answers to it, and write in "
                    "the reporter's name. Take it out; nothing was sent"));
        rc = RC_FORMAT;
    }
    if (rc == RC_OK) {
        rc = attach(d, a);
    }
    if (rc == RC_OK && (rc = vault_begin(d->vault)) == RC_OK) {
        if ((rc = queue_in_group(d, a)) == RC_OK) {
            rc = vault_commit(d->vault);
        } else {
            vault_abort(d->vault);
        }
        if (rc != RC_OK) {
            cli_error(_("can't write to the case store: %s"), _(rc_text(rc)));
            drop_attachments(d, a);
        }
    }
    sodium_memzero(a, sizeof *a);
    free(a);
    return rc;
}

static enum rc
reply(struct desk *d, const struct case_rec *c)
{
    struct replylines lines;
    uint8_t *text = NULL;
    size_t len = 0;
    enum rc rc;

    if (c->lost) {
        cli_error(_("the first report of case %" PRIu32 " never came, and "
                    "with it what is needed to answer it"),
                  c->number);
        return RC_MISSING;
    }
    if (numbers_next(c) >= ANSWERS_MAX) {
        cli_error(_("this case has had all its %d answers"), ANSWERS_MAX);
        return RC_FULL;
    }
    if ((rc = replylines_read(&lines, d, desk_reply_options)) != RC_OK) {
        sodium_memzero(&lines, sizeof lines);
        return rc;
    }
    remind(d, c);
    if ((rc = read_text(&text, &len, TEXT_MAX - lines.len - 1,
                        lines.len > 0)) == RC_OK &&
        (rc = queue(d, c, &lines, text, len)) == RC_OK) {
        cli_say(_("Queued. tocsin-desk watch sends it within the hour."));
    }
    if (text != NULL) {
        sodium_memzero(text, len);
        free(text);
    }
    sodium_memzero(&lines, sizeof lines);
    return rc;
}

int
desk_cmd_reply(int argc, char **argv)
{
    (void)argc;
    return desk_cli_with_case(argv[0], reply);
}
