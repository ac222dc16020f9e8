/* SPDX-License-Identifier: ISC */
#include "body.h"
#include "vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include <cmocka.h>

/* A body of two items, and the second's data. */
static const uint8_t body[] = "\12text/plain\0\0\0\0\0\0\0\0\2hi"
                              "\11image/png\5a.png\0\0\0\0\0\0\0\4\1\2\3\4";
#define BODY_LEN (sizeof body - 1)

static enum rc
read_all(const uint8_t *in, size_t len)
{
    struct body_item item;
    struct reader r;
    enum rc rc;

    rd_init(&r, in, len);
    while ((rc = body_item_next(&item, &r)) == RC_OK) {
        assert_non_null(item.type);
    }
    assert_null(item.data);
    return rc;
}

static void
items_cut_short_are_refused(void **state)
{
    (void)state;
    for (size_t n = 1; n < BODY_LEN; n++) {
        assert_int_equal(read_all(body, n),
                         n == 22 ? RC_MISSING : RC_TRUNCATED);
    }
    assert_int_equal(read_all(body, 0), RC_MISSING);
    assert_int_equal(read_all(body, BODY_LEN), RC_MISSING);
}

static void
absurd_lengths_are_refused(void **state)
{
    uint8_t bad[BODY_LEN];

    (void)state;
    memcpy(bad, body, sizeof bad);
    memset(bad + 12, 0xff, 8);
    assert_int_equal(read_all(bad, sizeof bad), RC_TRUNCATED);
    memcpy(bad, body, sizeof bad);
    bad[12] = 0x80;
    assert_int_equal(read_all(bad, sizeof bad), RC_TRUNCATED);
}

static void
names_refused(const char *type, const char *name)
{
    const struct body_item item = {type, strlen(type), name, strlen(name),
                                   NULL, 0};
    struct body_item out;
    uint8_t raw[600] = {0};
    struct reader r;
    struct writer w;

    wr_init(&w, raw, sizeof raw);
    assert_int_equal(body_item_head_write(&w, &item), RC_FORMAT);
    assert_int_equal(w.len, 0);
    if (item.type_len > 255 || item.name_len > 255) {
        return;
    }
    wr_u8(&w, (uint8_t)item.type_len);
    wr_bytes(&w, (const uint8_t *)type, item.type_len);
    wr_u8(&w, (uint8_t)item.name_len);
    wr_bytes(&w, (const uint8_t *)name, item.name_len);
    wr_u64(&w, 0);
    rd_init(&r, raw, w.len);
    assert_int_equal(body_item_next(&out, &r), RC_FORMAT);
}

static void
names_that_could_harm_are_refused(void **state)
{
    static char long_one[257];

    (void)state;
    memset(long_one, 'a', 256);
    names_refused("", "");
    names_refused("text plain", "");
    names_refused("text\n", "");
    names_refused("text\x7f", "");
    names_refused("t\xc3\xa9xt", "");
    names_refused(long_one, "");
    names_refused("text/plain", long_one);
    names_refused("text/plain", ".");
    names_refused("text/plain", "..");
    names_refused("text/plain", ".bashrc");
    names_refused("text/plain", "a/b");
    names_refused("text/plain", "a\\b");
    names_refused("text/plain", "a\nb");
    names_refused("text/plain", "a\x1b[2J");
    names_refused("text/plain", "\xc2\x9b");
    names_refused("text/plain", "\xff");
}

static void
items_are_written_and_read_back(void **state)
{
    static char longest[256];
    struct body_item item;
    uint8_t raw[BODY_LEN];
    struct reader r;
    struct writer w;

    (void)state;
    rd_init(&r, body, BODY_LEN);
    wr_init(&w, raw, sizeof raw);
    assert_int_equal(body_item_next(&item, &r), RC_OK);
    assert_int_equal(item.name_len, 0);
    assert_int_equal(item.len, 2);
    assert_int_equal(body_item_head_len(&item), 20);
    assert_int_equal(body_item_head_write(&w, &item), RC_OK);
    wr_bytes(&w, item.data, (size_t)item.len);
    assert_int_equal(body_item_next(&item, &r), RC_OK);
    assert_int_equal(item.type_len, 9);
    assert_memory_equal(item.type, "image/png", 9);
    assert_memory_equal(item.name, "a.png", 5);
    assert_memory_equal(item.data, "\1\2\3\4", 4);
    assert_int_equal(body_item_head_write(&w, &item), RC_OK);
    wr_bytes(&w, item.data, (size_t)item.len);
    assert_int_equal(wr_end(&w), RC_OK);
    assert_int_equal(w.len, BODY_LEN);
    assert_memory_equal(raw, body, BODY_LEN);
    assert_int_equal(body_item_next(&item, &r), RC_MISSING);
    memset(longest, 'a', 255);
    item = (struct body_item){longest, 255, longest, 255, NULL, 0};
    wr_init(&w, raw, sizeof raw);
    assert_int_equal(body_item_head_write(&w, &item), RC_FULL);
}

static void
a_body_too_long_has_no_boxes(void **state)
{
    (void)state;
    assert_int_equal(body_boxes(BODY_MAX + 1), 0);
    assert_int_equal(body_boxes(UINT64_MAX), 0);
}

/* By hand: with e = floor(log2 n), only the top floor(log2 e) + 2 bits of n
 * may be set, rounded up. */
static void
padme_by_hand(void **state)
{
    static const struct {
        uint32_t n, boxes;
    } cases[] = {
        {1, 1},           {2, 2},           {3, 3},
        {4, 4},           {5, 5},           {6, 6},
        {7, 7},           {8, 8},           {9, 10},
        {10, 10},         {11, 12},         {15, 16},
        {16, 16},         {17, 18},         {31, 32},
        {32, 32},         {33, 36},         {36, 36},
        {37, 40},         {61, 64},         {63, 64},
        {64, 64},         {65, 72},         {100, 104},
        {127, 128},       {129, 144},       {200, 208},
        {255, 256},       {256, 256},       {257, 272},
        {511, 512},       {513, 544},       {1000, 1024},
        {1024, 1024},     {1025, 1088},     {2047, 2048},
        {2049, 2176},     {3000, 3072},     {4095, 4096},
        {4097, 4352},     {65536, 65536},   {65537, 67584},
        {100000, 100352}, {131073, 135168}, {262143, 262144},
        {262144, 262144},
    };

    (void)state;
    assert_int_equal(body_boxes(0), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t len = (uint64_t)cases[i].n * BODY_CHUNK_LEN;

        assert_int_equal(body_boxes(len), cases[i].boxes);
        assert_int_equal(body_boxes(len - BODY_CHUNK_LEN + 1),
                         cases[i].boxes);
    }
}

/* Padmé adds at most 12 %, is its own fixed point and never falls. */
static void
padme_keeps_its_bounds(void **state)
{
    uint32_t before = 0;

    (void)state;
    for (uint32_t n = 1; n <= BODY_BOXES_MAX; n++) {
        uint32_t boxes = body_boxes((uint64_t)n * BODY_CHUNK_LEN);

        assert_true(boxes >= n && boxes >= before);
        assert_true((uint64_t)(boxes - n) * 100 <= (uint64_t)n * 12);
        assert_int_equal(body_boxes((uint64_t)boxes * BODY_CHUNK_LEN), boxes);
        before = boxes;
    }
}

static void
chunks_cover_the_body(void **state)
{
    (void)state;
    assert_int_equal(body_chunk_len(0, 0), 0);
    assert_int_equal(body_chunk_len(1, 0), 1);
    assert_int_equal(body_chunk_len(1, 1), 0);
    assert_int_equal(body_chunk_len(BODY_CHUNK_LEN, 0), BODY_CHUNK_LEN);
    assert_int_equal(body_chunk_len(BODY_CHUNK_LEN, 1), 0);
    assert_int_equal(body_chunk_len(BODY_CHUNK_LEN + 7, 1), 7);
    assert_int_equal(body_chunk_len(BODY_MAX, BODY_BOXES_MAX - 1),
                     BODY_CHUNK_LEN);
    assert_int_equal(body_chunk_len(BODY_MAX, UINT32_MAX), 0);
}

static void
box_refused(const struct body_place *at, const uint8_t *box)
{
    static const uint8_t zero[BODY_CHUNK_LEN];
    static uint8_t out[BODY_CHUNK_LEN];

    memset(out, 9, sizeof out);
    assert_int_equal(body_box_open(out, at, box), RC_FORGED);
    assert_memory_equal(out, zero, sizeof out);
}

static void
a_box_opens_only_as_it_was_sealed(void **state)
{
    static uint8_t chunk[BODY_CHUNK_LEN + 1], box[CELL_BOX_LEN];
    static uint8_t out[BODY_CHUNK_LEN];
    uint8_t key[KDF_LEN], relay[32];
    struct body_place at = {key, relay, 3};

    (void)state;
    vec_seed(key, sizeof key, "body key");
    vec_seed(relay, sizeof relay, "body relay");
    vec_seed(chunk, sizeof chunk, "body chunk");
    assert_int_equal(body_box_seal(box, &at, chunk, sizeof chunk), RC_FORMAT);
    assert_true(sodium_is_zero(box, sizeof box));
    assert_int_equal(body_box_seal(box, &at, chunk, BODY_CHUNK_LEN), RC_OK);
    at.i = 2;
    box_refused(&at, box);
    at.i = 3;
    key[31] ^= 1;
    box_refused(&at, box);
    key[31] ^= 1;
    relay[31] ^= 1; /* at another relay it is none */
    box_refused(&at, box);
    relay[31] ^= 1;
    for (size_t bit = 0; bit < sizeof box * 8; bit += bit < 1024 ? 1 : 509) {
        box[bit / 8] ^= (uint8_t)(1u << bit % 8);
        box_refused(&at, box);
        box[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = sizeof box * 8 - 128; bit < sizeof box * 8; bit++) {
        box[bit / 8] ^= (uint8_t)(1u << bit % 8); /* the tag */
        box_refused(&at, box);
        box[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(body_box_open(out, &at, box), RC_OK);
    assert_memory_equal(out, chunk, sizeof out);
    assert_int_equal(body_box_seal(box, &at, chunk, 5), RC_OK);
    assert_int_equal(body_box_open(out, &at, box), RC_OK);
    assert_memory_equal(out, chunk, 5);
    assert_true(sodium_is_zero(out + 5, sizeof out - 5));
    assert_int_equal(body_box_seal(box, &at, NULL, 0), RC_OK);
    assert_int_equal(body_box_open(out, &at, box), RC_OK);
    assert_true(sodium_is_zero(out, sizeof out));
}

/* Nothing of one recipient's lets another one compute addresses or burn;
 * nothing of one relay's is at another; equal files share nothing after a
 * week, nor in two answers. */
static void
keys_differ_where_they_must(void **state)
{
    uint8_t seed[32], org[32], digest[32], relay[32], a[32], b[32], c[32];
    struct body_place at = {a, relay, 0};

    (void)state;
    vec_seed(seed, 32, "body seed");
    vec_seed(org, 32, "body org");
    vec_seed(digest, 32, "body digest");
    vec_seed(relay, 32, "body relay");
    body_key_report(a, seed, org, 2970, digest);
    body_key_report(b, seed, org, 2971, digest);
    assert_memory_not_equal(a, b, 32);
    org[0] ^= 1;
    body_key_report(b, seed, org, 2970, digest);
    assert_memory_not_equal(a, b, 32);
    digest[0] ^= 1;
    body_key_report(c, seed, org, 2970, digest);
    assert_memory_not_equal(b, c, 32);
    body_key_answer(b, seed, 0, digest);
    assert_memory_not_equal(b, c, 32);
    body_key_answer(c, seed, 1, digest);
    assert_memory_not_equal(b, c, 32);
    body_address(b, &at);
    relay[0] ^= 1;
    body_address(c, &at);
    assert_memory_not_equal(b, c, 32);
    at.i = 1;
    body_address(b, &at);
    assert_memory_not_equal(b, c, 32);
    body_burn_secret(b, seed, c);
    assert_memory_not_equal(b, c, 32);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_cut_short_are_refused),
        cmocka_unit_test(absurd_lengths_are_refused),
        cmocka_unit_test(names_that_could_harm_are_refused),
        cmocka_unit_test(items_are_written_and_read_back),
        cmocka_unit_test(a_body_too_long_has_no_boxes),
        cmocka_unit_test(padme_by_hand),
        cmocka_unit_test(padme_keeps_its_bounds),
        cmocka_unit_test(chunks_cover_the_body),
        cmocka_unit_test(a_box_opens_only_as_it_was_sealed),
        cmocka_unit_test(keys_differ_where_they_must),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
