/* SPDX-License-Identifier: ISC */
/*
 * check: what an operator would otherwise learn from a relay that does not
 * start, or from one that leaks.
 */
#include "ctl.h"

#include "clock.h"
#include "file.h"
#include "page.h"
#include "relay.h"
#include "sandbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <sodium.h>

struct cli_option check_options[] = {
    {.name = "dir", .value = "DIR", .help = N_("the relay's folder")},
    {.name = "config", .value = "FILE", .help = N_("its configuration")},
    {0},
};

static unsigned faults;

#define OK(...)   line(_("ok"), false, __VA_ARGS__)
#define WARN(...) line(_("warning"), false, __VA_ARGS__)
#define BAD(...)  line(_("wrong"), true, __VA_ARGS__)

static void line(const char *mark, bool fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
line(const char *mark, bool fault, const char *format, ...)
{
    va_list ap;

    (void)printf("%s: ", mark);
    va_start(ap, format);
    (void)vprintf(format, ap);
    va_end(ap);
    (void)putchar('\n');
    faults += fault ? 1 : 0;
}

static void
check_secret(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        BAD("%s: %s", path, strerror(errno));
    } else if ((st.st_mode & 077) != 0) {
        BAD(_("%s can be read by others: chmod 600"), path);
    } else {
        OK(_("%s is private"), path);
    }
}

static void
check_disk(const struct config *c, const struct directory *d)
{
    uint64_t need = 0, there;
    struct statvfs st;

    if (statvfs(c->store, &st) != 0) {
        BAD(_("the store %s: %s"), c->store, strerror(errno));
        return;
    }
    for (size_t i = 0; i < d->n_boards; i++) {
        const struct board *b = &d->boards[i];

        need += (uint64_t)d->retention * (DAY_SECONDS / b->tick) *
                page_len(b, b->max);
    }
    there = (uint64_t)st.f_bavail * st.f_frsize;
    if (there < need) {
        WARN(_("full boards of %" PRIu32 " days would take %" PRIu64
               " MiB; %" PRIu64 " MiB are free"),
             d->retention, need / 1048576 + 1, there / 1048576);
    } else {
        OK(_("the disk can hold the boards"));
    }
}

/* As the relay would: looking makes a file of locks, if it is not there. */
static enum rc
look(uint32_t *seen, const struct config *c)
{
    struct stat st;
    enum rc rc = RC_OK;

    if (stat(c->store, &st) == 0) {
        rc = ctl_become(st.st_uid, st.st_gid);
    }
    if (rc == RC_OK) {
        rc = store_look(seen, c->store);
    }
    return ctl_become(0, 0) == RC_OK ? rc : RC_IO;
}

/* Would the relay believe the clock? */
static void
check_clock(const struct config *c, const struct directory *d)
{
    uint32_t today = clock_day(clock_now()), seen, newest;
    char date[CLOCK_DATE_LEN], last[CLOCK_DATE_LEN];

    if (look(&seen, c) != RC_OK) {
        BAD(_("the store %s: %s"), c->store, store_error());
        return;
    }
    newest = seen > d->issued ? seen : d->issued;
    clock_date(date, today);
    clock_date(last, newest);
    if (seen == 0) {
        OK(_("the store is new"));
    } else if (today > newest && today - newest > GUARD_DAYS) {
        BAD(_("the clock says %s, and the last day known is %s: set it, or say "
              "that it is right with tocsin-relayctl today"),
            date, last);
    } else if (today < seen) {
        clock_date(last, seen);
        BAD(_("the clock says %s, and the store has seen %s: set it"), date,
            last);
    } else {
        OK(_("the clock fits the store"));
    }
}

static void
check_bundle(struct relay *r)
{
    uint32_t today = clock_day(clock_now());
    const struct directory *d;
    struct served *s;
    const char *why;

    if (relay_bundle_load(&s, r, &why) != RC_OK) {
        BAD("%s: %s", r->config->bundle, why);
        return;
    }
    d = s->directory;
    OK(_("the bundle is authentic and lists this relay, version %" PRIu64),
       d->version);
    if (d->expires < today) {
        BAD(_("the directory has expired: ask for a new network file"));
    } else if (d->expires < today + 14) {
        WARN(_("the directory expires in %" PRIu32 " days"),
             d->expires - today);
    }
    if (d->issued > today + 1) {
        BAD(_("the directory is from the future: check the clock"));
    } else {
        OK(_("the clock fits the directory"));
    }
    if (directory_relay(d, r->id)->closing_day != 0) {
        WARN(_("the directory says that this relay is closing"));
    }
    check_disk(r->config, d);
    check_clock(r->config, d);
    served_release(s);
}

/* A log that is another's stops the relay's start. */
static void
check_log(const char *path, uid_t owner)
{
    struct stat st;

    if (lstat(path, &st) != 0) {
        if (errno != ENOENT) {
            BAD(_("the log %s: %s"), path, strerror(errno));
        }
    } else if (!S_ISREG(st.st_mode)) {
        BAD(_("the log %s is no file"), path);
    } else if (st.st_uid != owner) {
        BAD(_("the log %s does not belong to the user of the store, and relayd "
              "will not start: chown --reference=STORE LOG"),
            path);
    }
}

/* The one of the configuration, and the unit's. */
static void
check_logs(const struct config *c, uid_t owner)
{
    const char *dir = cli_value(check_options, "dir");
    char *beside = dir == NULL ? NULL : file_join(dir, "log");

    if (strcmp(c->log, "-") != 0) {
        check_log(c->log, owner);
    } else if (beside != NULL) {
        check_log(beside, owner);
    }
    free(beside);
}

static void
check_host(void)
{
    char text[512] = "";
    FILE *f;

    switch (sandbox_swap("/proc/swaps")) {
    case SWAP_ON:
        WARN(_("swap is on: turn it off, or encrypt it"));
        break;
    case SWAP_NONE:
        OK(_("there is no swap"));
        break;
    case SWAP_UNKNOWN:
        WARN(_("could not look whether there is swap: %s"), "/proc/swaps");
        break;
    }
    f = fopen("/proc/sys/kernel/core_pattern", "re");
    if (f == NULL) {
        WARN(_("could not look who gets core files: %s"), strerror(errno));
    } else {
        if (fgets(text, sizeof text, f) != NULL && text[0] == '|') {
            WARN(_("core files are handed to a program; relayd makes none, "
                   "but others on this machine may"));
        }
        (void)fclose(f);
    }
}

int
check_run(int argc, char **argv)
{
    struct config c;
    struct relay r = {.config = &c};
    struct stat st;
    enum rc rc;

    (void)argc;
    (void)argv;
    if (ctl_config(&c, check_options) != RC_OK) {
        config_wipe(&c);
        return CLI_FAILED;
    }
    OK(_("the configuration can be read"));
    check_secret(c.page_key);
    if (c.tls_key != NULL) {
        check_secret(c.tls_key);
    }
    rc = relay_key_load(&r, c.page_key);
    if (rc != RC_OK) {
        BAD("%s: %s", c.page_key, cli_why(rc));
    } else {
        check_bundle(&r);
    }
    if (stat(c.store, &st) != 0) {
        BAD(_("the store %s: %s"), c.store, strerror(errno));
    } else if ((st.st_mode & 077) != 0) {
        BAD(_("%s can be read by others: chmod 700"), c.store);
    }
    if (stat(c.store, &st) == 0) {
        check_logs(&c, st.st_uid);
    }
    check_host();
    sodium_free(r.page_sk);
    config_wipe(&c);
    return faults == 0 ? CLI_DONE : CLI_FAILED;
}
