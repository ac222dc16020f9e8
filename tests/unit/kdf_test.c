/* SPDX-License-Identifier: ISC */
#include "hkdf.h"
#include "kdf.h"
#include "vec.h"

#include <sodium.h>

#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
label_too_long(void)
{
    char label[KDF_LABEL_MAX + 2];
    uint8_t out[KDF_LEN];

    memset(label, 'x', sizeof label - 1);
    label[sizeof label - 1] = '\0';
    kdf_hash(out, label, NULL, 0);
}

static void
a_label_that_is_too_long_aborts(void **state)
{
    pid_t pid = fork();
    int status;

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        label_too_long();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* PROTOCOL.md section 2, written out again from its words. */
static void
the_formula(uint8_t *out, size_t out_len, const uint8_t *key, size_t key_len,
            const char *label, const uint8_t *data, size_t len)
{
    uint8_t in[512] = {0};
    size_t label_len = strlen("tocsin/1 ") + strlen(label);

    assert_true(1 + label_len + len <= sizeof in);
    in[0] = (uint8_t)label_len;
    memcpy(in + 1, "tocsin/1 ", 9);
    memcpy(in + 10, label, strlen(label));
    if (len > 0) {
        memcpy(in + 1 + label_len, data, len);
    }
    assert_int_equal(
        crypto_generichash(out, out_len, in, 1 + label_len + len, key, key_len),
        0);
}

static void
each_function_is_the_formula(void **state)
{
    const char *const labels[] = {"", "seed", "conversation id"};
    uint8_t key[KDF_LEN], data[200], want[64], got[64];

    (void)state;
    vec_seed(key, sizeof key, "kdf key");
    vec_seed(data, sizeof data, "kdf data");
    for (size_t i = 0; i < 3; i++) {
        for (size_t len = 0; len <= sizeof data; len += 50) {
            the_formula(want, 32, NULL, 0, labels[i], data, len);
            kdf_hash(got, labels[i], data, len);
            assert_memory_equal(got, want, 32);
            the_formula(want, 32, key, 32, labels[i], data, len);
            kdf(got, key, labels[i], data, len);
            assert_memory_equal(got, want, 32);
            the_formula(want, 32, key, 16, labels[i], data, len);
            kdf_code(got, key, labels[i], data, len);
            assert_memory_equal(got, want, 32);
            the_formula(want, 64, key, 32, labels[i], data, len);
            kdf_wide(got, key, labels[i], data, len);
            assert_memory_equal(got, want, 64);
        }
    }
}

static void
vectors(void **state)
{
    json_t *file = vec_load("kdf.json");
    const json_t *t;
    size_t i;

    (void)state;
    json_array_foreach(vec_tests(file), i, t)
    {
        const char *name = vec_string(t, "function");
        const char *label = vec_string(t, "label");
        size_t key_len, len, out_len;
        uint8_t *key = vec_bytes(t, "key", &key_len);
        uint8_t *data = vec_bytes(t, "data", &len);
        uint8_t *want = vec_bytes(t, "out", &out_len);
        uint8_t got[KDF_WIDE_LEN];

        memset(got, 0, sizeof got);
        if (strcmp(name, "BLAKE2b-256") == 0) {
            blake2b_256(got, data, len);
        } else if (strcmp(name, "H") == 0) {
            kdf_hash(got, label, data, len);
        } else if (key_len == KDF_CODE_LEN) {
            kdf_code(got, key, label, data, len);
        } else if (out_len == KDF_WIDE_LEN) {
            kdf_wide(got, key, label, data, len);
        } else {
            assert_string_equal(name, "KDF");
            assert_int_equal(key_len, KDF_LEN);
            kdf(got, key, label, data, len);
        }
        assert_memory_equal(got, want, out_len);
        free(key);
        free(data);
        free(want);
    }
    json_decref(file);
}

static void
hkdf_vectors(void **state)
{
    json_t *file = vec_load("official/hkdf_sha256/wycheproof.json");
    const json_t *t;
    size_t i;

    (void)state;
    json_array_foreach(vec_tests(file), i, t)
    {
        size_t ikm_len, salt_len, info_len, len;
        size_t size = (size_t)vec_number(t, "size");
        uint8_t *ikm = vec_bytes(t, "ikm", &ikm_len);
        uint8_t *salt = vec_bytes(t, "salt", &salt_len);
        uint8_t *info = vec_bytes(t, "info", &info_len);
        uint8_t *out = malloc(size + 1);
        /* in two parts, wherever the cut is */
        const struct hkdf_part key[] = {
            {ikm, i % (ikm_len + 1)},
            {ikm + i % (ikm_len + 1), ikm_len - i % (ikm_len + 1)},
        };
        const struct hkdf_part about[] = {
            {info, i % (info_len + 1)},
            {info + i % (info_len + 1), info_len - i % (info_len + 1)},
        };
        uint8_t prk[HKDF_PRK_LEN];

        assert_non_null(out);
        hkdf_extract(prk, (struct hkdf_part){salt, salt_len}, key, 2);
        if (strcmp(vec_string(t, "result"), "valid") == 0) {
            uint8_t *want = vec_bytes(t, "okm", &len);

            assert_int_equal(len, size);
            assert_int_equal(hkdf_expand(out, size, prk, about, 2), RC_OK);
            assert_memory_equal(out, want, size);
            free(want);
        } else {
            assert_int_equal(hkdf_expand(out, size, prk, about, 2), RC_FULL);
        }
        free(ikm);
        free(salt);
        free(info);
        free(out);
    }
    json_decref(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_label_that_is_too_long_aborts),
        cmocka_unit_test(each_function_is_the_formula),
        cmocka_unit_test(vectors),
        cmocka_unit_test(hkdf_vectors),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
