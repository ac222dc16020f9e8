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
#ifndef WEEKKEYS_H
#define WEEKKEYS_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEEKKEYS_PLACES 64
#define WEEKKEYS_SECTOR_LEN 512
#define WEEKKEYS_FILE_LEN ((WEEKKEYS_PLACES + 1) * WEEKKEYS_SECTOR_LEN)
#define WEEKKEYS_KEY_LEN 32

/* Secret; keep it in sodium_malloc. */
struct weekkeys_table {
    struct {
        bool used;
        uint32_t week;
        uint8_t key[WEEKKEYS_KEY_LEN];
    } place[WEEKKEYS_PLACES];
};

/* Untrusted bytes; RC_FORMAT, or RC_FORGED when a place does not check. *out
 * is all zero then. */
enum rc weekkeys_parse(struct weekkeys_table *out,
                       const uint8_t in[static WEEKKEYS_FILE_LEN]) MUST_CHECK;
void weekkeys_write(uint8_t out[static WEEKKEYS_FILE_LEN],
                    const struct weekkeys_table *table);

/* The open file. weekkeys_get is for any thread, the rest for one. */
struct weekkeys;

/* Write an empty file and sync it. */
enum rc weekkeys_create(int fd) MUST_CHECK;
/* fd stays the caller's and must stay open. RC_OK, RC_FORMAT, RC_FORGED,
 * RC_TRUNCATED, RC_IO, RC_NOMEM. */
enum rc weekkeys_open(struct weekkeys **out, int fd) MUST_CHECK;
void weekkeys_free(struct weekkeys *k);
/* RC_MISSING where there is none (or none any more). The caller wipes key. */
enum rc weekkeys_get(struct weekkeys *k, uint32_t week,
                     uint8_t key[static WEEKKEYS_KEY_LEN]) MUST_CHECK;
/*
 * See to it that the week has a key; it is on disk before it is used.
 * returns  RC_OK; RC_AGAIN (its place is another week's: the clock has gone
 *          mad); RC_IO (the file must be taken as lost)
 */
enum rc weekkeys_make(struct weekkeys *k, uint32_t week) MUST_CHECK;
/* Destroy the keys of all weeks before this one, on disk and in memory. */
enum rc weekkeys_destroy(struct weekkeys *k, uint32_t before) MUST_CHECK;

#endif
