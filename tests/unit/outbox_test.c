/* SPDX-License-Identifier: ISC */
/* Answers up to the moment they leave: numbers, waits, boxes. What relays do
 * with them is in tests/e2e. */
#include "watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "answer.h"
#include "body.h"
#include "clock.h"
#include "desktest.h"
#include "dummies.h"

static struct desk desk;
static struct watch watch;
static struct directory directory;
static struct bundle bundle;
static struct desknote note;
static struct desknote *notes[1] = {&note};
static struct directory_org org;
static struct board boards[2] = {{0, 16, 600, 16, 64, 2},
                                 {1, 4096, 30, 2, 32, 2}};
static uint8_t reply_sk[32];
static struct case_rec the_case;

/* What the relays serve from now on: our V of this week. */
static int
serve_note(void)
{
    uint32_t week = clock_week(clock_now());

    memset(&note, 0, sizeof note);
    return weekkey_public(&note.keys, weekkeys_find(desk.keys, week)) == RC_OK
               ? 0
               : -1;
}

static int
setup(void **state)
{
    (void)state;
    memset(&watch, 0, sizeof watch);
    if (desktest_open(&desk) != 0 ||
        weekkeys_make(desk.keys, clock_week(clock_now())) != RC_OK) {
        return -1;
    }
    randombytes_buf(desk.config.org, sizeof desk.config.org);
    memcpy(org.id, desk.config.org, sizeof org.id);
    directory.orgs = &org;
    directory.n_orgs = 1;
    directory.boards = boards; /* no relays: nothing leaves */
    directory.n_boards = 2;
    directory.retention = 28;
    bundle.directory = &directory;
    bundle.desk = notes;
    desk.network.bundle = &bundle;
    desk.has_network = true;
    watch.d = &desk;
    watch.means.answer = 600;
    watch.means.poll = 1;
    watch.answers = &boards[0];
    memset(&the_case, 0, sizeof the_case);
    the_case.number = 1;
    randombytes_buf(the_case.root, sizeof the_case.root);
    randombytes_buf(reply_sk, sizeof reply_sk);
    (void)crypto_scalarmult_base(the_case.reply, reply_sk);
    return case_put(desk.vault, &the_case) == RC_OK ? serve_note() : -1;
}

static int
teardown(void **state)
{
    (void)state;
    desk.has_network = false; /* it is not on the heap */
    outbox_wipe(&watch);
    return desktest_close(&desk);
}

/* What `reply` does. due 0: the wait is still to be drawn. */
static uint32_t
queue(const char *text, int64_t due)
{
    struct answer_rec *a = calloc(1, sizeof *a);
    uint32_t seq;

    assert_non_null(a);
    assert_int_equal(case_get(desk.vault, &the_case, 1), RC_OK);
    a->case_no = 1;
    a->seq = seq = the_case.answers++;
    a->due = due;
    a->text_len = (uint16_t)strlen(text);
    memcpy(a->text, text, a->text_len);
    assert_int_equal(case_put(desk.vault, &the_case), RC_OK);
    assert_int_equal(answer_put(desk.vault, a), RC_OK);
    free(a);
    watch.out.loaded = false; /* as after another process's change */
    return seq;
}

static struct answer_rec rec;

static void
run(uint32_t seq)
{
    (void)outbox_run(&watch, clock_mono_ms());
    assert_int_equal(answer_get(desk.vault, &rec, 1, seq), RC_OK);
}

/* Opens what is kept as the reporter would. */
static const char *
opened(uint8_t i)
{
    static uint8_t plain[ANSWER_PLAIN_LEN];
    static char text[ANSWER_TEXT_MAX + 1];
    const struct answer_with with = {desk.config.org, the_case.root, NULL, i};
    const struct answer_by by = {&note, clock_day(clock_now())};
    struct answer a;

    assert_int_equal(answer_open(&a, plain, &with, reply_sk, rec.inner, &by),
                     RC_OK);
    memcpy(text, a.text, a.text_len);
    text[a.text_len] = '\0';
    assert_int_equal(a.day, clock_day(clock_now()));
    return text;
}

static void
each_wait_is_drawn_once_and_kept(void **state)
{
    int64_t now = clock_now(), due, sum = 0, most = 0;
    uint32_t seq;

    (void)state;
    do { /* one wait in some 600 is over within its first second */
        seq = queue("one", 0);
        run(seq);
    } while (rec.state != ANSWER_QUEUED && rec.due <= clock_now());
    assert_int_equal(rec.state, ANSWER_QUEUED);
    due = rec.due;
    assert_true(due >= now && due <= now + 3601);
    watch.out.loaded = false; /* a restart */
    run(seq);
    assert_true(rec.due == due);
    for (int i = 0; i < 60; i++) {
        seq = queue("x", 0);
    }
    (void)outbox_run(&watch, clock_mono_ms());
    for (uint32_t i = 1; i <= seq; i++) {
        assert_int_equal(answer_get(desk.vault, &rec, 1, i), RC_OK);
        sum += rec.due - now;
        most = rec.due - now > most ? rec.due - now : most;
    }
    /* mean 600 of 60 draws, 7 deviations; none above an hour */
    assert_true(sum / 60 > 60 && sum / 60 < 1200);
    assert_true(most <= 3600 + clock_now() - now);
}

static void
what_is_due_is_sealed_before_it_leaves(void **state)
{
    uint32_t later = queue("later", clock_now() + 3000);
    uint32_t seq = queue("now", clock_now() - 1);
    uint8_t inner[ANSWER_INNER_LEN];

    (void)state;
    run(seq);
    assert_int_equal(rec.state, ANSWER_SEALED);
    assert_int_equal(rec.i, 0);
    assert_string_equal(opened(0), "now");
    memcpy(inner, rec.inner, sizeof inner);
    watch.out.loaded = false; /* a crash: the same goes out */
    run(seq);
    assert_int_equal(rec.i, 0);
    assert_memory_equal(rec.inner, inner, sizeof inner);
    run(later);
    assert_int_equal(rec.state, ANSWER_QUEUED);
}

static void
numbers_go_up(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < 5; i++) {
        uint32_t seq = queue("text", clock_now() - 1);

        run(seq);
        assert_int_equal(rec.state, ANSWER_SEALED);
        assert_int_equal(rec.i, i);
        assert_int_equal(case_get(desk.vault, &the_case, 1), RC_OK);
        assert_int_equal(numbers_next(&the_case), i + 1);
    }
}

static void
sixty_three_is_the_last_and_says_so(void **state)
{
    uint32_t seq;

    (void)state;
    the_case.spent = (UINT64_C(1) << 62) - 1;
    assert_int_equal(case_put(desk.vault, &the_case), RC_OK);
    seq = queue("sixty-two", clock_now() - 1);
    run(seq);
    assert_string_equal(opened(62), "sixty-two");
    seq = queue("sixty-three", clock_now() - 1);
    run(seq);
    assert_int_equal(rec.i, 63);
    assert_non_null(strstr(opened(63), "sixty-three"));
    assert_non_null(strstr(opened(63), "last answer"));
    seq = queue("one too many", clock_now() - 1);
    run(seq);
    assert_int_equal(rec.state, ANSWER_FAILED);
}

/* R_O of a hostile reporter. */
static void
a_reply_key_that_is_no_good_fails(void **state)
{
    uint32_t seq;

    (void)state;
    memset(the_case.reply, 0, sizeof the_case.reply);
    assert_int_equal(case_put(desk.vault, &the_case), RC_OK);
    seq = queue("text", clock_now() - 1);
    run(seq);
    assert_int_equal(rec.state, ANSWER_FAILED);
    assert_int_equal(case_get(desk.vault, &the_case, 1), RC_OK);
    assert_int_equal(numbers_next(&the_case), 0);
}

static void
without_keys_of_the_week_it_waits(void **state)
{
    uint32_t seq = queue("text", clock_now() - 1);

    (void)state;
    assert_int_equal(weekkeys_destroy(desk.keys, clock_week(clock_now())),
                     RC_OK);
    run(seq);
    assert_int_equal(rec.state, ANSWER_QUEUED);
    assert_int_equal(weekkeys_make(desk.keys, clock_week(clock_now())), RC_OK);
    assert_int_equal(serve_note(), 0);
    watch.out.loaded = false;
    run(seq);
    assert_int_equal(rec.state, ANSWER_SEALED);
}

/* Nobody could check an answer that is signed with a V that no note at the
 * relays has. */
static void
what_no_relay_can_vouch_for_waits(void **state)
{
    uint32_t seq = queue("text", clock_now() - 1);
    uint32_t week = clock_week(clock_now());
    uint8_t v[32];

    (void)state;
    bundle.desk = (struct desknote *[]){NULL}; /* no note */
    run(seq);
    assert_int_equal(rec.state, ANSWER_QUEUED);
    bundle.desk = notes;
    memcpy(v, note.keys.v, 32);
    note.keys.v[0] ^= 1; /* somebody else's */
    watch.out.loaded = false;
    run(seq);
    assert_int_equal(rec.state, ANSWER_QUEUED);
    memcpy(note.keys.v, v, 32);
    note.keys.week = week - 2; /* one of two weeks ago */
    watch.out.loaded = false;
    run(seq);
    assert_int_equal(rec.state, ANSWER_QUEUED);
    note.keys.week = week - 1; /* the last one: V is its next */
    memcpy(note.next, v, 32);
    watch.out.loaded = false;
    run(seq);
    assert_int_equal(rec.state, ANSWER_SEALED);
}

/* Own entries on board 0 are recognised, others are not. */
static void
entries_on_the_board_are_seen(void **state)
{
    uint8_t entries[2 * ENTRY_ANSWER_LEN] = {1};
    struct page page = {.slots = 2, .number = 5, .entries = entries};
    struct relay_rec *r;
    uint8_t relay[32] = {7}, other[32] = {8};

    (void)state;
    run(queue("text", clock_now() - 1));
    assert_int_equal(watch.out.n, 1);
    r = relay_rec_of(watch.out.list[0]->rec.relays,
                     &watch.out.list[0]->rec.n_relays, relay);
    r->page = 5;
    assert_int_equal(outbox_page(&watch, &page, relay), RC_OK);
    assert_false(r->seen);
    answer_entry(entries + ENTRY_ANSWER_LEN, the_case.root, 0);
    assert_int_equal(outbox_page(&watch, &page, other), RC_OK);
    assert_false(r->seen);
    assert_int_equal(outbox_page(&watch, &page, relay), RC_OK);
    assert_true(r->seen);
    assert_int_equal(answer_get(desk.vault, &rec, 1, 0), RC_OK);
    assert_true(rec.relays[0].seen);
}

/* The last answer's line, once, whatever happened before it left. */
static void
the_last_says_so_once(void **state)
{
    uint32_t seq;
    const char *text;

    (void)state;
    the_case.spent = (UINT64_C(1) << 63) - 1;
    assert_int_equal(case_put(desk.vault, &the_case), RC_OK);
    seq = queue("sixty-three", clock_now() - 1);
    assert_int_equal(weekkeys_destroy(desk.keys, clock_week(clock_now())),
                     RC_OK);
    run(seq);
    assert_int_equal(rec.state, ANSWER_QUEUED);
    assert_int_equal(weekkeys_make(desk.keys, clock_week(clock_now())), RC_OK);
    assert_int_equal(serve_note(), 0);
    watch.out.list[0]->retry_ms = 0; /* not from the store: from memory */
    run(seq);
    assert_int_equal(rec.state, ANSWER_SEALED);
    text = strstr(opened(63), "last answer");
    assert_non_null(text);
    assert_null(strstr(text + 1, "last answer"));
}

/* Its case was deleted by somebody: nothing of it comes back. */
static void
an_answer_of_no_case_is_not_written(void **state)
{
    uint32_t seq = queue("text", clock_now() + 3000);

    (void)state;
    run(seq);
    assert_int_equal(watch.out.n, 1);
    assert_int_equal(case_delete(desk.vault, 1), RC_OK);
    assert_int_equal(answer_delete(desk.vault, 1, seq), RC_OK);
    watch.out.list[0]->rec.due = 1;
    (void)outbox_run(&watch, clock_mono_ms());
    assert_int_equal(answer_get(desk.vault, &rec, 1, seq), RC_MISSING);
    watch.out.list[0]->rec.state = ANSWER_SEALED;
    (void)outbox_run(&watch, clock_mono_ms());
    assert_int_equal(answer_get(desk.vault, &rec, 1, seq), RC_MISSING);
}

static enum rc
count_row(const struct vault_row *row, void *arg)
{
    size_t *n = arg;

    (void)row;
    ++*n;
    return RC_OK;
}

/* Dummies outlast a look at the store and a restart. One of their number, of
 * which more can't be, is not made. */
static void
dummies_wait_like_answers(void **state)
{
    uint32_t seq = queue("text", clock_now() + 3000);

    (void)state;
    run(seq);
    assert_int_equal(outbox_dummy(&watch, 0), RC_OK);
    assert_int_equal(outbox_dummy(&watch, 40000), RC_OK);
    run(seq);
    watch.out.loaded = false;
    run(seq);
    assert_int_equal(watch.out.n, 3);
    outbox_wipe(&watch);
    run(seq);
    assert_int_equal(watch.out.n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(watch.out.list[i]->rec.state, watch.out.list[i]->dummy
                                                           ? ANSWER_SEALED
                                                           : ANSWER_QUEUED);
    }
    watch.out.dummies = DUMMIES_MAX;
    assert_int_equal(outbox_dummy(&watch, 1), RC_FULL);
    watch.out.dummies = DUMMIES_MAX - 1;
    assert_int_equal(outbox_dummy(&watch, 1), RC_OK);
}

#define DRAWS 4000

/* By lot: 500 of 4,000, with a spread of 21; the bounds are eight of it. */
static void
one_dummy_in_eight_has_a_body(void **state)
{
    int bodies = 0;

    (void)state;
    watch.board = &boards[1];
    watch.look_ms = INT64_MAX;
    watch.dummies.mean_ms = 1;
    for (int i = 0; i < DRAWS; i++) {
        const struct body_name *body;

        watch.dummies.next_ms = i;
        (void)cover_run(&watch, i);
        assert_int_equal(watch.out.n, 1);
        assert_true(watch.out.list[0]->dummy);
        body = &watch.out.list[0]->rec.body;
        assert_int_equal(body->boxes, body_boxes(body->len));
        bodies += body->len > 0;
        assert_int_equal(dummy_delete(desk.vault, watch.out.list[0]->root),
                         RC_OK);
        outbox_wipe(&watch);
    }
    assert_in_range(bodies, 500 - 168, 500 + 168);
}

/* A power cut, or somebody who tidied up: it can't go for ever unsaid. */
static void
without_its_attachments_it_fails(void **state)
{
    static struct directory_relay relay = {.id = {7}};
    uint32_t seq = queue("see the form", clock_now() - 1);
    size_t alarms = 0;

    (void)state;
    assert_int_equal(answer_get(desk.vault, &rec, 1, seq), RC_OK);
    rec.body.len = 5;
    rec.body.boxes = 1;
    randombytes_buf(rec.body.key, sizeof rec.body.key);
    randombytes_buf(rec.body.digest, sizeof rec.body.digest);
    assert_int_equal(answer_put(desk.vault, &rec), RC_OK);
    directory.relays = &relay;
    directory.n_relays = 1;
    desk.network.relays[0].info = &relay;
    desk.network.n_relays = 1;
    run(seq);
    desk.network.n_relays = 0;
    directory.n_relays = 0;
    assert_int_equal(rec.state, ANSWER_FAILED);
    assert_int_equal(
        vault_each(desk.vault, VAULT_ALARM, count_row, &alarms, NULL), RC_OK);
    assert_int_equal(alarms, 2); /* gone; and nobody took it */
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_wait_is_drawn_once_and_kept),
        TEST(what_is_due_is_sealed_before_it_leaves),
        TEST(numbers_go_up),
        TEST(sixty_three_is_the_last_and_says_so),
        TEST(a_reply_key_that_is_no_good_fails),
        TEST(without_keys_of_the_week_it_waits),
        TEST(what_no_relay_can_vouch_for_waits),
        TEST(the_last_says_so_once),
        TEST(an_answer_of_no_case_is_not_written),
        TEST(dummies_wait_like_answers),
        TEST(without_its_attachments_it_fails),
        TEST(one_dummy_in_eight_has_a_body),
        TEST(entries_on_the_board_are_seen),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
