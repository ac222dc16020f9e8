/* SPDX-License-Identifier: ISC */
#include "report.h"

#include "writer.h"

#include <stdlib.h>
#include <string.h>

#define LANGUAGE_MAX 35 /* characters; no registered tag is longer */
#define DECIMAL_MAX 9   /* digits */

typedef bool value_check(const char *value, size_t len);

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

static bool
is_word_of(const char *list, const char *value, size_t len)
{
    while (*list != '\0') {
        size_t n = strcspn(list, " ");

        if (n == len && memcmp(list, value, len) == 0) {
            return true;
        }
        list += n + (list[n] == ' ' ? 1 : 0);
    }
    return false;
}

static bool
check_any(const char *value, size_t len)
{
    (void)value;
    (void)len;
    return true;
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
    return is_word_of("now no", value, len);
}

static bool
check_role(const char *value, size_t len)
{
    return is_word_of("victim witness organiser other", value, len);
}

static bool
check_consent(const char *value, size_t len)
{
    return is_word_of("partners lawyer ilo un media statistics", value, len);
}

static const struct rule {
    const char *key;
    value_check *check;
    bool repeatable;
} schema[] = {
    {"language", check_language, false},
    {"country", check_country, false},
    {"place", check_any, false},
    {"employer", check_any, false},
    {"sector", check_any, false},
    {"violation", check_violation, true},
    {"date", check_date, false},
    {"people", check_decimal, false},
    {"danger", check_danger, false},
    {"role", check_role, false},
    {"consent", check_consent, true},
    {"campaign", check_any, false},
    {"ref", check_any, false},
    {"attachments", check_decimal, false},
};

#define N_RULES (sizeof schema / sizeof schema[0])

/* The index of a key in the schema, N_RULES if it is not there. */
static size_t
rule_of(const char *key, size_t key_len)
{
    size_t i = 0;

    while (i < N_RULES && (strlen(schema[i].key) != key_len ||
                           memcmp(schema[i].key, key, key_len) != 0)) {
        i++;
    }
    return i;
}

static enum rc
line_check(const struct report_line *line)
{
    size_t rule;

    if (line->key_len == 0 || line->value_len == 0 ||
        !utf8_is_line((const uint8_t *)line->value, line->value_len)) {
        return RC_FORMAT;
    }
    for (size_t i = 0; i < line->key_len; i++) {
        if (!is_lower(line->key[i])) {
            return RC_FORMAT;
        }
    }
    rule = rule_of(line->key, line->key_len);
    if (rule == N_RULES) {
        return RC_MISSING;
    }
    return schema[rule].check(line->value, line->value_len) ? RC_OK
                                                            : RC_FORMAT;
}

/* Cuts one line, len bytes without its LF. */
static bool
line_cut(struct report_line *out, const char *line, size_t len)
{
    const char *space = memchr(line, ' ', len);

    if (space == NULL) {
        return false;
    }
    out->key = line;
    out->key_len = (size_t)(space - line);
    out->value = space + 1;
    out->value_len = len - out->key_len - 1;
    return line_check(out) != RC_FORMAT;
}

/* Is this line, the last of r's, one too many of its key? */
static bool
line_is_double(const struct report *r, const struct report_line *line)
{
    size_t rule = rule_of(line->key, line->key_len);

    return rule < N_RULES && !schema[rule].repeatable &&
           report_get(r, schema[rule].key, NULL) != line;
}

/* Fills lines (room for as many as there are LFs) and the free text. */
static bool
cut(struct report *out, const char *text, size_t len)
{
    while (len > 0 && *text != '\n') {
        struct report_line *line = &out->lines[out->n_lines];
        const char *lf = memchr(text, '\n', len);
        size_t n;

        if (lf == NULL) {
            return false;
        }
        n = (size_t)(lf - text);
        if (!line_cut(line, text, n)) {
            return false;
        }
        out->n_lines++;
        if (line_is_double(out, line)) {
            return false;
        }
        text += n + 1;
        len -= n + 1;
    }
    if (len == 0) {
        return false; /* the empty line is not there */
    }
    out->free = text + 1;
    out->free_len = len - 1;
    return true;
}

/* Lines before the first empty one. */
static size_t
count_lines(const uint8_t *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n') {
            if (i == 0 || text[i - 1] == '\n') {
                break;
            }
            n++;
        }
    }
    return n;
}

enum rc
report_parse(struct report *out, const uint8_t *text, size_t len)
{
    size_t n = count_lines(text, len);

    memset(out, 0, sizeof *out);
    out->lines = calloc(n > 0 ? n : 1, sizeof *out->lines);
    if (out->lines == NULL) {
        return RC_NOMEM;
    }
    if (!utf8_is_valid(text, len) || !cut(out, (const char *)text, len)) {
        out->broken = true;
        out->n_lines = 0;
        out->free = (const char *)text;
        out->free_len = len;
    }
    return RC_OK;
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

    return line_check(&line);
}

enum rc
report_append(uint8_t *out, size_t cap, size_t *len, const char *key,
              const char *value, size_t value_len)
{
    size_t frame = key == NULL ? 1 : strlen(key) + 2;
    size_t left = cap - *len;
    struct writer w;

    if (key == NULL ? !utf8_is_valid((const uint8_t *)value, value_len)
                    : report_line_check(key, value, value_len) == RC_FORMAT) {
        return RC_FORMAT;
    }
    if (frame > left || value_len > left - frame) {
        return RC_FULL;
    }
    wr_init(&w, out + *len, left);
    if (key != NULL) {
        wr_bytes(&w, (const uint8_t *)key, frame - 2);
        wr_u8(&w, ' ');
        wr_bytes(&w, (const uint8_t *)value, value_len);
        wr_u8(&w, '\n');
    } else {
        wr_u8(&w, '\n');
        wr_bytes(&w, (const uint8_t *)value, value_len);
    }
    *len += w.len;
    return wr_end(&w);
}
