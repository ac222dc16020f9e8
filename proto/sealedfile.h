/* SPDX-License-Identifier: ISC */
/*
 * The file that `tocsin seal` makes: one head block, then request cells with
 * nonce 0, PUTs before RINGs. Layout in PROTOCOL.md section 5.
 */
#ifndef SEALEDFILE_H
#define SEALEDFILE_H

#include "cell.h"
#include "rc.h"

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

#endif
