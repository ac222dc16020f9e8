/* SPDX-License-Identifier: ISC */
/*
 * Effort shown by a RING or a PUT. Specified in PROTOCOL.md section 3.
 */
#ifndef EFFORT_H
#define EFFORT_H

#include "cell.h"
#include "kdf.h"
#include "page.h"

#define EFFORT_MAX CELL_EFFORT_MAX

#define EFFORT_HOUR  3600 /* seconds for which one challenge is given out */
#define EFFORT_AFTER 120  /* seconds after which an hour's page is settled */
#define EFFORT_SLACK 600  /* seconds for the work and the way, at least */

/* s: the latest full hour that is at least one tick of the board and 120 s
 * past; now and the result in seconds since 1970. */
int64_t effort_hour(const struct board *b, int64_t now);
/* How many full hours before the last one a relay takes work for: a client is a
 * tick and 120 s behind, and then waits for the board's next page. */
uint64_t effort_hours_before(const struct board *b);
/*
 * h: the hash of the relay's newest page at s, as the first page after s names
 * it; zeros where that page is the relay's first.
 *
 * hour     s
 * file     pages of that board, from the relay, not yet checked: one page, or
 *          the file of an hour
 * returns  RC_OK; RC_MISSING (no page after s is in it); RC_FORGED (bad
 *          signature or chain, or that page is not the first after s);
 *          RC_TRUNCATED, RC_FORMAT, RC_NOMEM
 */
enum rc effort_page_hash(uint8_t h[static PAGE_HASH_LEN],
                         const struct board *b, const uint8_t pk[static 32],
                         int64_t hour, const uint8_t *file,
                         size_t len) MUST_CHECK;
/* c = H("effort", R || u8(board) || h) */
void effort_challenge(uint8_t c[static KDF_LEN],
                      const uint8_t relay_id[static 32], uint8_t board,
                      const uint8_t h[static PAGE_HASH_LEN]);
/* The effort (0..EFFORT_MAX) of a cell under challenge c. */
unsigned effort_of(const uint8_t cell[static CELL_LEN],
                   const uint8_t c[static KDF_LEN]);
/*
 * Find a nonce with at least `want` effort and put it into the cell.
 * start    the first nonce tried, a random number; it goes up by one
 * tries    give up after so many: RC_AGAIN, with *start moved on and the
 *          cell as it was, so that the caller can show progress and call again
 * returns  RC_OK, RC_AGAIN; RC_FORMAT if want is above EFFORT_MAX
 */
enum rc effort_solve(uint8_t cell[static CELL_LEN],
                     const uint8_t c[static KDF_LEN], unsigned want,
                     uint64_t *start, uint64_t tries) MUST_CHECK;

#endif
