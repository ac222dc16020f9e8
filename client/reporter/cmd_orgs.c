/* SPDX-License-Identifier: ISC */
/* tocsin orgs */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "ascii.h"
#include "ask.h"
#include "day.h"
#include "file.h"
#include "term.h"
#include "violations.h"
#include "visiting.h"

struct cli_option orgs_options[] = {
    {.name = "country",
     .detail = true,
     .value = "CC",
     .help = N_("that work there, as BD")},
    {.name = "sector",
     .detail = true,
     .value = "SECTOR",
     .help = N_("for this sector")},
    {.name = "language",
     .detail = true,
     .value = "TAG",
     .help = N_("that read this, as bn")},
    {.name = "violation",
     .detail = true,
     .value = "CODE",
     .help = N_("that take up this kind of violation")},
    CLI_DETAILS_OPTION,
    {.name = "violations", .help = N_("list the codes of violations")},
    {.name = "fresh", .help = N_("ask the relays for a newer list first")},
    {.name = "save",
     .value = "FILE",
     .help = N_("write what the relays serve as a newer network file")},
    {.name = NULL},
};

/* A condition that can't be is said to be wrong: that no organisation fits it
 * would be no answer. */
static bool
conditions_are_good(void)
{
    static const char *const keys[] = {"country", "language", "violation"};
    struct draft d = {0};
    bool good = true;

    for (size_t i = 0; good && i < sizeof keys / sizeof *keys; i++) {
        const char *value = cli_value(orgs_options, keys[i]);
        enum rc rc = value == NULL
                         ? RC_OK
                         : draft_add(&d, keys[i], value, strlen(value));

        if (rc != RC_OK) {
            ask_explain_line(keys[i], value, rc);
            good = false;
        }
    }
    draft_wipe(&d);
    return good;
}

/* Is an item in a comma list, in any case? An empty list names no limits. */
static bool
fits(const char *list, const char *want)
{
    if (want == NULL || *list == '\0') {
        return true;
    }
    while (*list != '\0') {
        size_t n = strcspn(list, ",");

        if (strlen(want) == n && ascii_is_same(list, want, n)) {
            return true;
        }
        list += n + (list[n] == ',');
    }
    return false;
}

static bool
org_fits(const struct directory_org *o)
{
    return fits(o->countries, cli_value(orgs_options, "country")) &&
           fits(o->sectors, cli_value(orgs_options, "sector")) &&
           fits(o->languages, cli_value(orgs_options, "language")) &&
           fits(o->codes, cli_value(orgs_options, "violation"));
}

static void
print_list(const char *what, const char *list)
{
    if (*list != '\0') {
        (void)printf("    %s: ", what);
        term_print_text(stdout, list, strlen(list), 0);
        (void)putchar('\n');
    }
}

static void
print_state(const struct network *w, size_t i)
{
    const struct seen_note *seen = w->bundle->seen[i];
    char day[DAY_TEXT_LEN + 1];

    switch (bundle_org_check(w->bundle, i, w->today)) {
    case RC_OK:
        break;
    case RC_FORGED:
        (void)printf(_("    REVOKED: its keys can't be trusted; it can't be "
                       "written to\n"));
        return;
    default:
        (void)printf(_("    can't be written to now: no fresh keys here\n"));
        return;
    }
    if (seen != NULL) {
        day_write(day, (uint32_t)seen->version);
        (void)printf(_("    read up to %s\n"), day);
    }
}

static void
print_org(const struct network *w, size_t i)
{
    const struct directory_org *o = &w->bundle->directory->orgs[i];
    char hex[2 * ORG_ID_LEN + 1];

    (void)sodium_bin2hex(hex, sizeof hex, o->id, sizeof o->id);
    (void)fputs(term_bold(stdout), stdout);
    term_print_text(stdout, o->name, strlen(o->name), 0);
    (void)printf("%s  %.16s\n", term_plain(stdout), hex);
    print_list(_("kind"), o->kind);
    print_list(_("countries"), o->countries);
    print_list(_("sectors"), o->sectors);
    print_list(_("languages"), o->languages);
    print_list(_("violations"), o->codes);
    print_state(w, i);
}

static void
print_violations(void)
{
    for (const struct violation *v = violations; v->code != NULL; v++) {
        (void)printf("%-12s %s\n", v->code, _(v->label));
    }
}

static enum rc
save(const struct network *w, const char *path)
{
    enum rc rc = file_write(path, w->raw, w->raw_len, 0644, true);

    if (rc != RC_OK) {
        cli_error(_("can't write %s: %s"), path, cli_why(rc));
    }
    return rc;
}

int
orgs_run(int argc, char **argv)
{
    const char *path = cli_value(orgs_options, "save");
    struct visit_options opt;
    struct visit v = {0};
    size_t n = 0;
    enum rc rc;

    (void)argc;
    (void)argv;
    if (common_read(&opt) != RC_OK) {
        return CLI_USAGE;
    }
    if (cli_given(orgs_options, "violations")) {
        print_violations();
        return CLI_DONE;
    }
    if (!conditions_are_good()) {
        return CLI_FAILED;
    }
    rc = visiting_open(&v, &opt);
    if (rc == RC_OK && (path != NULL || cli_given(orgs_options, "fresh"))) {
        rc = visiting_refresh(&v);
    }
    for (size_t i = 0; rc == RC_OK && i < v.w.bundle->directory->n_orgs; i++) {
        if (org_fits(&v.w.bundle->directory->orgs[i])) {
            print_org(&v.w, i);
            n++;
        }
    }
    if (rc == RC_OK && n == 0) {
        cli_say(_("no organisation fits; try fewer conditions"));
    }
    if (rc == RC_OK && path != NULL) {
        rc = save(&v.w, path);
    }
    visiting_close(&v);
    return cli_exit(rc);
}
