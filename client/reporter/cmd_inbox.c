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

/* A visit that has looked for the answers to a code. */
struct inbox {
    struct visit v;
    struct write w; /* code and seed */
    struct answers answers;
    uint32_t since;
    bool all;
    bool burn;
    const char *save;
    uint64_t *read;  /* of each organisation, a bit for each answer had whole */
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
           const struct cli_option *options, uint32_t days)
{
    const struct directory *d;
    enum rc rc;

    if ((rc = visit_init(&in->v, opt)) != RC_OK ||
        (rc = write_new(&in->w)) != RC_OK ||
        (rc = write_code(&in->w, options, true)) != RC_OK ||
        (rc = visit_connect(&in->v)) != RC_OK) {
        return rc;
    }
    d = in->v.w.bundle->directory;
    rc = answers_init(&in->answers, in->w.seed, d);
    in->read = calloc(d->n_orgs + 1, sizeof *in->read);
    if (rc != RC_OK || in->read == NULL) {
        rc = RC_NOMEM;
        cli_error("%s", _(rc_text(rc)));
        return rc;
    }
    if (in->since != 0 && in->since + days < in->v.w.today + 1) {
        days = in->v.w.today + 1 - in->since;
    }
    return visit_answers(&in->v, days, answers_entry, &in->answers);
}

static void
inbox_close(struct inbox *in)
{
    answers_wipe(&in->answers);
    free(in->read);
    write_wipe(&in->w);
    visit_wipe(&in->v);
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

/* *state: of all relays together. What did not reach one is told. */
static enum rc
burn_one(struct inbox *in, size_t org, uint8_t i, enum burn_state *state)
{
    struct names done = {""}, left = {""};
    struct drop_burn burn;
    enum rc rc = answers_burn(&burn, &in->v, &in->answers, org, i);

    for (size_t k = 0; rc == RC_OK && k < in->v.w.n_relays; k++) {
        if (burn.at[k].burned) {
            names_add(&done, visit_relay_name(&in->v, k));
        } else if (!burn.at[k].absent) {
            names_add(&left, visit_relay_name(&in->v, k));
        }
    }
    sodium_memzero(&burn, sizeof burn);
    if (rc != RC_OK) {
        return rc;
    }
    *state = left.text[0] != '\0'   ? BURN_PARTLY
             : done.text[0] != '\0' ? BURN_DONE
                                    : BURN_GONE;
    in->burned += *state == BURN_DONE;
    in->gone += *state == BURN_GONE;
    in->left += *state == BURN_PARTLY;
    if (*state == BURN_PARTLY && done.text[0] != '\0') {
        cli_say(_("%s, answer %u: burned at %s, not at %s"),
                org_name(in, org).text, i + 1u, done.text, left.text);
    } else if (*state == BURN_PARTLY) {
        cli_say(_("%s, answer %u: not burned at %s"), org_name(in, org).text,
                i + 1u, left.text);
    }
    return RC_OK;
}

/* One that was shown, with --burn. */
static enum rc
burn_shown(struct inbox *in, size_t org, uint8_t i)
{
    enum burn_state state;
    enum rc rc = burn_one(in, org, i, &state);

    if (rc == RC_OK && state != BURN_PARTLY) {
        cli_say(state == BURN_DONE ? _("burned: %s, answer %u")
                                   : _("not burned: %s, answer %u"),
                org_name(in, org).text, i + 1u);
    }
    return rc;
}

/* One number that verified, or two contents of it at two relays: both. */
static enum rc
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
        in->read[org] |= UINT64_C(1) << i;
        in->whole++;
        return in->burn ? burn_shown(in, org, i) : RC_OK;
    }
    if (in->burn) {
        cli_say(_("not burned, as its attachments are not saved: %s, "
                  "answer %u"),
                org_name(in, org).text, i + 1u);
    }
    return RC_OK;
}

static enum rc
show(struct inbox *in, size_t org, uint8_t i)
{
    static struct fetched f; /* too large for the stack */
    enum rc rc = answers_fetch(&f, &in->v, &in->answers, org, i);

    if (rc != RC_OK) {
        return rc;
    }
    switch (f.state) {
    case ANSWER_GOOD:
        rc = show_good(in, org, i, &f);
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
    return rc;
}

/* Shows what is new, lists what is older. */
static enum rc
show_all(struct inbox *in)
{
    enum rc rc = RC_OK;

    for (size_t org = 0; org < in->answers.n_orgs; org++) {
        for (uint8_t i = 0; rc == RC_OK && i < ANSWERS_MAX; i++) {
            uint32_t day = answers_day(&in->answers, org, i);
            char text[DAY_TEXT_LEN + 1];

            if (day == 0) {
                continue;
            }
            if (in->all || day >= in->since) {
                rc = show(in, org, i);
                continue;
            }
            in->older++;
            day_write(text, day);
            (void)printf(_("%s, answer %u, %s: from before your last visit\n"),
                         org_name(in, org).text, i + 1u, text);
        }
    }
    return rc;
}

/* Is this to be burned: announced, of `only` if that is an organisation, and
 * where `shown` is set, read? */
static bool
is_to_burn(const struct inbox *in, size_t org, uint8_t i, size_t only,
           bool shown)
{
    return (only == in->answers.n_orgs || org == only) &&
           answers_day(&in->answers, org, i) != 0 &&
           (!shown || (in->read[org] >> i & 1) != 0);
}

static enum rc
burn_all(struct inbox *in, size_t only, bool shown)
{
    enum burn_state state;
    enum rc rc = RC_OK;

    for (size_t org = 0; org < in->answers.n_orgs; org++) {
        for (uint8_t i = 0; rc == RC_OK && i < ANSWERS_MAX; i++) {
            if (is_to_burn(in, org, i, only, shown)) {
                rc = burn_one(in, org, i, &state);
            }
        }
    }
    cli_say(_("burned: %u; already gone: %u"), in->burned, in->gone);
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
read_options(struct inbox *in, uint32_t *days)
{
    const char *since = cli_value(inbox_options, "since");
    uint64_t n = VISIT_ANSWER_DAYS;

    if (cli_number(inbox_options, "days", 1, 366, &n) != RC_OK) {
        return RC_FORMAT;
    }
    *days = (uint32_t)n;
    if (since != NULL && day_parse(&in->since, since) != RC_OK) {
        cli_error(_("--since needs a day, as 2026-11-22"));
        return RC_FORMAT;
    }
    in->all = cli_given(inbox_options, "all");
    in->burn = cli_given(inbox_options, "burn");
    in->save = cli_value(inbox_options, "save");
    return RC_OK;
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
    return burn_all(in, in->answers.n_orgs, true);
}

int
inbox_run(int argc, char **argv)
{
    static struct inbox in;
    struct visit_options opt;
    char day[DAY_TEXT_LEN + 1];
    bool stale;
    uint32_t days;
    enum rc rc;

    (void)argc;
    (void)argv;
    if (common_read(&opt) != RC_OK || read_options(&in, &days) != RC_OK) {
        return CLI_USAGE;
    }
    rc = inbox_open(&in, &opt, inbox_options, days);
    if (rc == RC_OK) {
        rc = show_all(&in);
        print_all_read(&in);
        (void)cli_flush();
    }
    if (rc == RC_OK && in.v.stale) {
        day_write(day, clock_day(clock_now()));
        cli_say(_("no relay has shown anything newer, so nobody can say whether "
                  "there are new answers. The clock of this computer may be "
                  "wrong: it says %s. If it is right, try again later, and "
                  "tell an organisation you trust if it stays so"),
                day);
    } else if (rc == RC_OK && in.shown + in.wrong + in.damaged + in.older == 0) {
        cli_say(_("no new answers"));
    }
    if (rc == RC_OK) {
        rc = offer_burning(&in);
    }
    if (rc == RC_OK) {
        rc = visit_finish(&in.v);
    }
    if (rc == RC_OK) {
        rc = explain_left(&in);
    }
    if (rc == RC_OK && in.wrong > 0) {
        rc = RC_FORGED;
    } else if (rc == RC_OK && in.partly + in.damaged > 0) {
        rc = RC_AGAIN;
    }
    stale = in.v.stale;
    inbox_close(&in);
    return rc == RC_OK && stale ? CLI_STALE : cli_exit(rc);
}

/* The question says how much it is about; where nothing is to be burned it is
 * not asked. */
static bool
burn_confirmed(const struct inbox *in, size_t only)
{
    unsigned n = 0;
    char question[256];

    for (size_t org = 0; org < in->answers.n_orgs; org++) {
        for (uint8_t i = 0; i < ANSWERS_MAX; i++) {
            n += is_to_burn(in, org, i, only, false);
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
    if (!cli_given(burn_options, "yes") && isatty(STDIN_FILENO) &&
        !ask_yes(question)) {
        cli_say(_("nothing was burned"));
        return false;
    }
    return true;
}

int
burn_run(int argc, char **argv)
{
    static struct inbox in;
    const char *to = cli_value(burn_options, "to");
    struct visit_options opt;
    size_t only;
    enum rc rc;

    (void)argc;
    (void)argv;
    if (common_read(&opt) != RC_OK) {
        return CLI_USAGE;
    }
    rc = inbox_open(&in, &opt, burn_options, UINT16_MAX);
    only = in.answers.n_orgs;
    if (rc == RC_OK && to != NULL) {
        rc = ask_org(&only, in.v.w.bundle->directory, to);
    }
    if (rc == RC_OK && burn_confirmed(&in, only)) {
        rc = burn_all(&in, only, false);
    }
    if (rc == RC_OK) { /* the shape of the visit, whatever was burned */
        rc = visit_finish(&in.v);
    }
    if (rc == RC_OK) {
        rc = explain_left(&in);
    }
    inbox_close(&in);
    return cli_exit(rc);
}
