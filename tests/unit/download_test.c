/* SPDX-License-Identifier: ISC */
/* The body of an answer, from two relays that have it, or half of it, or
 * nothing, or other bytes. */
#include "fetch.h"

#include "body.h"
#include "cell.h"
#include "fake_drops.h"
#include "vec.h"

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

#define BOXES 32

static struct fake_drops at[2];
static struct directory_relay info[2] = {{.id = {1}}, {.id = {2}}};
static struct directory directory = {.relays = info, .n_relays = 2};
static struct bundle bundle = {.directory = &directory};
static struct visit v;
static struct answer a;
static uint8_t body[BOXES * BODY_CHUNK_LEN];
static char dir[64];

static int
setup(void **state)
{
    static const uint8_t head[] = {1, 'x', 0};
    struct network none = {.n_relays = 0};
    const struct visit_options opt = {.no_tor = true};

    (void)state;
    memset(at, 0, sizeof at);
    assert_int_equal(visit_init(&v, &opt, &none), RC_OK);
    v.w.n_relays = 2;
    v.w.bundle = &bundle;
    for (size_t i = 0; i < 2; i++) {
        fake_drops_start(&at[i]);
        v.w.relays[i].info = &info[i];
        v.w.relays[i].url = at[i].relay.url;
        v.w.relays[i].up = true;
    }
    vec_seed(body, sizeof body, "download body");
    memcpy(body, head, sizeof head);
    for (size_t i = 0; i < 8; i++) {
        body[sizeof head + i] =
            (uint8_t)((sizeof body - sizeof head - 8) >> 8 * (7 - i));
    }
    a.body_len = sizeof body;
    a.boxes = BOXES;
    vec_seed(a.body_key, sizeof a.body_key, "download key");
    blake2b_256(a.digest, body, sizeof body);
    (void)snprintf(dir, sizeof dir, "/tmp/download_test.XXXXXX");
    assert_non_null(mkdtemp(dir));
    return 0;
}

static int
teardown(void **state)
{
    char path[96];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fake_drops_stop(&at[i]);
    }
    v.w.bundle = NULL;
    visit_wipe(&v);
    (void)snprintf(path, sizeof path, "%s/answer-file-1", dir);
    (void)unlink(path);
    (void)rmdir(dir);
    return 0;
}

/* Puts box i at a relay; with other bytes where it is spoiled. */
static void
put(size_t relay, uint32_t i, bool spoiled)
{
    static const uint8_t burn[DROP_BURN_LEN];
    uint8_t address[DROP_ADDRESS_LEN], box[CELL_BOX_LEN];
    const struct body_place place = {a.body_key, info[relay].id, i};
    const struct cell_request req = {.op = CELL_PUT,
                                     .address = address,
                                     .burn = burn,
                                     .data = box,
                                     .data_len = sizeof box};
    struct cell_answer ans;

    body_address(address, &place);
    assert_int_equal(body_box_seal(box, &place,
                                   body + (size_t)i * BODY_CHUNK_LEN,
                                   BODY_CHUNK_LEN),
                     RC_OK);
    box[0] ^= spoiled;
    fake_drops_put(&at[relay], &req, &ans);
}

/* So that neither relay alone sees all of it, and in which order tells
 * nothing. */
static void
the_relays_are_asked_in_a_drawn_order(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < BOXES; i++) {
        put(0, i, false);
        put(1, i, false);
    }
    assert_int_equal(fetch_answer_body(&v, &a, dir), RC_OK);
    assert_int_equal(at[0].n_gets + at[1].n_gets, BOXES);
    assert_true(at[0].n_gets > 0); /* not so once in 2^32 times */
    assert_true(at[1].n_gets > 0);
}

static void
each_box_comes_from_where_it_is(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < BOXES; i++) {
        put(i % 2, i, false);
        put(1 - i % 2, i, true); /* one that does not open is absent */
    }
    assert_int_equal(fetch_answer_body(&v, &a, dir), RC_OK);
    assert_true(v.w.relays[0].up && v.w.relays[1].up);
}

static void
one_that_does_not_answer_is_lost(void **state)
{
    (void)state;
    at[0].down = true;
    for (uint32_t i = 0; i < BOXES; i++) {
        put(1, i, false);
    }
    assert_int_equal(fetch_answer_body(&v, &a, dir), RC_OK);
    assert_false(v.w.relays[0].up);
    assert_true(v.w.relays[1].up);
}

static void
one_box_that_is_nowhere_ends_it(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < BOXES; i++) {
        put(0, i, false);
        put(1, i, false);
    }
    assert_int_equal(fetch_answer_body(&v, &a, dir), RC_MISSING);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_relays_are_asked_in_a_drawn_order),
        TEST(each_box_comes_from_where_it_is),
        TEST(one_that_does_not_answer_is_lost),
        TEST(one_box_that_is_nowhere_ends_it),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
