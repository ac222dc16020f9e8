/* SPDX-License-Identifier: ISC */
/* tocsin inbox, tocsin burn */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "clock.h"
#include "day.h"
#include "inbox.h"
#include "term.h"

struct cli_option inbox_options[] = {
    WRITE_CODE_OPTION,
    {.name = "since",
     .value = "YYYY-MM-DD",
     .help = N_("the day of your last visit: older answers are only listed")},
    {.name = "all", .help = N_("fetch older answers, too")},
    {.name = "days",
     .value = "N",
     .help = N_("look for answers of so many days (7)")},
    {.name = "save",
     .value = "DIR",
     .help = N_("write the answers' attachments into this folder")},
    {.name = "burn", .help = N_("burn what was read")},
    {.name = NULL},
};

struct cli_option burn_options[] = {
    WRITE_CODE_OPTION,
    {.name = "to",
     .value = "NAME",
     .help = N_("only the answers of this organisation"),
     .detail = true},
    CLI_DETAILS_OPTION,
    {.name = "yes", .help = N_("don't ask")},
    {.name = NULL},
};

static enum rc
inbox_open(struct inbox *in, const struct visit_options *opt,
           const struct cli_option *options)
{
    enum rc rc;

    if ((rc = visiting_open(&in->v, opt)) != RC_OK ||
        (rc = write_new(&in->w)) != RC_OK) {
        return rc;
    }
    return write_code(&in->w, options, true);
}

static void
inbox_close(struct inbox *in)
{
    answers_wipe(&in->answers);
    free(in->orgs);
    write_wipe(&in->w);
    visiting_close(&in->v);
}

/* What is known of an organisation's answers, from another directory's place. */
static void
take_over(struct inbox_org *to, uint32_t *days, const struct inbox *in)
{
    for (size_t k = 0; k < in->answers.n_orgs; k++) {
        if (memcmp(in->orgs[k].id, to->id, ORG_ID_LEN) == 0) {
            *to = in->orgs[k];
            memcpy(days, in->answers.days + k * ANSWERS_MAX,
                   ANSWERS_MAX * sizeof *days);
        }
    }
}

static enum rc
begin(struct visit *v, void *arg)
{
    struct inbox *in = arg;
    const struct directory *d = v->w.bundle->directory;
    struct inbox_org *orgs = calloc(d->n_orgs + 1, sizeof *orgs);
    struct answers answers;
    enum rc rc = answers_init(&answers, in->w.seed, d);

    if (orgs == NULL || rc != RC_OK) {
        free(orgs);
        if (rc == RC_OK) {
            answers_wipe(&answers);
        }
        return RC_NOMEM;
    }
    for (size_t i = 0; i < d->n_orgs; i++) {
        memcpy(orgs[i].id, d->orgs[i].id, ORG_ID_LEN);
        take_over(&orgs[i], answers.days + i * ANSWERS_MAX, in);
    }
    free(in->orgs);
    answers_wipe(&in->answers);
    in->orgs = orgs;
    in->answers = answers;
    return RC_OK;
}

static void
on_entry(const uint8_t *entry, uint32_t day, void *arg)
{
    struct inbox *in = arg;

    /* It is drawn how much more was read than she asked for. */
    if (day + in->days >= in->v.w.today) {
        answers_entry(entry, day, &in->answers);
    }
}

/* --- visits --- */

/* Is this to be fetched by the next visit? */
static bool
is_wanted(const struct inbox *in, size_t org, uint8_t i)
{
    const uint32_t day = answers_day(&in->answers, org, i);

    return in->reading && day != 0 && !inbox_is_older(in, day) &&
           (in->orgs[org].asked >> i & 1) == 0;
}

/* Is this to be burned by the next visit? */
static bool
is_to_burn(const struct inbox *in, size_t org, uint8_t i)
{
    return answers_day(&in->answers, org, i) != 0 &&
           (in->orgs[org].burn >> i & 1) != 0 &&
           (in->orgs[org].tried >> i & 1) == 0;
}

/* Marks what is announced: of all, or of one organisation. RC_OK, or it is not
 * known. */
static enum rc
mark_all(struct inbox *in)
{
    size_t only = in->answers.n_orgs;
    enum rc rc = RC_OK;

    if (in->only != NULL) {
        rc = ask_org(&only, in->v.w.bundle->directory, in->only);
    }
    for (size_t org = 0; rc == RC_OK && org < in->answers.n_orgs; org++) {
        for (uint8_t i = 0; i < ANSWERS_MAX; i++) {
            if ((only == in->answers.n_orgs || org == only) &&
                answers_day(&in->answers, org, i) != 0) {
                in->orgs[org].burn |= UINT64_C(1) << i;
            }
        }
    }
    return rc;
}

/* The first two of each kind that are left, by organisation and number. */
static enum rc
choose(struct visit *v, void *arg)
{
    struct inbox *in = arg;
    struct turn *t = &in->turn;
    enum rc rc = in->burn_all ? mark_all(in) : RC_OK;

    memset(t, 0, sizeof *t);
    for (size_t org = 0; rc == RC_OK && org < in->answers.n_orgs; org++) {
        for (uint8_t i = 0; i < ANSWERS_MAX; i++) {
            if (is_wanted(in, org, i) && t->n_gets < VISIT_BLOCKS) {
                t->got[t->n_gets] = visit_plan_get(v);
                answers_ask(t->got[t->n_gets], v, &in->answers, org, i);
                t->gets[t->n_gets++] = (struct which){org, i};
                in->orgs[org].asked |= UINT64_C(1) << i;
            }
            if (is_to_burn(in, org, i) && t->n_burns < VISIT_BLOCKS) {
                t->burned[t->n_burns] = visit_plan_burn(v);
                answers_burn(t->burned[t->n_burns], v, &in->answers, org, i);
                t->burns[t->n_burns++] = (struct which){org, i};
                in->orgs[org].tried |= UINT64_C(1) << i;
            }
        }
    }
    return rc;
}

/* One visit, and what came of it. *more: something is left to do. */
static enum rc
one_visit(struct inbox *in, bool *more)
{
    /* What lies far back is known after the first. */
    struct visit_job job = {in->v.visits == 0 ? in->days : 0, begin, on_entry,
                            choose, NULL, in};
    const struct turn *t = &in->turn;
    enum rc rc;

    memset(&in->turn, 0, sizeof in->turn);
    *more = false;
    if ((rc = visiting_run(&in->v, &job, NULL)) != RC_OK && !in->v.rung) {
        return rc;
    }
    for (size_t k = 0; k < t->n_burns; k++) {
        enum burn_state state =
            inbox_tell_burned(in, &t->burns[k], t->burned[k]);

        if (in->burn) {
            inbox_tell_shown_burned(in, &t->burns[k], state);
        }
    }
    for (size_t k = 0; k < t->n_gets; k++) {
        inbox_show(in, &t->gets[k], t->got[k]);
    }
    for (size_t org = 0; rc == RC_OK && org < in->answers.n_orgs; org++) {
        for (uint8_t i = 0; i < ANSWERS_MAX; i++) {
            *more = *more || is_wanted(in, org, i) || is_to_burn(in, org, i);
        }
    }
    return rc;
}

/* As many as it takes. */
static enum rc
visits(struct inbox *in)
{
    bool more = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && more) {
        rc = one_visit(in, &more);
    }
    return rc;
}

/* What a relay that was not reached may still have is not called burned. */
static enum rc
explain_left(const struct inbox *in)
{
    if (in->left == 0) {
        return RC_OK;
    }
    cli_error(_("%u of them may still be at a relay that did not answer; burn "
                "again later"),
              in->left);
    return RC_AGAIN;
}

static enum rc
read_options(struct inbox *in)
{
    const char *since = cli_value(inbox_options, "since");
    uint64_t n = VISIT_ANSWER_DAYS;

    if (cli_number(inbox_options, "days", 1, 366, &n) != RC_OK) {
        return RC_FORMAT;
    }
    in->days = (uint32_t)n;
    if (since != NULL && day_parse(&in->since, since) != RC_OK) {
        cli_error(_("--since needs a day, as 2026-11-22"));
        return RC_FORMAT;
    }
    in->all = cli_given(inbox_options, "all");
    in->burn = cli_given(inbox_options, "burn");
    in->save = cli_value(inbox_options, "save");
    in->reading = true;
    return RC_OK;
}

/* As far back as she was away. */
static void
reach_back(struct inbox *in)
{
    const uint32_t today = in->v.w.today;

    if (in->since != 0 && in->since + in->days < today + 1) {
        in->days = today + 1 - in->since;
    }
}

static enum rc
burn_marked(struct inbox *in)
{
    enum rc rc = visits(in);

    cli_say(_("burned: %u; already gone: %u"), in->burned, in->gone);
    return rc;
}

/* Nobody is asked twice, and no script at all. What has attachments that are
 * not saved is not offered: they would be lost. */
static enum rc
offer_burning(struct inbox *in)
{
    if (in->whole == 0 || in->burn || !isatty(STDIN_FILENO) ||
        !isatty(STDOUT_FILENO) ||
        !ask_yes(in->whole == in->shown
                     ? _("Burn what you have read, so that nobody can read it "
                         "again? [y/N] ")
                     : _("Burn what you have read, but for answers whose "
                         "attachments are not saved? [y/N] "))) {
        return RC_OK;
    }
    for (size_t org = 0; org < in->answers.n_orgs; org++) {
        in->orgs[org].burn = in->orgs[org].read;
    }
    in->reading = false; /* what came since then is for another time */
    return burn_marked(in);
}

/* What all of it came to: an exit code. */
static int
inbox_end(struct inbox *in, enum rc rc, bool stale)
{
    if (rc == RC_OK) {
        rc = explain_left(in);
    }
    if (rc == RC_OK && in->wrong > 0) {
        rc = RC_FORGED;
    } else if (rc == RC_OK && in->partly + in->damaged > 0) {
        rc = RC_AGAIN;
    }
    inbox_close(in);
    return rc == RC_OK && stale ? CLI_STALE : cli_exit(rc);
}

static void
say_nothing_new(const struct inbox *in)
{
    char day[DAY_TEXT_LEN + 1];

    if (in->v.stale) {
        day_write(day, clock_day(clock_now()));
        cli_say(_("no relay has shown anything newer, so nobody can say whether "
                  "there are new answers. The clock of this computer may be "
                  "wrong: it says %s. If it is right, try again later, and "
                  "tell an organisation you trust if it stays so"),
                day);
    } else if (in->shown + in->wrong + in->damaged + in->older == 0) {
        cli_say(_("no new answers"));
    }
}

int
inbox_run(int argc, char **argv)
{
    static struct inbox in;
    struct visit_options opt;
    bool stale = false;
    enum rc rc;

    (void)argc;
    (void)argv;
    if (common_read(&opt) != RC_OK || read_options(&in) != RC_OK) {
        return CLI_USAGE;
    }
    if ((rc = inbox_open(&in, &opt, inbox_options)) == RC_OK) {
        reach_back(&in);
        rc = visits(&in);
    }
    if (rc == RC_OK) {
        stale = in.v.stale;
        inbox_list_older(&in);
        inbox_print_read(&in);
        (void)cli_flush();
        say_nothing_new(&in);
        rc = offer_burning(&in);
    }
    return inbox_end(&in, rc, stale);
}

/* The question says how much it is about; where nothing is to be burned it is
 * not asked. */
static bool
burn_confirmed(const struct inbox *in)
{
    unsigned n = 0;
    char question[256];

    for (size_t org = 0; org < in->answers.n_orgs; org++) {
        for (uint8_t i = 0; i < ANSWERS_MAX; i++) {
            n += is_to_burn(in, org, i);
        }
    }
    if (n == 0) {
        cli_say("%s", _("there are no answers to burn"));
        return false;
    }
    (void)snprintf(question, sizeof question,
                   _("Burn all %u answers to this code, unread ones too? "
                     "[y/N] "),
                   n);
    if (!ask_yes(question)) {
        cli_say(_("nothing was burned"));
        return false;
    }
    return true;
}

/* She is asked between visits: the first one looks what there is. Who need not
 * be asked burns with the first. */
static enum rc
burn_asked(struct inbox *in)
{
    bool more;
    enum rc rc;

    in->burn_all = cli_given(burn_options, "yes") || !isatty(STDIN_FILENO);
    if (in->burn_all) {
        rc = visits(in);
        if (rc == RC_OK && in->burned + in->gone + in->left == 0) {
            cli_say("%s", _("there are no answers to burn"));
            return rc;
        }
        cli_say(_("burned: %u; already gone: %u"), in->burned, in->gone);
        return rc;
    }
    if ((rc = one_visit(in, &more)) != RC_OK || (rc = mark_all(in)) != RC_OK) {
        return rc;
    }
    return burn_confirmed(in) ? burn_marked(in) : RC_OK;
}

int
burn_run(int argc, char **argv)
{
    static struct inbox in = {.days = UINT16_MAX};
    struct visit_options opt;
    enum rc rc;

    (void)argc;
    (void)argv;
    if (common_read(&opt) != RC_OK) {
        return CLI_USAGE;
    }
    in.only = cli_value(burn_options, "to");
    if ((rc = inbox_open(&in, &opt, burn_options)) == RC_OK) {
        rc = burn_asked(&in);
    }
    return inbox_end(&in, rc, false);
}
