/* SPDX-License-Identifier: ISC */
/*
 * One bundle of two: relays need not hold the same notes of organisations.
 * PROTOCOL.md section 7.
 */
#ifndef JOIN_H
#define JOIN_H

#include "directory.h"
#include "rc.h"

#include <stddef.h>
#include <stdint.h>

struct join {
    const struct directory *directory; /* of best */
    const uint8_t *best;               /* best_len bytes: a bundle that opened,
                                          which gives roots and directory */
    size_t best_len;
    const uint8_t *other; /* other_len bytes, whatever they are */
    size_t other_len;
};

/*
 * The newest desk note and seen note of each organisation that verify, of both.
 * out      heap, *len bytes
 * returns  RC_OK, RC_FULL (more than a bundle may have), RC_NOMEM
 */
enum rc join_bundles(uint8_t **out, size_t *len,
                     const struct join *j) MUST_CHECK;

#endif
