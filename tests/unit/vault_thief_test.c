/* SPDX-License-Identifier: ISC */
/*
 * Somebody has the file of a vault at two times, and no key: he puts back rows
 * and the table of contents, takes them away, exchanges them, adds others.
 * Each is found, named, and not used; and nobody who is killed in the middle of
 * writing looks like him.
 */
#include "vault.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "contents.h"
#include "kdf.h"
#include "rowbox.h"
#include "vaulttest.h"

/* The file as it is now, for later. */
static void
steal(void)
{
    vaulttest_sql("DROP TABLE IF EXISTS stolen;"
                  "CREATE TABLE stolen AS SELECT * FROM rows");
}

/* The name of a row, for SQL. */
struct hex {
    char text[2 * ROWBOX_NAME_LEN + 4];
};

static struct hex
named(enum vault_kind kind, const char *id)
{
    struct rowbox_keys keys;
    uint8_t name[ROWBOX_NAME_LEN];
    char hex[2 * ROWBOX_NAME_LEN + 1];
    struct hex out;

    kdf(keys.name, vaulttest_key, "vault name", NULL, 0);
    rowbox_name(&keys, name, kind, id, strlen(id));
    (void)sodium_bin2hex(hex, sizeof hex, name, sizeof name);
    (void)snprintf(out.text, sizeof out.text, "x'%s'", hex);
    return out;
}

/* One stolen row over, or beside, those that are there now. */
static void
put_back(enum vault_kind kind, const char *id)
{
    char text[256];

    (void)snprintf(text, sizeof text,
                   "INSERT OR REPLACE INTO rows SELECT * FROM stolen WHERE "
                   "name = %s",
                   named(kind, id).text);
    vaulttest_sql(text);
}

static void
take_away(enum vault_kind kind, const char *id)
{
    char text[256];

    (void)snprintf(text, sizeof text, "DELETE FROM rows WHERE name = %s",
                   named(kind, id).text);
    vaulttest_sql(text);
}

static void
put_text(enum vault_kind kind, const char *id, const char *text)
{
    struct vault *v = vaulttest_open();

    assert_int_equal(
        vault_put(v, kind, id, strlen(id), (const uint8_t *)text, strlen(text)),
        RC_OK);
    vault_close(v);
}

static void
delete_text(enum vault_kind kind, const char *id)
{
    struct vault *v = vaulttest_open();

    assert_int_equal(vault_delete(v, kind, id, strlen(id)), RC_OK);
    vault_close(v);
}

/* RC_OK only with this text. */
static enum rc
get_text(struct vault *v, enum vault_kind kind, const char *id,
         const char *text)
{
    uint8_t *out;
    size_t len;
    enum rc rc = vault_get(v, kind, id, strlen(id), &out, &len);

    if (rc == RC_OK) {
        assert_string_equal((const char *)out, text);
    }
    vault_release(out, len);
    return rc;
}

/* Exactly this was found; the vault stays open. */
static struct vault *
finds(enum vault_fault_kind what, enum vault_kind kind, const char *id)
{
    struct vault *v = vaulttest_open();
    const struct vault_fault *f = vault_fault(v, 0);

    assert_int_equal(vault_faults(v), 1);
    assert_non_null(f);
    assert_null(vault_fault(v, 1));
    assert_int_equal(f->what, what);
    assert_int_equal(f->kind, kind);
    assert_int_equal(f->id_len, strlen(id));
    assert_memory_equal(f->id, id, f->id_len);
    return v;
}

static void
finds_nothing(void)
{
    struct vault *v = vaulttest_open();

    assert_int_equal(vault_faults(v), 0);
    vault_close(v);
}

/* A store with some rows, stolen, and changed since. */
static void
two_times(void)
{
    put_text(VAULT_CASE, "7", "first");
    put_text(VAULT_CASE, "8", "other");
    put_text(VAULT_MESSAGE, "7", "her words");
    steal();
    put_text(VAULT_CASE, "7", "second");
    finds_nothing();
}

static void
an_old_row_is_found_and_not_used(void **state)
{
    struct vault *v;

    (void)state;
    two_times();
    put_back(VAULT_CASE, "7");
    for (int i = 0; i < 2; i++) { /* it does not heal by being looked at */
        size_t damaged;

        v = finds(VAULT_OLD, VAULT_CASE, "7");
        assert_int_equal(get_text(v, VAULT_CASE, "7", ""), RC_FORGED);
        assert_int_equal(get_text(v, VAULT_CASE, "8", "other"), RC_OK);
        assert_int_equal(get_text(v, VAULT_MESSAGE, "7", "her words"), RC_OK);
        assert_int_equal(vaulttest_count(v, VAULT_CASE, &damaged), 1);
        assert_int_equal(damaged, 1);
        vault_close(v);
        put_text(VAULT_CASE, "8", "other"); /* nor by other changes */
    }
    put_text(VAULT_CASE, "7", "third"); /* but by being written */
    finds_nothing();
}

static void
a_deleted_row_that_came_back_is_found_and_deleted(void **state)
{
    struct vault *v;

    (void)state;
    two_times();
    delete_text(VAULT_CASE, "7");
    delete_text(VAULT_MESSAGE, "7");
    finds_nothing();
    put_back(VAULT_CASE, "7");
    v = finds(VAULT_BACK, VAULT_CASE, "7");
    assert_int_equal(get_text(v, VAULT_CASE, "7", ""), RC_MISSING);
    vault_close(v);
    finds_nothing();
    v = vaulttest_open(); /* under a desk that runs */
    put_back(VAULT_MESSAGE, "7");
    assert_int_equal(get_text(v, VAULT_MESSAGE, "7", ""), RC_FORGED);
    vault_close(v);
    v = finds(VAULT_BACK, VAULT_MESSAGE, "7");
    vault_close(v);
}

static void
a_row_that_was_taken_away_is_found(void **state)
{
    size_t damaged;
    struct vault *v;

    (void)state;
    two_times();
    take_away(VAULT_CASE, "7");
    v = finds(VAULT_GONE, VAULT_CASE, "7");
    assert_int_equal(get_text(v, VAULT_CASE, "7", ""), RC_FORGED);
    assert_int_equal(vaulttest_count(v, VAULT_CASE, &damaged), 1);
    assert_int_equal(damaged, 1);
    vault_close(v);
    v = finds(VAULT_GONE, VAULT_CASE, "7");
    assert_int_equal(vault_delete(v, VAULT_CASE, "7", 1), RC_OK);
    vault_close(v);
    finds_nothing();
}

/* Contents of two rows exchanged, or both put back at once. */
static void
exchanged_rows_are_found(void **state)
{
    char text[512];
    struct vault *v;

    (void)state;
    two_times();
    (void)snprintf(text, sizeof text,
                   "CREATE TABLE t AS SELECT * FROM rows;"
                   "UPDATE rows SET (nonce, box) = (SELECT nonce, box FROM t "
                   "WHERE name = %s) WHERE name = %s",
                   named(VAULT_CASE, "8").text, named(VAULT_CASE, "7").text);
    vaulttest_sql(text);
    (void)snprintf(text, sizeof text,
                   "UPDATE rows SET (nonce, box) = (SELECT nonce, box FROM t "
                   "WHERE name = %s) WHERE name = %s; DROP TABLE t",
                   named(VAULT_CASE, "7").text, named(VAULT_CASE, "8").text);
    vaulttest_sql(text);
    v = vaulttest_open();
    assert_int_equal(vault_faults(v), 2);
    assert_int_equal(get_text(v, VAULT_CASE, "7", ""), RC_FORGED);
    assert_int_equal(get_text(v, VAULT_CASE, "8", ""), RC_FORGED);
    vault_close(v);
}

/* An old box under the new nonce, and the other way round. */
static void
a_box_goes_with_its_nonce(void **state)
{
    char text[256];
    struct vault *v;

    (void)state;
    two_times();
    (void)snprintf(text, sizeof text,
                   "UPDATE rows SET box = (SELECT box FROM stolen s WHERE "
                   "s.name = rows.name) WHERE name = %s",
                   named(VAULT_CASE, "7").text);
    vaulttest_sql(text);
    v = vaulttest_open();
    assert_int_equal(get_text(v, VAULT_CASE, "7", ""), RC_FORGED);
    vault_close(v);
}

/* Rows that no desk wrote: under names, half names, names as text. */
static void
foreign_rows_are_found_and_removed(void **state)
{
    char text[512];
    struct vault *v;

    (void)state;
    two_times();
    vaulttest_sql(
        "INSERT INTO rows VALUES(x'00112233445566778899aabbccddeeff', "
        "zeroblob(24), zeroblob(400)), (x'00', x'01', x'02'), "
        "(x'10112233445566778899aabbccddeeff', x'01', x'02')");
    v = vaulttest_open();
    assert_int_equal(vault_faults(v), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(vault_fault(v, i)->what, VAULT_BACK);
        assert_int_equal(vault_fault(v, i)->kind, 0);
    }
    vault_close(v);
    finds_nothing();
    /* The same bytes as text are not the row. */
    (void)snprintf(text, sizeof text,
                   "INSERT INTO rows SELECT CAST(name AS TEXT), nonce, box "
                   "FROM rows WHERE name = %s",
                   named(VAULT_CASE, "7").text);
    vaulttest_sql(text);
    take_away(VAULT_CASE, "7");
    v = vaulttest_open();
    assert_int_equal(vault_faults(v), 2); /* one gone, one foreign */
    vault_close(v);
    v = finds(VAULT_GONE, VAULT_CASE, "7");
    vault_close(v);
}

static void
more_faults_than_are_named_are_counted(void **state)
{
    struct vault *v = vaulttest_open();

    (void)state;
    assert_int_equal(vault_begin(v), RC_OK);
    for (int i = 0; i < 2 * VAULT_FAULTS_MAX; i++) {
        char id[16];

        (void)snprintf(id, sizeof id, "%d", i);
        assert_int_equal(vault_put(v, VAULT_CASE, id, strlen(id), NULL, 0),
                         RC_OK);
    }
    assert_int_equal(vault_commit(v), RC_OK);
    vault_close(v);
    vaulttest_table_kept();
    vaulttest_sql("DELETE FROM rows");
    vaulttest_table_back();
    v = vaulttest_open();
    assert_int_equal(vault_faults(v), 2 * VAULT_FAULTS_MAX);
    assert_non_null(vault_fault(v, VAULT_FAULTS_MAX - 1));
    assert_null(vault_fault(v, VAULT_FAULTS_MAX));
    vault_close(v);
}

/* The table itself: an old root, an old leaf, both with their row, none. */
static void
the_table_can_not_be_put_back(void **state)
{
    char leaf[2] = {0}, text[512];
    struct rowbox_keys keys;
    uint8_t name[ROWBOX_NAME_LEN];
    struct vault *v;

    (void)state;
    two_times();
    kdf(keys.name, vaulttest_key, "vault name", NULL, 0);
    rowbox_name(&keys, name, VAULT_CASE, "7", 1);
    leaf[0] = (char)name[0];
    assert_int_not_equal(leaf[0], 0); /* so that named() takes it */
    steal();
    put_text(VAULT_CASE, "8", "changed");
    put_text(VAULT_CASE, "7", "third");
    vaulttest_sql("CREATE TABLE now AS SELECT * FROM rows");
    for (int what = 1; what < 8; what++) {
        if ((what & 1) != 0) {
            put_back(VAULT_CONTENTS, "");
        }
        if ((what & 2) != 0) {
            put_back(VAULT_CONTENTS, leaf);
        }
        if ((what & 4) != 0) {
            put_back(VAULT_CASE, "7");
        }
        if (what == 4) {
            v = finds(VAULT_OLD, VAULT_CASE, "7");
            vault_close(v);
        } else {
            assert_int_equal(
                vault_open(&v, vaulttest_path, vaulttest_key, false),
                RC_FORGED);
        }
        vaulttest_sql("DELETE FROM rows; INSERT INTO rows SELECT * FROM now");
        finds_nothing();
    }
    take_away(VAULT_CONTENTS, "");
    assert_int_equal(vault_open(&v, vaulttest_path, vaulttest_key, false),
                     RC_FORGED);
    put_back(VAULT_CONTENTS, "");
    assert_int_equal(vault_open(&v, vaulttest_path, vaulttest_key, false),
                     RC_FORGED);
    vaulttest_sql("DELETE FROM rows; INSERT INTO rows SELECT * FROM now");
    take_away(VAULT_CONTENTS, leaf);
    assert_int_equal(vault_open(&v, vaulttest_path, vaulttest_key, false),
                     RC_FORGED);
    (void)snprintf(text, sizeof text, "DELETE FROM rows");
    vaulttest_sql(text);
    assert_int_equal(vault_open(&v, vaulttest_path, vaulttest_key, false),
                     RC_FORGED);
}

/* All of it can be put back while it is closed: nothing in the file tells.
 * Under a desk that runs it is noticed, and nothing is written. */
static enum rc
no_row(const struct vault_row *row, void *arg)
{
    (void)row;
    (void)arg;
    return RC_FULL;
}

static void
a_whole_old_file_is_noticed_by_who_has_it_open(void **state)
{
    struct vault *v;

    (void)state;
    two_times();
    v = vaulttest_open();
    assert_false(vault_exchanged(v));
    vaulttest_sql("DELETE FROM rows; INSERT INTO rows SELECT * FROM stolen");
    assert_int_equal(vault_begin(v), RC_EXPIRED);
    assert_int_equal(vault_set_number(v, "n", 1), RC_EXPIRED);
    assert_int_equal(get_text(v, VAULT_CASE, "7", ""), RC_EXPIRED);
    assert_int_equal(vault_each(v, VAULT_CASE, no_row, NULL, NULL), RC_EXPIRED);
    assert_true(vault_exchanged(v));
    vault_close(v);
    finds_nothing(); /* the limit */
    /* An old file that somebody has written to is as old. */
    v = vaulttest_open();
    put_text(VAULT_CASE, "9", "a");
    put_text(VAULT_CASE, "9", "b");
    assert_true(vault_has(v, VAULT_CASE, "9", 1));
    vaulttest_sql("DELETE FROM rows; INSERT INTO rows SELECT * FROM stolen");
    put_text(VAULT_CASE, "9", "c");
    put_text(VAULT_CASE, "9", "d");
    assert_int_equal(vault_begin(v), RC_EXPIRED);
    vault_close(v);
}

/* Killed anywhere, the rows and their table agree. */
static void
a_killed_writer_leaves_a_store_that_opens(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 20; round++) {
        size_t groups = randombytes_uniform(10);
        int fd[2], status;
        pid_t pid;
        char c;

        assert_int_equal(pipe(fd), 0);
        assert_true((pid = fork()) >= 0);
        if (pid == 0) {
            struct vault *v;

            if (vault_open(&v, vaulttest_path, vaulttest_key, false) != RC_OK) {
                _exit(1);
            }
            for (uint64_t n = 0;; n++) {
                uint8_t id = (uint8_t)randombytes_uniform(20);

                if (vault_begin(v) != RC_OK ||
                    vault_put(v, VAULT_CASE, &id, 1, &id, 1) != RC_OK ||
                    vault_delete(v, VAULT_CASE, &(uint8_t){id ^ 1}, 1) !=
                        RC_OK ||
                    vault_set_number(v, "n", n) != RC_OK ||
                    vault_commit(v) != RC_OK || write(fd[1], "", 1) != 1) {
                    _exit(1);
                }
            }
        }
        (void)close(fd[1]);
        for (size_t i = 0; i <= groups; i++) {
            assert_int_equal(read(fd[0], &c, 1), 1);
        }
        for (volatile uint32_t i = randombytes_uniform(3000000); i > 0; i--) {
        }
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        (void)close(fd[0]);
        finds_nothing();
    }
}

int
main(void)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, vaulttest_setup, vaulttest_teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_old_row_is_found_and_not_used),
        TEST(a_deleted_row_that_came_back_is_found_and_deleted),
        TEST(a_row_that_was_taken_away_is_found),
        TEST(exchanged_rows_are_found),
        TEST(a_box_goes_with_its_nonce),
        TEST(foreign_rows_are_found_and_removed),
        TEST(more_faults_than_are_named_are_counted),
        TEST(the_table_can_not_be_put_back),
        TEST(a_whole_old_file_is_noticed_by_who_has_it_open),
        TEST(a_killed_writer_leaves_a_store_that_opens),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
