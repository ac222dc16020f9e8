/* SPDX-License-Identifier: ISC */
#include "status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#define DIGITS "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD   "tocsin 1\nbundle " DIGITS "\n"

static enum rc
parse(struct status *st, const char *text)
{
    return status_parse(st, (const uint8_t *)text, strlen(text));
}

/* How many boards are read of this. */
static size_t
boards(const char *text)
{
    struct status st;

    assert_int_equal(parse(&st, text), RC_OK);
    return st.n_boards;
}

static void
what_is_no_status_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "tocsin 1",
        "tocsin 1\n", /* without a bundle */
        "tocsin 2\nbundle " DIGITS "\n",
        "tocsin 1\nbundle " DIGITS, /* cut off */
        "tocsin 1\nbundle " DIGITS "0\n",
        "tocsin 1\nbundle 0" DIGITS "\n",
        "tocsin 1\nbundle  " DIGITS "\n",
        "tocsin 1\nbundle x0112233445566778899aabbccddeeff00112233445566778899"
        "aabbccddeeff\n",
        "tocsin 1\nbundle A0112233445566778899aabbccddeeff00112233445566778899"
        "aabbccddeeff\n",
        HEAD "board 0 1 2 3",
    };
    static const struct status zero;
    struct status st;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memset(&st, 1, sizeof st);
        assert_int_equal(parse(&st, bad[i]), RC_FORMAT);
        assert_memory_equal(&st, &zero, sizeof st);
    }
}

static void
broken_and_unknown_lines_are_read_over(void **state)
{
    (void)state;
    assert_int_equal(boards(HEAD), 0);
    assert_int_equal(boards(HEAD "board 0 01 2 3\n"), 0);
    assert_int_equal(boards(HEAD "board 0 1 2 3 4\n"), 0);
    assert_int_equal(boards(HEAD "board 0 -1 2 3\n"), 0);
    assert_int_equal(boards(HEAD "board 256 1 2 3\n"), 0);
    assert_int_equal(boards(HEAD "board 0 99999999999999999999 2 3\n"), 0);
    assert_int_equal(boards(HEAD "x\n\nboard 0 1 2 3\nboard 0 5 6 7\n"), 1);
}

static void
a_status_is_parsed(void **state)
{
    const struct status_board *b;
    char text[256 * 64] = "tocsin 1\nrelay 01\ndirectory 3 45\nretention 28\n";
    struct status st;
    uint8_t hash[KDF_LEN];
    size_t n = strlen(text);

    (void)state;
    for (int i = 0; i < 256; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "board %d %d 2 3\n", i,
                              1000 + i);
    }
    (void)snprintf(text + n, sizeof text - n, "bundle %s\n", DIGITS);
    assert_int_equal(parse(&st, text), RC_OK);
    assert_int_equal(sodium_hex2bin(hash, sizeof hash, DIGITS, 64, NULL, NULL,
                                    NULL),
                     0);
    assert_memory_equal(st.bundle, hash, sizeof hash);
    assert_int_equal(st.n_boards, 256);
    b = status_board(&st, 255);
    assert_non_null(b);
    assert_int_equal(b->newest, 1255);
    assert_int_equal(b->slots, 2);
    assert_int_equal(b->effort, 3);
    assert_int_equal(parse(&st, HEAD "board 7 1 2 3\n"), RC_OK);
    assert_null(status_board(&st, 0));
    assert_int_equal(status_board(&st, 7)->newest, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_status_is_refused),
        cmocka_unit_test(broken_and_unknown_lines_are_read_over),
        cmocka_unit_test(a_status_is_parsed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
