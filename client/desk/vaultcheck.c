/* SPDX-License-Identifier: ISC */
/* A vault at its opening: is every row as it was last written, and are all
 * there, and no others? */
#include "vault_inner.h"

#include <stdlib.h>
#include <string.h>

#define NAME_LEN  ROWBOX_NAME_LEN
#define NONCE_LEN ROWBOX_NONCE_LEN

static enum rc
add_fault(struct vault *v, enum vault_fault_kind what, enum vault_kind kind,
          const uint8_t *id, size_t id_len)
{
    struct vault_fault *f;

    if (v->faults == NULL &&
        (v->faults = calloc(VAULT_FAULTS_MAX, sizeof *v->faults)) == NULL) {
        return RC_NOMEM;
    }
    if (v->n_faults < VAULT_FAULTS_MAX) {
        f = &v->faults[v->n_faults];
        f->what = what;
        f->kind = kind;
        f->id_len = id_len;
        if (id_len > 0) {
            memcpy(f->id, id, id_len);
        }
    }
    v->n_faults++;
    return RC_OK;
}

/* Names that are not in the table; heap. */
struct strangers {
    uint8_t *names; /* n of cap, NAME_LEN bytes each */
    size_t n, cap;
};

static enum rc
add_stranger(struct strangers *s, const uint8_t name[static NAME_LEN])
{
    if (s->n == s->cap) {
        size_t cap = s->cap == 0 ? 8 : 2 * s->cap;
        uint8_t *more = realloc(s->names, cap * NAME_LEN);

        if (more == NULL) {
            return RC_NOMEM;
        }
        s->names = more;
        s->cap = cap;
    }
    memcpy(s->names + s->n++ * NAME_LEN, name, NAME_LEN);
    return RC_OK;
}

/* Is it a row of the table itself, as the root says? */
static bool
is_contents(const struct vault *v, const uint8_t name[static NAME_LEN],
            const uint8_t *nonce)
{
    uint8_t own[NAME_LEN];

    contents_root_name(v->keys, own);
    if (memcmp(own, name, NAME_LEN) == 0) {
        return true;
    }
    for (int i = 0; i < CONTENTS_LEAVES; i++) {
        if (memcmp(v->contents.leaves[i], nonce, NONCE_LEN) == 0) {
            contents_leaf_name(v->keys, own, (uint8_t)i);
            return memcmp(own, name, NAME_LEN) == 0;
        }
    }
    return false;
}

struct check {
    struct vault *v;
    struct strangers strangers;
    bool odd; /* rows with names that are none */
};

static enum rc
check_name(const struct vaultdb_row *row, void *arg)
{
    struct check *c = arg;
    bool whole = row->nonce_len == NONCE_LEN;
    struct rowindex_entry *e;

    if (row->name_len != NAME_LEN) {
        c->odd = true;
        return add_fault(c->v, VAULT_BACK, (enum vault_kind)0, NULL, 0);
    }
    if ((e = rowindex_find(&c->v->index, row->name)) != NULL) {
        e->present = true;
        return whole && memcmp(e->nonce, row->nonce, NONCE_LEN) == 0
                   ? RC_OK
                   : add_fault(c->v, VAULT_OLD, (enum vault_kind)e->kind, e->id,
                               e->id_len);
    }
    return whole && is_contents(c->v, row->name, row->nonce)
               ? RC_OK
               : add_stranger(&c->strangers, row->name);
}

/* Every row against the table; boxes are not read for that. */
static enum rc
check_rows(struct check *c)
{
    struct vault *v = c->v;
    enum rc rc;

    rowindex_mark(&v->index);
    rc = vaultdb_each(&v->db, check_name, c);
    for (size_t i = 0; rc == RC_OK && i < v->index.n; i++) {
        const struct rowindex_entry *e = v->index.entries[i];

        if (!e->present) {
            rc = add_fault(v, VAULT_GONE, (enum vault_kind)e->kind, e->id,
                           e->id_len);
        }
    }
    return rc;
}

/* One of them, in a group: it may have been written since. */
static enum rc
remove_stranger(struct vault *v, const uint8_t name[static NAME_LEN])
{
    struct vaultdb_row row;
    struct rowbox b = {0};
    bool ours = rowindex_find(&v->index, name) != NULL;
    enum rc rc = vaultdb_get(&v->db, &row, name);

    if (rc == RC_FORGED) {
        rc = RC_OK; /* no box of ours */
    } else if (rc == RC_OK) {
        ours = ours || is_contents(v, name, row.nonce);
        if (!ours && vault_unseal(v, &b, name, &row) != RC_OK) {
            b.kind = (enum vault_kind)0;
        }
    }
    vaultdb_got(&v->db);
    if (rc == RC_MISSING || ours) {
        rc = RC_OK;
    } else if ((rc = add_fault(v, VAULT_BACK, b.kind, b.row.id,
                               b.row.id_len)) == RC_OK) {
        rc = vaultdb_delete(&v->db, name);
    }
    rowbox_wipe(&b);
    return rc;
}

/* What was deleted and put back is deleted again. */
static enum rc
remove_strangers(struct check *c)
{
    struct vault *v = c->v;
    bool none = c->strangers.n == 0 && !c->odd;
    enum rc rc = none ? RC_OK : vault_begin(v);

    if (none || rc != RC_OK) {
        return rc;
    }
    for (size_t i = 0; rc == RC_OK && i < c->strangers.n; i++) {
        rc = remove_stranger(v, c->strangers.names + i * NAME_LEN);
    }
    if (rc == RC_OK) {
        rc = vaultdb_run(&v->db, VAULTDB_ODD);
    }
    if (rc == RC_OK) {
        return vault_commit(v);
    }
    vault_abort(v);
    return rc;
}

enum rc
vault_check(struct vault *v)
{
    struct check c = {.v = v};
    enum rc rc = vault_look(v);

    if (rc == RC_OK) {
        rc = check_rows(&c);
        vault_looked(v);
    }
    if (rc == RC_OK) {
        rc = remove_strangers(&c);
    }
    free(c.strangers.names);
    return rc;
}

const struct vault_fault *
vault_fault(const struct vault *v, size_t n)
{
    return n < v->n_faults && n < VAULT_FAULTS_MAX ? &v->faults[n] : NULL;
}

size_t
vault_faults(const struct vault *v)
{
    return v->n_faults;
}
