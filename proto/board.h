/* SPDX-License-Identifier: ISC */
/*
 * The fixed properties of a board, as the directory lists them.
 * Specified in PROTOCOL.md sections 4 and 7.
 */
#ifndef BOARD_H
#define BOARD_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARDS_MAX       256
#define ENTRY_ANSWER_LEN 16
#define ENTRY_REPORT_LEN 4096
#define ENTRY_MAX        ENTRY_REPORT_LEN
#define BOARD_SLOTS_MAX  1024 /* upper bound of max */
#define BOARD_SPREAD_MAX 1024 /* upper bound of spread */

struct board {
    uint8_t id;
    uint16_t entry_len; /* bytes: 16 for answers, 4,096 for reports */
    uint16_t tick;      /* seconds between pages, divides 3,600 */
    uint16_t slots;     /* entries a page has at least */
    uint16_t max;       /* entries a page has at most: slots x a power of 2 */
    uint16_t spread;    /* pages among which an entry's page is drawn, >= 1 */
};

/* RC_FORMAT if a field is out of its range. */
enum rc board_check(const struct board *b) MUST_CHECK;
/* Can a page of this board have that many slots: slots x 2^k up to max? */
bool board_slots_ok(const struct board *b, uint32_t slots);
/* Is it for answers? Its id says nothing. */
bool board_is_answers(const struct board *b);
/* The board of that id, or NULL. */
const struct board *board_find(const struct board *boards, size_t n,
                               uint8_t id);
/* The report board with the lowest id: what work for a PUT is about. Or NULL. */
const struct board *board_first_report(const struct board *boards, size_t n);
/* X25519 public key bytes below 2^255 - 19 (top bit clear). Report entries
 * begin with one; others would be a mark. Not secret, not constant-time. */
bool entry_key_is_canonical(const uint8_t key[static 32]);
/*
 * A dummy entry. noise: entry_len bytes of randomness, used up; for a report
 * its first 32 bytes are the scalar of a fresh X25519 key whose public key
 * takes their place.
 */
enum rc entry_dummy(uint8_t *out, const struct board *b,
                    const uint8_t *noise) MUST_CHECK;

#endif
