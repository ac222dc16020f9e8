/* SPDX-License-Identifier: ISC */
/* Rows come back as they were put; a row that is cut, longer, or of an
 * impossible length inside is damage, never half a record. */
#include "records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "desknote.h"
#include "desktest.h"

static struct desk desk;
static struct vault *vault;

static int
setup(void **state)
{
    int failed = desktest_open(&desk);

    (void)state;
    vault = desk.vault;
    return failed;
}

static int
teardown(void **state)
{
    (void)state;
    return desktest_close(&desk);
}

/*
 * Cuts the only row of a kind at many places; get must refuse each.
 * get      reads the row into a record of its own
 */
static void
refuses_damage(enum vault_kind kind, const void *id, size_t id_len,
               enum rc (*get)(void))
{
    uint8_t *data, *longer;
    size_t len, step;

    assert_int_equal(get(), RC_OK);
    assert_int_equal(vault_get(vault, kind, id, id_len, &data, &len), RC_OK);
    step = len / 40 + 1;
    assert_int_equal(vault_begin(vault), RC_OK);
    for (size_t n = 0; n < len; n += step) {
        assert_int_equal(vault_put(vault, kind, id, id_len, data, n), RC_OK);
        assert_int_equal(get(), RC_FORGED);
    }
    assert_int_equal(vault_put(vault, kind, id, id_len, data, len - 1), RC_OK);
    assert_int_equal(get(), RC_FORGED);
    longer = calloc(1, len + 1);
    assert_non_null(longer);
    memcpy(longer, data, len);
    assert_int_equal(vault_put(vault, kind, id, id_len, longer, len + 1),
                     RC_OK);
    assert_int_equal(get(), RC_FORGED);
    assert_int_equal(vault_put(vault, kind, id, id_len, data, len), RC_OK);
    assert_int_equal(get(), RC_OK);
    assert_int_equal(vault_commit(vault), RC_OK);
    free(longer);
    vault_release(data, len);
}

static const uint8_t id8[8] = {0, 0, 0, 7, 0, 0, 0, 9};
static const uint8_t id32[32] = {3}, nobody[32] = {RECORD_RELAYS_MAX + 1};

/* A record that is put and one that is read, and its reading. */
#define RECORD(type, name, get)                                                \
    static struct type name##_in, name##_out;                                  \
    static enum rc get_##name(void)                                            \
    {                                                                          \
        return get;                                                            \
    }

RECORD(case_rec, case, case_get(vault, &case_out, 7))

static void
cases(void **state)
{
    (void)state;
    assert_int_equal(get_case(), RC_MISSING);
    randombytes_buf(&case_in, sizeof case_in);
    case_in.number = 7;
    case_in.unread = true;
    case_in.lost = true;
    assert_int_equal(case_put(vault, &case_in), RC_OK);
    refuses_damage(VAULT_CASE, id8, 4, get_case);
    assert_int_equal(case_out.number, 7);
    assert_int_equal(case_out.day, case_in.day);
    assert_memory_equal(case_out.root, case_in.root, 32);
    assert_memory_equal(case_out.reply, case_in.reply, 32);
    assert_memory_equal(case_out.conversation, case_in.conversation, 32);
    assert_int_equal(case_out.messages, case_in.messages);
    assert_int_equal(case_out.answers, case_in.answers);
    assert_int_equal(case_out.spent, case_in.spent);
    assert_true(case_out.unread);
    assert_int_equal(case_out.twin, case_in.twin);
    assert_true(case_out.lost);
}

RECORD(message_rec, message, message_get(vault, &message_out, 7, 9))

static void
messages(void **state)
{
    (void)state;
    memset(&message_in, 0, sizeof message_in);
    message_in.case_no = 7;
    message_in.seq = 9;
    message_in.kind = HEAD_FOLLOW_UP;
    message_in.day = 20779;
    message_in.body.boxes = 3;
    message_in.body.len = 40000;
    randombytes_buf(message_in.body_id, sizeof message_in.body_id);
    message_in.text_len = 500;
    randombytes_buf(message_in.text, 500);
    assert_int_equal(message_put(vault, &message_in), RC_OK);
    refuses_damage(VAULT_MESSAGE, id8, 8, get_message);
    assert_memory_equal(&message_in, &message_out, sizeof message_in);
}

RECORD(body_rec, body, body_get(vault, &body_out, id32))

static void
bodies(void **state)
{
    (void)state;
    memset(&body_in, 0, sizeof body_in);
    memcpy(body_in.id, id32, sizeof body_in.id);
    body_in.case_no = 7;
    body_in.body.boxes = 77;
    body_in.state = BODY_MISSING;
    body_in.next = 5;
    body_in.absent = 2;
    body_in.try_at = 1795000000;
    body_in.failures = 4;
    body_in.n_asked = 2;
    randombytes_buf(body_in.asked, 64);
    assert_int_equal(body_put(vault, &body_in), RC_OK);
    refuses_damage(VAULT_BODY, id32, BODY_ID_LEN, get_body);
    assert_memory_equal(&body_in, &body_out, sizeof body_in);
}

RECORD(answer_rec, answer, answer_get(vault, &answer_out, 7, 9))

static void
answers(void **state)
{
    (void)state;
    for (int sealed = 0; sealed < 2; sealed++) {
        memset(&answer_in, 0, sizeof answer_in);
        answer_in.case_no = 7;
        answer_in.seq = 9;
        answer_in.state = sealed ? ANSWER_SEALED : ANSWER_QUEUED;
        answer_in.i = 63;
        answer_in.due = 1795000000;
        answer_in.day = 20779;
        answer_in.taken = 2;
        answer_in.told = sealed;
        answer_in.n_relays = 2;
        for (size_t i = 0; i < 2; i++) {
            struct relay_rec *r = &answer_in.relays[i];

            randombytes_buf(r->id, sizeof r->id);
            r->boxes_put = 9;
            r->expiry = 20790;
            r->page = 1ull << 40;
            r->seen = i == 0;
            r->missed = i == 1;
        }
        answer_in.text_len = ANSWER_TEXT_MAX;
        randombytes_buf(answer_in.text, sizeof answer_in.text);
        if (sealed) {
            randombytes_buf(answer_in.inner, sizeof answer_in.inner);
        }
        assert_int_equal(answer_put(vault, &answer_in), RC_OK);
        refuses_damage(VAULT_ANSWER, id8, 8, get_answer);
        assert_memory_equal(&answer_in, &answer_out, sizeof answer_in);
    }
}

static struct answer_rec dummy_in, dummy_out;
static uint8_t dummy_root[32];

static enum rc
take_dummy(const struct vault_row *row, void *arg)
{
    (void)arg;
    return dummy_parse(&dummy_out, dummy_root, row);
}

static enum rc
get_dummy(void)
{
    size_t damaged = 0;
    enum rc rc;

    memset(&dummy_out, 0, sizeof dummy_out);
    rc = vault_each(vault, VAULT_DUMMY, take_dummy, NULL, &damaged);
    return rc == RC_OK && damaged > 0 ? RC_FORGED : rc;
}

static void
dummies(void **state)
{
    (void)state;
    memset(&dummy_in, 0, sizeof dummy_in);
    dummy_in.state = ANSWER_RUNG;
    dummy_in.i = 3;
    dummy_in.due = 1795000000;
    dummy_in.day = 20779;
    dummy_in.taken = 3;
    dummy_in.told = true;
    dummy_in.n_relays = 1;
    dummy_in.relays[0].page = 7;
    assert_int_equal(dummy_put(vault, id32, &dummy_in), RC_OK);
    refuses_damage(VAULT_DUMMY, id32, 32, get_dummy);
    assert_memory_equal(&dummy_in, &dummy_out, sizeof dummy_in);
    assert_memory_equal(dummy_root, id32, 32);
    assert_int_equal(dummy_delete(vault, id32), RC_OK);
    assert_false(vault_has(vault, VAULT_DUMMY, id32, 32));
}

RECORD(own_rec, own, own_get(vault, &own_out, id32))

static void
own_reports(void **state)
{
    (void)state;
    memset(&own_in, 0, sizeof own_in);
    memcpy(own_in.a, id32, sizeof own_in.a);
    own_in.week = 2968;
    own_in.rung = 1795000000;
    for (size_t i = 0; i < RECORD_RELAYS_MAX; i++) {
        uint8_t relay[32];
        struct relay_rec *r;

        memset(relay, (int)i, sizeof relay);
        r = relay_rec_of(own_in.relays, &own_in.n_relays, relay);
        assert_non_null(r);
        assert_ptr_equal(r,
                         relay_rec_of(own_in.relays, &own_in.n_relays, relay));
        r->page = i;
    }
    assert_null(relay_rec_of(own_in.relays, &own_in.n_relays, nobody));
    assert_int_equal(own_put(vault, &own_in), RC_OK);
    refuses_damage(VAULT_OWN, id32, 32, get_own);
    assert_memory_equal(&own_in, &own_out, sizeof own_in);
}

RECORD(position_rec, position, position_get(vault, &position_out, id32, 1))

static void
positions(void **state)
{
    uint8_t id[33];

    (void)state;
    assert_int_equal(get_position(), RC_OK); /* a new relay */
    assert_false(position_out.known);
    assert_memory_equal(position_out.relay, id32, 32);
    memset(&position_in, 0, sizeof position_in);
    memcpy(position_in.relay, id32, 32);
    position_in.board = 1;
    position_in.known = position_in.linked = true;
    position_in.last.number = 1ull << 40;
    randombytes_buf(position_in.last.hash, sizeof position_in.last.hash);
    position_in.first = 1;
    position_in.gap_first = 2;
    position_in.gap_last = 3;
    assert_int_equal(position_put(vault, &position_in), RC_OK);
    memcpy(id, id32, 32);
    id[32] = 1;
    refuses_damage(VAULT_POSITION, id, sizeof id, get_position);
    assert_memory_equal(&position_in, &position_out, sizeof position_in);
}

RECORD(desknote_week, week, week_get(vault, &week_out, 7))

static void
weeks(void **state)
{
    (void)state;
    randombytes_buf(&week_in, sizeof week_in);
    week_in.week = 7;
    assert_int_equal(week_put(vault, &week_in), RC_OK);
    refuses_damage(VAULT_WEEK, id8, 4, get_week);
    assert_memory_equal(week_out.q, week_in.q, sizeof week_in.q);
    assert_memory_equal(week_out.v, week_in.v, sizeof week_in.v);
}

static enum rc
count_all(const struct vault_row *row, void *arg)
{
    (void)row;
    *(size_t *)arg += 1;
    return RC_OK;
}

static enum rc
count_alarm(const struct vault_row *row, void *arg)
{
    struct alarm_rec a;

    assert_int_equal(alarm_parse(&a, row), RC_OK);
    if (strcmp(a.text, "a fork") == 0) {
        assert_int_equal(a.first_day, 10);
        assert_int_equal(a.last_day, 12);
        assert_int_equal(a.count, 3);
    }
    *(size_t *)arg += 1;
    return RC_OK;
}

/* One text is one alarm, said once a day; and there is an end to them: the
 * oldest make room. */
static void
alarms(void **state)
{
    char text[2000];
    size_t n = 0;
    bool fresh;

    (void)state;
    assert_int_equal(alarm_note(vault, "a fork", 10, &fresh), RC_OK);
    assert_true(fresh);
    assert_int_equal(alarm_note(vault, "a fork", 10, &fresh), RC_OK);
    assert_false(fresh);
    assert_int_equal(alarm_note(vault, "a fork", 12, &fresh), RC_OK);
    assert_true(fresh);
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(alarm_note(vault, text, 12, &fresh), RC_OK);
    assert_int_equal(vault_begin(vault), RC_OK);
    for (int i = 0; i < 1100; i++) {
        (void)snprintf(text, sizeof text, "alarm %d", i);
        assert_int_equal(alarm_note(vault, text, 12, &fresh), RC_OK);
        assert_true(fresh);
    }
    assert_int_equal(vault_commit(vault), RC_OK);
    assert_int_equal(vault_each(vault, VAULT_ALARM, count_alarm, &n, NULL),
                     RC_OK);
    assert_int_equal(n, 1000);
    assert_int_equal(vault_begin(vault), RC_OK);
    assert_int_equal(alarm_note(vault, "once", 13, &fresh), RC_OK);
    assert_int_equal(alarm_note(vault, "once", 13, &fresh), RC_OK);
    assert_false(fresh); /* it was kept */
    for (int i = 0; i < 1100; i++) {
        (void)snprintf(text, sizeof text, "another %d", i);
        assert_int_equal(alarm_note(vault, text, 13, &fresh), RC_OK);
    }
    assert_int_equal(alarm_note(vault, "once", 13, &fresh), RC_OK);
    assert_false(fresh); /* what came once goes first */
    assert_int_equal(alarm_note(vault, "a fork", 13, &fresh), RC_OK);
    assert_true(fresh); /* but what is older before */
    assert_int_equal(vault_commit(vault), RC_OK);
    n = 0;
    assert_int_equal(vault_each(vault, VAULT_ALARM, count_all, &n, NULL),
                     RC_OK);
    assert_int_equal(n, 1000);
}

static void
day_pages(void **state)
{
    struct position_rec at = {.board = 1}, other = {.board = 2};
    uint8_t *page;
    size_t len;

    (void)state;
    for (uint32_t day = 10; day < 13; day++) {
        uint8_t bytes[5000];

        memset(bytes, (int)day, sizeof bytes);
        assert_int_equal(day_page_put(vault, &at, day, bytes, sizeof bytes),
                         RC_OK);
    }
    assert_int_equal(day_page_get(vault, &other, 11, &page, &len), RC_MISSING);
    assert_int_equal(day_pages_prune(vault, 11), RC_OK);
    assert_int_equal(day_page_get(vault, &at, 10, &page, &len), RC_MISSING);
    assert_int_equal(day_page_get(vault, &at, 11, &page, &len), RC_OK);
    assert_int_equal(len, 5000);
    assert_int_equal(page[4999], 11);
    vault_release(page, len);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(cases),   TEST(messages),    TEST(bodies),    TEST(answers),
        TEST(dummies), TEST(own_reports), TEST(positions), TEST(weeks),
        TEST(alarms),  TEST(day_pages),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
