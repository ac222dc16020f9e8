/* SPDX-License-Identifier: ISC */
#include "board.h"

#include "vec.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct board answers = {0, 16, 600, 16, 64, 2};
static const struct board reports = {1, 4096, 30, 2, 32, 2};

static void
fields_out_of_range_are_refused(void **state)
{
    static const struct board bad[] = {
        {0, 15, 600, 16, 64, 2}, /* no length of an entry */
        {1, 4095, 30, 2, 32, 2},
        {1, 4096, 0, 2, 32, 2},
        {1, 4096, 7, 2, 32, 2}, /* no part of 3600 */
        {1, 4096, 7200, 2, 32, 2},
        {1, 4096, 30, 0, 32, 2},
        {1, 4096, 30, 2, 0, 2},
        {1, 4096, 30, 2, 1, 2},
        {1, 4096, 30, 2, 6, 2},
        {1, 4096, 30, 3, 32, 2},
        {1, 4096, 30, 2, 2048, 2},
        {1, 4096, 30, 2, 32, 0},
        {1, 4096, 30, 2, 32, 1025},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(board_check(&bad[i]), RC_FORMAT);
    }
}

static void
good_boards_pass(void **state)
{
    static const struct board good[] = {
        {1, 4096, 1, 2, 4, 2},
        {0, 16, 1, 16, 64, 2},
        {0, 4096, 1, 2, 4, 2}, /* ids are free */
        {255, 16, 1, 16, 64, 2},
        {255, 4096, 3600, 1, 1024, 1024},
        {2, 4096, 60, 3, 3, 1},
    };

    (void)state;
    assert_int_equal(board_check(&answers), RC_OK);
    assert_int_equal(board_check(&reports), RC_OK);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(board_check(&good[i]), RC_OK);
    }
}

static void
slots_double_up_to_max(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 70000; n++) {
        bool want = n == 2 || n == 4 || n == 8 || n == 16 || n == 32;

        assert_int_equal(board_slots_ok(&reports, n), want);
    }
}

static void
boards_are_found_by_id(void **state)
{
    const struct board boards[] = {answers, reports};

    (void)state;
    assert_null(board_find(boards, 2, 2));
    assert_null(board_find(boards, 1, 1));
    assert_null(board_find(NULL, 0, 0));
    assert_ptr_equal(board_find(boards, 2, 0), &boards[0]);
    assert_ptr_equal(board_find(boards, 2, 1), &boards[1]);
}

static void
keys_from_the_prime_on_are_not_canonical(void **state)
{
    uint8_t key[32];

    (void)state;
    memset(key, 0xff, sizeof key);
    key[31] = 0x7f;
    for (unsigned low = 0; low < 256; low++) {
        key[0] = (uint8_t)low; /* 2^255 - 256 + low */
        assert_int_equal(entry_key_is_canonical(key), low < 0xed);
    }
    for (size_t i = 1; i < 31; i++) {
        key[i] = 0xfe;
        assert_true(entry_key_is_canonical(key));
        key[i] = 0xff;
    }
    key[31] = 0x7e;
    assert_true(entry_key_is_canonical(key));
    memset(key, 0, sizeof key);
    assert_true(entry_key_is_canonical(key));
    key[31] = 0x80;
    assert_false(entry_key_is_canonical(key));
}

static void
dummies_begin_with_a_public_key(void **state)
{
    uint8_t noise[ENTRY_REPORT_LEN], out[ENTRY_REPORT_LEN], pk[32];

    (void)state;
    for (int i = 0; i < 20; i++) {
        vec_noise(noise, sizeof noise);
        assert_int_equal(entry_dummy(out, &reports, noise), RC_OK);
        assert_int_equal(crypto_scalarmult_base(pk, noise), 0);
        assert_memory_equal(out, pk, 32);
        assert_memory_equal(out + 32, noise + 32, sizeof out - 32);
        assert_true(entry_key_is_canonical(out));
    }
    assert_int_equal(entry_dummy(out, &answers, noise), RC_OK);
    assert_memory_equal(out, noise, ENTRY_ANSWER_LEN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_out_of_range_are_refused),
        cmocka_unit_test(good_boards_pass),
        cmocka_unit_test(slots_double_up_to_max),
        cmocka_unit_test(boards_are_found_by_id),
        cmocka_unit_test(keys_from_the_prime_on_are_not_canonical),
        cmocka_unit_test(dummies_begin_with_a_public_key),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
