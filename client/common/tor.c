/* SPDX-License-Identifier: ISC */
#include "tor.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MS 3000

static const char unix_mark[] = "unix:";

/* A socket on its way to the address, not blocking; -1 without. */
static int
begin(const struct sockaddr *addr, socklen_t len)
{
    int fd =
        socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0 && connect(fd, addr, len) != 0 && errno != EINPROGRESS) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static int
begin_unix(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof addr.sun_path) {
        return -1;
    }
    memcpy(addr.sun_path, path, strlen(path) + 1);
    return begin((const struct sockaddr *)&addr, sizeof addr);
}

/* Numbers only: no name is looked up. */
static int
begin_tcp(const char *where)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    const char *colon = strrchr(where, ':');
    struct addrinfo *a = NULL;
    char host[TOR_SOCKS_MAX];
    int fd = -1;

    if (colon == NULL || (size_t)(colon - where) >= sizeof host) {
        return -1;
    }
    memcpy(host, where, (size_t)(colon - where));
    host[colon - where] = 0;
    if (getaddrinfo(host, colon + 1, &hints, &a) == 0) {
        fd = begin(a->ai_addr, a->ai_addrlen);
        freeaddrinfo(a);
    }
    return fd;
}

static bool
ready(int fd, short what)
{
    struct pollfd p = {.fd = fd, .events = what};
    int n;

    do {
        n = poll(&p, 1, ANSWER_MS);
    } while (n < 0 && errno == EINTR);
    return n == 1 && (p.revents & what) != 0;
}

/* Offers user name and password only; tor takes it. */
static bool
greets(int fd)
{
    static const unsigned char hello[] = {5, 1, 2}, welcome[] = {5, 2};
    unsigned char got[2];
    size_t have = 0;

    if (!ready(fd, POLLOUT) ||
        send(fd, hello, sizeof hello, MSG_NOSIGNAL) != sizeof hello) {
        return false;
    }
    while (have < sizeof got) {
        ssize_t n =
            ready(fd, POLLIN) ? read(fd, got + have, sizeof got - have) : -1;

        if (n <= 0) {
            return false;
        }
        have += (size_t)n;
    }
    return memcmp(got, welcome, sizeof got) == 0;
}

enum rc
tor_find_among(char out[static TOR_SOCKS_MAX], const char *const among[],
               size_t n)
{
    out[0] = 0;
    for (size_t i = 0; i < n; i++) {
        const char *where = among[i];
        bool is_unix = strncmp(where, unix_mark, sizeof unix_mark - 1) == 0;
        int fd = strlen(where) >= TOR_SOCKS_MAX ? -1
                 : is_unix ? begin_unix(where + sizeof unix_mark - 1)
                           : begin_tcp(where);

        if (fd < 0) {
            continue;
        }
        if (greets(fd)) {
            (void)snprintf(out, TOR_SOCKS_MAX, "%s", where);
        }
        (void)close(fd);
        if (out[0] != 0) {
            return RC_OK;
        }
    }
    return RC_MISSING;
}

enum rc
tor_find(char out[static TOR_SOCKS_MAX])
{
    static const char *const usual[] = {"unix:/run/tor/socks", "127.0.0.1:9050",
                                        "127.0.0.1:9150"};
    const char *path = getenv("TOR_SOCKS_IPC_PATH");
    const char *host = getenv("TOR_SOCKS_HOST");
    const char *port = getenv("TOR_SOCKS_PORT");
    char named[TOR_SOCKS_MAX];
    const char *one[] = {named};
    int n = 0;

    if (path != NULL && *path == '/') {
        n = snprintf(named, sizeof named, "unix:%s", path);
    } else if (port != NULL && *port != 0) {
        n = snprintf(named, sizeof named, "%s:%s",
                     host != NULL && *host != 0 ? host : "127.0.0.1", port);
    } else {
        return tor_find_among(out, usual, sizeof usual / sizeof usual[0]);
    }
    out[0] = 0;
    return n > 0 && (size_t)n < sizeof named ? tor_find_among(out, one, 1)
                                             : RC_MISSING;
}
