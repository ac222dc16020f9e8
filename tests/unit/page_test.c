/* SPDX-License-Identifier: ISC */
#include "page.h"

#include "vec.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct board answers = {0, 16, 600, 16, 64, 2};
static const struct board reports = {1, 4096, 30, 2, 32, 2};
static uint8_t pk[32], sk[64];

static int
setup(void **state)
{
    static const uint8_t seed[32] = {7};

    (void)state;
    return sodium_init() < 0 || crypto_sign_seed_keypair(pk, sk, seed) != 0;
}

static struct page
page_of(const struct board *b, uint64_t number, const uint8_t *entries)
{
    struct page p = {b->id, b->tick, b->slots, 10, number, 0, {0}, entries};

    return p;
}

/* A page of dummies after `before` (NULL: the first), on the heap. */
static uint8_t *
make(size_t *len, const struct board *b, uint16_t slots, uint64_t number,
     const struct page_link *before)
{
    uint8_t *entries = calloc(slots, b->entry_len), *out;
    uint8_t noise[ENTRY_MAX];
    struct page p = page_of(b, number, entries);

    assert_non_null(entries);
    for (size_t i = 0; i < slots; i++) {
        vec_noise(noise, b->entry_len);
        assert_int_equal(entry_dummy(entries + i * b->entry_len, b, noise),
                         RC_OK);
    }
    p.slots = slots;
    if (before != NULL) {
        p.previous = before->number;
        memcpy(p.previous_hash, before->hash, PAGE_HASH_LEN);
    }
    *len = page_len(b, slots);
    out = malloc(*len);
    assert_non_null(out);
    assert_int_equal(page_write(out, b, &p, sk), RC_OK);
    free(entries);
    return out;
}

static enum rc
parse(const struct board *b, const uint8_t *in, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    struct page p;
    size_t used;
    enum rc rc;

    assert_non_null(copy);
    memcpy(copy, in, len);
    rc = page_parse(&p, &used, b, copy, len);
    if (rc != RC_OK) {
        assert_int_equal(used, 0);
        assert_true(sodium_is_zero((const uint8_t *)&p, sizeof p));
    }
    free(copy);
    return rc;
}

static void
every_prefix_is_truncated(void **state)
{
    size_t len;
    uint8_t *page = make(&len, &answers, 16, 5, NULL);

    (void)state;
    for (size_t n = 0; n < len; n++) {
        assert_int_equal(parse(&answers, page, n), RC_TRUNCATED);
        assert_int_not_equal(page_verify(page, n, pk), RC_OK);
    }
    assert_int_equal(parse(&answers, page, len), RC_OK);
    free(page);
}

static void
no_bit_can_be_changed(void **state)
{
    size_t len;
    uint8_t *page = make(&len, &answers, 16, 5, NULL);

    (void)state;
    for (size_t bit = 0; bit < len * 8; bit++) {
        page[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(page_verify(page, len, pk), RC_FORGED);
        assert_int_not_equal(page_check_span(&answers, page, len, pk, NULL),
                             RC_OK);
        page[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(page_verify(page, len, pk), RC_OK);
    free(page);
}

/* Puts n big-endian bytes of v at a place, tries, puts the old ones back. */
static enum rc
with(uint8_t *page, size_t len, size_t at, size_t n, uint64_t v)
{
    uint8_t old[8];
    enum rc rc;

    memcpy(old, page + at, n);
    for (size_t i = n; i > 0; i--, v >>= 8) {
        page[at + i - 1] = (uint8_t)v;
    }
    rc = parse(&reports, page, len);
    memcpy(page + at, old, n);
    return rc;
}

static void
fields_out_of_range_are_refused(void **state)
{
    struct page_link before = {4, {9}};
    size_t len;
    uint8_t *page = make(&len, &reports, 4, 5, &before);

    (void)state;
    assert_int_equal(with(page, len, 0, 1, 0), RC_FORMAT);
    assert_int_equal(with(page, len, 0, 1, 2), RC_FORMAT);
    assert_int_equal(with(page, len, 1, 1, 2), RC_FORMAT);
    assert_int_equal(with(page, len, 2, 2, 31), RC_FORMAT);
    assert_int_equal(with(page, len, 4, 2, 0), RC_FORMAT);
    assert_int_equal(with(page, len, 4, 2, 1), RC_FORMAT);
    assert_int_equal(with(page, len, 4, 2, 3), RC_FORMAT);
    assert_int_equal(with(page, len, 4, 2, 64), RC_FORMAT);
    assert_int_equal(with(page, len, 6, 1, 16), RC_FORMAT);
    assert_int_equal(with(page, len, 6, 1, 15), RC_OK);
    assert_int_equal(with(page, len, 7, 1, 1), RC_FORMAT);
    assert_int_equal(with(page, len, 8, 8, 0), RC_FORMAT);
    assert_int_equal(with(page, len, 8, 8, 4), RC_FORMAT);
    assert_int_equal(with(page, len, 8, 8, 6), RC_OK);
    assert_int_equal(with(page, len, 8, 8, PAGE_NUMBER_MAX), RC_OK);
    assert_int_equal(with(page, len, 8, 8, PAGE_NUMBER_MAX + 1), RC_FORMAT);
    assert_int_equal(with(page, len, 16, 8, 5), RC_FORMAT);
    assert_int_equal(with(page, len, 16, 8, 0), RC_FORMAT); /* hash not zero */
    assert_int_equal(with(page, len, 16, 8, 3), RC_OK);
    assert_int_equal(with(page, len, 56, 8, 1), RC_FORMAT);
    /* A key from the prime on, in the last entry. */
    assert_int_equal(with(page, len, 64 + 3 * 4096 + 24, 8, UINT64_MAX),
                     RC_FORMAT);
    free(page);
}

static void
entries_out_of_order_are_refused(void **state)
{
    size_t len;
    uint8_t *page = make(&len, &answers, 16, 5, NULL), e[16];
    uint8_t *first = page + PAGE_HEAD_LEN;

    (void)state;
    memcpy(e, first, 16);
    memcpy(first, first + 16, 16);
    assert_int_equal(parse(&answers, page, len), RC_FORMAT); /* twice */
    memcpy(first + 16, e, 16);
    assert_int_equal(parse(&answers, page, len), RC_FORMAT);
    free(page);
}

static void
bad_pages_are_not_written(void **state)
{
    uint8_t entries[2 * 4096] = {0}, out[64 + 2 * 4096 + 64];
    struct page p = page_of(&reports, 5, entries);

    (void)state;
    assert_int_equal(page_write(out, &reports, &p, sk), RC_FORMAT); /* equal */
    entries[32] = 1;
    assert_int_equal(page_write(out, &reports, &p, sk), RC_OK);
    entries[31] = 0x80;
    assert_int_equal(page_write(out, &reports, &p, sk), RC_FORMAT);
    entries[31] = 0;
    p.slots = 3;
    assert_int_equal(page_write(out, &reports, &p, sk), RC_FORMAT);
    p = page_of(&reports, 5, entries);
    p.effort = 16;
    assert_int_equal(page_write(out, &reports, &p, sk), RC_FORMAT);
    p = page_of(&reports, 5, entries);
    p.previous = 5;
    assert_int_equal(page_write(out, &reports, &p, sk), RC_FORMAT);
    p = page_of(&reports, 0, entries);
    assert_int_equal(page_write(out, &reports, &p, sk), RC_FORMAT);
    p = page_of(&reports, 5, entries);
    p.previous_hash[0] = 1;
    assert_int_equal(page_write(out, &reports, &p, sk), RC_FORMAT);
    p = page_of(&reports, 5, entries);
    assert_int_equal(page_write(out, &answers, &p, sk), RC_FORMAT);
}

static void
entries_are_sorted(void **state)
{
    static uint8_t entries[32 * 4096];
    uint8_t out[64 + 32 * 4096 + 64], again[sizeof out];
    struct page p = page_of(&reports, 5, entries), q;
    size_t used;

    (void)state;
    p.slots = 32;
    for (size_t i = 0; i < 32; i++) {
        entries[i * 4096] = (uint8_t)(i * 7 % 32); /* all of 0..31 */
    }
    assert_int_equal(page_write(out, &reports, &p, sk), RC_OK);
    assert_int_equal(page_parse(&q, &used, &reports, out, sizeof out), RC_OK);
    assert_int_equal(used, sizeof out);
    assert_int_equal(q.number, 5);
    assert_int_equal(q.effort, 10);
    assert_int_equal(q.slots, 32);
    for (size_t i = 0; i < 32; i++) {
        assert_int_equal(q.entries[i * 4096], i);
    }
    assert_int_equal(page_write(again, &reports, &q, sk), RC_OK);
    assert_memory_equal(again, out, sizeof out);
}

/* Three pages in a row: 5, 6, 9. */
static uint8_t *
make_span(size_t *len, struct page_link links[static 3])
{
    static const uint64_t numbers[] = {5, 6, 9};
    static const uint16_t slots[] = {16, 32, 16};
    uint8_t *span = NULL;

    *len = 0;
    for (size_t i = 0; i < 3; i++) {
        size_t n;
        uint8_t *page = make(&n, &answers, slots[i], numbers[i],
                             i > 0 ? &links[i - 1] : NULL);

        links[i].number = numbers[i];
        page_hash(links[i].hash, page, n);
        span = realloc(span, *len + n);
        assert_non_null(span);
        memcpy(span + *len, page, n);
        *len += n;
        free(page);
    }
    return span;
}

static void
a_span_is_a_chain(void **state)
{
    struct page_link links[3], other;
    size_t len, one = page_len(&answers, 16), two;
    uint8_t *span = make_span(&len, links), wrong[32] = {1};

    (void)state;
    two = one + page_len(&answers, 32);
    for (size_t n = 1; n < len; n++) {
        if (n != one && n != two) {
            assert_int_equal(page_check_span(&answers, span, n, pk, NULL),
                             RC_TRUNCATED);
        }
    }
    for (size_t bit = 0; bit < len * 8; bit += 5) {
        span[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(page_check_span(&answers, span, len, pk, NULL),
                             RC_OK);
        span[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(page_check_span(&answers, span, len, wrong, NULL),
                     RC_FORGED);
    /* A page left out, a page twice, other order. */
    assert_int_equal(page_check_span(&answers, span, 0, pk, NULL), RC_OK);
    assert_int_equal(page_check_span(&answers, span, one, pk, NULL), RC_OK);
    assert_int_equal(page_check_span(&answers, span, two, pk, NULL), RC_OK);
    assert_int_equal(page_check_span(&answers, span, len, pk, NULL), RC_OK);
    assert_int_equal(page_check_span(&answers, span + one, len - one, pk, NULL),
                     RC_OK);
    assert_int_equal(
        page_check_span(&answers, span + one, len - one, pk, &links[0]), RC_OK);
    assert_int_equal(
        page_check_span(&answers, span + two, len - two, pk, &links[0]),
        RC_FORGED);
    assert_int_equal(page_check_span(&answers, span, len, pk, &links[0]),
                     RC_FORGED);
    other = links[0];
    other.hash[31] ^= 1;
    assert_int_equal(
        page_check_span(&answers, span + one, len - one, pk, &other),
        RC_FORGED);
    other = links[0];
    other.number--;
    assert_int_equal(
        page_check_span(&answers, span + one, len - one, pk, &other),
        RC_FORGED);
    memmove(span + one, span + two, len - two);
    assert_int_equal(page_check_span(&answers, span, one + len - two, pk, NULL),
                     RC_FORGED);
    free(span);
}

static void
the_signature_is_over_domain_and_page(void **state)
{
    size_t len;
    uint8_t *page = make(&len, &answers, 16, 5, NULL), *m = malloc(len + 14);

    (void)state;
    assert_non_null(m);
    memcpy(m, "tocsin/1 page\n", 14);
    memcpy(m + 14, page, len - 64);
    assert_int_equal(
        crypto_sign_verify_detached(page + len - 64, m, len - 64 + 14, pk), 0);
    free(m);
    free(page);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_prefix_is_truncated),
        cmocka_unit_test(no_bit_can_be_changed),
        cmocka_unit_test(fields_out_of_range_are_refused),
        cmocka_unit_test(entries_out_of_order_are_refused),
        cmocka_unit_test(bad_pages_are_not_written),
        cmocka_unit_test(entries_are_sorted),
        cmocka_unit_test(a_span_is_a_chain),
        cmocka_unit_test(the_signature_is_over_domain_and_page),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
