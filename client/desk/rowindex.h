/* SPDX-License-Identifier: ISC */
/*
 * Which rows a vault has: kind, id and nonce of each, by its name, in memory
 * only. So rows of one kind are found without opening all the others, and a
 * row that is not as it was last written is known by its nonce.
 */
#ifndef ROWINDEX_H
#define ROWINDEX_H

#include "rc.h"
#include "rowbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROWINDEX_GROUPS 256

struct rowindex_entry {
    uint8_t name[ROWBOX_NAME_LEN];
    uint8_t nonce[ROWBOX_NONCE_LEN];
    uint8_t kind;
    uint8_t id_len;
    bool present; /* see rowindex_mark */
    uint8_t id[]; /* id_len bytes */
};

/* Zero: empty. Entries are in order of their names. */
struct rowindex {
    struct rowindex_entry **entries; /* n of cap; heap */
    size_t n, cap;
};

void rowindex_wipe(struct rowindex *ix);
struct rowindex_entry *rowindex_find(const struct rowindex *ix,
                                     const uint8_t name[static ROWBOX_NAME_LEN]);
/* Adds an entry, or replaces it; it is present. */
enum rc rowindex_put(struct rowindex *ix,
                     const uint8_t name[static ROWBOX_NAME_LEN],
                     const uint8_t nonce[static ROWBOX_NONCE_LEN], uint8_t kind,
                     const void *id, size_t id_len) MUST_CHECK;
void rowindex_remove(struct rowindex *ix,
                     const uint8_t name[static ROWBOX_NAME_LEN]);
/* Before all names are gone through: none is present. */
void rowindex_mark(struct rowindex *ix);
/* The entries whose names begin with a byte are a group: n of them from
 * entries[*first] on. */
size_t rowindex_group(const struct rowindex *ix, uint8_t group, size_t *first);
void rowindex_forget_group(struct rowindex *ix, uint8_t group);
/* The names of a kind, ascending by id; heap, *n times ROWBOX_NAME_LEN
 * bytes. */
enum rc rowindex_names(const struct rowindex *ix, uint8_t kind, uint8_t **out,
                       size_t *n) MUST_CHECK;

#endif
