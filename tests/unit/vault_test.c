/* SPDX-License-Identifier: ISC */
#include "vault.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>

#include "vaulttest.h"

static const uint8_t other_key[VAULT_KEY_LEN] = {1, 2, 4};

static void
another_key_opens_nothing(void **state)
{
    struct vault *v;

    (void)state;
    assert_int_equal(vault_open(&v, vaulttest_path, other_key, false),
                     RC_FORGED);
    assert_null(v);
}

static void
no_file_and_no_database_are_told(void **state)
{
    char wrong[128];
    struct vault *v;
    FILE *f;

    (void)state;
    (void)snprintf(wrong, sizeof wrong, "%s/none.db", vaulttest_dir);
    assert_int_equal(vault_open(&v, wrong, vaulttest_key, false), RC_MISSING);
    assert_int_equal(access(wrong, F_OK), -1);
    f = fopen(wrong, "w");
    assert_non_null(f);
    for (int i = 0; i < 5000; i++) {
        (void)fputc(i & 0xff, f);
    }
    assert_int_equal(fclose(f), 0);
    assert_int_equal(vault_open(&v, wrong, vaulttest_key, false), RC_FORGED);
    assert_int_equal(vault_open(&v, wrong, vaulttest_key, true), RC_TAKEN);
    assert_int_equal(unlink(wrong), 0);
    assert_int_equal(vault_open(&v, vaulttest_path, vaulttest_key, true),
                     RC_TAKEN);
}

static void
an_empty_database_is_not_a_vault(void **state)
{
    struct vault *v;

    (void)state;
    vaulttest_sql("DELETE FROM rows");
    assert_int_equal(vault_open(&v, vaulttest_path, vaulttest_key, false),
                     RC_FORGED);
}

static void
only_the_owner_can_read_the_file(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(stat(vaulttest_path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void
a_row_comes_back(void **state)
{
    struct vault *v = vaulttest_open();
    uint8_t big[70000];
    uint8_t *out;
    size_t len;

    (void)state;
    assert_int_equal(vault_get(v, VAULT_CASE, "a", 1, &out, &len), RC_MISSING);
    for (size_t n = 0; n < sizeof big; n = n * 3 + 1) {
        memset(big, (int)n & 0xff, n);
        assert_int_equal(vault_put(v, VAULT_CASE, "a", 1, big, n), RC_OK);
        assert_int_equal(vault_get(v, VAULT_CASE, "a", 1, &out, &len), RC_OK);
        assert_int_equal(len, n);
        assert_memory_equal(out, big, n);
        vault_release(out, len);
    }
    assert_false(vault_has(v, VAULT_MESSAGE, "a", 1));
    assert_false(vault_has(v, VAULT_CASE, "a\0", 2));
    assert_int_equal(vault_put(v, VAULT_CASE, "b", 1, big, VAULT_ROW_MAX + 1),
                     RC_FULL);
    assert_int_equal(vault_delete(v, VAULT_CASE, "a", 1), RC_OK);
    assert_int_equal(vault_delete(v, VAULT_CASE, "a", 1), RC_OK);
    assert_false(vault_has(v, VAULT_CASE, "a", 1));
    vault_close(v);
}

/* Another byte at many places of a row. */
static void
a_tampered_row_does_not_open(void **state)
{
    struct vault *v = vaulttest_open();

    (void)state;
    assert_int_equal(
        vault_put(v, VAULT_CASE, "x", 1, (const uint8_t *)"text", 4), RC_OK);
    vault_close(v);
    for (int byte = 0; byte < 40; byte += 3) {
        char text[256];

        (void)snprintf(
            text, sizeof text,
            "UPDATE rows SET box = CAST(substr(box, 1, %d) || "
            "CASE substr(box, %d, 1) WHEN x'00' THEN x'01' ELSE x'00' END || "
            "substr(box, %d) AS BLOB)",
            byte, byte + 1, byte + 2);
        vaulttest_sql("CREATE TABLE IF NOT EXISTS kept AS SELECT * FROM rows");
        vaulttest_sql(text);
        assert_int_equal(vault_open(&v, vaulttest_path, vaulttest_key, false),
                         RC_FORGED);
        vaulttest_sql("DELETE FROM rows; INSERT INTO rows SELECT * FROM kept");
    }
    vaulttest_sql("DROP TABLE kept");
    v = vaulttest_open();
    assert_int_equal(
        vault_put(v, VAULT_CASE, "y", 1, (const uint8_t *)"more", 4), RC_OK);
    vault_close(v);
    /* Contents moved from one row to another: bound to their names. */
    vaulttest_sql(
        "CREATE TABLE t AS SELECT * FROM rows;"
        "UPDATE rows SET box = (SELECT box FROM t WHERE t.name > rows.name "
        "ORDER BY t.name LIMIT 1) WHERE EXISTS (SELECT 1 FROM t WHERE t.name "
        "> rows.name);"
        "UPDATE rows SET box = (SELECT box FROM t ORDER BY name LIMIT 1) "
        "WHERE name = (SELECT max(name) FROM t); DROP TABLE t");
    assert_int_equal(vault_open(&v, vaulttest_path, vaulttest_key, false),
                     RC_FORGED);
}

struct seen {
    size_t n;
    char ids[64];
};

static enum rc
note_row(const struct vault_row *row, void *arg)
{
    struct seen *s = arg;

    s->ids[s->n++] = (char)row->id[0];
    assert_int_equal(row->len, 1);
    assert_int_equal(row->data[0], row->id[0]);
    return s->n == 5 ? RC_FULL : RC_OK;
}

static void
rows_come_in_order_and_damage_is_counted(void **state)
{
    struct vault *v = vaulttest_open();
    struct seen s = {0};
    size_t damaged = 9;

    (void)state;
    for (int i = 3; i >= 0; i--) {
        uint8_t c = (uint8_t)('a' + i);

        assert_int_equal(vault_put(v, VAULT_MESSAGE, &c, 1, &c, 1), RC_OK);
        assert_int_equal(vault_put(v, VAULT_CASE, &c, 1, &c, 1), RC_OK);
    }
    assert_int_equal(vault_each(v, VAULT_MESSAGE, note_row, &s, &damaged),
                     RC_OK);
    assert_int_equal(damaged, 0);
    assert_int_equal(s.n, 4);
    assert_memory_equal(s.ids, "abcd", 4);
    s.n = 1;
    assert_int_equal(vault_each(v, VAULT_MESSAGE, note_row, &s, NULL), RC_FULL);
    for (int i = 0; i < 4; i++) {
        uint8_t c = (uint8_t)('a' + i);

        assert_int_equal(vault_delete(v, VAULT_CASE, &c, 1), RC_OK);
    }
    vault_close(v);
    /* What does not open is counted; the table itself has to. */
    vaulttest_table_kept();
    vaulttest_sql("UPDATE rows SET box = zeroblob(400)");
    vaulttest_table_back();
    v = vaulttest_open();
    memset(&s, 0, sizeof s);
    assert_int_equal(vault_each(v, VAULT_MESSAGE, note_row, &s, &damaged),
                     RC_OK);
    assert_int_equal(damaged, 4);
    assert_int_equal(s.n, 0);
    vault_close(v);
}

static void
a_group_is_whole_or_nothing(void **state)
{
    struct vault *v = vaulttest_open();

    (void)state;
    assert_int_equal(vault_begin(v), RC_OK);
    assert_int_equal(vault_set_number(v, "n", 1), RC_OK);
    vault_abort(v);
    assert_false(vault_has(v, VAULT_NUMBER, "n", 1));
    assert_int_equal(vault_begin(v), RC_OK);
    assert_int_equal(vault_set_number(v, "n", 1), RC_OK);
    assert_int_equal(vault_set_number(v, "m", 2), RC_OK);
    vault_close(v); /* as a crash would: nothing was committed */
    v = vaulttest_open();
    assert_false(vault_has(v, VAULT_NUMBER, "n", 1));
    assert_int_equal(vault_begin(v), RC_OK);
    assert_int_equal(vault_set_number(v, "n", 1), RC_OK);
    assert_int_equal(vault_commit(v), RC_OK);
    vault_close(v);
    v = vaulttest_open();
    assert_true(vault_has(v, VAULT_NUMBER, "n", 1));
    vault_close(v);
}

static void
numbers_keep_their_default(void **state)
{
    struct vault *v = vaulttest_open();
    uint64_t n = 77;

    (void)state;
    assert_int_equal(vault_number(v, "none", &n), RC_OK);
    assert_int_equal(n, 77);
    assert_int_equal(vault_set_number(v, "none", 1ull << 60), RC_OK);
    assert_int_equal(vault_number(v, "none", &n), RC_OK);
    assert_true(n == 1ull << 60);
    vault_close(v);
}

static void
changes_of_others_are_noticed(void **state)
{
    struct vault *a = vaulttest_open();
    struct vault *b = vaulttest_open();

    (void)state;
    assert_false(vault_changed(a));
    assert_int_equal(vault_set_number(a, "mine", 1), RC_OK);
    assert_false(vault_changed(a));
    assert_int_equal(vault_set_number(b, "yours", 1), RC_OK);
    assert_true(vault_changed(a));
    assert_false(vault_changed(a));
    vault_close(a);
    vault_close(b);
}

/* What was written, under which id, and what was deleted: not in the file. */
static void
the_file_shows_nothing(void **state)
{
    static const char marker[] = "Rana Plaza, third floor, 2013-04-24";
    struct vault *v = vaulttest_open();
    char file[1 << 17];
    size_t n;
    FILE *f;

    (void)state;
    for (int i = 0; i < 50; i++) {
        char id[32];

        (void)snprintf(id, sizeof id, "marker-id-%02d", i);
        assert_int_equal(vault_put(v, VAULT_CASE, id, strlen(id),
                                   (const uint8_t *)marker, sizeof marker),
                         RC_OK);
    }
    vault_close(v);
    f = fopen(vaulttest_path, "rb");
    assert_non_null(f);
    n = fread(file, 1, sizeof file, f);
    assert_int_equal(fclose(f), 0);
    assert_true(n > 50 * 256);
    assert_null(memmem(file, n, marker, 10));
    assert_null(memmem(file, n, "marker-id", 9));
}

/* Rows of other kinds are not opened. */
static void
looking_for_few_opens_few(void **state)
{
    struct vault *v = vaulttest_open(), *other = vaulttest_open();
    uint64_t before;

    (void)state;
    for (uint8_t i = 0; i < 200; i++) {
        assert_int_equal(vault_put(other, VAULT_ANSWER, &i, 1, &i, 1), RC_OK);
    }
    assert_int_equal(vault_put(other, VAULT_CASE, "a", 1, NULL, 0), RC_OK);
    before = vault_unsealed(v);
    assert_int_equal(vaulttest_count(v, VAULT_CASE, NULL), 1);
    /* No answer was opened; its part of the table was, with the root. */
    assert_true(vault_unsealed(v) - before <= 201);
    before = vault_unsealed(v);
    assert_int_equal(vaulttest_count(v, VAULT_CASE, NULL), 1);
    assert_int_equal(vault_unsealed(v) - before, 1);
    assert_int_equal(vault_put(v, VAULT_CASE, "b", 1, NULL, 0), RC_OK);
    assert_int_equal(vault_delete(v, VAULT_CASE, "a", 1), RC_OK);
    before = vault_unsealed(v);
    assert_int_equal(vaulttest_count(v, VAULT_CASE, NULL), 1);
    assert_int_equal(vault_unsealed(v) - before, 1);
    /* What somebody else adds and takes away: only its part of the table. */
    assert_int_equal(vault_put(other, VAULT_CASE, "c", 1, NULL, 0), RC_OK);
    assert_int_equal(vault_put(other, VAULT_CASE, "d", 1, NULL, 0), RC_OK);
    assert_int_equal(vault_delete(other, VAULT_CASE, "b", 1), RC_OK);
    before = vault_unsealed(v);
    assert_int_equal(vaulttest_count(v, VAULT_CASE, NULL), 2);
    /* two cases, three leaves at most, the root */
    assert_in_range(vault_unsealed(v) - before, 4, 6);
    assert_int_equal(vaulttest_count(v, VAULT_ANSWER, NULL), 200);
    vault_close(other);
    vault_close(v);
}

/* What was taken back is there, or not there, as before. */
static void
an_aborted_group_is_not_remembered(void **state)
{
    struct vault *v = vaulttest_open();

    (void)state;
    assert_int_equal(vault_put(v, VAULT_CASE, "a", 1, NULL, 0), RC_OK);
    assert_int_equal(vaulttest_count(v, VAULT_CASE, NULL), 1);
    assert_int_equal(vault_begin(v), RC_OK);
    assert_int_equal(vault_put(v, VAULT_CASE, "b", 1, NULL, 0), RC_OK);
    assert_int_equal(vault_delete(v, VAULT_CASE, "a", 1), RC_OK);
    assert_int_equal(vaulttest_count(v, VAULT_CASE, NULL), 1);
    vault_abort(v);
    assert_int_equal(vaulttest_count(v, VAULT_CASE, NULL), 1);
    assert_true(vault_has(v, VAULT_CASE, "a", 1));
    vault_close(v);
}

static size_t
slurp_file(const char *name, uint8_t *out, size_t cap)
{
    FILE *f = fopen(name, "rb");
    size_t n;

    assert_non_null(f);
    n = fread(out, 1, cap, f);
    assert_int_equal(fclose(f), 0);
    return n;
}

/* The journal has the pages as they were: until it is scrubbed. */
static void
a_scrubbed_journal_has_nothing(void **state)
{
    static uint8_t journal[1 << 17];
    char name[128];
    struct vault *v = vaulttest_open();
    size_t n;

    (void)state;
    (void)snprintf(name, sizeof name, "%s-journal", vaulttest_path);
    assert_int_equal(vault_put(v, VAULT_CASE, "a", 1, NULL, 0), RC_OK);
    assert_int_equal(vault_delete(v, VAULT_CASE, "a", 1), RC_OK);
    n = slurp_file(name, journal, sizeof journal);
    assert_true(n > 4096); /* it stays where it is on the disk */
    assert_false(sodium_is_zero(journal, n));
    assert_int_equal(vault_scrub(v), RC_OK);
    assert_int_equal(slurp_file(name, journal, sizeof journal), n);
    assert_true(sodium_is_zero(journal, n));
    assert_int_equal(vault_put(v, VAULT_CASE, "b", 1, NULL, 0), RC_OK);
    vault_close(v);
    v = vaulttest_open();
    assert_true(vault_has(v, VAULT_CASE, "b", 1));
    assert_int_equal(vault_begin(v), RC_OK); /* somebody writes */
    assert_int_equal(vault_scrub(v), RC_IO);
    vault_abort(v);
    vault_close(v);
}

static size_t
slurp(uint8_t *out, size_t cap)
{
    return slurp_file(vaulttest_path, out, cap);
}

/* Even the sealed bytes of a deleted or replaced row are overwritten. */
static void
deleted_rows_leave_nothing(void **state)
{
    static uint8_t before[1 << 17], after[1 << 17];
    struct vault *v = vaulttest_open();
    uint8_t text[600];
    size_t n, m, gone = 0;

    (void)state;
    randombytes_buf(text, sizeof text);
    assert_int_equal(vault_put(v, VAULT_CASE, "x", 1, text, sizeof text),
                     RC_OK);
    n = slurp(before, sizeof before);
    assert_int_equal(vault_put(v, VAULT_CASE, "x", 1, text, 10), RC_OK);
    assert_int_equal(vault_delete(v, VAULT_CASE, "x", 1), RC_OK);
    vault_close(v);
    m = slurp(after, sizeof after);
    for (size_t i = 0; i + 16 <= n; i += 16) {
        if (!sodium_is_zero(before + i, 16) &&
            memmem(after, m, before + i, 16) == NULL) {
            gone++;
        }
    }
    /* 1,024 sealed bytes are 60 whole blocks of 16 at least */
    assert_true(gone >= 60);
}

/* Rows as they stand in the file. */
struct sealed {
    uint8_t name[16], box[1024]; /* its beginning */
    size_t len;
};

static size_t
sealed_rows(struct sealed *out, size_t most)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    size_t n = 0;

    assert_int_equal(sqlite3_open_v2(vaulttest_path, &db, SQLITE_OPEN_READONLY,
                                     NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT name, box FROM rows", -1,
                                        &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        assert_true(n < most);
        out[n].len = (size_t)sqlite3_column_bytes(st, 1);
        out[n].len = out[n].len < sizeof out[n].box ? out[n].len
                                                    : sizeof out[n].box;
        memcpy(out[n].name, sqlite3_column_blob(st, 0), sizeof out[n].name);
        memcpy(out[n].box, sqlite3_column_blob(st, 1), out[n].len);
        n++;
    }
    sqlite3_finalize(st);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return n;
}

static bool
is_among(const struct sealed *row, const struct sealed *rows, size_t n)
{
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        found = found || memcmp(row->name, rows[i].name, 16) == 0;
    }
    return found;
}

/* In a tree of many rows, some have been moved by those that came beside them;
 * where they stood before is nobody's place, and SQLite leaves it as it is. */
static void
a_renewed_vault_has_no_trace(void **state)
{
    enum { ROWS = 400, GONE = 150, MORE = 2000 };
    static struct sealed before[ROWS + MORE], now[ROWS + MORE];
    static uint8_t file[1 << 22];
    uint8_t text[1500];
    char name[16], journal[128];
    struct vault *v = vaulttest_open();
    size_t n, n_now, len, gone = 0;

    (void)state;
    for (int i = 0; i < ROWS; i++) {
        randombytes_buf(text, sizeof text);
        (void)snprintf(name, sizeof name, "%d", i);
        assert_int_equal(
            vault_put(v, VAULT_CASE, name, strlen(name), text,
                      randombytes_uniform(sizeof text)),
            RC_OK);
    }
    n = sealed_rows(before, ROWS + MORE);
    for (int i = 0; i < GONE; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        assert_int_equal(vault_delete(v, VAULT_CASE, name, strlen(name)),
                         RC_OK);
    }
    assert_int_equal(vault_renew(v), RC_OK);
    n_now = sealed_rows(now, ROWS + MORE);
    len = slurp(file, sizeof file);
    assert_true(len > 100000 && len < sizeof file);
    for (size_t i = 0; i < n; i++) {
        if (!is_among(&before[i], now, n_now)) {
            gone++;
            for (size_t k = 0; k + 32 <= before[i].len; k += 32) {
                assert_null(memmem(file, len, before[i].box + k, 32));
            }
        }
    }
    assert_true(gone >= GONE); /* parts of the table of contents, too */
    (void)snprintf(journal, sizeof journal, "%s-journal", vaulttest_path);
    len = slurp_file(journal, file, sizeof file);
    assert_true(sodium_is_zero(file, len));
    for (int i = 0; i < ROWS; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        assert_int_equal(vault_has(v, VAULT_CASE, name, strlen(name)),
                         i >= GONE);
    }
    vault_close(v);
}

/* By who can write the file, while it is open. */
static void
plant(const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open_v2(vaulttest_path, &db, SQLITE_OPEN_READWRITE,
                                     NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
what_is_planted_keeps_nothing_from_being_renewed(void **state)
{
    static const char *const planted[] = {
        "CREATE TABLE renewed(a)",
        "CREATE VIEW renewed AS SELECT name FROM rows",
        "CREATE INDEX renewed ON rows(box)",
        "CREATE TRIGGER renewed BEFORE DELETE ON rows BEGIN "
        "SELECT RAISE(ABORT, 'no'); END",
        "CREATE VIEW \"a \"\" b\" AS SELECT name FROM rows",
        "CREATE TABLE a(b); CREATE INDEX renewed ON a(b)",
    };
    struct vault *v = vaulttest_open();
    uint8_t *out;
    size_t len;

    (void)state;
    assert_int_equal(vault_put(v, VAULT_CASE, "a", 1, (const uint8_t *)"b", 1),
                     RC_OK);
    for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
        plant(planted[i]);
        assert_int_equal(vault_renew(v), RC_OK);
        assert_int_equal(vault_renew(v), RC_OK);
    }
    assert_int_equal(vault_get(v, VAULT_CASE, "a", 1, &out, &len), RC_OK);
    vault_release(out, len);
    vault_close(v);
}

/* A row that no table of ours can have. */
static void
the_journal_is_zeroed_where_renewing_fails(void **state)
{
    static uint8_t bytes[1 << 20];
    struct vault *v = vaulttest_open();
    char journal[128];
    size_t len = 0;
    FILE *f;

    (void)state;
    assert_int_equal(vault_put(v, VAULT_CASE, "a", 1, (const uint8_t *)"b", 1),
                     RC_OK);
    plant("ALTER TABLE rows RENAME TO old;"
          "CREATE TABLE rows AS SELECT name, nonce, box FROM old;"
          "DROP TABLE old; INSERT INTO rows VALUES(zeroblob(16), NULL, NULL)");
    assert_int_not_equal(vault_renew(v), RC_OK);
    (void)snprintf(journal, sizeof journal, "%s-journal", vaulttest_path);
    if ((f = fopen(journal, "rb")) != NULL) {
        len = fread(bytes, 1, sizeof bytes, f);
        (void)fclose(f);
    }
    assert_true(len > 0);
    assert_true(sodium_is_zero(bytes, len));
    vault_close(v);
}

int
main(void)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, vaulttest_setup, vaulttest_teardown)
    const struct CMUnitTest tests[] = {
        TEST(another_key_opens_nothing),
        TEST(no_file_and_no_database_are_told),
        TEST(an_empty_database_is_not_a_vault),
        TEST(only_the_owner_can_read_the_file),
        TEST(a_row_comes_back),
        TEST(a_tampered_row_does_not_open),
        TEST(rows_come_in_order_and_damage_is_counted),
        TEST(a_group_is_whole_or_nothing),
        TEST(numbers_keep_their_default),
        TEST(changes_of_others_are_noticed),
        TEST(the_file_shows_nothing),
        TEST(looking_for_few_opens_few),
        TEST(an_aborted_group_is_not_remembered),
        TEST(deleted_rows_leave_nothing),
        TEST(a_scrubbed_journal_has_nothing),
        TEST(a_renewed_vault_has_no_trace),
        TEST(what_is_planted_keeps_nothing_from_being_renewed),
        TEST(the_journal_is_zeroed_where_renewing_fails),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
