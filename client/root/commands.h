/* SPDX-License-Identifier: ISC */
/* The commands of tocsin-root; each returns an exit code. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cli.h"

#include <stdbool.h>
#include <stdint.h>

#define ROOT_KEY_LABEL "root key"

extern struct cli_option show_options[];
extern struct cli_option keygen_options[], new_options[], sign_options[],
    merge_options[], verify_options[], bundle_options[], directory_options[],
    add_options[], close_options[], remove_options[], page_options[], web_options[],
    doors_options[];

/* keys.c */
int keygen_run(int argc, char **argv);
int sign_run(int argc, char **argv);

/* ceremony.c */
int new_run(int argc, char **argv);
int merge_run(int argc, char **argv);
int verify_run(int argc, char **argv);
int show_run(int argc, char **argv);
int diff_run(int argc, char **argv);
int bundle_run(int argc, char **argv);

/* edit.c */
int directory_run(int argc, char **argv);
int add_run(int argc, char **argv);
int revoke_run(int argc, char **argv);
int remove_run(int argc, char **argv);
int close_run(int argc, char **argv);
int page_run(int argc, char **argv);
int renew_run(int argc, char **argv);

/* doorlist.c */
int doors_run(int argc, char **argv);
/* Is this a kind of line in a list of doors? */
bool doors_is_kind(const char *kind);
/* add and remove of such lines; exit codes. */
int doors_add_line(const char *path, const char *kind, const char *line);
int doors_remove_line(const char *path, const char *kind, const char *id);

/* website.c */
int web_run(int argc, char **argv);

#endif
