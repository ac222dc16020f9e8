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

#define SEALEDFILE_HASH_OFFSET 24
#define SEALEDFILE_HASH_LEN 32

struct sealedfile_head {
    uint32_t last_week;
    uint32_t cells; /* that follow */
    uint8_t hash[SEALEDFILE_HASH_LEN]; /* of the file without this field */
};

/* Each RC_FORMAT for a head without cells, or that is none. */
enum rc sealedfile_head_write(uint8_t out[static SEALEDFILE_HEAD_LEN],
                              const struct sealedfile_head *head) MUST_CHECK;
enum rc sealedfile_head_parse(struct sealedfile_head *out,
                              const uint8_t in[static SEALEDFILE_HEAD_LEN])
    MUST_CHECK;
/* The hash that belongs into a whole file, of SEALEDFILE_HEAD_LEN bytes at
 * least: a copy that a stick spoilt is not posted. It proves nothing about
 * who made the file. */
void sealedfile_hash(uint8_t out[static SEALEDFILE_HASH_LEN],
                     const uint8_t *file, size_t len);
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
