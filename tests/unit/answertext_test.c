/* SPDX-License-Identifier: ISC */
#include "answertext.h"

#include "answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char good[] = "status closed\n"
                           "outcome taken back, with pay\n"
                           "later anything at all\n"
                           "ref 12/b\n"
                           "refer " ID "\n"
                           "\n"
                           "You have won.\n\nAll of you.\n";

static void
broken(const char *text, size_t len)
{
    struct answertext t;

    assert_int_equal(answertext_parse(&t, (const uint8_t *)text, len), RC_OK);
    assert_true(t.text.broken);
    assert_int_equal(t.text.n_lines, 0);
    assert_ptr_equal(t.text.free, text);
    assert_int_equal(t.text.free_len, len);
    assert_int_equal(t.status, ANSWERTEXT_NONE);
    assert_null(t.outcome);
    assert_null(t.ref);
    assert_false(t.refers);
    answertext_wipe(&t);
}

static void
header_broken(const char *lines)
{
    char text[512];

    (void)snprintf(text, sizeof text, "%s\n\nfree", lines);
    broken(text, strlen(text));
}

static void
what_breaks_the_table_is_shown_whole(void **state)
{
    static const char *const bad[] = {
        "status", "status ", "status  opened", "status won", "status Opened",
        "status opened working", "status opene", "status openedx",
        "Status opened", " status opened", "status\topened", "status opened\r",
        "outcome", "outcome ", "outcome a\x1b[2Jb", "outcome a\x7f",
        "outcome a\xc2\x85", "outcome a\xe2\x80\xa8" "b", "outcome \xff",
        "ref", "ref ", "ref a\tb", "refer", "refer 0123", "refer " ID "0",
        "refer Legal Aid", "refer -" ID, "refer  " ID,
        "refer 0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
        "status opened\nstatus closed", "status opened\nstatus opened",
        "outcome a\nlater x\noutcome b", "ref a\nref b",
        "refer " ID "\nrefer " ID, "We hear you.", "my-key value"};

    (void)state;
    broken("", 0);
    broken("We hear you.", 12);
    broken("status opened", 13);
    broken("status opened\n", 14);
    broken("ref a\0b\n\nfree", 13);
    broken("status opened\n\nfree \xff", 21);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        header_broken(bad[i]);
    }
}

static void
no_prefix_is_refused(void **state)
{
    size_t head = (size_t)(strstr(good, "\n\n") - good) + 2;

    (void)state;
    for (size_t n = 0; n < sizeof good - 1; n++) {
        struct answertext t;

        assert_int_equal(answertext_parse(&t, (const uint8_t *)good, n), RC_OK);
        assert_int_equal(t.text.broken, n < head);
        answertext_wipe(&t);
    }
}

static void
lines_say_what_they_say(void **state)
{
    static const uint8_t id[ORG_ID_LEN] = {
        0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45,
        0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
        0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    struct answertext t;

    (void)state;
    assert_int_equal(answertext_parse(&t, (const uint8_t *)good,
                                      sizeof good - 1),
                     RC_OK);
    assert_false(t.text.broken);
    assert_int_equal(t.text.n_lines, 5);
    assert_int_equal(t.status, ANSWERTEXT_CLOSED);
    assert_int_equal(t.outcome->value_len, 20);
    assert_memory_equal(t.outcome->value, "taken back, with pay", 20);
    assert_int_equal(t.ref->value_len, 4);
    assert_memory_equal(t.ref->value, "12/b", 4);
    assert_true(t.refers);
    assert_memory_equal(t.refer, id, sizeof id);
    for (size_t i = 0; i < t.text.n_lines; i++) {
        assert_int_equal(answertext_is_known(&t.text.lines[i]), i != 2);
    }
    answertext_wipe(&t);
    assert_int_equal(answertext_parse(&t, (const uint8_t *)"\nx", 2), RC_OK);
    assert_false(t.text.broken || t.refers);
    assert_int_equal(t.text.n_lines, 0);
    assert_int_equal(t.status, ANSWERTEXT_NONE);
    assert_int_equal(t.text.free_len, 1);
    answertext_wipe(&t);
}

static void
what_is_appended_is_read(void **state)
{
    static const char *const words[] = {"opened", "working", "asks", "closed"};
    uint8_t out[64];
    struct answertext t;

    (void)state;
    assert_null(answertext_word(ANSWERTEXT_NONE));
    for (size_t i = 0; i < 4; i++) {
        size_t len = 0;

        assert_int_equal(answertext_append(out, sizeof out, &len, "status",
                                           words[i], strlen(words[i])),
                         RC_OK);
        assert_int_equal(answertext_append(out, sizeof out, &len, NULL, NULL,
                                           0),
                         RC_OK);
        assert_int_equal(answertext_parse(&t, out, len), RC_OK);
        assert_int_equal(t.status, ANSWERTEXT_OPENED + i);
        assert_string_equal(answertext_word(t.status), words[i]);
        answertext_wipe(&t);
    }
}

static void
what_would_not_be_read_is_not_appended(void **state)
{
    uint8_t out[32];
    size_t len = 3;

    (void)state;
    memset(out, 9, sizeof out);
    assert_int_equal(answertext_append(out, sizeof out, &len, "status", "won",
                                       3),
                     RC_FORMAT);
    assert_int_equal(answertext_append(out, sizeof out, &len, "ref", "a\nb", 3),
                     RC_FORMAT);
    assert_int_equal(answertext_append(out, sizeof out, &len, "ref", "", 0),
                     RC_FORMAT);
    assert_int_equal(answertext_append(out, sizeof out, &len, "Ref", "a", 1),
                     RC_FORMAT);
    assert_int_equal(answertext_append(out, sizeof out, &len, NULL, "\xff", 1),
                     RC_FORMAT);
    assert_int_equal(answertext_append(out, sizeof out, &len, "refer", ID, 64),
                     RC_FULL);
    assert_int_equal(answertext_append(out, 9, &len, "ref", "ab", 2), RC_FULL);
    assert_int_equal(len, 3);
    for (size_t i = 0; i < sizeof out; i++) {
        assert_int_equal(out[i], 9);
    }
    assert_int_equal(answertext_append(out, 10, &len, "ref", "ab", 2), RC_OK);
    assert_int_equal(len, 10);
}

/* As many lines as an answer has room for cost no more than their reading. */
static void
very_many_lines_are_cut(void **state)
{
    static uint8_t text[ANSWER_TEXT_MAX];
    struct answertext t;
    size_t n = 0;

    (void)state;
    for (; n + 5 <= sizeof text; n += 4) {
        memcpy(text + n, "a b\n", 4);
    }
    text[n++] = '\n';
    assert_int_equal(answertext_parse(&t, text, n), RC_OK);
    assert_false(t.text.broken);
    assert_int_equal(t.text.n_lines, n / 4);
    assert_int_equal(t.text.free_len, 0);
    answertext_wipe(&t);
    memset(text, '\n', sizeof text);
    assert_int_equal(answertext_parse(&t, text, sizeof text), RC_OK);
    assert_int_equal(t.text.n_lines, 0);
    assert_int_equal(t.text.free_len, sizeof text - 1);
    answertext_wipe(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_breaks_the_table_is_shown_whole),
        cmocka_unit_test(no_prefix_is_refused),
        cmocka_unit_test(lines_say_what_they_say),
        cmocka_unit_test(what_is_appended_is_read),
        cmocka_unit_test(what_would_not_be_read_is_not_appended),
        cmocka_unit_test(very_many_lines_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
