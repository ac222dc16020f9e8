/* SPDX-License-Identifier: ISC */
#include "write.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "clock.h"
#include "commands.h"
#include "term.h"
#include "visiting.h"

static const char text_question[] =
    N_("\nWhat happened, in your own words. A line with a dot alone ends it.");

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

/* Adds the schema's options to the draft. */
static enum rc
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

/* Is the call right, as far as options of WRITE_OPTIONS go? An exit code,
 * CLI_DONE to go on. */
static int
usage(const struct cli_option *options)
{
    const char *fd = cli_value(options, "code-fd");

    if (!cli_given(options, "to") && !isatty(STDIN_FILENO)) {
        cli_error(_("say who shall hear it with --to NAME; `tocsin orgs` "
                    "lists them"));
        return CLI_USAGE;
    }
    if (fd != NULL && strcmp(fd, "0") == 0) {
        cli_error(_("descriptor 0 has the text; hand the code over by "
                    "another one, as in --code-fd 4 4<file"));
        return CLI_USAGE;
    }
    if (cli_given(options, "print-code") && fd != NULL) {
        cli_error(_("--print-code makes a new code; with --code-fd or "
                    "--resume there is none"));
        return CLI_USAGE;
    }
    return CLI_DONE;
}

enum rc
write_renew(struct visit *v)
{
    const struct directory *d = v->w.bundle->directory;

    return d->expires < clock_day(clock_now()) ? visiting_refresh(v) : RC_OK;
}

/* Adds one of --to. */
static enum rc
add_to(struct sending *s, const struct directory *d, const char *who)
{
    size_t at;
    enum rc rc = ask_org(&at, d, who);

    if (rc != RC_OK) {
        return rc;
    }
    if (d->orgs[at].revoked_day != 0) {
        cli_error(_("%s was revoked: its keys can't be trusted any more. "
                    "Choose another organisation"),
                  term_name(d->orgs[at].name).text);
        return RC_FORGED;
    }
    for (size_t k = 0; k < s->n_orgs; k++) {
        if (memcmp(s->orgs[k], d->orgs[at].id, ORG_ID_LEN) == 0) {
            cli_error(_("%s is named twice"), who);
            return RC_TAKEN;
        }
    }
    memcpy(s->orgs[s->n_orgs++], d->orgs[at].id, ORG_ID_LEN);
    return RC_OK;
}

enum rc
write_to(struct write *w, const struct visit *v,
         const struct cli_option *options)
{
    const struct cli_option *to = option(options, "to");
    enum rc rc = RC_OK;

    if (to->count > SEND_ORGS_MAX) {
        cli_error(_("at most %d organisations at once"), SEND_ORGS_MAX);
        return RC_FULL;
    }
    for (size_t i = 0; rc == RC_OK && i < to->count; i++) {
        rc = add_to(&w->sending, v->w.bundle->directory, to->values[i]);
    }
    return rc;
}

static struct attach_options
attach_options(const struct cli_option *options)
{
    return (struct attach_options){
        .keep_metadata = cli_given(options, "keep-metadata"),
    };
}

enum rc
write_files(struct write *w, const struct cli_option *options)
{
    const struct cli_option *attach = option(options, "attach");
    const struct attach_options opt = attach_options(options);
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < attach->count; i++) {
        rc = sending_attach(&w->sending, attach->values[i], &opt);
    }
    return rc;
}

/* Asks for files until there are no more. One that can't be sent is said to
 * be refused, and costs nothing that was written. */
static enum rc
ask_files(struct sending *s, const struct attach_options *opt)
{
    char *path;
    enum rc rc;

    for (;;) {
        rc = ask_path(&path,
                      s->files == 0
                          ? _("A file to send along (Enter alone: none): ")
                          : _("One more file (Enter alone: no more): "));
        if (rc != RC_OK || path == NULL) {
            return rc;
        }
        rc = sending_attach(s, path, opt);
        term_free(path);
        if (rc != RC_OK && rc != RC_FORMAT) {
            return rc;
        }
    }
}

/* Sealing has nothing but the network file: what that can't do is said before
 * the questions. */
static enum rc
check_offline(const struct sending *s, const struct visit *v)
{
    enum rc rc = sending_check(s, &v->w);

    if (rc == RC_EXPIRED) {
        cli_say(_("`tocsin orgs --save FILE` fetches a network file with "
                  "fresh keys."));
    }
    return rc;
}

/* Says that a revocation may be hidden. */
static void
say_unconfirmed(void)
{
    cli_error(_("nobody has confirmed the list of organisations for 3 days: "
                "somebody may hide that one of them was revoked. Nothing was "
                "sent"));
    if (!isatty(STDIN_FILENO)) {
        cli_say(_("Try again in a day, or ask for a newer network file; "
                  "--unconfirmed goes on all the same."));
    }
}

static bool
is_confirmed(const struct write *w, const struct visit *v)
{
    return w->sending.unconfirmed || bundle_is_confirmed(v->w.bundle, v->w.today);
}

/* She knows now, and wants to go on. */
static bool
ask_unconfirmed(struct write *w)
{
    w->sending.doubted = false;
    w->sending.unconfirmed = isatty(STDIN_FILENO) &&
                     ask_yes(_("Go on all the same? [y/N] "));
    return w->sending.unconfirmed;
}

/* Sealing goes by the network file: what nobody confirmed is asked first. */
static enum rc
confirm_offline(struct write *w, const struct visit *v)
{
    if (is_confirmed(w, v)) {
        return RC_OK;
    }
    say_unconfirmed();
    return ask_unconfirmed(w) ? RC_OK : RC_EXPIRED;
}

/* Everything, question by question. */
static enum rc
compose_asked(struct sending *s, struct visit *v,
              const struct attach_options *opt, bool online)
{
    const struct directory *d = v->w.bundle->directory;
    size_t orgs[SEND_ORGS_MAX];
    enum rc rc = ask_orgs(orgs, SEND_ORGS_MAX, &s->n_orgs, d);

    for (size_t i = 0; rc == RC_OK && i < s->n_orgs; i++) {
        memcpy(s->orgs[i], d->orgs[orgs[i]].id, ORG_ID_LEN);
    }
    if (rc == RC_OK && !online) {
        rc = check_offline(s, v);
    }
    if (rc == RC_OK) {
        rc = ask_details(&s->draft);
    }
    if (rc == RC_OK) {
        rc = ask_text(&s->draft, _(text_question));
    }
    if (rc == RC_OK) {
        rc = ask_files(s, opt);
    }
    if (rc == RC_MISSING) {
        cli_error(_("the answers ended early; nothing was sent"));
    }
    return rc;
}

enum rc
write_compose(struct write *w, struct visit *v,
              const struct cli_option *options, bool online)
{
    const struct attach_options opt = attach_options(options);
    struct sending *s = &w->sending;
    enum rc rc = write_schema(&s->draft, options);

    if (rc != RC_OK || (!online && (rc = confirm_offline(w, v)) != RC_OK) ||
        (online && (rc = write_renew(v)) != RC_OK) ||
        (rc = write_to(w, v, options)) != RC_OK ||
        (s->n_orgs > 0 && !online && (rc = check_offline(s, v)) != RC_OK) ||
        (rc = write_files(w, options)) != RC_OK) {
        return rc;
    }
    rc = s->n_orgs == 0 ? compose_asked(s, v, &opt, online)
                        : ask_text(&s->draft, _(text_question));
    if (rc == RC_OK && s->draft.text_len == 0 && s->draft.lines_len == 0) {
        cli_error(_("there is nothing to report: the text is empty"));
        rc = RC_MISSING;
    }
    return rc == RC_OK ? sending_build(s) : rc;
}

/* The descriptor of --code-fd in *fd, -1 without it. */
static enum rc
code_fd(const struct cli_option *options, int *fd)
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
    printed = printf("%s\n", text) > 0 && cli_flush() == 0;
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
    enum rc rc = code_fd(options, &fd);

    if (rc != RC_OK) {
        return rc;
    }
    if (fd >= 0 || existing) {
        rc = ask_code(w->code, fd);
    } else {
        do {
            randombytes_buf(w->code, CODE_LEN);
        } while (!code_is_drawn(w->code));
        rc = cli_given(options, "print-code") ? print_code(w->code, digits)
                                              : ask_code_back(w->code, digits);
    }
    if (rc == RC_OK) {
        conversation_seed(w->seed, w->code);
    }
    return rc;
}

static enum rc
send_once(struct write *w, struct visit *v, write_step *look)
{
    enum rc rc = look != NULL ? look(w, v) : RC_OK;

    if (rc == RC_OK && (rc = sending_run(&w->sending, v)) != RC_OK) {
        sending_explain(&w->sending, rc);
    }
    if (w->sending.doubted) {
        say_unconfirmed();
    }
    return rc;
}

/* A network that is not authentic, and keys that are too old, stay so. */
static bool
may_pass(enum rc rc, const struct visit *v)
{
    return rc != RC_EXPIRED && rc != RC_MISSING && rc != RC_NOMEM &&
           (rc != RC_TAKEN || !v->reached) && (rc != RC_FORGED || v->reached);
}

/* Does the person want another visit, after one that ended with rc? */
static bool
wants_again(struct write *w, enum rc rc, const struct visit *v)
{
    if (w->sending.doubted) {
        return ask_unconfirmed(w);
    }
    return may_pass(rc, v) && isatty(STDIN_FILENO) &&
           ask_yes(_("Try again? What you wrote is still here. [y/N] "));
}

enum rc
write_send(struct write *w, struct visit *v, write_step *look)
{
    enum rc rc;

    while ((rc = send_once(w, v, look)) != RC_OK && wants_again(w, rc, v)) {
    }
    if (rc == RC_OK) {
        cli_say(_("Done. In a day or two, `tocsin inbox` asks for your code "
                  "and shows the answers."));
    }
    return rc;
}

int
write_run(const struct cli_option *options, write_step *compose,
          write_step *deliver)
{
    struct visit_options opt;
    struct visit v = {0};
    struct write w = {0};
    enum rc rc;

    if (usage(options) != CLI_DONE || common_read(&opt) != RC_OK) {
        return CLI_USAGE;
    }
    if ((rc = visiting_open(&v, &opt)) == RC_OK && (rc = write_new(&w)) == RC_OK) {
        w.sending.unconfirmed = cli_given(options, "unconfirmed");
        rc = compose(&w, &v);
    }
    if (rc == RC_OK) {
        rc = deliver(&w, &v);
    }
    write_wipe(&w);
    visiting_close(&v);
    return cli_exit(rc);
}
