/* SPDX-License-Identifier: ISC */
/*
 * Command lines: tables of options and commands, exit codes, messages.
 * Rules: options before or between arguments, --name VALUE or --name=VALUE,
 * no abbreviations, no option twice unless it is repeatable, -- ends options.
 */
#ifndef CLI_H
#define CLI_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CLI_VERSION "1.0"
#define CLI_DOMAIN "tocsin" /* of translations, in ../share/locale */

#define CLI_DONE 0
#define CLI_FAILED 1
#define CLI_USAGE 2
#define CLI_NOT_AUTHENTIC 3
#define CLI_STALE 4 /* tocsin inbox: no relay has shown anything new */

struct cli_option {
    /* Without --; a name of one letter is given as -c. Ends a table if NULL. */
    const char *name;
    const char *value; /* its name in the help, NULL for a flag */
    const char *help;  /* one line, marked with N_() */
    bool repeatable;
    bool detail; /* may also be a line of what --details-fd names */
    /* Filled in by cli_parse: */
    size_t count;
    const char **values; /* count of them, into argv; NULL for flags */
};

struct cli_command {
    const char *name; /* ends a table when NULL */
    const char *args; /* e.g. "FILE...", "" */
    const char *help; /* one line, marked with N_() */
    struct cli_option *options; /* table, or NULL */
    /* argv[0..argc): the arguments that are left. Returns an exit code. */
    int (*run)(int argc, char **argv);
    int min_args;
    int max_args; /* -1: any */
};

/*
 * Prepares a program: setlocale, gettext, sodium_init, no core dumps, umask
 * 077, SIGPIPE ignored, name for messages. Exits on failure.
 */
void cli_init(const char *program);
/* The option of a command that reads others, those with detail set, as lines
 * "NAME VALUE": what stands in the command line every user can see. */
#define CLI_DETAILS_OPTION                                                     \
    {                                                                          \
        .name = "details-fd", .value = "N",                                    \
        .help = N_("read options as lines NAME VALUE from descriptor N")       \
    }
/*
 * The whole of main for a program with commands: the command line is taken
 * out of others' sight (arguments.h); --help, --version,
 * COMMAND --help, usage on stderr and CLI_USAGE after a wrong call. Output
 * that could not be written turns CLI_DONE into CLI_FAILED.
 * common   options that every command takes, or NULL
 * about    one line of what the program is for, marked with N_()
 */
int cli_main(int argc, char **argv, const char *about,
             struct cli_option *common, const struct cli_command *commands);
/* Options only (programs without commands). argc/argv: main's; with CLI_GO_ON
 * then argv[0..argc) are the arguments that are left. Prints its own errors
 * and --help. */
enum cli_result { CLI_GO_ON, CLI_STOP_DONE, CLI_STOP_USAGE };
enum cli_result cli_parse(struct cli_option *options, int *argc, char ***argv);

/* After parsing. The last value or NULL; whether a flag was given. */
const char *cli_value(const struct cli_option *options, const char *name);
bool cli_given(const struct cli_option *options, const char *name);
/* Decimal in min..max; prints an error and returns RC_FORMAT otherwise. *out
 * keeps its value where the option was not given. */
enum rc cli_number(const struct cli_option *options, const char *name,
                   uint64_t min, uint64_t max, uint64_t *out) MUST_CHECK;

/* "program: text" with a newline, to standard error. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Talk: standard error, without the name. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Flushes standard output, and wipes what it was kept in until then. As fflush
 * returns. */
int cli_flush(void);
/* A line that says what, and under it the fingerprint of a key: all of it, in
 * two lines of hex digits to be read aloud. */
void cli_print_key(FILE *out, unsigned indent, const char *what,
                   const uint8_t key[static 32]);
/* What went wrong, in the user's language; of RC_IO what errno says. */
const char *cli_why(enum rc rc);
/* The exit code that fits a result. */
int cli_exit(enum rc rc);

/* Translations: mark with _(), or N_() in tables. */
#define _(text) cli_gettext(text)
#define N_(text) text
const char *cli_gettext(const char *text) __attribute__((format_arg(1)));

#endif
