/* SPDX-License-Identifier: ISC */
#include "vault.h"

#include <sodium.h>
#include <sqlite3.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kdf.h"
#include "reader.h"
#include "rowindex.h"
#include "vaultfile.h"
#include "writer.h"

#define NAME_LEN ROWINDEX_NAME_LEN
#define NONCE_LEN crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN crypto_aead_xchacha20poly1305_ietf_ABYTES
/* kind u8, id length u8, data length u32 */
#define FRAME_LEN 6
#define PAD_MIN 256
#define BUSY_MS 15000

enum statement {
    ST_PUT,
    ST_GET,
    ST_DELETE,
    ST_ALL,
    ST_BEGIN,
    ST_EXCLUSIVE,
    ST_COMMIT,
    ST_ROLLBACK,
    ST_VERSION,
    STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [ST_PUT] = "INSERT OR REPLACE INTO rows(name, box) VALUES(?1, ?2)",
    [ST_GET] = "SELECT box FROM rows WHERE name = ?1",
    [ST_DELETE] = "DELETE FROM rows WHERE name = ?1",
    [ST_ALL] = "SELECT name, box FROM rows",
    [ST_BEGIN] = "BEGIN IMMEDIATE",
    [ST_EXCLUSIVE] = "BEGIN EXCLUSIVE",
    [ST_COMMIT] = "COMMIT",
    [ST_ROLLBACK] = "ROLLBACK",
    [ST_VERSION] = "PRAGMA data_version",
};

struct keys {
    uint8_t name[KDF_LEN];
    uint8_t seal[KDF_LEN];
};

struct vault {
    sqlite3 *db;
    sqlite3_stmt *st[STATEMENTS];
    struct keys *keys; /* sodium_malloc */
    char *journal;     /* its path */
    int64_t version;   /* when vault_changed looked */
    struct rowindex index;
    int64_t indexed; /* the version of the index */
    bool index_good; /* and nothing was taken back since */
    size_t odd;      /* rows with names that are none of ours */
    uint64_t unsealed; /* rows opened so far */
};

/* A row's place: a keyed hash, so that names tell nothing and a row that was
 * moved to another name does not open. */
static void
row_name(const struct vault *v, uint8_t out[static NAME_LEN],
         enum vault_kind kind, const void *id, size_t id_len)
{
    uint8_t in[1 + VAULT_ID_MAX];
    uint8_t hash[KDF_LEN];

    if (id_len > VAULT_ID_MAX) {
        abort(); /* our own mistake: ids have fixed lengths */
    }
    in[0] = (uint8_t)kind;
    if (id_len > 0) {
        memcpy(in + 1, id, id_len);
    }
    kdf(hash, v->keys->name, "row", in, 1 + id_len);
    memcpy(out, hash, NAME_LEN);
    sodium_memzero(in, sizeof in);
}

static size_t
padded(size_t len)
{
    size_t n = PAD_MIN;

    while (n < len) {
        n *= 2;
    }
    return n;
}

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

static enum rc
run(struct vault *v, enum statement which)
{
    int code = sqlite3_step(v->st[which]);

    sqlite3_reset(v->st[which]);
    return sql_rc(code);
}

/* The sealed form of a row; heap, *box_len bytes. */
static enum rc
seal(const struct vault *v, uint8_t **box, size_t *box_len,
     const uint8_t name[static NAME_LEN], enum vault_kind kind, const void *id,
     size_t id_len, const uint8_t *in, size_t len)
{
    size_t plain_len = padded(FRAME_LEN + id_len + len);
    uint8_t *plain = malloc(plain_len);
    uint8_t *out = malloc(NONCE_LEN + plain_len + TAG_LEN);
    struct writer w;
    enum rc rc = RC_NOMEM;

    *box = NULL;
    *box_len = 0;
    if (plain == NULL || out == NULL) {
        goto out;
    }
    wr_init(&w, plain, plain_len);
    wr_u8(&w, (uint8_t)kind);
    wr_u8(&w, (uint8_t)id_len);
    wr_u32(&w, (uint32_t)len);
    wr_bytes(&w, id, id_len);
    wr_bytes(&w, in, len);
    wr_zeroes(&w);
    if ((rc = wr_end(&w)) != RC_OK) {
        goto out;
    }
    randombytes_buf(out, NONCE_LEN);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_LEN, NULL, plain,
                                               plain_len, name, NAME_LEN, NULL,
                                               out, v->keys->seal);
    *box = out;
    *box_len = NONCE_LEN + plain_len + TAG_LEN;
    out = NULL;
out:
    free(out);
    vault_release(plain, plain_len);
    return rc;
}

struct opened {
    uint8_t *plain; /* heap, secret */
    size_t plain_len;
    enum vault_kind kind;
    struct vault_row row;
};

static void
opened_wipe(struct opened *o)
{
    vault_release(o->plain, o->plain_len);
    memset(o, 0, sizeof *o);
}

static enum rc
unseal(struct vault *v, struct opened *out,
       const uint8_t name[static NAME_LEN], const uint8_t *box, size_t box_len)
{
    uint8_t expected[NAME_LEN];
    struct opened o = {0};
    struct reader r;

    memset(out, 0, sizeof *out);
    v->unsealed++;
    if (box == NULL || box_len < NONCE_LEN + TAG_LEN + FRAME_LEN ||
        box_len > 2 * VAULT_ROW_MAX) {
        return RC_FORGED;
    }
    o.plain_len = box_len - NONCE_LEN - TAG_LEN;
    if ((o.plain = malloc(o.plain_len)) == NULL) {
        return RC_NOMEM;
    }
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            o.plain, NULL, NULL, box + NONCE_LEN, box_len - NONCE_LEN, name,
            NAME_LEN, box, v->keys->seal) != 0) {
        opened_wipe(&o);
        return RC_FORGED;
    }
    rd_init(&r, o.plain, o.plain_len);
    o.kind = (enum vault_kind)rd_u8(&r);
    o.row.id_len = rd_u8(&r);
    rd_require(&r, o.row.id_len <= VAULT_ID_MAX);
    o.row.len = rd_u32(&r);
    o.row.id = rd_bytes(&r, o.row.id_len);
    o.row.data = rd_bytes(&r, o.row.len);
    rd_zeroes(&r);
    if (rd_end(&r) != RC_OK) {
        opened_wipe(&o);
        return RC_FORGED;
    }
    row_name(v, expected, o.kind, o.row.id, o.row.id_len);
    if (sodium_memcmp(expected, name, NAME_LEN) != 0) {
        opened_wipe(&o);
        return RC_FORGED;
    }
    *out = o;
    return RC_OK;
}

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
    for (size_t i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(v->st[i]);
    }
    sqlite3_close(v->db);
    rowindex_wipe(&v->index);
    sodium_free(v->keys);
    free(v->journal);
    free(v);
}

/* secure_delete: what was replaced is overwritten. PERSIST: the journal, with
 * what pages held before, keeps its place on the disk, so that vault_scrub can
 * overwrite it. FULL: a commit that returned is on the disk. */
static enum rc
prepare(struct vault *v, bool create)
{
    const char *setup = "PRAGMA secure_delete = ON;"
                        "PRAGMA journal_mode = PERSIST;"
                        "PRAGMA synchronous = FULL;"
                        "PRAGMA temp_store = MEMORY;";
    const char *table = "CREATE TABLE rows(name BLOB PRIMARY KEY, box BLOB NOT "
                        "NULL) WITHOUT ROWID;";
    int code;

    sqlite3_busy_timeout(v->db, BUSY_MS);
    if ((code = sqlite3_exec(v->db, setup, NULL, NULL, NULL)) != SQLITE_OK ||
        (create &&
         (code = sqlite3_exec(v->db, table, NULL, NULL, NULL)) != SQLITE_OK)) {
        return sql_rc(code);
    }
    for (size_t i = 0; i < STATEMENTS; i++) {
        code = sqlite3_prepare_v3(v->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &v->st[i], NULL);
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

/* A row that is always there shows whether the key is the right one. */
static enum rc
check_key(struct vault *v, bool create)
{
    static const uint8_t word[] = "tocsin-desk 1";
    uint8_t *got = NULL;
    size_t len = 0;
    enum rc rc;

    if (create) {
        return vault_put(v, VAULT_NUMBER, "vault", 5, word, sizeof word);
    }
    rc = vault_get(v, VAULT_NUMBER, "vault", 5, &got, &len);
    if (rc == RC_MISSING || (rc == RC_OK && (len != sizeof word ||
                                             memcmp(got, word, len) != 0))) {
        rc = RC_FORGED;
    }
    vault_release(got, len);
    return rc;
}

enum rc
vault_open(struct vault **out, const char *path,
           const uint8_t key[static VAULT_KEY_LEN], bool create)
{
    struct vault *v = NULL;
    enum rc rc;

    *out = NULL;
    if (create && (rc = file_new(path)) != RC_OK) {
        return rc;
    }
    if (!create && (rc = vaultfile_check(path)) != RC_OK) {
        return rc;
    }
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
    if ((rc = sql_rc(sqlite3_open_v2(path, &v->db, SQLITE_OPEN_READWRITE,
                                     NULL))) != RC_OK ||
        (rc = prepare(v, create)) != RC_OK ||
        (rc = vaultfile_whole(v->db, path)) != RC_OK ||
        (rc = check_key(v, create)) != RC_OK) {
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
    return run(v, ST_BEGIN);
}

enum rc
vault_commit(struct vault *v)
{
    enum rc rc = run(v, ST_COMMIT);

    if (rc != RC_OK) {
        vault_abort(v);
    }
    return rc;
}

void
vault_abort(struct vault *v)
{
    if (sqlite3_get_autocommit(v->db) == 0) {
        (void)run(v, ST_ROLLBACK);
        v->index_good = false;
    }
}

enum rc
vault_put(struct vault *v, enum vault_kind kind, const void *id, size_t id_len,
          const uint8_t *in, size_t len)
{
    uint8_t name[NAME_LEN];
    const struct rowindex_entry *known;
    uint8_t *box;
    size_t box_len;
    enum rc rc;

    if (len > VAULT_ROW_MAX) {
        return RC_FULL;
    }
    row_name(v, name, kind, id, id_len);
    if ((rc = seal(v, &box, &box_len, name, kind, id, id_len, in, len)) !=
        RC_OK) {
        return rc;
    }
    if (sqlite3_bind_blob(v->st[ST_PUT], 1, name, NAME_LEN, SQLITE_STATIC) !=
            SQLITE_OK ||
        sqlite3_bind_blob(v->st[ST_PUT], 2, box, (int)box_len,
                          SQLITE_STATIC) != SQLITE_OK) {
        rc = RC_NOMEM;
    } else {
        rc = run(v, ST_PUT);
    }
    known = rowindex_find(&v->index, name);
    if (rc == RC_OK && v->index_good && (known == NULL || known->kind == 0) &&
        rowindex_put(&v->index, name, (uint8_t)kind, id, id_len) != RC_OK) {
        v->index_good = false;
    }
    (void)sqlite3_clear_bindings(v->st[ST_PUT]);
    free(box);
    return rc;
}

static enum rc
open_row(struct vault *v, struct opened *o, const uint8_t name[static NAME_LEN])
{
    sqlite3_stmt *st = v->st[ST_GET];
    enum rc rc;
    int code;

    memset(o, 0, sizeof *o);
    if (sqlite3_bind_blob(st, 1, name, NAME_LEN, SQLITE_STATIC) != SQLITE_OK) {
        return RC_NOMEM;
    }
    code = sqlite3_step(st);
    if (code == SQLITE_DONE) {
        rc = RC_MISSING;
    } else if (code == SQLITE_ROW) {
        rc = unseal(v, o, name, sqlite3_column_blob(st, 0),
                    (size_t)sqlite3_column_bytes(st, 0));
    } else {
        rc = sql_rc(code);
    }
    sqlite3_reset(st);
    return rc;
}

enum rc
vault_get(struct vault *v, enum vault_kind kind, const void *id, size_t id_len,
          uint8_t **out, size_t *len)
{
    uint8_t name[NAME_LEN];
    struct opened o;
    enum rc rc;

    *out = NULL;
    *len = 0;
    row_name(v, name, kind, id, id_len);
    if ((rc = open_row(v, &o, name)) == RC_OK) {
        *len = o.row.len;
        if ((*out = malloc(o.row.len + 1)) == NULL) {
            rc = RC_NOMEM;
            *len = 0;
        } else {
            memcpy(*out, o.row.data, o.row.len);
            (*out)[o.row.len] = 0;
        }
    }
    opened_wipe(&o);
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

enum rc
vault_delete(struct vault *v, enum vault_kind kind, const void *id,
             size_t id_len)
{
    uint8_t name[NAME_LEN];
    enum rc rc;

    row_name(v, name, kind, id, id_len);
    if (sqlite3_bind_blob(v->st[ST_DELETE], 1, name, NAME_LEN,
                          SQLITE_STATIC) != SQLITE_OK) {
        return RC_NOMEM;
    }
    if ((rc = run(v, ST_DELETE)) == RC_OK) {
        rowindex_remove(&v->index, name);
    }
    return rc;
}

/* --- rows of a kind ------------------------------------------------------ */

static int64_t
data_version(struct vault *v, int64_t otherwise)
{
    sqlite3_stmt *st = v->st[ST_VERSION];
    int64_t version = otherwise;

    if (sqlite3_step(st) == SQLITE_ROW) {
        version = sqlite3_column_int64(st, 0);
    }
    sqlite3_reset(st);
    return version;
}

/* A name: known, or the row is opened to learn what it is. Its box is not
 * even read otherwise. */
static enum rc
note_name(struct vault *v, sqlite3_stmt *st)
{
    const uint8_t *name = sqlite3_column_blob(st, 0);
    struct rowindex_entry *known;
    struct opened o;
    enum rc rc;

    if (sqlite3_column_bytes(st, 0) != NAME_LEN) {
        v->odd++;
        return RC_OK;
    }
    known = rowindex_find(&v->index, name);
    if (known != NULL && known->kind != 0) {
        known->present = true;
        return RC_OK;
    }
    rc = unseal(v, &o, name, sqlite3_column_blob(st, 1),
                (size_t)sqlite3_column_bytes(st, 1));
    if (rc == RC_FORGED) {
        return rowindex_put(&v->index, name, 0, NULL, 0);
    }
    if (rc == RC_OK) {
        rc = rowindex_put(&v->index, name, (uint8_t)o.kind, o.row.id,
                          o.row.id_len);
    }
    opened_wipe(&o);
    return rc;
}

/* A row's kind and id go with its name for good, so only names that are new
 * cost anything. */
static enum rc
index_refresh(struct vault *v)
{
    sqlite3_stmt *st = v->st[ST_ALL];
    int64_t version = data_version(v, v->indexed);
    enum rc rc = RC_OK;
    int code;

    if (v->index_good && version == v->indexed) {
        return RC_OK;
    }
    v->odd = 0;
    rowindex_mark(&v->index);
    while (rc == RC_OK && (code = sqlite3_step(st)) == SQLITE_ROW) {
        rc = note_name(v, st);
    }
    if (rc == RC_OK && code != SQLITE_DONE) {
        rc = sql_rc(code);
    }
    sqlite3_reset(st);
    if (rc == RC_OK) {
        rowindex_sweep(&v->index);
        v->indexed = version;
        v->index_good = true;
    }
    return rc;
}

enum rc
vault_each(struct vault *v, enum vault_kind kind,
           enum rc (*fn)(const struct vault_row *row, void *arg), void *arg,
           size_t *damaged)
{
    uint8_t *names = NULL;
    size_t n = 0, bad = 0;
    enum rc rc = index_refresh(v);

    if (rc == RC_OK) {
        rc = rowindex_names(&v->index, (uint8_t)kind, &names, &n);
    }
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct opened o;
        enum rc row = open_row(v, &o, names + i * NAME_LEN);

        if (row == RC_FORGED) {
            bad++;
        } else if (row == RC_OK) {
            rc = fn(&o.row, arg);
        } else if (row != RC_MISSING) { /* deleted by fn meanwhile */
            rc = row;
        }
        opened_wipe(&o);
    }
    free(names);
    if (damaged != NULL) {
        *damaged = bad + v->odd + rowindex_count(&v->index, 0);
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
    enum rc rc = run(v, ST_EXCLUSIVE);

    if (rc == RC_OK) {
        rc = vaultfile_zero(v->journal);
        (void)run(v, ST_ROLLBACK);
    }
    return rc;
}

bool
vault_changed(struct vault *v)
{
    int64_t version = data_version(v, v->version);
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
    enum rc rc =
        vault_get(v, VAULT_NUMBER, name, strlen(name), &data, &len);

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
