/* SPDX-License-Identifier: ISC */
/*
 * Doors for desks: onion services of relays that only vetted desks may use.
 * DIR/onion.key is this desk's key for them, 32 bytes, as readable as the
 * file that tor must have of it; DIR/doors says which list was taken last, and
 * has a line for each of its relays:
 *     list VERSION HASH
 *     door ID URL
 * These functions print what went wrong.
 */
#ifndef DOOR_H
#define DOOR_H

#include "doors.h"
#include "network.h"
#include "onion.h"
#include "rc.h"

#include <stdint.h>

/* The desk's key; made where there is none. */
enum rc door_key(uint8_t sk[static ONION_AUTH_LEN], const char *dir) MUST_CHECK;
/* Tells the network of the doors that DIR/doors names; none without it. */
enum rc door_load(struct network *w, const char *dir) MUST_CHECK;
/*
 * May this list take the place of the one that was taken last? RC_OK;
 * RC_TAKEN (it is older); RC_FORGED (another text of the same version); or
 * what kept DIR/doors from being read.
 */
enum rc door_follows(const char *dir, const char *path,
                     const struct doors *list) MUST_CHECK;
/* Keeps the relays' doors of a list, and no others. */
enum rc door_keep(const char *dir, const struct doors *list) MUST_CHECK;

#endif
