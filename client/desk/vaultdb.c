/* SPDX-License-Identifier: ISC */
#include "vaultdb.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "vaultfile.h"

#define NAME_LEN ROWBOX_NAME_LEN
#define BUSY_MS  15000

static const char *const sql[VAULTDB_STATEMENTS] = {
    [VAULTDB_PUT] = "INSERT OR REPLACE INTO rows(name, nonce, box) "
                    "VALUES(?1, ?2, ?3)",
    [VAULTDB_GET] = "SELECT name, nonce, box FROM rows WHERE name = ?1",
    [VAULTDB_DELETE] = "DELETE FROM rows WHERE name = ?1",
    [VAULTDB_ODD] = "DELETE FROM rows WHERE typeof(name) <> 'blob' OR "
                    "length(name) <> 16",
    [VAULTDB_ALL] = "SELECT name, nonce FROM rows",
    [VAULTDB_LOOK] = "BEGIN",
    [VAULTDB_BEGIN] = "BEGIN IMMEDIATE",
    [VAULTDB_EXCLUSIVE] = "BEGIN EXCLUSIVE",
    [VAULTDB_COMMIT] = "COMMIT",
    [VAULTDB_ROLLBACK] = "ROLLBACK",
    [VAULTDB_VERSION] = "PRAGMA data_version",
};

static enum rc
sql_rc(int code)
{
    switch (code) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return RC_OK;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return RC_FORGED;
    case SQLITE_NOMEM:
        return RC_NOMEM;
    case SQLITE_FULL:
        return RC_FULL;
    default:
        return RC_IO;
    }
}

#define COLUMNS                                                                \
    "(name BLOB PRIMARY KEY, nonce BLOB NOT NULL, box BLOB NOT NULL) "         \
    "WITHOUT ROWID;"

/* secure_delete: what was replaced is overwritten. PERSIST: the journal, with
 * what pages held before, keeps its place on the disk, so that vault_scrub can
 * overwrite it. FULL: a commit that returned is on the disk. */
static enum rc
prepare(struct vaultdb *db, bool create)
{
    const char *setup = "PRAGMA secure_delete = ON;"
                        "PRAGMA journal_mode = PERSIST;"
                        "PRAGMA synchronous = FULL;"
                        "PRAGMA temp_store = MEMORY;";
    const char *table = "CREATE TABLE rows" COLUMNS;
    int code;

    sqlite3_busy_timeout(db->db, BUSY_MS);
    if ((code = sqlite3_exec(db->db, setup, NULL, NULL, NULL)) != SQLITE_OK ||
        (create &&
         (code = sqlite3_exec(db->db, table, NULL, NULL, NULL)) != SQLITE_OK)) {
        return sql_rc(code);
    }
    for (size_t i = 0; i < VAULTDB_STATEMENTS; i++) {
        code = sqlite3_prepare_v3(db->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &db->st[i], NULL);
        if (code != SQLITE_OK) {
            return code == SQLITE_ERROR ? RC_FORGED : sql_rc(code);
        }
    }
    return RC_OK;
}

static enum rc
file_new(const char *path)
{
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0) {
        return access(path, F_OK) == 0 ? RC_TAKEN : RC_IO;
    }
    return close(fd) == 0 ? RC_OK : RC_IO;
}

enum rc
vaultdb_open(struct vaultdb *db, const char *path, bool create)
{
    enum rc rc = create ? file_new(path) : vaultfile_check(path);

    if (rc != RC_OK ||
        (rc = sql_rc(sqlite3_open_v2(path, &db->db, SQLITE_OPEN_READWRITE,
                                     NULL))) != RC_OK ||
        (rc = prepare(db, create)) != RC_OK) {
        return rc;
    }
    return vaultfile_whole(db->db, path);
}

void
vaultdb_close(struct vaultdb *db)
{
    for (size_t i = 0; i < VAULTDB_STATEMENTS; i++) {
        sqlite3_finalize(db->st[i]);
    }
    sqlite3_close(db->db);
    memset(db, 0, sizeof *db);
}

enum rc
vaultdb_run(struct vaultdb *db, enum vaultdb_statement which)
{
    int code = sqlite3_step(db->st[which]);

    sqlite3_reset(db->st[which]);
    return sql_rc(code);
}

/* Whoever can write the file can plant a table of any name, a view or a
 * trigger, and nothing would ever be renewed. */
static enum rc
drop_planted(sqlite3 *db)
{
    static const char look[] =
        "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' "
        "AND NOT (type = 'table' AND name = 'rows') LIMIT 1";
    int code;

    do {
        sqlite3_stmt *st = NULL;
        char *drop = NULL;

        code = sqlite3_prepare_v2(db, look, -1, &st, NULL);
        if (code == SQLITE_OK && (code = sqlite3_step(st)) == SQLITE_ROW) {
            drop = sqlite3_mprintf("DROP %s \"%w\"",
                                   sqlite3_column_text(st, 0),
                                   sqlite3_column_text(st, 1));
        }
        (void)sqlite3_finalize(st);
        if (code == SQLITE_ROW) {
            code = drop == NULL ? SQLITE_NOMEM
                                : sqlite3_exec(db, drop, NULL, NULL, NULL);
            sqlite3_free(drop);
        }
    } while (code == SQLITE_OK);
    return sql_rc(code); /* SQLITE_DONE: none is left */
}

enum rc
vaultdb_renew(struct vaultdb *db)
{
    static const char run[] =
        "CREATE TABLE renewed" COLUMNS
        "INSERT INTO renewed SELECT name, nonce, box FROM rows ORDER BY name;"
        "DROP TABLE rows;"
        "ALTER TABLE renewed RENAME TO rows;";
    enum rc rc = vaultdb_run(db, VAULTDB_BEGIN);

    if (rc == RC_OK &&
        ((rc = drop_planted(db->db)) != RC_OK ||
         (rc = sql_rc(sqlite3_exec(db->db, run, NULL, NULL, NULL))) != RC_OK ||
         (rc = vaultdb_run(db, VAULTDB_COMMIT)) != RC_OK)) {
        (void)!vaultdb_run(db, VAULTDB_ROLLBACK);
    }
    return rc;
}

int64_t
vaultdb_version(struct vaultdb *db, int64_t otherwise)
{
    sqlite3_stmt *st = db->st[VAULTDB_VERSION];
    int64_t version = otherwise;

    if (sqlite3_step(st) == SQLITE_ROW) {
        version = sqlite3_column_int64(st, 0);
    }
    sqlite3_reset(st);
    return version;
}

static bool
bind(struct vaultdb *db, enum vaultdb_statement which, int at,
     const uint8_t *bytes, size_t len)
{
    return sqlite3_bind_blob(db->st[which], at, bytes, (int)len,
                             SQLITE_STATIC) == SQLITE_OK;
}

enum rc
vaultdb_put(struct vaultdb *db, const struct vaultdb_row *row)
{
    enum rc rc = RC_NOMEM;

    if (bind(db, VAULTDB_PUT, 1, row->name, row->name_len) &&
        bind(db, VAULTDB_PUT, 2, row->nonce, row->nonce_len) &&
        bind(db, VAULTDB_PUT, 3, row->box, row->box_len)) {
        rc = vaultdb_run(db, VAULTDB_PUT);
    }
    (void)sqlite3_clear_bindings(db->st[VAULTDB_PUT]);
    return rc;
}

enum rc
vaultdb_delete(struct vaultdb *db, const uint8_t name[static NAME_LEN])
{
    return bind(db, VAULTDB_DELETE, 1, name, NAME_LEN)
               ? vaultdb_run(db, VAULTDB_DELETE)
               : RC_NOMEM;
}

/* Text of the same bytes is another value to SQLite: not ours. */
static void
blob(sqlite3_stmt *st, int column, const uint8_t **out, size_t *len)
{
    if (sqlite3_column_type(st, column) == SQLITE_BLOB) {
        *out = sqlite3_column_blob(st, column);
        *len = (size_t)sqlite3_column_bytes(st, column);
    }
}

static void
row_of(struct vaultdb_row *out, sqlite3_stmt *st)
{
    memset(out, 0, sizeof *out);
    blob(st, 0, &out->name, &out->name_len);
    blob(st, 1, &out->nonce, &out->nonce_len);
    if (sqlite3_column_count(st) > 2) {
        blob(st, 2, &out->box, &out->box_len);
    }
}

enum rc
vaultdb_get(struct vaultdb *db, struct vaultdb_row *out,
            const uint8_t name[static NAME_LEN])
{
    sqlite3_stmt *st = db->st[VAULTDB_GET];
    int code;

    memset(out, 0, sizeof *out);
    if (!bind(db, VAULTDB_GET, 1, name, NAME_LEN)) {
        return RC_NOMEM;
    }
    if ((code = sqlite3_step(st)) != SQLITE_ROW) {
        return code == SQLITE_DONE ? RC_MISSING : sql_rc(code);
    }
    row_of(out, st);
    return out->nonce_len == ROWBOX_NONCE_LEN ? RC_OK : RC_FORGED;
}

void
vaultdb_got(struct vaultdb *db)
{
    sqlite3_reset(db->st[VAULTDB_GET]);
}

enum rc
vaultdb_each(struct vaultdb *db,
             enum rc (*fn)(const struct vaultdb_row *row, void *arg), void *arg)
{
    sqlite3_stmt *st = db->st[VAULTDB_ALL];
    enum rc rc = RC_OK;
    int code = SQLITE_DONE;

    while (rc == RC_OK && (code = sqlite3_step(st)) == SQLITE_ROW) {
        struct vaultdb_row row;

        row_of(&row, st);
        rc = fn(&row, arg);
    }
    sqlite3_reset(st);
    return rc == RC_OK ? sql_rc(code) : rc;
}
