/* SPDX-License-Identifier: ISC */
/*
 * What the texts of reports and of answers have in common: header lines, an
 * empty line, free text (PROTOCOL.md section 5), by a table of keys. For
 * report.c and answertext.c, which have the tables.
 */
#ifndef TEXTLINES_H
#define TEXTLINES_H

#include "report.h"

/* Is this value, not empty and without control characters, allowed? */
typedef bool textlines_value(const char *value, size_t len);

struct textlines_rule {
    const char *key;
    textlines_value *check;
    bool repeatable;
};
struct textlines_schema {
    const struct textlines_rule *rules; /* n of them */
    size_t n;
};

/* Values: any; one of a list, with a space between each. */
textlines_value textlines_any;
bool textlines_word_of(const char *list, const char *value, size_t len);

/* As report_parse, report_line_check and report_append, by this table. A line
 * whose key is NULL is the empty line, and its value the free text. */
enum rc textlines_split(struct report *out, const struct textlines_schema *s,
                        const uint8_t *text, size_t len) MUST_CHECK;
enum rc textlines_check(const struct textlines_schema *s,
                        const struct report_line *line) MUST_CHECK;
enum rc textlines_append(uint8_t *out, size_t cap, size_t *len,
                         const struct textlines_schema *s,
                         const struct report_line *line) MUST_CHECK;

#endif
