/* SPDX-License-Identifier: ISC */
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct sample {
    const char *bytes;
    size_t len;
};

static void
broken_forms_are_refused(void **state)
{
    static const struct sample bad[] = {
        {"\x80", 1},             /* begins with a continuation */
        {"\xc0\x80", 2},         /* overlong */
        {"\xc1\xbf", 2},         /* overlong */
        {"\xe0\x9f\xbf", 3},     /* overlong */
        {"\xf0\x8f\xbf\xbf", 4}, /* overlong */
        {"\xed\xa0\x80", 3},     /* surrogate */
        {"\xed\xbf\xbf", 3},     /* surrogate */
        {"\xf4\x90\x80\x80", 4}, /* above U+10FFFF */
        {"\xf5\x80\x80\x80", 4},
        {"\xff", 1},
        {"a\xc3", 2},    /* cut off */
        {"\xe2\x82", 2}, /* cut off */
        {"\xf0\x9f\x98", 3} /* cut off */,
        {"\xc3(", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(utf8_is_valid((const uint8_t *)bad[i].bytes, bad[i].len));
        assert_false(utf8_is_line((const uint8_t *)bad[i].bytes, bad[i].len));
    }
}

/* Every character there is, against an encoder written here. */
static void
every_character_reads_back(void **state)
{
    (void)state;
    for (uint32_t v = 0; v < 0x110000; v++) {
        uint8_t b[4];
        size_t n;
        uint32_t c;

        if (v < 0x80) {
            b[0] = (uint8_t)v;
            n = 1;
        } else if (v < 0x800) {
            b[0] = (uint8_t)(0xc0 | v >> 6);
            b[1] = (uint8_t)(0x80 | (v & 0x3f));
            n = 2;
        } else if (v < 0x10000) {
            b[0] = (uint8_t)(0xe0 | v >> 12);
            b[1] = (uint8_t)(0x80 | (v >> 6 & 0x3f));
            b[2] = (uint8_t)(0x80 | (v & 0x3f));
            n = 3;
        } else {
            b[0] = (uint8_t)(0xf0 | v >> 18);
            b[1] = (uint8_t)(0x80 | (v >> 12 & 0x3f));
            b[2] = (uint8_t)(0x80 | (v >> 6 & 0x3f));
            b[3] = (uint8_t)(0x80 | (v & 0x3f));
            n = 4;
        }
        if (v >= 0xd800 && v <= 0xdfff) {
            assert_int_equal(utf8_next(&c, b, n), 0);
        } else {
            assert_int_equal(utf8_next(&c, b, n), n);
            assert_int_equal(c, v);
            assert_int_equal(utf8_next(&c, b, n - 1), 0);
        }
    }
}

static void
lines_have_no_control_characters(void **state)
{
    static const struct sample bad[] = {
        {"a\nb", 3},     {"a\0b", 3},         {"\x1b[m", 3},       {"\x7f", 1},
        {"\xc2\x85", 2}, {"\xe2\x80\xa8", 3}, {"\xe2\x80\xa9", 3}, {"\t", 1},
    };
    static const char good[] =
        "Za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87 \xf0\x9f\x94\x94";

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_true(utf8_is_valid((const uint8_t *)bad[i].bytes, bad[i].len));
        assert_false(utf8_is_line((const uint8_t *)bad[i].bytes, bad[i].len));
    }
    assert_true(utf8_is_line((const uint8_t *)good, sizeof good - 1));
    assert_true(utf8_is_line((const uint8_t *)"", 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_forms_are_refused),
        cmocka_unit_test(every_character_reads_back),
        cmocka_unit_test(lines_have_no_control_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
