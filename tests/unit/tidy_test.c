/* SPDX-License-Identifier: ISC */
/* What a power cut left behind on a desk goes; nothing else does. Evidence has
 * its room. */
#include "watch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>

#include "clock.h"
#include "file.h"

static const uint8_t key[32] = {6};
static char dir[64], cases[128], journal[160];
static struct desk desk;

/* A file of boxes with this id, as old as that. */
static void
file_of(const uint8_t *id, int64_t age)
{
    struct timespec times[2] = {{.tv_sec = clock_now() - age},
                                {.tv_sec = clock_now() - age}};
    char *path = desk_body_path(&desk, id);

    assert_non_null(path);
    assert_int_equal(file_write(path, id, BODY_ID_LEN, 0600, true), RC_OK);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(path);
}

static bool
is_there(const uint8_t *id)
{
    char *path = desk_body_path(&desk, id);
    bool there = path != NULL && access(path, F_OK) == 0;

    free(path);
    return there;
}

static int
setup(void **state)
{
    char path[128];

    (void)state;
    memset(&desk, 0, sizeof desk);
    strcpy(dir, "/tmp/tidy-test.XXXXXX");
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/bodies", dir);
    (void)snprintf(cases, sizeof cases, "%s/cases.db", dir);
    (void)snprintf(journal, sizeof journal, "%s-journal", cases);
    desk.dir = strdup(dir);
    desk.quiet = true;
    return mkdir(path, 0700) == 0 &&
                   vault_open(&desk.vault, cases, key, true) == RC_OK
               ? 0
               : -1;
}

static int
teardown(void **state)
{
    char command[128];

    (void)state;
    desk_close(&desk);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static void
files_that_nobody_names_go(void **state)
{
    static struct answer_rec a = {.case_no = 1, .body = {.boxes = 1}};
    struct body_rec b = {.id = {1}, .body = {.boxes = 1}};
    uint8_t old[BODY_ID_LEN] = {3}, young[BODY_ID_LEN] = {4};
    char odd[128];

    (void)state;
    a.body_id[0] = 2;
    assert_int_equal(body_put(desk.vault, &b), RC_OK);
    assert_int_equal(answer_put(desk.vault, &a), RC_OK);
    file_of(b.id, 9 * DAY_SECONDS);
    file_of(a.body_id, 9 * DAY_SECONDS);
    file_of(old, 2 * DAY_SECONDS);
    file_of(young, 3600); /* a `reply` may be about to name it */
    (void)snprintf(odd, sizeof odd, "%s/bodies/notes.txt", dir);
    assert_int_equal(file_write(odd, old, 3, 0600, true), RC_OK);
    assert_int_equal(utimensat(AT_FDCWD, odd,
                               (struct timespec[2]){{.tv_sec = 1},
                                                    {.tv_sec = 1}},
                               0),
                     0);
    assert_int_equal(tidy(&desk), RC_OK);
    assert_true(is_there(b.id));
    assert_true(is_there(a.body_id));
    assert_true(is_there(young));
    assert_int_equal(access(odd, F_OK), 0);
    assert_false(is_there(old));
}

/* A row that can't be read may name any file. */
static void
beside_damage_nothing_goes(void **state)
{
    struct body_rec b = {.id = {1}, .body = {.boxes = 1}};
    uint8_t old[BODY_ID_LEN] = {3};
    sqlite3 *db;

    (void)state;
    assert_int_equal(body_put(desk.vault, &b), RC_OK);
    file_of(b.id, 9 * DAY_SECONDS);
    file_of(old, 9 * DAY_SECONDS);
    assert_int_equal(sqlite3_open(cases, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE rows SET box = zeroblob(400)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(tidy(&desk), RC_OK);
    assert_true(is_there(b.id));
    assert_true(is_there(old));
}

/* `delete` was ended before it came to the journal. */
static void
the_journal_is_overwritten(void **state)
{
    uint8_t *bytes;
    size_t len;

    (void)state;
    assert_int_equal(vault_put(desk.vault, VAULT_NOTE, "a", 1, key, 32),
                     RC_OK);
    assert_int_equal(vault_delete(desk.vault, VAULT_NOTE, "a", 1), RC_OK);
    assert_int_equal(file_read(&bytes, &len, journal, 1 << 20), RC_OK);
    assert_false(sodium_is_zero(bytes, len));
    free(bytes);
    assert_int_equal(tidy(&desk), RC_OK);
    assert_int_equal(file_read(&bytes, &len, journal, 1 << 20), RC_OK);
    assert_true(len > 0 && sodium_is_zero(bytes, len));
    free(bytes);
}

/* Files in the folder evidence whose names begin so. */
static unsigned
evidence(const char *begin)
{
    char command[200];
    unsigned n = 0;
    FILE *f;

    (void)snprintf(command, sizeof command, "ls %s/evidence | grep -c '^%s'",
                   dir, begin);
    f = popen(command, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%u", &n), 1);
    (void)pclose(f);
    return n;
}

/* An organisation that contradicts for the sake of it must not use up the room
 * for what a relay signed. */
static void
one_kind_of_evidence_leaves_room_for_others(void **state)
{
    const uint8_t relay[32] = {1};
    char path[128];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/evidence", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    for (uint8_t i = 0; i < 60; i++) {
        desk_evidence(&desk, relay, "bundle", &i, 1);
    }
    assert_int_equal(evidence("bundle-"), 50);
    for (uint8_t i = 0; i < 60; i++) {
        desk_evidence(&desk, relay, i % 2 == 0 ? "page-a-1" : "page-b-2", &i,
                      1);
    }
    assert_int_equal(evidence("page-"), 50);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(files_that_nobody_names_go),
        TEST(beside_damage_nothing_goes),
        TEST(the_journal_is_overwritten),
        TEST(one_kind_of_evidence_leaves_room_for_others),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
