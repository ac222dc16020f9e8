/* SPDX-License-Identifier: ISC */
#include "cell.h"

#include "kdf.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct board boards[] = {
    {0, 16, 600, 16, 64, 2},
    {1, 4096, 30, 2, 32, 2},
    {7, 4096, 30, 2, 32, 2},
};
#define N_BOARDS (sizeof boards / sizeof boards[0])

/* Never zero, so that every byte of a field is seen. */
static uint8_t full[CELL_BOX_LEN];
static uint8_t nonce[8], address[32], burn[32];

static const struct cell_request samples[] = {
    {CELL_NOP, 0, NULL, NULL, NULL, NULL, 0},
    {CELL_PUT, 0, nonce, address, burn, full, CELL_BOX_LEN},
    {CELL_GET, 0, NULL, address, NULL, NULL, 0},
    {CELL_BURN, 0, NULL, address, burn, NULL, 0},
    {CELL_RING, 0, nonce, NULL, NULL, full, 16},
    {CELL_RING, 1, nonce, NULL, NULL, full, 4096},
    {CELL_RING, 7, nonce, NULL, NULL, full, 4096},
    {CELL_NOTE, 0, NULL, NULL, NULL, full, 1},
    {CELL_NOTE, 0, NULL, NULL, NULL, full, CELL_NOTE_MAX},
};
#define N_SAMPLES (sizeof samples / sizeof samples[0])

static int
setup(void **state)
{
    (void)state;
    memset(full, 0x5a, sizeof full);
    memset(nonce, 0x11, sizeof nonce);
    memset(address, 0x22, sizeof address);
    memset(burn, 0x33, sizeof burn);
    return sodium_init() < 0;
}

static enum rc
parse(const uint8_t *in)
{
    struct cell_request q;
    enum rc rc = cell_request_parse(&q, in, boards, N_BOARDS);

    if (rc != RC_OK) {
        assert_true(sodium_is_zero((const uint8_t *)&q, sizeof q));
    }
    return rc;
}

/* The bytes an op must leave zero, by the table of section 3. */
static bool
must_be_zero(const struct cell_request *q, size_t at)
{
    bool put = q->op == CELL_PUT, ring = q->op == CELL_RING;
    bool addressed = put || q->op == CELL_GET || q->op == CELL_BURN;
    size_t data = 384, data_end = 384;

    if (put || ring) {
        data_end = data + q->data_len;
    } else if (q->op == CELL_NOTE) {
        data_end = data + 4 + q->data_len;
    }
    return !((at < 2) || (at == 2 && ring) || (at >= 8 && at < 16 && (ring || put)) ||
             (at >= 16 && at < 48 && addressed) ||
             (at >= 48 && at < 80 && (put || q->op == CELL_BURN)) ||
             (at >= data && at < data_end));
}

static void
what_must_be_zero_is_refused_otherwise(void **state)
{
    uint8_t cell[CELL_LEN];

    (void)state;
    for (size_t s = 0; s < N_SAMPLES; s++) {
        assert_int_equal(cell_request_write(cell, &samples[s]), RC_OK);
        for (size_t at = 0; at < CELL_LEN; at++) {
            if (!must_be_zero(&samples[s], at)) {
                continue;
            }
            assert_int_equal(cell[at], 0);
            cell[at] = (uint8_t)(1u << at % 8);
            assert_int_equal(parse(cell), RC_FORMAT);
            cell[at] = 0;
        }
        assert_int_equal(parse(cell), RC_OK);
    }
}

static void
other_versions_and_ops_are_refused(void **state)
{
    uint8_t cell[CELL_LEN] = {1};

    (void)state;
    assert_int_equal(parse(cell), RC_OK);
    for (unsigned v = 0; v < 256; v++) {
        cell[0] = (uint8_t)v;
        assert_int_equal(parse(cell), v == 1 ? RC_OK : RC_FORMAT);
    }
    cell[0] = 1;
    for (unsigned op = 6; op < 256; op++) {
        cell[1] = (uint8_t)op;
        assert_int_equal(parse(cell), RC_FORMAT);
    }
}

static void
unknown_boards_are_refused(void **state)
{
    uint8_t cell[CELL_LEN];

    (void)state;
    assert_int_equal(cell_request_write(cell, &samples[5]), RC_OK);
    for (unsigned id = 0; id < 256; id++) {
        cell[2] = (uint8_t)id;
        /* A report's bytes on board 0 are more than its 16. */
        assert_int_equal(parse(cell), id == 1 || id == 7 ? RC_OK : RC_FORMAT);
    }
}

static void
a_key_that_is_not_canonical_is_refused(void **state)
{
    struct cell_request q = samples[5];
    uint8_t cell[CELL_LEN], entry[ENTRY_REPORT_LEN];

    (void)state;
    assert_int_equal(cell_request_write(cell, &q), RC_OK);
    cell[384 + 31] |= 0x80;
    assert_int_equal(parse(cell), RC_FORMAT);
    cell[384 + 31] &= 0x7f;
    assert_int_equal(parse(cell), RC_OK);
    memset(entry, 0xff, sizeof entry);
    q.data = entry;
    assert_int_equal(cell_request_write(cell, &q), RC_FORMAT);
    /* On the answers board there is no key. */
    q.board = 0;
    q.data_len = 16;
    assert_int_equal(cell_request_write(cell, &q), RC_OK);
    assert_int_equal(parse(cell), RC_OK);
}

static void
notes_of_a_wrong_length_are_refused(void **state)
{
    uint8_t cell[CELL_LEN] = {1, CELL_NOTE};

    (void)state;
    assert_int_equal(parse(cell), RC_FORMAT); /* length 0 */
    cell[384 + 2] = 0x3e;
    cell[384 + 3] = 0x7c; /* 15,996 */
    assert_int_equal(parse(cell), RC_OK);
    cell[384 + 3] = 0x7d;
    assert_int_equal(parse(cell), RC_FORMAT);
    memset(cell + 384, 0xff, 4);
    assert_int_equal(parse(cell), RC_FORMAT);
}

static void
requests_with_wrong_fields_are_not_written(void **state)
{
    uint8_t cell[CELL_LEN];

    (void)state;
    for (size_t s = 0; s < N_SAMPLES; s++) {
        struct cell_request q = samples[s];

        q.address = q.address == NULL ? address : NULL;
        assert_int_equal(cell_request_write(cell, &q), RC_FORMAT);
        assert_true(sodium_is_zero(cell, sizeof cell));
        q = samples[s];
        q.burn = q.burn == NULL ? burn : NULL;
        assert_int_equal(cell_request_write(cell, &q), RC_FORMAT);
        q = samples[s];
        q.data = q.data == NULL ? full : NULL;
        assert_int_equal(cell_request_write(cell, &q), RC_FORMAT);
        q = samples[s];
        if (q.op == CELL_NOTE) {
            q.data_len = CELL_NOTE_MAX + 1;
        } else {
            q.data_len++;
        }
        assert_int_equal(cell_request_write(cell, &q), RC_FORMAT);
        q = samples[s];
        if (q.op != CELL_RING) {
            q.board = 1;
            assert_int_equal(cell_request_write(cell, &q), RC_FORMAT);
        }
        if (q.op != CELL_RING && q.op != CELL_PUT) {
            q.board = 0;
            q.nonce = nonce;
            assert_int_equal(cell_request_write(cell, &q), RC_FORMAT);
        }
    }
}

static void
assert_same(const uint8_t *a, const uint8_t *b, size_t n)
{
    assert_int_equal(a != NULL, b != NULL);
    if (a != NULL) {
        assert_memory_equal(a, b, n);
    }
}

static void
requests_read_back(void **state)
{
    uint8_t cell[CELL_LEN], again[CELL_LEN];

    (void)state;
    for (size_t s = 0; s < N_SAMPLES; s++) {
        const struct cell_request *w = &samples[s];
        struct cell_request q;

        assert_int_equal(cell_request_write(cell, w), RC_OK);
        assert_int_equal(cell_request_parse(&q, cell, boards, N_BOARDS), RC_OK);
        assert_int_equal(q.op, w->op);
        assert_int_equal(q.board, w->board);
        assert_int_equal(q.data_len, w->data_len);
        assert_same(q.nonce, w->nonce, 8);
        assert_same(q.address, w->address, 32);
        assert_same(q.burn, w->burn, 32);
        assert_same(q.data, w->data, w->data_len);
        assert_int_equal(cell_request_write(again, &q), RC_OK);
        assert_memory_equal(again, cell, CELL_LEN);
    }
}

/* For every op and status: which may be. */
static void
statuses_belong_to_ops(void **state)
{
    static const char *const allowed[] = {
        [CELL_NOP] = "\x00\x12\x13",
        [CELL_PUT] = "\x01\x02\x10\x11\x12\x13",
        [CELL_GET] = "\x03\x04\x12\x13",
        [CELL_BURN] = "\x04\x05\x12\x13",
        [CELL_RING] = "\x06\x07\x10\x11\x12\x13",
        [CELL_NOTE] = "\x01\x02\x10\x12\x13",
    };
    uint8_t cell[CELL_LEN] = {1};
    struct cell_answer a;

    (void)state;
    for (unsigned op = 0; op <= CELL_NOTE; op++) {
        for (unsigned s = 0; s < 256; s++) {
            bool want = memchr(allowed[op] + (op == CELL_NOP), (int)s,
                               strlen(allowed[op] + (op == CELL_NOP))) != NULL;

            want = want || (op == CELL_NOP && s == 0);
            cell[1] = (uint8_t)s;
            assert_int_equal(cell_answer_parse(&a, cell, (enum cell_op)op),
                             want ? RC_OK : RC_FORMAT);
        }
    }
}

struct answer_sample {
    enum cell_op op;
    struct cell_answer a;
};

static const struct answer_sample answer_samples[] = {
    {CELL_NOP, {CELL_OK, 0, 0, 0, NULL}},
    {CELL_PUT, {CELL_STORED, 0, 20819, 0, NULL}},
    {CELL_PUT, {CELL_TAKEN, 0, 0, 0, NULL}},
    {CELL_PUT, {CELL_MORE_EFFORT, 15, 0, 0, NULL}},
    {CELL_GET, {CELL_PRESENT, 0, 0, 0, full}},
    {CELL_GET, {CELL_ABSENT, 0, 0, 0, NULL}},
    {CELL_BURN, {CELL_BURNED, 0, 0, 0, NULL}},
    {CELL_RING, {CELL_QUEUED, 10, 0, UINT64_MAX, NULL}},
    {CELL_RING, {CELL_SEALED, 0, 0, 1, NULL}},
    {CELL_RING, {CELL_MORE_EFFORT, 15, 0, 0, NULL}},
    {CELL_NOTE, {CELL_STORED, 0, 0, 0, NULL}},
    {CELL_NOP, {CELL_QUOTA, 0, 0, 0, NULL}},
};
#define N_ANSWERS (sizeof answer_samples / sizeof answer_samples[0])

static bool
answer_must_be_zero(const struct answer_sample *s, size_t at)
{
    const struct cell_answer *a = &s->a;
    bool paged = a->status == CELL_QUEUED || a->status == CELL_SEALED;

    return !(
        at < 2 || (at == 2 && s->op == CELL_RING) ||
        (at == 2 && a->status == CELL_MORE_EFFORT) ||
        (at >= 4 && at < 8 && s->op == CELL_PUT && a->status == CELL_STORED) ||
        (at >= 8 && at < 16 && paged) || (at >= 384 && a->box != NULL));
}

static void
other_bytes_of_answers_are_zero(void **state)
{
    uint8_t cell[CELL_LEN];
    struct cell_answer a;

    (void)state;
    for (size_t i = 0; i < N_ANSWERS; i++) {
        const struct answer_sample *s = &answer_samples[i];

        assert_int_equal(cell_answer_write(cell, &s->a), RC_OK);
        for (size_t at = 0; at < CELL_LEN; at++) {
            if (!answer_must_be_zero(s, at)) {
                continue;
            }
            cell[at] ^= 1;
            assert_int_equal(cell_answer_parse(&a, cell, s->op), RC_FORMAT);
            assert_true(sodium_is_zero((const uint8_t *)&a, sizeof a));
            cell[at] ^= 1;
        }
    }
    assert_int_equal(cell_answer_write(cell, &answer_samples[7].a), RC_OK);
    cell[2] = 16;
    assert_int_equal(cell_answer_parse(&a, cell, CELL_RING), RC_FORMAT);
    cell[2] = 15;
    assert_int_equal(cell_answer_parse(&a, cell, CELL_RING), RC_OK);
    cell[0] = 2;
    assert_int_equal(cell_answer_parse(&a, cell, CELL_RING), RC_FORMAT);
}

static void
answers_with_wrong_fields_are_not_written(void **state)
{
    static const struct cell_answer bad[] = {
        {CELL_OK, 1, 0, 0, NULL},        {CELL_OK, 0, 1, 0, NULL},
        {CELL_OK, 0, 0, 1, NULL},        {CELL_OK, 0, 0, 0, full},
        {CELL_PRESENT, 0, 0, 0, NULL},   {CELL_ABSENT, 0, 0, 0, full},
        {CELL_QUEUED, 16, 0, 1, NULL},   {CELL_MORE_EFFORT, 10, 0, 1, NULL},
        {CELL_TAKEN, 0, 20819, 0, NULL},
    };
    uint8_t cell[CELL_LEN];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(cell_answer_write(cell, &bad[i]), RC_FORMAT);
    }
}

static void
answers_read_back(void **state)
{
    uint8_t cell[CELL_LEN], again[CELL_LEN];

    (void)state;
    for (size_t i = 0; i < N_ANSWERS; i++) {
        const struct answer_sample *s = &answer_samples[i];
        struct cell_answer a;

        assert_int_equal(cell_answer_write(cell, &s->a), RC_OK);
        assert_int_equal(cell_answer_parse(&a, cell, s->op), RC_OK);
        assert_int_equal(a.status, s->a.status);
        assert_int_equal(a.effort, s->a.effort);
        assert_int_equal(a.expiry_day, s->a.expiry_day);
        assert_true(a.page == s->a.page);
        assert_same(a.box, s->a.box, CELL_BOX_LEN);
        assert_int_equal(cell_answer_write(again, &a), RC_OK);
        assert_memory_equal(again, cell, CELL_LEN);
    }
}

static void
the_burn_hash_is_of_the_secret(void **state)
{
    uint8_t in[14 + 32] = "\x0dtocsin/1 burn", want[32], got[32];

    (void)state;
    memset(in + 14, 0x33, 32);
    blake2b_256(want, in, sizeof in);
    drop_burn_hash(got, burn);
    assert_memory_equal(got, want, 32);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_must_be_zero_is_refused_otherwise),
        cmocka_unit_test(other_versions_and_ops_are_refused),
        cmocka_unit_test(unknown_boards_are_refused),
        cmocka_unit_test(a_key_that_is_not_canonical_is_refused),
        cmocka_unit_test(notes_of_a_wrong_length_are_refused),
        cmocka_unit_test(requests_with_wrong_fields_are_not_written),
        cmocka_unit_test(requests_read_back),
        cmocka_unit_test(statuses_belong_to_ops),
        cmocka_unit_test(other_bytes_of_answers_are_zero),
        cmocka_unit_test(answers_with_wrong_fields_are_not_written),
        cmocka_unit_test(answers_read_back),
        cmocka_unit_test(the_burn_hash_is_of_the_secret),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
