/* SPDX-License-Identifier: ISC */
#include "term.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

static void
check_len(const char *in, size_t len, unsigned indent, const char *expected)
{
    char *out = NULL, *copy = malloc(len > 0 ? len : 1);
    size_t n = 0;
    FILE *f = open_memstream(&out, &n);

    assert_non_null(f);
    assert_non_null(copy);
    memcpy(copy, in, len);
    term_print_text(f, copy, len, indent);
    assert_int_equal(fclose(f), 0);
    assert_string_equal(out, expected);
    free(out);
    free(copy);
}

static void
check(const char *in, const char *expected)
{
    check_len(in, strlen(in), 0, expected);
}

static void
orders_to_a_terminal_are_shown(void **state)
{
    (void)state;
    check("\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m");
    check("\033]0;title\007", "\\x1b]0;title\\x07");
    check("a\rb\bc\td\x7f", "a\\x0db\\x08c\\x09d\\x7f");
    check_len("a\0b", 3, 0, "a\\x00b");
    check("\xc2\x9b"
          "31m",
          "\\u{009b}31m"); /* CSI as one character */
    check("\x9b"
          "31m",
          "\\x9b"
          "31m"); /* and as one byte */
}

static void
hidden_and_reordering_characters_are_shown(void **state)
{
    (void)state;
    check("a\xe2\x80\xae"
          "b",
          "a\\u{202e}b"); /* right-to-left override */
    check("a\xe2\x81\xa7"
          "b",
          "a\\u{2067}b"); /* isolate */
    check("a\xe2\x80\x8b"
          "b",
          "a\\u{200b}b"); /* zero width space */
    check("a\xef\xbb\xbf"
          "b",
          "a\\u{feff}b");
    check("a\xe2\x80\xa8"
          "b",
          "a\\u{2028}b"); /* line separator */
    check("a\xf3\xa0\x81\x81"
          "b",
          "a\\u{e0041}b"); /* tag */
    check("a\xe2\x80\x8f"
          "b",
          "a\\u{200f}b"); /* mark of direction */
    check("a\xd8\x9c"
          "b",
          "a\\u{061c}b");
    check("\xe2\x81\xa8"
          "a\nb\xe2\x81\xa9",
          "\\u{2068}a\nb\\u{2069}"); /* an isolate of two lines */
    check("a\xef\xbf\xbf"
          "b",
          "a\\u{ffff}b");
}

static void
names_are_one_line(void **state)
{
    char small[8];

    (void)state;
    assert_string_equal(term_name("Uni\xe2\x80\xae"
                                  "on\nand \033[1m")
                            .text,
                        "Uni\\u{202e}on\\x0aand \\x1b[1m");
    assert_string_equal(term_name("").text, "");
    term_clean(small, sizeof small, "abc\xe2\x80\xae");
    assert_string_equal(small, "abc"); /* none is cut */
    term_clean(small, sizeof small, "abcdef\xc3\xa9z");
    assert_string_equal(small, "abcdef");
    assert_string_equal(term_name("a \xe2\x81\xa8 b \xe2\x81\xa9").text,
                        "a \xe2\x81\xa8 b \xe2\x81\xa9");
    term_clean(small, sizeof small, "\xe2\x81\xa8 abcdefg \xe2\x81\xa9");
    assert_string_equal(small, ""); /* no isolate stays open */
    term_clean(small, 1, "abc");
    assert_string_equal(small, "");
}

static void
invalid_utf8_is_shown_byte_by_byte(void **state)
{
    (void)state;
    check("\xff", "\\xff");
    check("\xc0\xaf", "\\xc0\\xaf"); /* overlong */
    check("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
    check("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* surrogate */
    check("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
    check("\xe2\x82", "\\xe2\\x82"); /* cut off */
    check("\xe2\x82x", "\\xe2\\x82x");
}

static void
text_of_the_world_stays(void **state)
{
    static const char *const texts[] = {"Los despidieron a todas, ¿verdad?",
                                        "তিন মাস ধরে",
                                        "گزارش می‌شود",
                                        "שלום!",
                                        "ថ្ងៃ\xe2\x80\x8bនេះ",
                                        "报告",
                                        "👩🏽‍🏭",
                                        "naïve \xcc\x81 \\x1b"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        check(texts[i], texts[i]);
    }
}

static void
lines_are_indented(void **state)
{
    (void)state;
    check_len("a\nb\n\nc\n", 7, 2, "a\n  b\n\n  c\n");
    check_len("", 0, 2, "");
    check_len("\n", 1, 2, "\n");
}

static void
a_secret_is_one_line(void **state)
{
    char *secret, *longest = malloc(TERM_SECRET_MAX + 2);
    size_t len;
    int p[2];

    (void)state;
    assert_int_equal(pipe(p), 0);
    assert_non_null(longest);
    memset(longest, 'x', TERM_SECRET_MAX + 1);
    longest[TERM_SECRET_MAX + 1] = '\n';
    assert_int_equal(write(p[1], longest, TERM_SECRET_MAX + 2),
                     TERM_SECRET_MAX + 2);
    assert_int_equal(term_secret(&secret, &len, "", p[0]), RC_FULL);
    assert_null(secret);
    assert_int_equal(write(p[1], longest + 1, TERM_SECRET_MAX + 1),
                     TERM_SECRET_MAX + 1);
    assert_int_equal(term_secret(&secret, &len, "", p[0]), RC_OK);
    assert_int_equal(len, TERM_SECRET_MAX);
    sodium_free(secret);
    free(longest);
    assert_int_equal(write(p[1], "a\0b\n\nword\r\nlast", 15), 15);
    (void)close(p[1]);
    assert_int_equal(term_secret(&secret, &len, "", p[0]), RC_FORMAT);
    assert_int_equal(term_secret(&secret, &len, "", p[0]), RC_OK);
    assert_int_equal(len, 0);
    sodium_free(secret);
    assert_int_equal(term_secret(&secret, &len, "", p[0]), RC_OK);
    assert_string_equal(secret, "word");
    sodium_free(secret);
    assert_int_equal(term_secret(&secret, &len, "", p[0]), RC_OK);
    assert_string_equal(secret, "last");
    sodium_free(secret);
    assert_int_equal(term_secret(&secret, &len, "", p[0]), RC_MISSING);
    (void)close(p[0]);
}

/* Prompts and bars go to standard error, which is a file here. */
static void
questions_are_answered_by_standard_input(void **state)
{
    int in = dup(STDIN_FILENO), err = dup(STDERR_FILENO), p[2];
    int null = open("/dev/null", O_WRONLY);
    char *text;

    (void)state;
    assert_int_equal(pipe(p), 0);
    assert_int_equal(write(p[1], "yes\nno", 6), 6);
    (void)close(p[1]);
    assert_int_equal(dup2(p[0], STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(dup2(null, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(term_ask(&text, "? "), RC_OK);
    assert_string_equal(text, "yes");
    term_free(text);
    assert_int_equal(term_ask(&text, "? "), RC_OK);
    assert_string_equal(text, "no");
    term_free(text);
    assert_int_equal(term_ask(&text, "? "), RC_MISSING);
    assert_null(text);
    assert_string_equal(term_bold(stderr), "");
    assert_int_equal(dup2(in, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(dup2(err, STDERR_FILENO), STDERR_FILENO);
    (void)close(in);
    (void)close(err);
    (void)close(null);
    (void)close(p[0]);
}

static void
progress_is_a_line_a_tenth(void **state)
{
    char path[] = "/tmp/term_test.XXXXXX", text[2000] = "";
    int file = mkstemp(path), err = dup(STDERR_FILENO);
    struct term_progress p;
    size_t lines = 0;

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
    term_progress_start(&p, "up", UINT64_MAX);
    for (int i = 0; i <= 1000; i++) {
        term_progress(&p, UINT64_MAX / 1000 * (uint64_t)i);
    }
    term_progress(&p, UINT64_MAX);
    term_progress_end(&p);
    assert_int_equal(dup2(err, STDERR_FILENO), STDERR_FILENO);
    (void)close(err);
    assert_true(pread(file, text, sizeof text - 1, 0) > 0);
    for (const char *c = text; *c != 0; c++) {
        lines += *c == '\n';
    }
    assert_int_equal(lines, 10);
    assert_non_null(strstr(text, "up: 100 %"));
    (void)close(file);
    assert_int_equal(unlink(path), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_to_a_terminal_are_shown),
        cmocka_unit_test(hidden_and_reordering_characters_are_shown),
        cmocka_unit_test(names_are_one_line),
        cmocka_unit_test(invalid_utf8_is_shown_byte_by_byte),
        cmocka_unit_test(text_of_the_world_stays),
        cmocka_unit_test(lines_are_indented),
        cmocka_unit_test(a_secret_is_one_line),
        cmocka_unit_test(questions_are_answered_by_standard_input),
        cmocka_unit_test(progress_is_a_line_a_tenth),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
