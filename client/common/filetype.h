/* SPDX-License-Identifier: ISC */
/*
 * What a file is, by its content. A name can lie, and the cleaner goes by the
 * name it is given: a photo called .txt would be "cleaned" by doing nothing.
 */
#ifndef FILETYPE_H
#define FILETYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct filetype {
    const char *extension; /* without a dot; what the cleaner is told */
    const char *media;     /* media type */
    bool plain;            /* plain text: there is nothing to remove */
};

/*
 * in       the whole file
 * path     its name, for the one thing content can't tell: a text is plain
 *          only if it is called .txt, .csv, .md or .log
 * returns  the type, or NULL where we don't know how to clean it
 */
const struct filetype *filetype_of(const uint8_t *in, size_t len,
                                   const char *path);
/* The ending for a file that a stranger sent: by its content alone, never by
 * what he calls it. NULL where it is nothing that we know. Plain text is "txt",
 * whatever it would be to a program that runs it. */
const char *filetype_ending(const uint8_t *in, size_t len);

#endif
