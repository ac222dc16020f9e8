/* SPDX-License-Identifier: ISC */
/*
 * Listening on a name: no resolver is asked, this program answers for it.
 */
#include "listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* What a name has: addresses (192.0.2.1 is no machine's), or an error. */
static struct {
    const char *addresses[3];
    int error;
    unsigned asked, given_back;
} names;

struct answer {
    struct addrinfo info;
    struct sockaddr_storage addr;
};

static struct addrinfo *
answer_new(const char *text, uint16_t port)
{
    struct answer *a = calloc(1, sizeof *a);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons(port)};

    assert_non_null(a);
    a->info.ai_socktype = SOCK_STREAM;
    a->info.ai_addr = (struct sockaddr *)&a->addr;
    if (strcmp(text, "::1") == 0) {
        in6.sin6_addr = in6addr_loopback;
        memcpy(&a->addr, &in6, sizeof in6);
        a->info.ai_family = AF_INET6;
        a->info.ai_addrlen = sizeof in6;
    } else {
        in.sin_addr.s_addr =
            htonl(strcmp(text, "127.0.0.1") == 0 ? 0x7f000001 : 0xc0000201);
        memcpy(&a->addr, &in, sizeof in);
        a->info.ai_family = AF_INET;
        a->info.ai_addrlen = sizeof in;
    }
    return &a->info;
}

int
getaddrinfo(const char *restrict host, const char *restrict port,
            const struct addrinfo *restrict hints,
            struct addrinfo **restrict out)
{
    struct addrinfo **at = out;

    (void)host;
    assert_int_equal(hints->ai_socktype, SOCK_STREAM);
    names.asked++;
    *out = NULL;
    for (size_t i = 0; names.error == 0 && i < 3; i++) {
        if (names.addresses[i] != NULL) {
            *at = answer_new(names.addresses[i], (uint16_t)atoi(port));
            at = &(*at)->ai_next;
        }
    }
    return names.error;
}

void
freeaddrinfo(struct addrinfo *a)
{
    names.given_back++;
    while (a != NULL) {
        struct addrinfo *next = a->ai_next;

        free(a); /* the first member of struct answer */
        a = next;
    }
}

static enum rc
take(struct listener **l, size_t *n, const char *spec, unsigned workers,
     char why[static 256])
{
    struct config c;
    enum rc rc;

    assert_int_equal(config_init(&c, "/srv"), RC_OK);
    assert_int_equal(config_set(&c, "listen", spec, "/srv"), RC_OK);
    why[0] = 0;
    rc = listen_open(l, n, &c, workers, why, 256);
    for (size_t i = 0; i < *n; i++) {
        (*l)[i].spec = NULL; /* it goes with the configuration */
    }
    config_wipe(&c);
    return rc;
}

static unsigned
count_descriptors(void)
{
    unsigned n = 0;

    for (int fd = 0; fd < 256; fd++) {
        struct stat st;

        n += fstat(fd, &st) == 0 ? 1 : 0;
    }
    return n;
}

static void
names_without_an_address(void **state)
{
    struct listener *l;
    char why[256];
    size_t n;

    (void)state;
    memset(&names, 0, sizeof names);
    names.error = EAI_NONAME;
    assert_int_equal(take(&l, &n, "tcp:nowhere:0", 2, why), RC_IO);
    assert_null(l);
    assert_int_equal(n, 0);
    assert_non_null(strstr(why, "nowhere:0"));
    assert_non_null(strstr(why, gai_strerror(EAI_NONAME)));
    assert_int_equal(names.given_back, 0);
}

static void
names_of_other_machines(void **state)
{
    unsigned before = count_descriptors();
    struct listener *l;
    char why[256];
    size_t n;

    (void)state;
    memset(&names, 0, sizeof names);
    names.addresses[0] = names.addresses[1] = "192.0.2.1";
    assert_int_equal(take(&l, &n, "tls:elsewhere:0", 3, why), RC_IO);
    assert_null(l);
    assert_non_null(strstr(why, "can't listen on elsewhere:0: "));
    assert_non_null(strstr(why, strerror(EADDRNOTAVAIL)));
    assert_int_equal(names.given_back, 1);
    assert_int_equal(count_descriptors(), before);
}

static uint16_t
port_of(const struct listener *l)
{
    struct sockaddr_in in;
    socklen_t len = sizeof in;

    assert_int_equal(getsockname(l->fd, (struct sockaddr *)&in, &len), 0);
    assert_int_equal(in.sin_family, AF_INET);
    assert_int_equal(ntohl(in.sin_addr.s_addr), 0x7f000001);
    return ntohs(in.sin_port);
}

/* The first address is none of this machine's, the second is. */
static void
names_with_several_addresses(void **state)
{
    unsigned before = count_descriptors();
    struct listener *l;
    char why[256];
    size_t n;

    (void)state;
    memset(&names, 0, sizeof names);
    names.addresses[0] = "192.0.2.1";
    names.addresses[1] = "127.0.0.1";
    names.addresses[2] = "::1";
    assert_int_equal(take(&l, &n, "tcp:here:0", 3, why), RC_OK);
    assert_int_equal(n, 3);
    assert_int_equal(names.asked, 1);
    assert_int_equal(names.given_back, 1);
    assert_int_equal(count_descriptors(), before + 3);
    assert_int_not_equal(port_of(&l[0]), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(port_of(&l[i]), port_of(&l[0]));
        assert_int_equal(l[i].worker, i);
        assert_int_equal(l[i].kind, LISTEN_TCP);
    }
    listen_close(l, n);
    assert_int_equal(count_descriptors(), before);
}

/* Workers share a port; two relays must not: callers would reach either. */
static void
a_port_of_another_is_taken(void **state)
{
    unsigned before = count_descriptors();
    struct listener *l, *other;
    char why[256], spec[64];
    size_t n, n_other;

    (void)state;
    memset(&names, 0, sizeof names);
    names.addresses[0] = "127.0.0.1";
    assert_int_equal(take(&l, &n, "tcp:here:0", 2, why), RC_OK);
    (void)snprintf(spec, sizeof spec, "tcp:here:%u", port_of(&l[0]));
    for (unsigned workers = 1; workers <= 2; workers++) {
        assert_int_equal(take(&other, &n_other, spec, workers, why), RC_IO);
        assert_null(other);
        assert_non_null(strstr(why, strerror(EADDRINUSE)));
    }
    listen_close(l, n);
    assert_int_equal(take(&l, &n, spec, 2, why), RC_OK);
    listen_close(l, n);
    assert_int_equal(count_descriptors(), before);
}

/* A relay that hangs and takes no more connections is live all the same, and
 * nobody waits for it. */
static void
a_socket_that_is_full_is_live(void **state)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    char dir[] = "/tmp/tocsin-listen.XXXXXX";
    int hung, callers[2], again;

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(addr.sun_path, sizeof addr.sun_path, "%s/sock", dir);
    assert_int_equal(listen_unix(&hung, addr.sun_path, 0600), RC_OK);
    assert_int_equal(listen(hung, 0), 0);
    for (int i = 0; i < 2; i++) {
        callers[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        assert_true(callers[i] >= 0);
        (void)connect(callers[i], (struct sockaddr *)&addr, sizeof addr);
    }
    (void)alarm(10);
    assert_int_equal(listen_unix(&again, addr.sun_path, 0600), RC_TAKEN);
    (void)alarm(0);
    assert_int_equal(again, -1);
    (void)close(callers[0]);
    (void)close(callers[1]);
    (void)close(hung);
    /* With nobody behind it, it is replaced. */
    assert_int_equal(listen_unix(&again, addr.sun_path, 0600), RC_OK);
    (void)close(again);
    assert_int_equal(unlink(addr.sun_path), 0);
    assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_of_another_is_taken),
        cmocka_unit_test(a_socket_that_is_full_is_live),
        cmocka_unit_test(names_without_an_address),
        cmocka_unit_test(names_of_other_machines),
        cmocka_unit_test(names_with_several_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
