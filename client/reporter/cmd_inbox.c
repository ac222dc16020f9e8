/* SPDX-License-Identifier: ISC */
/* tocsin inbox, tocsin burn */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "answerlines.h"
#include "answers.h"
#include "clock.h"
#include "day.h"
#include "fetch.h"
#include "term.h"
#include "visiting.h"
#include "write.h"

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

enum burn_state {
    BURN_DONE,
    BURN_GONE,  /* no relay had it */
    BURN_PARTLY /* a relay of the directory did not answer: it may be there */
};

#define READ_DAYS 3 /* a day's reading is told on the next day, or at its noon */

/* What was done with an organisation's answers: a bit for each number. */
struct inbox_org {
    uint8_t id[ORG_ID_LEN];
    uint64_t asked; /* fetched, or tried */
    uint64_t read;  /* had whole */
    uint64_t burn;  /* to be burned */
    uint64_t tried; /* to burn */
};

/* One answer. */
struct which {
    size_t org;
    uint8_t i;
};

/* What one visit does. */
struct turn {
    size_t n_gets, n_burns;
    struct which gets[VISIT_BLOCKS], burns[VISIT_BLOCKS];
    struct visit_get *got[VISIT_BLOCKS];
    struct visit_burn *burned[VISIT_BLOCKS];
};

/* Visits that look for the answers to a code. */
struct inbox {
    struct visit v;
    struct write w; /* code and seed */
    struct answers answers;
    struct inbox_org *orgs; /* as the directory has them; n of answers */
    uint32_t days;
    uint32_t since;
    bool reading; /* fetch what is new */
    bool all;
    bool burn;
    bool burn_all;       /* whatever is announced, of `only` if that is set */
    const char *only;    /* as she named it */
    struct turn turn;
    const char *save;
    unsigned whole;  /* bits in read */
    unsigned partly; /* shown, but its attachments could not be had */
    unsigned shown;
    unsigned wrong;
    unsigned damaged; /* from them, but not to be shown, or of a day to come */
    unsigned older;
    unsigned burned; /* of those that were to be burned: at every relay */
    unsigned gone;   /* nowhere */
    unsigned left;   /* perhaps at a relay that did not answer */
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

static struct term_name
org_name(const struct inbox *in, size_t org)
{
    return term_name(in->v.w.bundle->directory->orgs[org].name);
}

/* Is an answer of it announced? */
static bool
has_answer(const struct inbox *in, size_t org)
{
    uint32_t day = 0;

    for (unsigned i = 0; day == 0 && i < ANSWERS_MAX; i++) {
        day = answers_day(&in->answers, org, i);
    }
    return day != 0;
}

/* "read up to": what the seen note of an organisation that answered says. */
static void
print_read(const struct inbox *in, size_t org)
{
    const struct seen_note *note = in->v.w.bundle->seen[org];
    char day[DAY_TEXT_LEN + 1];

    if (note == NULL) {
        (void)printf(_("%s: has not said what it has read\n"),
                     org_name(in, org).text);
        return;
    }
    day_write(day, (uint32_t)note->version);
    (void)printf(_("%s: read up to %s\n"), org_name(in, org).text, day);
}

/* Of the others, all in one line: to whom she wrote nobody knows but her. */
static void
print_all_read(const struct inbox *in)
{
    const struct bundle *b = in->v.w.bundle;
    const uint32_t since = in->v.w.today - READ_DAYS;
    size_t others = 0, fresh = 0;
    char day[DAY_TEXT_LEN + 1];

    for (size_t org = 0; org < in->answers.n_orgs; org++) {
        if (b->directory->orgs[org].revoked_day != 0) {
            continue; /* it has no say */
        }
        if (has_answer(in, org)) {
            print_read(in, org);
            continue;
        }
        others++;
        fresh += b->seen[org] != NULL && b->seen[org]->version >= since;
    }
    if (others > 0) {
        day_write(day, since);
        (void)printf(_("Other organisations: %zu, of which %zu have read up "
                       "to %s or later. `tocsin orgs` says it of each.\n"),
                     others, fresh, day);
    }
}

/* Who stole its keys could have signed. */
static void
print_revoked(const struct inbox *in, size_t org)
{
    uint32_t revoked = in->v.w.bundle->directory->orgs[org].revoked_day;
    char day[DAY_TEXT_LEN + 1];

    if (revoked != 0) {
        day_write(day, revoked);
        (void)printf(_("    This organisation was revoked on %s: it is not "
                       "certain who wrote this.\n"),
                     day);
    }
}

/* The text of a verified answer, and its attachments where asked for. Was all
 * of it had? */
static bool
print_good(struct inbox *in, size_t org, uint8_t i, const struct opened *o)
{
    bool whole = o->answer.boxes == 0;
    char day[DAY_TEXT_LEN + 1];

    day_write(day, o->answer.day);
    /* Nothing in the text can look like this line. */
    (void)fputs(term_bold(stdout), stdout);
    (void)printf(_("%s, answer %u, %s:\n"), org_name(in, org).text, i + 1u,
                 day);
    print_revoked(in, org);
    (void)fputs(term_plain(stdout), stdout);
    answerlines_print(in->v.w.bundle->directory, &o->answer);
    if (i == ANSWERS_MAX - 1) {
        cli_say(_("This was the last answer that can come to this code; write "
                  "a new report to go on."));
    }
    if (o->answer.boxes > 0 && in->save != NULL) {
        /* One that fails must not keep the others from being read. */
        whole = fetch_answer_body(&in->v, &o->answer, in->save) == RC_OK;
        in->partly += !whole;
    } else if (o->answer.boxes > 0) {
        (void)printf(_("    (with attachments: --save DIR fetches them; it is "
                       "not burned before)\n"));
    }
    (void)cli_flush();
    return whole;
}

/* Names of relays, with commas between. */
struct names {
    char text[DIRECTORY_RELAYS_MAX * (DIRECTORY_URL_MAX + 2) + 1];
};

static void
names_add(struct names *n, const char *name)
{
    const size_t at = strlen(n->text);

    (void)snprintf(n->text + at, sizeof n->text - at, "%s%s",
                   at > 0 ? ", " : "", name);
}

/* What came of a burn, at all relays together. What did not reach one is
 * told. */
static enum burn_state
tell_burned(struct inbox *in, const struct which *a,
            const struct visit_burn *burn)
{
    struct names done = {""}, left = {""};
    enum burn_state state;

    for (size_t k = 0; k < in->v.w.n_relays; k++) {
        if (burn->at[k].burned) {
            names_add(&done, visit_relay_name(&in->v, k));
        } else if (!burn->at[k].absent) {
            names_add(&left, visit_relay_name(&in->v, k));
        }
    }
    state = left.text[0] != '\0'   ? BURN_PARTLY
            : done.text[0] != '\0' ? BURN_DONE
                                    : BURN_GONE;
    in->burned += state == BURN_DONE;
    in->gone += state == BURN_GONE;
    in->left += state == BURN_PARTLY;
    if (state == BURN_PARTLY && done.text[0] != '\0') {
        cli_say(_("%s, answer %u: burned at %s, not at %s"),
                org_name(in, a->org).text, a->i + 1u, done.text, left.text);
    } else if (state == BURN_PARTLY) {
        cli_say(_("%s, answer %u: not burned at %s"),
                org_name(in, a->org).text, a->i + 1u, left.text);
    }
    return state;
}

/* One that was shown, with --burn. */
static void
tell_shown_burned(const struct inbox *in, const struct which *a,
                  enum burn_state state)
{
    if (state != BURN_PARTLY) {
        cli_say(state == BURN_DONE ? _("burned: %s, answer %u")
                                   : _("not burned: %s, answer %u"),
                org_name(in, a->org).text, a->i + 1u);
    }
}

/* One number that verified, or two contents of it at two relays: both. */
static void
show_good(struct inbox *in, size_t org, uint8_t i, const struct fetched *f)
{
    bool whole = true;

    if (f->n > 1) {
        (void)printf(_("%s, answer %u: the relays have different ones, all of "
                       "them from this organisation\n"),
                     org_name(in, org).text, i + 1u);
    }
    for (size_t k = 0; k < f->n; k++) {
        whole = print_good(in, org, i, &f->good[k]) && whole;
    }
    in->shown++;
    if (whole) {
        in->orgs[org].read |= UINT64_C(1) << i;
        in->orgs[org].burn |= in->burn ? UINT64_C(1) << i : 0;
        in->whole++;
    } else if (in->burn) {
        cli_say(_("not burned, as its attachments are not saved: %s, "
                  "answer %u"),
                org_name(in, org).text, i + 1u);
    }
}

static void
show(struct inbox *in, size_t org, uint8_t i, const struct visit_get *get)
{
    static struct fetched f; /* too large for the stack */

    answers_open(&f, &in->v, &in->answers, org, i, get);
    switch (f.state) {
    case ANSWER_GOOD:
        show_good(in, org, i, &f);
        break;
    case ANSWER_GONE:
        (void)printf(_("%s, answer %u: an answer was here and is gone: read "
                       "and burned, expired, or somebody else holds your "
                       "code\n"),
                     org_name(in, org).text, i + 1u);
        break;
    case ANSWER_WRONG:
        in->wrong++;
        (void)printf(_("%s, answer %u: not from them. Somebody else may hold "
                       "your code: write a new report, with a new code\n"),
                     org_name(in, org).text, i + 1u);
        break;
    case ANSWER_DAMAGED:
        in->damaged++;
        (void)printf(_("%s, answer %u: from them, but damaged, so it is not "
                       "shown\n"),
                     org_name(in, org).text, i + 1u);
        break;
    case ANSWER_LATER:
        in->damaged++;
        (void)printf(_("%s, answer %u: dated later than tomorrow, so it is "
                       "not shown. The clock of this computer may be wrong\n"),
                     org_name(in, org).text, i + 1u);
        break;
    case ANSWER_OLD:
        (void)printf(_("%s, answer %u: too old to check who wrote it, so it "
                       "is not shown\n"),
                     org_name(in, org).text, i + 1u);
        break;
    case ANSWER_AHEAD:
        (void)printf(_("%s, answer %u: it can't be checked yet, as the list "
                       "of organisations here is older than it: get a newer "
                       "list, or try again in a day\n"),
                     org_name(in, org).text, i + 1u);
        break;
    case ANSWER_UNCHECKED:
        (void)printf(_("%s, answer %u: it can't be checked, as the "
                       "organisation has no keys here now; try again in a "
                       "day\n"),
                     org_name(in, org).text, i + 1u);
        break;
    case ANSWER_UNREACHED:
        (void)printf(_("%s, answer %u: no relay could be asked for it; try "
                       "again later\n"),
                     org_name(in, org).text, i + 1u);
        break;
    }
    sodium_memzero(&f, sizeof f);
}

/* From before her last visit, and not asked for. */
static bool
is_older(const struct inbox *in, uint32_t day)
{
    return !in->all && day < in->since;
}

static void
list_older(struct inbox *in)
{
    char text[DAY_TEXT_LEN + 1];

    for (size_t org = 0; org < in->answers.n_orgs; org++) {
        for (uint8_t i = 0; i < ANSWERS_MAX; i++) {
            const uint32_t day = answers_day(&in->answers, org, i);

            if (day != 0 && is_older(in, day)) {
                in->older++;
                day_write(text, day);
                (void)printf(_("%s, answer %u, %s: from before your last "
                               "visit\n"),
                             org_name(in, org).text, i + 1u, text);
            }
        }
    }
}

/* --- visits --- */

/* Is this to be fetched by the next visit? */
static bool
is_wanted(const struct inbox *in, size_t org, uint8_t i)
{
    const uint32_t day = answers_day(&in->answers, org, i);

    return in->reading && day != 0 && !is_older(in, day) &&
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
        enum burn_state state = tell_burned(in, &t->burns[k], t->burned[k]);

        if (in->burn) {
            tell_shown_burned(in, &t->burns[k], state);
        }
    }
    for (size_t k = 0; k < t->n_gets; k++) {
        show(in, t->gets[k].org, t->gets[k].i, t->got[k]);
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
        list_older(&in);
        print_all_read(&in);
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
