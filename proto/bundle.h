/* SPDX-License-Identifier: ISC */
/*
 * What /v1/directory serves: roots, directory, desk and seen notes, and what
 * a client makes of it. PROTOCOL.md section 7.
 */
#ifndef BUNDLE_H
#define BUNDLE_H

#include "desknote.h"
#include "directory.h"
#include "reader.h"
#include "root.h"

#define BUNDLE_MAX (8 * 1024 * 1024)

/* A verified bundle; a heap object. desk and seen have directory->n_orgs
 * places in its order, NULL where there is none. */
struct bundle {
    struct root root; /* the newest */
    struct directory *directory;
    struct desknote **desk;
    struct seen_note **seen;
};

/* The next framed note (u32 length, bytes), borrowed; RC_MISSING at the end. */
enum rc bundle_next(const uint8_t **note, size_t *len,
                    struct reader *r) MUST_CHECK;
/* Appends a framed note to a heap buffer that grows. */
enum rc bundle_append(uint8_t **buf, size_t *len, const uint8_t *note,
                      size_t note_len) MUST_CHECK;
/*
 * Verify a whole bundle from an untrusted place.
 * anchor   the trusted root: the chain is followed from its version; NULL
 *          trusts the first root in it (an operator's own file)
 * returns  RC_OK, RC_FORMAT, RC_TRUNCATED, RC_FORGED, RC_TAKEN (the newest
 *          root is older than the anchor), RC_NOMEM
 */
enum rc bundle_open(struct bundle **out, const uint8_t *in, size_t len,
                    const struct root *anchor) MUST_CHECK;
void bundle_free(struct bundle *b);

/* What a client already knows; zeros where nothing. */
struct bundle_known {
    uint64_t root_version;
    uint64_t directory_version;
    uint8_t directory_hash[32];
};

/* The latest of local day, directory's issued day, and the day after the median
 * day of the seen notes: what they have seen is over. */
uint32_t bundle_today(const struct bundle *b, uint32_t local_day);
/* The same without what one organisation says: an index into directory->orgs,
 * n_orgs for none. */
uint32_t bundle_today_but(const struct bundle *b, size_t but,
                          uint32_t local_day);
/*
 * The line of an organisation's seen note about a board at a relay, if it
 * counts: the note is of the last 3 days and its day is over, the page is of
 * that day, and the organisation is not revoked. Else NULL. Borrowed.
 * relay    32 bytes
 */
const struct seen_page *bundle_seen_line(const struct bundle *b, size_t org,
                                         const uint8_t *relay,
                                         const struct board *board,
                                         uint32_t today);
/*
 * The client's rules of section 7.
 * returns  RC_OK; RC_EXPIRED (expired); RC_AGAIN (issued in the future: check
 *          your clock); RC_TAKEN (older than known); RC_FORGED (more than half
 *          of the organisations with a fresh seen note contradict it)
 */
enum rc bundle_check(const struct bundle *b, const struct bundle_known *known,
                     uint32_t local_day) MUST_CHECK;
/*
 * Has anybody confirmed this directory in the last 3 days: its signers, who
 * issued it, or an organisation that is not revoked by a seen note? If not, a
 * revocation may be hidden. today: bundle_today's.
 */
bool bundle_is_confirmed(const struct bundle *b, uint32_t today) MUST_CHECK;
/* Can this organisation (index into directory->orgs) be written to? RC_OK,
 * RC_MISSING (no desk note), RC_EXPIRED (not fresh), RC_FORGED (revoked). */
enum rc bundle_org_check(const struct bundle *b, size_t org,
                         uint32_t local_day) MUST_CHECK;

#endif
