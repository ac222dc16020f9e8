/* SPDX-License-Identifier: ISC */
/*
 * Which rows a vault has: kind and id of each, by its name, in memory only.
 * So rows of one kind are found without opening all the others, and the file
 * tells no more than before.
 */
#ifndef ROWINDEX_H
#define ROWINDEX_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROWINDEX_NAME_LEN 16

struct rowindex_entry {
    uint8_t name[ROWINDEX_NAME_LEN];
    uint8_t kind; /* 0: the row does not open */
    uint8_t id_len;
    bool present; /* see rowindex_sweep */
    uint8_t id[]; /* id_len bytes */
};

/* Zero: empty. Entries are in order of their names. */
struct rowindex {
    struct rowindex_entry **entries; /* n of cap; heap */
    size_t n, cap;
};

void rowindex_wipe(struct rowindex *ix);
struct rowindex_entry *rowindex_find(const struct rowindex *ix,
                                     const uint8_t *name);
/* Adds an entry, or replaces it; it is present. */
enum rc rowindex_put(struct rowindex *ix, const uint8_t *name, uint8_t kind,
                     const void *id, size_t id_len) MUST_CHECK;
void rowindex_remove(struct rowindex *ix, const uint8_t *name);
/* Before all names are gone through: none is present. */
void rowindex_mark(struct rowindex *ix);
/* After: removes those that were not found present. */
void rowindex_sweep(struct rowindex *ix);
size_t rowindex_count(const struct rowindex *ix, uint8_t kind);
/* The names of a kind, ascending by id; heap, *n times ROWINDEX_NAME_LEN
 * bytes. */
enum rc rowindex_names(const struct rowindex *ix, uint8_t kind, uint8_t **out,
                       size_t *n) MUST_CHECK;

#endif
