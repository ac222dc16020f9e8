/* SPDX-License-Identifier: ISC */
#include "typed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
people_say_yes_in_their_language(void **state)
{
    static const char *const yes[] = {
        "y",      "Y",      "yes",  "YES.", " yes, ok ",
        "oui",    "O",      "sí",   "SÍ!",  "si",
        "s",      "Sim",    "نعم",  "ن",    "أجل",
        "হ্যাঁ",    "জি হ্যাঁ", "Haa",  "हाँ",   "हां",
        "जी हाँ",  "ya",     "Iya",  "да",   "Да",
        "ДА",     "д",      "evet", "EVET", "e",
        "ဟုတ်ကဲ့",    "ဟုတ်",     "oo",   "Opo",  "yes\xe2\x80\x8f",
        "ｙｅｓ",
    };
    static const char *const no[] = {
        "n",   "N",  "no",    "NO",    "non",   "não",   "NAO",   "لا",
        "না",  "Na", "नहीं",   "ना",    "tidak", "t",     "нет",   "Нет",
        "НЕТ", "н",  "hayır", "HAYIR", "h",     "မဟုတ်ဘူး", "hindi", "no, no",
    };
    static const char *const neither[] = {
        "",   " ",       ".",  "maybe", "yes no", "no yes",   "yesterday",
        "ye", "nothing", "y1", "১",     "\xff",   "yes \xff", "ж",
    };

    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        assert_true(typed_yes(yes[i]));
        assert_false(typed_no(yes[i]));
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        assert_true(typed_no(no[i]));
        assert_false(typed_yes(no[i]));
    }
    for (size_t i = 0; i < sizeof neither / sizeof *neither; i++) {
        assert_false(typed_yes(neither[i]));
        assert_false(typed_no(neither[i]));
    }
}

static void
numbers_are_read_in_any_script(void **state)
{
    static const struct {
        const char *text;
        unsigned long number;
    } tests[] = {
        {"1", 1},   {"99999", 99999}, {"100000", 0}, {"", 0},     {"1a", 0},
        {"১২", 12}, {"٣٤", 34},       {"۵", 5},      {"५६", 56},  {"၇", 7},
        {"７", 7},  {"-1", 0},        {"1 2", 0},    {"\xff", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        assert_int_equal(typed_number(tests[i].text, strlen(tests[i].text)),
                         tests[i].number);
    }
}

static void
items(const char *line, bool spaces, const char *expected)
{
    char got[256] = "";
    size_t n;

    while ((n = typed_item(&line, spaces)) > 0) {
        assert_in_range(strlen(got) + n + 1, 0, sizeof got - 1);
        (void)strncat(got, line, n);
        (void)strcat(got, "|");
        line += n;
    }
    assert_string_equal(got, expected);
    assert_int_equal(*line, '\0');
}

static void
lists_have_commas_of_any_script(void **state)
{
    (void)state;
    items("1, 2,3", true, "1|2|3|");
    items("1, Legal Aid ,3", false, "1|Legal Aid|3|");
    items("FIRED WAGES\tun", true, "FIRED|WAGES|un|");
    items("১، ২", false, "১|২|");
    items("1、2，3၊4", false, "1|2|3|4|");
    items("1\xe3\x80\x80"
          "2",
          true, "1|2|");
    items(" ,, ", true, "");
    items("", false, "");
    items("\xe2\x80\x8f"
          "1\xe2\x80\x8f, 2",
          false, "1|2|");
    /* what is not seen within a name belongs to it */
    items("سازمان\xe2\x80\x8cها، b", false, "سازمان\xe2\x80\x8cها|b|");
    items("a\xff, b", false, "a\xff|b|");
}

static void
digits_are_turned_into_ours(void **state)
{
    char out[8];

    (void)state;
    typed_digits(out, sizeof out, "২০২৬-১১", strlen("২০২৬-১১"));
    assert_string_equal(out, "2026-11");
    typed_digits(out, sizeof out, "٢٠٢٦-١١-٠٣", strlen("٢٠٢٦-١١-٠٣"));
    assert_string_equal(out, "2026-11");
    typed_digits(out, sizeof out,
                 "a\xff"
                 "b",
                 3);
    assert_string_equal(out, "a\xff"
                             "b");
    typed_digits(out, sizeof out, "", 0);
    assert_string_equal(out, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_say_yes_in_their_language),
        cmocka_unit_test(numbers_are_read_in_any_script),
        cmocka_unit_test(lists_have_commas_of_any_script),
        cmocka_unit_test(digits_are_turned_into_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
