/* SPDX-License-Identifier: ISC */
/* The commands of tocsin-desk; see main.c for their tables. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cli.h"
#include "desk.h"

/* What main's tables hold. */
extern struct cli_option desk_common[];
extern struct cli_option desk_init_options[];
extern struct cli_option desk_publish_options[];
extern struct cli_option desk_watch_options[];
extern struct cli_option desk_list_options[];
extern struct cli_option desk_save_options[];
extern struct cli_option desk_reply_options[];
extern struct cli_option desk_delete_options[];
extern struct cli_option desk_rotate_options[];
extern struct cli_option desk_door_options[];

/* Reads the common options. An exit code, CLI_DONE to go on. */
int desk_cli_options(struct desk_options *out);
/* Opens the desk that they name, asking for its pass phrase, for as long as fn
 * takes. Returns the exit code. */
int desk_cli_with(enum rc (*fn)(struct desk *d, const struct desk_options *opt,
                                void *arg),
                  void *arg);
/* A number of a case; prints its own error. */
enum rc desk_cli_case(uint32_t *out, const char *text) MUST_CHECK;
/* Opens the desk and the case of that number for a command; an exit code. */
int desk_cli_with_case(const char *number,
                       enum rc (*fn)(struct desk *d,
                                     const struct case_rec *c));
/* Seconds or a count, with decimals; *out keeps its value where it is not
 * given. Prints its own error. */
enum rc desk_cli_decimal(const struct cli_option *options, const char *name,
                         double *out) MUST_CHECK;

int desk_cmd_init(int argc, char **argv);
int desk_cmd_publish(int argc, char **argv);
int desk_cmd_watch(int argc, char **argv);
int desk_cmd_list(int argc, char **argv);
int desk_cmd_show(int argc, char **argv);
int desk_cmd_save(int argc, char **argv);
int desk_cmd_reply(int argc, char **argv);
int desk_cmd_delete(int argc, char **argv);
int desk_cmd_rotate(int argc, char **argv);
int desk_cmd_onion_key(int argc, char **argv);
int desk_cmd_door(int argc, char **argv);

#endif
