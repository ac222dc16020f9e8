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
#include "writer.h"

#define NAME_LEN 16
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
    int64_t version;
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
unseal(const struct vault *v, struct opened *out,
       const uint8_t name[static NAME_LEN], const uint8_t *box, size_t box_len)
{
    uint8_t expected[NAME_LEN];
    struct opened o = {0};
    struct reader r;

    memset(out, 0, sizeof *out);
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
    sodium_free(v->keys);
    free(v);
}

/* secure_delete: what was replaced is overwritten. TRUNCATE: no old pages
 * stay behind in a journal. FULL: a commit that returned is on the disk. */
static enum rc
prepare(struct vault *v, bool create)
{
    const char *setup = "PRAGMA secure_delete = ON;"
                        "PRAGMA journal_mode = TRUNCATE;"
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
    if (!create && access(path, F_OK) != 0) {
        return RC_MISSING;
    }
    if ((v = calloc(1, sizeof *v)) == NULL ||
        (v->keys = sodium_malloc(sizeof *v->keys)) == NULL) {
        rc = RC_NOMEM;
        goto out;
    }
    kdf(v->keys->name, key, "vault name", NULL, 0);
    kdf(v->keys->seal, key, "vault seal", NULL, 0);
    if ((rc = sql_rc(sqlite3_open_v2(path, &v->db, SQLITE_OPEN_READWRITE,
                                     NULL))) != RC_OK ||
        (rc = prepare(v, create)) != RC_OK ||
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
    }
}

enum rc
vault_put(struct vault *v, enum vault_kind kind, const void *id, size_t id_len,
          const uint8_t *in, size_t len)
{
    uint8_t name[NAME_LEN];
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
    (void)sqlite3_clear_bindings(v->st[ST_PUT]);
    free(box);
    return rc;
}

enum rc
vault_get(struct vault *v, enum vault_kind kind, const void *id, size_t id_len,
          uint8_t **out, size_t *len)
{
    sqlite3_stmt *st = v->st[ST_GET];
    uint8_t name[NAME_LEN];
    struct opened o = {0};
    enum rc rc;
    int code;

    *out = NULL;
    *len = 0;
    row_name(v, name, kind, id, id_len);
    if (sqlite3_bind_blob(st, 1, name, NAME_LEN, SQLITE_STATIC) != SQLITE_OK) {
        return RC_NOMEM;
    }
    code = sqlite3_step(st);
    if (code == SQLITE_DONE) {
        rc = RC_MISSING;
    } else if (code == SQLITE_ROW) {
        rc = unseal(v, &o, name, sqlite3_column_blob(st, 0),
                    (size_t)sqlite3_column_bytes(st, 0));
    } else {
        rc = sql_rc(code);
    }
    sqlite3_reset(st);
    if (rc == RC_OK) {
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

    row_name(v, name, kind, id, id_len);
    if (sqlite3_bind_blob(v->st[ST_DELETE], 1, name, NAME_LEN,
                          SQLITE_STATIC) != SQLITE_OK) {
        return RC_NOMEM;
    }
    return run(v, ST_DELETE);
}

struct rows {
    struct opened *rows; /* n of cap */
    size_t n, cap;
};

static enum rc
rows_add(struct rows *list, struct opened *o)
{
    if (list->n == list->cap) {
        size_t cap = list->cap == 0 ? 64 : list->cap * 2;
        struct opened *more = realloc(list->rows, cap * sizeof *more);

        if (more == NULL) {
            return RC_NOMEM;
        }
        list->rows = more;
        list->cap = cap;
    }
    list->rows[list->n++] = *o;
    memset(o, 0, sizeof *o);
    return RC_OK;
}

static int
by_id(const void *a, const void *b)
{
    const struct vault_row *x = &((const struct opened *)a)->row;
    const struct vault_row *y = &((const struct opened *)b)->row;
    size_t n = x->id_len < y->id_len ? x->id_len : y->id_len;
    int d = n > 0 ? memcmp(x->id, y->id, n) : 0;

    return d != 0 ? d : (x->id_len > y->id_len) - (x->id_len < y->id_len);
}

/* All rows of a kind, opened. */
static enum rc
collect(struct vault *v, struct rows *list, enum vault_kind kind,
        size_t *damaged)
{
    sqlite3_stmt *st = v->st[ST_ALL];
    enum rc rc = RC_OK;
    int code;

    while (rc == RC_OK && (code = sqlite3_step(st)) == SQLITE_ROW) {
        struct opened o;
        const uint8_t *name = sqlite3_column_blob(st, 0);
        const uint8_t *box;

        if (sqlite3_column_bytes(st, 0) != NAME_LEN) {
            *damaged += 1;
            continue;
        }
        box = sqlite3_column_blob(st, 1);
        rc = unseal(v, &o, name, box, (size_t)sqlite3_column_bytes(st, 1));
        if (rc == RC_FORGED) {
            *damaged += 1;
            rc = RC_OK;
        } else if (rc == RC_OK) {
            if (o.kind == kind) {
                rc = rows_add(list, &o);
            }
            opened_wipe(&o);
        }
    }
    if (rc == RC_OK && code != SQLITE_DONE) {
        rc = sql_rc(code);
    }
    sqlite3_reset(st);
    return rc;
}

enum rc
vault_each(struct vault *v, enum vault_kind kind,
           enum rc (*fn)(const struct vault_row *row, void *arg), void *arg,
           size_t *damaged)
{
    struct rows list = {0};
    size_t bad = 0;
    enum rc rc = collect(v, &list, kind, &bad);

    if (list.n > 1) {
        qsort(list.rows, list.n, sizeof *list.rows, by_id);
    }
    for (size_t i = 0; i < list.n; i++) {
        if (rc == RC_OK) {
            rc = fn(&list.rows[i].row, arg);
        }
        opened_wipe(&list.rows[i]);
    }
    free(list.rows);
    if (damaged != NULL) {
        *damaged = bad;
    }
    return rc;
}

bool
vault_changed(struct vault *v)
{
    sqlite3_stmt *st = v->st[ST_VERSION];
    int64_t version = v->version;
    bool changed;

    if (sqlite3_step(st) == SQLITE_ROW) {
        version = sqlite3_column_int64(st, 0);
    }
    sqlite3_reset(st);
    changed = version != v->version;
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
