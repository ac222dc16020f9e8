/* SPDX-License-Identifier: ISC */
/* tocsin-desk onion-key and door. */
#include "commands.h"

#include "door.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

int
desk_cmd_onion_key(int argc, char **argv)
{
    struct desk_options opt = {0};
    uint8_t sk[ONION_AUTH_LEN], pk[ONION_AUTH_LEN];
    char org[65], key[ONION_BASE32_LEN + 1];
    struct desk d = {0};
    int code = desk_cli_options(&opt);
    enum rc rc;

    (void)argc;
    (void)argv;
    if (code != CLI_DONE) {
        return code;
    }
    if ((rc = desk_open_asking(&d, &opt)) == RC_OK &&
        (rc = door_key(sk, d.dir)) == RC_OK) {
        rc = crypto_scalarmult_base(pk, sk) == 0 ? RC_OK : RC_FORMAT;
    }
    if (rc == RC_OK) {
        (void)sodium_bin2hex(org, sizeof org, d.config.org,
                             sizeof d.config.org);
        onion_base32(key, pk);
        (void)printf("desk-auth %s %s\n", org, key);
        cli_say(_("Give the line above to the operators of relays. Each "
                  "answers with a line for tocsin-desk door."));
    }
    sodium_memzero(sk, sizeof sk);
    desk_options_wipe(&opt);
    desk_close(&d);
    return cli_exit(rc);
}

int
desk_cmd_door(int argc, char **argv)
{
    const char *auth = cli_value(desk_door_options, "auth-dir");
    struct desk_options opt = {0};
    char label[ONION_LABEL_LEN + 1], url[128], name[17], *dir = NULL;
    uint8_t id[32], sk[ONION_AUTH_LEN];
    int code = desk_cli_options(&opt);
    enum rc rc;

    (void)argc;
    if (code != CLI_DONE) {
        return code;
    }
    if (door_parse(id, label, url, argv[0]) != RC_OK) {
        cli_error(_("not a line of tocsin-relayctl desk-auth: desk-door ID "
                    "URL"));
        return CLI_USAGE;
    }
    if (auth == NULL) {
        cli_error(_("say where tor looks for keys, its ClientOnionAuthDir: "
                    "--auth-dir DIR"));
        return CLI_USAGE;
    }
    if ((dir = desk_dir(opt.dir)) == NULL) {
        cli_error(_("which folder? Name it by --dir"));
        return CLI_USAGE;
    }
    (void)sodium_bin2hex(name, sizeof name, id, 8);
    if ((rc = door_key(sk, dir)) == RC_OK) {
        rc = onion_auth_keep(auth, name, label, sk);
        if (rc != RC_OK) {
            cli_error("%s: %s", auth,
                      rc == RC_IO ? strerror(errno) : rc_text(rc));
        }
    }
    if (rc == RC_OK && (rc = door_keep(dir, argv[0])) == RC_OK) {
        cli_say(_("From now on this desk reaches that relay by its door for "
                  "desks, once tor was told: systemctl reload tor."));
    }
    sodium_memzero(sk, sizeof sk);
    free(dir);
    return cli_exit(rc);
}
