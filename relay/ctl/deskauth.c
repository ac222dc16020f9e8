/* SPDX-License-Identifier: ISC */
/*
 * desk-auth: who may come in by the onion service for desks. The root signers
 * say so in a list of doors; tor's folder is made to agree with it, and with
 * the directory, which may have revoked somebody since.
 */
#include "ctl.h"

#include "bundle.h"
#include "clock.h"
#include "doors.h"
#include "doorwords.h"
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#define NAME_DIGITS 16 /* of an organisation's id, in a file's name */

struct cli_option deskauth_options[] = {
    {.name = "dir", .value = "DIR", .help = N_("the relay's folder")},
    {.name = "config", .value = "FILE", .help = N_("its configuration")},
    {.name = "tor-data",
     .value = "DIR",
     .help = N_("tor's folder; /var/lib/tor otherwise")},
    {.name = "name",
     .value = "NAME",
     .help = N_("of the onion service; tocsin otherwise")},
    {0},
};

static enum rc
failed(const char *path, enum rc rc)
{
    cli_error("%s: %s", path, cli_why(rc));
    return rc;
}

static enum rc
load_bundle(struct bundle **out, const char *path)
{
    uint8_t *raw = NULL;
    size_t len;
    enum rc rc = file_read(&raw, &len, path, BUNDLE_MAX);

    *out = NULL;
    if (rc == RC_OK) {
        rc = bundle_open(out, raw, len, NULL);
    }
    free(raw);
    if (rc != RC_OK) {
        return failed(path, rc);
    }
    if ((*out)->directory->expires < clock_day(clock_now())) {
        /* Who was revoked since is not known. */
        cli_say(_("the directory has expired: ask for a new network file"));
    }
    return RC_OK;
}

/* A list, and its bytes, which the caller frees. Prints nothing. */
static enum rc
read_list(struct doors **out, uint8_t **raw, size_t *len, const char *path,
          const struct root *root)
{
    enum rc rc = file_read(raw, len, path, NOTE_MAX);

    *out = NULL;
    return rc == RC_OK ? doors_open(out, *raw, *len, root) : rc;
}

/* May it take the place of the list in use? One that can't be read is no
 * reason to take whatever comes. */
static enum rc
check_follows(const struct doors *list, const char *named,
              const char *kept_path)
{
    struct doors *kept = NULL;
    uint8_t *raw = NULL;
    size_t len;
    enum rc rc = read_list(&kept, &raw, &len, kept_path, NULL);

    if (rc == RC_MISSING) {
        rc = RC_OK;
    } else if (rc != RC_OK) {
        cli_error(_("%s: the list in use is damaged (%s); remove it if you are "
                    "sure that %s is the newest"),
                  kept_path, cli_why(rc), named);
    } else if ((rc = doors_follows(list, kept)) != RC_OK) {
        doorwords_follows(rc, named, list, kept);
    }
    free(raw);
    free(kept);
    return rc;
}

/*
 * The list to go by, signed: the one named, which must not be older than the
 * one kept, or that one.
 * raw      its bytes; the caller frees them
 */
static enum rc
load_list(struct doors **out, uint8_t **raw, size_t *len, const char *named,
          const char *kept_path, const struct root *root)
{
    const char *path = named != NULL ? named : kept_path;
    enum rc rc = read_list(out, raw, len, path, root);

    if (rc == RC_MISSING && named == NULL) {
        cli_error(_("no list of doors was taken yet: name the file that the "
                    "root signers gave you"));
    } else if (rc == RC_FORGED) {
        cli_error(_("%s: NOT AUTHENTIC: too few of the root signers of the "
                    "network file signed it; ask them for a new one"),
                  path);
    } else if (rc == RC_FORMAT) {
        cli_error(_("%s: not a signed list of doors, or damaged"), path);
    } else if (rc != RC_OK) {
        (void)failed(path, rc);
    } else if (named != NULL) {
        rc = check_follows(*out, named, kept_path);
    }
    return rc;
}

static void
name_of(char out[static NAME_DIGITS + 6], const struct doors_desk *desk)
{
    (void)sodium_bin2hex(out, NAME_DIGITS + 1, desk->org, NAME_DIGITS / 2);
}

/* Listed, and not revoked since? */
static bool
is_vetted(const struct directory *d, const struct doors_desk *desk)
{
    const struct directory_org *org = directory_org(d, desk->org);

    return org != NULL && org->revoked_day == 0;
}

/* The files of those who may come in, and the one of nobody. */
static enum rc
let_in(unsigned *count, const char *dir, const struct doors *list,
       const struct directory *d)
{
    enum rc rc = onion_nobody(dir);

    *count = 0;
    if (rc != RC_OK) {
        return failed(dir, rc);
    }
    for (size_t i = 0; i < list->n_desks; i++) {
        char name[NAME_DIGITS + 6];

        name_of(name, &list->desks[i]);
        if (!is_vetted(d, &list->desks[i])) {
            cli_say(_("%s is not let in: the directory does not list it, or "
                      "revoked it."),
                    name);
            continue;
        }
        rc = onion_auth_allow(dir, name, list->desks[i].key, true);
        if (rc != RC_OK) {
            return failed(dir, rc);
        }
        (*count)++;
    }
    return RC_OK;
}

/* Is it the file of somebody who may come in, or of nobody? */
static bool
stays(const char *file, const struct doors *list, const struct directory *d)
{
    for (size_t i = 0; i < list->n_desks; i++) {
        char name[NAME_DIGITS + 6];

        name_of(name, &list->desks[i]);
        if (is_vetted(d, &list->desks[i]) &&
            strcmp(strcat(name, ".auth"), file) == 0) {
            return true;
        }
    }
    return strcmp(file, ONION_NOBODY ".auth") == 0;
}

/* The next file, NULL after the last and when the folder can't be read. */
static const struct dirent *
next_file(DIR *all)
{
    errno = 0;
    return readdir(all);
}

/* Everybody else is out. */
static enum rc
shut_out(unsigned *count, const char *dir, const struct doors *list,
         const struct directory *d)
{
    char *clients = file_join(dir, "authorized_clients");
    DIR *all = clients == NULL ? NULL : opendir(clients);
    const struct dirent *e;
    enum rc rc = RC_OK;

    *count = 0;
    if (all == NULL) {
        rc = failed(dir, clients == NULL ? RC_NOMEM : RC_IO);
        free(clients);
        return rc;
    }
    while (rc == RC_OK && (e = next_file(all)) != NULL) {
        size_t n = strlen(e->d_name);

        if (n < 5 || strcmp(e->d_name + n - 5, ".auth") != 0 ||
            stays(e->d_name, list, d)) {
            continue; /* tor reads no others */
        }
        if (unlinkat(dirfd(all), e->d_name, 0) != 0) {
            rc = failed(e->d_name, RC_IO);
        }
        (*count)++;
    }
    /* A power cut must not let anybody in again. */
    if (rc == RC_OK && (errno != 0 || fsync(dirfd(all)) != 0)) {
        rc = failed(clients, RC_IO);
    }
    (void)closedir(all);
    free(clients);
    return rc;
}

/* Tor's folder is changed with tor's rights: a link in it must not lead root
 * elsewhere, and what is made must be tor's. */
static enum rc
change(const char *dir, const struct stat *tor, const struct doors *list,
       const struct directory *d)
{
    unsigned in = 0, out = 0;
    enum rc rc = ctl_become(tor->st_uid, tor->st_gid);

    if (rc == RC_OK && (rc = let_in(&in, dir, list, d)) == RC_OK) {
        rc = shut_out(&out, dir, list, d);
    }
    if (ctl_become(0, 0) != RC_OK) {
        rc = RC_IO;
    }
    if (rc == RC_OK) {
        cli_say(_("Desks that may come in: %u; shut out now: %u. Tor must be "
                  "told: systemctl reload tor. Who is out may know a way in "
                  "for up to a day; systemctl restart tor ends that, too."),
                in, out);
    }
    return rc;
}

static enum rc
apply(const struct config *c, const char *dir, const struct stat *tor,
      const char *named)
{
    const char *slash = strrchr(c->bundle, '/');
    size_t folder = slash != NULL ? (size_t)(slash - c->bundle) + 1 : 0;
    char *kept = NULL;
    struct doors *list = NULL;
    struct bundle *b = NULL;
    uint8_t *raw = NULL;
    size_t len = 0;
    enum rc rc = RC_NOMEM;

    if (asprintf(&kept, "%.*sdoors", (int)folder, c->bundle) < 0) {
        kept = NULL;
    }
    if (kept != NULL && (rc = load_bundle(&b, c->bundle)) == RC_OK &&
        (rc = load_list(&list, &raw, &len, named, kept, &b->root)) == RC_OK &&
        (rc = change(dir, tor, list, b->directory)) == RC_OK && named != NULL &&
        (rc = file_write(kept, raw, len, 0600, true)) != RC_OK) {
        (void)failed(kept, rc);
    }
    free(raw);
    free(list);
    free(kept);
    bundle_free(b);
    return rc;
}

int
deskauth_run(int argc, char **argv)
{
    struct config c = {0};
    struct stat tor;
    char *dir = NULL;
    enum rc rc = ctl_config(&c, deskauth_options);

    if (rc == RC_OK && (rc = onion_owner(&tor, deskauth_options)) == RC_OK) {
        dir = onion_dir(deskauth_options, true);
        rc = dir == NULL ? RC_NOMEM
                         : apply(&c, dir, &tor, argc > 0 ? argv[0] : NULL);
    }
    config_wipe(&c);
    free(dir);
    return cli_exit(rc);
}
