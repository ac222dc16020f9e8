/* SPDX-License-Identifier: ISC */
/* Any text is taken; one that is not broken is built again from its parts. */
#include "answertext.h"
#include "fuzz.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

/* What a line says is in the fields, and of each key of the table one is. */
static void
is_told(const struct answertext *t, const struct report_line *line)
{
    char hex[2 * ORG_ID_LEN + 1];
    const char *word = answertext_word(t->status);

    (void)sodium_bin2hex(hex, sizeof hex, t->refer, sizeof t->refer);
    if (!answertext_is_known(line)) {
        require(line != t->outcome && line != t->ref);
    } else if (line->key[0] == 'o') {
        require(line == t->outcome);
    } else if (line->key_len == 3) {
        require(line == t->ref);
    } else if (line->key[0] == 's') {
        require(word != NULL && strlen(word) == line->value_len &&
                memcmp(word, line->value, line->value_len) == 0);
    } else {
        require(t->refers && line->value_len == 2 * sizeof t->refer &&
                memcmp(hex, line->value, line->value_len) == 0);
    }
}

static void
build_again(const struct answertext *t, const uint8_t *data, size_t size)
{
    uint8_t *out = malloc(size + 1);
    size_t len = 0, known = 0;

    require(out != NULL);
    for (size_t i = 0; i < t->text.n_lines; i++) {
        const struct report_line *line = &t->text.lines[i];
        char *key = strndup(line->key, line->key_len);

        require(key != NULL);
        require(answertext_append(out, size, &len, key, line->value,
                                  line->value_len) == RC_OK);
        known += answertext_is_known(line);
        is_told(t, line);
        free(key);
    }
    require(known == (size_t)(t->status != ANSWERTEXT_NONE) +
                         (t->outcome != NULL) + (t->ref != NULL) + t->refers);
    require(answertext_append(out, size, &len, NULL, t->text.free,
                              t->text.free_len) == RC_OK);
    require(len == size && memcmp(out, data, size) == 0);
    free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct answertext t;

    require(answertext_parse(&t, data, size) == RC_OK);
    if (t.text.broken) {
        require(t.text.n_lines == 0 && t.text.free == (const char *)data &&
                t.text.free_len == size && t.status == ANSWERTEXT_NONE &&
                t.outcome == NULL && t.ref == NULL && !t.refers);
    } else {
        build_again(&t, data, size);
    }
    answertext_wipe(&t);
    return 0;
}
