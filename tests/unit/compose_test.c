/* SPDX-License-Identifier: ISC */
#include "compose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "body.h"
#include "report.h"

static enum rc
add(struct draft *d, const char *key, const char *value)
{
    return draft_add(d, key, value, strlen(value));
}

static enum rc
set_text(struct draft *d, const char *text)
{
    return draft_set_text(d, (const uint8_t *)text, strlen(text));
}

static void
what_the_schema_forbids_is_refused(void **state)
{
    static const char *const bad[][2] = {
        {"language", "e"},        {"language", "english!"},
        {"country", "BGD"},       {"country", "B1"},
        {"violation", "BORED"},   {"violation", ""},
        {"date", "2026-13"},      {"date", "yesterday"},
        {"people", "many"},       {"people", "-3"},
        {"danger", "yes"},        {"role", "boss"},
        {"consent", "everybody"}, {"place", "a\nb"},
        {"place", "a\x1b[31mb"},  {"employer", " \t"},
        {"attachments", "3"},     {"mood", "bad"},
    };
    static const uint8_t too_long[DRAFT_TEXT_MAX + 1];
    struct draft d = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(add(&d, bad[i][0], bad[i][1]), RC_FORMAT);
    }
    assert_int_equal(d.lines_len, 0);
    assert_int_equal(set_text(&d, "\xff\xfe"), RC_FORMAT);
    assert_int_equal(draft_set_text(&d, too_long, sizeof too_long), RC_FULL);
    draft_wipe(&d);
}

static void
a_line_stands_once_unless_it_may_repeat(void **state)
{
    struct draft d = {0};

    (void)state;
    assert_int_equal(add(&d, "place", "Dhaka"), RC_OK);
    assert_int_equal(add(&d, "place", "Savar"), RC_TAKEN);
    assert_int_equal(add(&d, "consent", "ilo"), RC_OK);
    assert_int_equal(add(&d, "consent", "un"), RC_OK);
    draft_wipe(&d);
}

static void
a_draft_becomes_a_head_text(void **state)
{
    static const char want[] = "language bn\ncountry BD\nviolation FIRED\n"
                               "employer A & B\nattachments 2\n\n"
                               "They fired us.\n\nAll.";
    struct draft d = {0};
    uint8_t out[HEAD_TEXT_MAX];
    struct report r;
    uint16_t len;
    bool cut;

    (void)state;
    assert_int_equal(add(&d, "language", " bn"), RC_OK);
    assert_int_equal(add(&d, "country", "bd"), RC_OK);
    assert_int_equal(add(&d, "violation", "fired"), RC_OK);
    assert_int_equal(add(&d, "employer", "A & B "), RC_OK);
    assert_int_equal(set_text(&d, "\xef\xbb\xbfThey fired us.\r\n\rAll.\n\n"),
                     RC_OK);
    assert_int_equal(draft_head_text(out, &len, &cut, &d, 2), RC_OK);
    assert_false(cut);
    assert_int_equal(len, strlen(want));
    assert_memory_equal(out, want, len);
    assert_int_equal(report_parse(&r, out, len), RC_OK);
    assert_false(r.broken);
    assert_int_equal(r.n_lines, 5);
    report_wipe(&r);
    draft_wipe(&d);
}

static void
an_empty_draft_is_an_empty_line(void **state)
{
    struct draft d = {0};
    uint8_t out[HEAD_TEXT_MAX];
    uint16_t len;
    bool cut;

    (void)state;
    assert_int_equal(draft_head_text(out, &len, &cut, &d, 0), RC_OK);
    assert_int_equal(len, 1);
    assert_int_equal(out[0], '\n');
    assert_false(cut);
}

/* Around the limit: a character is never cut in two. */
static void
a_long_text_is_cut_between_characters(void **state)
{
    static char text[HEAD_TEXT_MAX + 8];

    (void)state;
    for (size_t n = HEAD_TEXT_MAX - 6; n <= HEAD_TEXT_MAX + 4; n++) {
        struct draft d = {0};
        uint8_t out[HEAD_TEXT_MAX];
        uint16_t len;
        bool cut;

        memset(text, 'x', n);
        memcpy(text + n - 3, "\xe2\x82\xac", 4); /* a euro sign at the end */
        assert_int_equal(set_text(&d, text), RC_OK);
        assert_int_equal(draft_head_text(out, &len, &cut, &d, 0), RC_OK);
        assert_true(utf8_is_valid(out, len));
        assert_int_equal(cut, n + 1 > HEAD_TEXT_MAX);
        assert_true(cut ? len >= HEAD_TEXT_MAX - 3 : len == n + 1);
        draft_wipe(&d);
    }
}

static void
header_lines_that_fill_a_head_are_refused(void **state)
{
    static char place[HEAD_TEXT_MAX - 6];
    struct draft d = {0};
    uint8_t out[HEAD_TEXT_MAX];
    uint16_t len;
    bool cut;

    (void)state;
    memset(place, 'x', sizeof place);
    assert_int_equal(draft_add(&d, "place", place, sizeof place), RC_OK);
    assert_int_equal(draft_head_text(out, &len, &cut, &d, 0), RC_FULL);
    draft_wipe(&d);
    assert_int_equal(draft_add(&d, "place", place, sizeof place - 2), RC_OK);
    assert_int_equal(draft_head_text(out, &len, &cut, &d, 0), RC_OK);
    assert_int_equal(draft_head_text(out, &len, &cut, &d, 1), RC_FULL);
    draft_wipe(&d);
}

static void
a_body_holds_text_and_files(void **state)
{
    struct draft d = {0};
    struct body_build b = {0};
    struct attachment a = {
        .len = 20000, .name = "file-1.png", .media = "image/png"};
    struct body_item item;
    struct reader r;
    uint8_t digest[KDF_LEN];

    (void)state;
    assert_int_equal(body_build_end(&b), RC_FULL); /* nothing in it */
    assert_non_null(a.data = malloc(a.len));
    memset(a.data, 7, a.len);
    assert_int_equal(add(&d, "country", "BD"), RC_OK);
    assert_int_equal(set_text(&d, "long"), RC_OK);
    assert_int_equal(body_build_text(&b, &d), RC_OK);
    assert_int_equal(body_build_file(&b, &a), RC_OK);
    assert_null(a.data);
    assert_int_equal(body_build_end(&b), RC_OK);
    assert_int_equal(b.boxes, 2);
    blake2b_256(digest, b.bytes, b.len);
    assert_memory_equal(digest, b.digest, KDF_LEN);
    rd_init(&r, b.bytes, b.len);
    assert_int_equal(body_item_next(&item, &r), RC_OK);
    assert_int_equal(item.len, 11 + 1 + 4);
    assert_memory_equal(item.data, "country BD\n\nlong", item.len);
    assert_int_equal(body_item_next(&item, &r), RC_OK);
    assert_int_equal(item.name_len, 10);
    assert_memory_equal(item.name, "file-1.png", 10);
    assert_int_equal(item.len, 20000);
    assert_int_equal(body_item_next(&item, &r), RC_MISSING);
    body_build_wipe(&b);
    draft_wipe(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_schema_forbids_is_refused),
        cmocka_unit_test(a_line_stands_once_unless_it_may_repeat),
        cmocka_unit_test(a_draft_becomes_a_head_text),
        cmocka_unit_test(an_empty_draft_is_an_empty_line),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(header_lines_that_fill_a_head_are_refused),
        cmocka_unit_test(a_body_holds_text_and_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
