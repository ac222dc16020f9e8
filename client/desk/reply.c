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
#include "file.h"
#include "kdf.h"
#include "utf8.h"

#define TEXT_MAX (ANSWER_TEXT_MAX - 100) /* room to say that it is the last */
#define ATTACH_MAX ((size_t)256 * 1024 * 1024)

static enum rc
read_text(uint8_t **text, size_t *len)
{
    enum rc rc = file_read(text, len, "-", TEXT_MAX);

    if (rc == RC_FULL) {
        cli_error(_("an answer has at most %d bytes: attach the rest as a "
                    "file"),
                  TEXT_MAX);
    } else if (rc != RC_OK) {
        cli_error(_("can't read the answer: %s"), rc_text(rc));
    } else if (*len == 0) {
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
        cli_error("%s: %s", path, rc_text(rc));
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
        (more = realloc(p->bytes, p->len + head + len)) == NULL) {
        cli_error(_("the attachments are too large"));
        free(data);
        return RC_FULL;
    }
    p->bytes = more;
    wr_init(&w, p->bytes + p->len, head);
    if ((rc = body_item_head_write(&w, &item)) == RC_OK) {
        memcpy(p->bytes + p->len + head, data, len);
        p->len += head + len;
    }
    free(data);
    return rc;
}

static enum rc
attach(struct desk *d, struct answer_rec *a, const struct case_rec *c)
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
    body_key_answer(a->body.key, c->root, a->body.digest);
    randombytes_buf(a->body_id, sizeof a->body_id);
    path = desk_body_path(d, a->body_id);
    rc = path == NULL ? RC_NOMEM
                      : bodyfile_write(path, &a->body, parts.bytes);
    if (rc != RC_OK) {
        cli_error(_("can't keep the attachments: %s"), rc_text(rc));
    }
out:
    free(parts.bytes);
    free(path);
    return rc;
}

/* --- the command --------------------------------------------------------- */

static enum rc
queue(struct desk *d, uint32_t number, const uint8_t *text, size_t len)
{
    struct answer_rec *a = calloc(1, sizeof *a);
    char *path;
    struct case_rec c;
    enum rc rc = a == NULL ? RC_NOMEM : case_get(d->vault, &c, number);

    if (rc != RC_OK) {
        cli_error(_("there is no case %" PRIu32), number);
        free(a);
        return rc;
    }
    if (c.next_answer >= ANSWERS_MAX) {
        cli_error(_("this case has had all its %d answers"), ANSWERS_MAX);
        free(a);
        return RC_FULL;
    }
    a->case_no = number;
    a->text_len = (uint16_t)len;
    memcpy(a->text, text, len);
    rc = attach(d, a, &c);
    if (rc == RC_OK && (rc = vault_begin(d->vault)) == RC_OK) {
        /* watch may have changed the case meanwhile */
        if ((rc = case_get(d->vault, &c, number)) == RC_OK) {
            a->seq = c.answers++;
            if ((rc = case_put(d->vault, &c)) == RC_OK) {
                rc = answer_put(d->vault, a);
            }
        }
        if (rc == RC_OK) {
            rc = vault_commit(d->vault);
        } else {
            vault_abort(d->vault);
        }
        if (rc != RC_OK) {
            cli_error(_("can't write to the case store: %s"), rc_text(rc));
        }
    }
    if (rc != RC_OK && a->body.boxes > 0 &&
        (path = desk_body_path(d, a->body_id)) != NULL) {
        (void)unlink(path); /* nothing names it */
        free(path);
    }
    sodium_memzero(a, sizeof *a);
    free(a);
    sodium_memzero(&c, sizeof c);
    return rc;
}

int
desk_cmd_reply(int argc, char **argv)
{
    struct desk_options opt = {0};
    struct desk d = {0};
    uint8_t *text = NULL;
    size_t len = 0;
    uint32_t number;
    int code = desk_cli_options(&opt);
    enum rc rc;

    (void)argc;
    if (code != CLI_DONE) {
        return code;
    }
    if ((rc = desk_cli_case(&number, argv[0])) == RC_OK &&
        (rc = desk_open_asking(&d, &opt)) == RC_OK &&
        (rc = read_text(&text, &len)) == RC_OK &&
        (rc = queue(&d, number, text, len)) == RC_OK) {
        cli_say(_("Queued. tocsin-desk watch sends it within the hour."));
    }
    if (text != NULL) {
        sodium_memzero(text, len);
        free(text);
    }
    desk_close(&d);
    desk_options_wipe(&opt);
    return cli_exit(rc);
}
