/* SPDX-License-Identifier: ISC */
/*
 * A relay's /v1/status, which nobody signs: what it says of itself.
 * PROTOCOL.md section 3.
 */
#ifndef STATUS_H
#define STATUS_H

#include "board.h"
#include "kdf.h"
#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#define STATUS_MAX 32768 /* bytes of a status; 256 boards fit */

struct status_board {
    uint8_t id;
    uint64_t newest; /* page; 0: none */
    unsigned slots;
    unsigned effort;
};

struct status {
    uint8_t bundle[KDF_LEN]; /* hash of what it serves as /v1/directory */
    size_t n_boards;
    struct status_board boards[BOARDS_MAX]; /* in its order */
};

/*
 * Lines that are not known, or broken, are read over.
 * returns  RC_OK; RC_FORMAT (no status, or it names no bundle); *out is all
 *          zero then
 */
enum rc status_parse(struct status *out, const uint8_t *text,
                     size_t len) MUST_CHECK;
/* NULL where it does not list the board. */
const struct status_board *status_board(const struct status *s, uint8_t id);

#endif
