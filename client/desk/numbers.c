/* SPDX-License-Identifier: ISC */
#include "numbers.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "answer.h"

struct number_clue {
    uint8_t entry[ENTRY_ANSWER_LEN];
    uint32_t case_no;
    uint8_t i;
};

static bool
is_spent(const struct case_rec *c, uint8_t i)
{
    return (c->spent >> i & 1) != 0;
}

uint8_t
numbers_next(const struct case_rec *c)
{
    uint8_t i = 0;

    while (i < ANSWERS_MAX && is_spent(c, i)) {
        i++;
    }
    return i;
}

struct spending {
    struct vault *vault;
    const struct case_rec *c;
};

/* However many have its root, and whichever of them were deleted. */
static enum rc
spend_too(const struct vault_row *row, void *arg)
{
    const struct spending *s = arg;
    struct case_rec other;
    enum rc rc = RC_OK;

    if (case_parse(&other, row) == RC_OK && other.number != s->c->number &&
        !other.lost && sodium_memcmp(other.root, s->c->root, 32) == 0) {
        other.spent |= s->c->spent;
        rc = case_put(s->vault, &other);
    }
    sodium_memzero(&other, sizeof other);
    return rc;
}

enum rc
numbers_spend(struct vault *v, struct case_rec *c, uint8_t i)
{
    struct spending s = {v, c};
    enum rc rc;

    c->spent |= UINT64_C(1) << i;
    rc = case_put(v, c);
    return rc == RC_OK && c->twin != 0
               ? vault_each(v, VAULT_CASE, spend_too, &s, NULL)
               : rc;
}

void
numbers_wipe(struct numbers *n)
{
    if (n->clues != NULL) {
        sodium_memzero(n->clues, n->n * sizeof *n->clues);
    }
    free(n->clues);
    memset(n, 0, sizeof *n);
}

static int
by_entry(const void *a, const void *b)
{
    return memcmp(((const struct number_clue *)a)->entry,
                  ((const struct number_clue *)b)->entry, ENTRY_ANSWER_LEN);
}

static enum rc
add_case(const struct vault_row *row, void *arg)
{
    struct numbers *n = arg;
    struct number_clue *more;
    struct case_rec c;

    if (case_parse(&c, row) != RC_OK || c.lost) {
        return RC_OK; /* damaged: told by list */
    }
    more = realloc(n->clues, (n->n + ANSWERS_MAX) * sizeof *more);
    if (more == NULL) {
        sodium_memzero(&c, sizeof c);
        return RC_NOMEM;
    }
    n->clues = more;
    for (uint8_t i = 0; i < ANSWERS_MAX; i++) {
        if (!is_spent(&c, i)) {
            struct number_clue *clue = &n->clues[n->n++];

            memset(clue, 0, sizeof *clue);
            answer_entry(clue->entry, c.root, i);
            clue->case_no = c.number;
            clue->i = i;
        }
    }
    sodium_memzero(&c, sizeof c);
    return RC_OK;
}

static enum rc
load(struct numbers *n, struct vault *v)
{
    enum rc rc;

    if (n->loaded) {
        return RC_OK;
    }
    numbers_wipe(n);
    if ((rc = vault_each(v, VAULT_CASE, add_case, n, NULL)) == RC_OK) {
        if (n->n > 0) {
            qsort(n->clues, n->n, sizeof *n->clues, by_entry);
        }
        n->loaded = true;
    }
    return rc;
}

/* *fresh: it was not known to be used. */
static enum rc
spend(struct vault *v, const struct number_clue *clue, bool *fresh)
{
    struct case_rec c;
    enum rc rc = vault_begin(v);

    *fresh = false;
    if (rc != RC_OK) {
        return rc;
    }
    rc = case_get(v, &c, clue->case_no);
    if (rc == RC_OK && !is_spent(&c, clue->i)) {
        *fresh = true;
        rc = numbers_spend(v, &c, clue->i);
    }
    sodium_memzero(&c, sizeof c);
    if (rc == RC_OK || rc == RC_MISSING) { /* its case was deleted */
        return vault_commit(v);
    }
    vault_abort(v);
    return rc;
}

enum rc
numbers_page(struct numbers *n, struct vault *v, const struct page *page,
             void (*found)(uint32_t case_no, void *arg), void *arg)
{
    enum rc rc = load(n, v);

    for (size_t e = 0; rc == RC_OK && n->n > 0 && e < page->slots; e++) {
        const struct number_clue *hit;
        struct number_clue key = {.i = 0};
        bool fresh;

        memcpy(key.entry, page->entries + e * ENTRY_ANSWER_LEN,
               sizeof key.entry);
        hit = bsearch(&key, n->clues, n->n, sizeof key, by_entry);
        if (hit != NULL && (rc = spend(v, hit, &fresh)) == RC_OK && fresh) {
            found(hit->case_no, arg);
        }
    }
    return rc;
}
