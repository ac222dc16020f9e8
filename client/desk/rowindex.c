/* SPDX-License-Identifier: ISC */
#include "rowindex.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static void
entry_free(struct rowindex_entry *e)
{
    sodium_memzero(e, sizeof *e + e->id_len);
    free(e);
}

void
rowindex_wipe(struct rowindex *ix)
{
    for (size_t i = 0; i < ix->n; i++) {
        entry_free(ix->entries[i]);
    }
    free(ix->entries);
    memset(ix, 0, sizeof *ix);
}

/* Where the name is, or belongs. */
static bool
place(const struct rowindex *ix, const uint8_t *name, size_t *at)
{
    size_t lo = 0, hi = ix->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int d = memcmp(ix->entries[mid]->name, name, ROWBOX_NAME_LEN);

        if (d == 0) {
            *at = mid;
            return true;
        }
        if (d < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *at = lo;
    return false;
}

struct rowindex_entry *
rowindex_find(const struct rowindex *ix,
              const uint8_t name[static ROWBOX_NAME_LEN])
{
    size_t at;

    return place(ix, name, &at) ? ix->entries[at] : NULL;
}

static enum rc
room(struct rowindex *ix)
{
    size_t cap = ix->cap == 0 ? 64 : ix->cap * 2;
    struct rowindex_entry **more;

    if (ix->n < ix->cap) {
        return RC_OK;
    }
    if ((more = realloc(ix->entries, cap * sizeof(*more))) == NULL) {
        return RC_NOMEM;
    }
    ix->entries = more;
    ix->cap = cap;
    return RC_OK;
}

enum rc
rowindex_put(struct rowindex *ix, const uint8_t name[static ROWBOX_NAME_LEN],
             const uint8_t nonce[static ROWBOX_NONCE_LEN], uint8_t kind,
             const void *id, size_t id_len)
{
    struct rowindex_entry *e = malloc(sizeof *e + id_len);
    size_t at;

    if (e == NULL || room(ix) != RC_OK) {
        free(e);
        return RC_NOMEM;
    }
    memcpy(e->name, name, ROWBOX_NAME_LEN);
    memcpy(e->nonce, nonce, ROWBOX_NONCE_LEN);
    e->kind = kind;
    e->id_len = (uint8_t)id_len;
    e->present = true;
    if (id_len > 0) {
        memcpy(e->id, id, id_len);
    }
    if (place(ix, name, &at)) {
        entry_free(ix->entries[at]);
    } else {
        memmove(&ix->entries[at + 1], &ix->entries[at],
                (ix->n - at) * sizeof(struct rowindex_entry *));
        ix->n++;
    }
    ix->entries[at] = e;
    return RC_OK;
}

void
rowindex_remove(struct rowindex *ix,
                const uint8_t name[static ROWBOX_NAME_LEN])
{
    size_t at;

    if (place(ix, name, &at)) {
        entry_free(ix->entries[at]);
        ix->n--;
        memmove(&ix->entries[at], &ix->entries[at + 1],
                (ix->n - at) * sizeof(struct rowindex_entry *));
    }
}

void
rowindex_mark(struct rowindex *ix)
{
    for (size_t i = 0; i < ix->n; i++) {
        ix->entries[i]->present = false;
    }
}

size_t
rowindex_group(const struct rowindex *ix, uint8_t group, size_t *first)
{
    uint8_t name[ROWBOX_NAME_LEN] = {group};
    size_t end;

    (void)place(ix, name, first);
    if (group == ROWINDEX_GROUPS - 1) {
        return ix->n - *first;
    }
    name[0]++;
    (void)place(ix, name, &end);
    return end - *first;
}

void
rowindex_forget_group(struct rowindex *ix, uint8_t group)
{
    size_t first, n = rowindex_group(ix, group, &first);

    for (size_t i = first; i < first + n; i++) {
        entry_free(ix->entries[i]);
    }
    if (n > 0) {
        memmove(&ix->entries[first], &ix->entries[first + n],
                (ix->n - first - n) * sizeof(struct rowindex_entry *));
        ix->n -= n;
    }
}

static size_t
count(const struct rowindex *ix, uint8_t kind)
{
    size_t n = 0;

    for (size_t i = 0; i < ix->n; i++) {
        n += ix->entries[i]->kind == kind;
    }
    return n;
}

static int
by_id(const void *a, const void *b)
{
    const struct rowindex_entry *x = *(struct rowindex_entry *const *)a;
    const struct rowindex_entry *y = *(struct rowindex_entry *const *)b;
    size_t n = x->id_len < y->id_len ? x->id_len : y->id_len;
    int d = n > 0 ? memcmp(x->id, y->id, n) : 0;

    return d != 0 ? d : (x->id_len > y->id_len) - (x->id_len < y->id_len);
}

enum rc
rowindex_names(const struct rowindex *ix, uint8_t kind, uint8_t **out,
               size_t *n)
{
    size_t cap = count(ix, kind);
    struct rowindex_entry **list = malloc((cap + 1) * sizeof(*list));

    *n = 0;
    *out = malloc(cap * ROWBOX_NAME_LEN + 1);
    if (list == NULL || *out == NULL) {
        free(list);
        free(*out);
        *out = NULL;
        return RC_NOMEM;
    }
    for (size_t i = 0; i < ix->n; i++) {
        if (ix->entries[i]->kind == kind) {
            list[(*n)++] = ix->entries[i];
        }
    }
    if (*n > 1) {
        qsort(list, *n, sizeof(*list), by_id);
    }
    for (size_t i = 0; i < *n; i++) {
        memcpy(*out + i * ROWBOX_NAME_LEN, list[i]->name,
               ROWBOX_NAME_LEN);
    }
    free(list);
    return RC_OK;
}
