/* SPDX-License-Identifier: ISC */
#include "vault.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#include "kdf.h"
#include "reader.h"
#include "vault_inner.h"
#include "vaultfile.h"
#include "writer.h"

#define NAME_LEN  ROWBOX_NAME_LEN
#define NONCE_LEN ROWBOX_NONCE_LEN

void
vault_release(uint8_t *out, size_t len)
{
    if (out != NULL) {
        sodium_memzero(out, len);
        free(out);
    }
}

void
vault_close(struct vault *v)
{
    if (v == NULL) {
        return;
    }
    vaultdb_close(&v->db);
    rowindex_wipe(&v->index);
    vault_release((uint8_t *)v->faults, VAULT_FAULTS_MAX * sizeof *v->faults);
    sodium_free(v->keys);
    free(v->journal);
    free(v);
}

/* --- the table of contents ----------------------------------------------- */

enum rc
vault_unseal(struct vault *v, struct rowbox *out,
             const uint8_t name[static NAME_LEN], const struct vaultdb_row *row)
{
    v->unsealed++;
    return rowbox_open(v->keys, out, name, row->nonce, row->box, row->box_len);
}

/* The leaf is as the root says, or the table is no good. */
static enum rc
read_leaf(struct vault *v, uint8_t leaf, const uint8_t nonce[static NONCE_LEN])
{
    uint8_t name[NAME_LEN];
    struct vaultdb_row row;
    struct rowbox b = {0};
    enum rc rc;

    if (sodium_is_zero(nonce, NONCE_LEN)) {
        rowindex_forget_group(&v->index, leaf);
        return RC_OK;
    }
    contents_leaf_name(v->keys, name, leaf);
    rc = vaultdb_get(&v->db, &row, name);
    if (rc == RC_MISSING ||
        (rc == RC_OK && memcmp(row.nonce, nonce, NONCE_LEN) != 0)) {
        rc = RC_FORGED;
    }
    if (rc == RC_OK && (rc = vault_unseal(v, &b, name, &row)) == RC_OK) {
        rc =
            contents_leaf_read(&v->index, v->keys, leaf, b.row.data, b.row.len);
    }
    vaultdb_got(&v->db);
    rowbox_wipe(&b);
    return rc;
}

/* What has changed since this root. */
static enum rc
read_leaves(struct vault *v, const struct contents *now)
{
    enum rc rc = RC_OK;

    for (int i = 0; rc == RC_OK && i < CONTENTS_LEAVES; i++) {
        if (!v->known ||
            memcmp(v->contents.leaves[i], now->leaves[i], NONCE_LEN) != 0) {
            rc = read_leaf(v, (uint8_t)i, now->leaves[i]);
        }
    }
    return rc;
}

static void
forget_contents(struct vault *v)
{
    rowindex_wipe(&v->index);
    v->known = false;
}

/* Is the table in memory not that of the disk? Then *out is. */
static enum rc
read_root(struct vault *v, struct contents *out,
          uint8_t nonce[static NONCE_LEN], bool *other)
{
    uint8_t name[NAME_LEN];
    struct vaultdb_row row;
    struct rowbox b = {0};
    bool newer;
    enum rc rc;

    contents_root_name(v->keys, name);
    if ((rc = vaultdb_get(&v->db, &row, name)) == RC_OK) {
        memcpy(nonce, row.nonce, NONCE_LEN);
        newer = memcmp(nonce, v->root, NONCE_LEN) != 0;
        *other = newer || !v->known;
        if (*other && (rc = vault_unseal(v, &b, name, &row)) == RC_OK &&
            (rc = contents_parse(out, b.row.data, b.row.len)) == RC_OK &&
            newer && out->generation <= v->generation) {
            rc = RC_EXPIRED; /* somebody's old copy */
            v->exchanged = true;
        }
    }
    vaultdb_got(&v->db);
    rowbox_wipe(&b);
    return rc == RC_MISSING ? RC_FORGED : rc;
}

/* The table as it is now; in a transaction. */
static enum rc
refresh(struct vault *v)
{
    uint8_t nonce[NONCE_LEN];
    struct contents now;
    bool other = false;
    enum rc rc = read_root(v, &now, nonce, &other);

    if (rc == RC_OK && !other) {
        return RC_OK;
    }
    if (rc != RC_OK || (rc = read_leaves(v, &now)) != RC_OK) {
        forget_contents(v);
        return rc;
    }
    v->contents = now;
    v->generation = now.generation;
    memcpy(v->root, nonce, NONCE_LEN);
    v->known = true;
    return RC_OK;
}

enum rc
vault_look(struct vault *v)
{
    enum rc rc = RC_OK;

    if (!v->group && (rc = vaultdb_run(&v->db, VAULTDB_LOOK)) == RC_OK &&
        (rc = refresh(v)) != RC_OK) {
        vault_looked(v);
    }
    return rc;
}

void
vault_looked(struct vault *v)
{
    if (!v->group && vaultdb_run(&v->db, VAULTDB_ROLLBACK) != RC_OK) {
        v->known = false; /* nothing was begun */
    }
}

/* Writes a row, whatever the table says of it. */
static enum rc
write_row(struct vault *v, uint8_t nonce[static NONCE_LEN],
          const uint8_t name[static NAME_LEN], enum vault_kind kind,
          const struct vault_row *row)
{
    struct vaultdb_row out = {name, nonce, NULL, NAME_LEN, NONCE_LEN, 0};
    uint8_t *box;
    enum rc rc =
        rowbox_seal(v->keys, nonce, &box, &out.box_len, name, kind, row);

    out.box = box;
    if (rc == RC_OK) {
        rc = vaultdb_put(&v->db, &out);
    }
    free(box);
    return rc;
}

static enum rc
write_leaf(struct vault *v, uint8_t leaf)
{
    uint8_t name[NAME_LEN];
    struct vault_row row = {.id = &leaf, .id_len = 1};
    uint8_t *bytes;
    enum rc rc = contents_leaf_write(&bytes, &row.len, &v->index, leaf);

    row.data = bytes;
    contents_leaf_name(v->keys, name, leaf);
    if (rc == RC_OK && bytes == NULL) {
        memset(v->contents.leaves[leaf], 0, NONCE_LEN);
        rc = vaultdb_delete(&v->db, name);
    } else if (rc == RC_OK) {
        rc = write_row(v, v->contents.leaves[leaf], name, VAULT_CONTENTS, &row);
    }
    vault_release(bytes, row.len);
    return rc;
}

/* The leaves that a group changed, and the root, whose new nonce is kept. */
static enum rc
write_contents(struct vault *v, uint8_t root[static NONCE_LEN])
{
    uint8_t name[NAME_LEN], bytes[CONTENTS_ROOT_LEN];
    const struct vault_row row = {.data = bytes, .len = sizeof bytes};
    enum rc rc = RC_OK;

    for (int i = 0; rc == RC_OK && i < CONTENTS_LEAVES; i++) {
        if (v->dirty[i]) {
            rc = write_leaf(v, (uint8_t)i);
        }
    }
    if (rc != RC_OK) {
        return rc;
    }
    v->contents.generation++;
    contents_write(bytes, &v->contents);
    contents_root_name(v->keys, name);
    return write_row(v, root, name, VAULT_CONTENTS, &row);
}

/* --- opening ------------------------------------------------------------- */

static enum rc
create_contents(struct vault *v)
{
    enum rc rc = vaultdb_run(&v->db, VAULTDB_BEGIN);

    if (rc == RC_OK) {
        v->group = true;
        v->dirty[0] = true; /* it is empty, but there is a root */
        rc = vault_commit(v);
    }
    return rc;
}

enum rc
vault_open(struct vault **out, const char *path,
           const uint8_t key[static VAULT_KEY_LEN], bool create)
{
    struct vault *v = NULL;
    enum rc rc;

    *out = NULL;
    if ((v = calloc(1, sizeof *v)) == NULL ||
        (v->keys = sodium_malloc(sizeof *v->keys)) == NULL) {
        rc = RC_NOMEM;
        goto out;
    }
    if ((v->journal = malloc(strlen(path) + sizeof "-journal")) == NULL) {
        rc = RC_NOMEM;
        goto out;
    }
    (void)strcat(strcpy(v->journal, path), "-journal");
    kdf(v->keys->name, key, "vault name", NULL, 0);
    kdf(v->keys->seal, key, "vault seal", NULL, 0);
    if ((rc = vaultdb_open(&v->db, path, create)) != RC_OK ||
        (rc = create ? create_contents(v) : vault_check(v)) != RC_OK) {
        goto out;
    }
    (void)vault_changed(v);
    *out = v;
    v = NULL;
out:
    vault_close(v);
    return rc;
}

enum rc
vault_begin(struct vault *v)
{
    enum rc rc = vaultdb_run(&v->db, VAULTDB_BEGIN);

    if (rc == RC_OK) {
        v->group = true;
        if ((rc = refresh(v)) != RC_OK) {
            vault_abort(v);
        }
    }
    return rc;
}

enum rc
vault_commit(struct vault *v)
{
    bool changed = memchr(v->dirty, true, sizeof v->dirty) != NULL;
    uint8_t root[NONCE_LEN];
    enum rc rc = v->spoiled ? RC_NOMEM : RC_OK;

    if (rc == RC_OK && changed) {
        rc = write_contents(v, root);
    }
    if (rc != RC_OK || (rc = vaultdb_run(&v->db, VAULTDB_COMMIT)) != RC_OK) {
        vault_abort(v);
        return rc;
    }
    if (changed) {
        memcpy(v->root, root, sizeof root);
        v->generation = v->contents.generation;
        v->known = true;
    }
    v->group = false;
    memset(v->dirty, 0, sizeof v->dirty);
    return RC_OK;
}

void
vault_abort(struct vault *v)
{
    if (sqlite3_get_autocommit(v->db.db) == 0 &&
        vaultdb_run(&v->db, VAULTDB_ROLLBACK) != RC_OK) {
        v->spoiled = true; /* it is read anew */
    }
    if (memchr(v->dirty, true, sizeof v->dirty) != NULL || v->spoiled) {
        forget_contents(v); /* it has what was taken back */
    }
    v->group = v->spoiled = false;
    memset(v->dirty, 0, sizeof v->dirty);
}

/* A change outside of a group is one of its own. */
static enum rc
begin_alone(struct vault *v, bool *alone)
{
    *alone = !v->group;
    return *alone ? vault_begin(v) : RC_OK;
}

static enum rc
end_alone(struct vault *v, bool alone, enum rc rc)
{
    if (alone && rc == RC_OK) {
        return vault_commit(v);
    }
    if (alone) {
        vault_abort(v);
    }
    return rc;
}

enum rc
vault_put(struct vault *v, enum vault_kind kind, const void *id, size_t id_len,
          const uint8_t *in, size_t len)
{
    const struct vault_row row = {id, id_len, in, len};
    uint8_t name[NAME_LEN], nonce[NONCE_LEN];
    bool alone;
    enum rc rc;

    if (len > VAULT_ROW_MAX) {
        return RC_FULL;
    }
    rowbox_name(v->keys, name, kind, id, id_len);
    if ((rc = begin_alone(v, &alone)) != RC_OK) {
        return rc;
    }
    if ((rc = write_row(v, nonce, name, kind, &row)) == RC_OK) {
        v->dirty[name[0]] = true;
        rc = rowindex_put(&v->index, name, nonce, (uint8_t)kind, id, id_len);
        v->spoiled = v->spoiled || rc != RC_OK;
    }
    return end_alone(v, alone, rc);
}

enum rc
vault_delete(struct vault *v, enum vault_kind kind, const void *id,
             size_t id_len)
{
    uint8_t name[NAME_LEN];
    bool alone;
    enum rc rc;

    rowbox_name(v->keys, name, kind, id, id_len);
    if ((rc = begin_alone(v, &alone)) != RC_OK) {
        return rc;
    }
    if ((rc = vaultdb_delete(&v->db, name)) == RC_OK &&
        rowindex_find(&v->index, name) != NULL) {
        v->dirty[name[0]] = true;
        rowindex_remove(&v->index, name);
    }
    return end_alone(v, alone, rc);
}

/* The row, if it is the one that was written last. mismatch: it is not as the
 * table says, which may be older than the row. */
static enum rc
open_listed(struct vault *v, struct rowbox *out,
            const uint8_t name[static NAME_LEN], bool *mismatch)
{
    const struct rowindex_entry *e = rowindex_find(&v->index, name);
    struct vaultdb_row row;
    enum rc rc = vaultdb_get(&v->db, &row, name);

    memset(out, 0, sizeof *out);
    *mismatch = rc == RC_OK
                    ? e == NULL || memcmp(row.nonce, e->nonce, NONCE_LEN) != 0
                    : rc == RC_MISSING && e != NULL;
    if (*mismatch) {
        rc = RC_FORGED;
    } else if (rc == RC_OK) {
        rc = vault_unseal(v, out, name, &row);
    }
    vaultdb_got(&v->db);
    return rc;
}

static enum rc
open_row(struct vault *v, struct rowbox *out,
         const uint8_t name[static NAME_LEN])
{
    bool mismatch;
    enum rc rc = open_listed(v, out, name, &mismatch);

    if (mismatch && !v->group && (rc = vault_look(v)) == RC_OK) {
        rc = open_listed(v, out, name, &mismatch);
        vault_looked(v);
    }
    return rc;
}

enum rc
vault_get(struct vault *v, enum vault_kind kind, const void *id, size_t id_len,
          uint8_t **out, size_t *len)
{
    uint8_t name[NAME_LEN];
    struct rowbox b;
    enum rc rc;

    *out = NULL;
    *len = 0;
    rowbox_name(v->keys, name, kind, id, id_len);
    if ((rc = open_row(v, &b, name)) == RC_OK) {
        *len = b.row.len;
        if ((*out = malloc(b.row.len + 1)) == NULL) {
            rc = RC_NOMEM;
            *len = 0;
        } else {
            memcpy(*out, b.row.data, b.row.len);
            (*out)[b.row.len] = 0;
        }
    }
    rowbox_wipe(&b);
    return rc;
}

bool
vault_has(struct vault *v, enum vault_kind kind, const void *id, size_t id_len)
{
    uint8_t *out;
    size_t len;
    enum rc rc = vault_get(v, kind, id, id_len, &out, &len);

    vault_release(out, len);
    return rc == RC_OK;
}

/* --- rows of a kind ------------------------------------------------------ */

enum rc
vault_each(struct vault *v, enum vault_kind kind,
           enum rc (*fn)(const struct vault_row *row, void *arg), void *arg,
           size_t *damaged)
{
    uint8_t *names = NULL;
    size_t n = 0, bad = 0;
    enum rc rc = vault_look(v);

    if (rc == RC_OK) {
        vault_looked(v);
        rc = rowindex_names(&v->index, (uint8_t)kind, &names, &n);
    }
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct rowbox b;
        enum rc row = open_row(v, &b, names + i * NAME_LEN);

        if (row == RC_FORGED) {
            bad++;
        } else if (row == RC_OK) {
            rc = fn(&b.row, arg);
        } else if (row != RC_MISSING) { /* deleted by fn meanwhile */
            rc = row;
        }
        rowbox_wipe(&b);
    }
    free(names);
    if (damaged != NULL) {
        *damaged = bad;
    }
    return rc;
}

uint64_t
vault_unsealed(const struct vault *v)
{
    return v->unsealed;
}

/* --- what is left behind ------------------------------------------------- */

enum rc
vault_scrub(struct vault *v)
{
    /* Nobody else has a journal that counts, and ours is not begun. */
    enum rc rc = vaultdb_run(&v->db, VAULTDB_EXCLUSIVE), end;

    if (rc == RC_OK) {
        rc = vaultfile_zero(v->journal);
        end = vaultdb_run(&v->db, VAULTDB_ROLLBACK);
        rc = rc == RC_OK ? end : rc;
    }
    return rc;
}

enum rc
vault_renew(struct vault *v)
{
    enum rc rc = vaultdb_renew(&v->db);
    enum rc end = vault_scrub(v); /* all the more where it failed */

    return rc == RC_OK ? end : rc;
}

bool
vault_exchanged(const struct vault *v)
{
    return v->exchanged;
}

bool
vault_changed(struct vault *v)
{
    int64_t version = vaultdb_version(&v->db, v->version);
    bool changed = version != v->version;

    v->version = version;
    return changed;
}

enum rc
vault_number(struct vault *v, const char *name, uint64_t *out)
{
    uint8_t *data;
    size_t len;
    struct reader r;
    uint64_t value;
    enum rc rc = vault_get(v, VAULT_NUMBER, name, strlen(name), &data, &len);

    if (rc != RC_OK) {
        return rc == RC_MISSING ? RC_OK : rc;
    }
    rd_init(&r, data, len);
    value = rd_u64(&r);
    rc = rd_end(&r);
    vault_release(data, len);
    if (rc == RC_OK) {
        *out = value;
    }
    return rc;
}

enum rc
vault_set_number(struct vault *v, const char *name, uint64_t value)
{
    uint8_t data[8];
    struct writer w;

    wr_init(&w, data, sizeof data);
    wr_u64(&w, value);
    return vault_put(v, VAULT_NUMBER, name, strlen(name), data, sizeof data);
}
