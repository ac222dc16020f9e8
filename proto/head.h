/* SPDX-License-Identifier: ISC */
/*
 * The head of a report: what the inner seal of an entry holds.
 * Layout in PROTOCOL.md section 5. Always HEAD_LEN bytes.
 */
#ifndef HEAD_H
#define HEAD_H

#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#define HEAD_LEN 2896
#define HEAD_VERSION 1
#define HEAD_TEXT_MAX 2752
#define HEAD_B_OFFSET 48 /* B is bytes 48..79 */

enum head_kind {
    HEAD_REPORT = 1,    /* A = root_O, B = R_O */
    HEAD_FOLLOW_UP = 2, /* A = conversation id, B = proof */
    HEAD_OWN = 3,       /* the desk's own: A = 32 random bytes, B zero */
    HEAD_ANSWER = 4     /* answers only, see answer.h */
};

struct head {
    enum head_kind kind;
    uint16_t text_len;
    uint32_t boxes;    /* 0: no body */
    uint64_t body_len; /* bytes before padding */
    uint8_t a[32];
    uint8_t b[32];
    uint8_t body_key[32];
    uint8_t digest[32];
    const uint8_t *text; /* text_len bytes, borrowed; UTF-8 not yet checked */
};

/* RC_FORMAT unless every rule of section 5 holds (kind 1 to 3, padding zero,
 * boxes = the Padmé number for body_len, body_key and digest zero iff there
 * is no body...). */
enum rc head_parse(struct head *out, const uint8_t in[static HEAD_LEN])
    MUST_CHECK;
enum rc head_write(uint8_t out[static HEAD_LEN], const struct head *h)
    MUST_CHECK;
/* B of a kind 2 head: KDF(root, "follow-up", E || u32(t) || hash of the head
 * with B zero). head: the written bytes; its B is read as zero. */
void head_follow_up_proof(uint8_t b[static 32],
                          const uint8_t head[static HEAD_LEN],
                          const uint8_t root[static 32],
                          const uint8_t e[static 32], uint32_t week);

#endif
