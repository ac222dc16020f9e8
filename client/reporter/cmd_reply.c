/* SPDX-License-Identifier: ISC */
/* tocsin reply */
#include "commands.h"

#include <sodium.h>

#include "answers.h"
#include "visiting.h"
#include "write.h"

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

/* A visit that looks for an answer of one organisation. */
struct looking {
    struct answers answers;
    const uint8_t *seed;
    const uint8_t *org; /* its id */
    size_t at;          /* its index, by the visit's directory */
    size_t n;
    uint8_t i[VISIT_BLOCKS]; /* the answers that are asked for */
    struct visit_get *gets[VISIT_BLOCKS];
};

static enum rc
begin(struct visit *v, void *arg)
{
    struct looking *l = arg;
    const struct directory *d = v->w.bundle->directory;
    enum rc rc = answers_init(&l->answers, l->seed, d);

    l->at = directory_org_index(d, l->org);
    return rc;
}

static void
on_entry(const uint8_t *entry, uint32_t day, void *arg)
{
    struct looking *l = arg;

    answers_entry(entry, day, &l->answers);
}

/* The newest of them. */
static enum rc
choose(struct visit *v, void *arg)
{
    struct looking *l = arg;

    for (uint8_t i = ANSWERS_MAX; i-- > 0 && l->n < VISIT_BLOCKS;) {
        if (l->at < l->answers.n_orgs &&
            answers_day(&l->answers, l->at, i) != 0) {
            l->i[l->n] = i;
            l->gets[l->n] = visit_plan_get(v);
            answers_ask(l->gets[l->n], v, &l->answers, l->at, i);
            l->n++;
        }
    }
    return RC_OK;
}

/* Does one of them verify? */
static bool
verify(const struct visit *v, const struct looking *l)
{
    static struct fetched f; /* too large for the stack */
    bool good = false;

    for (size_t k = 0; !good && k < l->n; k++) {
        answers_open(&f, v, &l->answers, l->at, l->i[k], l->gets[k]);
        good = f.state == ANSWER_GOOD;
        sodium_memzero(&f, sizeof f);
    }
    return good;
}

/*
 * Has the organisation answered? Then a follow-up is enough; else the whole
 * key goes along again.
 */
static enum rc
look_for_answer(struct write *w, struct visit *v)
{
    struct sending *s = &w->sending;
    struct looking l = {.seed = w->seed, .org = s->orgs[0]};
    struct visit_job job = {
        .begin = begin, .answer = on_entry, .choose = choose, .arg = &l};
    enum rc rc;

    if (s->known[0]) {
        return RC_OK;
    }
    rc = visiting_run(v, &job, NULL);
    if (rc == RC_OK) {
        s->known[0] = verify(v, &l);
    }
    answers_wipe(&l.answers);
    return rc;
}

/* The code, the text, the files; what can be refused comes first. */
static enum rc
compose(struct write *w, struct visit *v)
{
    struct sending *s = &w->sending;
    enum rc rc;

    if ((rc = write_renew(v)) != RC_OK ||
        (rc = write_to(w, v, reply_options)) != RC_OK ||
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
