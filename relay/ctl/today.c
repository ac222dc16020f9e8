/* SPDX-License-Identifier: ISC */
/*
 * today: the operator's word that the clock is right, where relayd does not
 * believe it: see guard.h.
 */
#include "ctl.h"

#include "clock.h"
#include "relay.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

struct cli_option today_options[] = {
    {.name = "dir", .value = "DIR", .help = N_("the relay's folder")},
    {.name = "config", .value = "FILE", .help = N_("its configuration")},
    {0},
};

/* Does the clock say this date? Where the sun rises earlier or later than
 * over Greenwich it may be the day before or after. */
static bool
clock_says(const char *date, uint32_t today)
{
    char text[CLOCK_DATE_LEN];

    for (uint32_t day = today - 1; day <= today + 1; day++) {
        clock_date(text, day);
        if (strcmp(text, date) == 0) {
            return true;
        }
    }
    return false;
}

/* A day that is over can't be today: the relay would seal nothing by it. */
static enum rc
check_reached(const char *store, int64_t now)
{
    char date[CLOCK_DATE_LEN], last[CLOCK_DATE_LEN];
    uint32_t seen;
    enum rc rc = store_look(&seen, store);

    if (rc != RC_OK) {
        cli_error(_("the store %s: %s"), store, store_error());
    } else if (clock_day(now) < seen) {
        clock_date(date, clock_day(now));
        clock_date(last, seen);
        cli_error(_("the clock says %s, and the store has seen %s: set it"),
                  date, last);
        rc = RC_EXPIRED;
    }
    return rc;
}

/* Opening the store by a clock that is believed lets expire what has, and
 * puts the day on record. */
static enum rc
take_word(struct relay *r, int64_t now)
{
    struct store_options opt = {.dir = r->config->store};
    struct served *s = NULL;
    struct stat st;
    const char *why;
    enum rc rc = relay_bundle_load(&s, r, &why);

    if (rc != RC_OK) {
        cli_error("%s: %s (%s)", r->config->bundle, why, cli_why(rc));
        return rc;
    }
    opt.boards = s->directory->boards;
    opt.n_boards = s->directory->n_boards;
    opt.retention = s->directory->retention;
    if (stat(opt.dir, &st) == 0) {
        rc = ctl_become(st.st_uid, st.st_gid);
    }
    if (rc != RC_OK || (rc = check_reached(opt.dir, now)) != RC_OK) {
        served_release(s);
        return rc;
    }
    rc = store_open(&r->store, &opt, now);
    if (rc != RC_OK) {
        cli_error(_("the store %s: %s"), opt.dir,
                  rc == RC_AGAIN ? _("the relay is running: stop it first")
                                 : store_error());
    }
    served_release(s);
    store_close(r->store);
    r->store = NULL;
    return ctl_become(0, 0) == RC_OK ? rc : RC_IO;
}

int
today_run(int argc, char **argv)
{
    char date[CLOCK_DATE_LEN];
    int64_t now = clock_now();
    struct config c;
    struct relay r = {.config = &c};
    enum rc rc = ctl_config(&c, today_options);

    (void)argc;
    if (rc == RC_OK) {
        clock_date(date, clock_day(now));
        if (!clock_says(argv[0], clock_day(now))) {
            cli_error(_("the clock says %s, not %s: set it first. Nothing was "
                        "changed"),
                      date, argv[0]);
            rc = RC_EXPIRED;
        } else if ((rc = relay_key_load(&r, c.page_key)) != RC_OK) {
            cli_error("%s: %s", c.page_key, cli_why(rc));
        } else {
            rc = take_word(&r, now);
        }
    }
    if (rc == RC_OK) {
        cli_say(_("The store believes the clock now: start the relay."));
    }
    sodium_free(r.page_sk);
    config_wipe(&c);
    return rc == RC_OK ? CLI_DONE : CLI_FAILED;
}
