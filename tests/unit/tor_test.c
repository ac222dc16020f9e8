/* SPDX-License-Identifier: ISC */
/* Which listener is taken for Tor's, and what happens where there is none. */
#include "tor.h"

#include "net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
    _Atomic bool greeted;
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
            g->greeted = true;
            (void)!write(fd, g->answer, g->len);
        }
        (void)close(fd);
    }
    return NULL;
}

/* Whose listeners are made: somebody who is not root, whoever runs the tests;
 * his uid as the program under test would see a stranger's. */
#define STRANGER 65534u

static void
become(uint32_t uid)
{
    if (getuid() == 0) {
        assert_int_equal(seteuid(uid), 0);
    }
}

static uint32_t
stranger(void)
{
    return getuid() == 0 ? STRANGER : (uint32_t)getuid();
}

/* The machine as it is, but for who the caller is. */
static struct tor_machine
machine(uint32_t own)
{
    struct tor_machine m;

    tor_machine_init(&m);
    m.own = own;
    return m;
}

static enum rc
find(char out[static TOR_SOCKS_MAX], const char *const among[], size_t n)
{
    struct tor_machine m = machine((uint32_t)geteuid());
    struct tor_found f;
    enum rc rc = tor_find_among(&f, &m, among, n);

    memcpy(out, f.socks, TOR_SOCKS_MAX);
    assert_true((rc == RC_OK) == (f.problem[0] == 0));
    return rc;
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

    *g = (struct greeter){.answer = answer, .len = len};
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
    assert_int_equal(find(out, nowhere, sizeof nowhere / sizeof *nowhere),
                     RC_MISSING);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct greeter g;
        const char *where[] = {g.where};

        greeter_start(&g, answers[i].bytes, answers[i].len, AF_INET);
        assert_int_equal(find(out, where, 1), RC_MISSING);
        assert_string_equal(out, "");
        greeter_stop(&g);
    }
}

static void
the_first_that_answers(void **state)
{
    struct greeter other, tcp, un;
    const char *among[] = {"127.0.0.1:1", other.where, un.where, tcp.where};
    struct tor_found found;
    char out[TOR_SOCKS_MAX];

    (void)state;
    greeter_start(&other, "\5\xff", 2, AF_INET);
    greeter_start(&tcp, "\5\2", 2, AF_INET);
    greeter_start(&un, "\5\2", 2, AF_UNIX);
    assert_int_equal(find(out, among, 4), RC_OK);
    assert_string_equal(out, un.where);
    among[2] = "unix:/nowhere";
    assert_int_equal(find(out, among, 4), RC_OK);
    assert_string_equal(out, tcp.where);

    assert_int_equal(setenv("TOR_SOCKS_IPC_PATH", un.path, 1), 0);
    assert_int_equal(tor_find(&found), RC_OK);
    assert_string_equal(found.socks, un.where);
    assert_int_equal(unsetenv("TOR_SOCKS_IPC_PATH"), 0);
    assert_int_equal(setenv("TOR_SOCKS_PORT", strchr(tcp.where, ':') + 1, 1),
                     0);
    assert_int_equal(tor_find(&found), RC_OK);
    assert_string_equal(found.socks, tcp.where);
    assert_int_equal(setenv("TOR_SOCKS_PORT", "1", 1), 0);
    assert_int_equal(tor_find(&found), RC_MISSING);
    greeter_stop(&other);
    greeter_stop(&tcp);
    greeter_stop(&un);
}

/* What another user has there is said, and not even greeted. */
static void
another_users_listener_is_not_tor(void **state)
{
    struct tor_machine other = machine(stranger() + 1);
    struct tor_machine own = machine(stranger());
    static const int families[] = {AF_INET, AF_UNIX};
    char said[64];

    (void)state;
    (void)snprintf(said, sizeof said, "(user %u)", stranger());
    for (size_t i = 0; i < 2; i++) {
        struct tor_found f;
        struct greeter g;
        const char *where[] = {g.where};

        become(stranger());
        greeter_start(&g, "\5\2", 2, families[i]);
        become(0);
        g.greeted = false;
        assert_int_equal(tor_find_among(&f, &other, where, 1), RC_FORGED);
        assert_string_equal(f.socks, "");
        assert_non_null(strstr(f.problem, said));
        assert_non_null(strstr(f.problem, g.where));
        assert_non_null(strstr(f.problem, "--socks"));
        assert_false(g.greeted);
        assert_int_equal(tor_find_among(&f, &own, where, 1), RC_OK);
        assert_true(g.greeted);
        /* Somebody else has it by now. */
        assert_int_equal(tor_check(&f, &own), RC_OK);
        assert_int_equal(tor_check(&f, &other), RC_FORGED);
        assert_non_null(strstr(f.problem, said));
        greeter_stop(&g);
        assert_int_equal(tor_check(&f, &other), RC_OK); /* nobody's */
    }
}

/* However "any address" is written: what takes that is on the loopback. */
static void
any_address_is_this_machine(void **state)
{
    static const char *const hosts[] = {"0.0.0.0", "0", "::ffff:0.0.0.0"};
    struct tor_machine other = machine(stranger() + 1);
    struct tor_machine own = machine(stranger());
    int v6 = socket(AF_INET6, SOCK_STREAM, 0);

    (void)state;
    for (size_t i = 0; i < (v6 >= 0 ? 3u : 2u); i++) {
        char where[TOR_SOCKS_MAX];
        const char *one[] = {where};
        struct tor_found f;
        struct greeter g;

        become(stranger());
        greeter_start(&g, "\5\2", 2, AF_INET);
        become(0);
        (void)snprintf(where, sizeof where, "%s%s", hosts[i],
                       strchr(g.where, ':'));
        assert_int_equal(tor_find_among(&f, &other, one, 1), RC_FORGED);
        assert_false(g.greeted);
        assert_int_equal(tor_find_among(&f, &own, one, 1), RC_OK);
        assert_int_equal(tor_check(&f, &other), RC_FORGED);
        greeter_stop(&g);
    }
    (void)close(v6);
}

/* It is Tor's where that user is called as tor is. */
static void
the_users_of_tor_are_known_by_name(void **state)
{
    static const struct {
        const char *name;
        enum rc rc;
    } names[] = {{"debian-tor", RC_OK}, {"tor", RC_OK},
                 {"_tor", RC_OK},       {"toranon", RC_OK},
                 {"tor2", RC_FORGED},   {"debian-torr", RC_FORGED},
                 {"Tor", RC_FORGED},    {"mallory", RC_FORGED}};
    struct tor_machine m = machine(stranger() + 1);
    char passwd[] = "/tmp/tor_test.XXXXXX";
    struct tor_found f;
    struct greeter g;
    const char *where[] = {g.where};
    int fd = mkstemp(passwd);

    (void)state;
    assert_true(fd >= 0);
    m.passwd = passwd;
    become(stranger());
    greeter_start(&g, "\5\2", 2, AF_INET);
    become(0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char said[64];

        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_true(dprintf(fd, "root:x:0:0::/:/bin/sh\n%s:x:%u:1::/:/x\n",
                            names[i].name, stranger()) > 0);
        assert_int_equal(tor_find_among(&f, &m, where, 1), names[i].rc);
        (void)snprintf(said, sizeof said, "belongs to %s (user", names[i].name);
        assert_true((strstr(f.problem, said) != NULL) ==
                    (names[i].rc != RC_OK));
    }
    greeter_stop(&g);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(passwd), 0);
}

static void
what_can_not_be_looked_at_is_not_tor(void **state)
{
    struct tor_machine m = machine((uint32_t)geteuid());
    struct tor_found f;
    struct greeter g;
    const char *where[] = {g.where};

    (void)state;
    greeter_start(&g, "\5\2", 2, AF_INET);
    m.tcp = "/nowhere/tcp";
    assert_int_equal(tor_find_among(&f, &m, where, 1), RC_IO);
    assert_non_null(strstr(f.problem, "could not look"));
    assert_non_null(strstr(f.problem, "--socks"));
    m.tcp = "/etc/passwd"; /* another format */
    assert_int_equal(tor_find_among(&f, &m, where, 1), RC_IO);
    m.tcp = "/proc/net/tcp6"; /* lint: because ours is not in it */
    assert_int_equal(tor_find_among(&f, &m, where, 1), RC_IO);
    assert_non_null(strstr(f.problem, "could not look"));
    m = machine((uint32_t)geteuid());
    m.tcp6 = "/nowhere/tcp6"; /* no IPv6 here */
    assert_int_equal(tor_find_among(&f, &m, where, 1), RC_OK);
    m.tcp6 = "/etc/passwd";
    assert_int_equal(tor_find_among(&f, &m, where, 1), RC_IO);
    greeter_stop(&g);
}

/* The file may be Tor's; where its folder is open, that says nothing. */
static void
a_socket_in_a_folder_of_others_is_not_tor(void **state)
{
    struct tor_machine m = machine((uint32_t)geteuid());
    char folder[] = "/tmp/tor_test.XXXXXX", moved[80], where[100];
    const char *one[] = {where};
    struct tor_found f;
    struct greeter g;

    (void)state;
    assert_non_null(mkdtemp(folder));
    greeter_start(&g, "\5\2", 2, AF_UNIX);
    (void)snprintf(moved, sizeof moved, "%s/socks", folder);
    assert_int_equal(rename(g.path, moved), 0);
    (void)snprintf(where, sizeof where, "unix:%s", moved);
    assert_int_equal(tor_find_among(&f, &m, one, 1), RC_OK);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(tor_find_among(&f, &m, one, 1), RC_FORGED);
    assert_non_null(strstr(f.problem, "open to all"));
    assert_int_equal(chmod(folder, 01777), 0);
    assert_int_equal(tor_find_among(&f, &m, one, 1), RC_OK);
    /* A link to it is as good as the folder it is in. */
    assert_int_equal(symlink(moved, g.path), 0);
    (void)snprintf(where, sizeof where, "unix:%s", g.path);
    assert_int_equal(tor_find_among(&f, &m, one, 1), RC_OK);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(tor_find_among(&f, &m, one, 1), RC_FORGED);
    assert_int_equal(unlink(moved), 0);
    assert_int_equal(rmdir(folder), 0);
    greeter_stop(&g);
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
        cmocka_unit_test(another_users_listener_is_not_tor),
        cmocka_unit_test(any_address_is_this_machine),
        cmocka_unit_test(the_users_of_tor_are_known_by_name),
        cmocka_unit_test(what_can_not_be_looked_at_is_not_tor),
        cmocka_unit_test(a_socket_in_a_folder_of_others_is_not_tor),
        cmocka_unit_test(not_without_tor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
