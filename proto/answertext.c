/* SPDX-License-Identifier: ISC */
#include "answertext.h"

#include "textlines.h"

#include <string.h>

static const char words[][8] = {"", "opened", "working", "asks", "closed"};

static bool
check_status(const char *value, size_t len)
{
    return textlines_word_of("opened working asks closed", value, len);
}

/* An id, as notes write it. */
static bool
check_refer(const char *value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr("0123456789abcdef", value[i]) == NULL) {
            return false;
        }
    }
    return len == 2 * (size_t)ORG_ID_LEN;
}

static const struct textlines_rule rules[] = {
    {"status", check_status, false},
    {"outcome", textlines_any, false},
    {"ref", textlines_any, false},
    {"refer", check_refer, false},
};
static const struct textlines_schema schema = {rules,
                                               sizeof rules / sizeof *rules};

/* The value of a line whose check it has passed. */
static enum answertext_status
status_of(const struct report_line *line)
{
    enum answertext_status s = ANSWERTEXT_CLOSED;

    while (s > ANSWERTEXT_NONE &&
           !textlines_word_of(words[s], line->value, line->value_len)) {
        s--;
    }
    return s;
}

static uint8_t
nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

enum rc
answertext_parse(struct answertext *out, const uint8_t *text, size_t len)
{
    const struct report_line *line;
    enum rc rc;

    memset(out, 0, sizeof *out);
    if ((rc = textlines_split(&out->text, &schema, text, len)) != RC_OK) {
        return rc;
    }
    if ((line = report_get(&out->text, "status", NULL)) != NULL) {
        out->status = status_of(line);
    }
    out->outcome = report_get(&out->text, "outcome", NULL);
    out->ref = report_get(&out->text, "ref", NULL);
    if ((line = report_get(&out->text, "refer", NULL)) != NULL) {
        out->refers = true;
        for (size_t i = 0; i < ORG_ID_LEN; i++) {
            out->refer[i] = (uint8_t)(nibble(line->value[2 * i]) << 4 |
                                      nibble(line->value[2 * i + 1]));
        }
    }
    return RC_OK;
}

void
answertext_wipe(struct answertext *t)
{
    report_wipe(&t->text);
    memset(t, 0, sizeof *t);
}

const char *
answertext_word(enum answertext_status status)
{
    return status == ANSWERTEXT_NONE ? NULL : words[status];
}

bool
answertext_is_known(const struct report_line *line)
{
    for (size_t i = 0; i < schema.n; i++) {
        if (strlen(rules[i].key) == line->key_len &&
            memcmp(rules[i].key, line->key, line->key_len) == 0) {
            return true;
        }
    }
    return false;
}

enum rc
answertext_append(uint8_t *out, size_t cap, size_t *len, const char *key,
                  const char *value, size_t value_len)
{
    const struct report_line line = {key, key == NULL ? 0 : strlen(key), value,
                                     value_len};

    return textlines_append(out, cap, len, &schema, &line);
}
