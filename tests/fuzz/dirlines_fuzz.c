/* SPDX-License-Identifier: ISC */
/*
 * Lines that others hand to a root signer, one change of a directory each:
 *   + kind rest | - kind id | = kind id field value | # key value
 * One that is taken leaves a draft that writes and parses; one that is not
 * leaves it as it was.
 */
#include "dirdraft.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define DAY 20779

/* The next word of a line, cut off; "" at its end. */
static char *
word(char **line)
{
    char *start = *line, *end = start + strcspn(start, " ");

    *line = *end != 0 ? end + 1 : end;
    *end = 0;
    return start;
}

static enum rc
change(struct dirdraft *d, char *line)
{
    char *rest = line, *what = word(&rest), *kind = word(&rest), *id;
    unsigned field;

    switch (*what) {
    case '+':
        return dirdraft_add(d, kind, rest);
    case '-':
        return dirdraft_remove(d, kind, rest);
    case '=':
        id = word(&rest);
        field = (unsigned)*word(&rest) % 8;
        return dirdraft_set(d, kind, id, field, rest);
    default:
        return dirdraft_set_head(d, kind, rest);
    }
}

static char *
text_of(const struct dirdraft *d, size_t *len)
{
    char *text;

    require(dirdraft_write(&text, len, d) == RC_OK);
    return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = calloc(1, size + 1), *save = NULL;
    struct dirdraft d, again;

    require(copy != NULL && dirdraft_new(&d, DAY, 90, 28) == RC_OK);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    for (char *l = strtok_r(copy, "\n", &save); l != NULL;
         l = strtok_r(NULL, "\n", &save)) {
        size_t before_len, len;
        char *before = text_of(&d, &before_len), *text;
        enum rc rc = change(&d, l);

        text = text_of(&d, &len);
        if (rc == RC_OK) {
            require(dirdraft_parse(&again, text, len) == RC_OK);
            require(again.n == d.n);
            dirdraft_wipe(&again);
        } else {
            require(rc == RC_FORMAT || rc == RC_TAKEN || rc == RC_MISSING);
            require(len == before_len && memcmp(text, before, len) == 0);
        }
        free(before);
        free(text);
    }
    dirdraft_wipe(&d);
    free(copy);
    return 0;
}
