/* SPDX-License-Identifier: ISC */
/*
 * Doors for desks: onion services of relays that only vetted desks may use.
 * DIR/onion.key is this desk's key for them, 32 bytes, as readable as the
 * file that tor must have of it; DIR/doors has a line for each relay:
 *     desk-door ID URL
 * These functions print what went wrong.
 */
#ifndef DOOR_H
#define DOOR_H

#include "network.h"
#include "onion.h"
#include "rc.h"

#include <stdint.h>

/* The desk's key; made where there is none. */
enum rc door_key(uint8_t sk[static ONION_AUTH_LEN], const char *dir) MUST_CHECK;
/* A line, exactly. RC_FORMAT without a message. */
enum rc door_parse(uint8_t id[static 32],
                   char label[static ONION_LABEL_LEN + 1], char url[static 128],
                   const char *line) MUST_CHECK;
/* Tells the network of the doors that DIR/doors names; none without it. */
enum rc door_load(struct network *w, const char *dir) MUST_CHECK;
/* Adds a line, or replaces the one of that relay. */
enum rc door_keep(const char *dir, const char *line) MUST_CHECK;

#endif
