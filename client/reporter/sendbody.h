/* SPDX-License-Identifier: ISC */
/*
 * The bodies of a report, and putting them at the relays that are written to.
 * PROTOCOL.md section 5. These functions print what went wrong.
 */
#ifndef SENDBODY_H
#define SENDBODY_H

#include "send.h"
#include "upload.h"

#define SENDBODY_SHARED 64 /* boxes; a larger body is shared by all recipients */

/* How many bodies there are: one for each recipient, or one for all. */
size_t sendbody_count(const struct sending *s);
/* body_key as recipient k gets it: of the week in s->weeks. */
void sendbody_key(uint8_t key[static KDF_LEN], const struct sending *s,
                  size_t k);
/* The week of now, for every body that has none yet. */
void sendbody_week(struct sending *s, const struct network *w);
/*
 * Every body at every relay that is written to, after a visit. One that has it
 * all is enough; the others are lost till the next visit.
 * returns  RC_OK; RC_TAKEN: burned, or somebody has the code and these files,
 *          and s->again_day is set; RC_IO
 */
enum rc sendbody_upload(struct sending *s, struct visit *v) MUST_CHECK;

/* Did this run put all boxes of recipient k's body there? relay: its id. */
bool sendbody_is_at(const struct sending *s, size_t k, const uint8_t *relay);

/* What the boxes of a body are made of, for one relay. */
struct upload_body {
    const struct body_build *body;
    const uint8_t *body_key; /* 32 bytes */
    const uint8_t *seed;     /* 32 bytes, for the burn secrets */
    const uint8_t *relay;    /* its id, 32 bytes */
};
/* The PUT of a box, the same each time. */
enum rc upload_body_cell(uint8_t cell[static CELL_LEN], uint32_t i,
                         const struct upload_body *b) MUST_CHECK;

#endif
