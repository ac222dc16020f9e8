/* SPDX-License-Identifier: ISC */
#include "file.h"

#include <dirent.h>
#include <errno.h>
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

static char dir[64];

static const char *
at(const char *name)
{
    static char path[2][128];
    static int turn;

    turn = !turn;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

static void
put(const char *name, const char *text)
{
    assert_int_equal(
        file_write(at(name), (const uint8_t *)text, strlen(text), 0600, true),
        RC_OK);
}

static void
check(const char *name, const char *text)
{
    uint8_t *out;
    size_t len;

    assert_int_equal(file_read(&out, &len, at(name), 1000), RC_OK);
    assert_string_equal((char *)out, text);
    free(out);
}

static size_t
names(void)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    size_t n = 0;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    }
    (void)closedir(d);
    return n;
}

static void
reading_has_a_bound(void **state)
{
    uint8_t *out = NULL, *big = malloc(100000);
    size_t len;

    (void)state;
    assert_int_equal(file_read(&out, &len, at("none"), 10), RC_MISSING);
    assert_int_equal(file_read(&out, &len, dir, 10), RC_IO);
    assert_non_null(big);
    randombytes_buf(big, 100000);
    assert_int_equal(file_write(at("big"), big, 100000, 0600, false), RC_OK);
    for (size_t max = 0; max < 100000; max = max * 3 + 1) {
        assert_int_equal(file_read(&out, &len, at("big"), max), RC_FULL);
        assert_null(out);
    }
    assert_int_equal(file_read(&out, &len, at("big"), 99999), RC_FULL);
    assert_int_equal(file_read(&out, &len, at("big"), 100000), RC_OK);
    assert_int_equal(len, 100000);
    assert_memory_equal(out, big, len);
    assert_int_equal(out[len], 0);
    free(out);
    assert_int_equal(file_read(&out, &len, at("big"), SIZE_MAX), RC_OK);
    free(out);
    free(big);
    put("empty", "");
    assert_int_equal(file_read(&out, &len, at("empty"), 0), RC_OK);
    assert_int_equal(len, 0);
    free(out);
    assert_int_equal(unlink(at("big")), 0);
    assert_int_equal(unlink(at("empty")), 0);
}

static void
what_is_there_may_be_kept(void **state)
{
    struct stat st;

    (void)state;
    put("a", "first");
    assert_int_equal(
        file_write(at("a"), (const uint8_t *)"second", 6, 0600, false),
        RC_TAKEN);
    check("a", "first");
    assert_int_equal(
        file_write(at("a"), (const uint8_t *)"second", 6, 0640, true), RC_OK);
    check("a", "second");
    assert_int_equal(stat(at("a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(names(), 1); /* no temporary is left */
    assert_int_equal(unlink(at("a")), 0);
}

static void
a_failure_leaves_what_was_there(void **state)
{
    (void)state;
    put("a", "first");
    assert_int_equal(mkdir(at("d"), 0700), 0);
    assert_int_equal(file_write(at("d"), (const uint8_t *)"x", 1, 0600, true),
                     RC_IO);
    assert_int_equal(
        file_write(at("none/x"), (const uint8_t *)"x", 1, 0600, true), RC_IO);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(names(), 2);
    check("a", "first");
    assert_int_equal(rmdir(at("d")), 0);
    assert_int_equal(unlink(at("a")), 0);
}

static void
links_and_devices_stay_what_they_are(void **state)
{
    struct stat st;

    (void)state;
    put("a", "first");
    assert_int_equal(symlink("a", at("l")), 0);
    assert_int_equal(
        file_write(at("l"), (const uint8_t *)"second", 6, 0600, true), RC_OK);
    check("a", "second");
    assert_int_equal(lstat(at("l"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(
        file_write("/dev/null", (const uint8_t *)"x", 1, 0600, true), RC_OK);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_int_equal(unlink(at("l")), 0);
    assert_int_equal(unlink(at("a")), 0);
}

static void
a_name_without_a_folder_is_here(void **state)
{
    char here[512];

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(file_write("b", (const uint8_t *)"x", 1, 0600, false),
                     RC_OK);
    assert_int_equal(chdir(here), 0);
    check("b", "x");
    assert_int_equal(unlink(at("b")), 0);
}

static void
exact_reads_say_when_it_ends_early(void **state)
{
    uint8_t out[4];
    int p[2];

    (void)state;
    assert_int_equal(pipe(p), 0);
    assert_int_equal(file_write_all(p[1], (const uint8_t *)"abcde", 5), RC_OK);
    assert_int_equal(file_read_exact(p[0], out, 4), RC_OK);
    assert_memory_equal(out, "abcd", 4);
    (void)close(p[1]);
    assert_int_equal(file_read_exact(p[0], out, 2), RC_TRUNCATED);
    (void)close(p[0]);
    assert_int_equal(file_read_exact(p[0], out, 2), RC_IO);
    assert_int_equal(file_write_all(p[1], out, 2), RC_IO);
}

static void
paths_are_joined_with_one_slash(void **state)
{
    static const char *const cases[][3] = {{"", "b", "b"},
                                           {"a", "b", "a/b"},
                                           {"a/", "b", "a/b"},
                                           {"/", "b", "/b"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path = file_join(cases[i][0], cases[i][1]);

        assert_string_equal(path, cases[i][2]);
        free(path);
    }
}

/* By root, in a folder of somebody who would have another file. */
static void
what_is_given_is_that_file_and_no_other(void **state)
{
    const uid_t uid = geteuid();
    struct stat st;

    (void)state;
    put("mine", "x");
    assert_int_equal(file_give(at("mine"), uid, (gid_t)-1), RC_OK);
    assert_int_equal(file_give(dir, uid, (gid_t)-1), RC_OK);
    assert_int_equal(file_give(at("none"), uid, (gid_t)-1), RC_MISSING);
    assert_int_equal(symlink(at("mine"), at("link")), 0);
    assert_int_equal(file_give(at("link"), uid, (gid_t)-1), RC_IO);
    assert_int_equal(errno, ELOOP);
    assert_int_equal(unlink(at("link")), 0);
    assert_int_equal(link(at("mine"), at("other")), 0);
    assert_int_equal(file_give(at("other"), uid, (gid_t)-1), RC_IO);
    assert_int_equal(errno, EMLINK);
    assert_int_equal(unlink(at("other")), 0);
    if (uid == 0) {
        assert_int_equal(file_give(at("mine"), 65534, (gid_t)-1), RC_OK);
        assert_int_equal(stat(at("mine"), &st), 0);
        assert_int_equal(st.st_uid, 65534);
        assert_int_equal(st.st_gid, getegid());
    }
    assert_int_equal(unlink(at("mine")), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_has_a_bound),
        cmocka_unit_test(what_is_there_may_be_kept),
        cmocka_unit_test(a_failure_leaves_what_was_there),
        cmocka_unit_test(links_and_devices_stay_what_they_are),
        cmocka_unit_test(a_name_without_a_folder_is_here),
        cmocka_unit_test(exact_reads_say_when_it_ends_early),
        cmocka_unit_test(paths_are_joined_with_one_slash),
        cmocka_unit_test(what_is_given_is_that_file_and_no_other),
    };
    int failed;

    (void)snprintf(dir, sizeof dir, "/tmp/file_test.XXXXXX");
    if (sodium_init() < 0 || mkdtemp(dir) == NULL) {
        return 1;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(dir) == 0 ? failed : 1;
}
