/* SPDX-License-Identifier: ISC */
/* Which listener is taken for Tor's, and what happens where there is none. */
#include "tor.h"

#include "net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
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

/* Longer than any socket may be. */
#define A30  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG "unix:/" A30 A30 A30 A30

/* Answers greetings with the same bytes until it is shut down. */
struct greeter {
    const char *answer;
    size_t len;
    int listener;
    char where[TOR_SOCKS_MAX];
    char path[64];
    pthread_t thread;
};

static void *
greet(void *arg)
{
    struct greeter *g = arg;
    int fd;

    while ((fd = accept(g->listener, NULL, NULL)) >= 0) {
        char in[3];

        if (read(fd, in, sizeof in) == (ssize_t)sizeof in &&
            memcmp(in, "\5\1\2", 3) == 0 && g->len > 0) {
            (void)!write(fd, g->answer, g->len);
        }
        (void)close(fd);
    }
    return NULL;
}

static void
greeter_start(struct greeter *g, const char *answer, size_t len, int family)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_un un;
    } a = {.in = {.sin_family = AF_INET,
                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof a.in;

    memset(g, 0, sizeof *g);
    g->answer = answer;
    g->len = len;
    if (family == AF_UNIX) {
        memset(&a, 0, sizeof a);
        a.un.sun_family = AF_UNIX;
        (void)snprintf(g->path, sizeof g->path, "/tmp/tor_test.%ld",
                       (long)getpid());
        memcpy(a.un.sun_path, g->path, strlen(g->path) + 1);
        size = sizeof a.un;
    }
    g->listener = socket(family, SOCK_STREAM, 0);
    assert_true(g->listener >= 0);
    assert_int_equal(bind(g->listener, &a.any, size), 0);
    assert_int_equal(listen(g->listener, 8), 0);
    if (family == AF_UNIX) {
        (void)snprintf(g->where, sizeof g->where, "unix:%s", g->path);
    } else {
        assert_int_equal(getsockname(g->listener, &a.any, &size), 0);
        (void)snprintf(g->where, sizeof g->where, "127.0.0.1:%u",
                       (unsigned)ntohs(a.in.sin_port));
    }
    assert_int_equal(pthread_create(&g->thread, NULL, greet, g), 0);
}

static void
greeter_stop(struct greeter *g)
{
    (void)shutdown(g->listener, SHUT_RDWR);
    assert_int_equal(pthread_join(g->thread, NULL), 0);
    (void)close(g->listener);
    if (g->path[0] != 0) {
        assert_int_equal(unlink(g->path), 0);
    }
}

static void
others_are_not_tor(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } answers[] = {{"", 0},       {"\5", 1},   {"\5\0", 2},
                   {"\5\xff", 2}, {"\4\2", 2}, {"HTTP/1.1", 8}};
    static const char *const nowhere[] = {
        "",      "127.0.0.1",     "localhost:9", "127.0.0.1:",
        "unix:", "unix:/nowhere", LONG};
    char out[TOR_SOCKS_MAX];

    (void)state;
    assert_int_equal(
        tor_find_among(out, nowhere, sizeof nowhere / sizeof *nowhere),
        RC_MISSING);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct greeter g;
        const char *where[] = {g.where};

        greeter_start(&g, answers[i].bytes, answers[i].len, AF_INET);
        assert_int_equal(tor_find_among(out, where, 1), RC_MISSING);
        assert_string_equal(out, "");
        greeter_stop(&g);
    }
}

static void
the_first_that_answers(void **state)
{
    struct greeter other, tcp, un;
    const char *among[] = {"127.0.0.1:1", other.where, un.where, tcp.where};
    char out[TOR_SOCKS_MAX];

    (void)state;
    greeter_start(&other, "\5\xff", 2, AF_INET);
    greeter_start(&tcp, "\5\2", 2, AF_INET);
    greeter_start(&un, "\5\2", 2, AF_UNIX);
    assert_int_equal(tor_find_among(out, among, 4), RC_OK);
    assert_string_equal(out, un.where);
    among[2] = "unix:/nowhere";
    assert_int_equal(tor_find_among(out, among, 4), RC_OK);
    assert_string_equal(out, tcp.where);

    assert_int_equal(setenv("TOR_SOCKS_IPC_PATH", un.path, 1), 0);
    assert_int_equal(tor_find(out), RC_OK);
    assert_string_equal(out, un.where);
    assert_int_equal(unsetenv("TOR_SOCKS_IPC_PATH"), 0);
    assert_int_equal(setenv("TOR_SOCKS_PORT", strchr(tcp.where, ':') + 1, 1),
                     0);
    assert_int_equal(tor_find(out), RC_OK);
    assert_string_equal(out, tcp.where);
    assert_int_equal(setenv("TOR_SOCKS_PORT", "1", 1), 0);
    assert_int_equal(tor_find(out), RC_MISSING);
    greeter_stop(&other);
    greeter_stop(&tcp);
    greeter_stop(&un);
}

/* Nothing goes out where Tor is not; a Unix socket is no network. */
static void
not_without_tor(void **state)
{
    const struct net_options opt = {.connect_seconds = 5};
    struct net_circuit c;
    struct greeter g;
    struct net *n;
    uint8_t *out;
    size_t len;
    char url[200];

    (void)state;
    assert_int_equal(setenv("TOR_SOCKS_PORT", "1", 1), 0);
    greeter_start(&g, "", 0, AF_INET);
    net_circuit_fresh(&c);
    assert_int_equal(net_new(&n, &opt), RC_OK);
    (void)snprintf(url, sizeof url, "http://%s", g.where);
    assert_int_equal(net_get(n, &c, url, "/", 9, &out, &len), RC_IO);
    assert_non_null(strstr(net_error(n), "--no-tor"));
    assert_int_equal(net_get(n, &c, "http://a.onion", "/", 9, &out, &len),
                     RC_IO);
    assert_non_null(strstr(net_error(n), "Tor is not running"));
    assert_int_equal(net_get(n, &c, "unix:/nowhere", "/", 9, &out, &len),
                     RC_IO);
    assert_null(strstr(net_error(n), "Tor"));
    net_free(n);
    greeter_stop(&g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_are_not_tor),
        cmocka_unit_test(the_first_that_answers),
        cmocka_unit_test(not_without_tor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
