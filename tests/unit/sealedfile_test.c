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
static uint8_t record[SEALEDFILE_RECORD_LEN];
static const uint8_t relays[3][SEALEDFILE_RELAY_LEN] = {{1}, {2}, {3}};
static struct sealedfile_state st;
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
    head.records = 7;
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
    static uint8_t file[SEALEDFILE_HEAD_LEN + 2 * SEALEDFILE_RECORD_LEN];
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
    sealedfile_hash(got, file, sizeof file - SEALEDFILE_RECORD_LEN);
    assert_memory_not_equal(want, got, sizeof want);
}

/* The record of a cell, made by hand: relay 0 stands for zeros. */
static enum rc
next_record(const struct cell_request *req, size_t relay)
{
    struct cell_request out;
    enum rc rc;

    assert_int_equal(cell_request_write(cell, req), RC_OK);
    memset(record, 0, SEALEDFILE_RELAY_LEN);
    if (relay > 0) {
        memcpy(record, relays[relay - 1], SEALEDFILE_RELAY_LEN);
    }
    memcpy(record + SEALEDFILE_RELAY_LEN, cell, sizeof cell);
    rc = sealedfile_record_parse(&out, &st, record, boards, 2);
    assert_int_equal(out.op, rc == RC_OK ? req->op : CELL_NOP);
    return rc;
}

static const struct cell_request put = {.op = CELL_PUT, .address = bytes,
                                        .burn = bytes + 32, .data = bytes,
                                        .data_len = CELL_BOX_LEN};
static const struct cell_request ring = {.op = CELL_RING, .board = 1,
                                         .data = bytes,
                                         .data_len = ENTRY_REPORT_LEN};

static void
only_puts_then_rings_are_taken(void **state)
{
    struct cell_request other;

    (void)state;
    memset(&st, 0, sizeof st);
    vec_seed(bytes, sizeof bytes, "sealedfile bytes");
    bytes[31] = 1; /* a canonical key */
    other = (struct cell_request){.op = CELL_NOP};
    assert_int_equal(next_record(&other, 1), RC_FORMAT);
    other = (struct cell_request){.op = CELL_GET, .address = bytes};
    assert_int_equal(next_record(&other, 1), RC_FORMAT);
    other = (struct cell_request){.op = CELL_BURN, .address = bytes,
                                  .burn = bytes};
    assert_int_equal(next_record(&other, 1), RC_FORMAT);
    other = ring;
    other.nonce = nonce_one;
    assert_int_equal(next_record(&other, 0), RC_FORMAT);
    other = (struct cell_request){.op = CELL_RING, .board = 0, .data = bytes,
                                  .data_len = ENTRY_ANSWER_LEN};
    assert_int_equal(next_record(&other, 0), RC_FORMAT);
    assert_int_equal(next_record(&put, 1), RC_OK);
    assert_int_equal(next_record(&put, 1), RC_OK);
    assert_int_equal(next_record(&ring, 0), RC_OK);
    assert_int_equal(next_record(&put, 1), RC_FORMAT);
    assert_int_equal(next_record(&ring, 0), RC_OK);
    assert_int_equal(sealedfile_end(&st), RC_OK);
    assert_int_equal(st.puts[0], 2);
    assert_int_equal(st.rings, 2);
}

/* A PUT is for a relay, a RING for all. */
static void
each_put_is_of_a_relay(void **state)
{
    (void)state;
    memset(&st, 0, sizeof st);
    assert_int_equal(sealedfile_end(&st), RC_FORMAT); /* nothing rung */
    assert_int_equal(next_record(&put, 0), RC_FORMAT);
    assert_int_equal(next_record(&ring, 1), RC_FORMAT);
    assert_int_equal(next_record(&put, 1), RC_OK);
    assert_int_equal(sealedfile_end(&st), RC_FORMAT);
    assert_int_equal(next_record(&put, 2), RC_OK);
    assert_int_equal(next_record(&put, 1), RC_FORMAT); /* apart from its own */
    assert_int_equal(next_record(&put, 3), RC_FORMAT); /* a third */
    assert_int_equal(next_record(&put, 2), RC_OK);
    assert_int_equal(next_record(&ring, 0), RC_OK);
    assert_int_equal(sealedfile_end(&st), RC_FORMAT); /* not as many */
    memset(&st, 0, sizeof st);
    assert_int_equal(next_record(&ring, 0), RC_OK);
    assert_int_equal(sealedfile_end(&st), RC_OK);
}

static void
what_is_written_is_read(void **state)
{
    static uint8_t out[SEALEDFILE_RECORD_LEN];

    (void)state;
    memset(&st, 0, sizeof st);
    assert_int_equal(next_record(&put, 2), RC_OK);
    assert_int_equal(sealedfile_record_write(out, relays[1], cell), RC_OK);
    assert_memory_equal(out, record, sizeof out);
    assert_int_equal(sealedfile_record_write(out, NULL, cell), RC_FORMAT);
    assert_int_equal(next_record(&ring, 0), RC_OK);
    assert_int_equal(sealedfile_record_write(out, NULL, cell), RC_OK);
    assert_memory_equal(out, record, sizeof out);
    assert_int_equal(sealedfile_record_write(out, relays[1], cell), RC_FORMAT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_the_head_counts),
        cmocka_unit_test(the_hash_covers_the_file),
        cmocka_unit_test(only_puts_then_rings_are_taken),
        cmocka_unit_test(each_put_is_of_a_relay),
        cmocka_unit_test(what_is_written_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
