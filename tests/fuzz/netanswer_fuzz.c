/* SPDX-License-Identifier: ISC */
/*
 * What a server answers a client: the input after its first byte, whole, then
 * the end of the connection. The first byte says what the client wants of it:
 * a relay's file, the same by a SOCKS port (whose own answers come first), a
 * page of a web site, or whether this is Tor at all.
 */
#include "net.h"
#include "fuzz.h"
#include "tor.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sodium.h>

#define MAX       1000  /* bytes of an answer */
#define INPUT_MAX 65536 /* what a socket holds without a reader */

/* The server: a thread of one connection at a time. */
static char dir[64] = "/tmp/netanswer.XXXXXX", path[80], url[96];
static int listener, order[2]; /* a byte there: be done, and say so back */
static const uint8_t *answer;
static size_t answer_len;

static struct net *direct, *proxied;

static void
hang_up(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

/* All of the answer at once, whatever is asked. */
static void
take_call(int *fd)
{
    hang_up(fd);
    *fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (*fd >= 0) {
        if (answer_len > 0) {
            (void)!send(*fd, answer, answer_len, MSG_NOSIGNAL);
        }
        (void)shutdown(*fd, SHUT_WR);
    }
}

static void *
serve(void *arg)
{
    int fd = -1;

    (void)arg;
    for (;;) {
        struct pollfd p[] = {{.fd = order[1], .events = POLLIN},
                             {.fd = listener, .events = POLLIN},
                             {.fd = fd, .events = POLLIN}};
        char in[4096];

        require(poll(p, 3, -1) > 0);
        if (p[2].revents != 0 && read(fd, in, sizeof in) <= 0) {
            hang_up(&fd);
        }
        if (p[1].revents != 0) {
            take_call(&fd);
        } else if (p[0].revents != 0) { /* nobody waits to be taken */
            hang_up(&fd);
            require(read(order[1], in, 1) == 1 && write(order[1], in, 1) == 1);
        }
    }
    return NULL;
}

static void
clean(void)
{
    net_free(direct);
    net_free(proxied);
    (void)unlink(path);
    (void)rmdir(dir);
}

static void
start(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    const struct net_options by_socks = {.socks = url};
    const struct net_options no_tor = {.no_tor = true};
    pthread_t thread;

    require(sodium_init() >= 0 && mkdtemp(dir) != NULL);
    (void)snprintf(path, sizeof path, "%s/s", dir);
    (void)snprintf(url, sizeof url, "unix:%s", path);
    (void)snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    require(listener >= 0 &&
            bind(listener, (struct sockaddr *)&un, sizeof un) == 0 &&
            listen(listener, 8) == 0 &&
            socketpair(AF_UNIX, SOCK_STREAM, 0, order) == 0 &&
            net_new(&direct, &no_tor) == RC_OK &&
            net_new(&proxied, &by_socks) == RC_OK && atexit(clean) == 0 &&
            pthread_create(&thread, NULL, serve, NULL) == 0);
}

static void
asks_tor(const uint8_t *data, size_t size)
{
    const char *const among[] = {url};
    struct tor_machine here;
    struct tor_found f;
    enum rc rc;

    tor_machine_init(&here);
    rc = tor_find_among(&f, &here, among, 1);

    require((rc == RC_OK) == (size >= 2 && data[0] == 5 && data[1] == 2));
    require(strcmp(f.socks, rc == RC_OK ? url : "") == 0);
}

/* Is the length stated, or may it be so? */
static bool
states_length(const uint8_t *data, size_t size)
{
    static const char name[] = "content-length:";
    size_t n = sizeof name - 1;

    for (size_t i = 0; i + n <= size; i++) {
        if (strncasecmp((const char *)data + i, name, n) == 0) {
            return true;
        }
    }
    return false;
}

/* An answer that is taken stands in what came, with its length before it. */
static void
fetches(struct net *n, const char *relay, bool page, const uint8_t *data,
        size_t size)
{
    struct net_circuit c;
    uint8_t *out;
    size_t len;
    enum rc rc;

    net_circuit_fresh(&c);
    rc = page ? net_page(n, &c, relay, "/", MAX, &out, &len)
              : net_get(n, &c, relay, "/v1/status", MAX, &out, &len);
    if (rc == RC_OK) {
        require(out != NULL && len <= MAX && size > 0);
        require(memmem(data, size, "HTTP/1.", 7) != NULL &&
                memmem(data, size, " 200", 4) != NULL);
        require(page || states_length(data, size));
        require(page || len == 0 || memmem(data, size, out, len) != NULL);
    } else {
        const char *why = net_error(n);

        require(out == NULL && len == 0 && *why != 0);
        for (; *why != 0; why++) {
            require(*why >= 0x20 && *why <= 0x7e);
        }
    }
    free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    char done = 0;
    uint8_t what;

    if (size == 0 || size > INPUT_MAX) {
        return 0;
    }
    what = *data++;
    answer = data;
    answer_len = --size;
    if (!started) {
        start();
        started = true;
    }
    switch (what % 4) {
    case 0:
        fetches(direct, url, false, data, size);
        break;
    case 1:
        fetches(proxied, "http://relay.example", false, data, size);
        break;
    case 2:
        fetches(direct, url, true, data, size);
        break;
    default:
        asks_tor(data, size);
        break;
    }
    require(write(order[0], &done, 1) == 1 && read(order[0], &done, 1) == 1);
    return 0;
}
