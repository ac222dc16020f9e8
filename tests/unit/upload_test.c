/* SPDX-License-Identifier: ISC */
/* Boxes of a report at two relays that keep, lose, refuse or were there before:
 * which week counts, what is called stored. */
#include "sendbody.h"

#include "body.h"
#include "cell.h"
#include "clock.h"
#include "fake_drops.h"
#include "stream.h"
#include "upload.h"
#include "vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

static struct fake_drops at[2];
static struct directory_relay info[2] = {{.id = {1}}, {.id = {2}}};
static struct directory directory = {.relays = info, .n_relays = 2};
static struct bundle bundle = {.directory = &directory};
static struct visit v;
static struct sending s;
static uint8_t seed[KDF_LEN], body[BODY_CHUNK_LEN * 6];
static uint32_t week;

static int
setup(void **state)
{
    (void)state;
    memset(&v, 0, sizeof v);
    memset(&s, 0, sizeof s);
    memset(at, 0, sizeof at);
    v.net_opt.no_tor = true;
    v.n_writers = v.w.n_relays = 2;
    v.w.bundle = &bundle;
    for (size_t i = 0; i < 2; i++) {
        fake_drops_start(&at[i]);
        v.writers[i] = i;
        v.w.relays[i].info = &info[i];
        v.w.relays[i].url = at[i].relay.url;
        v.w.relays[i].up = true;
    }
    vec_seed(seed, sizeof seed, "upload seed");
    vec_seed(body, sizeof body, "upload body");
    s.seed = seed;
    s.n_orgs = 1;
    s.body.bytes = body;
    s.body.len = sizeof body;
    s.body.boxes = body_boxes(s.body.len);
    blake2b_256(s.body.digest, body, sizeof body);
    week = clock_week(clock_now());
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fake_drops_stop(&at[i]);
    }
    return 0;
}

/* The PUT of box i for a relay, as of this week or an earlier one. */
static void
cell_of(uint8_t cell[static CELL_LEN], struct cell_request *req, size_t relay,
        uint32_t i, uint32_t back)
{
    uint8_t key[KDF_LEN];
    const struct upload_body b = {&s.body, key, seed, info[relay].id};

    body_key_report(key, seed, s.orgs[0], week - back, s.body.digest);
    assert_int_equal(upload_body_cell(cell, i, &b), RC_OK);
    assert_int_equal(cell_request_parse(req, cell, NULL, 0), RC_OK);
}

/* Puts boxes there before anybody uploads; other bytes where it is planted. */
static void
had(size_t relay, uint32_t n, uint32_t back, bool planted)
{
    static uint8_t cell[CELL_LEN];
    struct cell_request req;
    struct cell_answer ans;

    for (uint32_t i = 0; i < n; i++) {
        cell_of(cell, &req, relay, i, back);
        fake_drops_put(&at[relay], &req, &ans);
        if (planted) {
            randombytes_buf(at[relay].drop[at[relay].n - 1].burn, 32);
            randombytes_buf(at[relay].drop[at[relay].n - 1].box, CELL_BOX_LEN);
        }
    }
    at[relay].n_puts = 0;
}

/* Has this relay all boxes, as of that week? */
static bool
has_all(size_t relay, uint32_t back)
{
    static uint8_t cell[CELL_LEN];
    bool all = true;

    for (uint32_t i = 0; i < s.body.boxes; i++) {
        struct cell_request req;
        const struct fake_drop *there;

        cell_of(cell, &req, relay, i, back);
        there = fake_drops_find(&at[relay], req.address);
        all = all && there != NULL &&
              memcmp(there->box, req.data, CELL_BOX_LEN) == 0;
    }
    return all;
}

static void
all_boxes_are_put_and_three_are_asked_for(void **state)
{
    static uint8_t cell[CELL_LEN];
    struct cell_request req;

    (void)state;
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_int_equal(s.weeks[0], week);
    for (size_t i = 0; i < 2; i++) {
        assert_true(v.w.relays[i].up);
        assert_true(has_all(i, 0));
        assert_int_equal(at[i].n_puts, 6);
        cell_of(cell, &req, i, 0, 0); /* box 0 before all others */
        assert_memory_equal(at[i].first_put, req.address, 32);
        assert_int_equal(at[i].gets_before, 2); /* of two weeks */
        assert_int_equal(at[i].n_gets, 2 + 3);
        assert_memory_equal(at[i].gets[0], req.address, 32);
        cell_of(cell, &req, i, 0, 1);
        assert_memory_equal(at[i].gets[1], req.address, 32);
        for (size_t k = 2; k < 5; k++) { /* three that differ */
            assert_non_null(fake_drops_find(&at[i], at[i].gets[k]));
            for (size_t m = 2; m < k; m++) {
                assert_memory_not_equal(at[i].gets[k], at[i].gets[m], 32);
            }
        }
    }
    /* Nothing of one relay's is at the other. */
    for (size_t k = 0; k < at[0].n; k++) {
        assert_null(fake_drops_find(&at[1], at[0].drop[k].address));
    }
}

static void
one_that_keeps_nothing_is_not_counted(void **state)
{
    (void)state;
    at[0].loses = true;
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_false(v.w.relays[0].up);
    assert_true(v.w.relays[1].up);
    assert_true(has_all(1, 0));
    assert_int_equal(s.stored[0][0].boxes, 0); /* what it said is forgotten */
    at[1].loses = true;
    at[1].n = 0;
    v.w.relays[0].up = v.w.relays[1].up = true;
    assert_int_equal(sendbody_upload(&s, &v), RC_IO);
}

/* Begun last week: it goes on under that week's key, at both relays. */
static void
a_body_of_last_week_goes_on(void **state)
{
    (void)state;
    had(1, 2, 1, false);
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_int_equal(s.weeks[0], week - 1);
    assert_true(has_all(0, 1));
    assert_true(has_all(1, 1));
    assert_int_equal(at[1].n_puts, 6); /* all again: none is known */
}

static void
of_two_weeks_the_newer_counts_everywhere(void **state)
{
    (void)state;
    had(0, 3, 1, false);
    had(1, 1, 0, false);
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_int_equal(s.weeks[0], week);
    assert_true(has_all(0, 0));
    assert_true(has_all(1, 0));
}

/* Two weeks ago is another body. */
static void
an_older_one_does_not(void **state)
{
    (void)state;
    had(0, 6, 2, false);
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_int_equal(s.weeks[0], week);
    assert_true(has_all(0, 0));
}

/* A box 0 with other bytes, by somebody who was given the key, decides nothing:
 * last week's goes on. */
static void
a_planted_box_decides_nothing(void **state)
{
    (void)state;
    had(0, 1, 0, true);
    had(1, 2, 1, false);
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_int_equal(s.weeks[0], week - 1);
    assert_true(has_all(0, 1));
    assert_true(has_all(1, 1));
}

/* And where its place is needed, only that relay is lost. */
static void
a_planted_box_costs_its_own_relay(void **state)
{
    (void)state;
    had(0, 1, 0, true);
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_false(v.w.relays[0].up);
    assert_true(has_all(1, 0));
}

static void
what_is_burned_everywhere_comes_next_week(void **state)
{
    (void)state;
    at[0].taken = at[1].taken = true;
    assert_int_equal(sendbody_upload(&s, &v), RC_TAKEN);
    assert_int_equal(s.again_day, (week + 1) * WEEK_DAYS);
}

/* "Taken", and our own bytes come back: then they are stored there. */
static void
taken_by_our_own_is_stored(void **state)
{
    (void)state;
    had(0, 6, 0, false);
    at[0].taken = true; /* to each PUT */
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_true(v.w.relays[0].up);
}

/* The same run goes on where it was, under the week it has chosen. */
static void
a_second_try_knows_what_is_stored(void **state)
{
    (void)state;
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_int_equal(s.stored[0][0].boxes, 6);
    at[0].n_puts = at[1].n_puts = 0;
    s.weeks[0] = week - 1; /* as if midnight had come between */
    memset(s.stored, 0, sizeof s.stored);
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_int_equal(s.weeks[0], week - 1);
    assert_int_equal(at[0].n_puts, 6);
    at[0].n_puts = at[1].n_puts = 0;
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_int_equal(at[0].n_puts, 0);
    assert_int_equal(at[1].n_puts, 0);
}

/* What both relays were asked, as it came. */
static struct {
    pthread_mutex_t lock;
    int (*answer[2])(void *, const char *, const char *, uint8_t **, size_t *);
    size_t n;
    struct {
        size_t relay;
        uint8_t op;
        uint8_t nonce[CELL_NONCE_LEN];
    } of[128];
} asked = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int
note_and_answer(void *arg, const char *method, const char *path, uint8_t **out,
                size_t *len)
{
    const struct fake_drops *d = arg;
    const size_t relay = d == &at[1];

    (void)pthread_mutex_lock(&asked.lock);
    if (d->relay.request_len == CELL_LEN && asked.n < 128) {
        asked.of[asked.n].relay = relay;
        asked.of[asked.n].op = d->relay.request[1];
        memcpy(asked.of[asked.n++].nonce, d->relay.request + CELL_NONCE_OFFSET,
               CELL_NONCE_LEN);
    }
    (void)pthread_mutex_unlock(&asked.lock);
    return asked.answer[relay](arg, method, path, out, len);
}

static void
listen_in(void)
{
    asked.n = 0;
    for (size_t i = 0; i < 2; i++) {
        asked.answer[i] = at[i].relay.answer;
        at[i].relay.answer = note_and_answer;
    }
}

/* Neither relay sees a pause as long as the other's upload: the looks one relay
 * after the other, then each box at both. */
static void
both_relays_get_the_boxes_in_step(void **state)
{
    size_t puts[2] = {0, 0}, i = 0;

    (void)state;
    listen_in();
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    assert_int_equal(asked.n, 2 * (2 + 6 + 3));
    for (; i < 4; i++) {
        assert_int_equal(asked.of[i].op, CELL_GET);
        assert_int_equal(asked.of[i].relay, i / 2);
    }
    for (; i < 4 + 12; i++) {
        const size_t relay = asked.of[i].relay;

        assert_int_equal(asked.of[i].op, CELL_PUT);
        puts[relay]++;
        /* Box 0 alone; then no lane is ahead at one of them. */
        assert_true(puts[relay] == 1 || puts[!relay] > 0);
        assert_true(puts[relay] <= puts[!relay] + STREAM_LANES);
    }
    for (; i < asked.n; i++) {
        assert_int_equal(asked.of[i].op, CELL_GET);
        assert_int_equal(asked.of[i].relay, (i - 16) / 3);
    }
}

/* Random and its own: small numbers, or the same again, tell one client. */
static void
each_put_has_a_nonce_of_its_own(void **state)
{
    static const uint8_t none[CELL_NONCE_LEN / 2];

    (void)state;
    listen_in();
    assert_int_equal(sendbody_upload(&s, &v), RC_OK);
    for (size_t i = 0; i < asked.n; i++) {
        const uint8_t *nonce = asked.of[i].nonce;

        if (asked.of[i].op != CELL_PUT) {
            continue;
        }
        assert_memory_not_equal(nonce, none, sizeof none);
        assert_memory_not_equal(nonce + sizeof none, none, sizeof none);
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(nonce, asked.of[k].nonce, CELL_NONCE_LEN);
        }
    }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(all_boxes_are_put_and_three_are_asked_for),
        TEST(both_relays_get_the_boxes_in_step),
        TEST(each_put_has_a_nonce_of_its_own),
        TEST(one_that_keeps_nothing_is_not_counted),
        TEST(a_body_of_last_week_goes_on),
        TEST(of_two_weeks_the_newer_counts_everywhere),
        TEST(an_older_one_does_not),
        TEST(a_planted_box_decides_nothing),
        TEST(a_planted_box_costs_its_own_relay),
        TEST(what_is_burned_everywhere_comes_next_week),
        TEST(taken_by_our_own_is_stored),
        TEST(a_second_try_knows_what_is_stored),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
