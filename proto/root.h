/* SPDX-License-Identifier: ISC */
/*
 * The root note: who may sign the directory. PROTOCOL.md section 7.
 */
#ifndef ROOT_H
#define ROOT_H

#include "note.h"
#include "rc.h"

#define ROOT_KEYS_MAX 64

struct root {
    uint64_t version;
    unsigned threshold;
    size_t n_keys;
    struct note_key keys[ROOT_KEYS_MAX]; /* by name, keys distinct */
    uint8_t hash[NOTE_HASH_LEN];         /* set by root_open */
};

/* The text of a note, not its signatures. RC_OK, RC_FORMAT. */
enum rc root_parse(struct root *out, const char *text, size_t len) MUST_CHECK;
/* The same bytes again; heap, the caller frees. Keys are sorted by name.
 * RC_OK; RC_FORMAT for what would not parse; RC_NOMEM. */
enum rc root_write(char **out, size_t *out_len,
                   const struct root *r) MUST_CHECK;
/* RC_OK if at least the threshold of this set signed the note, and none of
 * its keys' signatures is bad; else RC_FORGED. */
enum rc root_check_signed(const struct root *root,
                          const struct note *note) MUST_CHECK;
/*
 * A whole root note from an untrusted place.
 * before   the root of version - 1 that is trusted, or NULL: then only its
 *          own threshold is checked (a first root, trusted from elsewhere)
 * returns  RC_OK, RC_FORMAT, RC_FORGED (bad or too few signatures)
 */
enum rc root_open(struct root *out, const uint8_t *note, size_t len,
                  const struct root *before) MUST_CHECK;

#endif
