/* SPDX-License-Identifier: ISC */
#include "controltext.h"

#include "text.h"

#include <string.h>

#define NAME_MAX  64
#define VALUE_MAX 128

enum rc
control_ask_parse(const char *in, size_t len)
{
    static const char status[] = "status\n";

    if (len < CONTROL_LINE_MAX && memchr(in, '\n', len) == NULL) {
        return RC_TRUNCATED;
    }
    return len == sizeof status - 1 && memcmp(in, status, len) == 0 ? RC_OK
                                                                    : RC_FORMAT;
}

enum rc
control_line_next(struct control_line *out, struct reader *r)
{
    struct control_line l = {0};
    struct reader value;

    memset(out, 0, sizeof *out);
    if (r->rc == RC_OK && r->left == 0) {
        return RC_MISSING;
    }
    l.name = text_field(r, &l.name_len, NAME_MAX);
    text_word(r, " ");
    l.value = text_rest(r, &l.value_len, VALUE_MAX);
    text_word(r, "\n");
    if (r->rc != RC_OK) {
        return r->rc;
    }
    rd_init(&value, (const uint8_t *)l.value, l.value_len);
    l.number = text_number(&value, 0, TEXT_NUMBER_MAX);
    l.is_number = rd_end(&value) == RC_OK;
    l.number = l.is_number ? l.number : 0;
    *out = l;
    return RC_OK;
}
