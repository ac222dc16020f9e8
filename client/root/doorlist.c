/* SPDX-License-Identifier: ISC */
/*
 * The list of doors: which desks, with which keys, may use the onion services
 * that relays have for desks only. Signed like a directory, and handed to
 * operators and desks instead of being published.
 */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "notefile.h"

struct cli_option doors_options[] = {
    {.name = "out", .value = "FILE", .help = N_("the file to make")},
    {.name = NULL},
};

static enum rc
save(const char *path, const struct doors *d, bool replace)
{
    char *text;
    size_t len;
    enum rc rc = doors_write(&text, &len, d);

    if (rc != RC_OK) {
        cli_error("%s", _(rc_text(rc)));
        return rc;
    }
    rc = notefile_save(path, text, len, replace);
    free(text);
    if (rc == RC_OK) {
        cli_say(_("%s: a draft, to be signed anew"), path);
    }
    return rc;
}

int
doors_run(int argc, char **argv)
{
    const char *out = cli_value(doors_options, "out");
    struct doors *d;
    enum rc rc;

    (void)argc;
    (void)argv;
    if (!notefile_out_given(doors_options)) {
        return CLI_USAGE;
    }
    if ((d = calloc(1, sizeof *d)) == NULL) {
        return CLI_FAILED;
    }
    d->version = 1;
    d->issued = clock_day(clock_now());
    rc = save(out, d, false);
    free(d);
    return rc == RC_OK ? CLI_DONE : CLI_FAILED;
}

bool
doors_is_kind(const char *kind)
{
    return strcmp(kind, "door") == 0 || strcmp(kind, "desk") == 0;
}

/* The next version if it was signed, dated today. */
static enum rc
open_for_change(struct notefile *f, const char *path)
{
    enum rc rc = notefile_load(f, path);

    if (rc != RC_OK) {
        return rc;
    }
    if (f->kind != NOTEFILE_DOORS) {
        cli_error(_("%s: not a list of doors; doors --out makes one"), path);
        notefile_wipe(f);
        return RC_FORMAT;
    }
    return RC_OK;
}

static int
save_change(struct notefile *f)
{
    enum rc rc = notefile_keep(f);

    if (rc == RC_OK) {
        f->doors->version += f->is_signed ? 1 : 0;
        f->doors->issued = clock_day(clock_now());
        rc = save(f->path, f->doors, true);
    }
    return rc == RC_OK ? CLI_DONE : CLI_FAILED;
}

int
doors_add_line(const char *path, const char *kind, const char *line)
{
    char whole[256];
    size_t n = strlen(kind);
    bool has = strncmp(line, kind, n) == 0 && line[n] == ' ';
    struct notefile f;
    int code = CLI_FAILED;
    enum rc rc = RC_FORMAT;

    if (open_for_change(&f, path) != RC_OK) {
        return CLI_FAILED;
    }
    if ((size_t)snprintf(whole, sizeof whole, "%s%s%s", has ? "" : kind,
                         has ? "" : " ", line) < sizeof whole) {
        rc = doors_add(f.doors, whole);
    }
    if (rc == RC_OK) {
        code = save_change(&f);
    } else if (rc == RC_TAKEN) {
        cli_error(_("this %s is listed already; remove it first"), kind);
    } else if (rc == RC_FULL) {
        cli_error(_("no room for another %s"), kind);
    } else {
        cli_error(_("this can't stand as a line of a list of doors: %s"), line);
    }
    notefile_wipe(&f);
    return code;
}

/* The one desk or door whose id begins with these digits. */
static enum rc
find(uint8_t id[static 32], const struct doors *d, bool desk, const char *text)
{
    size_t n = desk ? d->n_desks : d->n_relays, found = 0;

    for (size_t i = 0; i < n; i++) {
        const uint8_t *one = desk ? d->desks[i].org : d->relays[i].id;

        if (notefile_names_id(text, one)) {
            memcpy(id, one, 32);
            found++;
        }
    }
    return found == 1 ? RC_OK : found == 0 ? RC_MISSING : RC_TAKEN;
}

int
doors_remove_line(const char *path, const char *kind, const char *text)
{
    bool desk = strcmp(kind, "desk") == 0;
    int code = CLI_FAILED;
    struct notefile f;
    uint8_t id[32];
    enum rc rc;

    if (open_for_change(&f, path) != RC_OK) {
        return CLI_FAILED;
    }
    if ((rc = find(id, f.doors, desk, text)) == RC_OK) {
        rc = doors_remove(f.doors, desk, id);
    }
    if (rc == RC_OK) {
        code = save_change(&f);
    } else {
        cli_error(rc == RC_TAKEN ? _("more than one %s is called so: %s")
                                 : _("no %s of that id or name in it: %s"),
                  kind, text);
    }
    notefile_wipe(&f);
    return code;
}
