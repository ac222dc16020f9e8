/* SPDX-License-Identifier: ISC */
/*
 * source   the project's reference table of violations, which follows the
 *          ILO's freedom of association principles and the headings of the
 *          ITUC Global Rights Index
 */
#include "violations.h"

#include <string.h>

#include "ascii.h"
#include "cli.h"

const struct violation violations[] = {
    {"KILL", N_("Killing or disappearance")},
    {"ATTACK", N_("Physical attack")},
    {"THREAT", N_("Threats and intimidation")},
    {"ARREST", N_("Arrest, detention or charges")},
    {"SPYING", N_("Surveillance")},
    {"MEETING", N_("Meeting, march or speech blocked")},
    {"RAID", N_("Union office raided or closed")},
    {"SEIZE", N_("Union property or money taken")},
    {"LAW", N_("Law that restricts unions")},
    {"REGISTER", N_("Union registration refused")},
    {"DISSOLVE", N_("Union dissolved or suspended")},
    {"EXCLUDE", N_("Workers barred from joining a union")},
    {"MEDDLE", N_("Interference in union affairs")},
    {"FAKEUNION", N_("Employer-controlled union")},
    {"FIRED", N_("Fired for union activity")},
    {"PENALISE", N_("Punished at work for union activity")},
    {"BLACKLIST", N_("Blacklisting")},
    {"REPS", N_("Worker representatives blocked")},
    {"NOTALK", N_("Refusal to recognise or bargain")},
    {"AGREEMENT", N_("Agreement broken")},
    {"STRIKEBAN", N_("Strike banned")},
    {"STRIKEFORCE", N_("Strike broken by force or replacement")},
    {"STRIKEPUN", N_("Punished for striking")},
    {"JUSTICE", N_("Complaint ignored")},
    {"FORCED", N_("Forced labour")},
    {"RECRUIT", N_("Deceived or charged by a recruiter")},
    {"CHILD", N_("Child labour")},
    {"DISCRIM", N_("Discrimination or unequal pay")},
    {"HARASS", N_("Violence or sexual harassment at work")},
    {"WAGES", N_("Wages not paid")},
    {"HOURS", N_("Too long hours or no rest")},
    {"SAFETY", N_("Dangerous workplace")},
    {"DISMISS", N_("Unfair dismissal")},
    {"RETALIATE", N_("Punished for speaking up")},
    {"OTHER", N_("Something else")},
    {NULL, NULL},
};

const struct violation *
violation_find(const char *code, size_t len)
{
    for (const struct violation *v = violations; v->code != NULL; v++) {
        if (strlen(v->code) == len && ascii_is_same(v->code, code, len)) {
            return v;
        }
    }
    return NULL;
}
