/* SPDX-License-Identifier: ISC */
/* Lines over the control socket, and a line for a file of tor's. */
#include "controltext.h"
#include "torrc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
only_the_status_is_asked_for(void **state)
{
    static const char *const bad[] = {"\n",         "status \n",  "Status\n",
                                      "status\r\n", "status\n\n", "stop\n"};
    char longest[CONTROL_LINE_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(control_ask_parse(bad[i], strlen(bad[i])), RC_FORMAT);
    }
    assert_int_equal(control_ask_parse("status\0\n", 8), RC_FORMAT);
    for (size_t n = 0; n < 7; n++) {
        assert_int_equal(control_ask_parse("status\n", n), RC_TRUNCATED);
    }
    memset(longest, 's', sizeof longest);
    assert_int_equal(control_ask_parse(longest, sizeof longest - 1),
                     RC_TRUNCATED);
    assert_int_equal(control_ask_parse(longest, sizeof longest), RC_FORMAT);
    assert_int_equal(control_ask_parse("status\n", 7), RC_OK);
}

static enum rc
line_of(struct control_line *out, const char *text)
{
    struct reader r;

    rd_init(&r, (const uint8_t *)text, strlen(text));
    return control_line_next(out, &r);
}

static void
broken_lines_are_refused(void **state)
{
    static const char *const bad[] = {"\n",      "a\n",        "a \n",
                                      " 1\n",    "a  1\n",     "a 1 \n",
                                      "a 1\r\n", "a \x1b[m\n", "\xc3\xa9 1\n"};
    static const char good[] = "clock right\n";
    struct control_line l;
    char part[sizeof good];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_not_equal(line_of(&l, bad[i]), RC_OK);
        assert_null(l.name);
    }
    for (size_t n = 1; n < sizeof good - 1; n++) {
        memcpy(part, good, n);
        part[n] = 0;
        assert_int_not_equal(line_of(&l, part), RC_OK);
    }
    assert_int_equal(line_of(&l, ""), RC_MISSING);
}

static void
numbers_are_told_from_text(void **state)
{
    static const struct {
        const char *line;
        bool is_number;
        uint64_t number;
    } cases[] = {{"n 0\n", true, 0},
                 {"n 20779\n", true, 20779},
                 {"n 9007199254740991\n", true, 9007199254740991},
                 {"n 9007199254740992\n", false, 0},
                 {"n 07\n", false, 0},
                 {"n +7\n", false, 0},
                 {"n -7\n", false, 0},
                 {"n 7 7\n", false, 0},
                 {"n 7a\n", false, 0},
                 {"n right\n", false, 0}};
    struct control_line l;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(line_of(&l, cases[i].line), RC_OK);
        assert_int_equal(l.is_number, cases[i].is_number);
        assert_int_equal(l.number, cases[i].number);
        assert_int_equal(l.name_len, 1);
        assert_int_equal(l.value_len, strlen(cases[i].line) - 3);
    }
}

/* want NULL: the line is there already. */
static void
adds(const char *old, const char *line, const char *want)
{
    char *out;
    size_t len;

    assert_int_equal(
        torrc_add(&out, &len, (const uint8_t *)old, strlen(old), line),
        want != NULL ? RC_OK : RC_TAKEN);
    if (want == NULL) {
        assert_null(out);
    } else {
        assert_int_equal(len, strlen(want));
        assert_memory_equal(out, want, len);
    }
    free(out);
}

static void
a_line_is_added_once(void **state)
{
    static const uint8_t zero[] = "SocksPort 0\n\0Log notice\n";
    char *out;
    size_t len;

    (void)state;
    /* Nothing after a zero byte may be lost. */
    assert_int_equal(torrc_add(&out, &len, zero, sizeof zero - 1, "x y"),
                     RC_FORMAT);
    assert_null(out);
    adds("x y\n", "x y", NULL);
    adds("a\nx y", "x y", NULL);
    adds("a\nx y\nb\n", "x y", NULL);
    adds("", "x y", "x y\n");
    adds("a\n", "x y", "a\nx y\n");
    adds("a", "x y", "a\nx y\n");
    adds("#x y\nx yz\n x y\n", "x y", "#x y\nx yz\n x y\nx y\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_status_is_asked_for),
        cmocka_unit_test(broken_lines_are_refused),
        cmocka_unit_test(numbers_are_told_from_text),
        cmocka_unit_test(a_line_is_added_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
