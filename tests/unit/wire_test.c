/* SPDX-License-Identifier: ISC */
/* The desk's exchanges: a relay that does not answer, and one that does. */
#include "watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "cell.h"
#include "clock.h"
#include "fake_relay.h"

static struct desk desk;
static struct watch watch;
static struct fake_relay living;
static struct directory_relay relays[2]; /* the dead one first */
static char dir[64], path[80], url[96];
static int listener;
/* Who asks the dead relay has little patience; the living one may be slow. */
static struct net *impatient, *patient;

static uint8_t status; /* that the living one answers with */
static uint8_t nonces[16][CELL_NONCE_LEN]; /* that came with PUTs to it */
static size_t n_nonces;

static int
say_nothing_much(void *arg, const char *method, const char *where,
                 uint8_t **body, size_t *len)
{
    (void)arg;
    (void)method;
    (void)where;
    if ((*body = calloc(1, CELL_LEN)) == NULL) {
        return 500;
    }
    if (living.request_len == CELL_LEN && living.request[1] == CELL_PUT) {
        memcpy(nonces[n_nonces++ % 16], living.request + CELL_NONCE_OFFSET,
               CELL_NONCE_LEN);
    }
    (*body)[0] = 1; /* NOP's answer */
    (*body)[1] = status;
    *len = CELL_LEN;
    return 200;
}

/* It takes connections, and no more. */
static int
setup(void **state)
{
    const struct net_options opt = {.stall_seconds = 1, .request_seconds = 1};
    const struct net_options slow = {.stall_seconds = 60};
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    (void)state;
    memset(&desk, 0, sizeof desk);
    memset(&watch, 0, sizeof watch);
    memset(relays, 0, sizeof relays);
    status = 0;
    n_nonces = 0;
    strcpy(dir, "/tmp/wire-test.XXXXXX");
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/sock", dir);
    (void)snprintf(url, sizeof url, "unix:%s", path);
    (void)snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0 ||
        bind(listener, (const struct sockaddr *)&addr, sizeof addr) != 0 ||
        listen(listener, 16) != 0) {
        return -1;
    }
    living.answer = say_nothing_much;
    fake_relay_start(&living);
    for (size_t i = 0; i < 2; i++) {
        relays[i].id[0] = (uint8_t)(i + 1);
        relays[i].urls[0] = i == 0 ? url : living.url;
        relays[i].n_urls = 1;
    }
    watch.d = &desk;
    return net_new(&impatient, &opt) == RC_OK &&
                   net_new(&patient, &slow) == RC_OK
               ? 0
               : -1;
}

static int
teardown(void **state)
{
    (void)state;
    net_free(impatient);
    net_free(patient);
    fake_relay_stop(&living);
    (void)close(listener);
    (void)unlink(path);
    return rmdir(dir);
}

static enum rc
ask(const struct directory_relay *relay)
{
    const struct cell_request nop = {.op = CELL_NOP};
    uint8_t down[CELL_LEN];
    struct cell_answer ans;

    desk.net = relay == &relays[0] && listener >= 0 ? impatient : patient;
    return watch_exchange(&watch, relay, NULL, &nop, down, &ans);
}

/* How often the dead relay was connected to. */
static unsigned
connections(void)
{
    unsigned n = 0;
    int fd;

    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        (void)close(fd);
        n++;
    }
    return n;
}

static void
a_dead_relay_is_let_rest(void **state)
{
    (void)state;
    assert_int_equal(ask(&relays[0]), RC_IO);
    assert_int_equal(connections(), 1);
    assert_true(watch.resting[0].until_ms > clock_mono_ms());
    watch.resting[0].until_ms += 3600 * 1000; /* however slow this machine is */
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ask(&relays[0]), RC_IO);
        assert_int_equal(ask(&relays[1]), RC_OK);
    }
    assert_int_equal(connections(), 0); /* nobody waited for it */
    for (size_t i = 0; i < DIRECTORY_RELAYS_MAX; i++) {
        watch.resting[i].until_ms = 0; /* that time passes */
    }
    assert_int_equal(ask(&relays[0]), RC_IO);
    assert_int_equal(connections(), 1);
}

/* Where nothing listens nobody waits long, so it is soon asked again. */
static void
one_that_refuses_at_once_is_asked_again(void **state)
{
    int64_t before = clock_mono_ms(), after;

    (void)state;
    (void)close(listener);
    listener = -1;
    assert_int_equal(ask(&relays[0]), RC_IO);
    after = clock_mono_ms();
    assert_true(watch.resting[0].until_ms > 0);
    /* Eight times as long as it took at most, whatever that was here. */
    assert_true(watch.resting[0].until_ms <= after + 8 * (after - before));
    watch.resting[0].until_ms = 0; /* that time passes */

    relays[0].urls[0] = living.url; /* it is back */
    assert_int_equal(ask(&relays[0]), RC_OK);
}

/* More relays than there is room for, as directories come and go. */
static void
the_list_is_bounded(void **state)
{
    struct directory_relay relay = relays[0];

    (void)state;
    for (uint8_t i = 0; i < 3 * DIRECTORY_RELAYS_MAX; i++) {
        relay.id[1] = i;
        relay.urls[0] = (char[]){"unix:/nonexistent"};
        assert_int_equal(ask(&relay), RC_IO);
    }
    assert_int_equal(ask(&relays[1]), RC_OK);
}

/* A body of more boxes than one circuit may put goes on by another one. */
static void
a_quota_is_met_with_a_fresh_circuit(void **state)
{
    static const uint8_t bytes[CELL_BOX_LEN];
    static struct directory directory;
    static struct bundle bundle = {.directory = &directory};
    const struct watch_put put = {bytes, bytes, bytes};
    struct net_circuit circuit, before;
    struct toll toll = {0};
    uint32_t expiry;

    (void)state;
    desk.network.bundle = &bundle;
    desk.net = patient;
    net_circuit_fresh(&circuit);
    before = circuit;
    status = CELL_AGAIN;
    assert_int_equal(
        watch_put(&watch, &relays[1], &circuit, &put, &toll, &expiry),
        RC_AGAIN);
    assert_string_equal(circuit.user, before.user);
    status = CELL_QUOTA;
    assert_int_equal(
        watch_put(&watch, &relays[1], &circuit, &put, &toll, &expiry),
        RC_AGAIN);
    assert_string_not_equal(circuit.user, before.user);
}

/* Random, and none twice, but in another try of one PUT: as a reporter's. */
static void
each_put_has_a_nonce_of_its_own(void **state)
{
    static const uint8_t bytes[CELL_BOX_LEN], none[CELL_NONCE_LEN / 2];
    const struct watch_put put = {bytes, bytes, bytes};
    struct directory directory = {.n_relays = 0};
    struct bundle bundle = {.directory = &directory};
    struct net_circuit circuit;

    (void)state;
    desk.net = patient;
    desk.network.bundle = &bundle;
    net_circuit_fresh(&circuit);
    for (unsigned i = 0; i < 8; i++) {
        struct toll toll = {0};
        uint32_t expiry;

        status = i % 2 == 0 ? CELL_TAKEN : CELL_AGAIN;
        assert_int_equal(
            watch_put(&watch, &relays[1], &circuit, &put, &toll, &expiry),
            i % 2 == 0 ? RC_TAKEN : RC_AGAIN);
    }
    assert_int_equal(n_nonces, 8);
    for (size_t i = 0; i < n_nonces; i++) {
        assert_memory_not_equal(nonces[i], none, sizeof none);
        assert_memory_not_equal(nonces[i] + sizeof none, none, sizeof none);
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(nonces[i], nonces[k], CELL_NONCE_LEN);
        }
    }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_dead_relay_is_let_rest),
        TEST(one_that_refuses_at_once_is_asked_again),
        TEST(the_list_is_bounded),
        TEST(a_quota_is_met_with_a_fresh_circuit),
        TEST(each_put_has_a_nonce_of_its_own),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
