/* SPDX-License-Identifier: ISC */
/*
 * A directory in the making: the text of a directory note as lines, which may
 * still lack its boards and relays. Editing is by lines, so that what nobody
 * touched stays byte for byte.
 */
#ifndef DRAFT_H
#define DRAFT_H

#include "directory.h"
#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRAFT_HEAD 5 /* lines: version, issued, expires, retention, page */

/* Lines without newlines, heap. The first DRAFT_HEAD are always there. */
struct draft {
    char **lines;
    size_t n;
};

/* A fresh one, version 1, without boards, relays and organisations.
 * life and retention are in days. RC_FORMAT: out of range. */
enum rc draft_new(struct draft *out, uint32_t today, uint32_t life,
                  uint32_t retention) MUST_CHECK;
/* The text of a note. RC_OK, RC_FORMAT (not a directory, even an unfinished
 * one), RC_NOMEM. */
enum rc draft_parse(struct draft *out, const char *text, size_t len) MUST_CHECK;
/* The text again; heap. */
enum rc draft_write(char **out, size_t *len, const struct draft *d) MUST_CHECK;
void draft_wipe(struct draft *d);

/*
 * What it says, for looking at; the caller frees it.
 * complete     whether it has boards and relays; if not, the parsed one has
 *              none either (a note with none of them would not parse)
 */
enum rc draft_open(struct directory **out, bool *complete,
                   const struct draft *d) MUST_CHECK;

/* The next version of a signed note, and dates of today in any case; the
 * life in days stays. RC_OK, RC_FORMAT, RC_NOMEM. */
enum rc draft_renew(struct draft *d, bool next_version,
                    uint32_t today) MUST_CHECK;
/*
 * Add a line in its place.
 * kind     "board", "relay", "org" or "revoked"
 * rest     the line after that word and a space
 * returns  RC_OK; RC_TAKEN (that id is there); RC_FORMAT (not a line that
 *          can stand here); RC_NOMEM. Unchanged unless RC_OK.
 */
enum rc draft_add(struct draft *d, const char *kind,
                  const char *rest) MUST_CHECK;
/* Remove the line of that kind and id. RC_MISSING; RC_FORMAT (something else
 * needs it). */
enum rc draft_remove(struct draft *d, const char *kind,
                     const char *id) MUST_CHECK;
/* Set field number `field` (0: the word after the kind) of a line. Results as
 * of draft_add, and RC_MISSING. */
enum rc draft_set(struct draft *d, const char *kind, const char *id,
                  unsigned field, const char *value) MUST_CHECK;
/* Set a line of the head: "retention", "page". */
enum rc draft_set_head(struct draft *d, const char *key,
                       const char *value) MUST_CHECK;

#endif
