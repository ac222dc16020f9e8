/* SPDX-License-Identifier: ISC */
/*
 * The body of an answer, as returning reporters fetch it, and desks for cover:
 * one program for both, and as the page has it. A few boxes at a time; each is
 * asked for at the relays in an order of its own, drawn, until one has it. Over
 * one circuit for each relay.
 */
#ifndef DOWNLOAD_H
#define DOWNLOAD_H

#include "body.h"
#include "visit.h"

/* Takes what is in box i. RC_OK: it goes on. One at a time, in any order. */
typedef enum rc download_box(uint32_t i, const uint8_t chunk[BODY_CHUNK_LEN],
                             void *arg);

/*
 * A relay that does not answer is lost, and said to be so at the end.
 * returns  RC_OK: all boxes were taken; RC_MISSING: one is at no relay, or does
 *          not open; RC_IO: or a relay that may have it did not answer; of take
 */
enum rc download_run(struct visit *v, const uint8_t key[static KDF_LEN],
                     uint32_t boxes, download_box *take, void *arg) MUST_CHECK;

#endif
