/* SPDX-License-Identifier: ISC */
/*
 * The table of contents of a vault: which rows it has, and the nonce under
 * which each was last written. It is kept in rows itself, so that a thief of
 * the file can't put back, take away or exchange a row unnoticed:
 *
 *   the root    "tocsin-desk 1" NUL, u64 generation, 256 nonces of leaves
 *               (zero: that leaf has no row and no entries)
 *   leaf g      of each row whose name begins with the byte g, ascending by
 *               name: u8 kind, u8 id length, id, nonce
 *
 * A tree and not one hash over the set, because it names the row that is not
 * as it was, and tells what each row is without opening it. A changed row
 * costs its leaf and the root, whatever the number of rows. Nothing is kept
 * of what was deleted: that it is not in the table is all there is to know.
 */
#ifndef CONTENTS_H
#define CONTENTS_H

#include "rc.h"
#include "rowbox.h"
#include "rowindex.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTENTS_LEAVES   ROWINDEX_GROUPS
#define CONTENTS_ROOT_LEN (14 + 8 + CONTENTS_LEAVES * ROWBOX_NONCE_LEN)

struct contents {
    uint64_t generation; /* one more with each group of changes */
    uint8_t leaves[CONTENTS_LEAVES][ROWBOX_NONCE_LEN];
};

void contents_write(uint8_t out[static CONTENTS_ROOT_LEN],
                    const struct contents *c);
/* RC_OK; RC_FORGED with *out zero. */
enum rc contents_parse(struct contents *out, const uint8_t *in,
                       size_t len) MUST_CHECK;

/* Names of the rows it is kept in. */
void contents_root_name(const struct rowbox_keys *keys,
                        uint8_t out[static ROWBOX_NAME_LEN]);
void contents_leaf_name(const struct rowbox_keys *keys,
                        uint8_t out[static ROWBOX_NAME_LEN], uint8_t leaf);

/*
 * The bytes of a leaf.
 * out      heap, NULL where the leaf is empty; vault_release it
 * returns  RC_OK; RC_NOMEM; RC_FULL (more than a row can hold)
 */
enum rc contents_leaf_write(uint8_t **out, size_t *len,
                            const struct rowindex *ix, uint8_t leaf) MUST_CHECK;
/* Its entries instead of those that ix has of it. RC_OK, RC_FORGED, RC_NOMEM;
 * after an error ix has some of them. */
enum rc contents_leaf_read(struct rowindex *ix, const struct rowbox_keys *keys,
                           uint8_t leaf, const uint8_t *in,
                           size_t len) MUST_CHECK;

#endif
