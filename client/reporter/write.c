/* SPDX-License-Identifier: ISC */
#include "write.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

enum rc
write_new(struct write *w)
{
    memset(w, 0, sizeof *w);
    w->code = sodium_malloc(CODE_LEN);
    w->seed = sodium_malloc(KDF_LEN);
    if (w->code == NULL || w->seed == NULL) {
        cli_error("%s", _(rc_text(RC_NOMEM)));
        return RC_NOMEM;
    }
    w->sending.seed = w->seed;
    return RC_OK;
}

void
write_wipe(struct write *w)
{
    sending_wipe(&w->sending);
    sodium_free(w->code);
    sodium_free(w->seed);
    memset(w, 0, sizeof *w);
}

enum rc
write_schema(struct draft *d, const struct cli_option *options)
{
    for (const struct cli_option *o = options; o->name != NULL; o++) {
        const struct draft_key *k = draft_keys;

        while (k->key != NULL && strcmp(k->key, o->name) != 0) {
            k++;
        }
        for (size_t i = 0; k->key != NULL && i < o->count; i++) {
            enum rc rc =
                draft_add(d, o->name, o->values[i], strlen(o->values[i]));

            if (rc != RC_OK) {
                ask_explain_line(o->name, o->values[i], rc);
                return rc;
            }
        }
    }
    return RC_OK;
}

static const struct cli_option *
option(const struct cli_option *options, const char *name)
{
    while (options->name != NULL && strcmp(options->name, name) != 0) {
        options++;
    }
    return options;
}

enum rc
write_to(struct sending *s, const struct directory *d,
         const struct cli_option *options)
{
    const struct cli_option *to = option(options, "to");

    if (to->count > SEND_ORGS_MAX) {
        cli_error(_("at most %d organisations at once"), SEND_ORGS_MAX);
        return RC_FULL;
    }
    for (size_t i = 0; i < to->count; i++) {
        size_t at;
        enum rc rc = ask_org(&at, d, to->values[i]);

        if (rc != RC_OK) {
            return rc;
        }
        for (size_t k = 0; k < s->n_orgs; k++) {
            if (memcmp(s->orgs[k], d->orgs[at].id, ORG_ID_LEN) == 0) {
                cli_error(_("%s is named twice"), to->values[i]);
                return RC_TAKEN;
            }
        }
        memcpy(s->orgs[s->n_orgs++], d->orgs[at].id, ORG_ID_LEN);
    }
    return RC_OK;
}

/* Does this directory know every recipient? */
static bool
knows_all(const struct directory *d, const struct cli_option *options)
{
    const struct cli_option *to = option(options, "to");
    size_t at;

    for (size_t i = 0; i < to->count; i++) {
        if (org_find(&at, d, to->values[i]) == RC_MISSING) {
            return false;
        }
    }
    return true;
}

enum rc
write_compose(struct write *w, struct visit *v,
              const struct cli_option *options, bool online)
{
    struct sending *s = &w->sending;
    enum rc rc = RC_OK;

    if (cli_given(options, "to")) {
        if (online && !knows_all(v->w.bundle->directory, options)) {
            rc = visit_connect(v);
        }
        if (rc != RC_OK ||
            (rc = write_to(s, v->w.bundle->directory, options)) != RC_OK ||
            (rc = write_schema(&s->draft, options)) != RC_OK) {
            return rc;
        }
        rc = ask_text(&s->draft);
    } else {
        const struct directory *d = v->w.bundle->directory;
        size_t orgs[SEND_ORGS_MAX];

        rc = ask_report(&s->draft, d, orgs, SEND_ORGS_MAX, &s->n_orgs);
        for (size_t i = 0; rc == RC_OK && i < s->n_orgs; i++) {
            memcpy(s->orgs[i], d->orgs[orgs[i]].id, ORG_ID_LEN);
        }
    }
    if (rc == RC_OK && s->draft.text_len == 0 && s->draft.lines_len == 0) {
        cli_error(_("there is nothing to report: the text is empty"));
        rc = RC_MISSING;
    }
    return rc == RC_OK ? write_files(s, options) : rc;
}

enum rc
write_files(struct sending *s, const struct cli_option *options)
{
    const struct cli_option *attach = option(options, "attach");
    const struct attach_options opt = {
        .keep_metadata = cli_given(options, "keep-metadata"),
    };

    return sending_load(s, attach->values, attach->count, &opt);
}

enum rc
write_code_fd(const struct cli_option *options, int *fd)
{
    uint64_t n = 0;

    *fd = -1;
    if (!cli_given(options, "code-fd")) {
        return RC_OK;
    }
    if (cli_number(options, "code-fd", 0, 1023, &n) != RC_OK) {
        return RC_FORMAT;
    }
    *fd = (int)n;
    return RC_OK;
}

/* On stdout, and out of our buffers before anything is sent. */
static enum rc
print_code(const uint8_t code[static CODE_LEN], bool digits)
{
    char text[CODE_WORDS_TEXT_MAX];
    bool printed;

    if (digits) {
        code_digits(text, code);
    } else {
        code_words(text, code);
    }
    printed = printf("%s\n", text) > 0 && fflush(stdout) == 0;
    sodium_memzero(text, sizeof text);
    if (!printed) {
        cli_error(_("the code can't be printed; nothing was sent"));
        return RC_IO;
    }
    return RC_OK;
}

enum rc
write_code(struct write *w, const struct cli_option *options, bool existing)
{
    const bool digits = cli_given(options, "digits");
    int fd;
    enum rc rc = write_code_fd(options, &fd);

    if (rc != RC_OK) {
        return rc;
    }
    if (fd >= 0 || existing) {
        rc = ask_code(w->code, fd);
    } else {
        randombytes_buf(w->code, CODE_LEN);
        rc = cli_given(options, "print-code") ? print_code(w->code, digits)
                                              : ask_code_back(w->code, digits);
    }
    if (rc == RC_OK) {
        conversation_seed(w->seed, w->code);
    }
    return rc;
}
