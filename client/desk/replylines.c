/* SPDX-License-Identifier: ISC */
#include "replylines.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ascii.h"
#include "commands.h"
#include "file.h"
#include "term.h"

/* --- from the command line ----------------------------------------------- */

static enum rc
add(struct replylines *out, const char *key, const char *value)
{
    enum rc rc = answertext_append(out->text, sizeof out->text, &out->len, key,
                                   value, strlen(value));

    if (rc == RC_FORMAT && strcmp(key, "status") == 0) {
        cli_error(_("%s can't be \"%s\"; it is %s"), "--status", value,
                  "opened, working, asks, closed");
    } else if (rc == RC_FORMAT) {
        cli_error(_("--%s: one line of text"), key);
    } else if (rc != RC_OK) {
        cli_error(_("--%s: too long"), key);
    }
    return rc;
}

/* The list that the desk keeps, or the one it was given. */
static enum rc
load(struct network *w, const struct desk *d)
{
    struct desk_options opt = {0};
    char *kept = file_join(d->dir, "network");
    enum rc rc = kept == NULL ? RC_NOMEM : network_load(w, kept);

    if (rc != RC_OK && kept != NULL && desk_cli_options(&opt) == CLI_DONE &&
        (rc = network_load(w, opt.network)) != RC_OK) {
        cli_error(_("can't use the network file %s: %s"),
                  opt.network == NULL ? _("(none was named: --network)")
                                      : opt.network,
                  _(rc_text(rc)));
    }
    free(kept);
    return rc;
}

/* By name, or by the whole id. */
static enum rc
find(const struct directory_org **out, const struct directory *dir,
     const char *who)
{
    size_t found = 0;

    *out = NULL;
    for (size_t i = 0; i < dir->n_orgs; i++) {
        char hex[2 * ORG_ID_LEN + 1];

        (void)sodium_bin2hex(hex, sizeof hex, dir->orgs[i].id, ORG_ID_LEN);
        if (ascii_is_word(dir->orgs[i].name, who) || ascii_is_word(hex, who)) {
            *out = &dir->orgs[i];
            found++;
        }
    }
    return found == 0 ? RC_MISSING : found == 1 ? RC_OK : RC_TAKEN;
}

static enum rc
add_refer(struct replylines *out, const struct desk *d, const char *who)
{
    const struct directory_org *org;
    char hex[2 * ORG_ID_LEN + 1];
    struct network w;
    enum rc rc = load(&w, d);

    if (rc != RC_OK) {
        return rc;
    }
    if ((rc = find(&org, w.bundle->directory, who)) == RC_MISSING) {
        cli_error(_("no organisation is called \"%s\"; `tocsin orgs` lists "
                    "them"),
                  who);
    } else if (rc == RC_TAKEN) {
        cli_error(_("several organisations are called \"%s\"; use the id that "
                    "`tocsin orgs` prints"),
                  who);
    } else if (memcmp(org->id, d->config.org, ORG_ID_LEN) == 0) {
        cli_error(_("--refer names another organisation than this one"));
        rc = RC_FORMAT;
    } else if (org->revoked_day != 0) {
        cli_error(_("%s was revoked: its keys can't be trusted any more. "
                    "Choose another organisation"),
                  term_name(org->name).text);
        rc = RC_EXPIRED;
    } else {
        (void)sodium_bin2hex(hex, sizeof hex, org->id, ORG_ID_LEN);
        rc = add(out, "refer", hex);
    }
    network_wipe(&w);
    return rc;
}

enum rc
replylines_read(struct replylines *out, const struct desk *d,
                const struct cli_option *options)
{
    static const char *const keys[] = {"status", "outcome", "ref"};
    const char *who = cli_value(options, "refer");
    enum rc rc = RC_OK;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; rc == RC_OK && i < sizeof keys / sizeof *keys; i++) {
        const char *value = cli_value(options, keys[i]);

        if (value != NULL) {
            rc = add(out, keys[i], value);
        }
    }
    return rc == RC_OK && who != NULL ? add_refer(out, d, who) : rc;
}

/* --- for people ---------------------------------------------------------- */

/* By its word; NULL: none. */
static const char *
status_of(const struct answer_rec *a)
{
    struct answertext t;
    const char *word = NULL;

    if (answertext_parse(&t, a->text, a->text_len) == RC_OK) {
        word = answertext_word(t.status);
        answertext_wipe(&t);
    }
    return word;
}

static void
count(struct replylines_answers *out, const struct answer_rec *a)
{
    const char *status = a->state == ANSWER_FAILED ? NULL : status_of(a);
    bool seen = false;

    for (size_t k = 0; k < a->n_relays; k++) {
        seen = seen || a->relays[k].seen;
    }
    out->failed += a->state == ANSWER_FAILED;
    out->queued += a->state == ANSWER_QUEUED ||
                   (a->state == ANSWER_SEALED && !seen);
    out->shown += seen;
    out->sent += a->state == ANSWER_RUNG && !seen;
    out->status = status == NULL ? out->status : status;
}

enum rc
replylines_count(struct replylines_answers *out, struct desk *d,
                 const struct case_rec *c)
{
    struct answer_rec *a = malloc(sizeof *a);

    memset(out, 0, sizeof *out);
    if (a == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < c->answers; i++) {
        if (answer_get(d->vault, a, c->number, i) == RC_OK) {
            count(out, a);
        }
    }
    sodium_memzero(a, sizeof *a);
    free(a);
    return RC_OK;
}

static void
show_line(const struct report_line *line, unsigned indent)
{
    static const struct {
        const char *key, *label;
    } labels[] = {{"status", N_("Status")},
                  {"outcome", N_("Outcome")},
                  {"ref", N_("Reference")},
                  {"refer", N_("Refers to")}};
    const char *label = NULL;

    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        if (strlen(labels[i].key) == line->key_len &&
            memcmp(labels[i].key, line->key, line->key_len) == 0) {
            label = _(labels[i].label);
        }
    }
    (void)printf("%*s", (int)indent / 2, "");
    if (label != NULL) {
        (void)printf("%s", label);
    } else {
        term_print_text(stdout, line->key, line->key_len, indent);
    }
    (void)printf(": ");
    term_print_text(stdout, line->value, line->value_len, indent);
    (void)printf("\n");
}

void
replylines_show(const struct answer_rec *a, unsigned indent)
{
    const char *text = (const char *)a->text;
    size_t len = a->text_len;
    struct answertext t;
    bool cut = answertext_parse(&t, a->text, a->text_len) == RC_OK;

    if (cut) {
        text = t.text.free;
        len = t.text.free_len;
        for (size_t i = 0; i < t.text.n_lines; i++) {
            show_line(&t.text.lines[i], indent);
        }
    }
    if (len > 0) {
        (void)printf("%*s", (int)indent, "");
        term_print_text(stdout, text, len, indent);
        (void)printf("\n");
    }
    if (cut) {
        answertext_wipe(&t);
    }
}
