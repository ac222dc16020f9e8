/* SPDX-License-Identifier: ISC */
/*
 * setup: a folder with all that a relay needs but the bundle, which only the
 * root signers can make.
 */
#include "ctl.h"

#include "cell.h"
#include "file.h"
#include "kdf.h"
#include "relay.h"
#include "store.h"
#include "term.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <sodium.h>

/* Without --boxes: a quarter of the free disk, within these. */
#define BOXES_LEAST 1024
#define BOXES_MOST  1048576
#define BOXES_LIMIT (UINT64_C(1) << 32)

struct cli_option setup_options[] = {
    {.name = "dir", .value = "DIR", .help = N_("the relay's folder")},
    {.name = "boxes",
     .value = "N",
     .help = N_("drops it can hold, 16 KiB each; else a quarter of the disk")},
    {.name = "listen",
     .value = "SPEC",
     .help =
         N_("unix:PATH, tcp:HOST:PORT or tls:HOST:PORT; else unix:DIR/sock"),
     .repeatable = true},
    {.name = "onion",
     .help =
         N_("as an onion service of this machine's tor, no other listener")},
    {.name = "tor-data",
     .value = "DIR",
     .help = N_("tor's folder; /var/lib/tor otherwise")},
    {.name = "torrc",
     .value = "FILE",
     .help = N_("tor's configuration; /etc/tor/torrc otherwise")},
    {.name = "apparmor",
     .value = "FILE",
     .help = N_("tor's own rules; /etc/apparmor.d/local/system_tor otherwise")},
    {.name = "name",
     .value = "NAME",
     .help = N_("of the onion service; tocsin otherwise")},
    {.name = "user", .value = "NAME", .help = N_("who relayd shall be")},
    {.name = "tls-cert", .value = "FILE", .help = N_("for tls listeners")},
    {.name = "tls-key", .value = "FILE", .help = N_("for tls listeners")},
    {0},
};

/* What is made, below the folder. */
struct made {
    char *dir; /* absolute */
    char *conf;
    char *key;
    char *store;
};

static void
made_wipe(struct made *m)
{
    free(m->dir);
    free(m->conf);
    free(m->key);
    free(m->store);
}

static enum rc
made_init(struct made *m, const char *dir)
{
    memset(m, 0, sizeof *m);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        cli_error("%s: %s", dir, strerror(errno));
        return RC_IO;
    }
    if ((m->dir = realpath(dir, NULL)) == NULL) {
        cli_error("%s: %s", dir, strerror(errno));
        return RC_IO;
    }
    m->conf = file_join(m->dir, "relayd.conf");
    m->key = file_join(m->dir, "page.key");
    m->store = file_join(m->dir, "store");
    if (m->conf == NULL || m->key == NULL || m->store == NULL) {
        return RC_NOMEM;
    }
    for (const char *const *p =
             (const char *const[]){m->conf, m->key, m->store, NULL};
         *p != NULL; p++) {
        if (access(*p, F_OK) == 0) {
            cli_error(_("%s is there already; setup overwrites nothing"), *p);
            return RC_TAKEN;
        }
    }
    return RC_OK;
}

static enum rc
choose_boxes(uint64_t *boxes, const char *dir)
{
    struct statvfs st;
    uint64_t free_bytes;

    *boxes = 0;
    if (cli_number(setup_options, "boxes", 1, BOXES_LIMIT, boxes) != RC_OK) {
        return RC_FORMAT;
    }
    if (statvfs(dir, &st) != 0) {
        cli_error("%s: %s", dir, strerror(errno));
        return RC_IO;
    }
    free_bytes = (uint64_t)st.f_bavail * st.f_frsize;
    if (*boxes == 0) {
        *boxes = free_bytes / 4 / CELL_LEN;
        *boxes = *boxes > BOXES_MOST ? BOXES_MOST : *boxes;
        *boxes = *boxes < BOXES_LEAST ? BOXES_LEAST : *boxes;
    }
    if (*boxes > free_bytes / CELL_LEN) {
        cli_error(_("%" PRIu64 " boxes need %" PRIu64 " MiB; the disk has "
                    "%" PRIu64 " MiB free"),
                  *boxes, *boxes / 64, free_bytes / 1048576);
        return RC_FULL;
    }
    return RC_OK;
}

static void
on_progress(uint64_t done, uint64_t total, void *arg)
{
    (void)total;
    term_progress(arg, done);
}

static enum rc
make_store(const struct made *m, uint64_t boxes)
{
    struct term_progress bar;
    const struct store_setup setup = {
        .dir = m->store, .boxes = boxes, .progress = on_progress, .arg = &bar};
    enum rc rc;

    term_progress_start(&bar, _("writing the store"), boxes);
    rc = store_create(&setup);
    term_progress_end(&bar);
    if (rc != RC_OK) {
        const char *more = store_error();

        cli_error(_("the store %s: %s; remove the folder and try again"),
                  m->store, more != NULL && *more != 0 ? more : _(rc_text(rc)));
    }
    return rc;
}

/* The key's file, and the line for the directory. */
static enum rc
make_key(const struct made *m, char *line, size_t cap)
{
    uint8_t seed[PAGE_KEY_SEED_LEN], pk[crypto_sign_PUBLICKEYBYTES];
    uint8_t sk[crypto_sign_SECRETKEYBYTES], id[RELAY_ID_LEN];
    char hex[2 * RELAY_ID_LEN + 1], base64[64];
    enum rc rc;

    randombytes_buf(seed, sizeof seed);
    if (crypto_sign_seed_keypair(pk, sk, seed) != 0) {
        rc = RC_FORMAT;
        goto out;
    }
    rc = file_write(m->key, seed, sizeof seed, 0600, false);
    if (rc != RC_OK) {
        cli_error("%s: %s", m->key, cli_why(rc));
        goto out;
    }
    blake2b_256(id, pk, sizeof pk);
    (void)sodium_bin2hex(hex, sizeof hex, id, sizeof id);
    (void)sodium_bin2base64(base64, sizeof base64, pk, sizeof pk,
                            sodium_base64_VARIANT_ORIGINAL);
    (void)snprintf(line, cap, "relay %s %s", hex, base64);
    cli_print_key(stderr, 0, _("The page key, as the root signers see it:"),
                  pk);
out:
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(sk, sizeof sk);
    return rc;
}

/* Options that are keys of the configuration as well. */
static bool
is_key(const char *name)
{
    return strcmp(name, "listen") == 0 || strcmp(name, "user") == 0 ||
           strcmp(name, "tls-cert") == 0 || strcmp(name, "tls-key") == 0;
}

/* Where nothing was said. */
static const char *const listens_plain[] = {"unix:sock", NULL};
static const char *const listens_onion[] = {
    "unix:tor/all mode=0660 proxy-protocol=yes",
    "unix:tor/desks mode=0660 proxy-protocol=yes", NULL};

static const char *const *
listens_default(void)
{
    if (cli_given(setup_options, "onion")) {
        return listens_onion;
    }
    return cli_given(setup_options, "listen") ? listens_plain + 1
                                              : listens_plain;
}

/* Refuses now what relayd would refuse later. */
static enum rc
check_listens(const struct made *m)
{
    struct config c;
    enum rc rc = config_init(&c, m->dir);

    for (const struct cli_option *o = setup_options; o->name != NULL; o++) {
        for (size_t i = 0; rc == RC_OK && is_key(o->name) && i < o->count;
             i++) {
            rc = config_set(&c, o->name, o->values[i], m->dir);
        }
    }
    for (const char *const *l = listens_default(); *l != NULL; l++) {
        if (rc == RC_OK) {
            rc = config_set(&c, "listen", *l, m->dir);
        }
    }
    if (rc == RC_OK) {
        rc = config_check(&c);
    }
    if (rc != RC_OK) {
        cli_error("%s", *c.why != 0 ? c.why : _(rc_text(rc)));
    }
    config_wipe(&c);
    return rc;
}

static enum rc
make_conf(const struct made *m)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    enum rc rc = RC_NOMEM;

    if (f == NULL) {
        return RC_NOMEM;
    }
    (void)fprintf(f, "# The relay's configuration; relayd.conf(5) says more.\n"
                     "# Relative paths begin at this folder.\n\n");
    for (const struct cli_option *o = setup_options; o->name != NULL; o++) {
        for (size_t i = 0; is_key(o->name) && i < o->count; i++) {
            (void)fprintf(f, "%s %s\n", o->name, o->values[i]);
        }
    }
    for (const char *const *l = listens_default(); *l != NULL; l++) {
        (void)fprintf(f, "listen %s\n", *l);
    }
    (void)fprintf(f, "\n# Every other key, with the value it has when it is "
                     "not given:\n");
    config_sample(f);
    if (fclose(f) == 0 && text != NULL) {
        rc = file_write(m->conf, (const uint8_t *)text, len, 0600, false);
    }
    free(text);
    if (rc != RC_OK) {
        cli_error("%s: %s", m->conf, cli_why(rc));
    }
    return rc;
}

/* Whom the files shall belong to: nftw has no argument for it. */
static uid_t new_owner;

static int
give(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)at;
    return kind != FTW_SL && file_give(path, new_owner, (gid_t)-1) != RC_OK;
}

static enum rc
give_to_user(const struct made *m)
{
    const char *user = cli_value(setup_options, "user");
    const struct passwd *pw;

    if (user == NULL) {
        return RC_OK;
    }
    if ((pw = getpwnam(user)) == NULL) {
        cli_error(_("there is no user %s"), user);
        return RC_MISSING;
    }
    new_owner = pw->pw_uid;
    if (nftw(m->dir, give, 16, FTW_PHYS) != 0) {
        cli_error("%s: %s", m->dir, strerror(errno));
        return RC_IO;
    }
    return RC_OK;
}

static enum rc
user_exists(void)
{
    const char *user = cli_value(setup_options, "user");

    if (user != NULL && getpwnam(user) == NULL) {
        cli_error(_("there is no user %s"), user);
        return RC_MISSING;
    }
    return RC_OK;
}

/* Whether the kernel confines programs by AppArmor, as Debian's does. */
static bool
apparmor_is_on(void)
{
    FILE *f = fopen("/sys/module/apparmor/parameters/enabled", "re");
    bool on = f != NULL && fgetc(f) == 'Y';

    if (f != NULL) {
        (void)fclose(f);
    }
    return on;
}

static void
say_onion(const struct onion_labels *labels)
{
    cli_say(_("Its URL for the directory: http://%s.onion\n"
              "The last line is for the list of doors for desks.\n"
              "Save tor's folders of the two as well: they are these "
              "addresses. Tor serves them after"),
            labels->all);
    if (apparmor_is_on()) {
        cli_say("  apparmor_parser -r /etc/apparmor.d/system_tor");
    }
    cli_say("  systemctl reload tor");
}

static void
say_next(const struct made *m)
{
    cli_say(_("The relay's folder is ready. What is next:\n"
              "1. Give the line below and the relay's URLs to the root "
              "signers;\n"
              "   they add it to the directory and hand you a network file.\n"
              "2. Put that file at %s/bundle.\n"
              "3. tocsin-relayctl check --dir %s\n"
              "4. tocsin-relayd -c %s\n"
              "Keep %s secret and saved: without it the relay can't be\n"
              "the same again. The disk should be encrypted."),
            m->dir, m->dir, m->conf, m->key);
}

int
setup_run(int argc, char **argv)
{
    const char *dir = cli_value(setup_options, "dir");
    bool onion = cli_given(setup_options, "onion");
    struct onion_labels labels = {{0}, {0}};
    struct made m = {0};
    char line[256];
    uint64_t boxes;
    int code = CLI_FAILED;

    (void)argc;
    (void)argv;
    if (dir == NULL) {
        cli_error(_("say which folder: --dir DIR"));
        return CLI_USAGE;
    }
    if (user_exists() == RC_OK &&
        (!onion || onion_check(setup_options) == RC_OK) &&
        made_init(&m, dir) == RC_OK && check_listens(&m) == RC_OK &&
        choose_boxes(&boxes, m.dir) == RC_OK &&
        make_store(&m, boxes) == RC_OK &&
        make_key(&m, line, sizeof line) == RC_OK && make_conf(&m) == RC_OK &&
        (!onion || onion_setup(setup_options, m.dir, &labels) == RC_OK) &&
        give_to_user(&m) == RC_OK) {
        say_next(&m);
        if (onion) {
            say_onion(&labels);
            (void)printf(
                "%s\nurl http://%s.onion\ndoor %.64s http://%s.onion\n", line,
                labels.all, line + sizeof "relay " - 1, labels.desks);
        } else {
            (void)printf("%s\n", line);
        }
        code = CLI_DONE;
    }
    made_wipe(&m);
    return code;
}
