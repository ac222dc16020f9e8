/* SPDX-License-Identifier: ISC */
#include "fake_relay.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUEST_MAX (64 * 1024)

static void
check(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static void
send_all(int fd, const void *in, size_t len)
{
    const char *p = in;

    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

        if (n <= 0) {
            return;
        }
        p += n;
        len -= (size_t)n;
    }
}

/* Headers, and a body where Content-Length names one. */
static bool
read_request(int fd, char *in, size_t cap, size_t *body, size_t *body_len)
{
    size_t n = 0, want = 0;

    while (want == 0 || n < want) {
        ssize_t got = recv(fd, in + n, cap - 1 - n, 0);
        const char *end, *length;

        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        in[n] = 0;
        end = strstr(in, "\r\n\r\n");
        if (end != NULL) {
            length = strcasestr(in, "\r\ncontent-length:");
            want = (size_t)(end + 4 - in);
            *body = want;
            if (length != NULL && length < end) {
                want += strtoul(length + 17, NULL, 10);
            }
        }
        if (n + 1 >= cap) {
            return false;
        }
    }
    *body_len = n - *body;
    return true;
}

static void
serve(struct fake_relay *f, int fd)
{
    char in[REQUEST_MAX], method[16] = "", path[256] = "", head[128];
    uint8_t *body = NULL;
    size_t len = 0, at = 0;
    int status;

    if (!read_request(fd, in, sizeof in, &at, &f->request_len) ||
        sscanf(in, "%15s %255s", method, path) != 2) {
        return;
    }
    f->requests++;
    f->request = (const uint8_t *)in + at;
    status = f->answer(f->arg, method, path, &body, &len);
    f->request = NULL;
    if (status == 0) {
        free(body);
        return;
    }
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n"
                   "Connection: close\r\n\r\n",
                   status, len);
    send_all(fd, head, strlen(head));
    send_all(fd, body, len);
    free(body);
}

static void *
run(void *arg)
{
    struct fake_relay *f = arg;
    int fd;

    while ((fd = accept(f->listener, NULL, NULL)) >= 0) {
        serve(f, fd);
        (void)close(fd);
    }
    return NULL;
}

void
fake_relay_start(struct fake_relay *f)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    f->requests = 0;
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/fake_relay.XXXXXX");
    check(mkdtemp(f->dir) != NULL, "mkdtemp");
    (void)snprintf(f->path, sizeof f->path, "%s/s", f->dir);
    (void)snprintf(f->url, sizeof f->url, "unix:%s", f->path);
    (void)snprintf(un.sun_path, sizeof un.sun_path, "%s", f->path);
    f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(f->listener >= 0, "socket");
    check(bind(f->listener, (struct sockaddr *)&un, sizeof un) == 0, "bind");
    check(listen(f->listener, 16) == 0, "listen");
    check(pthread_create(&f->thread, NULL, run, f) == 0, "thread");
}

void
fake_relay_stop(struct fake_relay *f)
{
    (void)shutdown(f->listener, SHUT_RDWR);
    (void)pthread_join(f->thread, NULL);
    (void)close(f->listener);
    (void)unlink(f->path);
    (void)rmdir(f->dir);
}
