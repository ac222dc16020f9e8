/* SPDX-License-Identifier: ISC */
/* tocsin-desk list: the cases and the alarms. */
#include "commands.h"

#include <jansson.h>
#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "replylines.h"
#include "term.h"

struct listing {
    struct desk *d;
    json_t *cases, *alarms; /* NULL: as text */
    size_t n_cases, n_alarms, n_orphans;
};

static enum rc
list_case(const struct vault_row *row, void *arg)
{
    struct listing *l = arg;
    struct replylines_answers a;
    struct case_rec c;
    struct day_text day;
    enum rc rc;

    if (case_parse(&c, row) != RC_OK) {
        return RC_OK;
    }
    l->n_cases++;
    if ((rc = replylines_count(&a, l->d, &c)) != RC_OK) {
        return rc;
    }
    day = day_text(c.day);
    if (l->cases != NULL) {
        json_t *j = json_pack(
            "{s:I, s:s, s:b, s:I, s:b, s:I, s:s?, s:{s:I, s:I, s:I, s:I}}",
            "case", (json_int_t)c.number, "day", day.text, "unread", c.unread,
            "same_root_as", (json_int_t)c.twin, "report_missing", c.lost,
            "messages", (json_int_t)c.messages, "status", a.status, "answers",
            "waiting", (json_int_t)a.queued, "sent", (json_int_t)a.sent, "shown",
            (json_int_t)a.shown, "failed", (json_int_t)a.failed);

        return json_array_append_new(l->cases, j) == 0 ? RC_OK : RC_NOMEM;
    }
    if (l->n_cases == 1) {
        (void)printf("%s\n", _("CASE  FIRST DAY   MESSAGES  ANSWERS"));
    }
    (void)printf("%-5" PRIu32 " %s  %-9" PRIu32 " ", c.number, day.text,
                 c.messages);
    (void)printf(_("%zu out, %zu waiting"), a.sent + a.shown, a.queued);
    if (a.failed > 0) {
        (void)printf(_(", %zu failed"), a.failed);
    }
    if (a.status != NULL) {
        (void)printf(", %s", a.status);
    }
    if (c.twin > 0 || c.lost) {
        (void)printf("%s", _(", unproven"));
    }
    (void)printf("%s\n", c.unread ? _("  *new*") : "");
    sodium_memzero(&c, sizeof c);
    return RC_OK;
}

static enum rc
list_alarm(const struct vault_row *row, void *arg)
{
    struct listing *l = arg;
    struct alarm_rec a;
    struct day_text first, last;

    if (alarm_parse(&a, row) != RC_OK) {
        return RC_OK;
    }
    first = day_text(a.first_day);
    last = day_text(a.last_day);
    l->n_alarms++;
    if (l->alarms != NULL) {
        /* What relays wrote is in it: it need not be UTF-8. */
        json_t *text = json_stringn(a.text, a.text_len);
        json_t *j;

        if (text == NULL) {
            text = json_string("(not UTF-8)");
        }
        j = json_pack("{s:s, s:s, s:I, s:o}", "first", first.text, "last",
                      last.text, "count", (json_int_t)a.count, "text", text);
        return json_array_append_new(l->alarms, j) == 0 ? RC_OK : RC_NOMEM;
    }
    last = day_said(a.last_day);
    first = day_said(a.first_day);
    if (l->n_alarms == 1) {
        (void)printf("\n%s%s%s\n", term_bold(stdout), _("ALARMS"),
                     term_plain(stdout));
    }
    (void)printf("%s", last.text);
    if (a.first_day != a.last_day) {
        (void)printf(_(" (since %s)"), first.text);
    }
    (void)printf("  ");
    term_print_text(stdout, a.text, a.text_len, 12);
    (void)printf("\n");
    return RC_OK;
}

static enum rc
count_orphan(const struct vault_row *row, void *arg)
{
    struct listing *l = arg;

    (void)row;
    l->n_orphans++;
    return RC_OK;
}

/* Of the alert command, since it last worked. */
static enum rc
notify_failures(const struct listing *l, uint64_t *out)
{
    *out = 0;
    return vault_number(l->d->vault, "notify failed", out);
}

static enum rc
forget_alarm(const struct vault_row *row, void *arg)
{
    struct listing *l = arg;

    return vault_delete(l->d->vault, VAULT_ALARM, row->id, row->id_len);
}

static enum rc
list_all(struct listing *l)
{
    size_t damaged = 0;
    uint64_t failed;
    enum rc rc;

    if ((rc = notify_failures(l, &failed)) != RC_OK ||
        (rc = vault_each(l->d->vault, VAULT_CASE, list_case, l, &damaged)) !=
            RC_OK ||
        (rc = vault_each(l->d->vault, VAULT_ORPHAN, count_orphan, l, NULL)) !=
            RC_OK) {
        return rc;
    }
    if (l->cases == NULL) {
        if (l->n_cases == 0) {
            (void)printf("%s\n", _("No reports yet."));
        }
        if (l->n_orphans > 0) {
            (void)printf(_("%zu follow-ups wait for their report.\n"),
                         l->n_orphans);
        }
    }
    if (l->n_cases > 0 && l->cases == NULL) {
        (void)printf("%s\n", _("(Days are those of UTC.)"));
    }
    if (failed > 0) {
        cli_error(_("the command of --notify failed %" PRIu64 " times since "
                    "it last worked: nobody may have been told"),
                  failed);
    }
    if (damaged > 0) {
        cli_error(_("%zu rows of the case store are damaged: restore a copy"),
                  damaged);
    }
    return vault_each(l->d->vault, VAULT_ALARM, list_alarm, l, NULL);
}

static enum rc
print_json(struct listing *l)
{
    uint64_t failed;
    enum rc rc = notify_failures(l, &failed);
    json_t *j = json_pack("{s:O, s:O, s:I, s:I}", "cases", l->cases, "alarms",
                          l->alarms, "followups_without_report",
                          (json_int_t)l->n_orphans, "notify_failed",
                          (json_int_t)failed);
    char *text = j == NULL ? NULL : json_dumps(j, JSON_INDENT(2));

    if (text != NULL) {
        (void)puts(text);
    }
    free(text);
    json_decref(j);
    return text == NULL ? RC_NOMEM : rc;
}

static enum rc
list(struct desk *d, const struct desk_options *opt, void *arg)
{
    struct listing l = {.d = d};
    bool json = cli_given(desk_list_options, "json");
    enum rc rc = RC_OK;

    (void)opt;
    (void)arg;
    if (json) {
        l.cases = json_array();
        l.alarms = json_array();
        rc = l.cases == NULL || l.alarms == NULL ? RC_NOMEM : RC_OK;
    }
    if (rc == RC_OK && (rc = list_all(&l)) == RC_OK && json) {
        rc = print_json(&l);
    }
    if (rc == RC_OK && cli_given(desk_list_options, "forget-alarms") &&
        (rc = vault_each(d->vault, VAULT_ALARM, forget_alarm, &l, NULL)) ==
            RC_OK) {
        rc = vault_set_number(d->vault, "alarms", 0);
    }
    if (rc != RC_OK) {
        cli_error(_("can't read the case store: %s"), _(rc_text(rc)));
    }
    json_decref(l.cases);
    json_decref(l.alarms);
    return rc;
}

int
desk_cmd_list(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return desk_cli_with(list, NULL);
}
