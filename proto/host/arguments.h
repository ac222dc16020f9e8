/* SPDX-License-Identifier: ISC */
/*
 * The command line, which every user of the machine can read in /proc: taken
 * out of sight at the start, and what need not stand in it read from a
 * descriptor.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "rc.h"

#include <stddef.h>

#define ARGUMENTS_DETAILS_MAX ((size_t)64 * 1024)

/* Copies of the words of a command line, the last one NULL. */
struct arguments {
    char **argv;
    char *bytes;
    size_t len;
};

/*
 * Copies all words but the first, and overwrites them where they stand: of the
 * process, others see the program's name only, not even how long the rest was.
 * argc, argv  as main has them
 * returns     RC_OK, RC_NOMEM (nothing is overwritten then)
 */
enum rc arguments_hide(struct arguments *out, int argc, char **argv) MUST_CHECK;
void arguments_wipe(struct arguments *a);

/*
 * Reads lines from a descriptor up to an empty one or its end; what follows
 * that is left there for others, byte for byte.
 * out      heap, with a zero at its end and after each line instead of its
 *          newline; for arguments_free
 * returns  RC_OK, RC_FORMAT (a zero in it), RC_FULL (above
 *          ARGUMENTS_DETAILS_MAX), RC_IO, RC_NOMEM
 */
enum rc arguments_details(char **out, size_t *len, int fd) MUST_CHECK;
/* Wipes them first. */
void arguments_free(char *details, size_t len);

#endif
