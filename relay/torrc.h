/* SPDX-License-Identifier: ISC */
/*
 * Other programs' files of settings, a line each: tor's and AppArmor's.
 */
#ifndef TORRC_H
#define TORRC_H

#include "rc.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The text of a file with one more line at its end.
 * out      heap, *out_len bytes; NULL where nothing is to be written
 * returns  RC_OK; RC_TAKEN (it has the line already); RC_FORMAT (zero bytes:
 *          this is no text); RC_NOMEM
 */
enum rc torrc_add(char **out, size_t *out_len, const uint8_t *old, size_t len,
                  const char *line) MUST_CHECK;

#endif
