/* SPDX-License-Identifier: ISC */
#include "report.h"

#include "textlines.h"

#include <stdlib.h>
#include <string.h>

#define LANGUAGE_MAX 35 /* characters; no registered tag is longer */
#define DECIMAL_MAX 9   /* digits */

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Subtags of 1 to 8 letters and digits; the first of 2 to 8 letters. */
static bool
check_language(const char *value, size_t len)
{
    size_t tag = 0;
    bool first = true;

    if (len > LANGUAGE_MAX) {
        return false;
    }
    for (size_t i = 0; i <= len; i++) {
        if (i == len || value[i] == '-') {
            if (tag < (first ? 2 : 1) || tag > 8) {
                return false;
            }
            first = false;
            tag = 0;
        } else if (is_upper(value[i]) || is_lower(value[i]) ||
                   (!first && is_digit(value[i]))) {
            tag++;
        } else {
            return false;
        }
    }
    return true;
}

static bool
check_country(const char *value, size_t len)
{
    return len == 2 && is_upper(value[0]) && is_upper(value[1]);
}

static bool
check_violation(const char *value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_upper(value[i])) {
            return false;
        }
    }
    return true;
}

/* Two digits as a number; 0 if they are none. */
static unsigned
two_digits(const char *p)
{
    if (!is_digit(p[0]) || !is_digit(p[1])) {
        return 0;
    }
    return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

static bool
check_date(const char *value, size_t len)
{
    static const unsigned days[] = {31, 29, 31, 30, 31, 30,
                                    31, 31, 30, 31, 30, 31};
    unsigned year, month, day;

    if ((len != 4 && len != 7 && len != 10) || !is_digit(value[0]) ||
        !is_digit(value[1]) || !is_digit(value[2]) || !is_digit(value[3])) {
        return false;
    }
    if (len == 4) {
        return true;
    }
    month = two_digits(value + 5);
    if (value[4] != '-' || month < 1 || month > 12) {
        return false;
    }
    if (len == 7) {
        return true;
    }
    year = two_digits(value) * 100 + two_digits(value + 2);
    day = two_digits(value + 8);
    if (month == 2 && day == 29 &&
        (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0))) {
        return false;
    }
    return value[7] == '-' && day >= 1 && day <= days[month - 1];
}

static bool
check_decimal(const char *value, size_t len)
{
    if (len > DECIMAL_MAX || (len > 1 && value[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(value[i])) {
            return false;
        }
    }
    return true;
}

static bool
check_danger(const char *value, size_t len)
{
    return textlines_word_of("now no", value, len);
}

static bool
check_role(const char *value, size_t len)
{
    return textlines_word_of("victim witness organiser other", value, len);
}

static bool
check_consent(const char *value, size_t len)
{
    return textlines_word_of("partners lawyer ilo un media statistics", value, len);
}

static const struct textlines_rule rules[] = {
    {"language", check_language, false},
    {"country", check_country, false},
    {"place", textlines_any, false},
    {"employer", textlines_any, false},
    {"sector", textlines_any, false},
    {"violation", check_violation, true},
    {"date", check_date, false},
    {"people", check_decimal, false},
    {"danger", check_danger, false},
    {"role", check_role, false},
    {"consent", check_consent, true},
    {"campaign", textlines_any, false},
    {"ref", textlines_any, false},
    {"attachments", check_decimal, false},
};

static const struct textlines_schema schema = {rules,
                                               sizeof rules / sizeof *rules};

enum rc
report_parse(struct report *out, const uint8_t *text, size_t len)
{
    return textlines_split(out, &schema, text, len);
}

void
report_wipe(struct report *r)
{
    free(r->lines);
    memset(r, 0, sizeof *r);
}

const struct report_line *
report_get(const struct report *r, const char *key,
           const struct report_line *after)
{
    const struct report_line *line = after == NULL ? r->lines : after + 1;
    size_t key_len = strlen(key);

    for (; line < r->lines + r->n_lines; line++) {
        if (line->key_len == key_len && memcmp(line->key, key, key_len) == 0) {
            return line;
        }
    }
    return NULL;
}

enum rc
report_line_check(const char *key, const char *value, size_t value_len)
{
    const struct report_line line = {key, strlen(key), value, value_len};

    return textlines_check(&schema, &line);
}

enum rc
report_append(uint8_t *out, size_t cap, size_t *len, const char *key,
              const char *value, size_t value_len)
{
    const struct report_line line = {key, key == NULL ? 0 : strlen(key), value,
                                     value_len};

    return textlines_append(out, cap, len, &schema, &line);
}
