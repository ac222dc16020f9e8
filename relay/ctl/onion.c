/* SPDX-License-Identifier: ISC */
/*
 * A relay as an onion service. Tor gets a file to include rather than orders
 * over its control port: the port's ADD_ONION can't export circuit numbers,
 * services made by it are gone when tor restarts, and whoever may use the
 * port may do anything with tor. The keys are made here, so that the address
 * is known before tor has run.
 */
#include "ctl.h"

#include "file.h"
#include "onion.h"
#include "torrc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#define TOR_DATA     "/var/lib/tor"
#define TORRC        "/etc/tor/torrc"
#define APPARMOR     "/etc/apparmor.d/local/system_tor"
#define NAME_DEFAULT "tocsin"
#define TORRC_MAX    (1024 * 1024)
#define STREAMS      32 /* of a circuit; relayd's circuit-connections too */

extern char **environ;

static const char *
option(const struct cli_option *options, const char *name,
       const char *otherwise)
{
    const char *v = cli_value(options, name);

    return v != NULL ? v : otherwise;
}

static enum rc
failed(const char *path, enum rc rc)
{
    cli_error("%s: %s", path,
              rc == RC_TAKEN ? _("is there already; setup overwrites nothing")
                             : cli_why(rc));
    return rc;
}

char *
onion_dir(const struct cli_option *options, bool desks)
{
    char *path = NULL;

    if (asprintf(&path, "%s/%s%s", option(options, "tor-data", TOR_DATA),
                 option(options, "name", NAME_DEFAULT),
                 desks ? "-desks" : "") < 0) {
        return NULL;
    }
    return path;
}

enum rc
onion_owner(struct stat *out, const struct cli_option *options)
{
    const char *data = option(options, "tor-data", TOR_DATA);

    return stat(data, out) == 0 ? RC_OK : failed(data, RC_IO);
}

/* Can lines be added to this file? Zero bytes would be lost with what follows
 * them: it is no text. */
static enum rc
check_text(const char *path)
{
    uint8_t *text = NULL;
    size_t len;
    enum rc rc = file_read(&text, &len, path, TORRC_MAX);

    if (rc == RC_OK && memchr(text, 0, len) != NULL) {
        rc = RC_FORMAT;
    }
    free(text);
    return rc == RC_OK ? RC_OK : failed(path, rc);
}

enum rc
onion_check(const struct cli_option *options)
{
    const char *name = option(options, "name", NAME_DEFAULT);

    if (*name == 0 || strlen(name) > 40 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name)) {
        cli_error(_("--name: small letters, digits and hyphens"));
        return RC_FORMAT;
    }
    if (access(option(options, "tor-data", TOR_DATA), W_OK | X_OK) != 0) {
        cli_error(_("%s: %s; install the package tor, and run this as root"),
                  option(options, "tor-data", TOR_DATA), strerror(errno));
        return RC_IO;
    }
    if (access(option(options, "torrc", TORRC), W_OK) != 0) {
        cli_error("%s: %s", option(options, "torrc", TORRC), strerror(errno));
        return RC_IO;
    }
    if (access(option(options, "apparmor", APPARMOR), F_OK) == 0 &&
        check_text(option(options, "apparmor", APPARMOR)) != RC_OK) {
        return RC_FORMAT;
    }
    return check_text(option(options, "torrc", TORRC));
}

/* Does this machine's tor have the proof of work built in? */
static bool
tor_has_pow(void)
{
    char *const argv[] = {(char[]){"tor"}, (char[]){"--list-modules"}, NULL};
    posix_spawn_file_actions_t actions;
    char out[4096];
    int pipes[2], status = 1;
    size_t len = 0;
    ssize_t n;
    pid_t pid;

    if (pipe(pipes) != 0) {
        return false;
    }
    if (posix_spawn_file_actions_init(&actions) != 0) {
        (void)close(pipes[0]);
        (void)close(pipes[1]);
        return false;
    }
    if (posix_spawn_file_actions_adddup2(&actions, pipes[1], 1) != 0 ||
        posix_spawn_file_actions_addclose(&actions, pipes[0]) != 0 ||
        posix_spawnp(&pid, "tor", &actions, NULL, argv, environ) != 0) {
        pid = -1;
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(pipes[1]);
    while (pid > 0 && len + 1 < sizeof out &&
           (n = read(pipes[0], out + len, sizeof out - 1 - len)) > 0) {
        len += (size_t)n;
    }
    out[len] = 0;
    (void)close(pipes[0]);
    if (pid > 0) {
        (void)waitpid(pid, &status, 0);
    }
    return status == 0 && strstr(out, "pow: yes") != NULL;
}

/* Everything in a folder of tor's, and the folder, become those of the owner
 * of tor's data: its HiddenServiceDir must be. */
static enum rc
give_to_tor(const char *dir, const struct stat *owner)
{
    static const char *const inside[] = {".",
                                         "hs_ed25519_secret_key",
                                         "hs_ed25519_public_key",
                                         "hostname",
                                         "authorized_clients",
                                         "authorized_clients/" ONION_NOBODY
                                         ".auth"};

    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        char *path = file_join(dir, inside[i]);
        enum rc rc = path == NULL
                         ? RC_NOMEM
                         : file_give(path, owner->st_uid, owner->st_gid);

        if (rc != RC_OK && rc != RC_MISSING) {
            rc = failed(path == NULL ? dir : path, rc);
            free(path);
            return rc;
        }
        free(path);
    }
    return RC_OK;
}

enum rc
onion_nobody(const char *dir)
{
    uint8_t nobody[ONION_AUTH_LEN], key[ONION_AUTH_LEN];
    enum rc rc;

    randombytes_buf(nobody, sizeof nobody);
    rc = crypto_scalarmult_base(key, nobody) == 0
             ? onion_auth_allow(dir, ONION_NOBODY, key, true)
             : RC_IO;
    sodium_memzero(nobody, sizeof nobody);
    return rc;
}

static enum rc
make_service(char label[static ONION_LABEL_LEN + 1], const char *dir,
             bool desks, const struct stat *owner)
{
    enum rc rc = onion_create(label, dir);

    if (rc == RC_OK && desks) {
        rc = onion_nobody(dir);
    }
    return rc != RC_OK ? failed(dir, rc) : give_to_tor(dir, owner);
}

static void
write_service(FILE *f, const char *dir, const char *socket, bool pow)
{
    (void)fprintf(f,
                  "HiddenServiceDir %s\n"
                  "HiddenServicePort 80 unix:%s\n"
                  "HiddenServiceExportCircuitID haproxy\n"
                  "HiddenServiceMaxStreams %d\n"
                  "HiddenServiceMaxStreamsCloseCircuit 1\n"
                  "%sHiddenServicePoWDefensesEnabled 1\n\n",
                  dir, socket, STREAMS, pow ? "" : "# tor lacks it: ");
}

/* Adds a line to a file that is there, unless it has it. */
static enum rc
add_line(const char *path, const char *line)
{
    uint8_t *old = NULL;
    char *text = NULL;
    size_t len, text_len;
    struct stat st;
    enum rc rc;

    if (stat(path, &st) != 0) {
        return failed(path, RC_IO);
    }
    if ((rc = file_read(&old, &len, path, TORRC_MAX)) != RC_OK) {
        return failed(path, rc);
    }
    if ((rc = torrc_add(&text, &text_len, old, len, line)) == RC_OK) {
        rc = file_write(path, (const uint8_t *)text, text_len,
                        st.st_mode & 0777, true);
        if (rc == RC_OK) {
            rc = file_give(path, st.st_uid, st.st_gid);
        }
    }
    free(old);
    free(text);
    return rc == RC_OK || rc == RC_TAKEN ? RC_OK : failed(path, rc);
}

/* The file that tor includes, in the folder torrc.d beside its torrc. */
static enum rc
write_torrc(const struct cli_option *options, const char *services[2],
            const char *sockets)
{
    const char *torrc = option(options, "torrc", TORRC);
    const char *slash = strrchr(torrc, '/');
    int dir_len = slash != NULL ? (int)(slash - torrc) : 1;
    const char *dir = slash != NULL ? torrc : ".";
    bool pow = tor_has_pow();
    char *folder = NULL, *path = NULL, *include = NULL, *text = NULL;
    size_t len = 0;
    FILE *f = NULL;
    enum rc rc = RC_NOMEM;

    if (asprintf(&folder, "%.*s/torrc.d", dir_len, dir) < 0 ||
        asprintf(&path, "%s/%s.conf", folder,
                 option(options, "name", NAME_DEFAULT)) < 0 ||
        asprintf(&include, "%%include %s/*.conf", folder) < 0 ||
        (f = open_memstream(&text, &len)) == NULL) {
        goto out;
    }
    (void)fprintf(f, "# Written by tocsin-relayctl: the relay for everybody, "
                     "then for desks only.\n");
    for (int i = 0; i < 2; i++) {
        char *socket = file_join(sockets, i == 0 ? "all" : "desks");

        if (socket != NULL) {
            write_service(f, services[i], socket, pow);
        }
        rc = socket != NULL ? RC_OK : RC_NOMEM;
        free(socket);
    }
    if (fclose(f) != 0 || text == NULL) {
        rc = RC_NOMEM;
    }
    if (rc == RC_OK && mkdir(folder, 0755) != 0 && errno != EEXIST) {
        rc = failed(folder, RC_IO);
        goto out;
    }
    if (rc == RC_OK && chmod(folder, 0755) == 0 &&
        (rc = file_write(path, (const uint8_t *)text, len, 0644, false)) !=
            RC_OK) {
        (void)failed(path, rc);
    }
    if (rc == RC_OK) {
        rc = add_line(torrc, include);
    }
    if (rc == RC_OK && !pow) {
        cli_say(_("Warning: the tor of this machine has no proof of work "
                  "built in (tor --list-modules), so a flood of visitors can "
                  "shut others out. Debian 12 and 13 have it in their package "
                  "tor: bring it up to date, then take the mark from the "
                  "lines in %s."),
                path);
    }
out:
    free(folder);
    free(path);
    free(include);
    free(text);
    return rc;
}

/* The folder that only relayd and tor get into: files in it take its group. */
static enum rc
make_sockets(const char *sockets, const struct stat *owner)
{
    int fd = -1;
    bool done = (mkdir(sockets, 0750) == 0 || errno == EEXIST) &&
                (fd = open(sockets, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
                                        O_CLOEXEC)) >= 0 &&
                fchown(fd, (uid_t)-1, owner->st_gid) == 0 &&
                fchmod(fd, 02750) == 0;
    enum rc rc = done ? RC_OK : failed(sockets, RC_IO);

    if (fd >= 0) {
        (void)close(fd);
    }
    return rc;
}

/* Debian confines tor by AppArmor: it may not open sockets elsewhere. */
static enum rc
allow_in_apparmor(const struct cli_option *options, const char *sockets)
{
    const char *path = option(options, "apparmor", APPARMOR);
    char *rule = NULL;
    enum rc rc;

    if (access(path, F_OK) != 0) {
        return RC_OK;
    }
    if (asprintf(&rule, "  \"%s/*\" rw,", sockets) < 0) {
        return RC_NOMEM;
    }
    rc = add_line(path, rule);
    free(rule);
    return rc;
}

enum rc
onion_setup(const struct cli_option *options, const char *dir,
            struct onion_labels *out)
{
    char *service = onion_dir(options, false);
    char *desks = onion_dir(options, true);
    char *sockets = file_join(dir, "tor");
    enum rc rc = RC_NOMEM;
    struct stat owner;

    if (service == NULL || desks == NULL || sockets == NULL) {
        goto out;
    }
    if ((rc = onion_owner(&owner, options)) != RC_OK) {
        goto out;
    }
    /* tor passes through the relay's folder to the sockets. */
    if (chmod(dir, 0711) != 0) {
        rc = failed(dir, RC_IO);
        goto out;
    }
    if ((rc = make_sockets(sockets, &owner)) == RC_OK &&
        (rc = make_service(out->all, service, false, &owner)) == RC_OK &&
        (rc = make_service(out->desks, desks, true, &owner)) == RC_OK &&
        (rc = write_torrc(options, (const char *[2]){service, desks},
                          sockets)) == RC_OK) {
        rc = allow_in_apparmor(options, sockets);
    }
out:
    free(service);
    free(desks);
    free(sockets);
    return rc;
}
