/* SPDX-License-Identifier: ISC */
#include "ctl.h"

#include "file.h"

#include <stdlib.h>
#include <unistd.h>

enum rc
ctl_config(struct config *c, const struct cli_option *options)
{
    const char *given = cli_value(options, "config");
    const char *dir = cli_value(options, "dir");
    char *path = file_join(dir != NULL ? dir : ".", "relayd.conf");
    enum rc rc = RC_NOMEM;

    if (path != NULL) {
        rc = config_load(c, given != NULL ? given : path);
        if (rc == RC_OK) {
            rc = config_check(c);
        }
        if (rc != RC_OK) {
            cli_error("%s: %s", given != NULL ? given : path,
                      *c->why != 0 ? c->why : _(rc_text(rc)));
        }
    }
    free(path);
    return rc;
}

enum rc
ctl_become(uid_t uid, gid_t gid)
{
    bool back = uid == 0; /* the user first, or the group can't change */

    if (getuid() != 0) {
        return RC_OK;
    }
    if ((back && seteuid(uid) != 0) || setegid(gid) != 0 ||
        (!back && seteuid(uid) != 0)) {
        cli_error("%s", cli_why(RC_IO));
        return RC_IO;
    }
    return RC_OK;
}

int
main(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"setup", "", N_("make a relay's folder: key, store, configuration"),
         setup_options, setup_run, 0, 0},
        {"check", "", N_("look for what would keep a relay from working"),
         check_options, check_run, 0, 0},
        {"desk-auth", "[FILE]",
         N_("let the desks that the root signers list use the onion service "
            "for desks, and no others"),
         deskauth_options, deskauth_run, 0, 1},
        {"status", "", N_("ask a running relay how it is"), status_options,
         status_run, 0, 0},
        {"today", "YYYY-MM-DD",
         N_("say that the clock is right, after a long time switched off"),
         today_options, today_run, 1, 1},
        {0},
    };

    cli_init("tocsin-relayctl");
    return cli_main(argc, argv, N_("sets up and looks after a relay"), NULL,
                    commands);
}
