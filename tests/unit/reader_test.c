/* SPDX-License-Identifier: ISC */
#include "reader.h"
#include "writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t bytes[] = {1, 2,  3,  4,  5,  6,  7, 8,
                                9, 10, 11, 12, 13, 14, 15};

static void
every_prefix_is_truncated(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof bytes; n++) {
        struct reader r;

        rd_init(&r, bytes, n);
        (void)rd_u8(&r);
        (void)rd_u16(&r);
        (void)rd_u32(&r);
        (void)rd_u64(&r);
        assert_int_equal(rd_end(&r), RC_TRUNCATED);
    }
}

static void
the_first_failure_stays(void **state)
{
    struct reader r;

    (void)state;
    rd_init(&r, bytes, sizeof bytes);
    rd_require(&r, false);
    assert_null(rd_bytes(&r, 1));
    assert_int_equal(r.left, 0);
    assert_int_equal(rd_end(&r), RC_FORMAT);
    rd_init(&r, bytes, 2);
    assert_null(rd_bytes(&r, SIZE_MAX));
    rd_require(&r, false);
    assert_int_equal(rd_end(&r), RC_TRUNCATED);
}

static void
bytes_left_over_are_refused(void **state)
{
    struct reader r;

    (void)state;
    rd_init(&r, bytes, 3);
    (void)rd_u16(&r);
    assert_int_equal(rd_end(&r), RC_FORMAT);
}

static void
padding_must_be_zero(void **state)
{
    const uint8_t pad[] = {0, 0, 1};
    struct reader r;

    (void)state;
    rd_init(&r, pad, 3);
    rd_zeroes(&r);
    assert_int_equal(rd_end(&r), RC_FORMAT);
    rd_init(&r, pad, 2);
    rd_zeroes(&r);
    assert_int_equal(rd_end(&r), RC_OK);
}

/* Wherever the one byte is that is not zero, whatever the length. */
static void
every_byte_of_padding_counts(void **state)
{
    uint8_t pad[41] = {0};

    (void)state;
    for (size_t from = 0; from < 9; from++) {
        for (size_t n = 0; from + n <= sizeof pad; n++) {
            struct reader r;

            for (size_t i = from; i < from + n; i++) {
                pad[i] = (uint8_t)(1u << (i % 8));
                rd_init(&r, pad + from, n);
                rd_zero(&r, n);
                assert_int_equal(rd_end(&r), RC_FORMAT);
                pad[i] = 0;
            }
            rd_init(&r, pad + from, n);
            rd_zero(&r, n);
            assert_int_equal(rd_end(&r), RC_OK);
        }
    }
}

static void
a_full_writer_writes_nothing_more(void **state)
{
    uint8_t out[4] = {9, 9, 9, 9};
    struct writer w;

    (void)state;
    wr_init(&w, out, 3);
    wr_u16(&w, 0x0102);
    wr_u16(&w, 0x0304);
    wr_u8(&w, 5);
    assert_int_equal(wr_end(&w), RC_FULL);
    assert_memory_equal(out, ((uint8_t[]){1, 2, 9, 9}), 4);
}

static void
what_is_written_reads_back(void **state)
{
    uint8_t out[20];
    struct writer w;
    struct reader r;

    (void)state;
    wr_init(&w, out, sizeof out);
    wr_u8(&w, 0xfe);
    wr_u16(&w, 0xfedc);
    wr_u32(&w, 0xfedcba98);
    wr_u64(&w, 0xfedcba9876543210);
    wr_bytes(&w, bytes, 3);
    wr_zeroes(&w);
    assert_int_equal(wr_end(&w), RC_OK);
    assert_int_equal(w.len, sizeof out);
    rd_init(&r, out, sizeof out);
    assert_int_equal(rd_u8(&r), 0xfe);
    assert_int_equal(rd_u16(&r), 0xfedc);
    assert_int_equal(rd_u32(&r), 0xfedcba98);
    assert_true(rd_u64(&r) == 0xfedcba9876543210);
    assert_memory_equal(rd_bytes(&r, 3), bytes, 3);
    rd_zeroes(&r);
    assert_int_equal(rd_end(&r), RC_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_prefix_is_truncated),
        cmocka_unit_test(the_first_failure_stays),
        cmocka_unit_test(bytes_left_over_are_refused),
        cmocka_unit_test(padding_must_be_zero),
        cmocka_unit_test(every_byte_of_padding_counts),
        cmocka_unit_test(a_full_writer_writes_nothing_more),
        cmocka_unit_test(what_is_written_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
