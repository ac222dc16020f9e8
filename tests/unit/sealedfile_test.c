/* SPDX-License-Identifier: ISC */
#include "sealedfile.h"
#include "vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct board boards[] = {
    {.id = 0, .entry_len = 16, .tick = 600, .slots = 16, .max = 64,
     .spread = 2},
    {.id = 1, .entry_len = 4096, .tick = 30, .slots = 2, .max = 32,
     .spread = 2},
};

static uint8_t bytes[CELL_BOX_LEN], cell[CELL_LEN];
static const uint8_t nonce_one[CELL_NONCE_LEN] = {0, 0, 0, 0, 0, 0, 0, 1};

static void
head_refused(const uint8_t in[static SEALEDFILE_HEAD_LEN])
{
    static const struct sealedfile_head zero;
    struct sealedfile_head head;

    memset(&head, 9, sizeof head);
    assert_int_equal(sealedfile_head_parse(&head, in), RC_FORMAT);
    assert_memory_equal(&head, &zero, sizeof head);
}

static void
every_byte_of_the_head_counts(void **state)
{
    static uint8_t in[SEALEDFILE_HEAD_LEN], zeros[SEALEDFILE_HEAD_LEN];
    struct sealedfile_head head = {2970, 0, {0}}, got;

    (void)state;
    assert_int_equal(sealedfile_head_write(in, &head), RC_FORMAT);
    head_refused(zeros);
    head.cells = 7;
    memset(head.hash, 0xab, sizeof head.hash);
    assert_int_equal(sealedfile_head_write(in, &head), RC_OK);
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] ^= 0x80;
        if (i < 16 || i >= 56) {
            head_refused(in);
        } else {
            assert_int_equal(sealedfile_head_parse(&got, in), RC_OK);
            assert_memory_not_equal(&got, &head, sizeof got);
        }
        in[i] ^= 0x80;
    }
    assert_int_equal(sealedfile_head_parse(&got, in), RC_OK);
    assert_memory_equal(&got, &head, sizeof got);
    assert_memory_equal(in, "tocsin/1 sealed\n\0\0\x0b\x9a\0\0\0\7", 24);
    memset(in + 20, 0, 4);
    head_refused(in);
}

/* All of the file but the hash itself. */
static void
the_hash_covers_the_file(void **state)
{
    static uint8_t file[SEALEDFILE_HEAD_LEN + 2 * CELL_LEN];
    uint8_t want[SEALEDFILE_HASH_LEN], got[SEALEDFILE_HASH_LEN];

    (void)state;
    vec_seed(file, sizeof file, "a sealed file");
    sealedfile_hash(want, file, sizeof file);
    for (size_t i = 0; i < sizeof file; i += i < 64 ? 1 : 997) {
        file[i] ^= 1;
        sealedfile_hash(got, file, sizeof file);
        assert_int_equal(memcmp(want, got, sizeof want) != 0,
                         i < 24 || i >= 56);
        file[i] ^= 1;
    }
    sealedfile_hash(got, file, sizeof file - CELL_LEN);
    assert_memory_not_equal(want, got, sizeof want);
}

static enum rc
next_cell(const struct cell_request *req, bool *rung)
{
    struct cell_request out;
    enum rc rc;

    assert_int_equal(cell_request_write(cell, req), RC_OK);
    rc = sealedfile_cell_parse(&out, rung, cell, boards, 2);
    assert_int_equal(out.op, rc == RC_OK ? req->op : CELL_NOP);
    return rc;
}

static void
only_puts_then_rings_are_taken(void **state)
{
    const struct cell_request put = {.op = CELL_PUT, .address = bytes,
                                     .burn = bytes + 32, .data = bytes,
                                     .data_len = CELL_BOX_LEN};
    const struct cell_request ring = {.op = CELL_RING, .board = 1,
                                      .data = bytes,
                                      .data_len = ENTRY_REPORT_LEN};
    struct cell_request other;
    bool rung = false;

    (void)state;
    vec_seed(bytes, sizeof bytes, "sealedfile bytes");
    bytes[31] = 1; /* a canonical key */
    other = (struct cell_request){.op = CELL_NOP};
    assert_int_equal(next_cell(&other, &rung), RC_FORMAT);
    other = (struct cell_request){.op = CELL_GET, .address = bytes};
    assert_int_equal(next_cell(&other, &rung), RC_FORMAT);
    other = (struct cell_request){.op = CELL_BURN, .address = bytes,
                                  .burn = bytes};
    assert_int_equal(next_cell(&other, &rung), RC_FORMAT);
    assert_false(rung);
    other = ring;
    other.nonce = nonce_one;
    assert_int_equal(next_cell(&other, &rung), RC_FORMAT);
    rung = false;
    other = (struct cell_request){.op = CELL_RING, .board = 0, .data = bytes,
                                  .data_len = ENTRY_ANSWER_LEN};
    assert_int_equal(next_cell(&other, &rung), RC_FORMAT);
    rung = false;
    assert_int_equal(next_cell(&put, &rung), RC_OK);
    assert_int_equal(next_cell(&put, &rung), RC_OK);
    assert_int_equal(next_cell(&ring, &rung), RC_OK);
    assert_int_equal(next_cell(&put, &rung), RC_FORMAT);
    assert_int_equal(next_cell(&ring, &rung), RC_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_the_head_counts),
        cmocka_unit_test(the_hash_covers_the_file),
        cmocka_unit_test(only_puts_then_rings_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
