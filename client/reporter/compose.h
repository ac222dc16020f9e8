/* SPDX-License-Identifier: ISC */
/*
 * What a reporter wants to say: header lines of schema 1 and a free text, and
 * the body that holds what does not fit an entry. PROTOCOL.md section 5.
 */
#ifndef COMPOSE_H
#define COMPOSE_H

#include "attach.h"
#include "head.h"
#include "kdf.h"
#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRAFT_TEXT_MAX ((size_t)1024 * 1024)

/* A heap object's insides; all zero is an empty draft. */
struct draft {
    uint8_t *lines; /* header lines, each with its LF */
    size_t lines_len;
    uint8_t *text; /* free text */
    size_t text_len;
};

/* The keys a client offers, in the order it asks for them. */
struct draft_key {
    const char *key;      /* ends the table when NULL */
    const char *question; /* marked with N_() */
    const char *expected; /* what is allowed, marked with N_() */
    bool repeatable;
};
extern const struct draft_key draft_keys[];

/*
 * Add a header line. White space around the value is taken off, a country or
 * code of a violation is turned into capitals, digits of a date or number into
 * 0 to 9.
 * returns  RC_OK; RC_FORMAT (not allowed: say what draft_key expects);
 *          RC_TAKEN (there already, and not repeatable); RC_NOMEM
 */
enum rc draft_add(struct draft *d, const char *key, const char *value,
                  size_t len) MUST_CHECK;
/* Is there a line of this key? */
bool draft_has(const struct draft *d, const char *key);
/*
 * Set the free text: UTF-8, line ends as LF, none at the end.
 * returns  RC_OK, RC_FORMAT (no UTF-8), RC_FULL (too long), RC_NOMEM
 */
enum rc draft_set_text(struct draft *d, const uint8_t *text,
                       size_t len) MUST_CHECK;
/*
 * The text of a head.
 * attachments  number to come, 0: no such line
 * cut          whether the free text did not fit: it must go into a body
 * returns      RC_OK, RC_FULL (the header lines alone are too long)
 */
enum rc draft_head_text(uint8_t out[static HEAD_TEXT_MAX], uint16_t *len,
                        bool *cut, const struct draft *d,
                        unsigned attachments) MUST_CHECK;
void draft_wipe(struct draft *d);

/* A body in memory. All zero: none yet. */
struct body_build {
    uint8_t *bytes; /* heap */
    uint64_t len;
    uint32_t boxes;          /* set by body_build_end */
    uint8_t digest[KDF_LEN]; /* set by body_build_end */
};

/* The whole text, as an item that a long text needs: before attachments. */
enum rc body_build_text(struct body_build *b, const struct draft *d) MUST_CHECK;
/* Takes the file over: wiped here, as two copies of it need not be held. */
enum rc body_build_file(struct body_build *b, struct attachment *a) MUST_CHECK;
/* RC_OK, RC_FULL (more than BODY_MAX). */
enum rc body_build_end(struct body_build *b) MUST_CHECK;
void body_build_wipe(struct body_build *b);

#endif
