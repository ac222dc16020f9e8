/* SPDX-License-Identifier: ISC */
#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 512

/* Is somebody listening there? Who has no room for a caller is, too. */
static bool
is_live(const struct sockaddr_un *addr)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool live = false;

    if (fd >= 0) {
        live = connect(fd, (const struct sockaddr *)addr, sizeof *addr) == 0 ||
               errno == EAGAIN;
        (void)close(fd);
    }
    return live;
}

enum rc
listen_unix(int *fd, const char *path, mode_t mode)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct stat st;

    *fd = -1;
    if (strlen(path) >= sizeof addr.sun_path) {
        return RC_FULL;
    }
    memcpy(addr.sun_path, path, strlen(path) + 1);
    if (lstat(path, &st) == 0) {
        if (!S_ISSOCK(st.st_mode) || is_live(&addr)) {
            return RC_TAKEN;
        }
        if (unlink(path) != 0) {
            return RC_IO;
        }
    }
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0) {
        return RC_IO;
    }
    /* The umask is 077: nobody gets in before chmod says who may. */
    if (bind(*fd, (const struct sockaddr *)&addr, sizeof addr) != 0 ||
        chmod(path, mode) != 0 || listen(*fd, BACKLOG) != 0) {
        int saved = errno;

        (void)close(*fd);
        *fd = -1;
        errno = saved;
        return RC_IO;
    }
    return RC_OK;
}

/* shared: with other sockets of this program; else only to see whether another
 * one has the port */
static int
open_tcp(const struct addrinfo *a, bool shared)
{
    const int on = 1, share = shared;
    int fd =
        socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &share, sizeof share) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        bind(fd, a->ai_addr, a->ai_addrlen) != 0 ||
        (shared && listen(fd, BACKLOG) != 0)) {
        int saved = errno;

        (void)close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

/* One socket a worker at that address, or none; the first of them chooses a
 * port where it is 0. */
static bool
open_tcp_at(struct listener *l, struct addrinfo *a, unsigned workers)
{
    struct sockaddr_storage chosen;
    socklen_t len = sizeof chosen;
    int saved, probe = open_tcp(a, false);
    bool ok = probe >= 0;

    if (ok) {
        (void)close(probe);
    }
    for (unsigned i = 0; ok && i < workers; i++) {
        l[i].fd = open_tcp(a, true);
        ok = l[i].fd >= 0;
        if (ok && i == 0) {
            ok = getsockname(l[i].fd, (struct sockaddr *)&chosen, &len) == 0 &&
                 len <= a->ai_addrlen;
            if (ok) {
                memcpy(a->ai_addr, &chosen, len);
            }
        }
    }
    saved = errno;
    for (unsigned i = 0; !ok && i < workers; i++) {
        if (l[i].fd >= 0) {
            (void)close(l[i].fd);
            l[i].fd = -1;
        }
    }
    errno = saved;
    return ok;
}

/* A name may have several addresses, and some of them may not be this
 * machine's: the first that can be had is taken. */
static enum rc
open_tcp_all(struct listener *l, const struct config_listen *spec,
             unsigned workers, const char **why)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *all = NULL;
    bool open = false;
    int e;

    for (unsigned i = 0; i < workers; i++) {
        l[i].kind = spec->kind;
        l[i].worker = i;
        l[i].spec = spec;
    }
    e = getaddrinfo(*spec->host != 0 ? spec->host : NULL, spec->port, &hints,
                    &all);
    if (e != 0) {
        *why = e == EAI_SYSTEM ? strerror(errno) : gai_strerror(e);
        return RC_IO;
    }
    for (struct addrinfo *a = all; a != NULL && !open; a = a->ai_next) {
        open = open_tcp_at(l, a, workers);
    }
    if (!open) {
        *why = strerror(errno);
    }
    freeaddrinfo(all);
    return open ? RC_OK : RC_IO;
}

void
listen_close(struct listener *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (l[i].fd >= 0) {
            (void)close(l[i].fd);
        }
    }
    free(l);
}

enum rc
listen_open(struct listener **out, size_t *n, const struct config *c,
            unsigned workers, char *why, size_t why_len)
{
    struct listener *l = calloc(c->n_listens * workers, sizeof *l);
    size_t used = 0;

    *out = NULL;
    *n = 0;
    if (l == NULL) {
        (void)snprintf(why, why_len, "%s", rc_text(RC_NOMEM));
        return RC_NOMEM;
    }
    for (size_t i = 0; i < c->n_listens * workers; i++) {
        l[i].fd = -1;
    }
    for (size_t i = 0; i < c->n_listens; i++) {
        const struct config_listen *spec = &c->listens[i];
        const char *reason = NULL;
        enum rc rc;

        if (spec->kind == LISTEN_UNIX) {
            rc = listen_unix(&l[used].fd, spec->host,
                             spec->mode != 0 ? spec->mode : c->unix_mode);
            l[used].kind = LISTEN_UNIX;
            l[used].worker = LISTEN_ALL;
            l[used].proxy =
                spec->proxy >= 0 ? spec->proxy == 1 : c->proxy_protocol;
            l[used].spec = spec;
            used++;
        } else {
            rc = open_tcp_all(l + used, spec, workers, &reason);
            used += workers;
        }
        if (rc != RC_OK) {
            (void)snprintf(why, why_len, "can't listen on %s%s%s: %s",
                           spec->host, *spec->port != 0 ? ":" : "", spec->port,
                           reason != NULL   ? reason
                           : rc == RC_IO    ? strerror(errno)
                           : rc == RC_TAKEN ? "something else is there"
                                            : rc_text(rc));
            listen_close(l, used);
            return rc;
        }
    }
    *out = l;
    *n = used;
    return RC_OK;
}

static void
announce_tcp(const struct listener *l, FILE *out)
{
    struct sockaddr_storage addr;
    socklen_t len = sizeof addr;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (getsockname(l->fd, (struct sockaddr *)&addr, &len) == 0 &&
        getnameinfo((struct sockaddr *)&addr, len, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        (void)fprintf(out, "ready %s %s %s\n",
                      l->kind == LISTEN_TLS ? "tls" : "tcp", host, port);
    }
}

void
listen_announce(const struct listener *l, size_t n, FILE *out)
{
    for (size_t i = 0; i < n; i++) {
        if (l[i].kind == LISTEN_UNIX) {
            (void)fprintf(out, "ready unix %s\n", l[i].spec->host);
        } else if (l[i].worker == 0) {
            announce_tcp(&l[i], out);
        }
    }
    (void)fprintf(out, "ready\n");
    (void)fflush(out);
}
