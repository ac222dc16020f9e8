/* SPDX-License-Identifier: ISC */
/*
 * The request and the answer of an exchange: always CELL_LEN bytes each.
 * Layout in PROTOCOL.md section 3.
 */
#ifndef CELL_H
#define CELL_H

#include "board.h"
#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#define CELL_LEN          16384
#define CELL_VERSION      1
#define CELL_HEAD_LEN     384
#define CELL_BOX_LEN      16000
#define CELL_NOTE_MAX     (CELL_BOX_LEN - 4)
#define CELL_NONCE_OFFSET 8
#define CELL_NONCE_LEN    8
#define CELL_EFFORT_MAX   15
#define DROP_ADDRESS_LEN  32
#define DROP_BURN_LEN     32

enum cell_op {
    CELL_NOP = 0,
    CELL_PUT = 1,
    CELL_GET = 2,
    CELL_BURN = 3,
    CELL_RING = 4,
    CELL_NOTE = 5
};

enum cell_status {
    CELL_OK = 0,
    CELL_STORED = 1,
    CELL_TAKEN = 2,
    CELL_PRESENT = 3,
    CELL_ABSENT = 4,
    CELL_BURNED = 5,
    CELL_QUEUED = 6,
    CELL_SEALED = 7,
    CELL_FULL = 16,
    CELL_MORE_EFFORT = 17,
    CELL_QUOTA = 18,
    CELL_AGAIN = 19
};

/* Pointers lead into the parsed cell, or for writing into the caller's. A
 * field not named for an op is NULL or 0. */
struct cell_request {
    enum cell_op op;
    uint8_t board;          /* RING */
    const uint8_t *nonce; /* RING, PUT: CELL_NONCE_LEN bytes; NULL writes zeros */
    const uint8_t *address; /* PUT, GET, BURN */
    const uint8_t *burn;    /* PUT: burn hash; BURN: burn secret */
    const uint8_t *data;    /* PUT: box; RING: entry; NOTE: note */
    size_t data_len; /* CELL_BOX_LEN; the board's entry length; NOTE: as is */
};

struct cell_answer {
    enum cell_status status;
    uint8_t effort;      /* RING; PUT with CELL_MORE_EFFORT */
    uint32_t expiry_day; /* PUT */
    uint64_t page;       /* RING */
    const uint8_t
        *box; /* GET with CELL_PRESENT: CELL_BOX_LEN bytes, else NULL */
};

/*
 * Decode a request from an untrusted peer.
 * boards   the boards of the directory, for RING
 * returns  RC_OK, else RC_FORMAT and *out all zero. The length of a RING's
 *          entry is its board's; a report entry's key must be canonical.
 */
enum rc cell_request_parse(struct cell_request *out,
                           const uint8_t in[static CELL_LEN],
                           const struct board *boards,
                           size_t n_boards) MUST_CHECK;
/* RC_FORMAT (and out all zero) for a request that would not parse. */
enum rc cell_request_write(uint8_t out[static CELL_LEN],
                           const struct cell_request *req) MUST_CHECK;
/*
 * Decode an answer from an untrusted relay; op is what was asked: statuses
 * and fields that do not belong to it are RC_FORMAT.
 * returns  RC_OK, else RC_FORMAT and *out all zero
 */
enum rc cell_answer_parse(struct cell_answer *out,
                          const uint8_t in[static CELL_LEN],
                          enum cell_op op) MUST_CHECK;
/* RC_FORMAT for an answer that would parse for no op. */
enum rc cell_answer_write(uint8_t out[static CELL_LEN],
                          const struct cell_answer *ans) MUST_CHECK;
/* H("burn", secret) */
void drop_burn_hash(uint8_t out[static DROP_BURN_LEN],
                    const uint8_t secret[static DROP_BURN_LEN]);

#endif
