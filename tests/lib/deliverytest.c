/* SPDX-License-Identifier: ISC */
#include "deliverytest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "clock.h"
#include "testclock.h"

#define START (7 * 2970 + 1) /* the day: nothing ends on it */

struct desk our_desk;
struct watch watch;
struct fake_drops at[3];
struct directory_relay relays[3];
static struct directory directory;
static struct directory_org org = {.name = (char[]){"Us"}};
static struct desknote note;
static struct desknote *notes[] = {&note};
static struct bundle bundle;
static struct board boards[2] = {{0, 16, 600, 16, 64, 2},
                                 {1, 4096, 30, 2, 32, 2}};
struct case_rec the_case;
struct answer_rec rec;

void
open_relays(size_t first, size_t n)
{
    directory.relays = &relays[first];
    directory.n_relays = n;
    our_desk.network.n_relays = n;
    for (size_t i = 0; i < n; i++) {
        our_desk.network.relays[i].info = &relays[first + i];
        our_desk.network.relays[i].url = at[first + i].relay.url;
        our_desk.network.relays[i].up = true;
    }
}

int
delivery_setup(void **state)
{
    const struct net_options opt = {.no_tor = true};
    const uint32_t week = START / WEEK_DAYS;
    uint8_t sk[32];

    (void)state;
    if (testclock_noon(START) != 0) {
        return -1;
    }
    memset(&watch, 0, sizeof watch);
    memset(at, 0, sizeof at);
    memset(relays, 0, sizeof relays);
    if (desktest_open(&our_desk) != 0 ||
        weekkeys_make(our_desk.keys, week) != RC_OK ||
        net_new(&our_desk.net, &opt) != RC_OK) {
        return -1;
    }
    for (size_t i = 0; i < 3; i++) {
        fake_drops_start(&at[i]);
        at[i].expiry_day = clock_day(clock_now()) + 28;
        at[i].page = (uint64_t)clock_now() / 600;
        relays[i].id[0] = (uint8_t)(i + 1);
        relays[i].urls[0] = at[i].relay.url;
        relays[i].n_urls = 1;
    }
    memcpy(org.id, our_desk.config.org, sizeof org.id);
    directory = (struct directory){.boards = boards,
                                   .n_boards = 2,
                                   .issued = START,
                                   .retention = 28,
                                   .orgs = &org,
                                   .n_orgs = 1};
    bundle.directory = &directory;
    bundle.desk = notes;
    our_desk.network.bundle = &bundle;
    our_desk.has_network = true;
    watch.d = &our_desk;
    watch.means.answer = 600;
    watch.answers = &boards[0];
    watch.means.grace = 1000000;
    open_relays(0, 2);
    memset(&note, 0, sizeof note);
    memset(&the_case, 0, sizeof the_case);
    the_case.number = 1;
    randombytes_buf(the_case.root, sizeof the_case.root);
    randombytes_buf(sk, sizeof sk);
    (void)crypto_scalarmult_base(the_case.reply, sk);
    return case_put(our_desk.vault, &the_case) == RC_OK &&
                   weekkey_public(&note.keys,
                                  weekkeys_find(our_desk.keys, week)) == RC_OK
               ? 0
               : -1;
}

int
delivery_teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        fake_drops_stop(&at[i]);
    }
    our_desk.has_network = false;
    outbox_wipe(&watch);
    return desktest_close(&our_desk);
}

uint32_t
queue(const char *text)
{
    struct answer_rec *a = calloc(1, sizeof *a);
    uint32_t seq;

    assert_non_null(a);
    assert_int_equal(case_get(our_desk.vault, &the_case, 1), RC_OK);
    a->case_no = 1;
    a->seq = seq = the_case.answers++;
    a->due = 1;
    a->text_len = (uint16_t)strlen(text);
    memcpy(a->text, text, a->text_len);
    assert_int_equal(case_put(our_desk.vault, &the_case), RC_OK);
    assert_int_equal(answer_put(our_desk.vault, a), RC_OK);
    free(a);
    watch.out.loaded = false;
    return seq;
}

void
turns_of_all(int n)
{
    while (n-- > 0) {
        memset(watch.resting, 0, sizeof watch.resting);
        for (size_t i = 0; i < watch.out.n; i++) {
            watch.out.list[i]->retry_ms = 0;
        }
        (void)outbox_run(&watch, clock_mono_ms());
    }
}

void
turns(uint32_t seq, int n)
{
    turns_of_all(n);
    assert_int_equal(answer_get(our_desk.vault, &rec, 1, seq), RC_OK);
    assert_int_equal(case_get(our_desk.vault, &the_case, 1), RC_OK);
}

void
days_pass(uint32_t days)
{
    assert_int_equal(testclock_noon(clock_day(clock_now()) + days), 0);
}
