/* SPDX-License-Identifier: ISC */
/*
 * The file that `tocsin seal` makes: one head block, then records: the id of a
 * relay and a request cell with nonce 0; PUTs before RINGs, those of one relay
 * together. Layout in PROTOCOL.md section 5.
 */
#ifndef SEALEDFILE_H
#define SEALEDFILE_H

#include "cell.h"
#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEALEDFILE_HEAD_LEN CELL_LEN
#define SEALEDFILE_RELAY_LEN 32
#define SEALEDFILE_RECORD_LEN (SEALEDFILE_RELAY_LEN + CELL_LEN)
#define SEALEDFILE_RELAYS_MAX 2

#define SEALEDFILE_HASH_OFFSET 24
#define SEALEDFILE_HASH_LEN 32

struct sealedfile_head {
    uint32_t last_week;
    uint32_t records; /* that follow */
    uint8_t hash[SEALEDFILE_HASH_LEN]; /* of the file without this field */
};

/* Each RC_FORMAT for a head without records, or that is none. */
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
/* What has been read; all zero before the first record. */
struct sealedfile_state {
    uint8_t relays[SEALEDFILE_RELAYS_MAX][SEALEDFILE_RELAY_LEN];
    uint32_t puts[SEALEDFILE_RELAYS_MAX]; /* of each */
    size_t n_relays;
    uint32_t rings;
};
/*
 * The next record of an untrusted sealed file: a PUT for the relay of the one
 * before, or for a new one; or with nonce 0 a RING of a report board, which is
 * for all, and after which no PUT may come.
 * returns  RC_OK; RC_FORMAT and *out all zero
 */
enum rc sealedfile_record_parse(struct cell_request *out,
                                struct sealedfile_state *st,
                                const uint8_t in[static SEALEDFILE_RECORD_LEN],
                                const struct board *boards,
                                size_t n_boards) MUST_CHECK;
/* After the last one: RC_FORMAT without a RING, or where not every relay has as
 * many PUTs. */
enum rc sealedfile_end(const struct sealedfile_state *st) MUST_CHECK;
/* relay: NULL for a RING. RC_FORMAT for a cell that would not parse. */
enum rc sealedfile_record_write(uint8_t out[static SEALEDFILE_RECORD_LEN],
                                const uint8_t *relay,
                                const uint8_t cell[static CELL_LEN])
    MUST_CHECK;

#endif
