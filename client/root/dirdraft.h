/* SPDX-License-Identifier: ISC */
/*
 * A directory in the making: the text of a directory note as lines, which may
 * still lack its boards and relays. Editing is by lines, so that what nobody
 * touched stays byte for byte.
 */
#ifndef DIRDRAFT_H
#define DIRDRAFT_H

#include "directory.h"
#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIRDRAFT_HEAD 5 /* lines: version, issued, expires, retention, page */

/* Lines without newlines, heap. The first DIRDRAFT_HEAD are always there. */
struct dirdraft {
    char **lines;
    size_t n;
};

/* A fresh one, version 1, without boards, relays and organisations.
 * life and retention are in days. RC_FORMAT: out of range. */
enum rc dirdraft_new(struct dirdraft *out, uint32_t today, uint32_t life,
                     uint32_t retention) MUST_CHECK;
/* The text of a note. RC_OK, RC_FORMAT (not a directory, even an unfinished
 * one), RC_NOMEM. */
enum rc dirdraft_parse(struct dirdraft *out, const char *text,
                       size_t len) MUST_CHECK;
/* The text again; heap. */
enum rc dirdraft_write(char **out, size_t *len,
                       const struct dirdraft *d) MUST_CHECK;
void dirdraft_wipe(struct dirdraft *d);

/*
 * What it says, for looking at; the caller frees it.
 * complete     whether it has boards and relays; if not, the parsed one has
 *              none either (a note with none of them would not parse)
 */
enum rc dirdraft_open(struct directory **out, bool *complete,
                      const struct dirdraft *d) MUST_CHECK;

/* The next version of a signed note, and dates of today in any case; the
 * life in days stays. RC_OK, RC_FORMAT, RC_NOMEM. */
enum rc dirdraft_renew(struct dirdraft *d, bool next_version,
                       uint32_t today) MUST_CHECK;
/*
 * Add a line in its place.
 * kind     "board", "relay", "org" or "revoked"
 * rest     the line after that word and a space
 * returns  RC_OK; RC_TAKEN (that id is there); RC_FORMAT (not a line that
 *          can stand here); RC_NOMEM. Unchanged unless RC_OK.
 */
enum rc dirdraft_add(struct dirdraft *d, const char *kind,
                     const char *rest) MUST_CHECK;
/* Remove the line of that kind and id. RC_MISSING; RC_FORMAT (something else
 * needs it). */
enum rc dirdraft_remove(struct dirdraft *d, const char *kind,
                        const char *id) MUST_CHECK;
/* Set field number `field` (0: the word after the kind) of a line. Results as
 * of dirdraft_add, and RC_MISSING. */
enum rc dirdraft_set(struct dirdraft *d, const char *kind, const char *id,
                     unsigned field, const char *value) MUST_CHECK;
/* Set a line of the head: "retention", "page". */
enum rc dirdraft_set_head(struct dirdraft *d, const char *key,
                          const char *value) MUST_CHECK;

#endif
