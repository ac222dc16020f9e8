/* SPDX-License-Identifier: ISC */
#include "textlines.h"

#include "writer.h"

#include <stdlib.h>
#include <string.h>

static bool
is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

bool
textlines_any(const char *value, size_t len)
{
    (void)value;
    (void)len;
    return true;
}

bool
textlines_word_of(const char *list, const char *value, size_t len)
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

/* The index of a key in the table, n if it is not there. */
static size_t
rule_of(const struct textlines_schema *s, const char *key, size_t key_len)
{
    size_t i = 0;

    while (i < s->n && (strlen(s->rules[i].key) != key_len ||
                        memcmp(s->rules[i].key, key, key_len) != 0)) {
        i++;
    }
    return i;
}

enum rc
textlines_check(const struct textlines_schema *s,
                const struct report_line *line)
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
    rule = rule_of(s, line->key, line->key_len);
    if (rule == s->n) {
        return RC_MISSING;
    }
    return s->rules[rule].check(line->value, line->value_len) ? RC_OK
                                                              : RC_FORMAT;
}

/* Cuts one line, len bytes without its LF. */
static bool
line_cut(struct report_line *out, const struct textlines_schema *s,
         const char *line, size_t len)
{
    const char *space = memchr(line, ' ', len);

    if (space == NULL) {
        return false;
    }
    out->key = line;
    out->key_len = (size_t)(space - line);
    out->value = space + 1;
    out->value_len = len - out->key_len - 1;
    return textlines_check(s, out) != RC_FORMAT;
}

/* Is this line, the last of r's, one too many of its key? */
static bool
line_is_double(const struct report *r, const struct textlines_schema *s,
               const struct report_line *line)
{
    size_t rule = rule_of(s, line->key, line->key_len);

    return rule < s->n && !s->rules[rule].repeatable &&
           report_get(r, s->rules[rule].key, NULL) != line;
}

/* Fills lines (room for as many as there are LFs) and the free text. */
static bool
cut(struct report *out, const struct textlines_schema *s, const char *text,
    size_t len)
{
    while (len > 0 && *text != '\n') {
        struct report_line *line = &out->lines[out->n_lines];
        const char *lf = memchr(text, '\n', len);
        size_t n;

        if (lf == NULL) {
            return false;
        }
        n = (size_t)(lf - text);
        if (!line_cut(line, s, text, n)) {
            return false;
        }
        out->n_lines++;
        if (line_is_double(out, s, line)) {
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
textlines_split(struct report *out, const struct textlines_schema *s,
                const uint8_t *text, size_t len)
{
    size_t n = count_lines(text, len);

    memset(out, 0, sizeof *out);
    out->lines = calloc(n > 0 ? n : 1, sizeof *out->lines);
    if (out->lines == NULL) {
        return RC_NOMEM;
    }
    if (!utf8_is_valid(text, len) || !cut(out, s, (const char *)text, len)) {
        out->broken = true;
        out->n_lines = 0;
        out->free = (const char *)text;
        out->free_len = len;
    }
    return RC_OK;
}

enum rc
textlines_append(uint8_t *out, size_t cap, size_t *len,
                 const struct textlines_schema *s,
                 const struct report_line *line)
{
    size_t frame = line->key == NULL ? 1 : line->key_len + 2;
    size_t left = cap - *len;
    struct writer w;

    if (line->key == NULL
            ? !utf8_is_valid((const uint8_t *)line->value, line->value_len)
            : textlines_check(s, line) == RC_FORMAT) {
        return RC_FORMAT;
    }
    if (frame > left || line->value_len > left - frame) {
        return RC_FULL;
    }
    wr_init(&w, out + *len, left);
    if (line->key != NULL) {
        wr_bytes(&w, (const uint8_t *)line->key, line->key_len);
        wr_u8(&w, ' ');
        wr_bytes(&w, (const uint8_t *)line->value, line->value_len);
        wr_u8(&w, '\n');
    } else {
        wr_u8(&w, '\n');
        wr_bytes(&w, (const uint8_t *)line->value, line->value_len);
    }
    *len += w.len;
    return wr_end(&w);
}
