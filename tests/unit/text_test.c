/* SPDX-License-Identifier: ISC */
#include "text.h"

#include "vec.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct reader
reader_of(const char *in)
{
    struct reader r;

    rd_init(&r, (const uint8_t *)in, strlen(in));
    return r;
}

static void
numbers_have_one_form(void **state)
{
    static const char *const bad[] = {
        "",
        "x",
        "-1",
        "+1",
        " 1",
        "01",
        "00",
        "9007199254740992",
        "18446744073709551616",
        "99999999999999999999999999",
    };
    static const struct {
        const char *in;
        uint64_t v;
    } good[] = {
        {"0", 0},   {"7", 7},   {"10", 10},
        {"1 2", 1}, {"0 1", 0}, {"9007199254740991", TEXT_NUMBER_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct reader r = reader_of(bad[i]);

        assert_true(text_number(&r, 0, TEXT_NUMBER_MAX) == 0);
        assert_int_not_equal(r.rc, RC_OK);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct reader r = reader_of(good[i].in);

        assert_true(text_number(&r, 0, TEXT_NUMBER_MAX) == good[i].v);
        assert_int_equal(r.rc, RC_OK);
    }
    for (uint64_t v = 0; v < 20; v++) {
        char in[8];
        struct reader r;

        (void)snprintf(in, sizeof in, "%u", (unsigned)v);
        r = reader_of(in);
        (void)text_number(&r, 5, 12);
        assert_int_equal(r.rc == RC_OK, v >= 5 && v <= 12);
    }
}

static void
hex_is_lower_case(void **state)
{
    static const char *const bad[] = {"",     "0",    "012",  "01 2",
                                      "0G12", "01AB", "0x12", "01\n2"};
    struct reader r = reader_of("01ab!");
    uint8_t out[2];

    (void)state;
    text_hex(&r, out, 2);
    text_word(&r, "!");
    assert_int_equal(rd_end(&r), RC_OK);
    assert_memory_equal(out, "\x01\xab", 2);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        r = reader_of(bad[i]);
        text_hex(&r, out, 2);
        assert_int_not_equal(r.rc, RC_OK);
    }
}

static void
base64_has_one_form(void **state)
{
    static const char *const bad[] = {
        "",     "=",        "==",    "====",  "A===",  "AA",
        "AAA",  "AA=A",     "AA= ",  "AB==",  "AAB=",  "A-A=",
        "A_A=", "AA==AAAA", "AAAAA", "\nAAA", "AA\n=", " AA=",
    };
    static const char *const good[] = {
        "AA==", "AQ==", "/w==", "AAA=", "//8=", "AAAA", "+/+/", "AAAAAAA="};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(base64_is_canonical(bad[i], strlen(bad[i])));
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(base64_is_canonical(good[i], strlen(good[i])));
    }
}

/* What libsodium writes is what is taken, and nothing else that decodes. */
static void
base64_agrees_with_libsodium(void **state)
{
    uint8_t in[8], out[8];
    char text[16];

    (void)state;
    for (size_t n = 1; n <= sizeof in; n++) {
        for (int i = 0; i < 500; i++) {
            struct reader r;
            size_t len;

            vec_noise(in, n);
            sodium_bin2base64(text, sizeof text, in, n,
                              sodium_base64_VARIANT_ORIGINAL);
            len = strlen(text);
            assert_true(base64_is_canonical(text, len));
            r = reader_of(text);
            text_base64(&r, out, n);
            assert_int_equal(rd_end(&r), RC_OK);
            assert_memory_equal(out, in, n);
            /* Read as one byte more or less it is refused. */
            r = reader_of(text);
            text_base64(&r, out, n > 1 ? n - 1 : 4);
            assert_true(rd_end(&r) != RC_OK);
            /* Any one character changed gives other bytes, or is refused. */
            vec_noise(out, 2);
            text[out[0] % len] = (char)(out[1] % 128);
            r = reader_of(text);
            text_base64(&r, out, n);
            if (strlen(text) == len && rd_end(&r) == RC_OK) {
                char again[16];

                sodium_bin2base64(again, sizeof again, out, n,
                                  sodium_base64_VARIANT_ORIGINAL);
                assert_string_equal(again, text);
            }
        }
    }
}

static void
fields_end_at_spaces(void **state)
{
    struct reader r = reader_of("ab c\xc3\xa9\n");
    size_t len;

    (void)state;
    assert_memory_equal(text_field(&r, &len, 2), "ab", 2);
    assert_int_equal(len, 2);
    assert_null(text_field(&r, &len, 2)); /* at the space: empty */
    r = reader_of("abc");
    assert_null(text_field(&r, &len, 2));
    r = reader_of("a\tb");
    assert_null(text_field(&r, &len, 9));
    r = reader_of("c\xc3\xa9\n");
    assert_null(text_field(&r, &len, 9));
    r = reader_of("c \xc3\xa9\nx");
    assert_memory_equal(text_rest(&r, &len, 4), "c \xc3\xa9", 4);
    assert_int_equal(len, 4);
    text_word(&r, "\nx");
    assert_int_equal(rd_end(&r), RC_OK);
}

static void
words_are_compared_whole(void **state)
{
    struct reader r = reader_of("board");

    (void)state;
    assert_false(text_is(&r, "board "));
    assert_true(text_is(&r, "boar"));
    assert_true(text_is(&r, ""));
    text_word(&r, "boars");
    assert_int_equal(rd_end(&r), RC_FORMAT);
    r = reader_of("boa");
    text_word(&r, "board");
    assert_int_equal(rd_end(&r), RC_TRUNCATED);
}

static void
written_text_reads_back(void **state)
{
    struct text t = {0};
    uint8_t bytes[700], back[700];
    struct reader r;
    size_t len;
    char *out;

    (void)state;
    assert_int_equal(text_take(&t, &out, &len), RC_NOMEM);
    vec_noise(bytes, sizeof bytes);
    text_put_number(&t, "word ", TEXT_NUMBER_MAX);
    text_put_hex(&t, " ", bytes, sizeof bytes);
    text_put_base64(&t, "\nthen ", bytes, sizeof bytes);
    text_put_base64(&t, "", bytes, 3);
    text_put(&t, "\n", 1);
    assert_int_equal(text_take(&t, &out, &len), RC_OK);
    assert_null(t.p);
    rd_init(&r, (uint8_t *)out, len);
    text_word(&r, "word 9007199254740991 ");
    text_hex(&r, back, sizeof back);
    assert_memory_equal(back, bytes, sizeof bytes);
    text_word(&r, "\nthen ");
    text_base64(&r, back, sizeof back);
    assert_memory_equal(back, bytes, sizeof bytes);
    text_base64(&r, back, 3);
    assert_memory_equal(back, bytes, 3);
    text_word(&r, "\n");
    assert_int_equal(rd_end(&r), RC_OK);
    free(out);
}

static void
a_fingerprint_is_all_of_it(void **state)
{
    static const uint8_t half[16] = {0x00, 0x1a, 0xff, 0x09, [14] = 0xab, 0xcd};
    char out[TEXT_FINGERPRINT_LEN];

    (void)state;
    memset(out, 'x', sizeof out);
    text_fingerprint(out, half);
    assert_string_equal(out, "001a ff09 0000 0000 0000 0000 0000 abcd");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_one_form),
        cmocka_unit_test(hex_is_lower_case),
        cmocka_unit_test(base64_has_one_form),
        cmocka_unit_test(base64_agrees_with_libsodium),
        cmocka_unit_test(fields_end_at_spaces),
        cmocka_unit_test(words_are_compared_whole),
        cmocka_unit_test(written_text_reads_back),
        cmocka_unit_test(a_fingerprint_is_all_of_it),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
