/* SPDX-License-Identifier: ISC */
#include "root.h"

#include "vec.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_SIGNERS 4
static struct note_key signers[N_SIGNERS];
static uint8_t secrets[N_SIGNERS][64];

static int
setup(void **state)
{
    static const char *const names[N_SIGNERS] = {"anna", "ben", "chi", "dee"};

    (void)state;
    if (sodium_init() < 0) {
        return 1;
    }
    for (size_t i = 0; i < N_SIGNERS; i++) {
        uint8_t seed[32];

        memcpy(signers[i].name, names[i], strlen(names[i]));
        vec_seed(seed, sizeof seed, names[i]);
        if (crypto_sign_seed_keypair(signers[i].pk, secrets[i], seed) != 0) {
            return 1;
        }
    }
    return 0;
}

/* A root with the signers whose bits are set in `who`. */
static struct root
root_of(uint64_t version, unsigned threshold, unsigned who)
{
    struct root r = {.version = version, .threshold = threshold};

    for (size_t i = 0; i < N_SIGNERS; i++) {
        if (who >> i & 1) {
            r.keys[r.n_keys++] = signers[i];
        }
    }
    return r;
}

/* Its note, signed by those in `by`. */
static uint8_t *
signed_by(size_t *len, const struct root *r, unsigned by)
{
    uint8_t *note = NULL, *next;
    char *text;

    assert_int_equal(root_write(&text, len, r), RC_OK);
    note = (uint8_t *)text;
    for (size_t i = 0; i < N_SIGNERS; i++) {
        if (by >> i & 1) {
            assert_int_equal(
                note_sign(&next, len, note, *len, &signers[i], secrets[i]),
                RC_OK);
            free(note);
            note = next;
        }
    }
    return note;
}

static enum rc
open_signed(const struct root *r, unsigned by, const struct root *before)
{
    struct root out;
    size_t len;
    uint8_t *note = signed_by(&len, r, by);
    enum rc rc = root_open(&out, note, len, before);

    if (rc != RC_OK) {
        assert_true(sodium_is_zero((const uint8_t *)&out, sizeof out));
    }
    free(note);
    return rc;
}

static enum rc
parse(const char *text, size_t len)
{
    struct root r;
    char *copy = malloc(len > 0 ? len : 1);
    enum rc rc;

    assert_non_null(copy);
    memcpy(copy, text, len);
    rc = root_parse(&r, copy, len);
    free(copy);
    return rc;
}

#define KEY_A "key a AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define KEY_B "key b AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

static void
texts_that_are_not_strict_are_refused(void **state)
{
    static const char *const bad[] = {
        "tocsin-root v1\nthreshold 1\n",
        "tocsin-root v0\nthreshold 1\n" KEY_A KEY_B,
        "tocsin-root v01\nthreshold 1\n" KEY_A KEY_B,
        "tocsin-root v9007199254740992\nthreshold 1\n" KEY_A KEY_B,
        "tocsin-root v99999999999999999999\nthreshold 1\n" KEY_A KEY_B,
        "tocsin-root 1\nthreshold 1\n" KEY_A KEY_B,
        "tocsin-root v+1\nthreshold 1\n" KEY_A KEY_B,
        "tocsin-root v\nthreshold 1\n" KEY_A KEY_B,
        "tocsin-root  v1\nthreshold 1\n" KEY_A KEY_B,
        "tocsin-root v1 \nthreshold 1\n" KEY_A KEY_B,
        "tocsin-root v1\r\nthreshold 1\n" KEY_A KEY_B,
        "tocsin-root v1\nthreshold 0\n" KEY_A KEY_B,
        "tocsin-root v1\nthreshold 3\n" KEY_A KEY_B,
        "tocsin-root v1\nthreshold 65\n" KEY_A KEY_B,
        "tocsin-root v1\nthreshold 1\n" KEY_B KEY_A,
        "tocsin-root v1\nthreshold 1\n" KEY_A KEY_A,
        "tocsin-root v1\nthreshold 1\nthreshold 1\n" KEY_A KEY_B,
        "threshold 1\ntocsin-root v1\n" KEY_A KEY_B,
        "tocsin-root v1\nthreshold 1\n" KEY_A KEY_B "\n",
        "tocsin-root v1\nthreshold 1\n" KEY_A KEY_B "more x\n",
        "tocsin-directory v1\nthreshold 1\n" KEY_A KEY_B,
        "tocsin-root v1\nthreshold 1\n" KEY_A
        "key b AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "tocsin-root v1\nthreshold 1\n" KEY_A
        "key b AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        "tocsin-root v1\nthreshold 1\n" KEY_A
        "key b AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n",
        /* a pk twice */
        "tocsin-root v1\nthreshold 1\n" KEY_A
        "key b AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "tocsin-root v1\nthreshold 1\n" KEY_A
        "key b+ AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "tocsin-root v1\nthreshold 1\n" KEY_A
        "key  AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(parse(bad[i], strlen(bad[i])), RC_FORMAT);
    }
}

static void
what_parses_prints_the_same(void **state)
{
    static const char *const good[] = {
        "tocsin-root v1\nthreshold 1\n" KEY_A,
        "tocsin-root v9007199254740991\nthreshold 2\n" KEY_A KEY_B,
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct root r;
        char *text;
        size_t len;

        assert_int_equal(root_parse(&r, good[i], strlen(good[i])), RC_OK);
        assert_int_equal(root_write(&text, &len, &r), RC_OK);
        assert_int_equal(len, strlen(good[i]));
        assert_memory_equal(text, good[i], len);
        free(text);
        for (size_t n = 0; n < len; n++) {
            assert_int_equal(parse(good[i], n), RC_FORMAT);
        }
    }
}

static void
roots_that_would_not_parse_are_not_written(void **state)
{
    struct root r = root_of(1, 3, 3);
    char *text;
    size_t len;

    (void)state;
    assert_int_equal(root_write(&text, &len, &r), RC_FORMAT);
    assert_null(text);
    r = root_of(0, 1, 3);
    assert_int_equal(root_write(&text, &len, &r), RC_FORMAT);
    r = root_of(1, 1, 3);
    r.keys[1] = r.keys[0];
    assert_int_equal(root_write(&text, &len, &r), RC_FORMAT);
}

static void
keys_are_written_by_name(void **state)
{
    struct root r = root_of(1, 1, 15), back;
    struct note_key first = r.keys[0];
    char *text;
    size_t len;

    (void)state;
    r.keys[0] = r.keys[3];
    r.keys[3] = first;
    assert_int_equal(root_write(&text, &len, &r), RC_OK);
    assert_int_equal(root_parse(&back, text, len), RC_OK);
    assert_string_equal(back.keys[0].name, "anna");
    assert_string_equal(back.keys[3].name, "dee");
    free(text);
}

static void
a_first_root_needs_its_own_threshold(void **state)
{
    struct root r = root_of(1, 2, 7);

    (void)state;
    for (unsigned by = 1; by < 16; by++) {
        unsigned own = (by & 1) + (by >> 1 & 1) + (by >> 2 & 1);

        assert_int_equal(open_signed(&r, by, NULL),
                         own >= 2 ? RC_OK : RC_FORGED);
    }
    assert_int_equal(open_signed(&r, 0, NULL), RC_FORMAT); /* no note */
}

static void
a_signature_twice_counts_once(void **state)
{
    struct root r = root_of(1, 2, 7), out;
    size_t len, line;
    uint8_t *note = signed_by(&len, &r, 1), *twice;

    (void)state;
    line = 3 + 1 + 4 + 1 + 92 + 1; /* dash, "anna", base64 */
    assert_non_null(twice = malloc(len + line));
    memcpy(twice, note, len);
    memcpy(twice + len, note + len - line, line);
    assert_int_equal(root_open(&out, twice, len + line, NULL), RC_FORGED);
    free(twice);
    free(note);
}

static void
the_next_root_needs_both_thresholds(void **state)
{
    /* anna, ben, chi (2 of 3), then ben, chi, dee (2 of 3). */
    struct root before = root_of(1, 2, 7), next = root_of(2, 2, 14);

    (void)state;
    for (unsigned by = 1; by < 16; by++) {
        unsigned old = (by & 1) + (by >> 1 & 1) + (by >> 2 & 1);
        unsigned own = (by >> 1 & 1) + (by >> 2 & 1) + (by >> 3 & 1);

        assert_int_equal(open_signed(&next, by, &before),
                         old >= 2 && own >= 2 ? RC_OK : RC_FORGED);
    }
    next.version = 3;
    assert_int_equal(open_signed(&next, 15, &before), RC_FORMAT);
    next.version = 1;
    assert_int_equal(open_signed(&next, 15, &before), RC_FORMAT);
}

static void
a_bad_signature_of_a_known_key_refuses(void **state)
{
    struct root r = root_of(1, 2, 7), out;
    size_t len;
    uint8_t *note = signed_by(&len, &r, 7);

    (void)state;
    assert_int_equal(root_open(&out, note, len, NULL), RC_OK);
    note[len - 20] = note[len - 20] == 'A' ? 'B' : 'A';
    assert_int_equal(root_open(&out, note, len, NULL), RC_FORGED);
    free(note);
}

static void
no_prefix_opens_and_no_bit_can_be_changed(void **state)
{
    struct root r = root_of(1, 1, 1), out;
    size_t len;
    uint8_t *note = signed_by(&len, &r, 1);

    (void)state;
    for (size_t n = 0; n < len; n++) {
        assert_int_not_equal(root_open(&out, note, n, NULL), RC_OK);
    }
    for (size_t bit = 0; bit < len * 8; bit++) {
        note[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(root_open(&out, note, len, NULL), RC_OK);
        note[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(root_open(&out, note, len, NULL), RC_OK);
    free(note);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_are_not_strict_are_refused),
        cmocka_unit_test(what_parses_prints_the_same),
        cmocka_unit_test(roots_that_would_not_parse_are_not_written),
        cmocka_unit_test(keys_are_written_by_name),
        cmocka_unit_test(a_first_root_needs_its_own_threshold),
        cmocka_unit_test(a_signature_twice_counts_once),
        cmocka_unit_test(the_next_root_needs_both_thresholds),
        cmocka_unit_test(a_bad_signature_of_a_known_key_refuses),
        cmocka_unit_test(no_prefix_opens_and_no_bit_can_be_changed),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
