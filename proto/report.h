/* SPDX-License-Identifier: ISC */
/*
 * The text of a report: header lines, an empty line, free text.
 * Schema 1 in PROTOCOL.md section 5.
 */
#ifndef REPORT_H
#define REPORT_H

#include "rc.h"
#include "utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report_line {
    const char *key; /* key_len bytes of [a-z] */
    size_t key_len;
    const char *value; /* value_len bytes of UTF-8, no control characters */
    size_t value_len;
};

/* Text from a stranger, cut into lines; everything is borrowed from it. */
struct report {
    bool broken; /* it breaks the schema: show free as it is, the whole text */
    struct report_line *lines; /* n_lines, heap */
    size_t n_lines;
    const char *free; /* free_len bytes; UTF-8 unless broken */
    size_t free_len;
};

/*
 * Cut a text up. Never refuses: a text that breaks the rules comes back with
 * broken set, no lines, and free the whole text (bytes that may be no UTF-8).
 * returns  RC_OK, RC_NOMEM
 */
enum rc report_parse(struct report *out, const uint8_t *text, size_t len)
    MUST_CHECK;
void report_wipe(struct report *r);
/* The first value of a key, or NULL; and the next after a line of it. */
const struct report_line *report_get(const struct report *r, const char *key,
                                     const struct report_line *after);
/*
 * Is this key/value pair one of schema 1 and its value allowed? The value of
 * violation is only checked for [A-Z]+: the list of codes is the caller's.
 * returns  RC_OK; RC_MISSING for an unknown key (kept by parsers, not
 *          offered by clients); RC_FORMAT for a value that is not allowed
 */
enum rc report_line_check(const char *key, const char *value,
                          size_t value_len) MUST_CHECK;
/*
 * Append one header line, or with key NULL the empty line and free text.
 * *len moves on; RC_FULL (nothing written) when it does not fit cap; RC_FORMAT
 * for a line that is not allowed or a text that is no UTF-8.
 */
enum rc report_append(uint8_t *out, size_t cap, size_t *len, const char *key,
                      const char *value, size_t value_len) MUST_CHECK;

#endif
