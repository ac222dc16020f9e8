/* SPDX-License-Identifier: ISC */
/*
 * Desk notes that are signed and wait for their time, and the making of them.
 * PROTOCOL.md section 7.
 */
#ifndef NOTES_H
#define NOTES_H

#include "desk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTES_WEEKS_MAX 20 /* signed at once, at most */

/*
 * The text of the desk note for a week, keys included: private ones are made
 * where there are none.
 * issued   its issued day: today, or the first day of a week to come
 * out      heap, *len bytes; the caller frees it
 */
enum rc notes_text(struct desk *d, char **out, size_t *len, uint32_t week,
                   uint32_t issued) MUST_CHECK;
/* Sign a text with the identity key; heap. RC_TAKEN: of another identity. */
enum rc notes_sign(uint8_t **out, size_t *out_len, const char *text,
                   size_t len, const uint8_t sk[static 64]) MUST_CHECK;
/* Does a note name a key that is not in this store? *week: the first such. */
struct desknote;
bool notes_foreign(struct desk *d, const struct desknote *n, uint32_t *week);
/* Check a signed note of ours and keep it for its time. RC_FORGED, RC_FORMAT
 * (also: keys that are not in this store). */
enum rc notes_keep(struct desk *d, const uint8_t *note, size_t len) MUST_CHECK;
/* The kept note that is to stand at the relays on a day: the newest that is
 * issued and has not expired. RC_MISSING. Heap. */
enum rc notes_due(struct desk *d, uint32_t day, uint8_t **out, size_t *len,
                  uint64_t *version) MUST_CHECK;
/* The last day that a kept note covers; 0: none. Forgets expired ones. */
enum rc notes_last_day(struct desk *d, uint32_t today, uint32_t *out)
    MUST_CHECK;

/* The desk note of ours that a relay was last seen to serve; NULL: none.
 * Borrowed from the bundle. */
const struct desknote *notes_served(const struct desk *d);

/*
 * V's secret of a week, where readers can know its public key.
 * sk       libsodium's form; the caller wipes it; zeros but on RC_OK
 * returns  RC_OK; RC_EXPIRED (no such secret here); RC_AGAIN (no relay serves
 *          a note of ours with this V)
 */
enum rc notes_sign_key(struct desk *d, uint8_t sk[static 64], uint32_t week)
    MUST_CHECK;
/* Can readers check an answer of a day for as long as it stands, where it is
 * rung on another? Notes don't list every week that there was. */
bool notes_cover(const struct desk *d, uint32_t day, uint32_t rung);
/* The seen note of a closed day, signed; heap. As notes_sign_key; RC_FULL.
 * pages: the last of that day, n of them. */
enum rc notes_seen(struct desk *d, uint8_t **out, size_t *len, uint32_t day,
                   const struct seen_page *pages, size_t n) MUST_CHECK;

#endif
