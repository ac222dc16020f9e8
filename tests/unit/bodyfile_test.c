/* SPDX-License-Identifier: ISC */
#include "bodyfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#define LEN_MAX 60000

static char path[64];
static uint8_t bytes[LEN_MAX], got[LEN_MAX];

static int
setup(void **state)
{
    int fd;

    (void)state;
    strcpy(path, "/tmp/bodyfile-test.XXXXXX");
    fd = mkstemp(path);
    return fd < 0 || close(fd) != 0 || unlink(path) != 0 ? -1 : 0;
}

static int
teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

static struct body_name
written(size_t len)
{
    struct body_name b = {.boxes = body_boxes(len), .len = len};

    randombytes_buf(b.key, sizeof b.key);
    (void)unlink(path);
    assert_int_equal(bodyfile_write(path, &b, bytes), RC_OK);
    return b;
}

/* An item's frame and data at an offset; the offset after it. */
static size_t
put_item(size_t at, const char *type, const char *name, size_t len)
{
    const struct body_item item = {.type = type,
                                   .type_len = strlen(type),
                                   .name = name,
                                   .name_len = strlen(name),
                                   .len = len};
    struct writer w;

    wr_init(&w, bytes + at, LEN_MAX - at);
    assert_int_equal(body_item_head_write(&w, &item), RC_OK);
    memset(bytes + at + w.len, (int)len & 0xff, len);
    return at + w.len + len;
}

static void
what_is_written_reads_back(void **state)
{
    static const size_t lens[] = {1, 15983, 15984, 15985, 31968, 60000};
    struct bodyfile f;

    (void)state;
    randombytes_buf(bytes, sizeof bytes);
    for (size_t i = 0; i < 6; i++) {
        struct body_name b = written(lens[i]);
        size_t at = 0;

        assert_int_equal(bodyfile_write(path, &b, bytes), RC_IO);
        assert_int_equal(bodyfile_open(&f, path, &b), RC_OK);
        for (size_t n = 1; at < lens[i]; n = n * 3 + 1) {
            size_t part = n < lens[i] - at ? n : lens[i] - at;

            assert_int_equal(bodyfile_read(&f, got + at, part), RC_OK);
            at += part;
        }
        assert_memory_equal(got, bytes, lens[i]);
        assert_int_equal(bodyfile_read(&f, got, 1), RC_TRUNCATED);
        bodyfile_close(&f);
    }
}

static void
damage_and_absence_are_told(void **state)
{
    struct body_name b = written(40000);
    struct bodyfile f;
    FILE *file;

    (void)state;
    file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 16000 + 77, SEEK_SET), 0);
    assert_int_not_equal(fputc(fgetc(file) ^ 1, file), EOF);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(bodyfile_open(&f, path, &b), RC_OK);
    assert_int_equal(bodyfile_read(&f, got, 15984), RC_OK);
    assert_int_equal(bodyfile_read(&f, got, 1), RC_FORGED);
    bodyfile_close(&f);
    b = written(40000);
    assert_int_equal(truncate(path, 20000), 0);
    assert_int_equal(bodyfile_open(&f, path, &b), RC_OK);
    assert_int_equal(bodyfile_read(&f, got, 15984), RC_OK);
    assert_int_equal(bodyfile_read(&f, got, 1), RC_FORGED);
    bodyfile_close(&f);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(bodyfile_open(&f, path, &b), RC_MISSING);
}

static bool
is_good(struct body_name b)
{
    struct bodyfile f;
    bool good;

    assert_int_equal(bodyfile_open(&f, path, &b), RC_OK);
    assert_int_equal(bodyfile_check(&f, &good), RC_OK);
    bodyfile_close(&f);
    return good;
}

static void
the_whole_is_checked(void **state)
{
    static uint8_t wide[3 * BODY_CHUNK_LEN];
    struct body_name b = {.boxes = 3, .len = sizeof wide};
    struct bodyfile f;
    bool good;

    (void)state;
    randombytes_buf(b.key, sizeof b.key);
    for (size_t i = 0; i < 2; i++) { /* one byte behind the end, or in it */
        size_t at = i == 0 ? 40000 : 39999;

        memset(wide, 0, sizeof wide);
        wide[at] = 1;
        (void)unlink(path);
        assert_int_equal(bodyfile_write(path, &b, wide), RC_OK);
        b.len = 40000;
        (void)crypto_generichash(b.digest, sizeof b.digest, wide, b.len, NULL,
                                 0);
        assert_int_equal(is_good(b), i == 1);
        b.digest[0] ^= 1;
        assert_false(is_good(b));
        b.len = sizeof wide;
    }
    assert_int_equal(truncate(path, 40000), 0);
    assert_int_equal(bodyfile_open(&f, path, &b), RC_OK);
    assert_int_equal(bodyfile_check(&f, &good), RC_FORGED);
    assert_false(good);
    bodyfile_close(&f);
}

static void
items_come_one_by_one(void **state)
{
    struct bodyfile_item item;
    struct body_name b;
    struct bodyfile f;
    size_t end = put_item(0, "text/plain", "", 20000);

    (void)state;
    end = put_item(end, "image/jpeg", "photo-1.jpg", 30000);
    end = put_item(end, "application/pdf", "x", 0);
    b = written(end);
    assert_int_equal(bodyfile_open(&f, path, &b), RC_OK);
    assert_int_equal(bodyfile_item(&f, &item), RC_OK);
    assert_string_equal(item.type, "text/plain");
    assert_string_equal(item.name, "");
    assert_int_equal(item.len, 20000);
    assert_int_equal(bodyfile_read(&f, got, 20000), RC_OK);
    assert_int_equal(bodyfile_item(&f, &item), RC_OK);
    assert_string_equal(item.name, "photo-1.jpg");
    f.at += item.len;
    assert_int_equal(bodyfile_item(&f, &item), RC_OK);
    assert_int_equal(item.len, 0);
    assert_int_equal(bodyfile_item(&f, &item), RC_MISSING);
    bodyfile_close(&f);
}

static enum rc
first_item(size_t len)
{
    struct bodyfile_item item;
    struct body_name b = written(len);
    struct bodyfile f;
    enum rc rc;

    assert_int_equal(bodyfile_open(&f, path, &b), RC_OK);
    rc = bodyfile_item(&f, &item);
    bodyfile_close(&f);
    return rc;
}

static void
frames_that_break_the_rules_are_refused(void **state)
{
    size_t end;

    (void)state;
    for (size_t n = 1; n < 20; n++) { /* each proper prefix */
        (void)put_item(0, "text/plain", "ab", 100);
        assert_int_equal(first_item(n), RC_FORMAT);
    }
    end = put_item(0, "text/plain", "ab", 100);
    assert_int_equal(first_item(end - 1), RC_FORMAT);
    assert_int_equal(first_item(end), RC_OK);
    bytes[3] = 0x1b; /* a control character in the type */
    assert_int_equal(first_item(end), RC_FORMAT);
    (void)put_item(0, "text/plain", "ab", 100);
    bytes[12] = '/'; /* in the name */
    assert_int_equal(first_item(end), RC_FORMAT);
    (void)put_item(0, "text/plain", "ab", 100);
    bytes[12] = 0xff; /* no UTF-8 */
    assert_int_equal(first_item(end), RC_FORMAT);
    (void)put_item(0, "text/plain", "ab", 100);
    memset(bytes + 14, 0xff, 8); /* a length beyond the body */
    assert_int_equal(first_item(end), RC_FORMAT);
    bytes[0] = 0;
    assert_int_equal(first_item(end), RC_FORMAT);
}

static void
boxes_one_by_one(void **state)
{
    static uint8_t chunk[BODY_CHUNK_LEN];
    struct body_name b = {.boxes = 2};

    (void)state;
    assert_int_equal(bodyfile_chunk(path, &b, 0, chunk), RC_MISSING);
    randombytes_buf(bytes, sizeof bytes);
    b = written(BODY_CHUNK_LEN + 1);
    assert_int_equal(bodyfile_chunk(path, &b, 1, chunk), RC_OK);
    assert_int_equal(chunk[0], bytes[BODY_CHUNK_LEN]);
    assert_true(sodium_is_zero(chunk + 1, sizeof chunk - 1));
    assert_int_equal(bodyfile_chunk(path, &b, 2, chunk), RC_MISSING);
    assert_int_equal(truncate(path, 2 * CELL_BOX_LEN - 1), 0);
    assert_int_equal(bodyfile_chunk(path, &b, 1, chunk), RC_MISSING);
    assert_int_equal(bodyfile_chunk(path, &b, 0, chunk), RC_OK);
    assert_memory_equal(chunk, bytes, sizeof chunk);
    b.key[0] ^= 1;
    assert_int_equal(bodyfile_chunk(path, &b, 0, chunk), RC_FORGED);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(boxes_one_by_one),
        TEST(what_is_written_reads_back),
        TEST(damage_and_absence_are_told),
        TEST(the_whole_is_checked),
        TEST(items_come_one_by_one),
        TEST(frames_that_break_the_rules_are_refused),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
