/* SPDX-License-Identifier: ISC */
/*
 * tocsin-relayctl: the commands, and what they share.
 */
#ifndef CTL_H
#define CTL_H

#include "cli.h"
#include "config.h"

extern struct cli_option setup_options[];
extern struct cli_option check_options[];
extern struct cli_option status_options[];
int setup_run(int argc, char **argv);
int check_run(int argc, char **argv);
int status_run(int argc, char **argv);

/* Loads the configuration that --config or --dir names; prints what is wrong
 * with it. */
enum rc ctl_config(struct config *c,
                   const struct cli_option *options) MUST_CHECK;

#endif
