/* SPDX-License-Identifier: ISC */
#include "note.h"

#include "vec.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct note_key alice, bob;
static uint8_t alice_sk[64], bob_sk[64];

static void
make_key(struct note_key *key, uint8_t sk[static 64], const char *name)
{
    uint8_t seed[32];

    memset(key, 0, sizeof *key);
    memcpy(key->name, name, strlen(name));
    vec_seed(seed, sizeof seed, name);
    assert_int_equal(crypto_sign_seed_keypair(key->pk, sk, seed), 0);
}

static int
setup(void **state)
{
    (void)state;
    if (sodium_init() < 0) {
        return 1;
    }
    make_key(&alice, alice_sk, "alice");
    make_key(&bob, bob_sk, "bob.example");
    return 0;
}

static enum rc
parse(const uint8_t *in, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    struct note n;
    enum rc rc;

    assert_non_null(copy);
    memcpy(copy, in, len);
    rc = note_parse(&n, copy, len);
    if (rc != RC_OK) {
        assert_int_equal(n.n_sigs, 0);
        assert_null(n.text);
    }
    free(copy);
    return rc;
}

static uint8_t *
sign(const char *text, size_t *len)
{
    uint8_t *out;

    assert_int_equal(note_sign(&out, len, (const uint8_t *)text, strlen(text),
                               &alice, alice_sk),
                     RC_OK);
    return out;
}

/* The verdict that a vector wants, with its verifier keys. */
static const char *
verdict(const json_t *test, const uint8_t *in, size_t len)
{
    const json_t *vkeys = json_object_get(test, "vkeys");
    struct note_key keys[8];
    struct note n;
    uint64_t signers;
    size_t count = json_array_size(vkeys);

    if (note_parse(&n, in, len) != RC_OK) {
        return "malformed";
    }
    for (size_t i = 0; i < count; i++) {
        const char *vkey = json_string_value(json_array_get(vkeys, i));

        assert_int_equal(note_vkey_parse(&keys[i], vkey, strlen(vkey)), RC_OK);
    }
    switch (note_verify(&signers, &n, keys, count)) {
    case RC_OK:
        assert_int_equal(note_count(signers),
                         json_array_size(json_object_get(test, "verified")));
        if (json_object_get(test, "text") != NULL) {
            const char *text = vec_string(test, "text");

            assert_int_equal(n.text_len, strlen(text));
            assert_memory_equal(n.text, text, n.text_len);
        }
        return "valid";
    case RC_MISSING:
        return "unverified";
    default:
        return "invalid";
    }
}

static void
run_notes(const char *name)
{
    json_t *file = vec_load(name), *test;
    size_t i;

    json_array_foreach(vec_tests(file), i, test)
    {
        size_t len;
        uint8_t *in = vec_bytes(test, "note_hex", &len);

        assert_string_equal(verdict(test, in, len), vec_string(test, "result"));
        free(in);
    }
    json_decref(file);
}

static void
official_notes(void **state)
{
    (void)state;
    run_notes("official/signed_note/notes.json");
}

static void
derived_notes(void **state)
{
    (void)state;
    run_notes("official/signed_note/notes_derived.json");
}

static void
official_keys(void **state)
{
    json_t *file = vec_load("official/signed_note/keys.json"), *test;
    size_t i;

    (void)state;
    json_array_foreach(vec_tests(file), i, test)
    {
        const char *vkey = vec_string(test, "vkey");
        bool valid = strcmp(vec_string(test, "result"), "valid") == 0;
        char again[NOTE_VKEY_MAX];
        struct note_key key;

        assert_int_equal(note_vkey_parse(&key, vkey, strlen(vkey)),
                         valid ? RC_OK : RC_FORMAT);
        if (!valid) {
            assert_true(sodium_is_zero((const uint8_t *)&key, sizeof key));
            continue;
        }
        note_vkey_write(again, &key);
        assert_string_equal(again, vkey);
        for (size_t n = 0; n < strlen(vkey); n++) {
            assert_int_equal(note_vkey_parse(&key, vkey, n), RC_FORMAT);
        }
    }
    json_decref(file);
}

static void
official_signature(void **state)
{
    json_t *file = vec_load("official/signed_note/keys.json");
    const json_t *test = json_array_get(vec_tests(file), 1);
    const char *vkey = vec_string(test, "vkey");
    const char *text = vec_string(test, "text");
    const char *line = vec_string(test, "signature_line");
    uint8_t seed[32], pk[32], sk[64], *out;
    struct note_key key;
    size_t len;

    (void)state;
    vec_fixed(test, "seed", seed, sizeof seed);
    assert_int_equal(crypto_sign_seed_keypair(pk, sk, seed), 0);
    assert_int_equal(note_vkey_parse(&key, vkey, strlen(vkey)), RC_OK);
    assert_int_equal(
        note_sign(&out, &len, (const uint8_t *)text, strlen(text), &key, sk),
        RC_OK);
    assert_int_equal(len, strlen(text) + 1 + strlen(line));
    assert_memory_equal(out + strlen(text) + 1, line, strlen(line));
    free(out);
    json_decref(file);
}

static void
no_prefix_is_a_note(void **state)
{
    size_t len;
    uint8_t *note = sign("a\n\nb\n", &len);

    (void)state;
    for (size_t n = 0; n < len; n++) {
        assert_int_equal(parse(note, n), RC_FORMAT);
    }
    assert_int_equal(parse(note, len), RC_OK);
    free(note);
}

static void
no_bit_can_be_changed(void **state)
{
    size_t len;
    uint8_t *note = sign("a text of a note\nwith two lines\n", &len);

    (void)state;
    for (size_t bit = 0; bit < len * 8; bit++) {
        struct note n;
        uint64_t signers;

        note[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(note_parse(&n, note, len) != RC_OK ||
                    note_verify(&signers, &n, &alice, 1) != RC_OK);
        note[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(note);
}

static void
base64_has_one_form(void **state)
{
    /* 68 bytes are 91 digits and one "=": the last digit has two spare bits. */
    size_t len;
    uint8_t *note = sign("a\n", &len), *last = note + len - 3;

    (void)state;
    assert_int_equal(last[1], '=');
    for (unsigned bits = 1; bits < 4; bits++) {
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
                                     "nopqrstuvwxyz0123456789+/";
        uint8_t was = *last;

        *last = (uint8_t)digits[(size_t)(strchr(digits, was) - digits) | bits];
        assert_int_equal(parse(note, len), RC_FORMAT);
        *last = was;
    }
    free(note);
}

static void
names_of_keys_are_checked(void **state)
{
    char longest[NOTE_NAME_MAX + 1];

    (void)state;
    memset(longest, 'n', sizeof longest);
    assert_false(note_name_is_valid("", 0));
    assert_false(note_name_is_valid("a+b", 3));
    assert_false(note_name_is_valid("a b", 3));
    assert_false(note_name_is_valid("a\nb", 3));
    assert_false(note_name_is_valid("\xc3\xa9", 2));
    assert_false(note_name_is_valid(longest, NOTE_NAME_MAX + 1));
    assert_true(note_name_is_valid(longest, NOTE_NAME_MAX));
}

static void
texts_that_are_none_are_not_signed(void **state)
{
    static const char *const bad[] = {
        "",
        "no newline",
        "tab\t\n",
        "\xff\n",
        "a\n\n\xe2\x80\x94 x yyyy\n",
        "\xe2\x80\x94 x\n",
    };
    uint8_t *out;
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(note_sign(&out, &len, (const uint8_t *)bad[i],
                                   strlen(bad[i]), &alice, alice_sk),
                         RC_FORMAT);
        assert_null(out);
    }
    assert_int_equal(
        note_sign(&out, &len, (const uint8_t *)"a\n", 2, &alice, bob_sk),
        RC_FORMAT);
}

static void
a_second_signature_joins(void **state)
{
    const struct note_key keys[] = {alice, bob};
    size_t len, both_len, again_len;
    uint8_t *note = sign("a\n", &len), *both, *again;
    struct note n;
    uint64_t signers;

    (void)state;
    assert_int_equal(note_sign(&again, &again_len, note, len, &alice, alice_sk),
                     RC_OK);
    assert_int_equal(again_len, len);
    assert_memory_equal(again, note, len);
    free(again);
    assert_int_equal(note_sign(&both, &both_len, note, len, &bob, bob_sk),
                     RC_OK);
    assert_int_equal(note_parse(&n, both, both_len), RC_OK);
    assert_int_equal(n.n_sigs, 2);
    assert_int_equal(note_verify(&signers, &n, keys, 2), RC_OK);
    assert_int_equal(signers, 3);
    assert_int_equal(note_count(signers), 2);
    assert_int_equal(note_verify(&signers, &n, &bob, 1), RC_OK);
    assert_int_equal(signers, 1);
    free(both);
    /* A bad signature of the key is not covered up by another. */
    note[len - 20] = note[len - 20] == 'A' ? 'B' : 'A';
    assert_int_equal(note_sign(&both, &both_len, note, len, &alice, alice_sk),
                     RC_FORGED);
    free(note);
}

static void
merging_keeps_each_signature_once(void **state)
{
    size_t a_len, b_len, c_len, m_len, other_len;
    uint8_t *a = sign("a\n", &a_len), *b, *c, *m, *other;

    (void)state;
    assert_int_equal(
        note_sign(&b, &b_len, (const uint8_t *)"a\n", 2, &bob, bob_sk), RC_OK);
    assert_int_equal(note_sign(&c, &c_len, a, a_len, &bob, bob_sk), RC_OK);
    assert_int_equal(note_merge(&m, &m_len, a, a_len, b, b_len), RC_OK);
    assert_int_equal(m_len, c_len);
    assert_memory_equal(m, c, c_len);
    free(m);
    assert_int_equal(note_merge(&m, &m_len, c, c_len, b, b_len), RC_OK);
    assert_int_equal(m_len, c_len);
    assert_memory_equal(m, c, c_len);
    free(m);
    other = sign("b\n", &other_len);
    assert_int_equal(note_merge(&m, &m_len, a, a_len, other, other_len),
                     RC_FORMAT);
    assert_null(m);
    assert_int_equal(note_merge(&m, &m_len, a, a_len - 1, b, b_len), RC_FORMAT);
    free(other);
    free(a);
    free(b);
    free(c);
}

static void
the_limits_hold(void **state)
{
    size_t len = NOTE_MAX, got, next;
    char *text = malloc(len + 1);
    uint8_t *note, *more;

    (void)state;
    assert_non_null(text);
    memset(text, 'a', len + 1);
    text[len - 1] = '\n';
    assert_int_equal(
        note_sign(&note, &got, (const uint8_t *)text, len, &alice, alice_sk),
        RC_FULL);
    text[len] = '\n';
    assert_int_equal(note_sign(&note, &got, (const uint8_t *)text, len + 1,
                               &alice, alice_sk),
                     RC_FORMAT);
    len -= 1 + 3 + 1 + 5 + 1 + 92 + 1; /* what a signature by alice takes */
    text[len - 1] = '\n';
    assert_int_equal(
        note_sign(&note, &got, (const uint8_t *)text, len, &alice, alice_sk),
        RC_OK);
    assert_int_equal(got, NOTE_MAX);
    assert_int_equal(parse(note, got), RC_OK);
    free(note);
    free(text);
    /* 64 signatures, and one more. */
    note = sign("a\n", &got);
    for (int i = 0; i < NOTE_SIGS_MAX; i++) {
        struct note_key key;
        uint8_t sk[64];
        char name[16];

        (void)snprintf(name, sizeof name, "k%d", i);
        make_key(&key, sk, name);
        if (i == NOTE_SIGS_MAX - 1) {
            assert_int_equal(note_sign(&more, &next, note, got, &key, sk),
                             RC_FULL);
            break;
        }
        assert_int_equal(note_sign(&more, &next, note, got, &key, sk), RC_OK);
        free(note);
        note = more;
        got = next;
    }
    free(note);
}

static void
the_hash_is_of_the_text(void **state)
{
    uint8_t want[32], h[32], *note;
    struct note n;
    size_t len;

    (void)state;
    note = sign("a\n\nb\n", &len);
    blake2b_256(want, (const uint8_t *)"a\n\nb\n", 5);
    assert_int_equal(note_parse(&n, note, len), RC_OK);
    note_hash(h, &n);
    assert_memory_equal(h, want, 32);
    free(note);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(official_notes),
        cmocka_unit_test(derived_notes),
        cmocka_unit_test(official_keys),
        cmocka_unit_test(official_signature),
        cmocka_unit_test(no_prefix_is_a_note),
        cmocka_unit_test(no_bit_can_be_changed),
        cmocka_unit_test(base64_has_one_form),
        cmocka_unit_test(names_of_keys_are_checked),
        cmocka_unit_test(texts_that_are_none_are_not_signed),
        cmocka_unit_test(a_second_signature_joins),
        cmocka_unit_test(merging_keeps_each_signature_once),
        cmocka_unit_test(the_limits_hold),
        cmocka_unit_test(the_hash_is_of_the_text),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
