/* SPDX-License-Identifier: ISC */
/* Boxes of a report at two relays that keep, lose, refuse or were there before:
 * which week counts, what is called stored. */
#include "sendbody.h"

#include "body.h"
#include "cell.h"
#include "clock.h"
#include "fake_relay.h"
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

#define DROPS_MAX 64
#define GETS_MAX 64

/* What a relay keeps. */
struct drops {
    struct fake_relay relay;
    bool loses; /* says stored, keeps nothing */
    bool burned; /* every place is taken, and gives nothing */
    size_t n;
    struct {
        uint8_t address[32], burn[32], box[CELL_BOX_LEN];
    } drop[DROPS_MAX];
    size_t n_puts, n_gets; /* requests, in order */
    uint8_t first_put[32], gets[GETS_MAX][32];
    size_t gets_before; /* the first PUT */
};

static struct drops at[2];
static struct directory_relay info[2] = {{.id = {1}}, {.id = {2}}};
static struct directory directory = {.relays = info, .n_relays = 2};
static struct bundle bundle = {.directory = &directory};
static struct visit v;
static struct sending s;
static uint8_t seed[KDF_LEN], body[BODY_CHUNK_LEN * 6];
static uint32_t week;

static size_t
find(const struct drops *d, const uint8_t *address)
{
    size_t i = 0;

    while (i < d->n && memcmp(d->drop[i].address, address, 32) != 0) {
        i++;
    }
    return i;
}

static void
answer_put(struct drops *d, const struct cell_request *req,
           struct cell_answer *ans)
{
    const size_t i = find(d, req->address);

    if (d->n_puts++ == 0) {
        memcpy(d->first_put, req->address, 32);
        d->gets_before = d->n_gets;
    }
    ans->status = CELL_STORED;
    ans->expiry_day = 20800;
    if (d->burned || (i < d->n && memcmp(d->drop[i].burn, req->burn, 32) != 0)) {
        *ans = (struct cell_answer){.status = CELL_TAKEN};
    } else if (i == d->n && !d->loses && d->n < DROPS_MAX) {
        memcpy(d->drop[i].address, req->address, 32);
        memcpy(d->drop[i].burn, req->burn, 32);
        memcpy(d->drop[i].box, req->data, CELL_BOX_LEN);
        d->n++;
    }
}

/* In the relay's thread, one request at a time. */
static int
answer(void *arg, const char *method, const char *path, uint8_t **out,
       size_t *len)
{
    struct drops *d = arg;
    struct cell_answer ans = {.status = CELL_ABSENT};
    struct cell_request req;

    (void)method;
    (void)path;
    if (d->relay.request_len != CELL_LEN ||
        cell_request_parse(&req, d->relay.request, NULL, 0) != RC_OK ||
        (*out = malloc(CELL_LEN)) == NULL) {
        return 400;
    }
    if (req.op == CELL_PUT) {
        answer_put(d, &req, &ans);
    } else {
        const size_t i = find(d, req.address);

        memcpy(d->gets[d->n_gets++ % GETS_MAX], req.address, 32);
        if (i < d->n) {
            ans.status = CELL_PRESENT;
            ans.box = d->drop[i].box;
        }
    }
    *len = CELL_LEN;
    return cell_answer_write(*out, &ans) == RC_OK ? 200 : 500;
}

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
        at[i].relay.answer = answer;
        at[i].relay.arg = &at[i];
        fake_relay_start(&at[i].relay);
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
        fake_relay_stop(&at[i].relay);
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
        answer_put(&at[relay], &req, &ans);
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
        size_t k;

        cell_of(cell, &req, relay, i, back);
        k = find(&at[relay], req.address);
        all = all && k < at[relay].n &&
              memcmp(at[relay].drop[k].box, req.data, CELL_BOX_LEN) == 0;
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
            assert_true(find(&at[i], at[i].gets[k]) < at[i].n);
            for (size_t m = 2; m < k; m++) {
                assert_memory_not_equal(at[i].gets[k], at[i].gets[m], 32);
            }
        }
    }
    /* Nothing of one relay's is at the other. */
    for (size_t k = 0; k < at[0].n; k++) {
        assert_int_equal(find(&at[1], at[0].drop[k].address), at[1].n);
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
    at[0].burned = at[1].burned = true;
    assert_int_equal(sendbody_upload(&s, &v), RC_TAKEN);
    assert_int_equal(s.again_day, (week + 1) * WEEK_DAYS);
}

/* "Taken", and our own bytes come back: then they are stored there. */
static void
taken_by_our_own_is_stored(void **state)
{
    (void)state;
    had(0, 6, 0, false);
    at[0].burned = true; /* to each PUT */
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

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(all_boxes_are_put_and_three_are_asked_for),
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
