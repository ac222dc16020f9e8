/* SPDX-License-Identifier: ISC */
/*
 * The bodies of a report, and putting them at the relays that are written to.
 * PROTOCOL.md section 5. These functions print what went wrong.
 */
#ifndef SENDBODY_H
#define SENDBODY_H

#include "send.h"

#define SENDBODY_SHARED 64 /* boxes; a larger body is shared by all recipients */

/* How many bodies there are: one for each recipient, or one for all. */
size_t sendbody_count(const struct sending *s);
/* body_key as recipient k gets it: of the week in s->weeks. */
void sendbody_key(uint8_t key[static KDF_LEN], const struct sending *s,
                  size_t k);
/* The week of now, for every body that has none yet. */
void sendbody_week(struct sending *s, const struct network *w);
/*
 * Every body at every relay that is written to. One that has it all is enough;
 * the others are marked as down, so that they are not rung at with the body.
 * returns  RC_OK; RC_TAKEN: burned, or somebody has the code and these files,
 *          and s->again_day is set; RC_IO
 */
enum rc sendbody_upload(struct sending *s, struct visit *v) MUST_CHECK;

#endif
