/* SPDX-License-Identifier: ISC */
/* The SQLite database of a vault: rows of a name, a nonce and a box, which
 * mean nothing here. */
#ifndef VAULTDB_H
#define VAULTDB_H

#include "rc.h"
#include "rowbox.h"

#include <sqlite3.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vaultdb_statement {
    VAULTDB_PUT,
    VAULTDB_GET,
    VAULTDB_DELETE,
    VAULTDB_ODD, /* deletes what has no name of ours */
    VAULTDB_ALL, /* names and nonces; boxes are not read for that */
    VAULTDB_LOOK,
    VAULTDB_BEGIN,
    VAULTDB_EXCLUSIVE,
    VAULTDB_COMMIT,
    VAULTDB_ROLLBACK,
    VAULTDB_VERSION,
    VAULTDB_STATEMENTS
};

/* Zero: closed. */
struct vaultdb {
    sqlite3 *db;
    sqlite3_stmt *st[VAULTDB_STATEMENTS];
};

struct vaultdb_row {
    const uint8_t *name, *nonce, *box; /* borrowed; box NULL when not read */
    size_t name_len, nonce_len, box_len;
};

/* Open, or with create make, the database. RC_OK; RC_TAKEN, RC_MISSING;
 * RC_FORGED (no database, or cut off); RC_IO; RC_NOMEM. */
enum rc vaultdb_open(struct vaultdb *db, const char *path,
                     bool create) MUST_CHECK;
void vaultdb_close(struct vaultdb *db);

/* A statement without arguments or rows. */
enum rc vaultdb_run(struct vaultdb *db,
                    enum vaultdb_statement which) MUST_CHECK;
/*
 * All rows written anew, to pages of their own; the old pages are zeroed. For
 * SQLite zeroes what it deletes, but not where a row stood before it was moved
 * beside others: that place may outlive the row. Outside of a transaction.
 */
enum rc vaultdb_renew(struct vaultdb *db) MUST_CHECK;
/* Changes when another connection has committed; otherwise: on an error. */
int64_t vaultdb_version(struct vaultdb *db, int64_t otherwise);

enum rc vaultdb_put(struct vaultdb *db,
                    const struct vaultdb_row *row) MUST_CHECK;
enum rc vaultdb_delete(struct vaultdb *db,
                       const uint8_t name[static ROWBOX_NAME_LEN]) MUST_CHECK;
/* A row, borrowed until vaultdb_got, which is called whatever is returned:
 * RC_OK; RC_MISSING; RC_FORGED (its nonce has no nonce's length); RC_IO. */
enum rc vaultdb_get(struct vaultdb *db, struct vaultdb_row *out,
                    const uint8_t name[static ROWBOX_NAME_LEN]) MUST_CHECK;
void vaultdb_got(struct vaultdb *db);
/* Each row without its box. RC_OK, or what fn returned first. */
enum rc vaultdb_each(struct vaultdb *db,
                     enum rc (*fn)(const struct vaultdb_row *row, void *arg),
                     void *arg) MUST_CHECK;

#endif
