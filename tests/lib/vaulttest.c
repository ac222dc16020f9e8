/* SPDX-License-Identifier: ISC */
#include "vaulttest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>

#include "contents.h"
#include "kdf.h"
#include "rowbox.h"

const uint8_t vaulttest_key[VAULT_KEY_LEN] = {1, 2, 3};
char vaulttest_dir[64];
char vaulttest_path[96];

int
vaulttest_setup(void **state)
{
    struct vault *v;

    (void)state;
    strcpy(vaulttest_dir, "/tmp/vault-test.XXXXXX");
    if (mkdtemp(vaulttest_dir) == NULL) {
        return -1;
    }
    (void)snprintf(vaulttest_path, sizeof vaulttest_path, "%s/cases.db",
                   vaulttest_dir);
    if (vault_open(&v, vaulttest_path, vaulttest_key, true) != RC_OK) {
        return -1;
    }
    vault_close(v);
    return 0;
}

int
vaulttest_teardown(void **state)
{
    char journal[128];

    (void)state;
    (void)snprintf(journal, sizeof journal, "%s-journal", vaulttest_path);
    (void)unlink(journal);
    (void)unlink(vaulttest_path);
    return rmdir(vaulttest_dir);
}

struct vault *
vaulttest_open(void)
{
    struct vault *v;

    assert_int_equal(vault_open(&v, vaulttest_path, vaulttest_key, false),
                     RC_OK);
    return v;
}

void
vaulttest_sql(const char *text)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(vaulttest_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The names of all rows of the table of contents, for SQL. */
static void
table_names(char *out, size_t cap)
{
    struct rowbox_keys keys;
    size_t n = 0;

    kdf(keys.name, vaulttest_key, "vault name", NULL, 0);
    for (int i = -1; i < CONTENTS_LEAVES; i++) {
        uint8_t name[ROWBOX_NAME_LEN];
        char hex[2 * ROWBOX_NAME_LEN + 1];

        if (i < 0) {
            contents_root_name(&keys, name);
        } else {
            contents_leaf_name(&keys, name, (uint8_t)i);
        }
        (void)sodium_bin2hex(hex, sizeof hex, name, sizeof name);
        n += (size_t)snprintf(out + n, cap - n, "%sx'%s'", i < 0 ? "" : ",",
                              hex);
    }
    assert_true(n < cap);
}

static void
sql_of_table(const char *before, const char *after)
{
    char names[CONTENTS_LEAVES * 64], *text;

    table_names(names, sizeof names);
    text = malloc(strlen(before) + sizeof names + strlen(after) + 1);
    assert_non_null(text);
    (void)strcat(strcat(strcpy(text, before), names), after);
    vaulttest_sql(text);
    free(text);
}

void
vaulttest_table_kept(void)
{
    sql_of_table("CREATE TABLE kept AS SELECT * FROM rows WHERE name IN (",
                 ")");
}

void
vaulttest_table_back(void)
{
    vaulttest_sql(
        "INSERT OR REPLACE INTO rows SELECT * FROM kept; DROP TABLE kept");
}

static enum rc
count_row(const struct vault_row *row, void *arg)
{
    size_t *n = arg;

    (void)row;
    (*n)++;
    return RC_OK;
}

size_t
vaulttest_count(struct vault *v, enum vault_kind kind, size_t *damaged)
{
    size_t n = 0;

    assert_int_equal(vault_each(v, kind, count_row, &n, damaged), RC_OK);
    return n;
}
