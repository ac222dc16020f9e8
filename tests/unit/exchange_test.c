/* SPDX-License-Identifier: ISC */
#include "exchange.h"

#include "effort.h"
#include "page.h"
#include "sample.h"
#include "speak.h"
#include "storetest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#define DAY 20779
#define NOW ((int64_t)DAY * 86400 + 3600)

/* A relay without its sockets: the sample's first. */
struct fixture {
    struct sample sample;
    struct storetest *store;
    struct directory *directory;
    struct served *served;
    struct quota *quota;
    struct quota_count *count;
    uint8_t cell[CELL_LEN];
    uint8_t out[CELL_LEN];
    uint8_t scratch[CELL_BOX_LEN];
    struct op op;
    size_t max; /* bytes of a bundle, 0: as PROTOCOL.md says */
    int64_t now;
    unsigned put_effort;
};

static struct fixture f;

static uint8_t *
network(size_t *len, uint64_t version)
{
    uint8_t *bytes = NULL, *note;
    size_t n;

    *len = 0;
    f.directory->version = version;
    note = sample_root(&f.sample, 1, &n);
    sample_add(&bytes, len, note, n);
    note = sample_directory_note(&f.sample, f.directory, &n);
    sample_add(&bytes, len, note, n);
    return bytes;
}

static struct served *
serve(uint64_t version)
{
    const struct served_options opt = {.relay_id = f.sample.relay_ids[0],
                                       .store = f.store->s,
                                       .max = f.max};
    struct served *s;
    size_t len;
    uint8_t *bytes = network(&len, version);

    assert_int_equal(served_new(&s, bytes, len, &opt), RC_OK);
    free(bytes);
    return s;
}

static int
setup(void **state)
{
    const struct quota_limits limits = {4, 16, 4, 0};

    (void)state;
    memset(&f, 0, sizeof f);
    sample_init(&f.sample);
    f.store = storetest_new(1024, NOW);
    f.directory = sample_directory(&f.sample, 1, DAY - 1);
    f.served = serve(1);
    f.now = NOW;
    f.quota = quota_new(&limits);
    assert_non_null(f.quota);
    return quota_join(&f.count, f.quota, NULL) != RC_OK;
}

static int
teardown(void **state)
{
    (void)state;
    quota_leave(f.quota, f.count);
    quota_free(f.quota);
    served_release(f.served);
    directory_free(f.directory);
    storetest_free(f.store);
    return 0;
}

static enum exchange
take(void)
{
    const struct exchange_env env = {.store = f.store->s,
                                     .served = f.served,
                                     .relay_id = f.sample.relay_ids[0],
                                     .quota = f.quota,
                                     .count = f.count,
                                     .now = f.now,
                                     .put_effort = f.put_effort,
                                     .scratch = f.scratch};

    return exchange_take(&f.op, f.out, f.cell, &env);
}

/* What a client gets: queued operations are a group of one. */
static struct cell_answer
answer(enum exchange expected)
{
    enum exchange got = take();
    struct cell_answer a;

    assert_int_equal(got, expected);
    if (got == EXCHANGE_QUEUE) {
        storetest_begin(f.store);
        assert_int_equal(exchange_apply(&f.op, f.store->s, &f.served, f.now),
                         RC_OK);
        storetest_commit(f.store);
        exchange_answer(&f.op, f.out);
        exchange_wipe(&f.op);
    }
    assert_int_equal(cell_answer_parse(&a, f.out, (enum cell_op)f.cell[1]),
                     RC_OK);
    return a;
}

static void
request(char *a, char *b, char *c, char *d)
{
    char *words[] = {a, b, c, d};
    size_t n = 1;

    while (n < 4 && words[n] != NULL) {
        n++;
    }
    assert_int_equal(speak_cell(f.cell, words, n), RC_OK);
}

#define REQUEST(a, b, c, d)                                                    \
    do {                                                                       \
        static char w0[] = a, w1[] = b, w2[] = c, w3[] = d;                    \
        request(w0, *w1 != 0 ? w1 : NULL, *w2 != 0 ? w2 : NULL,                \
                *w3 != 0 ? w3 : NULL);                                         \
    } while (0)

static void
note_request(uint8_t *note, size_t len)
{
    const struct cell_request q = {
        .op = CELL_NOTE, .data = note, .data_len = len};

    assert_int_equal(cell_request_write(f.cell, &q), RC_OK);
    free(note);
}

static void
desk_request(size_t org, uint64_t version)
{
    struct desknote d;
    size_t len;
    uint8_t *note;

    sample_desk(&f.sample, &d, org, version, DAY);
    note = sample_desk_note(&f.sample, &d, org, &len);
    note_request(note, len);
}

static void
seen_request(size_t org, uint32_t day)
{
    struct seen_note s;
    size_t len;
    uint8_t *note;

    sample_seen(&f.sample, &s, org, day, f.served->directory);
    note = sample_seen_note(&s, org, &len);
    note_request(note, len);
}

static void
malformed_cells_change_nothing(void **state)
{
    (void)state;
    REQUEST("put", "a", "", "");
    for (size_t i = 0; i < CELL_HEAD_LEN; i++) {
        bool free_field = (i >= 8 && i < 80) || i == 1;

        if (!free_field) {
            f.cell[i] ^= 0x40;
            assert_int_equal(take(), EXCHANGE_REFUSE);
            f.cell[i] ^= 0x40;
        }
    }
    f.cell[1] = 6;
    assert_int_equal(take(), EXCHANGE_REFUSE);
    REQUEST("ring", "1", "e", "");
    f.cell[2] = 7; /* a board that the directory lacks */
    assert_int_equal(take(), EXCHANGE_REFUSE);
    f.cell[2] = 1;
    memset(f.cell + CELL_HEAD_LEN, 0xff, 32); /* no canonical key */
    assert_int_equal(take(), EXCHANGE_REFUSE);
}

static void
nop_is_ok(void **state)
{
    (void)state;
    REQUEST("nop", "", "", "");
    assert_int_equal(answer(EXCHANGE_ANSWER).status, CELL_OK);
}

static void
drops_are_put_read_and_burned(void **state)
{
    uint8_t box[CELL_BOX_LEN];
    struct cell_answer a;
    uint32_t expiry;

    (void)state;
    REQUEST("get", "a", "", "");
    assert_int_equal(answer(EXCHANGE_ANSWER).status, CELL_ABSENT);
    REQUEST("put", "a", "", "");
    a = answer(EXCHANGE_QUEUE);
    assert_int_equal(a.status, CELL_STORED);
    assert_true(a.expiry_day >= DAY);
    expiry = a.expiry_day;
    a = answer(EXCHANGE_QUEUE); /* the same again */
    assert_int_equal(a.status, CELL_STORED);
    assert_int_equal(a.expiry_day, expiry);
    REQUEST("put", "a", "b", ""); /* another box */
    a = answer(EXCHANGE_QUEUE);
    assert_int_equal(a.status, CELL_TAKEN);
    assert_int_equal(a.expiry_day, 0);
    REQUEST("put", "a", "a", "b"); /* another burn hash */
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_TAKEN);
    REQUEST("get", "a", "", "");
    a = answer(EXCHANGE_ANSWER);
    assert_int_equal(a.status, CELL_PRESENT);
    speak_box(box, "a");
    assert_memory_equal(a.box, box, sizeof box);
    REQUEST("burn", "a", "b", ""); /* a wrong secret, as if it were absent */
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_ABSENT);
    REQUEST("burn", "x", "", "");
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_ABSENT);
    REQUEST("burn", "a", "", "");
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_BURNED);
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_BURNED);
    REQUEST("get", "a", "", "");
    assert_int_equal(answer(EXCHANGE_ANSWER).status, CELL_ABSENT);
    REQUEST("put", "a", "", "");
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_TAKEN);
}

static void
a_ring_repeated_costs_nothing(void **state)
{
    struct cell_answer a, again;

    (void)state;
    REQUEST("ring", "1", "e", "");
    a = answer(EXCHANGE_QUEUE);
    assert_int_equal(a.status, CELL_QUEUED);
    assert_int_not_equal(a.page, 0);
    for (int i = 0; i < 20; i++) { /* beyond the quota */
        again = answer(EXCHANGE_ANSWER);
        assert_int_equal(again.status, CELL_QUEUED);
        assert_true(again.page == a.page);
    }
}

static void
writers_have_a_quota(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        REQUEST("ring", "1", "e", "");
        f.cell[CELL_HEAD_LEN + 40] ^= (uint8_t)(i + 1);
        assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_QUEUED);
    }
    REQUEST("ring", "1", "one-more", "");
    assert_int_equal(answer(EXCHANGE_ANSWER).status, CELL_QUOTA);
    REQUEST("put", "a", "", "");
    for (int i = 0; i < 16; i++) {
        assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED);
    }
    assert_int_equal(answer(EXCHANGE_ANSWER).status, CELL_QUOTA);
    REQUEST("burn", "a", "", "");
    assert_int_equal(answer(EXCHANGE_ANSWER).status, CELL_QUOTA);
    desk_request(0, 1);
    assert_int_equal(answer(EXCHANGE_ANSWER).status, CELL_QUOTA);
    REQUEST("get", "a", "", ""); /* readers have none */
    assert_int_equal(answer(EXCHANGE_ANSWER).status, CELL_PRESENT);
}

/* Fills the pool of board 1 until effort is asked for. */
static void
crowd(void)
{
    struct store_rung rung;
    uint8_t entry[ENTRY_REPORT_LEN] = {9};
    static uint32_t i; /* never the same entry again */
    const uint32_t most = i + 2048;

    storetest_begin(f.store);
    for (; store_effort(f.store->s, 1) == 0 && i < most; i++) {
        const struct store_ring ring = {.board = 1, .entry = entry};

        memcpy(entry + 100, &i, sizeof i);
        if (i % 64 == 63) {
            storetest_commit(f.store);
            storetest_begin(f.store);
        }
        assert_int_equal(store_ring(f.store->s, &ring, f.now, &rung), RC_OK);
    }
    storetest_commit(f.store);
    assert_int_not_equal(store_effort(f.store->s, 1), 0);
}

/* Seals the page of board 1 that is due then; its hash. */
static void
seal_page(uint8_t hash[static 32], int64_t now)
{
    uint8_t *page;
    bool sealed;
    size_t len;

    storetest_begin(f.store);
    assert_int_equal(store_seal(f.store->s, 1, now, f.store->sk, &sealed),
                     RC_OK);
    storetest_commit(f.store);
    assert_int_equal(
        store_page(f.store->s, 1, (uint64_t)now / 30, &page, &len), RC_OK);
    page_hash(hash, page, len);
    free(page);
}

/* Works for this, and sees whether the relay takes it. */
static bool
counts(size_t relay, uint8_t board, const uint8_t h[static 32])
{
    uint64_t start = 0;
    uint8_t c[KDF_LEN];
    struct cell_answer a;

    REQUEST("ring", "1", "late", "");
    effort_challenge(c, f.sample.relay_ids[relay], board, h);
    /* Of 15 bits: for another by accident once in 2^15. */
    assert_int_equal(effort_solve(f.cell, c, 15, &start, 1 << 24), RC_OK);
    if (take() == EXCHANGE_QUEUE) {
        quota_return(f.quota, f.count, QUOTA_RING);
        return true;
    }
    assert_int_equal(cell_answer_parse(&a, f.out, CELL_RING), RC_OK);
    assert_int_equal(a.status, CELL_MORE_EFFORT);
    return false;
}

static void
effort_is_for_the_page_of_an_hour(void **state)
{
    static const uint8_t none[32];
    uint8_t old[32], before[32], current[32], after[32];
    struct cell_answer a;

    (void)state;
    crowd();
    REQUEST("ring", "1", "late", "");
    a = answer(EXCHANGE_ANSWER);
    assert_true(a.status == CELL_MORE_EFFORT && a.effort == 10);
    assert_true(counts(0, 1, none)); /* there is no page yet */
    /* One in each of three hours, the last one at the full hour. */
    seal_page(old, NOW - 7200 - 60);
    seal_page(before, NOW - 3600 - 300);
    seal_page(current, NOW);
    crowd();
    f.now = NOW + 1000;
    assert_false(counts(0, 1, none));
    assert_false(counts(0, 1, old));
    assert_true(counts(0, 1, before) && counts(0, 1, current));
    assert_false(counts(1, 1, current)); /* another relay's work */
    assert_false(counts(0, 0, current)); /* another board's */
    /* Pages of this hour change nothing until it is over. */
    seal_page(after, NOW + 1000);
    crowd();
    assert_false(counts(0, 1, after));
    assert_true(counts(0, 1, before) && counts(0, 1, current));
    f.now = NOW + 3600;
    assert_false(counts(0, 1, before));
    assert_true(counts(0, 1, current));
    assert_true(counts(0, 1, after));
}

/* No work is in it. */
static void
unwork(const uint8_t c[static KDF_LEN])
{
    do {
        randombytes_buf(f.cell + CELL_NONCE_OFFSET, CELL_NONCE_LEN);
    } while (effort_of(f.cell, c) >= f.put_effort);
}

static void
one_put_that_was_worked_for_pays_for_64(void **state)
{
    const struct quota_limits limits = {4, 200, 4, 0};
    uint8_t h[32], c[KDF_LEN];
    struct cell_answer a;
    uint64_t start = 0;

    (void)state;
    quota_leave(f.quota, f.count);
    quota_free(f.quota);
    f.quota = quota_new(&limits);
    assert_int_equal(quota_join(&f.count, f.quota, NULL), RC_OK);
    f.put_effort = 9;
    seal_page(h, NOW - 100);
    effort_challenge(c, f.sample.relay_ids[0], 1, h);
    REQUEST("put", "a", "", "");
    for (int round = 0; round < 2; round++) {
        unwork(c);
        a = answer(EXCHANGE_ANSWER);
        assert_true(a.status == CELL_MORE_EFFORT && a.effort == 9);
        assert_int_equal(effort_solve(f.cell, c, 9, &start, 1 << 20), RC_OK);
        for (int i = 0; i < 64; i++) {
            assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED);
            unwork(c);
        }
        assert_int_equal(answer(EXCHANGE_ANSWER).status, CELL_MORE_EFFORT);
    }
    assert_int_equal(effort_solve(f.cell, c, 9, &start, 1 << 20), RC_OK);
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED);
    /* It pays for nobody else, and nothing else is asked for. */
    quota_leave(f.quota, f.count);
    assert_int_equal(quota_join(&f.count, f.quota, NULL), RC_OK);
    unwork(c);
    assert_int_equal(answer(EXCHANGE_ANSWER).status, CELL_MORE_EFFORT);
    REQUEST("burn", "a", "", "");
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_BURNED);
}

static struct bundle *
opened(void)
{
    struct bundle *b;

    assert_int_equal(
        bundle_open(&b, f.served->bytes, f.served->len, &f.sample.root), RC_OK);
    return b;
}

static void
bad_notes_are_refused(void **state)
{
    struct desknote d;
    size_t len;
    uint8_t *note;

    (void)state;
    seen_request(0, DAY - 1); /* no desk note yet that has its V */
    assert_int_equal(take(), EXCHANGE_REFUSE);
    note_request((uint8_t *)strdup("hello\n"), 6);
    assert_int_equal(take(), EXCHANGE_REFUSE);
    desk_request(0, 1);
    f.cell[CELL_HEAD_LEN + 4 + 20] ^= 1;
    assert_int_equal(take(), EXCHANGE_REFUSE);
    /* Signed by another organisation. */
    sample_desk(&f.sample, &d, 0, 1, DAY);
    note = sample_desk_note(&f.sample, &d, 1, &len);
    note_request(note, len);
    assert_int_equal(take(), EXCHANGE_REFUSE);
}

/* Nobody can tell any more who writes in its name. What it said before stays,
 * so that its answers can be read. */
static void
notes_of_the_revoked_are_refused(void **state)
{
    uint8_t *before;
    size_t len;

    (void)state;
    desk_request(1, 5);
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED);
    len = f.served->len;
    before = malloc(len);
    assert_non_null(before);
    memcpy(before, f.served->bytes, len);
    desk_request(1, 6);
    ((struct directory *)(uintptr_t)f.served->directory)->orgs[1].revoked_day =
        DAY;
    assert_int_equal(take(), EXCHANGE_REFUSE);
    seen_request(1, DAY - 1);
    assert_int_equal(take(), EXCHANGE_REFUSE);
    assert_int_equal(f.served->len, len);
    assert_memory_equal(f.served->bytes, before, len);
    desk_request(0, 1); /* others are not touched */
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED);
    free(before);
}

static void
notes_appear_in_the_bundle(void **state)
{
    uint8_t *before;
    struct bundle *b;
    size_t len;

    (void)state;
    b = opened();
    assert_null(b->desk[1]);
    bundle_free(b);
    desk_request(1, 5);
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED);
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED); /* equal */
    b = opened();
    assert_non_null(b->desk[1]);
    assert_true(b->desk[1]->version == 5);
    bundle_free(b);
    desk_request(1, 4);
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_TAKEN);
    seen_request(1, DAY - 1);
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED);
    desk_request(0, 1);
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED);
    desk_request(1, 6);
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED);
    b = opened();
    assert_true(b->desk[1]->version == 6);
    assert_non_null(b->desk[0]);
    assert_null(b->seen[0]);
    assert_true(b->seen[1]->version == DAY - 1);
    assert_null(b->desk[2]);
    bundle_free(b);
    /* After a restart: the same bytes, from file and store. */
    len = f.served->len;
    before = malloc(len);
    assert_non_null(before);
    memcpy(before, f.served->bytes, len);
    served_release(f.served);
    f.served = serve(1);
    assert_int_equal(f.served->len, len);
    assert_memory_equal(f.served->bytes, before, len);
    free(before);
}

/* Serve anew with so many bytes for a bundle; which notes are in it, as bits:
 * desk of 0, desk of 1, seen of 0, seen of 1. */
static unsigned
notes_within(size_t max)
{
    struct served *s;
    struct bundle *b;
    unsigned bits;

    f.max = max;
    s = serve(1);
    served_release(f.served);
    f.served = s;
    assert_true(f.served->len <= max);
    b = opened();
    bits = (b->desk[0] != NULL ? 1u : 0) | (b->desk[1] != NULL ? 2u : 0) |
           (b->seen[0] != NULL ? 4u : 0) | (b->seen[1] != NULL ? 8u : 0);
    bundle_free(b);
    return bits;
}

/* What a note takes, with its frame. */
static size_t
stored_len(char kind, size_t org)
{
    uint8_t *note;
    size_t len;

    assert_int_equal(
        store_note(f.store->s, kind, f.directory->orgs[org].id, &note, &len),
        RC_OK);
    free(note);
    return len + 4;
}

/* A directory that has grown leaves less room for notes: the relay starts all
 * the same, and takes no note for which there is none. */
static void
a_full_bundle_leaves_notes_out(void **state)
{
    size_t base = f.served->len, all, desk[2], seen[2];
    struct served *s;
    uint8_t *file;
    const struct served_options opt = {.relay_id = f.sample.relay_ids[0],
                                       .max = base - 1};
    size_t len;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        desk_request(i, 1);
        assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED);
        seen_request(i, DAY - 1);
        assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_STORED);
        desk[i] = stored_len('d', i);
        seen[i] = stored_len('s', i);
    }
    all = f.served->len;
    assert_int_equal(all, base + desk[0] + desk[1] + seen[0] + seen[1]);
    file = network(&len, 1);
    assert_int_equal(served_new(&s, file, len, &opt), RC_FULL);
    free(file);
    assert_int_equal(notes_within(all), 15);
    assert_int_equal(f.served->left_out, 0);
    assert_int_equal(notes_within(all - 1), 1 | 2 | 4);
    assert_int_equal(f.served->left_out, 1);
    assert_int_equal(notes_within(base + desk[0] + desk[1]), 1 | 2);
    assert_int_equal(f.served->left_out, 2);
    /* The second has no room: nor has what it says of its desk. */
    assert_int_equal(notes_within(base + desk[0] + seen[0]), 1 | 4);
    assert_int_equal(f.served->left_out, 1);
    desk_request(1, 2);
    assert_int_equal(answer(EXCHANGE_QUEUE).status, CELL_FULL);
    assert_int_equal(notes_within(base + desk[0] + seen[0]), 1 | 4);
    assert_int_equal(notes_within(base), 0);
    /* Nothing is lost meanwhile. */
    assert_int_equal(notes_within(all), 15);
}

static void
a_group_that_fails_says_again(void **state)
{
    struct cell_answer a;

    (void)state;
    REQUEST("put", "a", "", "");
    assert_int_equal(take(), EXCHANGE_QUEUE);
    storetest_begin(f.store);
    assert_int_equal(exchange_apply(&f.op, f.store->s, &f.served, NOW), RC_OK);
    store_abort(f.store->s);
    exchange_again(&f.op);
    exchange_answer(&f.op, f.out);
    exchange_wipe(&f.op);
    assert_int_equal(cell_answer_parse(&a, f.out, CELL_PUT), RC_OK);
    assert_int_equal(a.status, CELL_AGAIN);
    REQUEST("get", "a", "", "");
    assert_int_equal(answer(EXCHANGE_ANSWER).status, CELL_ABSENT);
}

static void
a_bundle_without_this_relay_is_refused(void **state)
{
    const uint8_t other[32] = {1};
    const struct served_options opt = {.relay_id = other};
    struct served *s;
    size_t len;
    uint8_t *bytes = network(&len, 1);

    (void)state;
    assert_int_equal(served_new(&s, bytes, len, &opt), RC_MISSING);
    assert_null(s);
    for (size_t n = 0; n < len; n += 37) {
        const struct served_options own = {.relay_id = f.sample.relay_ids[0]};

        assert_int_not_equal(served_new(&s, bytes, n, &own), RC_OK);
        assert_null(s);
    }
    free(bytes);
}

int
main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(malformed_cells_change_nothing),
        T(nop_is_ok),
        T(drops_are_put_read_and_burned),
        T(a_ring_repeated_costs_nothing),
        T(writers_have_a_quota),
        T(effort_is_for_the_page_of_an_hour),
        T(one_put_that_was_worked_for_pays_for_64),
        T(bad_notes_are_refused),
        T(notes_of_the_revoked_are_refused),
        T(notes_appear_in_the_bundle),
        T(a_full_bundle_leaves_notes_out),
        T(a_group_that_fails_says_again),
        T(a_bundle_without_this_relay_is_refused),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
