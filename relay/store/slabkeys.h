/* SPDX-License-Identifier: ISC */
/*
 * The keys of the slab, one an expiry week, in one file of fixed size that is
 * overwritten in place. When a week ends its key goes, and with it all that
 * was sealed under it, wherever copies of the slab's blocks may be.
 *
 * A file of sectors of 512 bytes, so that a disk writes each whole or not:
 *   head   magic[32] "tocsin/1 weekkeys\n", zeros to the end
 *   64 places; week w has place w mod 64. Empty: all zero. Else
 *          u32 week, key[32], check[32], zeros to the end
 *          check = BLAKE2b-256 of week and key
 */
#ifndef SLABKEYS_H
#define SLABKEYS_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLABKEYS_PLACES     64
#define SLABKEYS_SECTOR_LEN 512
#define SLABKEYS_FILE_LEN   ((SLABKEYS_PLACES + 1) * SLABKEYS_SECTOR_LEN)
#define SLABKEYS_KEY_LEN    32

/* Secret; keep it in sodium_malloc. */
struct slabkeys_table {
    struct {
        bool used;
        uint32_t week;
        uint8_t key[SLABKEYS_KEY_LEN];
    } place[SLABKEYS_PLACES];
};

/* Untrusted bytes; RC_FORMAT, or RC_FORGED when a place does not check. *out
 * is all zero then. */
enum rc slabkeys_parse(struct slabkeys_table *out,
                       const uint8_t in[static SLABKEYS_FILE_LEN]) MUST_CHECK;
void slabkeys_write(uint8_t out[static SLABKEYS_FILE_LEN],
                    const struct slabkeys_table *table);

/* The open file. slabkeys_get is for any thread, the rest for one. */
struct slabkeys;

/* Write an empty file and sync it. */
enum rc slabkeys_create(int fd) MUST_CHECK;
/* fd stays the caller's and must stay open. RC_OK, RC_FORMAT, RC_FORGED,
 * RC_TRUNCATED, RC_IO, RC_NOMEM. */
enum rc slabkeys_open(struct slabkeys **out, int fd) MUST_CHECK;
void slabkeys_free(struct slabkeys *k);
/* RC_MISSING where there is none (or none any more). The caller wipes key. */
enum rc slabkeys_get(struct slabkeys *k, uint32_t week,
                     uint8_t key[static SLABKEYS_KEY_LEN]) MUST_CHECK;
/*
 * See to it that the week has a key; it is on disk before it is used.
 * returns  RC_OK; RC_AGAIN (its place is another week's: the clock has gone
 *          mad); RC_IO (the file must be taken as lost)
 */
enum rc slabkeys_make(struct slabkeys *k, uint32_t week) MUST_CHECK;
/* Destroy the keys of all weeks before this one, on disk and in memory. */
enum rc slabkeys_destroy(struct slabkeys *k, uint32_t before) MUST_CHECK;

#endif
