/* SPDX-License-Identifier: ISC */
#include "arguments.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

/*
 * Overwrites a word. The kernel shows the bytes from the first word to the
 * end of the last; where the very last of these bytes is no zero, it takes
 * that for a title written over them, and shows what stands before the first
 * zero: argv[0], nothing of how much came after it.
 */
static void
overwrite(char *word, bool last)
{
    size_t n = strlen(word);

    sodium_memzero(word, n);
    if (last) {
        word[n] = 1;
    }
}

/* Do the words stand one after the other, as Linux puts them? Elsewhere the
 * byte behind the last one is not ours. */
static bool
are_in_row(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i] != argv[i - 1] + strlen(argv[i - 1]) + 1) {
            return false;
        }
    }
    return true;
}

enum rc
arguments_hide(struct arguments *out, int argc, char **argv)
{
    struct arguments a = {0};
    bool row = are_in_row(argc, argv);
    char *p;

    memset(out, 0, sizeof *out);
    for (int i = 1; i < argc; i++) {
        a.len += strlen(argv[i]) + 1;
    }
    a.argv = calloc((size_t)argc + 1, sizeof *a.argv);
    a.bytes = malloc(a.len > 0 ? a.len : 1);
    if (a.argv == NULL || a.bytes == NULL) {
        free(a.argv);
        free(a.bytes);
        return RC_NOMEM;
    }
    p = a.bytes;
    for (int i = 0; i < argc; i++) {
        size_t n = strlen(argv[i]) + 1;

        a.argv[i] = i == 0 ? argv[0] : memcpy(p, argv[i], n);
        p += i == 0 ? 0 : n;
    }
    for (int i = 1; i < argc; i++) {
        overwrite(argv[i], row && i + 1 == argc);
    }
    *out = a;
    return RC_OK;
}

void
arguments_wipe(struct arguments *a)
{
    if (a->bytes != NULL) {
        sodium_memzero(a->bytes, a->len);
    }
    free(a->bytes);
    free(a->argv);
    memset(a, 0, sizeof *a);
}

void
arguments_free(char *details, size_t len)
{
    if (details != NULL) {
        sodium_memzero(details, len);
    }
    free(details);
}

/* The next byte: 1, 0 at the end, -1. */
static ssize_t
next_byte(char *c, int fd)
{
    ssize_t n;

    do {
        n = read(fd, c, 1);
    } while (n < 0 && errno == EINTR);
    return n;
}

enum rc
arguments_details(char **out, size_t *len, int fd)
{
    char *text = malloc(ARGUMENTS_DETAILS_MAX + 1);
    size_t n = 0, line = 0; /* where the line begins */
    enum rc rc = RC_OK;

    *out = NULL;
    *len = 0;
    if (text == NULL) {
        return RC_NOMEM;
    }
    for (;;) {
        ssize_t got = n < ARGUMENTS_DETAILS_MAX ? next_byte(&text[n], fd) : -2;

        if (got <= 0) {
            rc = got == 0 ? RC_OK : got == -2 ? RC_FULL : RC_IO;
            break;
        }
        if (text[n] == 0) {
            rc = RC_FORMAT;
            break;
        }
        if (text[n++] == '\n') {
            text[n - 1] = 0;
            if (n - 1 == line) {
                n--; /* the empty line ends them and is none */
                break;
            }
            line = n;
        }
    }
    text[n] = 0;
    if (rc != RC_OK) {
        arguments_free(text, n);
        return rc;
    }
    *out = text;
    *len = n;
    return RC_OK;
}
