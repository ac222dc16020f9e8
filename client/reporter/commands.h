/* SPDX-License-Identifier: ISC */
/*
 * The commands of tocsin: options and entry points, a file each.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cli.h"
#include "visit.h"

extern struct cli_option common_options[];
/* What the common options say. RC_FORMAT after printing an error. */
enum rc common_read(struct visit_options *out) MUST_CHECK;

extern struct cli_option orgs_options[];
extern struct cli_option report_options[];
extern struct cli_option inbox_options[];
extern struct cli_option reply_options[];
extern struct cli_option burn_options[];
extern struct cli_option seal_options[];
extern struct cli_option deliver_options[];

int orgs_run(int argc, char **argv);
int report_run(int argc, char **argv);
int inbox_run(int argc, char **argv);
int reply_run(int argc, char **argv);
int burn_run(int argc, char **argv);
int seal_run(int argc, char **argv);
int deliver_run(int argc, char **argv);

#endif
