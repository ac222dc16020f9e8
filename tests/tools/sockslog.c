/* SPDX-License-Identifier: ISC */
/*
 * A SOCKS5 proxy for tests that writes down who asks what: a line for each
 * request, "USER HOST WHAT", where WHAT is an operation (RING, GET...) or the
 * path of a plain GET. Plain http only.
 *
 *   sockslog SOCKET FOLDER LOG    a request for HOST.example:80 goes to the
 *                                 Unix socket FOLDER/HOST/sock; prints "ready"
 *   sockslog tcp:PORT ...         listens there, on 127.0.0.1
 *   sockslog SOCKET socks:PATH LOG    requests go on to the SOCKS proxy behind
 *                                 that Unix socket, tor, by the same user
 */
#include "cell.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HEAD_MAX 4096

static const char via_mark[] = "socks:";

struct conn {
    int client;
    int relay;
    int log;
    char user[256];
    char password[256];
    char host[256];
    uint8_t port[2];
    char head[HEAD_MAX + 1]; /* of the request that comes */
    size_t head_len;
    size_t body_left;
    size_t body_at;
    uint8_t op;
};

static void
exactly(int fd, void *out, size_t len)
{
    size_t n = 0;

    while (n < len) {
        ssize_t got = read(fd, (char *)out + n, len - n);

        if (got <= 0) {
            _exit(0);
        }
        n += (size_t)got;
    }
}

static void
all(int fd, const void *in, size_t len)
{
    size_t n = 0;

    while (n < len) {
        ssize_t put = write(fd, (const char *)in + n, len - n);

        if (put <= 0) {
            _exit(0);
        }
        n += (size_t)put;
    }
}

/* A length and so many bytes, as a string. */
static void
counted(int fd, char out[static 256])
{
    uint8_t n;

    exactly(fd, &n, 1);
    exactly(fd, out, n);
    out[n] = '\0';
}

static int
unix_socket(const char *path, struct sockaddr_un *at)
{
    memset(at, 0, sizeof *at);
    at->sun_family = AF_UNIX;
    (void)snprintf(at->sun_path, sizeof at->sun_path, "%s", path);
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

/* Asks the proxy behind for what the client asked; its answer goes back. */
static void
ask_on(struct conn *c)
{
    uint8_t b[10];

    all(c->relay, "\5\1\2", 3);
    exactly(c->relay, b, 2);
    all(c->relay, "\1", 1);
    for (const char *const *p =
             (const char *const[]){c->user, c->password, NULL};
         *p != NULL; p++) {
        b[0] = (uint8_t)strlen(*p);
        all(c->relay, b, 1);
        all(c->relay, *p, b[0]);
    }
    exactly(c->relay, b, 2);
    b[0] = (uint8_t)strlen(c->host);
    all(c->relay, "\5\1\0\3", 4);
    all(c->relay, b, 1);
    all(c->relay, c->host, b[0]);
    all(c->relay, c->port, sizeof c->port);
    exactly(c->relay, b, sizeof b);
    all(c->client, b, sizeof b);
    if (b[1] != 0) {
        _exit(0);
    }
}

/* SOCKS5 with a name and a password (RFC 1928, RFC 1929). */
static void
greet(struct conn *c, const char *folder)
{
    struct sockaddr_un at;
    uint8_t b[4];
    char skip[256], path[600];
    bool via = strncmp(folder, via_mark, strlen(via_mark)) == 0;

    exactly(c->client, b, 1);
    counted(c->client, skip);
    all(c->client, "\5\2", 2);
    exactly(c->client, b, 1);
    counted(c->client, c->user);
    counted(c->client, c->password);
    all(c->client, "\1\0", 2);
    exactly(c->client, b, 4);
    if (b[3] != 3) {
        _exit(0); /* an address: the name was looked up outside of Tor */
    }
    counted(c->client, c->host);
    exactly(c->client, c->port, sizeof c->port);
    if (via) {
        (void)snprintf(path, sizeof path, "%s", folder + strlen(via_mark));
    } else {
        (void)snprintf(path, sizeof path, "%s/%.*s/sock", folder,
                       (int)strcspn(c->host, "."), c->host);
    }
    c->relay = unix_socket(path, &at);
    if (connect(c->relay, (struct sockaddr *)&at, sizeof at) != 0) {
        all(c->client, "\5\5\0\1\0\0\0\0\0\0", 10);
        _exit(0);
    }
    if (via) {
        ask_on(c);
    } else {
        all(c->client, "\5\0\0\1\0\0\0\0\0\0", 10);
    }
}

static void
write_down(const struct conn *c, const char *what, int len)
{
    char line[1024];
    int n = snprintf(line, sizeof line, "%s %s %.*s\n", c->user, c->host, len,
                     what);

    all(c->log, line, (size_t)n);
}

static void
note(struct conn *c)
{
    static const char *const ops[] = {"NOP",  "PUT",  "GET",
                                      "BURN", "RING", "NOTE"};

    if (strncmp(c->head, "GET ", 4) == 0) {
        write_down(c, c->head + 4, (int)strcspn(c->head + 4, " "));
    } else {
        const char *op = c->op < 6 ? ops[c->op] : "?";

        write_down(c, op, (int)strlen(op));
    }
}

/* One byte of what the client sends. */
static void
look(struct conn *c, uint8_t byte)
{
    if (c->body_left > 0) {
        if (c->body_at++ == 1) {
            c->op = byte;
        }
        if (--c->body_left == 0) {
            note(c);
        }
        return;
    }
    if (c->head_len == HEAD_MAX) {
        _exit(0);
    }
    c->head[c->head_len++] = (char)byte;
    c->head[c->head_len] = '\0';
    if (c->head_len < 4 || strcmp(c->head + c->head_len - 4, "\r\n\r\n") != 0) {
        return;
    }
    c->head_len = 0;
    if (c->head[0] == 'P') {
        c->body_left = CELL_LEN;
        c->body_at = 0;
    } else {
        note(c);
    }
}

static void
pass_on(struct conn *c)
{
    struct pollfd p[2] = {{.fd = c->client, .events = POLLIN},
                          {.fd = c->relay, .events = POLLIN}};
    uint8_t buf[65536];

    while (poll(p, 2, -1) >= 0 || errno == EINTR) {
        for (int i = 0; i < 2; i++) {
            ssize_t n;

            if (p[i].revents == 0) {
                continue;
            }
            if ((n = read(p[i].fd, buf, sizeof buf)) <= 0) {
                return;
            }
            for (ssize_t k = 0; i == 0 && k < n; k++) {
                look(c, buf[k]);
            }
            all(p[1 - i].fd, buf, (size_t)n);
        }
    }
}

/* Unix socket or tcp:PORT; -1 with a message. */
static int
listen_at(const char *where)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_un un;
    bool tcp = strncmp(where, "tcp:", 4) == 0;
    struct sockaddr *at = tcp ? (struct sockaddr *)&in : (struct sockaddr *)&un;
    int s = tcp ? socket(AF_INET, SOCK_STREAM, 0) : unix_socket(where, &un);

    if (tcp) {
        in.sin_port = htons((uint16_t)strtoul(where + 4, NULL, 10));
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
        (void)unlink(where);
    }
    if (bind(s, at, tcp ? sizeof in : sizeof un) != 0 || listen(s, 32) != 0) {
        perror(where);
        return -1;
    }
    return s;
}

int
main(int argc, char **argv)
{
    int s;

    if (argc != 4) {
        (void)fprintf(stderr, "usage: sockslog SOCKET FOLDER LOG\n");
        return 2;
    }
    (void)signal(SIGCHLD, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    if ((s = listen_at(argv[1])) < 0) {
        return 1;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    for (;;) {
        static struct conn c;

        c.client = accept(s, NULL, NULL);
        if (c.client < 0) {
            continue;
        }
        if (fork() == 0) {
            (void)close(s);
            c.log = open(argv[3], O_WRONLY | O_CREAT | O_APPEND, 0600);
            greet(&c, argv[2]);
            pass_on(&c);
            _exit(0);
        }
        (void)close(c.client);
    }
}
