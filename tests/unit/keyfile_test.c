/* SPDX-License-Identifier: ISC */
#include "keyfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

static const uint8_t secret[] = "thirty-two bytes of secret, or so";

static enum rc
try_open(const uint8_t *in, size_t len, const char *label, const char *pass)
{
    uint8_t *out, *copy = malloc(len > 0 ? len : 1);
    size_t n;
    enum rc rc;

    assert_non_null(copy);
    memcpy(copy, in, len);
    rc = keyfile_open(&out, &n, copy, len, label, pass, strlen(pass));
    assert_true((rc == RC_OK) == (out != NULL));
    sodium_free(out);
    free(copy);
    return rc;
}

static void
wrong_or_damaged_is_refused(void **state)
{
    uint8_t *file;
    size_t len;

    (void)state;
    assert_int_equal(keyfile_seal(&file, &len, "test", secret, sizeof secret,
                                  "open sesame", 11),
                     RC_OK);
    assert_int_equal(try_open(file, len, "test", "open sesame "), RC_FORGED);
    assert_int_equal(try_open(file, len, "test", ""), RC_FORGED);
    assert_int_equal(try_open(file, len, "other", "open sesame"), RC_TAKEN);
    for (size_t n = 0; n < len; n++) {
        assert_int_equal(try_open(file, n, "test", "open sesame"),
                         RC_TRUNCATED);
    }
    for (size_t i = 0; i < len * 8; i++) {
        /* the cost must stay what a test can wait for */
        if (i / 8 >= 48 && i / 8 < 56) {
            continue;
        }
        file[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_int_not_equal(try_open(file, len, "test", "open sesame"), RC_OK);
        file[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    assert_int_equal(try_open(file, len, "test", "open sesame"), RC_OK);
    free(file);
}

static void
costs_are_bounded(void **state)
{
    struct keyfile k;
    uint8_t *file;
    size_t len;

    (void)state;
    assert_int_equal(
        keyfile_seal(&file, &len, "test", secret, sizeof secret, "x", 1),
        RC_OK);
    for (size_t at = 48; at < 56; at++) {
        uint8_t was = file[at];

        file[at] = 0xff;
        if (at != 54 && at != 55) {
            assert_int_equal(keyfile_parse(&k, file, len), RC_FORMAT);
        }
        file[at] = was;
    }
    memset(file + 48, 0, 4);
    assert_int_equal(keyfile_parse(&k, file, len), RC_FORMAT);
    free(file);
}

static void
sizes_are_bounded(void **state)
{
    static uint8_t big[KEYFILE_SECRET_MAX + 1];
    uint8_t *file, *out;
    size_t len, n;

    (void)state;
    assert_int_equal(keyfile_seal(&file, &len, "t", big, sizeof big, "x", 1),
                     RC_FORMAT);
    assert_int_equal(keyfile_seal(&file, &len, "t", big, 0, "x", 1), RC_FORMAT);
    assert_int_equal(keyfile_seal(&file, &len, "", big, 1, "x", 1), RC_FORMAT);
    assert_int_equal(keyfile_seal(&file, &len,
                                  "123456789012345678901234567890123", big, 1,
                                  "x", 1),
                     RC_FORMAT);
    randombytes_buf(big, sizeof big);
    assert_int_equal(
        keyfile_seal(&file, &len, "t", big, KEYFILE_SECRET_MAX, "x", 1), RC_OK);
    assert_int_equal(len, KEYFILE_MAX);
    assert_int_equal(keyfile_open(&out, &n, file, len, "t", "x", 1), RC_OK);
    assert_int_equal(n, KEYFILE_SECRET_MAX);
    assert_memory_equal(out, big, n);
    sodium_free(out);
    free(file);
}

static void
a_file_is_private_and_never_replaced(void **state)
{
    char dir[] = "/tmp/keyfile_test.XXXXXX", path[64];
    struct stat st;
    uint8_t *out;
    size_t n;

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/key", dir);
    assert_int_equal(keyfile_load(&out, &n, path, "t", "x", 1), RC_MISSING);
    assert_int_equal(keyfile_save(path, "t", secret, sizeof secret, "x", 1),
                     RC_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(keyfile_save(path, "t", secret, 3, "y", 1), RC_TAKEN);
    assert_int_equal(keyfile_load(&out, &n, path, "t", "x", 1), RC_OK);
    assert_int_equal(n, sizeof secret);
    assert_memory_equal(out, secret, n);
    sodium_free(out);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void
a_pass_phrase_comes_from_a_descriptor(void **state)
{
    char *pass;
    size_t n;
    int p[2];

    (void)state;
    assert_int_equal(pipe(p), 0);
    assert_int_equal(write(p[1], "\nopen sesame\nrest", 17), 17);
    assert_int_equal(keyfile_passphrase(&pass, &n, "?", NULL, p[0]), RC_FORMAT);
    assert_null(pass);
    assert_int_equal(keyfile_passphrase(&pass, &n, "?", "!", p[0]), RC_OK);
    assert_string_equal(pass, "open sesame");
    sodium_free(pass);
    (void)close(p[1]);
    assert_int_equal(keyfile_passphrase(&pass, &n, "?", NULL, p[0]), RC_OK);
    assert_string_equal(pass, "rest");
    sodium_free(pass);
    assert_int_equal(keyfile_passphrase(&pass, &n, "?", NULL, p[0]),
                     RC_MISSING);
    (void)close(p[0]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_or_damaged_is_refused),
        cmocka_unit_test(costs_are_bounded),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(a_file_is_private_and_never_replaced),
        cmocka_unit_test(a_pass_phrase_comes_from_a_descriptor),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
