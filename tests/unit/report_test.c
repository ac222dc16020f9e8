/* SPDX-License-Identifier: ISC */
#include "head.h"
#include "report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char good[] = "language bn-BD\n"
                           "country BD\n"
                           "place \xe0\xa6\xa2\xe0\xa6\xbe\xe0\xa6\x95\xe0\xa6"
                           "\xbe, Mirpur 10\n"
                           "employer Acme Garments Ltd.\n"
                           "sector garments\n"
                           "violation FIRED\n"
                           "violation STRIKEPUN\n"
                           "date 2026-11-20\n"
                           "people 41\n"
                           "danger now\n"
                           "role witness\n"
                           "consent lawyer\n"
                           "consent ilo\n"
                           "campaign spring\n"
                           "ref 12/b\n"
                           "attachments 2\n"
                           "later anything at all\n"
                           "\n"
                           "They fired us.\n\nAll of us.\n";

static void
broken(const char *text, size_t len)
{
    struct report r;

    assert_int_equal(report_parse(&r, (const uint8_t *)text, len), RC_OK);
    assert_true(r.broken);
    assert_int_equal(r.n_lines, 0);
    assert_ptr_equal(r.free, text);
    assert_int_equal(r.free_len, len);
    assert_null(report_get(&r, "country", NULL));
    report_wipe(&r);
}

static void
line_broken(const char *line)
{
    char text[256];

    (void)snprintf(text, sizeof text, "%s\n\nfree", line);
    broken(text, strlen(text));
}

static void
line_good(const char *line)
{
    char text[256];
    struct report r;

    (void)snprintf(text, sizeof text, "%s\n\nfree", line);
    assert_int_equal(report_parse(&r, (const uint8_t *)text, strlen(text)),
                     RC_OK);
    assert_false(r.broken);
    assert_int_equal(r.n_lines, 1);
    report_wipe(&r);
}

static void
what_is_no_header_is_shown_whole(void **state)
{
    (void)state;
    broken("", 0);
    broken("Help", 4);
    broken("country BD\n", 11);
    broken("country BD", 10);
    line_broken("country");
    line_broken("country ");
    line_broken(" BD");
    line_broken("Country BD");
    line_broken("country\tBD");
    line_broken("country  BD");
    line_broken("my-key value");
    line_broken("country BD\r");
    line_broken("place \xff");
    line_broken("place a\x1b[2Jb");
    line_broken("place a\xc2\x85" "b");
    line_broken("place a\x7f");
    line_broken("place \xed\xa0\x80");
    broken("place a\0b\n\nfree", 15);
    broken("country BD\n\nfree \xff", 18);
    broken("country BD\n\nfree \xe0\xa6", 19);
    broken("country BD\ncountry BD\n\n", 23); /* not repeatable */
    broken("country BD\nunknown x\ncountry IN\n\n", 33);
}

static void
values_that_are_not_allowed_break_the_text(void **state)
{
    static const char *const bad[] = {
        "language e", "language english-", "language -en", "language e1",
        "language en_GB", "language toolongprimary", "language en--GB",
        "language en-toolongsubtag",
        "language en-abcdefgh-abcdefgh-abcdefgh-abcdef",
        "country bd", "country B", "country BGD", "country B1",
        "violation fired", "violation FIRED1", "violation FI RED",
        "date 26", "date 2026-13", "date 2026-00", "date 2026-1",
        "date 2026-02-30", "date 2025-02-29", "date 1900-02-29",
        "date 2026-04-31", "date 2026-01-00", "date 2026/01/01",
        "date 2026-01-1x", "date 2026-1x-01", "date x026", "date 20260101",
        "people -1", "people 007", "people many", "people 1234567890",
        "people 4 1", "attachments two", "attachments 01",
        "danger yes", "danger no now", "danger nown", "role boss",
        "role victimwitness", "consent all", "consent lawyer ilo"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        line_broken(bad[i]);
    }
}

static void
values_that_are_allowed(void **state)
{
    static const char *const fine[] = {
        "language en", "language sr-Latn-RS", "language de-CH-1996",
        "language es-419", "date 2026", "date 2026-11", "date 2024-02-29",
        "date 2000-02-29", "people 0", "people 999999999", "attachments 0",
        "danger no", "role victim", "role organiser", "role other",
        "consent statistics", "consent un", "violation A", "place  x",
        "unknown key with spaces", "z \xf0\x9f\x94\x94"};

    (void)state;
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        line_good(fine[i]);
    }
}

static void
no_prefix_is_refused(void **state)
{
    size_t head = (size_t)(strstr(good, "\n\n") - good) + 2;

    (void)state;
    for (size_t n = 0; n < sizeof good - 1; n++) {
        struct report r;

        assert_int_equal(report_parse(&r, (const uint8_t *)good, n), RC_OK);
        assert_int_equal(r.broken, n < head);
        assert_int_equal(r.free_len, n < head ? n : n - head);
        report_wipe(&r);
    }
}

static void
lines_and_free_text_are_found(void **state)
{
    const struct report_line *line;
    struct report r;

    (void)state;
    assert_int_equal(report_parse(&r, (const uint8_t *)good, sizeof good - 1),
                     RC_OK);
    assert_false(r.broken);
    assert_int_equal(r.n_lines, 17);
    assert_int_equal(r.free_len, 27);
    assert_memory_equal(r.free, "They fired us.\n\nAll of us.\n", 27);
    line = report_get(&r, "violation", NULL);
    assert_non_null(line);
    assert_memory_equal(line->value, "FIRED", line->value_len);
    line = report_get(&r, "violation", line);
    assert_non_null(line);
    assert_memory_equal(line->value, "STRIKEPUN", line->value_len);
    assert_null(report_get(&r, "violation", line));
    line = report_get(&r, "later", NULL);
    assert_non_null(line);
    assert_int_equal(line->value_len, 15);
    assert_null(report_get(&r, "late", NULL));
    assert_null(report_get(&r, "laterr", NULL));
    report_wipe(&r);
    report_wipe(&r);
    assert_int_equal(report_parse(&r, (const uint8_t *)"\n", 1), RC_OK);
    assert_false(r.broken);
    assert_int_equal(r.n_lines, 0);
    assert_int_equal(r.free_len, 0);
    report_wipe(&r);
    assert_int_equal(report_parse(&r, (const uint8_t *)"\n\n\nx", 4), RC_OK);
    assert_int_equal(r.n_lines, 0);
    assert_int_equal(r.free_len, 3);
    report_wipe(&r);
}

static void
append_refuses_what_would_not_parse(void **state)
{
    uint8_t out[32] = {0};
    size_t len = 0;

    (void)state;
    assert_int_equal(report_append(out, sizeof out, &len, "country", "bd", 2),
                     RC_FORMAT);
    assert_int_equal(report_append(out, sizeof out, &len, "place", "a\nb", 3),
                     RC_FORMAT);
    assert_int_equal(report_append(out, sizeof out, &len, "place", "", 0),
                     RC_FORMAT);
    assert_int_equal(report_append(out, sizeof out, &len, "", "x", 1),
                     RC_FORMAT);
    assert_int_equal(report_append(out, sizeof out, &len, "two words", "x", 1),
                     RC_FORMAT);
    assert_int_equal(report_append(out, sizeof out, &len, NULL, "\xff", 1),
                     RC_FORMAT);
    assert_int_equal(len, 0);
    assert_int_equal(report_append(out, 10, &len, "country", "BD", 2),
                     RC_FULL);
    assert_int_equal(report_append(out, 5, &len, NULL, "12345", 5), RC_FULL);
    assert_int_equal(report_append(out, 0, &len, NULL, "", 0), RC_FULL);
    assert_int_equal(len, 0);
    assert_int_equal(out[0], 0);
}

static void
what_is_appended_parses(void **state)
{
    static const char want[] = "country BD\nextra thing\n\nfree";
    uint8_t out[sizeof want - 1];
    size_t len = 0;
    struct report r;

    (void)state;
    assert_int_equal(report_append(out, sizeof out, &len, "country", "BD", 2),
                     RC_OK);
    assert_int_equal(report_append(out, sizeof out, &len, "extra", "thing", 5),
                     RC_OK);
    assert_int_equal(report_append(out, sizeof out, &len, NULL, "free", 4),
                     RC_OK);
    assert_int_equal(len, sizeof want - 1);
    assert_memory_equal(out, want, len);
    assert_int_equal(report_parse(&r, out, len), RC_OK);
    assert_false(r.broken);
    assert_int_equal(r.n_lines, 2);
    report_wipe(&r);
}

static void
lines_are_checked_one_by_one(void **state)
{
    (void)state;
    assert_int_equal(report_line_check("nonsense", "x", 1), RC_MISSING);
    assert_int_equal(report_line_check("Nonsense", "x", 1), RC_FORMAT);
    assert_int_equal(report_line_check("violation", "KILL", 4), RC_OK);
    assert_int_equal(report_line_check("consent", "media", 5), RC_OK);
    assert_int_equal(report_line_check("consent", "medi", 4), RC_FORMAT);
}

static void
a_cut_is_between_characters(void **state)
{
    static const uint8_t text[] = "a\xc3\xa9\xf0\x9f\x94\x94";

    (void)state;
    assert_int_equal(utf8_cut(text, 7, 100), 7);
    assert_int_equal(utf8_cut(text, 7, 7), 7);
    assert_int_equal(utf8_cut(text, 7, 6), 3);
    assert_int_equal(utf8_cut(text, 7, 4), 3);
    assert_int_equal(utf8_cut(text, 7, 3), 3);
    assert_int_equal(utf8_cut(text, 7, 2), 1);
    assert_int_equal(utf8_cut(text, 7, 1), 1);
    assert_int_equal(utf8_cut(text, 7, 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_header_is_shown_whole),
        cmocka_unit_test(values_that_are_not_allowed_break_the_text),
        cmocka_unit_test(values_that_are_allowed),
        cmocka_unit_test(no_prefix_is_refused),
        cmocka_unit_test(lines_and_free_text_are_found),
        cmocka_unit_test(append_refuses_what_would_not_parse),
        cmocka_unit_test(what_is_appended_parses),
        cmocka_unit_test(lines_are_checked_one_by_one),
        cmocka_unit_test(a_cut_is_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
