/* SPDX-License-Identifier: ISC */
/*
 * The file that `tocsin seal` makes: one head block, then request cells with
 * nonce 0, PUTs before RINGs. Layout in PROTOCOL.md section 5.
 */
#ifndef SEALEDFILE_H
#define SEALEDFILE_H

#include "cell.h"
#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEALEDFILE_HEAD_LEN CELL_LEN

/* cells: how many follow, so that a file cut between two is seen as cut */
enum rc sealedfile_head_write(uint8_t out[static SEALEDFILE_HEAD_LEN],
                              uint32_t last_week, uint32_t cells) MUST_CHECK;
/* RC_FORMAT: no head of a sealed file, or of one without cells. */
enum rc sealedfile_head_parse(uint32_t *last_week, uint32_t *cells,
                              const uint8_t in[static SEALEDFILE_HEAD_LEN])
    MUST_CHECK;
/*
 * The next cell of an untrusted sealed file: a PUT, or with nonce 0 a RING of
 * a report board, after which no PUT may come.
 * rung     false before the first cell; kept by the caller between calls
 * returns  RC_OK; RC_FORMAT and *out all zero
 */
enum rc sealedfile_cell_parse(struct cell_request *out, bool *rung,
                              const uint8_t in[static CELL_LEN],
                              const struct board *boards,
                              size_t n_boards) MUST_CHECK;

#endif
