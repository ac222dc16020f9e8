/* SPDX-License-Identifier: ISC */
/* What a client pays, and at a relay that would like to choose it. */
#include "toll.h"

#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "clock.h"
#include "effort.h"
#include "fake_relay.h"
#include "page.h"

#define TICK     600
#define HOUR     INT64_C(498700)
#define S        (HOUR * EFFORT_HOUR)
#define AT       ((uint64_t)S / TICK)
#define PAGE_MAX 8400
#define HUGE_LEN (64u * 1024 * 1024 + 1)

static const struct board board = {0, 16, TICK, 2, 8, 2};
static const uint8_t relay_id[32] = {7};

/* Pages that it has, in order. */
struct world {
    uint8_t pk[32], sk[64];
    struct {
        uint64_t number;
        uint8_t bytes[PAGE_MAX];
        size_t len;
        uint8_t hash[32];
    } page[16];
    size_t n;
    const struct board *board; /* NULL: as above */
    bool hidden; /* single pages are not there */
    bool huge;   /* files of hours are larger than a client takes */
    int64_t patience_ms;
    char asked[32][64];
    size_t n_asked;
};

static const struct board *
board_of(const struct world *w)
{
    return w->board != NULL ? w->board : &board;
}

static void
add_page(struct world *w, uint64_t number)
{
    const struct board *b = board_of(w);
    uint8_t entries[2 * ENTRY_REPORT_LEN];
    struct page p = {
        .board = b->id, .tick = b->tick, .slots = 2, .number = number,
        .entries = entries};

    randombytes_buf(entries, sizeof entries);
    for (uint8_t i = 0; i < 2; i++) { /* ascending, a key */
        entries[i * b->entry_len] = i;
        entries[i * b->entry_len + (b->entry_len > 31 ? 31 : 1)] = 0;
    }
    if (w->n > 0) {
        p.previous = w->page[w->n - 1].number;
        memcpy(p.previous_hash, w->page[w->n - 1].hash, 32);
    }
    w->page[w->n].number = number;
    w->page[w->n].len = page_len(b, 2);
    assert_int_equal(page_write(w->page[w->n].bytes, b, &p, w->sk), RC_OK);
    page_hash(w->page[w->n].hash, w->page[w->n].bytes, w->page[w->n].len);
    w->n++;
}

static int
answer(void *arg, const char *method, const char *path, uint8_t **body,
       size_t *len)
{
    struct world *w = arg;
    const uint32_t tick = board_of(w)->tick;
    uint64_t first, last, n;
    unsigned id;

    (void)method;
    if (w->patience_ms > 0) {
        (void)poll(NULL, 0, 20 * (int)w->patience_ms);
    }
    (void)snprintf(w->asked[w->n_asked++ % 32], sizeof w->asked[0], "%s",
                   path);
    if (sscanf(path, "/v1/board/%u/hour/%" SCNu64, &id, &n) == 2) {
        first = n * EFFORT_HOUR / tick;
        last = first + EFFORT_HOUR / tick - 1;
        *body = calloc(1, w->huge ? HUGE_LEN : 16 * PAGE_MAX);
        if (w->huge) {
            *len = HUGE_LEN;
            return 200;
        }
    } else if (sscanf(path, "/v1/board/%u/%" SCNu64, &id, &n) == 2 &&
               !w->hidden) {
        first = last = n;
    } else {
        return 404;
    }
    for (size_t i = 0; i < w->n; i++) {
        if (w->page[i].number >= first && w->page[i].number <= last) {
            if (*body == NULL) {
                *body = malloc(PAGE_MAX);
            }
            memcpy(*body + *len, w->page[i].bytes, w->page[i].len);
            *len += w->page[i].len;
        }
    }
    return *body == NULL ? 404 : 200;
}

/* What a client finds at this relay 70 minutes after s. */
static enum rc
challenge(struct world *w, uint8_t c[static KDF_LEN])
{
    struct fake_relay relay = {.answer = answer, .arg = w};
    const struct net_options opt = {
        .no_tor = true, .connect_seconds = 5, .stall_seconds = 5};
    struct net_circuit circuit;
    struct toll_at at = {.circuit = &circuit,
                         .relay_id = relay_id,
                         .relay_pk = w->pk,
                         .board = board_of(w),
                         .patience_ms = w->patience_ms,
                         .now = S + 4200};
    enum rc rc;

    w->n_asked = 0;
    fake_relay_start(&relay);
    assert_int_equal(net_new(&at.net, &opt), RC_OK);
    net_circuit_fresh(&circuit);
    at.url = relay.url;
    rc = toll_challenge(c, &at);
    net_free(at.net);
    fake_relay_stop(&relay);
    return rc;
}

static void
expect(struct world *w, const uint8_t h[static 32])
{
    uint8_t c[KDF_LEN], want[KDF_LEN];

    effort_challenge(want, relay_id, 0, h);
    assert_int_equal(challenge(w, c), RC_OK);
    assert_memory_equal(c, want, sizeof c);
}

static void
work_is_about_the_page_of_the_hour(void **state)
{
    static const uint8_t none[32];
    struct world w = {0};
    uint8_t c[KDF_LEN];

    (void)state;
    assert_int_equal(crypto_sign_keypair(w.pk, w.sk), 0);
    assert_int_equal(challenge(&w, c), RC_MISSING);
    for (uint64_t n = AT - 2; n <= AT + 6; n++) {
        add_page(&w, n);
    }
    expect(&w, w.page[2].hash); /* of AT, as AT + 1 says */
    assert_int_equal(w.n_asked, 1);
    w.hidden = true; /* from the file of the hour, the same */
    expect(&w, w.page[2].hash);
    w.hidden = false;
    /* It was away from before s until long after. */
    w.n = 1;
    add_page(&w, AT + 5);
    expect(&w, w.page[0].hash);
    w.n = 1;
    add_page(&w, AT + 7); /* beyond the hour, and beyond single pages */
    w.hidden = true;
    expect(&w, w.page[0].hash);
    /* Its first page of all. */
    w.n = 0;
    add_page(&w, AT + 2);
    expect(&w, none);
}

/* A board may be legal, and the file of an hour too large: as pages then. */
static void
a_file_that_is_too_large_is_read_as_pages(void **state)
{
    static const struct board large = {1, 4096, 30, 2, 256, 2};
    /* s is an hour later than with a longer tick. */
    const uint64_t at = (uint64_t)(S + EFFORT_HOUR) / 30;
    struct world w = {.board = &large, .huge = true};
    uint8_t c[KDF_LEN], want[KDF_LEN];

    (void)state;
    assert_int_equal(crypto_sign_keypair(w.pk, w.sk), 0);
    add_page(&w, at - 1);
    add_page(&w, at + 12); /* it was away for some minutes */
    effort_challenge(want, relay_id, 1, w.page[0].hash);
    assert_int_equal(challenge(&w, c), RC_OK);
    assert_memory_equal(c, want, sizeof c);
    assert_int_equal(w.n_asked, 8 + 1 + 13);
    /* More than a legal one can be is malformed. */
    w.board = NULL;
    w.n = 0;
    w.hidden = true;
    add_page(&w, AT + 1);
    assert_int_equal(challenge(&w, c), RC_FORMAT);
}

/* However slowly it says "not here": with a patience that is over at once. */
static void
all_of_it_has_a_deadline(void **state)
{
    struct world w = {.patience_ms = 1};
    uint8_t c[KDF_LEN];

    (void)state;
    assert_int_equal(challenge(&w, c), RC_IO);
    assert_true(w.n_asked <= 4);
    w.patience_ms = 0;
    assert_int_equal(challenge(&w, c), RC_MISSING);
    assert_true(w.n_asked > 8);
}

static void
no_relay_chooses_what_it_is_about(void **state)
{
    struct world w = {0};
    uint8_t c[KDF_LEN];

    (void)state;
    assert_int_equal(crypto_sign_keypair(w.pk, w.sk), 0);
    for (uint64_t n = AT - 1; n <= AT + 3; n++) {
        add_page(&w, n);
    }
    /* Hides the first page after s: the next one names another. */
    w.page[2].number = 0;
    assert_int_equal(challenge(&w, c), RC_FORGED);
    w.page[2].number = AT + 1;
    w.page[2].bytes[w.page[2].len - 1] ^= 1;
    assert_int_equal(challenge(&w, c), RC_FORGED);
}

static void
a_first_try_is_random_and_no_two_alike(void **state)
{
    uint8_t seen[64][CELL_NONCE_LEN], cell[CELL_LEN] = {0};

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        struct toll t = {0};

        toll_nonce(&t, cell);
        memcpy(seen[i], cell + CELL_NONCE_OFFSET, CELL_NONCE_LEN);
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(seen[i], seen[k], CELL_NONCE_LEN);
        }
        toll_nonce(&t, cell); /* again, as it was */
        assert_memory_equal(seen[i], cell + CELL_NONCE_OFFSET, CELL_NONCE_LEN);
    }
    assert_true(sodium_is_zero(cell, CELL_NONCE_OFFSET));
}

static void
worked_for_is_kept(void **state)
{
    struct toll t = {0};
    uint8_t cell[CELL_LEN] = {1, 4}, c[KDF_LEN] = {5};
    uint64_t start = UINT64_MAX - 3; /* numbers begin anew after the last */
    enum rc rc;

    (void)state;
    toll_nonce(&t, cell);
    do {
        rc = toll_work(&t, cell, c, 9, &start);
    } while (rc == RC_AGAIN);
    assert_int_equal(rc, RC_OK);
    for (int i = 0; i < 3; i++) {
        toll_nonce(&t, cell);
        assert_true(effort_of(cell, c) >= 9);
    }
    assert_int_equal(toll_work(&t, cell, c, EFFORT_MAX + 1, &start),
                     RC_FORMAT);
}

static void
the_first_that_is_due_comes_first(void **state)
{
    struct toll list[3] = {{0}, {0}, {0}};

    (void)state;
    assert_true(toll_next(list, 3) == INT64_MAX);
    list[1].at_ms = clock_mono_ms() + 900000;
    list[2].at_ms = clock_mono_ms() + 600000;
    assert_true(toll_next(list, 3) == list[2].at_ms);
    assert_true(toll_next(list, 2) == list[1].at_ms);
    list[2].at_ms = clock_mono_ms() - 1; /* over */
    assert_true(toll_next(list, 3) == list[1].at_ms);
}

/* However fast this computer is, and however often the relay asks. */
static void
retries_wait_and_end(void **state)
{
    static const struct board fast = {1, 4096, 1, 2, 4, 2};
    int64_t least = INT64_MAX, most = 0;

    (void)state;
    for (int i = 0; i < 500; i++) {
        const int64_t now = clock_mono_ms();
        struct toll t = {0};

        for (int k = 0; k < TOLL_RETRIES; k++) {
            int64_t wait;

            assert_int_equal(toll_asked(&t, &fast, 10000), RC_OK);
            wait = t.at_ms - now;
            least = wait < least ? wait : least;
            most = wait > most ? wait : most;
        }
        assert_int_equal(toll_asked(&t, &fast, 10000), RC_FULL);
    }
    /* Drawn 1,500 times of 70,000: the ends are near, none is beyond. */
    assert_in_range(least, 20000, 22000);
    assert_in_range(most, 88000, 95000);
    /* With no pause at all, not before the next page. */
    for (int i = 0; i < 20; i++) {
        const int64_t begun = clock_mono_ms();
        struct toll t = {0};
        int64_t page;

        assert_int_equal(toll_asked(&t, &board, 0), RC_OK);
        page = TICK - clock_now() % TICK;
        assert_in_range(t.at_ms - begun, (page - 1) * 1000, (page + 1) * 1000);
    }
}

static void
what_is_asked_is_more_or_later(void **state)
{
    (void)state;
    for (unsigned s = 0; s < 32; s++) {
        const struct cell_answer ans = {.status = (enum cell_status)s};

        assert_int_equal(toll_is_asked(&ans), s == 17 || s == 19);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_is_about_the_page_of_the_hour),
        cmocka_unit_test(a_file_that_is_too_large_is_read_as_pages),
        cmocka_unit_test(all_of_it_has_a_deadline),
        cmocka_unit_test(no_relay_chooses_what_it_is_about),
        cmocka_unit_test(a_first_try_is_random_and_no_two_alike),
        cmocka_unit_test(worked_for_is_kept),
        cmocka_unit_test(the_first_that_is_due_comes_first),
        cmocka_unit_test(retries_wait_and_end),
        cmocka_unit_test(what_is_asked_is_more_or_later),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
