/* SPDX-License-Identifier: ISC */
/* Requests to a hostile relay: a thread that says what a case tells it. */
#include "net.h"

#include "headers.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "clock.h"

#define GOT_MAX (64 * 1024)

struct server {
    /* What it does: */
    const char *reply; /* to each request */
    size_t reply_len;
    bool keeps_open; /* for further requests */
    bool drips;      /* one byte in 50 ms */
    bool is_socks;   /* a proxy before it */
    char socks_fails; /* with this, if it is not 0 */
    /* What it saw: */
    char got[GOT_MAX]; /* the last request */
    size_t got_len;
    char host[256], user[256], password[256];
    unsigned connections, requests;
    size_t dripped; /* bytes of the last reply */
    int listener;
    pthread_t thread;
    char dir[64], path[80], url[96];
};

static void
say(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

        if (n <= 0) {
            return;
        }
        text += n;
        len -= (size_t)n;
    }
}

static bool
take(int fd, void *out, size_t len)
{
    uint8_t *p = out;

    while (len > 0) {
        ssize_t n = recv(fd, p, len, 0);

        if (n <= 0) {
            return false;
        }
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static bool
take_socks(struct server *s, int fd)
{
    char answer[10] = {5, 0, 0, 1};
    uint8_t b[256] = {0}, n;

    if (!take(fd, b, 2) || !take(fd, b + 2, b[1])) {
        return false;
    }
    say(fd, "\x05\x02", 2);
    if (!take(fd, b, 1) || !take(fd, &n, 1) || !take(fd, s->user, n)) {
        return false;
    }
    s->user[n] = 0;
    if (!take(fd, &n, 1) || !take(fd, s->password, n)) {
        return false;
    }
    s->password[n] = 0;
    say(fd, "\x01\x00", 2);
    if (!take(fd, b, 4) || b[3] != 3 || !take(fd, &n, 1) ||
        !take(fd, s->host, n) || !take(fd, b, 2)) {
        return false;
    }
    s->host[n] = 0;
    answer[1] = s->socks_fails;
    say(fd, answer, sizeof answer);
    return s->socks_fails == 0;
}

/* One request: headers, and a body where Content-Length names one. */
static bool
take_request(struct server *s, int fd)
{
    static char in[GOT_MAX];
    size_t n = 0, body = 0;
    char *length;

    memset(in, 0, sizeof in);
    do {
        if (n + 1 >= sizeof in || recv(fd, in + n, 1, 0) != 1) {
            return false;
        }
        n++;
    } while (n < 4 || memcmp(in + n - 4, "\r\n\r\n", 4) != 0);
    length = strcasestr(in, "\r\ncontent-length:");
    if (length != NULL) {
        body = strtoul(length + 17, NULL, 10);
    }
    if (body >= sizeof in - n || !take(fd, in + n, body)) {
        return false;
    }
    memcpy(s->got, in, sizeof in);
    s->got_len = n + body;
    return true;
}

static void
reply(struct server *s, int fd)
{
    const struct timespec pause = {.tv_nsec = 50000000};

    if (!s->drips) {
        say(fd, s->reply, s->reply_len);
        return;
    }
    for (s->dripped = 0; s->dripped < s->reply_len; s->dripped++) {
        if (send(fd, s->reply + s->dripped, 1, MSG_NOSIGNAL) != 1) {
            return;
        }
        (void)nanosleep(&pause, NULL);
    }
}

/* One connection after the other; memory is shared with the test, which
 * looks at it after stop(). */
static void *
run(void *arg)
{
    struct server *s = arg;
    int fd;

    while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
        s->connections++;
        if (!s->is_socks || take_socks(s, fd)) {
            while (take_request(s, fd)) {
                s->requests++;
                reply(s, fd);
                if (!s->keeps_open) {
                    break;
                }
            }
        }
        (void)close(fd);
    }
    return NULL;
}

static void
start(struct server *s)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    (void)snprintf(s->dir, sizeof s->dir, "/tmp/net_test.XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    (void)snprintf(s->path, sizeof s->path, "%s/s", s->dir);
    (void)snprintf(s->url, sizeof s->url, "unix:%s", s->path);
    (void)snprintf(un.sun_path, sizeof un.sun_path, "%s", s->path);
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->listener >= 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&un, sizeof un), 0);
    assert_int_equal(listen(s->listener, 8), 0);
    assert_int_equal(pthread_create(&s->thread, NULL, run, s), 0);
}

/* The client must have closed its connections before. */
static void
stop(struct server *s)
{
    (void)shutdown(s->listener, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->listener);
    assert_int_equal(unlink(s->path), 0);
    assert_int_equal(rmdir(s->dir), 0);
}

static struct net *
client(const char *socks)
{
    const struct net_options opt = {.socks = socks,
                                    .no_tor = socks == NULL,
                                    .connect_seconds = 5,
                                    .stall_seconds = 1};
    struct net *n;

    assert_int_equal(net_new(&n, &opt), RC_OK);
    return n;
}

/* Gets once from a server that answers with these bytes and closes. */
static enum rc
get_raw(const char *text, size_t text_len, size_t max, uint8_t **out,
        size_t *len, char error[static 1280])
{
    struct server *s = calloc(1, sizeof *s);
    struct net *n = client(NULL);
    struct net_circuit c;
    enum rc rc;

    assert_non_null(s);
    s->reply = text;
    s->reply_len = text_len;
    start(s);
    net_circuit_fresh(&c);
    rc = net_get(n, &c, s->url, "/v1/status", max, out, len);
    (void)snprintf(error, 1280, "%s", net_error(n));
    net_free(n);
    stop(s);
    free(s);
    return rc;
}

static enum rc
get_text(const char *reply, size_t max)
{
    char error[1280];
    uint8_t *out;
    size_t len;
    enum rc rc = get_raw(reply, strlen(reply), max, &out, &len, error);

    assert_true((rc == RC_OK) == (out != NULL));
    assert_true((rc == RC_OK) == (error[0] == 0));
    free(out);
    return rc;
}

static void
odd_answers_are_refused(void **state)
{
    (void)state;
    /* HTTP/0.9, no HTTP at all, another protocol's greeting */
    assert_int_equal(get_text("hello\r\n", 100), RC_FORMAT);
    assert_int_equal(get_text("SSH-2.0-x\r\n\r\n", 100), RC_FORMAT);
    assert_int_equal(get_text("HTTP/1.1 99999 x\r\n\r\n", 100), RC_FORMAT);
    /* libcurl would read 200 in these */
    assert_int_equal(get_text("HTTP/+.1 404 No\r\nContent-Length: 0\r\n\r\n",
                              100),
                     RC_FORMAT);
    assert_int_equal(get_text("HTTP/1.1 100 Go on\r\n\r\n"
                              "HTTP/x 404\r\nContent-Length: 0\r\n\r\n",
                              100),
                     RC_FORMAT);
    /* redirects are not followed, other codes are not 200 */
    assert_int_equal(get_text("HTTP/1.1 302 Found\r\nLocation: "
                              "http://127.0.0.1:1/\r\nContent-Length: 0\r\n"
                              "\r\n",
                              100),
                     RC_FORMAT);
    assert_int_equal(get_text("HTTP/1.1 204 No Content\r\n\r\n", 100),
                     RC_FORMAT);
    assert_int_equal(get_text("HTTP/1.1 206 Partial\r\nContent-Length: 1\r\n"
                              "\r\nx",
                              100),
                     RC_FORMAT);
    assert_int_equal(
        get_text("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 100),
        RC_MISSING);
    assert_int_equal(
        get_text("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", 100),
        RC_AGAIN);
    assert_int_equal(
        get_text("HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n", 100),
        RC_AGAIN);
}

static void
answers_are_bounded(void **state)
{
    static char big[200000];
    char error[1280];
    uint8_t *out;
    size_t len, n;

    (void)state;
    assert_int_equal(get_text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                              "12345",
                              4),
                     RC_FULL);
    assert_int_equal(get_text("HTTP/1.1 200 OK\r\nContent-Length: "
                              "99999999999\r\n\r\n12345",
                              4),
                     RC_FULL);
    assert_int_equal(get_text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
                              "\r\n\r\n5\r\n12345\r\n0\r\n\r\n",
                              4),
                     RC_FULL);
    /* many headers, one long header, many interim answers */
    n = (size_t)sprintf(big, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 100; i++) {
        n += (size_t)sprintf(big + n, "X: %d\r\n", i);
    }
    n += (size_t)sprintf(big + n, "Content-Length: 0\r\n\r\n");
    assert_int_equal(get_raw(big, n, 100, &out, &len, error), RC_FORMAT);
    n = (size_t)sprintf(big, "HTTP/1.1 200 OK\r\nX: ");
    memset(big + n, 'a', 9000);
    n += 9000;
    n += (size_t)sprintf(big + n, "\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(get_raw(big, n, 100, &out, &len, error), RC_FORMAT);
    n = 0;
    for (int i = 0; i < 1000; i++) {
        n += (size_t)sprintf(big + n, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    assert_int_equal(get_raw(big, n, 100, &out, &len, error), RC_FORMAT);
    /* the text of an error is cut, and harmless to a terminal */
    n = (size_t)sprintf(big, "HTTP/1.1 400 Bad\r\nContent-Length: 100000\r\n"
                             "\r\n\033]0;x\007 bad cell\n");
    memset(big + n, 'a', 100000);
    n += 100000;
    assert_int_equal(get_raw(big, n, SIZE_MAX / 4, &out, &len, error),
                     RC_FORMAT);
    assert_null(strchr(error, '\033'));
    assert_null(strchr(error, '\n'));
}

static void
half_an_answer_is_no_answer(void **state)
{
    static const char whole[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345";
    char error[1280];
    uint8_t *out;
    size_t len;

    (void)state;
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        assert_int_not_equal(get_raw(whole, n, 100, &out, &len, error), RC_OK);
        assert_null(out);
    }
    assert_int_equal(get_raw(whole, sizeof whole - 1, 100, &out, &len, error),
                     RC_OK);
    assert_int_equal(len, 5);
    assert_memory_equal(out, "12345", 5);
    free(out);
    assert_int_equal(
        get_text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0), RC_OK);
}

static void
a_slow_drip_is_cut_off(void **state)
{
    struct server *s = calloc(1, sizeof *s);
    static char text[4000];
    struct net *n = client(NULL);
    struct net_circuit c;
    uint8_t *out;
    size_t len;
    int head;

    (void)state;
    head = sprintf(text, "HTTP/1.1 200 OK\r\nContent-Length: 3900\r\n\r\n");
    memset(text + head, 'x', 3900);
    s->reply = text;
    s->reply_len = (size_t)head + 3900;
    s->drips = true;
    start(s);
    net_circuit_fresh(&c);
    assert_int_equal(net_get(n, &c, s->url, "/v1/status", 4000, &out, &len),
                     RC_IO);
    assert_null(out);
    net_free(n);
    stop(s);
    assert_true(s->dripped < s->reply_len); /* it was not waited for */
    free(s);
}

static void
addresses_are_checked(void **state)
{
    static const char *const bad[] = {"",           "file:///etc/passwd",
                                      "ftp://x",    "http://",
                                      "http://u@h", "http://h/p",
                                      "http://h?q", "http://h h",
                                      "unix:",      "unix:s",
                                      "//h",        "HTTP://h",
                                      "gopher://h", "http://h\r\nX: y"};
    struct net *n = client(NULL);
    struct net_circuit c;
    char longest[300];
    uint8_t *out;
    size_t len;

    (void)state;
    net_circuit_fresh(&c);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(net_get(n, &c, bad[i], "/v1/status", 9, &out, &len),
                         RC_FORMAT);
        assert_true(*net_error(n) != 0);
    }
    /* no proxy: an onion's name must not get to a resolver */
    assert_int_equal(
        net_get(n, &c, "http://abc.onion", "/v1/status", 9, &out, &len), RC_IO);
    assert_int_equal(
        net_get(n, &c, "http://abc.ONION:80", "/v1/status", 9, &out, &len),
        RC_IO);
    assert_int_equal(
        net_get(n, &c, "http://abc.onion.:80", "/v1/status", 9, &out, &len),
        RC_IO);
    assert_non_null(strstr(net_error(n), "needs Tor")); /* said by us */
    (void)snprintf(longest, sizeof longest, "unix:/%0200d", 1);
    assert_int_equal(net_get(n, &c, longest, "/v1/status", 9, &out, &len),
                     RC_IO);
    assert_int_equal(
        net_get(n, &c, "unix:/nonexistent/x", "/v1/status", 9, &out, &len),
        RC_IO);
    net_free(n);
}

/* An exchange against a server that answers with len bytes of body. */
static enum rc
exchange(size_t body, const char *more, struct server *s)
{
    static char text[CELL_LEN + 4096];
    static uint8_t up[CELL_LEN], down[CELL_LEN];
    struct net *n = client(NULL);
    struct net_circuit c;
    enum rc rc;
    int head = sprintf(text, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n",
                       more, body);

    memset(text + head, 'c', body);
    memset(up, 'u', sizeof up);
    memset(s, 0, sizeof *s);
    s->reply = text;
    s->reply_len = (size_t)head + body;
    s->keeps_open = true;
    start(s);
    net_circuit_fresh(&c);
    rc = net_exchange(n, &c, s->url, up, down);
    if (rc == RC_OK) {
        assert_int_equal(down[0], 'c');
        assert_int_equal(down[CELL_LEN - 1], 'c');
        rc = net_exchange(n, &c, s->url, up, down);
    } else {
        assert_true(sodium_is_zero(down, CELL_LEN));
    }
    net_free(n);
    stop(s);
    return rc;
}

static void
an_exchange_is_one_cell_each_way(void **state)
{
    struct server *s = calloc(1, sizeof *s);
    char *body;

    (void)state;
    assert_int_equal(exchange(0, "", s), RC_FORMAT);
    assert_int_equal(exchange(CELL_LEN - 1, "", s), RC_FORMAT);
    assert_int_equal(exchange(CELL_LEN + 1, "", s), RC_FORMAT);
    assert_int_equal(exchange(CELL_LEN, "Set-Cookie: id=1\r\n", s), RC_OK);
    assert_int_equal(s->connections, 1);
    assert_int_equal(s->requests, 2);
    body = strstr(s->got, "\r\n\r\n");
    assert_non_null(body);
    assert_int_equal(s->got_len - (size_t)(body + 4 - s->got), CELL_LEN);
    assert_int_equal(strncmp(s->got, "POST /v1/exchange HTTP/1.1\r\n", 28), 0);
    body[2] = 0;
    assert_null(strcasestr(s->got, "cookie"));
    assert_null(strcasestr(s->got, "curl"));
    assert_null(strcasestr(s->got, "expect"));
    assert_null(strcasestr(s->got, "content-type"));
    assert_non_null(strstr(s->got, "Origin: null\r\n"));
    assert_non_null(strstr(s->got, "\r\nContent-Length: 16384\r\n"));
    free(s);
}

static void
the_environment_has_no_say(void **state)
{
    char error[1280];
    uint8_t *out;
    size_t len;

    (void)state;
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(get_raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38,
                             9, &out, &len, error),
                     RC_OK);
    free(out);
    assert_int_equal(unsetenv("http_proxy"), 0);
    assert_int_equal(unsetenv("ALL_PROXY"), 0);
}

/* Names go to the proxy; each circuit has its own user and connections. */
static void
circuits_stay_apart(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    struct server *s = calloc(1, sizeof *s);
    struct net_circuit a, b;
    struct net *n;
    uint8_t *out;
    size_t len;

    (void)state;
    s->reply = text;
    s->reply_len = sizeof text - 1;
    s->is_socks = true;
    start(s);
    assert_int_equal(setenv("no_proxy", "*", 1), 0);
    n = client(s->url);
    net_circuit_fresh(&a);
    net_circuit_fresh(&b);
    assert_int_not_equal(strcmp(a.user, b.user), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(net_get(n, i == 0 ? &a : &b, "http://abc.onion",
                                 "/v1/status", 9, &out, &len),
                         RC_OK);
        free(out);
    }
    assert_int_equal(unsetenv("no_proxy"), 0);
    net_free(n);
    stop(s);
    assert_int_equal(s->connections, 2);
    assert_string_equal(s->host, "abc.onion");
    assert_string_equal(s->user, b.user);
    assert_string_equal(s->password, b.user);
    free(s);
}

/* More circuits than are kept: each request has a connection of its own. */
static void
old_circuits_are_closed(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    struct server *s = calloc(1, sizeof *s);
    struct net *n = client(NULL);
    struct net_circuit c;
    uint8_t *out;
    size_t len;

    (void)state;
    s->reply = text;
    s->reply_len = sizeof text - 1;
    start(s);
    for (int i = 0; i < 20; i++) {
        net_circuit_fresh(&c);
        assert_int_equal(net_get(n, &c, s->url, "/v1/status", 9, &out, &len),
                         RC_OK);
        free(out);
    }
    net_free(n);
    stop(s);
    assert_int_equal(s->connections, 20);
    free(s);
}

/* What follows Host is what the web page's requests have there. */
static void
headers_are_the_pages(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    static uint8_t up[CELL_LEN], down[CELL_LEN];
    struct net_circuit c;
    uint8_t *out;
    size_t len;

    (void)state;
    net_circuit_fresh(&c);
    for (int i = 0; i < 2; i++) {
        struct server *s = calloc(1, sizeof *s);
        char block[HEADERS_MAX], want[4096];
        struct net *n;

        s->reply = text;
        s->reply_len = sizeof text - 1;
        s->is_socks = true;
        start(s);
        n = client(s->url);
        if (i == 0) {
            assert_int_equal(
                net_get(n, &c, "http://abc.onion", "/v1/status", 9, &out, &len),
                RC_OK);
            free(out);
        } else {
            assert_int_equal(net_exchange(n, &c, "http://abc.onion", up, down),
                             RC_FORMAT);
        }
        net_free(n);
        stop(s);
        headers_recorded(block, i == 0 ? "GET" : "POST");
        (void)snprintf(want, sizeof want,
                       "%s HTTP/1.1\r\nHost: abc.onion\r\n%s\r\n",
                       i == 0 ? "GET /v1/status" : "POST /v1/exchange", block);
        s->got[s->got_len - (i == 0 ? 0 : CELL_LEN)] = 0;
        assert_string_equal((const char *)s->got, want);
        free(s);
    }
}

/* What Tor or the system says is for who mends it; she reads what to do. */
static void
failures_are_said_in_plain_words(void **state)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    struct server *s = calloc(1, sizeof *s);
    struct net_circuit c;
    struct net *n;
    uint8_t *out;
    size_t len;

    (void)state;
    assert_non_null(s);
    s->reply = reply;
    s->reply_len = sizeof reply - 1;
    s->is_socks = true;
    s->socks_fails = 4; /* host unreachable */
    start(s);
    net_circuit_fresh(&c);
    n = client(s->url);
    assert_int_equal(net_get(n, &c, "http://abc.onion", "/v1/status", 9, &out,
                             &len),
                     RC_IO);
    assert_non_null(strstr(net_error(n), "http://abc.onion: Tor found no way"));
    assert_non_null(strstr(net_error(n), "(4)")); /* the detail */
    net_free(n);
    stop(s);
    n = client("127.0.0.1:1");
    assert_int_equal(net_get(n, &c, "http://abc.onion", "/v1/status", 9, &out,
                             &len),
                     RC_IO);
    assert_non_null(strstr(net_error(n), "Tor does not answer: start it"));
    net_free(n);
    n = client(NULL);
    assert_int_equal(net_get(n, &c, "unix:/nonexistent", "/v1/status", 9, &out,
                             &len),
                     RC_IO);
    assert_non_null(strstr(net_error(n), "it can't be reached: try again"));
    net_set_deadline(n, clock_mono_ms());
    assert_int_equal(net_get(n, &c, "unix:/nonexistent", "/v1/status", 9, &out,
                             &len),
                     RC_IO);
    assert_non_null(strstr(net_error(n), "it took too long"));
    net_free(n);
    free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_answers_are_refused),
        cmocka_unit_test(answers_are_bounded),
        cmocka_unit_test(half_an_answer_is_no_answer),
        cmocka_unit_test(a_slow_drip_is_cut_off),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(an_exchange_is_one_cell_each_way),
        cmocka_unit_test(the_environment_has_no_say),
        cmocka_unit_test(circuits_stay_apart),
        cmocka_unit_test(headers_are_the_pages),
        cmocka_unit_test(old_circuits_are_closed),
        cmocka_unit_test(failures_are_said_in_plain_words),
    };

    (void)signal(SIGPIPE, SIG_IGN); /* as cli_init does */
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
