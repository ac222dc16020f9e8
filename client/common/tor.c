/* SPDX-License-Identifier: ISC */
#include "tor.h"

#include "cli.h"
#include "file.h"
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MS 3000
#define TABLE_MAX (16 * 1024 * 1024) /* of /proc/net/tcp; 100,000 sockets */

static const char unix_mark[] = "unix:";

void
tor_machine_init(struct tor_machine *out)
{
    *out = (struct tor_machine){.tcp = "/proc/net/tcp",
                                .tcp6 = "/proc/net/tcp6",
                                .passwd = "/etc/passwd",
                                .own = (uint32_t)geteuid()};
}

/* Why this one is not taken; the first reason stays. */
static enum rc __attribute__((format(printf, 3, 4)))
refuse(struct tor_found *out, enum rc rc, const char *format, ...)
{
    va_list ap;

    if (out->problem[0] == 0) {
        va_start(ap, format);
        (void)vsnprintf(out->problem, sizeof out->problem, format, ap);
        va_end(ap);
    }
    return rc;
}

/* Runs tor as this user? The names that distributions give it. */
static bool
is_tor_name(const char *name)
{
    static const char *const names[] = {"debian-tor", "tor", "_tor", "toranon"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * May Tor's listener belong to this user? His name, if he has one, goes to
 * name. The file is read here: a name service may ask another machine.
 */
static bool
may_be_tor(char name[static 64], const struct tor_machine *m, uint32_t uid)
{
    FILE *f = fopen(m->passwd, "re");
    const struct passwd *p;
    bool tor = false;

    (void)snprintf(name, 64, "somebody");
    while (f != NULL && (p = fgetpwent(f)) != NULL) {
        if ((uint32_t)p->pw_uid == uid) {
            (void)snprintf(name, 64, "%s", p->pw_name);
            tor = tor || is_tor_name(p->pw_name);
        }
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return tor || uid == 0 || uid == m->own;
}

static enum rc
check_user(struct tor_found *out, const struct tor_machine *m,
           const char *where, uint32_t uid)
{
    char name[64];

    if (may_be_tor(name, m, uid)) {
        return RC_OK;
    }
    return refuse(out, RC_FORGED,
                  _("what listens at %s is not Tor's: it belongs to %s (user "
                    "%lu). Start Tor in its place; only if you know that it is "
                    "Tor, name it by --socks %s"),
                  where, name, (unsigned long)uid, where);
}

static enum rc
could_not_look(struct tor_found *out, const char *where, const char *what)
{
    return refuse(out, RC_IO,
                  _("could not look whose the listener at %s is (%s); if you "
                    "know that it is Tor, name it by --socks %s"),
                  where, what, where);
}

static enum rc
look_at(struct listener_owners *owners, const struct listener_addr *addr,
        bool v6, const char *path)
{
    uint8_t *table;
    size_t len;
    enum rc rc = file_read(&table, &len, path, TABLE_MAX);

    if (rc == RC_MISSING && v6) {
        return RC_OK; /* a kernel without IPv6 */
    }
    if (rc == RC_OK) {
        rc = listener_add(owners, addr, v6, (const char *)table, len);
        free(table);
    }
    return rc;
}

/* Whose listener takes what goes to this address? *gone: nobody's. */
static enum rc
check_tcp(struct tor_found *out, bool *gone, const struct tor_machine *m,
          const char *where, const struct listener_addr *addr)
{
    struct listener_owners owners = {0};
    enum rc rc;

    *gone = false;
    if (look_at(&owners, addr, false, m->tcp) != RC_OK) {
        return could_not_look(out, where, m->tcp);
    }
    if (look_at(&owners, addr, true, m->tcp6) != RC_OK) {
        return could_not_look(out, where, m->tcp6);
    }
    *gone = owners.n == 0;
    for (size_t i = 0; i < owners.n; i++) {
        if ((rc = check_user(out, m, where, owners.uid[i])) != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

/* The folder must not let anybody else put another socket there. */
static enum rc
check_folder(struct tor_found *out, const struct tor_machine *m,
             const char *where, const char *path)
{
    char folder[PATH_MAX];
    struct stat st;
    char *slash;

    if ((size_t)snprintf(folder, sizeof folder, "%s", path) >= sizeof folder ||
        (slash = strrchr(folder, '/')) == NULL) {
        return could_not_look(out, where, _("its folder"));
    }
    slash[slash == folder ? 1 : 0] = 0;
    if (stat(folder, &st) != 0) {
        return could_not_look(out, where, folder);
    }
    if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0) {
        return refuse(out, RC_FORGED,
                      _("anybody can put a listener at %s: %s is open to all. "
                        "Only if you know that it is Tor, name it by --socks "
                        "%s"),
                      where, folder, where);
    }
    return check_user(out, m, where, (uint32_t)st.st_uid);
}

/* The file, its folder, and, where the path goes over a link, that folder. */
static enum rc
check_unix(struct tor_found *out, bool *gone, const struct tor_machine *m,
           const char *where)
{
    const char *path = where + sizeof unix_mark - 1;
    char real[PATH_MAX];
    struct stat st;
    enum rc rc;

    *gone = false;
    if (realpath(path, real) == NULL || stat(real, &st) != 0) {
        *gone = errno == ENOENT;
        return *gone ? RC_OK : could_not_look(out, where, _("its file"));
    }
    if ((rc = check_user(out, m, where, (uint32_t)st.st_uid)) != RC_OK ||
        (rc = check_folder(out, m, where, path)) != RC_OK) {
        return rc;
    }
    return check_folder(out, m, where, real);
}

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

/* Who goes to "any address" gets to this machine, and to what listens on its
 * loopback: that is looked at. */
static void
any_is_here(struct sockaddr *a)
{
    union {
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } u;

    if (a->sa_family == AF_INET) {
        memcpy(&u.in, a, sizeof u.in);
        if (u.in.sin_addr.s_addr == htonl(INADDR_ANY)) {
            u.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        }
        memcpy(a, &u.in, sizeof u.in);
    } else if (a->sa_family == AF_INET6) {
        static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 0, 0, 0, 0};

        memcpy(&u.in6, a, sizeof u.in6);
        if (IN6_IS_ADDR_UNSPECIFIED(&u.in6.sin6_addr)) {
            u.in6.sin6_addr = in6addr_loopback;
        } else if (memcmp(&u.in6.sin6_addr, mapped, sizeof mapped) == 0) {
            u.in6.sin6_addr.s6_addr[12] = 127;
            u.in6.sin6_addr.s6_addr[15] = 1;
        }
        memcpy(a, &u.in6, sizeof u.in6);
    }
}

/* Numbers only: no name is looked up. */
static struct addrinfo *
parse_tcp(const char *where)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    const char *colon = strrchr(where, ':');
    struct addrinfo *a = NULL;
    char host[TOR_SOCKS_MAX];

    if (colon == NULL || (size_t)(colon - where) >= sizeof host) {
        return NULL;
    }
    memcpy(host, where, (size_t)(colon - where));
    host[colon - where] = 0;
    if (getaddrinfo(host, colon + 1, &hints, &a) != 0) {
        return NULL;
    }
    any_is_here(a->ai_addr);
    return a;
}

/* Is it an address of this machine and no other's? */
static bool
is_here(struct listener_addr *out, const struct sockaddr *a)
{
    union {
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } u;

    memset(out, 0, sizeof *out);
    if (a->sa_family == AF_INET) {
        memcpy(&u.in, a, sizeof u.in);
        memcpy(out->ip, &u.in.sin_addr, 4);
        out->port = ntohs(u.in.sin_port);
        return out->ip[0] == 127;
    }
    if (a->sa_family != AF_INET6) {
        return false;
    }
    memcpy(&u.in6, a, sizeof u.in6);
    out->port = ntohs(u.in6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&u.in6.sin6_addr)) {
        memcpy(out->ip, u.in6.sin6_addr.s6_addr + 12, 4);
        return out->ip[0] == 127;
    }
    out->v6 = true;
    memcpy(out->ip, &u.in6.sin6_addr, 16);
    return IN6_IS_ADDR_LOOPBACK(&u.in6.sin6_addr);
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

    if (send(fd, hello, sizeof hello, MSG_NOSIGNAL) != sizeof hello) {
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

static bool
is_connected(int fd)
{
    socklen_t len = sizeof(int);
    int error = 0;

    return ready(fd, POLLOUT) &&
           getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 &&
           error == 0;
}

/* Whose it is. *gone: nothing is there. */
static enum rc
check_owner(struct tor_found *out, bool *gone, const struct tor_machine *m,
            const char *where)
{
    struct listener_addr addr;
    struct addrinfo *a;
    enum rc rc = RC_OK;

    if (strncmp(where, unix_mark, sizeof unix_mark - 1) == 0) {
        return check_unix(out, gone, m, where);
    }
    *gone = (a = parse_tcp(where)) == NULL;
    if (a != NULL && is_here(&addr, a->ai_addr)) {
        rc = check_tcp(out, gone, m, where, &addr);
    }
    if (a != NULL) {
        freeaddrinfo(a);
    }
    return rc;
}

/* A connection; -1 without. */
static int
begin_at(const char *where)
{
    struct addrinfo *a;
    int fd = -1;

    if (strncmp(where, unix_mark, sizeof unix_mark - 1) == 0) {
        return begin_unix(where + sizeof unix_mark - 1);
    }
    if ((a = parse_tcp(where)) != NULL) {
        fd = begin(a->ai_addr, a->ai_addrlen);
        freeaddrinfo(a);
    }
    return fd;
}

/* Who it was that began to listen, which a Unix socket tells. */
static enum rc
check_peer(struct tor_found *out, const struct tor_machine *m,
           const char *where, int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;

    if (strncmp(where, unix_mark, sizeof unix_mark - 1) != 0) {
        return RC_OK;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
        return could_not_look(out, where, _("its process"));
    }
    return check_user(out, m, where, (uint32_t)peer.uid);
}

/* One that is there is asked only if it is nobody else's: RC_OK, RC_MISSING,
 * RC_FORGED, RC_IO. */
static enum rc
try_one(struct tor_found *out, const struct tor_machine *m, const char *where)
{
    bool gone;
    int fd = strlen(where) >= TOR_SOCKS_MAX ? -1 : begin_at(where);
    enum rc rc;

    if (fd < 0) {
        return RC_MISSING;
    }
    if (!is_connected(fd)) {
        rc = RC_MISSING;
    } else if ((rc = check_owner(out, &gone, m, where)) == RC_OK && gone) {
        rc = could_not_look(out, where, _("nobody is named"));
    } else if (rc == RC_OK && (rc = check_peer(out, m, where, fd)) == RC_OK) {
        rc = greets(fd) ? RC_OK : RC_MISSING;
    }
    (void)close(fd);
    return rc;
}

enum rc
tor_find_among(struct tor_found *out, const struct tor_machine *m,
               const char *const among[], size_t n)
{
    enum rc first = RC_MISSING;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        enum rc rc = try_one(out, m, among[i]);

        if (rc == RC_OK) {
            (void)snprintf(out->socks, sizeof out->socks, "%s", among[i]);
            out->problem[0] = 0;
            return RC_OK;
        }
        first = first == RC_MISSING ? rc : first;
    }
    (void)refuse(out, first,
                 _("Tor is not running here: start it (the package tor, or "
                   "Tor Browser), or name its port by --socks; --no-tor would "
                   "show the relay, and who watches the line, where you are"));
    return first;
}

enum rc
tor_find(struct tor_found *out)
{
    static const char *const usual[] = {"unix:/run/tor/socks", "127.0.0.1:9050",
                                        "127.0.0.1:9150"};
    const char *path = getenv("TOR_SOCKS_IPC_PATH");
    const char *host = getenv("TOR_SOCKS_HOST");
    const char *port = getenv("TOR_SOCKS_PORT");
    char named[TOR_SOCKS_MAX];
    const char *one[] = {named};
    struct tor_machine m;
    int n = 0;

    tor_machine_init(&m);
    if (path != NULL && *path == '/') {
        n = snprintf(named, sizeof named, "unix:%s", path);
    } else if (port != NULL && *port != 0) {
        n = snprintf(named, sizeof named, "%s:%s",
                     host != NULL && *host != 0 ? host : "127.0.0.1", port);
    } else {
        return tor_find_among(out, &m, usual, sizeof usual / sizeof usual[0]);
    }
    /* One that is too long is none, and said so. */
    return tor_find_among(out, &m, one,
                          n > 0 && (size_t)n < sizeof named ? 1 : 0);
}

enum rc
tor_check(struct tor_found *found, const struct tor_machine *m)
{
    bool gone;

    found->problem[0] = 0;
    return check_owner(found, &gone, m, found->socks);
}
