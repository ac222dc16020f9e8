/* SPDX-License-Identifier: ISC */
#include "net.h"

#include "ascii.h"
#include "cli.h"
#include "clock.h"
#include "net_answer.h"
#include "net_headers.h"
#include "net_words.h"
#include "tor.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <curl/curl.h>
#include <sodium.h>

/* Kept open; the one unused longest is closed. */
#define CIRCUITS_MAX          8
#define PACE_MIN              256  /* bytes a second, below is a stall */
#define CONNECT_SECONDS       30
#define CONNECT_SECONDS_SOCKS 120
#define STALL_SECONDS         60
#define REQUEST_SECONDS       600 /* however large the answer may be */
#define URL_MAX               512
#define NET_MAX               (256u * 1024 * 1024) /* bytes of any answer */

/* Each circuit has a handle of its own: libcurl shares neither connections
 * nor names nor TLS sessions between handles. */
struct circuit {
    char user[sizeof((struct net_circuit *)0)->user];
    CURL *curl; /* NULL: a free place */
    uint64_t used;
};

struct net {
    struct tor_found tor; /* where nothing was said */
    char *proxy; /* for CURLOPT_PROXY, "" for none, NULL: not looked for yet */
    char *ca_file;
    unsigned connect_seconds; /* 0: by the proxy */
    unsigned stall_seconds;
    unsigned request_seconds;
    uint64_t *bytes_up;
    uint64_t *bytes_down;
    const atomic_bool *stop;
    int64_t until_ms; /* by clock_mono_ms; 0: no deadline */
    uint64_t clock; /* counts requests */
    struct circuit circuits[CIRCUITS_MAX];
    struct curl_slist *headers[6]; /* as header_lists */
    char error[NET_ERROR_MAX];
};

#define LISTS (sizeof header_lists / sizeof header_lists[0])
_Static_assert(CELL_LEN == 16384, "Content-Length above");

static struct curl_slist *
make_headers(const char *const *lines)
{
    struct curl_slist *list = NULL, *more;

    for (; *lines != NULL; lines++) {
        if ((more = curl_slist_append(list, *lines)) == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = more;
    }
    return list;
}

static char *
make_proxy(const char *socks)
{
    static const char unix_mark[] = "unix:";
    bool is_unix;
    const char *rest;
    size_t cap;
    char *s;

    is_unix = strncmp(socks, unix_mark, sizeof unix_mark - 1) == 0;
    rest = is_unix ? socks + sizeof unix_mark - 1 : socks;
    cap = strlen(rest) + 32;
    if ((s = malloc(cap)) != NULL) {
        /* socks5h: names are resolved at the proxy, never here. */
        (void)snprintf(
            s, cap, is_unix ? "socks5h://localhost%s" : "socks5h://%s", rest);
    }
    return s;
}

enum rc
net_new(struct net **out, const struct net_options *opt)
{
    struct net *n;
    bool ok;

    *out = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return RC_IO;
    }
    if ((n = calloc(1, sizeof *n)) == NULL) {
        curl_global_cleanup();
        return RC_NOMEM;
    }
    n->connect_seconds = opt->connect_seconds;
    n->stall_seconds =
        opt->stall_seconds != 0 ? opt->stall_seconds : STALL_SECONDS;
    n->request_seconds =
        opt->request_seconds != 0 ? opt->request_seconds : REQUEST_SECONDS;
    n->bytes_up = opt->bytes_up;
    n->bytes_down = opt->bytes_down;
    n->stop = opt->stop;
    ok = true;
    if (opt->socks != NULL) {
        ok = (n->proxy = make_proxy(opt->socks)) != NULL;
    } else if (opt->no_tor) {
        ok = (n->proxy = strdup("")) != NULL;
    }
    if (opt->ca_file != NULL) {
        ok = (n->ca_file = strdup(opt->ca_file)) != NULL && ok;
    }
    for (size_t i = 0; i < LISTS; i++) {
        ok = (n->headers[i] = make_headers(header_lists[i])) != NULL && ok;
    }
    if (!ok) {
        net_free(n);
        return RC_NOMEM;
    }
    *out = n;
    return RC_OK;
}

void
net_free(struct net *n)
{
    if (n == NULL) {
        return;
    }
    for (size_t i = 0; i < CIRCUITS_MAX; i++) {
        if (n->circuits[i].curl != NULL) {
            curl_easy_cleanup(n->circuits[i].curl);
        }
    }
    for (size_t i = 0; i < LISTS; i++) {
        curl_slist_free_all(n->headers[i]);
    }
    free(n->proxy);
    free(n->ca_file);
    sodium_memzero(n, sizeof *n); /* circuit names */
    free(n);
    curl_global_cleanup();
}

void
net_circuit_fresh(struct net_circuit *c)
{
    uint8_t raw[(sizeof c->user - 1) / 2];

    randombytes_buf(raw, sizeof raw);
    (void)sodium_bin2hex(c->user, sizeof c->user, raw, sizeof raw);
}

const char *
net_error(const struct net *n)
{
    return n->error;
}

void
net_set_deadline(struct net *n, int64_t until_ms)
{
    n->until_ms = until_ms;
}

/* words for people, detail for who mends it; "" for none. */
static void
set_error(struct net *n, const char *url, const char *words,
          const char *detail)
{
    net_words_line(n->error, sizeof n->error, url, words, detail);
}

/* The handle of a circuit; a new one takes the place unused longest. */
static CURL *
circuit_handle(struct net *n, const struct net_circuit *c)
{
    struct circuit *at = &n->circuits[0];

    n->clock++;
    for (size_t i = 0; i < CIRCUITS_MAX; i++) {
        struct circuit *k = &n->circuits[i];

        if (k->curl != NULL && strcmp(k->user, c->user) == 0) {
            k->used = n->clock;
            return k->curl;
        }
        if (k->used < at->used) {
            at = k;
        }
    }
    if (at->curl != NULL) {
        curl_easy_cleanup(at->curl);
    }
    memset(at, 0, sizeof *at);
    at->curl = curl_easy_init();
    at->used = n->clock;
    memcpy(at->user, c->user, sizeof at->user);
    return at->curl;
}

/* Letters, digits and what else stands in "host:port" or "[v6]:port". */
static bool
is_authority(const char *s)
{
    return *s != 0 &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789.-:[]") == strlen(s);
}

static bool
is_onion(const char *authority)
{
    static const char tail[] = ".onion";
    size_t n = strcspn(authority, ":"), t = sizeof tail - 1;

    while (n > 0 && authority[n - 1] == '.') {
        n--; /* the end of a whole name, for a resolver */
    }
    return n > t && ascii_is_same(authority + n - t, tail, t);
}

/* Looks for Tor when nothing was said, and whether it is still Tor there. */
static enum rc
need_proxy(struct net *n, const char *url)
{
    struct tor_machine m;
    enum rc rc;

    if (n->proxy != NULL && n->tor.socks[0] == 0) {
        return RC_OK;
    }
    tor_machine_init(&m);
    rc = n->proxy == NULL ? tor_find(&n->tor) : tor_check(&n->tor, &m);
    if (rc != RC_OK) {
        set_error(n, url, n->tor.problem, "");
        return RC_IO;
    }
    n->proxy = n->proxy != NULL ? n->proxy : make_proxy(n->tor.socks);
    return n->proxy != NULL ? RC_OK : RC_NOMEM;
}

/*
 * Splits what the directory lists. *socket is the path of a Unix socket, or
 * NULL. An onion without a proxy is refused: the name would go to a resolver.
 */
static enum rc
make_url(struct net *n, char out[static URL_MAX], const char **socket,
         const char *url, const char *path)
{
    static const struct sockaddr_un un;
    const char *host;
    enum rc rc;

    *socket = NULL;
    if (strncmp(url, "unix:/", 6) == 0) {
        *socket = url + 5;
        if (strlen(*socket) >= sizeof un.sun_path) {
            set_error(n, url, net_words_broken(), "too long a path");
            return RC_IO;
        }
        host = "http://localhost";
    } else if ((strncmp(url, "http://", 7) == 0 && is_authority(url + 7)) ||
               (strncmp(url, "https://", 8) == 0 && is_authority(url + 8))) {
        host = url;
        if ((rc = need_proxy(n, url)) != RC_OK) {
            return rc;
        }
        if (*n->proxy == 0 && is_onion(strstr(url, "//") + 2)) {
            set_error(n, url, _("an onion address needs Tor's SOCKS port"),
                      "");
            return RC_IO;
        }
    } else {
        set_error(n, url, net_words_broken(), "not an address of a relay");
        return RC_FORMAT;
    }
    if ((size_t)snprintf(out, URL_MAX, "%s%s", host, path) >= URL_MAX) {
        set_error(n, url, net_words_broken(), "too long an address");
        return RC_FORMAT;
    }
    return RC_OK;
}

struct request {
    const char *url;
    const char *path;
    const uint8_t *post; /* CELL_LEN bytes, or NULL */
    size_t max;
    bool page; /* of a web site: packed as it likes, its length left out */
};

/* libcurl calls it about once a second; not 0 ends the request. */
static int
on_progress(void *arg, curl_off_t down_total, curl_off_t down,
            curl_off_t up_total, curl_off_t up)
{
    const struct net *n = arg;

    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    return atomic_load(n->stop);
}

#define SET(option, value)                                                     \
    ok = curl_easy_setopt(h, CURLOPT_##option, value) == CURLE_OK && ok

/* How long it may take. */
static bool
set_limits(struct net *n, CURL *h, const struct request *q, bool proxied)
{
    long connect = n->connect_seconds != 0 ? (long)n->connect_seconds
                   : proxied               ? CONNECT_SECONDS_SOCKS
                                           : CONNECT_SECONDS;
    long total = connect + (long)n->stall_seconds +
                 (long)((q->max + CELL_LEN) / PACE_MIN);
    int64_t left;
    bool ok = true;

    total = total < (long)n->request_seconds ? total
                                             : (long)n->request_seconds;
    left = n->until_ms == 0 ? INT64_MAX : n->until_ms - clock_mono_ms();

    SET(CONNECTTIMEOUT, connect);
    SET(LOW_SPEED_TIME, (long)n->stall_seconds);
    SET(LOW_SPEED_LIMIT, (long)PACE_MIN);
    SET(TIMEOUT_MS, left > total * 1000 ? total * 1000
                    : left > 1          ? (long)left
                                        : 1L);
    if (n->stop != NULL) {
        SET(NOPROGRESS, 0L);
        SET(XFERINFOFUNCTION, on_progress);
        SET(XFERINFODATA, n);
    }
    return ok;
}

/* true if libcurl took all of them */
static bool
set_options(struct net *n, CURL *h, const struct net_circuit *c,
            const char *url, const char *socket, const struct request *q,
            struct net_answer *in)
{
    bool proxied = socket == NULL && *n->proxy != 0;
    bool https = strncmp(url, "https:", 6) == 0;
    int list = q->page
                   ? IS_PAGE + https
                   : (q->post != NULL ? IS_POST : 0) | (https ? IS_HTTPS : 0);
    bool ok;

    curl_easy_reset(h); /* keeps connections */
    ok = set_limits(n, h, q, proxied);
    SET(URL, url);
    SET(PROTOCOLS_STR, "http,https");
    SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(HTTP09_ALLOWED, 0L);
    SET(FOLLOWLOCATION, 0L);
    SET(DISALLOW_USERNAME_IN_URL, 1L);
    SET(NETRC, (long)CURL_NETRC_IGNORED);
    SET(NOSIGNAL, 1L);
    SET(NOPROXY, "");
    SET(PROXY, proxied ? n->proxy : ""); /* "" also overrules $all_proxy */
    if (proxied) {
        SET(SOCKS5_AUTH, (long)CURLAUTH_BASIC);
        SET(PROXYUSERNAME, c->user);
        SET(PROXYPASSWORD, c->user);
    }
    if (socket != NULL) {
        SET(UNIX_SOCKET_PATH, socket);
    }
    SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
    SET(SSL_VERIFYPEER, 1L);
    SET(SSL_VERIFYHOST, 2L);
    SET(SSL_SESSIONID_CACHE, 0L);
    if (n->ca_file != NULL) {
        SET(CAINFO, n->ca_file);
        SET(CAPATH, NULL);
    }
    SET(HEADERFUNCTION, net_answer_header);
    SET(HEADERDATA, in);
    SET(WRITEFUNCTION, net_answer_body);
    SET(WRITEDATA, in);
    SET(HTTPHEADER, n->headers[list]);
    if (q->page) {
        SET(ACCEPT_ENCODING, ""); /* unpacks what libcurl knows */
    }
    if (q->post != NULL) {
        SET(POST, 1L);
        SET(POSTFIELDS, (const char *)q->post);
        SET(POSTFIELDSIZE, (long)CELL_LEN);
    } else {
        SET(HTTPGET, 1L);
    }
    return ok;
}
#undef SET

static void
count_bytes(struct net *n, CURL *h)
{
    curl_off_t up = 0, down = 0;
    long head_up = 0, head_down = 0;

    (void)curl_easy_getinfo(h, CURLINFO_SIZE_UPLOAD_T, &up);
    (void)curl_easy_getinfo(h, CURLINFO_SIZE_DOWNLOAD_T, &down);
    (void)curl_easy_getinfo(h, CURLINFO_REQUEST_SIZE, &head_up);
    (void)curl_easy_getinfo(h, CURLINFO_HEADER_SIZE, &head_down);
    if (n->bytes_up != NULL) {
        /* The request size has a body that went out with the headers. */
        uint64_t total = (uint64_t)head_up;

        if (total < (uint64_t)up) {
            total += (uint64_t)up;
        }
        __atomic_fetch_add(n->bytes_up, total, __ATOMIC_RELAXED);
    }
    if (n->bytes_down != NULL) {
        __atomic_fetch_add(n->bytes_down, (uint64_t)down + (uint64_t)head_down,
                           __ATOMIC_RELAXED);
    }
}

static enum net_way
way_of(const struct net *n, const char *url)
{
    return strncmp(url, "unix:", 5) == 0 ? NET_SOCKET
           : *n->proxy == 0              ? NET_DIRECT
                                         : NET_TOR;
}

/* What libcurl's result means for an answer that never came whole. */
static enum rc
failure(struct net *n, const char *url, CURLcode code,
        const struct net_answer *in, const char *detail)
{
    long px = 0;

    if (in->rc == RC_FULL) {
        set_error(n, url, net_words_broken(), "the answer is too large");
        return RC_FULL;
    }
    if (in->rc == RC_FORMAT) {
        set_error(n, url, net_words_broken(), in->why);
        return RC_FORMAT;
    }
    if (in->rc == RC_NOMEM || code == CURLE_OUT_OF_MEMORY) {
        set_error(n, url, _(rc_text(RC_NOMEM)), "");
        return RC_NOMEM;
    }
    (void)curl_easy_getinfo(in->curl, CURLINFO_PROXY_ERROR, &px);
    set_error(n, url, net_words_curl(code, px, way_of(n, url)),
              *detail != 0 ? detail : curl_easy_strerror(code));
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_URL_MALFORMAT:
        return RC_FORMAT;
    default:
        return RC_IO;
    }
}

static enum rc
by_status(struct net *n, const struct request *q, long status,
          const struct net_answer *in)
{
    char text[NET_ANSWER_ERROR_MAX + 64];
    int len = in->len < NET_ANSWER_ERROR_MAX ? (int)in->len : NET_ANSWER_ERROR_MAX;

    if (status == 200) {
        return RC_OK;
    }
    while (len > 0 && in->buf[len - 1] <= ' ') {
        len--;
    }
    (void)snprintf(text, sizeof text, "HTTP status %ld%s%.*s", status,
                   len > 0 ? ", " : "", len,
                   len > 0 ? (const char *)in->buf : "");
    set_error(n, q->url, net_words_status(status), text);
    switch (status) {
    case 404:
        return RC_MISSING;
    case 429:
    case 503:
        return RC_AGAIN;
    default:
        return RC_FORMAT;
    }
}

/* libcurl takes a connection that closes among the headers, or after a body
 * of no stated length, for a whole answer. */
static enum rc
whole(struct net *n, const struct request *q, const struct net_answer *in)
{
    curl_off_t length = -1;

    (void)curl_easy_getinfo(in->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                            &length);
    if (!in->headers_end) {
        set_error(n, q->url, _("the connection broke off: try again"),
                  "among the headers");
        return RC_IO;
    }
    if (!q->page && (length < 0 || (uint64_t)length != in->len)) {
        set_error(n, q->url, net_words_broken(),
                  "the answer does not state its length");
        return RC_FORMAT;
    }
    return RC_OK;
}

/* RC_OK: a whole answer with status 200 is in *in. */
static enum rc
perform(struct net *n, const struct net_circuit *c, const struct request *q,
        struct net_answer *in)
{
    char url[URL_MAX], detail[CURL_ERROR_SIZE] = "";
    CURL *h = circuit_handle(n, c);
    const char *socket;
    long status = 0;
    CURLcode code;
    enum rc rc;

    n->error[0] = 0;
    if (h == NULL) {
        return RC_NOMEM;
    }
    if (n->until_ms != 0 && clock_mono_ms() >= n->until_ms) {
        set_error(n, q->url,
                  net_words_curl(CURLE_OPERATION_TIMEDOUT, 0, NET_DIRECT), "");
        return RC_IO;
    }
    if ((rc = make_url(n, url, &socket, q->url, q->path)) != RC_OK) {
        return rc;
    }
    in->curl = h;
    in->max = q->max;
    if (!set_options(n, h, c, url, socket, q, in) ||
        curl_easy_setopt(h, CURLOPT_ERRORBUFFER, detail) != CURLE_OK) {
        set_error(n, q->url,
                  "this libcurl lacks something that is needed", "");
        return RC_IO;
    }
    code = curl_easy_perform(h);
    (void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, NULL);
    count_bytes(n, h);
    (void)curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    if (status != 0 && status != 200 && in->rc == RC_FULL) {
        return by_status(n, q, status, in); /* a long error text: cut */
    }
    if (code != CURLE_OK) {
        return failure(n, q->url, code, in, detail);
    }
    if ((rc = by_status(n, q, status, in)) != RC_OK) {
        return rc;
    }
    return whole(n, q, in);
}

static enum rc
get(struct net *n, const struct net_circuit *c, const struct request *q,
    uint8_t **out, size_t *len)
{
    struct net_answer in = {.rc = RC_OK};
    enum rc rc;

    *out = NULL;
    *len = 0;
    rc = perform(n, c, q, &in);
    if (rc == RC_OK && in.buf == NULL && (in.buf = malloc(1)) == NULL) {
        rc = RC_NOMEM;
    }
    if (rc == RC_OK) {
        *out = in.buf;
        *len = in.len;
        return RC_OK;
    }
    free(in.buf);
    return rc;
}

enum rc
net_get(struct net *n, const struct net_circuit *c, const char *url,
        const char *path, size_t max, uint8_t **out, size_t *len)
{
    const struct request q = {
        .url = url, .path = path, .max = max < NET_MAX ? max : NET_MAX};

    return get(n, c, &q, out, len);
}

enum rc
net_page(struct net *n, const struct net_circuit *c, const char *url,
         const char *path, size_t max, uint8_t **out, size_t *len)
{
    const struct request q = {.url = url,
                              .path = path,
                              .max = max < NET_MAX ? max : NET_MAX,
                              .page = true};

    return get(n, c, &q, out, len);
}

enum rc
net_exchange(struct net *n, const struct net_circuit *c, const char *url,
             const uint8_t up[static CELL_LEN], uint8_t down[static CELL_LEN])
{
    const struct request q = {
        .url = url, .path = "/v1/exchange", .post = up, .max = CELL_LEN};
    struct net_answer in = {.rc = RC_OK};
    enum rc rc = perform(n, c, &q, &in);

    memset(down, 0, CELL_LEN);
    if (rc == RC_FULL || (rc == RC_OK && in.len != CELL_LEN)) {
        set_error(n, url, net_words_broken(), "the answer is not one cell");
        rc = RC_FORMAT;
    }
    if (rc == RC_OK) {
        memcpy(down, in.buf, CELL_LEN);
    }
    free(in.buf);
    return rc;
}
