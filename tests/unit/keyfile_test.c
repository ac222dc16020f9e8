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

/* Made once by tocsin-root keygen kat: what was written stays readable. */
static void
an_old_file_opens(void **state)
{
    static const char hex[] =
        "746f6373696e2f31206b65790a000000726f6f74206b657900000000000000000000"
        "00000000000000000000000000000000000100000040e2ed9895d388a7c0c0f56382"
        "e54641d6ab165a798400a7e742376ab35c2204263009dd171516acca000000349371"
        "919f3af5fd675ba990200633ddf5192640e5353b980dfc369edf5b5784ffb6aebe23"
        "bdd1571ef87e51f9e9236a8835490baa";
    uint8_t file[sizeof hex / 2], *out;
    size_t len, n;

    (void)state;
    assert_int_equal(sodium_hex2bin(file, sizeof file, hex, sizeof hex - 1,
                                    NULL, &len, NULL),
                     0);
    assert_int_equal(
        keyfile_open(&out, &n, file, len, "root key", "open sesame", 11),
        RC_OK);
    assert_int_equal(n, 1 + 3 + 32);
    assert_memory_equal(out, "\3kat", 4);
    sodium_free(out);
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
        cmocka_unit_test(an_old_file_opens),
        cmocka_unit_test(a_file_is_private_and_never_replaced),
        cmocka_unit_test(a_pass_phrase_comes_from_a_descriptor),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
