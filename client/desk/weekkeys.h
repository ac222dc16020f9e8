/* SPDX-License-Identifier: ISC */
/*
 * The private weekly keys: one file of fixed slots, two for each of 32 weeks
 * (K and Q, which open reports; V, which signs), each overwritten in place
 * and synced, so that a destroyed key is gone from the file and not only from
 * an index. (On flash, and on file systems that copy on write, overwriting is
 * best effort: docs say so.)
 *
 * Slot: 4,096 bytes. Free: zeros. Else
 *   u8  nonce[24]
 *   u8  box[]     XChaCha20-Poly1305 of u32 week, K 32, Q seed 32, or of u32
 *                 week, V seed 32, under the wrapping key, aad = u32 slot
 *   zeros
 */
#ifndef WEEKKEYS_H
#define WEEKKEYS_H

#include "desknote.h"
#include "entry.h"
#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEEKKEYS_KEY_LEN 32
#define WEEKKEYS_SLOTS 32
#define WEEKKEYS_SLOT_LEN 4096

/* The private keys of a week. Secret. */
struct weekkey {
    uint32_t week;
    uint8_t k[32]; /* X25519 */
    uint8_t q[32]; /* X-Wing seed */
    bool has_v;    /* not once it was destroyed; v is zeros then */
    uint8_t v[32]; /* Ed25519 seed */
    uint8_t k_public[32]; /* of k; not in the file */
};

struct weekkeys;

/*
 * path     the slot file; with create it is made (RC_TAKEN if it is there)
 * key      the wrapping key, copied
 * returns  RC_OK; RC_MISSING; RC_FORMAT (not a slot file); RC_FORGED (a slot
 *          does not open: another key, or damaged); RC_IO; RC_NOMEM
 */
enum rc weekkeys_open(struct weekkeys **out, const char *path,
                      const uint8_t key[static WEEKKEYS_KEY_LEN], bool create)
    MUST_CHECK;
void weekkeys_close(struct weekkeys *w);
/* Reads the file again (another process may have written it). */
enum rc weekkeys_reload(struct weekkeys *w) MUST_CHECK;

/* NULL when there are none of that week. Borrowed until the next change. */
const struct weekkey *weekkeys_find(const struct weekkeys *w, uint32_t week);
/* The weeks there are keys of, ascending. */
size_t weekkeys_list(const struct weekkeys *w,
                     uint32_t weeks[static WEEKKEYS_SLOTS]);
/*
 * Make fresh keys for a week, on disk before this returns.
 * returns  RC_OK; RC_TAKEN (there are some); RC_FULL (no free slot); RC_IO
 */
enum rc weekkeys_make(struct weekkeys *w, uint32_t week) MUST_CHECK;
/* Overwrite a week's keys, in the file and in memory. RC_OK also where there
 * are none. */
enum rc weekkeys_destroy(struct weekkeys *w, uint32_t week) MUST_CHECK;

/* The same for V alone: the rest still opens what comes late. */
enum rc weekkeys_destroy_v(struct weekkeys *w, uint32_t week) MUST_CHECK;

/* The public side. RC_MISSING once V was destroyed. */
enum rc weekkey_public(struct desknote_week *out, const struct weekkey *key)
    MUST_CHECK;
/* libsodium's 64-byte form of V, which there must be. */
void weekkey_sign_key(uint8_t sk[static 64], const struct weekkey *key);

/*
 * When a week's keys go, whatever was not scanned: the first second of day
 * 7(t + 2) + retention + 3.
 */
int64_t weekkeys_deadline(uint32_t week, uint32_t retention);
/* When V goes, whether all that it has to sign was or not: the first second of
 * day 7t + 9. */
int64_t weekkeys_v_deadline(uint32_t week);
/* Every page up to this unix time must be scanned before they go early. */
int64_t weekkeys_span_end(uint32_t week);

#endif
