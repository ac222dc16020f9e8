/* SPDX-License-Identifier: ISC */
/*
 * tocsin-relayctl: the commands, and what they share.
 */
#ifndef CTL_H
#define CTL_H

#include "cli.h"
#include "config.h"
#include "onion.h"

#include <sys/types.h>

extern struct cli_option setup_options[];
extern struct cli_option check_options[];
extern struct cli_option status_options[];
extern struct cli_option deskauth_options[];
extern struct cli_option today_options[];
int setup_run(int argc, char **argv);
int check_run(int argc, char **argv);
int status_run(int argc, char **argv);
int deskauth_run(int argc, char **argv);
int today_run(int argc, char **argv);

/* Loads the configuration that --config or --dir names; prints what is wrong
 * with it. */
enum rc ctl_config(struct config *c,
                   const struct cli_option *options) MUST_CHECK;

/* Root goes on with another's rights, so that what is made is theirs; or as
 * root again. Who is not root stays who he is. Prints. */
enum rc ctl_become(uid_t uid, gid_t gid) MUST_CHECK;

/* The relay as an onion service of this machine's tor: see onion.c. */
struct onion_labels {
    char all[ONION_LABEL_LEN + 1];
    char desks[ONION_LABEL_LEN + 1];
};
/* Without anybody to let in, tor would let everybody in: a key of this name,
 * which nobody has, keeps the door closed. */
#define ONION_NOBODY "nobody"

/* tor's folder of the service for everybody, or for desks: heap, NULL without
 * memory. */
char *onion_dir(const struct cli_option *options, bool desks);
/* Who tor is: the owner of its data. Prints. */
struct stat;
enum rc onion_owner(struct stat *out,
                    const struct cli_option *options) MUST_CHECK;
/* A new key of that name into the service's folder. */
enum rc onion_nobody(const char *dir) MUST_CHECK;
/* What would make onion_setup fail half-way. Prints, as that does. */
enum rc onion_check(const struct cli_option *options) MUST_CHECK;
/* Keys and configuration of tor, and the sockets' folder, DIR/tor.
 * options  tor-data, torrc, apparmor, name, each with a default */
enum rc onion_setup(const struct cli_option *options, const char *dir,
                    struct onion_labels *out) MUST_CHECK;

#endif
