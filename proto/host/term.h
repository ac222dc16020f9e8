/* SPDX-License-Identifier: ISC */
/*
 * The terminal: pass phrases, questions, what strangers wrote, progress.
 */
#ifndef TERM_H
#define TERM_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TERM_SECRET_MAX 1024
#define TERM_LINE_MAX 4096

/*
 * Ask for a secret without echo, on /dev/tty.
 * fd       -1, or a descriptor the caller was told to read one line from
 *          (--passphrase-fd), without prompting
 * out      sodium_malloc, NUL-terminated; free with sodium_free
 * returns  RC_OK (it may be empty), RC_MISSING (no terminal, or nothing to
 *          read), RC_FULL (longer than TERM_SECRET_MAX), RC_FORMAT (a NUL),
 *          RC_IO, RC_NOMEM
 */
enum rc term_secret(char **out, size_t *len, const char *prompt, int fd)
    MUST_CHECK;
/* Ask a question and read a line of at most TERM_LINE_MAX bytes: from standard
 * input where that is no terminal (prompt on standard error), else from
 * /dev/tty. Without the newline, wiped by term_free. Results as above. */
enum rc term_ask(char **out, const char *prompt) MUST_CHECK;
void term_free(char *text);

/*
 * Print what a stranger wrote: control characters (tabs, too), invalid UTF-8,
 * and what is not seen or reorders, where writing does not need it, are shown
 * as \x1b or \u{202e} (shown.h); newlines stay, and lines after the first
 * begin with `indent` spaces. To pipes and files, too.
 */
void term_print_text(FILE *out, const char *text, size_t len, unsigned indent);
/* The same for one line, newlines too, into cap bytes (at least one); what has
 * no room is left out. */
void term_clean(char *out, size_t cap, const char *text);
/* An organisation's name, or what else is short, for messages. */
struct term_name {
    char text[1024];
};
struct term_name term_name(const char *name);

/* A progress bar on standard error; one line per tenth where that is no
 * terminal. */
struct term_progress {
    const char *what;
    uint64_t total;
    uint64_t shown;
    bool tty;
};
void term_progress_start(struct term_progress *p, const char *what,
                         uint64_t total);
void term_progress(struct term_progress *p, uint64_t done);
void term_progress_end(struct term_progress *p);
/* "\033[1m" and the like where out is a terminal and NO_COLOR is not set,
 * else "". */
const char *term_bold(FILE *out);
const char *term_plain(FILE *out);

#endif
