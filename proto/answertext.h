/* SPDX-License-Identifier: ISC */
/*
 * The text of an answer: header lines, an empty line, free text. PROTOCOL.md
 * section 6.
 */
#ifndef ANSWERTEXT_H
#define ANSWERTEXT_H

#include "conversation.h"
#include "report.h"

/* How far it is, as the organisation says. */
enum answertext_status {
    ANSWERTEXT_NONE, /* it does not say */
    ANSWERTEXT_OPENED,
    ANSWERTEXT_WORKING,
    ANSWERTEXT_ASKS,
    ANSWERTEXT_CLOSED
};

/* Text from a stranger, cut into lines; what is in it is borrowed from it. */
struct answertext {
    /* Where text.broken is set there are no lines, and nothing below is. Else
     * text.lines has all, those of unknown keys too, in their order. */
    struct report text;
    enum answertext_status status;
    const struct report_line *outcome, *ref; /* of text.lines, or NULL */
    bool refers;
    uint8_t refer[ORG_ID_LEN]; /* zero where it refers to nobody */
};

/*
 * Cut a text up. Never refuses: a text that breaks the rules comes back with
 * text.broken set, to be shown whole.
 * returns  RC_OK, RC_NOMEM
 */
enum rc answertext_parse(struct answertext *out, const uint8_t *text,
                         size_t len) MUST_CHECK;
void answertext_wipe(struct answertext *t);
/* The status by its word in a header line; NULL for ANSWERTEXT_NONE. */
const char *answertext_word(enum answertext_status status);
/* Is this a line of the table: one that the fields above have? */
bool answertext_is_known(const struct report_line *line);
/*
 * Append one header line, or with key NULL the empty line and free text.
 * *len moves on; RC_FULL (nothing written) when it does not fit cap; RC_FORMAT
 * for a line that is not allowed or a text that is no UTF-8. That no key
 * stands twice is the caller's matter.
 */
enum rc answertext_append(uint8_t *out, size_t cap, size_t *len,
                          const char *key, const char *value,
                          size_t value_len) MUST_CHECK;

#endif
