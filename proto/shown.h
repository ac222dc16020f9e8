/* SPDX-License-Identifier: ISC */
/*
 * A stranger's text, as it may be shown: what is not seen, gives orders or
 * reorders comes as its number, except where writing needs it. Specified in
 * PROTOCOL.md section 6, "Shown".
 */
#ifndef SHOWN_H
#define SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHOWN_MAX  16 /* bytes of one step, with NUL */
#define SHOWN_DEEP 16 /* isolates within each other; more are numbers */

struct shown {
    const uint8_t *p; /* what is left */
    size_t left;
    bool lines;      /* newlines stay, and end a line; else they are numbers */
    bool isolates;   /* balanced ones stay */
    uint32_t before; /* the character before, if it came as it is; else 0 */
    bool varied;     /* and a variation selector after it */
    size_t tags;     /* tag characters to come that belong to a flag */
    /* Isolates of this line: where at each depth the last one opens, how many
     * of them never close, and which ones are open at p. */
    const uint8_t *opens[SHOWN_DEEP];
    size_t unclosed;
    size_t depth;
    size_t too_deep;
    bool as_is[SHOWN_DEEP];
};

void shown_init(struct shown *s, const char *text, size_t len, bool lines);
/*
 * The next character as it may be shown, or a byte that is no UTF-8.
 * out      itself, or \x1b (below U+0080, or no UTF-8), or \u{202e}
 * returns  its bytes in out; 0 at the end
 */
size_t shown_next(char out[static SHOWN_MAX], struct shown *s);

#endif
