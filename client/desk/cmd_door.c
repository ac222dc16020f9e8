/* SPDX-License-Identifier: ISC */
/* tocsin-desk onion-key and door. */
#include "commands.h"

#include "door.h"
#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

static enum rc
say_onion_key(struct desk *d, const struct desk_options *opt, void *arg)
{
    uint8_t sk[ONION_AUTH_LEN], pk[ONION_AUTH_LEN];
    char org[65], key[48];
    enum rc rc;

    (void)opt;
    (void)arg;
    if ((rc = door_key(sk, d->dir)) == RC_OK) {
        rc = crypto_scalarmult_base(pk, sk) == 0 ? RC_OK : RC_FORMAT;
    }
    if (rc == RC_OK) {
        (void)sodium_bin2hex(org, sizeof org, d->config.org,
                             sizeof d->config.org);
        (void)sodium_bin2base64(key, sizeof key, pk, sizeof pk,
                                sodium_base64_VARIANT_ORIGINAL);
        cli_print_key(stderr, 0, _("The key, as the root signers see it:"), pk);
        (void)printf("desk %s %s\n", org, key);
        cli_say(_("Give the line above to the root signers, in person. They "
                  "answer with a list of doors for tocsin-desk door."));
    }
    sodium_memzero(sk, sizeof sk);
    return rc;
}

int
desk_cmd_onion_key(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return desk_cli_with(say_onion_key, NULL);
}

/* The list, if the root signers of the network file signed it. */
static enum rc
load_doors(struct doors **out, const struct desk *d, const char *path)
{
    uint8_t *raw = NULL;
    size_t len;
    enum rc rc = file_read(&raw, &len, path, NOTE_MAX);

    *out = NULL;
    if (rc == RC_OK) {
        rc = doors_open(out, raw, len, &d->network.bundle->root);
    }
    if (rc != RC_OK) {
        cli_error("%s: %s", path,
                  rc == RC_FORGED ? _("NOT AUTHENTIC: too few of the root "
                                      "signers of the network file signed it")
                  : rc == RC_FORMAT
                      ? _("not a signed list of doors, or damaged")
                      : cli_why(rc));
    }
    free(raw);
    return rc;
}

/* Tells tor this desk's key for each door. */
static enum rc
give_keys(const char *auth, const char *dir, const struct doors *list)
{
    uint8_t sk[ONION_AUTH_LEN];
    enum rc rc = door_key(sk, dir);

    for (size_t i = 0; rc == RC_OK && i < list->n_relays; i++) {
        char label[ONION_LABEL_LEN + 1], name[17];

        (void)sodium_bin2hex(name, sizeof name, list->relays[i].id, 8);
        if ((rc = onion_label_of(label, list->relays[i].url)) == RC_OK) {
            rc = onion_auth_keep(auth, name, label, sk);
        }
        if (rc != RC_OK) {
            cli_error("%s: %s", auth, cli_why(rc));
        }
    }
    sodium_memzero(sk, sizeof sk);
    return rc;
}

/* Is this desk on the list, with the key that it has? */
static bool
is_listed(const struct desk *d, const struct doors *list)
{
    uint8_t sk[ONION_AUTH_LEN], pk[ONION_AUTH_LEN] = {0};
    bool listed = false;

    if (door_key(sk, d->dir) == RC_OK && crypto_scalarmult_base(pk, sk) == 0) {
        for (size_t i = 0; i < list->n_desks; i++) {
            listed =
                listed || (memcmp(list->desks[i].org, d->config.org, 32) == 0 &&
                           memcmp(list->desks[i].key, pk, sizeof pk) == 0);
        }
    }
    sodium_memzero(sk, sizeof sk);
    return listed;
}

/* path: of the list. */
static enum rc
take_doors(struct desk *d, const struct desk_options *opt, void *path)
{
    const char *auth = cli_value(desk_door_options, "auth-dir");
    struct doors *list = NULL;
    enum rc rc;

    if ((rc = desk_network(d, opt)) == RC_OK &&
        (rc = load_doors(&list, d, path)) == RC_OK && !is_listed(d, list)) {
        cli_error(_("this desk's key is not on the list: give the line of "
                    "tocsin-desk onion-key to the root signers"));
        rc = RC_MISSING;
    }
    if (rc == RC_OK && (rc = door_follows(d->dir, path, list)) == RC_OK &&
        (rc = give_keys(auth, d->dir, list)) == RC_OK &&
        (rc = door_keep(d->dir, list)) == RC_OK) {
        cli_say(_("From now on this desk reaches these relays by their doors "
                  "for desks, once tor was told: systemctl reload tor."));
    }
    free(list);
    return rc;
}

int
desk_cmd_door(int argc, char **argv)
{
    (void)argc;
    if (!cli_given(desk_door_options, "auth-dir")) {
        cli_error(_("say where tor looks for keys, its ClientOnionAuthDir: "
                    "--auth-dir DIR"));
        return CLI_USAGE;
    }
    return desk_cli_with(take_doors, argv[0]);
}
