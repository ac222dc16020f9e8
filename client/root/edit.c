/* SPDX-License-Identifier: ISC */
/*
 * Commands that make and change a directory. A signed one that is changed
 * becomes a draft of the next version; the signed file is kept beside it.
 */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "clock.h"
#include "dirdraft.h"
#include "file.h"
#include "notefile.h"
#include "show.h"
#include "text.h"

#define RETENTION    28
#define PAGE_MAX     (8 * 1024 * 1024)

struct cli_option directory_options[] = {
    {.name = "out", .value = "FILE", .help = N_("the file to make")},
    {.name = "retention",
     .value = "DAYS",
     .help = N_("how long pages and drops are kept (28)")},
    {.name = "life",
     .value = "DAYS",
     .help = N_("days until it expires (90, which is most)")},
    {.name = NULL},
};
struct cli_option add_options[] = {
    {.name = "url",
     .value = "URL",
     .repeatable = true,
     .help = N_("an address of the relay, the best first")},
    {.name = "board",
     .value = "N",
     .help = N_("the board of the organisation")},
    {.name = NULL},
};
struct cli_option close_options[] = {
    {.name = "day",
     .value = "YYYY-MM-DD",
     .help = N_("the day it closes (in 30 days)")},
    {.name = NULL},
};
struct cli_option remove_options[] = {
    {.name = "now",
     .help = N_("a relay that is still needed, too: what only it has is lost")},
    {.name = NULL},
};
struct cli_option page_options[] = {
    {.name = "of", .value = "HTML", .help = N_("take the hash of this file")},
    {.name = NULL},
};

static uint32_t
today(void)
{
    return clock_day(clock_now());
}

int
directory_run(int argc, char **argv)
{
    uint64_t retention = RETENTION, life = DIRECTORY_LIFE_MAX;
    const char *out = cli_value(directory_options, "out");
    struct dirdraft d;
    size_t len;
    char *text;
    enum rc rc;

    (void)argc;
    (void)argv;
    if (!notefile_out_given(directory_options)) {
        return CLI_USAGE;
    }
    if (cli_number(directory_options, "retention", DIRECTORY_RETENTION_MIN,
                   DIRECTORY_RETENTION_MAX, &retention) != RC_OK ||
        cli_number(directory_options, "life", 1, DIRECTORY_LIFE_MAX, &life) !=
            RC_OK) {
        return CLI_USAGE;
    }
    rc = dirdraft_new(&d, today(), (uint32_t)life, (uint32_t)retention);
    if (rc == RC_OK && (rc = dirdraft_write(&text, &len, &d)) == RC_OK) {
        rc = notefile_save(out, text, len, false);
        free(text);
        dirdraft_wipe(&d);
    } else {
        cli_error("%s", _(rc_text(rc)));
    }
    return rc == RC_OK ? CLI_DONE : CLI_FAILED;
}

/* Opens a directory for a change: the next version if it is signed. */
static enum rc
open_for_change(struct notefile *f, struct dirdraft *d, const char *path)
{
    enum rc rc = notefile_load(f, path);

    memset(d, 0, sizeof *d);
    if (rc != RC_OK) {
        return rc;
    }
    if (f->kind != NOTEFILE_DIRECTORY) {
        cli_error(f->kind == NOTEFILE_ROOT
                      ? _("%s: a root; new --after makes the next one")
                      : _("%s: a list of doors, not a directory"),
                  path);
        rc = RC_FORMAT;
    } else if ((rc = dirdraft_parse(d, f->note.text, f->note.text_len)) !=
                   RC_OK ||
               (rc = dirdraft_renew(d, f->is_signed, today())) != RC_OK) {
        cli_error("%s: %s", path, _(rc_text(rc)));
    }
    if (rc != RC_OK) {
        dirdraft_wipe(d);
        notefile_wipe(f);
    }
    return rc;
}

/* Writes the changed draft in the place of what was there. */
static int
save_change(struct notefile *f, struct dirdraft *d, enum rc rc)
{
    char *text;
    size_t len;

    if (rc == RC_OK && (rc = notefile_keep(f)) == RC_OK &&
        (rc = dirdraft_write(&text, &len, d)) == RC_OK) {
        rc = notefile_save(f->path, text, len, true);
        free(text);
    }
    if (rc == RC_OK) {
        cli_say(_("%s: a draft, to be signed anew"), f->path);
    }
    dirdraft_wipe(d);
    notefile_wipe(f);
    return rc == RC_OK ? CLI_DONE : CLI_FAILED;
}

/* "<id> <pk>" and the URLs become the line of a relay. */
static enum rc
relay_line(char **out, const char *rest)
{
    const struct cli_option *url = &add_options[0];
    struct text t = {0};
    size_t len;

    if (url->count == 0) {
        cli_error(_("--url says where the relay can be reached"));
        return RC_FORMAT;
    }
    text_put_word(&t, rest);
    text_put_word(&t, " open");
    for (size_t i = 0; i < url->count; i++) {
        if (!directory_url_is_valid(url->values[i], strlen(url->values[i]))) {
            cli_error(_("not an address of a relay: %s (http://, https:// or "
                        "unix:/)"),
                      url->values[i]);
            text_wipe(&t);
            return RC_FORMAT;
        }
        text_put_word(&t, " ");
        text_put_word(&t, url->values[i]);
    }
    text_put(&t, "", 1);
    return text_take(&t, out, &len);
}

/* The line of an organisation; --board takes the place of its board. */
static enum rc
org_line(char **out, const char *rest)
{
    const char *board = cli_value(add_options, "board"), *p = rest;
    struct text t = {0};
    size_t len;

    for (int i = 0; p != NULL && i < 2; i++) {
        p = strchr(p, ' ');
        p = p != NULL ? p + 1 : NULL;
    }
    if (p == NULL || board == NULL) {
        *out = strdup(rest);
        return *out != NULL ? RC_OK : RC_NOMEM;
    }
    text_put(&t, rest, (size_t)(p - rest));
    text_put_word(&t, board);
    text_put_word(&t, p + strcspn(p, " "));
    text_put(&t, "", 1);
    return text_take(&t, out, &len);
}

/* The line to add. The word of the kind may stand before it, as the programs
 * print it. */
static enum rc
make_line(char **out, const char *kind, const char *rest)
{
    size_t n = strlen(kind);

    *out = NULL;
    if (strncmp(rest, kind, n) == 0 && rest[n] == ' ') {
        rest += n + 1;
    }
    if (strcmp(kind, "relay") == 0) {
        return relay_line(out, rest);
    }
    if (strcmp(kind, "org") == 0) {
        return org_line(out, rest);
    }
    *out = strdup(rest);
    return *out != NULL ? RC_OK : RC_NOMEM;
}

static bool
is_kind(const char *word)
{
    if (strcmp(word, "board") == 0 || strcmp(word, "relay") == 0 ||
        strcmp(word, "org") == 0) {
        return true;
    }
    cli_error(_("what to add or remove is board, relay, org, door or desk, not "
                "%s"),
              word);
    return false;
}

int
add_run(int argc, char **argv)
{
    struct notefile f;
    struct dirdraft d;
    char *line;
    enum rc rc;

    (void)argc;
    if (doors_is_kind(argv[1])) {
        return doors_add_line(argv[0], argv[1], argv[2]);
    }
    if (!is_kind(argv[1])) {
        return CLI_USAGE;
    }
    if (make_line(&line, argv[1], argv[2]) != RC_OK) {
        return CLI_USAGE;
    }
    if (open_for_change(&f, &d, argv[0]) != RC_OK) {
        free(line);
        return CLI_FAILED;
    }
    rc = dirdraft_add(&d, argv[1], line);
    if (rc == RC_TAKEN) {
        cli_error(_("this %s is listed already; remove it first"), argv[1]);
    } else if (rc == RC_FORMAT && strcmp(argv[1], "relay") == 0 &&
               directory_open_relays(f.directory) >= DIRECTORY_OPEN_MAX) {
        cli_error(_("two relays are open, and no more can be: close one "
                    "first"));
    } else if (rc == RC_FORMAT) {
        cli_error(_("this can't stand as a line of a directory: %s %s"),
                  argv[1], line);
    } else if (rc != RC_OK) {
        cli_error("%s", _(rc_text(rc)));
    }
    free(line);
    return save_change(&f, &d, rc);
}

/* The id of the one relay or organisation that is meant, by digits or name. */
static enum rc
find_id(char out[static 65], const struct notefile *f, const char *kind,
        const char *text)
{
    const struct directory *dir = f->directory;
    bool relay = strcmp(kind, "relay") == 0;
    size_t n = relay ? dir->n_relays : dir->n_orgs, found = 0;

    for (size_t i = 0; i < n; i++) {
        const uint8_t *id = relay ? dir->relays[i].id : dir->orgs[i].id;

        if (notefile_names_id(text, id) ||
            (!relay && strcmp(dir->orgs[i].name, text) == 0)) {
            (void)sodium_bin2hex(out, 65, id, 32);
            found++;
        }
    }
    if (found == 1) {
        return RC_OK;
    }
    cli_error(found == 0 ? _("no %s of that id or name in it: %s")
                         : _("more than one %s is called so: %s"),
              kind, text);
    return found == 0 ? RC_MISSING : RC_TAKEN;
}

int
revoke_run(int argc, char **argv)
{
    char id[65], line[96];
    struct notefile f;
    struct dirdraft d;
    enum rc rc;

    (void)argc;
    if (open_for_change(&f, &d, argv[0]) != RC_OK) {
        return CLI_FAILED;
    }
    if ((rc = find_id(id, &f, "org", argv[1])) == RC_OK) {
        (void)snprintf(line, sizeof line, "%s %u", id, today());
        rc = dirdraft_add(&d, "revoked", line);
        if (rc != RC_OK) {
            cli_error(rc == RC_TAKEN ? _("it is revoked already")
                                     : _("can't be revoked"));
        }
    }
    return save_change(&f, &d, rc);
}

/* May the relay of this id be taken out? Its boxes and pages are read until they
 * have expired. */
static enum rc
check_unneeded(const struct directory *dir, const char *id)
{
    const struct directory_relay *r = NULL;
    uint8_t bytes[32];
    uint32_t until;
    char date[SHOW_DATE_LEN];

    if (sodium_hex2bin(bytes, sizeof bytes, id, 64, NULL, NULL, NULL) == 0) {
        r = directory_relay(dir, bytes);
    }
    if (r == NULL || cli_given(remove_options, "now")) {
        return RC_OK;
    }
    if (r->closing_day == 0) {
        cli_error(_("relay %.8s is open: close it first, so that what it has "
                    "can be read until it expires (or say --now, and it is "
                    "lost)"),
                  id);
        return RC_AGAIN;
    }
    until = r->closing_day + dir->retention + DIRECTORY_CLOSED_DAYS;
    if (today() < until) {
        show_date(date, until);
        cli_error(_("relay %.8s is needed until %s, as what it has is read "
                    "until it expires (or say --now, and it is lost)"),
                  id, date);
        return RC_AGAIN;
    }
    return RC_OK;
}

int
remove_run(int argc, char **argv)
{
    char id[65];
    const char *what = argv[2];
    struct notefile f;
    struct dirdraft d;
    enum rc rc = RC_OK;

    (void)argc;
    if (doors_is_kind(argv[1])) {
        return doors_remove_line(argv[0], argv[1], what);
    }
    if (!is_kind(argv[1])) {
        return CLI_USAGE;
    }
    if (open_for_change(&f, &d, argv[0]) != RC_OK) {
        return CLI_FAILED;
    }
    if (strcmp(argv[1], "board") != 0 &&
        (rc = find_id(id, &f, argv[1], what)) == RC_OK) {
        what = id;
    }
    if (rc == RC_OK && strcmp(argv[1], "relay") == 0) {
        rc = check_unneeded(f.directory, id);
    }
    if (rc == RC_OK && (rc = dirdraft_remove(&d, argv[1], what)) != RC_OK) {
        cli_error(rc == RC_MISSING ? _("no such %s in it")
                                   : _("this %s is needed by an organisation"),
                  argv[1]);
    }
    return save_change(&f, &d, rc);
}

/* "2026-12-31" as a day since 1970; 0 for anything else. */
static uint32_t
parse_date(const char *text)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    time_t at = end != NULL && *end == 0 ? timegm(&tm) : 0;

    return at > 0 ? clock_day((int64_t)at) : 0;
}

int
close_run(int argc, char **argv)
{
    const char *date = cli_value(close_options, "day");
    uint32_t day = date != NULL ? parse_date(date) : today() + 30;
    char id[65], value[16];
    struct notefile f;
    struct dirdraft d;
    enum rc rc;

    (void)argc;
    if (day == 0) {
        cli_error(_("--day is a date such as 2027-01-31"));
        return CLI_USAGE;
    }
    if (open_for_change(&f, &d, argv[0]) != RC_OK) {
        return CLI_FAILED;
    }
    if ((rc = find_id(id, &f, "relay", argv[1])) == RC_OK) {
        (void)snprintf(value, sizeof value, "%u", day);
        rc = dirdraft_set(&d, "relay", id, 2, value);
        if (rc == RC_FORMAT) {
            cli_error(directory_open_relays(f.directory) < 2
                          ? _("it is the only open relay: add another one "
                              "first")
                          : _("two relays are closing already: this one can "
                              "be closed when one of them is taken out"));
        } else if (rc != RC_OK) {
            cli_error("%s", _(rc_text(rc)));
        }
    }
    return save_change(&f, &d, rc);
}

/* The hash from the command line, or of the file that --of names. */
static enum rc
page_hash_text(char out[static 65], int argc, char **argv)
{
    const char *of = cli_value(page_options, "of");
    uint8_t hash[crypto_hash_sha256_BYTES], *in;
    size_t len;
    enum rc rc;

    if ((of == NULL) == (argc < 2)) {
        cli_error(_("name a SHA-256 or a file, with --of"));
        return RC_FORMAT;
    }
    if (of == NULL) {
        (void)snprintf(out, 65, "%s", argv[1]);
        if (strlen(argv[1]) == 64) {
            return RC_OK;
        }
        cli_error(_("a SHA-256 has 64 digits"));
        return RC_FORMAT;
    }
    if ((rc = file_read(&in, &len, of, PAGE_MAX)) != RC_OK) {
        cli_error("%s: %s", of, cli_why(rc));
        return rc;
    }
    (void)crypto_hash_sha256(hash, in, len);
    (void)sodium_bin2hex(out, 65, hash, sizeof hash);
    free(in);
    return RC_OK;
}

int
page_run(int argc, char **argv)
{
    struct notefile f;
    struct dirdraft d;
    char hash[65];
    enum rc rc;

    if (page_hash_text(hash, argc, argv) != RC_OK) {
        return CLI_USAGE;
    }
    if (open_for_change(&f, &d, argv[0]) != RC_OK) {
        return CLI_FAILED;
    }
    if ((rc = dirdraft_set_head(&d, "page", hash)) != RC_OK) {
        cli_error(_("not a SHA-256 in lower-case hex: %s"), hash);
    }
    return save_change(&f, &d, rc);
}

int
renew_run(int argc, char **argv)
{
    struct notefile f;
    struct dirdraft d;

    (void)argc;
    if (open_for_change(&f, &d, argv[0]) != RC_OK) {
        return CLI_FAILED;
    }
    return save_change(&f, &d, RC_OK);
}
