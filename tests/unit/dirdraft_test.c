/* SPDX-License-Identifier: ISC */
#include "dirdraft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000"
#define ID(d) ZEROS "00" #d
#define PK(c) "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" #c "A="

static char *
text_of(const struct dirdraft *d)
{
    char *text, *copy;
    size_t len;

    assert_int_equal(dirdraft_write(&text, &len, d), RC_OK);
    copy = strndup(text, len);
    free(text);
    assert_non_null(copy);
    return copy;
}

static void
check(const struct dirdraft *d, const char *expected)
{
    char *text = text_of(d);

    assert_string_equal(text, expected);
    free(text);
}

static void
full(struct dirdraft *d)
{
    assert_int_equal(dirdraft_new(d, 20000, 30, 28), RC_OK);
    assert_int_equal(dirdraft_add(d, "org", ID(7) " " PK(A) " 1 - - - - - B"),
                     RC_OK);
    assert_int_equal(dirdraft_add(d, "board", "1 4096 30 2 32 2"), RC_OK);
    assert_int_equal(dirdraft_add(d, "relay", ID(9) " " PK(B) " open unix:/b"),
                     RC_OK);
    assert_int_equal(dirdraft_add(d, "board", "0 16 600 16 64 2"), RC_OK);
    assert_int_equal(dirdraft_add(d, "relay", ID(8) " " PK(C) " open unix:/a"),
                     RC_OK);
    assert_int_equal(
        dirdraft_add(d, "org", ID(6) " " PK(D) " 1 union GT - es - A b"),
        RC_OK);
}

static const char full_text[] =
    "tocsin-directory v1\nissued 20000\nexpires 20030\nretention 28\n"
    "page " ID(0) "\n"
                  "board 0 16 600 16 64 2\nboard 1 4096 30 2 32 2\n"
                  "relay " ID(9) " " PK(
                      B) " open unix:/b\n"
                         "relay " ID(8) " " PK(
                             C) " open unix:/a\n"
                                "org " ID(6) " " PK(
                                    D) " 1 union GT - es - A b\n"
                                       "org " ID(7) " " PK(
                                           A) " 1 - - - - - B\n";

static void
what_is_no_directory_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "\n",
        "tocsin-directory v1\n",
        "tocsin-root v1\n",
        "tocsin-directory v1\nissued 1\nexpires 2\nretention 28\n",
        "tocsin-directory v1\nissued 1\nexpires 92\nretention 28\n"
        "page " ID(0) "\n"};
    struct dirdraft d;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(dirdraft_parse(&d, bad[i], strlen(bad[i])), RC_FORMAT);
        assert_int_equal(d.n, 0);
    }
    assert_int_equal(dirdraft_new(&d, 20000, 91, 28), RC_FORMAT);
    assert_int_equal(dirdraft_new(&d, 20000, 90, 2), RC_FORMAT);
    for (size_t n = 0; n < sizeof full_text - 1; n++) {
        if (dirdraft_parse(&d, full_text, n) == RC_OK) {
            assert_int_equal(full_text[n - 1], '\n');
            dirdraft_wipe(&d);
        }
    }
}

static void
lines_find_their_place(void **state)
{
    struct directory *dir;
    struct dirdraft d, again;
    bool complete;

    (void)state;
    full(&d);
    check(&d, full_text);
    assert_int_equal(dirdraft_open(&dir, &complete, &d), RC_OK);
    assert_true(complete);
    assert_int_equal(dir->n_orgs, 2);
    directory_free(dir);
    assert_int_equal(dirdraft_parse(&again, full_text, sizeof full_text - 1),
                     RC_OK);
    check(&again, full_text);
    dirdraft_wipe(&again);
    dirdraft_wipe(&d);
}

static void
an_unfinished_one_shows_no_stand_ins(void **state)
{
    struct directory *dir;
    struct dirdraft d;
    bool complete;

    (void)state;
    assert_int_equal(dirdraft_new(&d, 20000, 30, 28), RC_OK);
    assert_int_equal(dirdraft_open(&dir, &complete, &d), RC_OK);
    assert_false(complete);
    assert_int_equal(dir->n_boards, 0);
    assert_int_equal(dir->n_relays, 0);
    directory_free(dir);
    assert_int_equal(dirdraft_add(&d, "board", "3 4096 30 2 32 2"), RC_OK);
    assert_int_equal(dirdraft_open(&dir, &complete, &d), RC_OK);
    assert_false(complete);
    assert_int_equal(dir->n_boards, 1);
    assert_int_equal(dir->boards[0].id, 3);
    directory_free(dir);
    dirdraft_wipe(&d);
}

static void
wrong_lines_change_nothing(void **state)
{
    struct dirdraft d;

    (void)state;
    full(&d);
    assert_int_equal(dirdraft_add(&d, "board", "1 4096 60 2 32 2"), RC_TAKEN);
    assert_int_equal(dirdraft_add(&d, "board", "2 4096 31 2 32 2"), RC_FORMAT);
    assert_int_equal(dirdraft_add(&d, "board", "2 4096 30 2 32 2\nrevoked"),
                     RC_FORMAT);
    assert_int_equal(dirdraft_add(&d, "board", ""), RC_FORMAT);
    assert_int_equal(
        dirdraft_add(&d, "org", ID(5) " " PK(E) " 9 - - - - - no such board"),
        RC_FORMAT);
    assert_int_equal(dirdraft_remove(&d, "board", "7"), RC_MISSING);
    assert_int_equal(dirdraft_remove(&d, "board", "1"), RC_FORMAT);
    assert_int_equal(dirdraft_set(&d, "relay", ID(8), 2, "never"), RC_FORMAT);
    assert_int_equal(dirdraft_set(&d, "relay", ID(8), 2, "1\nx"), RC_FORMAT);
    assert_int_equal(dirdraft_set(&d, "relay", ID(8), 9, "x"), RC_FORMAT);
    assert_int_equal(dirdraft_set(&d, "relay", ID(1), 2, "30000"), RC_MISSING);
    assert_int_equal(dirdraft_set_head(&d, "page", "abc"), RC_FORMAT);
    assert_int_equal(dirdraft_set_head(&d, "page", ID(0) "\nboard 2"),
                     RC_FORMAT);
    assert_int_equal(dirdraft_set_head(&d, "rubbish", "abc"), RC_MISSING);
    check(&d, full_text);
    dirdraft_wipe(&d);
}

static void
changes_touch_their_line_only(void **state)
{
    struct dirdraft d;
    char *text;

    (void)state;
    full(&d);
    assert_int_equal(dirdraft_set(&d, "relay", ID(9), 2, "20100"), RC_OK);
    assert_int_equal(dirdraft_add(&d, "revoked", ID(7) " 20001"), RC_OK);
    assert_int_equal(dirdraft_set_head(&d, "page", ID(1)), RC_OK);
    assert_int_equal(dirdraft_renew(&d, true, 20010), RC_OK);
    assert_int_equal(dirdraft_remove(&d, "org", ID(6)), RC_OK);
    text = text_of(&d);
    assert_string_equal(
        text, "tocsin-directory v2\nissued 20010\nexpires 20040\n"
              "retention 28\npage " ID(
                  1) "\n"
                     "board 0 16 600 16 64 2\nboard 1 4096 30 2 32 2\n"
                     "relay " ID(9) " " PK(B) " 20100 unix:/b\n"
                                              "relay " ID(8) " " PK(
                                                  C) " open unix:/a\n"
                                                     "org " ID(7) " " PK(
                                                         A) " 1 - - - - - B\n"
                                                            "revoked " ID(
                                                                7) " 20001\n");
    free(text);
    /* the same day and version again: nothing changes */
    assert_int_equal(dirdraft_renew(&d, false, 20010), RC_OK);
    assert_int_equal(strncmp(d.lines[0], "tocsin-directory v2", 20), 0);
    dirdraft_wipe(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_directory_is_refused),
        cmocka_unit_test(lines_find_their_place),
        cmocka_unit_test(an_unfinished_one_shows_no_stand_ins),
        cmocka_unit_test(wrong_lines_change_nothing),
        cmocka_unit_test(changes_touch_their_line_only),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
