/* SPDX-License-Identifier: ISC */
/*
 * Sealing a report for its recipients, and ringing it: the text at once, then
 * the boxes of its body, then entries that name the body.
 * PROTOCOL.md section 5. These functions print what went wrong.
 */
#ifndef SEND_H
#define SEND_H

#include "compose.h"
#include "entry.h"
#include "visit.h"

#define SEND_ORGS_MAX     16
#define SEND_SHARED_BOXES 64 /* a larger body is shared by all recipients */

struct sending {
    const uint8_t *seed; /* 32 bytes, borrowed */
    struct draft draft;
    struct body_build body; /* len 0: none */
    unsigned files;
    uint8_t orgs[SEND_ORGS_MAX][ORG_ID_LEN];
    bool known[SEND_ORGS_MAX]; /* it answered: a follow-up may be used */
    size_t n_orgs;
    bool resume; /* the text was rung in an earlier visit */
};

/*
 * Load and clean the files to attach, and make the body if one is needed;
 * says what was removed.
 */
enum rc sending_load(struct sending *s, const char *const *paths, size_t n,
                     const struct attach_options *opt) MUST_CHECK;
/* Can every recipient be written to? */
enum rc sending_check(const struct sending *s,
                      const struct network *w) MUST_CHECK;
/*
 * Seal an entry for recipient k.
 * kind     HEAD_REPORT or HEAD_FOLLOW_UP
 * body     it names the body
 * week     the week of the keys it is sealed to; may be NULL
 */
enum rc sending_entry(uint8_t entry[static ENTRY_REPORT_LEN], uint8_t *board,
                      uint32_t *week, const struct sending *s,
                      const struct network *w, size_t k, enum head_kind kind,
                      bool body) MUST_CHECK;
/* The key of the body as recipient k gets it. */
void sending_body_key(uint8_t key[static KDF_LEN], const struct sending *s,
                      size_t k);
/* How many bodies there are: one for each recipient, or one for all. */
size_t sending_bodies(const struct sending *s);
/*
 * All of it, in a visit that has read the answers board; says what is rung.
 * returns  RC_OK when every recipient's last entry was seen on a page
 */
enum rc sending_run(struct sending *s, struct visit *v) MUST_CHECK;
void sending_wipe(struct sending *s);

#endif
