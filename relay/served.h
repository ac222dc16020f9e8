/* SPDX-License-Identifier: ISC */
/*
 * The bundle as this relay serves it: the operator's network file, with the
 * newest notes that desks have brought. One object is never changed once it
 * is shared; a new note or file makes a new one. Holders count.
 */
#ifndef SERVED_H
#define SERVED_H

#include "bundle.h"
#include "store.h"

struct served_base; /* the file's part, shared by what follows from it */

/* A desk note ('d') or a seen note ('s'), verified. */
struct served_note;

struct served {
    unsigned refs;
    struct served_base *base;
    const struct directory *directory;
    struct served_note **desk; /* by the directory's organisations, or NULL */
    struct served_note **seen;
    uint8_t *bytes; /* what /v1/directory answers */
    size_t len;
    uint8_t hash[KDF_LEN]; /* of these bytes */
    size_t left_out; /* organisations with a note that had no room */
};

struct served_options {
    const uint8_t *relay_id;
    struct store *store;     /* for the notes it holds, or NULL */
    size_t max;              /* bytes of a bundle; 0: BUNDLE_MAX */
};

/*
 * From the bytes of a network file, its first root trusted. A directory may
 * have grown, so that not all notes that are held fit beside it any more: then
 * desk notes go first, and the rest is left out.
 * returns  RC_OK; RC_MISSING (the directory does not list this relay); as
 *          bundle_open
 */
enum rc served_new(struct served **out, const uint8_t *file, size_t len,
                   const struct served_options *opt) MUST_CHECK;
struct served *served_hold(struct served *s);
/* NULL is fine. */
void served_release(struct served *s);

/*
 * Verify a note from a stranger against what is served.
 * out      RC_OK: a note, released by served_note_release
 * returns  RC_OK; RC_FORMAT, RC_FORGED, RC_MISSING (all: refuse it)
 */
enum rc served_note_open(struct served_note **out, const struct served *s,
                         const uint8_t *note, size_t len) MUST_CHECK;
/* Is it of an organisation that the directory has revoked? What was taken
 * before is served on, so that old answers can be read; new ones are not. */
bool served_note_is_revoked(const struct served *s,
                            const struct served_note *n);
void served_note_release(struct served_note *note);
char served_note_kind(const struct served_note *note);
const uint8_t *served_note_org(const struct served_note *note);
const uint8_t *served_note_bytes(const struct served_note *note, size_t *len);
/*
 * What to do with a verified note. Verifies again if the bundle has changed
 * since.
 * out      RC_OK: a new bundle with this note
 * returns  RC_OK; RC_EXPIRED (nothing to do: it is served already); RC_TAKEN
 *          (a newer one is); RC_FULL (the bundle would be too large);
 *          RC_FORGED, RC_MISSING (it does not belong any more); RC_NOMEM
 */
enum rc served_with(struct served **out, const struct served *s,
                    struct served_note *note) MUST_CHECK;

#endif
