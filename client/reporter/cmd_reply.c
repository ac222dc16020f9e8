/* SPDX-License-Identifier: ISC */
/* tocsin reply */
#include "commands.h"

#include <sodium.h>

#include "answers.h"
#include "write.h"

#define ANSWERS_TRIED 3

struct cli_option reply_options[] = {
    {.name = "to",
     .value = "NAME",
     .help = N_("the organisation"),
     .detail = true},
    CLI_DETAILS_OPTION,
    WRITE_FILE_OPTIONS,
    WRITE_CODE_OPTION,
    WRITE_UNCONFIRMED_OPTION,
    {.name = "resume", .help = N_("go on with an interrupted upload")},
    {.name = NULL},
};

/* Fetches its answers, newest first, until one verifies. */
static enum rc
verify_answer(bool *good, struct visit *v, const struct answers *a, size_t org)
{
    static struct fetched f; /* too large for the stack */
    unsigned tries = 0;
    enum rc rc = RC_OK;

    *good = false;
    for (uint8_t i = ANSWERS_MAX;
         rc == RC_OK && !*good && i-- > 0 && tries < ANSWERS_TRIED;) {
        if (answers_day(a, org, i) != 0) {
            tries++;
            rc = answers_fetch(&f, v, a, org, i);
            *good = rc == RC_OK && f.state == ANSWER_GOOD;
            sodium_memzero(&f, sizeof f);
        }
    }
    return rc;
}

/*
 * Has the organisation answered? Then a follow-up is enough; else the whole
 * key goes along again.
 */
static enum rc
look_for_answer(struct write *w, struct visit *v)
{
    const struct directory *d = v->w.bundle->directory;
    const struct directory_org *org = directory_org(d, w->sending.orgs[0]);
    struct answers answers;
    enum rc rc;

    if (org == NULL) {
        return RC_MISSING;
    }
    if ((rc = answers_init(&answers, w->seed, d)) != RC_OK) {
        return rc;
    }
    rc = visit_answers(v, visit_look_back(), answers_entry, &answers);
    if (rc == RC_OK) {
        rc = verify_answer(&w->sending.known[0], v, &answers,
                           (size_t)(org - d->orgs));
    }
    answers_wipe(&answers);
    return rc;
}

/* The code, the text, the files; what can be refused comes first. */
static enum rc
compose(struct write *w, struct visit *v)
{
    struct sending *s = &w->sending;
    enum rc rc;

    if ((rc = write_to(w, v, reply_options, true)) != RC_OK ||
        (rc = write_files(w, reply_options)) != RC_OK ||
        (rc = write_code(w, reply_options, true)) != RC_OK ||
        (rc = ask_text(&s->draft, _("\nYour message. A line with a dot alone "
                                    "ends it."))) != RC_OK) {
        return rc;
    }
    if (s->draft.text_len == 0 && s->files == 0) {
        cli_error(_("there is nothing to send: the text is empty"));
        return RC_MISSING;
    }
    if ((rc = sending_build(s)) == RC_OK) {
        s->resume = cli_given(reply_options, "resume");
    }
    return rc;
}

static enum rc
deliver(struct write *w, struct visit *v)
{
    return write_send(w, v, look_for_answer);
}

int
reply_run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    if (!cli_given(reply_options, "to")) {
        cli_error(_("say to whom with --to NAME"));
        return CLI_USAGE;
    }
    return write_run(reply_options, compose, deliver);
}
