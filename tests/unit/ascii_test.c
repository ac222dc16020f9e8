/* SPDX-License-Identifier: ISC */
#include "ascii.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
only_letters_of_ascii_have_a_case(void **state)
{
    (void)state;
    for (int i = -128; i < 128; i++) {
        char c = (char)i;
        bool small = i >= 97 && i <= 122, large = i >= 65 && i <= 90;

        assert_int_equal(ascii_lower(c), large ? i + 32 : i);
        assert_int_equal(ascii_upper(c), small ? i - 32 : i);
        assert_int_equal(ascii_is_alnum(c),
                         small || large || (i >= 48 && i <= 57));
        assert_int_equal(ascii_is_space(c), i == 32 || (i >= 9 && i <= 13));
    }
}

static void
words_are_compared_to_their_ends(void **state)
{
    (void)state;
    assert_true(ascii_is_word("FIRED", "fired"));
    assert_true(ascii_is_word("", ""));
    assert_false(ascii_is_word("fire", "fired"));
    assert_false(ascii_is_word("fired", "fire"));
    assert_false(ascii_is_word("f[red", "f{red"));
    assert_false(ascii_is_word("caf\xc3\xa9", "CAF\xc3\x89"));
    assert_true(ascii_is_same("IN,BD", "in;", 2));
    assert_false(ascii_is_same("IN,BD", "in;", 3));
    assert_true(ascii_is_same("a", "b", 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_letters_of_ascii_have_a_case),
        cmocka_unit_test(words_are_compared_to_their_ends),
    };

    (void)setlocale(LC_ALL, "");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
