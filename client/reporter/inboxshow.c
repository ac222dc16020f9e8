/* SPDX-License-Identifier: ISC */
#include "inbox.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "answerlines.h"
#include "cli.h"
#include "clock.h"
#include "day.h"
#include "fetch.h"
#include "term.h"

#define READ_DAYS 3 /* a day's reading is told on the next day, or at its noon */

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
void
inbox_print_read(const struct inbox *in)
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

enum burn_state
inbox_tell_burned(struct inbox *in, const struct which *a,
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

void
inbox_tell_shown_burned(const struct inbox *in, const struct which *a,
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

void
inbox_show(struct inbox *in, const struct which *a,
           const struct visit_get *get)
{
    const size_t org = a->org;
    const uint8_t i = a->i;
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

bool
inbox_is_older(const struct inbox *in, uint32_t day)
{
    return !in->all && day < in->since;
}

void
inbox_list_older(struct inbox *in)
{
    char text[DAY_TEXT_LEN + 1];

    for (size_t org = 0; org < in->answers.n_orgs; org++) {
        for (uint8_t i = 0; i < ANSWERS_MAX; i++) {
            const uint32_t day = answers_day(&in->answers, org, i);

            if (day != 0 && inbox_is_older(in, day)) {
                in->older++;
                day_write(text, day);
                (void)printf(_("%s, answer %u, %s: from before your last "
                               "visit\n"),
                             org_name(in, org).text, i + 1u, text);
            }
        }
    }
}
