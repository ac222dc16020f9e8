/* SPDX-License-Identifier: ISC */
/*
 * Effort shown by a RING. Specified in PROTOCOL.md section 3.
 */
#ifndef EFFORT_H
#define EFFORT_H

#include "cell.h"
#include "kdf.h"

#define EFFORT_MAX CELL_EFFORT_MAX

/* c = H("effort", relay id || directory hash) */
void effort_challenge(uint8_t c[static KDF_LEN],
                      const uint8_t relay_id[static 32],
                      const uint8_t directory_hash[static 32]);
/* The effort (0..EFFORT_MAX) of a RING cell under challenge c. */
unsigned effort_of(const uint8_t cell[static CELL_LEN],
                   const uint8_t c[static KDF_LEN]);
/*
 * Find a nonce with at least `want` effort and put it into the cell.
 * start    the first nonce tried; count goes up from it
 * tries    give up after so many: RC_AGAIN, with *start moved on and the
 *          cell as it was, so that the caller can show progress and call again
 * returns  RC_OK, RC_AGAIN; RC_FORMAT if want is above EFFORT_MAX
 */
enum rc effort_solve(uint8_t cell[static CELL_LEN],
                     const uint8_t c[static KDF_LEN], unsigned want,
                     uint64_t *start, uint64_t tries) MUST_CHECK;

#endif
