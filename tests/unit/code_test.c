/* SPDX-License-Identifier: ISC */
#include "bip39_english.h"
#include "chars.h"
#include "chartab.h"
#include "code.h"
#include "vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include <cmocka.h>

#define LEGAL                                                                  \
    "legal winner thank year wave sausage worth useful legal winner thank "    \
    "yellow"
#define DIGITS_OF_FF "9868188640707215440437863615521278132195"

static struct code_error err;

static void
refused(const char *in)
{
    static const uint8_t zero[CODE_LEN];
    uint8_t out[CODE_LEN];

    memset(out, 9, sizeof out);
    assert_int_equal(code_parse(out, &err, in, strlen(in)), RC_FORMAT);
    assert_memory_equal(out, zero, sizeof out);
    assert_int_not_equal(err.what, CODE_NO_ERROR);
}

static void
accepted(const char *in, const uint8_t *code)
{
    uint8_t out[CODE_LEN];

    assert_int_equal(code_parse(out, &err, in, strlen(in)), RC_OK);
    assert_memory_equal(out, code, CODE_LEN);
    assert_int_equal(err.what, CODE_NO_ERROR);
}

static void
word_refused(const char *in, size_t position, const char *word,
             const char *hint)
{
    refused(in);
    assert_int_equal(err.what, CODE_WORD);
    assert_int_equal(err.position, position);
    assert_string_equal(err.word, word);
    assert_string_equal(err.hint, hint);
}

static void
a_wrong_count_is_told(void **state)
{
    (void)state;
    refused("");
    assert_int_equal(err.what, CODE_COUNT);
    assert_int_equal(err.count, 0);
    refused(" \n,-");
    assert_int_equal(err.what, CODE_COUNT);
    refused("legal winner");
    assert_int_equal(err.what, CODE_COUNT);
    assert_int_equal(err.count, 2);
    assert_false(err.digits);
    refused(LEGAL " legal");
    assert_int_equal(err.what, CODE_COUNT);
    assert_int_equal(err.count, 13);
    refused("0123");
    assert_int_equal(err.what, CODE_COUNT);
    assert_int_equal(err.count, 4);
    assert_true(err.digits);
    refused("0000000000000000000000000000000000000000 0");
    assert_int_equal(err.what, CODE_COUNT);
    assert_int_equal(err.count, 41);
}

static void
an_unknown_word_is_named_with_a_likely_one(void **state)
{
    (void)state;
    word_refused("legal wimner thank", 2, "wimner", "winner"); /* changed */
    word_refused("legal angry thakn", 3, "thakn", "thank");    /* swapped */
    word_refused("winer", 1, "winer", "");             /* wine or winner */
    word_refused("kangroo", 1, "kangroo", "kangaroo"); /* left out */
    word_refused("xbandon", 1, "xbandon", "abandon");
    word_refused("abandom", 1, "abandom", "abandon"); /* first four fit */
    word_refused("abandonment", 1, "abandonment", "abandon");
    word_refused("zeb", 1, "zeb", "zebra"); /* begins one only */
    word_refused("abo", 1, "abo", "");      /* about or above */
    word_refused("a", 1, "a", "");
    word_refused("kangro", 1, "kangro", ""); /* two away: no telling */
    word_refused("qqqqqqqq", 1, "qqqqqqqq", "");
    word_refused("LEGAL WYNNER", 2, "WYNNER", "winner");
    word_refused("legal caf\xc3\xa9", 2, "caf\xc3\xa9", "");
    word_refused("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                 1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "");
}

/* As notes and word processors write them. */
static void
lists_may_be_numbered(void **state)
{
    uint8_t code[CODE_LEN];

    (void)state;
    assert_int_equal(code_parse(code, &err, LEGAL, strlen(LEGAL)), RC_OK);
    accepted("1. legal\n2. winner\n3. thank\n4. year\n5. wave\n6. sausage\n"
             "7. worth\n8. useful\n9. legal\n10. winner\n11. thank\n"
             "12. yellow\n",
             code);
    word_refused("1) legal 2) winer", 2, "winer", "");
    refused("1. legal 3. winner"); /* not a list: something is missing */
    assert_int_equal(err.what, CODE_LETTER);
    assert_int_equal(err.position, 2);
    refused("1");
    assert_int_equal(err.what, CODE_COUNT);
    assert_true(err.digits);
}

static void
letter_refused(const char *in, size_t position, const char *word,
               const char *letter)
{
    refused(in);
    assert_int_equal(err.what, CODE_LETTER);
    assert_int_equal(err.position, position);
    assert_string_equal(err.word, word);
    assert_string_equal(err.letter, letter);
    assert_string_equal(err.hint, "");
}

static void
a_letter_of_no_word_is_named(void **state)
{
    (void)state;
    letter_refused("legal w1nner", 2, "w1nner", "1");
    letter_refused("legal winnеж", 2, "winnеж", "ж");
    letter_refused("বেতন", 1, "বেতন", "ব");
    letter_refused("legal win\x1b"
                   "2J",
                   2, "win\\x1b2J", "\\x1b");
    letter_refused("win\xee\x80\x80", 1, "win\xee\x80\x80", "\xee\x80\x80");
    /* shown words are cut, and not within an escape */
    letter_refused("\x01\x02\x03\x04\x05\x06\x07\x08", 1,
                   "\\x01\\x02\\x03\\x04\\x05\\x06\\x07", "\\x01");
}

static void
a_part_is_read_as_in_a_code(void **state)
{
    char part[CODE_PART_MAX];

    (void)state;
    assert_true(code_part(part, "Movıe ", 7));
    assert_string_equal(part, "movie");
    assert_true(code_part(part, "১২ ৩৪", strlen("১২ ৩৪")));
    assert_string_equal(part, "1234");
    assert_true(code_part(part, "", 0));
    assert_string_equal(part, "");
    assert_false(code_part(part, "ж", 2));
    assert_false(code_part(part, "\xff", 1));
    assert_false(code_part(part, "abcdefghijklmnop", 16));
}

static void
a_wrong_checksum_is_refused(void **state)
{
    (void)state;
    refused("legal winner thank year wave sausage worth useful legal winner "
            "yellow thank");
    assert_int_equal(err.what, CODE_CHECKSUM);
    refused("0000000000000000000000000000000000000028");
    assert_int_equal(err.what, CODE_CHECKSUM);
    /* 29 x 2^128, divisible and one too large */
    refused("9868188640707215440437863615521278132224");
    assert_int_equal(err.what, CODE_CHECKSUM);
    refused("9999999999999999999999999999999999999999");
    assert_int_equal(err.what, CODE_CHECKSUM);
}

static void
other_characters_are_refused(void **state)
{
    (void)state;
    refused("12 legal");
    assert_int_equal(err.what, CODE_CHARACTER);
    refused("1234=5");
    assert_int_equal(err.what, CODE_CHARACTER);
    refused("\xff");
    assert_int_equal(err.what, CODE_CHARACTER);
    refused("123\xff");
    assert_int_equal(err.what, CODE_CHARACTER);
    refused("legal \xc3");
    assert_int_equal(err.what, CODE_CHARACTER);
    refused("legal \xed\xa0\x80"); /* a surrogate */
    assert_int_equal(err.what, CODE_CHARACTER);
}

/* The text with each digit moved to where the zero is. */
static size_t
in_script(char *out, const char *digits, uint32_t zero)
{
    size_t n = 0;

    for (; *digits != '\0'; digits++) {
        uint32_t c = zero + (uint32_t)(*digits - '0');

        if (c < 0x80) {
            out[n++] = (char)c;
        } else if (c < 0x800) {
            out[n++] = (char)(0xc0 | c >> 6);
            out[n++] = (char)(0x80 | (c & 63));
        } else if (c < 0x10000) {
            out[n++] = (char)(0xe0 | c >> 12);
            out[n++] = (char)(0x80 | (c >> 6 & 63));
            out[n++] = (char)(0x80 | (c & 63));
        } else {
            out[n++] = (char)(0xf0 | c >> 18);
            out[n++] = (char)(0x80 | (c >> 12 & 63));
            out[n++] = (char)(0x80 | (c >> 6 & 63));
            out[n++] = (char)(0x80 | (c & 63));
        }
    }
    out[n] = '\0';
    return n;
}

static void
what_nobody_draws_is_refused(void **state)
{
    char text[4 * CODE_DIGITS + 1];

    (void)state;
    for (size_t i = 0; i < chartab_n_zeros; i++) {
        in_script(text, "0000000000000000000000000000000000000000",
                  chartab_zeros[i]);
        refused(text);
        assert_int_equal(err.what, CODE_CHECKSUM);
    }
    refused("abandon abandon abandon abandon abandon abandon abandon abandon "
            "abandon abandon abandon about");
    assert_int_equal(err.what, CODE_CHECKSUM);
}

/* Any one digit wrong, any two neighbours swapped: the sum tells. */
static void
every_slip_in_digits_is_found(void **state)
{
    uint8_t code[CODE_LEN];
    char text[CODE_DIGITS_TEXT_LEN + 1];

    (void)state;
    vec_seed(code, sizeof code, "code_test slip");
    code_digits(text, code);
    for (size_t i = 0; i < CODE_DIGITS_TEXT_LEN; i++) {
        char was = text[i];

        for (char c = '0'; c <= '9' && was != ' '; c++) {
            text[i] = c;
            if (c != was) {
                refused(text);
                assert_int_equal(err.what, CODE_CHECKSUM);
            }
        }
        text[i] = was;
        if (i > 0 && was != ' ' && text[i - 1] != ' ' && text[i - 1] != was) {
            text[i] = text[i - 1];
            text[i - 1] = was;
            refused(text);
            text[i - 1] = text[i];
            text[i] = was;
        }
    }
    accepted(text, code);
}

static void
every_prefix_is_refused(void **state)
{
    char text[sizeof LEGAL];

    (void)state;
    for (size_t n = 0; n < strlen(LEGAL) - 2; n++) {
        memcpy(text, LEGAL, n);
        text[n] = '\0';
        refused(text);
    }
}

static void
how_a_person_types_does_not_matter(void **state)
{
    uint8_t code[CODE_LEN];

    (void)state;
    memset(code, 0x7f, sizeof code);
    accepted(LEGAL, code);
    accepted("\n  LEGAL, Winner,thank\tYEAR-wave  sausage\r\nworth useful "
             "legal winner thank yellow \n",
             code);
    accepted("lega winn than year wave saus wort usef lega winn than yell",
             code);
    accepted("legal\xc2\xa0winner\xe3\x80\x80thank\xe2\x80\x94year wave "
             "sausage worth useful legal winner thank yellow\xe2\x80\x8f",
             code);
    memset(code, 0xff, sizeof code);
    accepted(DIGITS_OF_FF, code);
    accepted(" 9868-1886 4070,7215 4404\t3786 3615 5212 7813 2195\n", code);
    accepted("\xef\xbb\xbf" DIGITS_OF_FF, code);
}

static void
digits_of_any_script_are_read(void **state)
{
    uint8_t code[CODE_LEN];
    char text[4 * CODE_DIGITS + 1];

    (void)state;
    memset(code, 0xff, sizeof code);
    /* Pwo Karen, of Unicode 16, is one of a run of twenty digits. */
    assert_int_equal(chars_digit(0x116d0), 0);
    assert_int_equal(chars_digit(0x116da), 0);
    assert_int_equal(chars_digit(0x116e3), 9);
    assert_in_range(chartab_n_zeros, 76, 1000);
    for (size_t i = 0; i < chartab_n_zeros; i++) {
        in_script(text, DIGITS_OF_FF, chartab_zeros[i]);
        accepted(text, code);
    }
}

static void
the_list_is_the_official_one(void **state)
{
    json_t *file = vec_load("official/bip39/english.json");
    crypto_hash_sha256_state st;
    uint8_t hash[32];
    char hex[65];

    (void)state;
    (void)crypto_hash_sha256_init(&st);
    for (size_t i = 0; i < BIP39_WORDS; i++) {
        const char *word = bip39_english[i];

        assert_in_range(strlen(word), BIP39_WORD_MIN, BIP39_WORD_MAX);
        assert_true(i == 0 || strncmp(bip39_english[i - 1], word, 4) < 0);
        (void)crypto_hash_sha256_update(&st, (const uint8_t *)word,
                                        strlen(word));
        (void)crypto_hash_sha256_update(&st, (const uint8_t *)"\n", 1);
    }
    (void)crypto_hash_sha256_final(&st, hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    assert_string_equal(hex, vec_string(file, "wordlist_sha256"));
    assert_string_equal(hex, "2f5eed53a4727b4bf8880d8f3f199efc"
                             "90e58503646d9ff8eff3a2ed3b24dbda");
    json_decref(file);
}

static void
check_vectors(const char *name, bool with_result)
{
    json_t *file = vec_load(name);
    json_t *tests = vec_tests(file), *t;
    size_t i, done = 0;

    json_array_foreach(tests, i, t)
    {
        const char *words = vec_string(t, "mnemonic");
        uint8_t code[CODE_LEN];
        char text[CODE_WORDS_TEXT_MAX], digits[CODE_DIGITS_TEXT_LEN + 1];

        if (with_result && strcmp(vec_string(t, "result"), "valid") != 0) {
            refused(words);
            done++;
            continue;
        }
        if (strlen(vec_string(t, "entropy")) != sizeof code * 2) {
            refused(words); /* 18 or 24 words */
            assert_int_equal(err.what, CODE_COUNT);
            continue;
        }
        vec_fixed(t, "entropy", code, sizeof code);
        if (!code_is_drawn(code)) {
            refused(words);
            done++;
            continue;
        }
        accepted(words, code);
        code_words(text, code);
        assert_string_equal(text, words);
        code_digits(digits, code);
        assert_int_equal(strlen(digits), CODE_DIGITS_TEXT_LEN);
        accepted(digits, code);
        done++;
    }
    assert_in_range(done, 8, 100);
    json_decref(file);
}

static void
official_vectors(void **state)
{
    (void)state;
    check_vectors("official/bip39/english.json", false);
    check_vectors("official/bip39/english_derived.json", true);
}

static void
digits_are_in_groups(void **state)
{
    uint8_t code[CODE_LEN] = {0};
    char text[CODE_DIGITS_TEXT_LEN + 1];

    (void)state;
    code[CODE_LEN - 1] = 1;
    code_digits(text, code);
    assert_string_equal(text,
                        "0000 0000 0000 0000 0000 0000 0000 0000 0000 0029");
    memset(code, 0xff, sizeof code);
    code_digits(text, code);
    assert_string_equal(text,
                        "9868 1886 4070 7215 4404 3786 3615 5212 7813 2195");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_count_is_told),
        cmocka_unit_test(an_unknown_word_is_named_with_a_likely_one),
        cmocka_unit_test(lists_may_be_numbered),
        cmocka_unit_test(a_letter_of_no_word_is_named),
        cmocka_unit_test(a_part_is_read_as_in_a_code),
        cmocka_unit_test(a_wrong_checksum_is_refused),
        cmocka_unit_test(other_characters_are_refused),
        cmocka_unit_test(what_nobody_draws_is_refused),
        cmocka_unit_test(every_slip_in_digits_is_found),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(how_a_person_types_does_not_matter),
        cmocka_unit_test(digits_of_any_script_are_read),
        cmocka_unit_test(the_list_is_the_official_one),
        cmocka_unit_test(official_vectors),
        cmocka_unit_test(digits_are_in_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
