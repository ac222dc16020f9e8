/* SPDX-License-Identifier: ISC */
/*
 * The head of a report: what the inner seal of an entry holds.
 * Layout in PROTOCOL.md section 5. Always HEAD_LEN bytes.
 */
#ifndef HEAD_H
#define HEAD_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAD_LEN 2896
#define HEAD_VERSION 1
#define HEAD_TEXT_MAX 2720
#define HEAD_P_OFFSET 144 /* P is bytes 144..175 */
#define HEAD_P_LEN 32

enum head_kind {
    HEAD_REPORT = 1,    /* A = root_O, B = R_O */
    HEAD_FOLLOW_UP = 2, /* A = conversation id, B zero */
    HEAD_OWN = 3,       /* the desk's own: A = 32 random bytes, B, P zero */
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
    uint8_t p[HEAD_P_LEN];
    const uint8_t *text; /* text_len bytes, borrowed; UTF-8 not yet checked */
};

/* RC_FORMAT unless every rule of section 5 holds (kind 1 to 3, padding zero,
 * boxes = the Padmé number for body_len, body_key and digest zero iff there
 * is no body...). */
enum rc head_parse(struct head *out, const uint8_t in[static HEAD_LEN])
    MUST_CHECK;
enum rc head_write(uint8_t out[static HEAD_LEN], const struct head *h)
    MUST_CHECK;
/* What P proves: that who made this head has root_O and, of r_O and k_t, one. */
struct head_proof {
    const uint8_t *root;   /* root_O, 32 bytes */
    const uint8_t *e;      /* E of the entry, 32 bytes */
    uint32_t week;         /* t */
    const uint8_t *secret; /* r_O; for who checks it, k_t */
    const uint8_t *point;  /* K_t; for who checks it, R_O */
};

/*
 * P of a head of kind 1 or 2: KDF(root_O, "proof", E || u32(t) || BLAKE2b-256
 * of the head with P zero || X25519(secret, point)).
 *
 * head     the written bytes; their P is read as zero
 * returns  RC_OK; RC_FORGED, and p all zero, where X25519 gives zeros
 */
enum rc head_prove(uint8_t p[static HEAD_P_LEN],
                   const uint8_t head[static HEAD_LEN],
                   const struct head_proof *of) MUST_CHECK;
/* Is this the P that stands there? */
bool head_is_proven(const uint8_t head[static HEAD_LEN],
                    const struct head_proof *of);

#endif
