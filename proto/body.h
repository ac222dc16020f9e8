/* SPDX-License-Identifier: ISC */
/*
 * The body of a report or answer: items in one byte string, cut into sealed
 * boxes. Specified in PROTOCOL.md section 5. Not linked into the relay.
 */
#ifndef BODY_H
#define BODY_H

#include "cell.h"
#include "conversation.h"
#include "reader.h"
#include "rc.h"
#include "writer.h"

#include <stddef.h>
#include <stdint.h>

#define BODY_CHUNK_LEN 15984 /* plain bytes of a box */
#define BODY_BOXES_MAX 262144
#define BODY_RELAY_LEN 32
#define BODY_MAX ((uint64_t)BODY_BOXES_MAX * BODY_CHUNK_LEN)

/* Padmé of the number of boxes that hold body_len bytes; 0 for 0 bytes and
 * for more than BODY_MAX. */
uint32_t body_boxes(uint64_t body_len);
/* Body bytes in box i, which starts at byte i x BODY_CHUNK_LEN; 0 in boxes
 * that only pad. What follows them in a box must be zero. */
size_t body_chunk_len(uint64_t body_len, uint32_t i);

struct body_item {
    const char *type; /* media type, 1..255 bytes from '!' to '~' */
    size_t type_len;
    const char *name; /* 0..255 bytes of UTF-8 without control characters,
                         '/' and '\\', not beginning with '.' */
    size_t name_len;
    const uint8_t *data; /* len bytes */
    uint64_t len;
};

/* Bytes of an item's frame before its data. */
size_t body_item_head_len(const struct body_item *item);
/* Writes the frame only; the data follow. RC_FORMAT, RC_FULL. */
enum rc body_item_head_write(struct writer *w, const struct body_item *item)
    MUST_CHECK;
/* The next item of an untrusted body, borrowed from it; RC_MISSING at its end,
 * RC_TRUNCATED, RC_FORMAT. */
enum rc body_item_next(struct body_item *out, struct reader *body) MUST_CHECK;

/*
 * body_key of a report: KDF(seed, "body", O || u32(t) || digest)
 * org      32 zero bytes for a body that several recipients share
 * week     t, of its first PUT
 */
void body_key_report(uint8_t key[static KDF_LEN],
                     const uint8_t seed[static KDF_LEN],
                     const uint8_t org[static ORG_ID_LEN], uint32_t week,
                     const uint8_t digest[static KDF_LEN]);
/* body_key of answer i: KDF(root, "answer body", u8(i) || digest) */
void body_key_answer(uint8_t key[static KDF_LEN],
                     const uint8_t root[static KDF_LEN], uint8_t i,
                     const uint8_t digest[static KDF_LEN]);

/* A box belongs to one relay: what one is shown is of no use at another. */
struct body_place {
    const uint8_t *key;   /* body_key, KDF_LEN bytes */
    const uint8_t *relay; /* its id, BODY_RELAY_LEN bytes */
    uint32_t i;
};
void body_address(uint8_t address[static DROP_ADDRESS_LEN],
                  const struct body_place *at);
/* KDF(seed or root, "body burn", address) */
void body_burn_secret(uint8_t secret[static DROP_BURN_LEN],
                      const uint8_t key[static KDF_LEN],
                      const uint8_t address[static DROP_ADDRESS_LEN]);
/* Seal a box; chunk_len <= BODY_CHUNK_LEN, padded with zeros. */
enum rc body_box_seal(uint8_t out[static CELL_BOX_LEN],
                      const struct body_place *at, const uint8_t *chunk,
                      size_t chunk_len) MUST_CHECK;
/* RC_FORGED; out all zero then. */
enum rc body_box_open(uint8_t out[static BODY_CHUNK_LEN],
                      const struct body_place *at,
                      const uint8_t in[static CELL_BOX_LEN]) MUST_CHECK;

#endif
