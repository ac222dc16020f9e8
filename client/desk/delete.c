/* SPDX-License-Identifier: ISC */
/* tocsin-desk delete: a case, and all that this desk has of it. */
#include "commands.h"

#include <sodium.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "days.h"
#include "term.h"

/* Files of sealed boxes; they go once the rows with their keys are gone. */
struct files {
    char **paths; /* n of cap; heap */
    size_t n, cap;
};

static void
files_free(struct files *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->paths[i]);
    }
    free(f->paths);
}

static enum rc
files_add(struct files *f, const struct desk *d,
          const uint8_t id[static BODY_ID_LEN])
{
    if (f->n == f->cap) {
        size_t cap = f->cap == 0 ? 8 : f->cap * 2;
        char **more = realloc(f->paths, cap * sizeof(*more));

        if (more == NULL) {
            return RC_NOMEM;
        }
        f->paths = more;
        f->cap = cap;
    }
    if ((f->paths[f->n] = desk_body_path(d, id)) == NULL) {
        return RC_NOMEM;
    }
    f->n++;
    return RC_OK;
}

/* All that can be lost is lost: what could not be removed is said. */
static enum rc
files_remove(const struct files *f)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < f->n; i++) {
        if (unlink(f->paths[i]) != 0 && errno != ENOENT) {
            cli_error("%s: %s", f->paths[i], strerror(errno));
            rc = RC_IO;
        }
    }
    return rc;
}

struct deletion {
    struct desk *d;
    uint32_t number;
    const uint8_t *conversation;
    struct files files;
};

static enum rc
delete_body(const struct vault_row *row, void *arg)
{
    struct deletion *x = arg;
    struct body_rec b;
    enum rc rc;

    if (body_parse(&b, row) != RC_OK || b.case_no != x->number) {
        return RC_OK;
    }
    rc = files_add(&x->files, x->d, b.id);
    sodium_memzero(&b, sizeof b);
    return rc == RC_OK ? vault_delete(x->d->vault, VAULT_BODY, row->id,
                                      row->id_len)
                       : rc;
}

static enum rc
delete_orphan(const struct vault_row *row, void *arg)
{
    struct deletion *x = arg;
    struct orphan_rec o;
    struct head h;
    bool same;

    if (orphan_parse(&o, row) != RC_OK) {
        return RC_OK;
    }
    same = head_parse(&h, o.head) == RC_OK &&
           sodium_memcmp(h.a, x->conversation, 32) == 0;
    sodium_memzero(&o, sizeof o);
    return same ? vault_delete(x->d->vault, VAULT_ORPHAN, row->id,
                               row->id_len)
                : RC_OK;
}

static enum rc
delete_answers(struct deletion *x, uint32_t n)
{
    struct answer_rec *a = malloc(sizeof *a);
    enum rc rc = a == NULL ? RC_NOMEM : RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < n; i++) {
        if (answer_get(x->d->vault, a, x->number, i) == RC_OK &&
            a->body.boxes > 0) {
            rc = files_add(&x->files, x->d, a->body_id);
        }
        if (rc == RC_OK) {
            rc = answer_delete(x->d->vault, x->number, i);
        }
    }
    if (a != NULL) {
        sodium_memzero(a, sizeof *a);
        free(a);
    }
    return rc;
}

/* In a group; the case may have grown since it was shown. */
static enum rc
delete_rows(struct deletion *x)
{
    struct vault *v = x->d->vault;
    struct case_rec c;
    enum rc rc = case_get(v, &c, x->number);

    x->conversation = c.conversation;
    for (uint32_t i = 0; rc == RC_OK && i < c.messages; i++) {
        rc = message_delete(v, x->number, i);
    }
    if (rc == RC_OK && (rc = delete_answers(x, c.answers)) == RC_OK &&
        (rc = vault_each(v, VAULT_BODY, delete_body, x, NULL)) == RC_OK &&
        (rc = vault_each(v, VAULT_ORPHAN, delete_orphan, x, NULL)) == RC_OK) {
        rc = case_delete(v, x->number);
    }
    x->conversation = NULL;
    sodium_memzero(&c, sizeof c);
    return rc;
}

static enum rc
destroy(struct desk *d, uint32_t number)
{
    struct deletion x = {.d = d, .number = number};
    enum rc rc = vault_begin(d->vault);

    if (rc == RC_OK) {
        if ((rc = delete_rows(&x)) == RC_OK) {
            rc = vault_commit(d->vault);
        } else {
            vault_abort(d->vault);
        }
    }
    if (rc != RC_OK) {
        cli_error(_("can't write to the case store: %s. Nothing was deleted"),
                  _(rc_text(rc)));
    } else if ((rc = files_remove(&x.files)) == RC_OK &&
               (rc = vault_renew(d->vault)) != RC_OK) {
        cli_error(_("the case is deleted, but sealed traces of it may be left "
                    "in the journal: %s"),
                  _(rc_text(rc)));
    }
    files_free(&x.files);
    return rc;
}

/* Asks for the number once more: a case can't be had back. */
static enum rc
confirm(const struct case_rec *c)
{
    char *text = NULL, number[16];
    enum rc rc;

    (void)snprintf(number, sizeof number, "%" PRIu32, c->number);
    cli_say(_("Case %" PRIu32 ", since %s: %" PRIu32 " messages and %" PRIu32
              " answers, with all attachments. Answers that are not out yet "
              "are not sent."),
            c->number, day_said(c->day).text, c->messages, c->answers);
    rc = term_ask(&text, _("It can't be had back. Type the number of the case "
                           "to delete it: "));
    if (rc != RC_OK || strcmp(text, number) != 0) {
        cli_error(_("nothing was deleted"));
        rc = rc == RC_OK ? RC_TAKEN : rc;
    }
    term_free(text);
    return rc;
}

static enum rc
delete_case(struct desk *d, const struct case_rec *c)
{
    enum rc rc = RC_OK;

    if (!cli_given(desk_delete_options, "yes")) {
        rc = confirm(c);
    }
    if (rc == RC_OK && (rc = destroy(d, c->number)) == RC_OK) {
        cli_say(_("Case %" PRIu32 " is deleted here. Copies of the case store, "
                  "files that were saved, and answers that wait for the "
                  "reporter are not."),
                c->number);
    }
    return rc;
}

int
desk_cmd_delete(int argc, char **argv)
{
    (void)argc;
    return desk_cli_with_case(argv[0], delete_case);
}
