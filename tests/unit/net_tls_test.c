/* SPDX-License-Identifier: ISC */
/* TLS to relays: the right certificate, the right name, TLS 1.3. */
#include "net.h"

#include "headers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
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
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sodium.h>

struct server {
    SSL_CTX *ctx;
    int listener;
    pthread_t thread;
    char url[64];
    char ca[64];               /* its certificate as a file */
    char got[CELL_LEN + 4096]; /* the last request, and a zero after it */
};

static EVP_PKEY *
new_key(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

    assert_non_null(key);
    return key;
}

static X509 *
new_certificate(EVP_PKEY *key, const char *name)
{
    X509 *x = X509_new();
    X509_EXTENSION *ext;
    char alt[64];

    assert_non_null(x);
    (void)snprintf(alt, sizeof alt, "DNS:%s", name);
    assert_int_equal(X509_set_version(x, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -3600));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 3600));
    assert_int_equal(
        X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                                   (const unsigned char *)"test", -1, -1, 0),
        1);
    assert_int_equal(X509_set_issuer_name(x, X509_get_subject_name(x)), 1);
    assert_int_equal(X509_set_pubkey(x, key), 1);
    ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alt);
    assert_non_null(ext);
    assert_int_equal(X509_add_ext(x, ext, -1), 1);
    X509_EXTENSION_free(ext);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

static void
serve(struct server *s, SSL *ssl)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 16384\r\n\r\n";
    static char body[CELL_LEN];
    char *in = s->got;
    size_t n = 0, want = sizeof s->got - 1;

    if (SSL_accept(ssl) != 1) {
        return;
    }
    memset(body, 'b', sizeof body);
    while (n < want) {
        int got = SSL_read(ssl, in + n, (int)(want - n));
        const char *end;

        if (got <= 0) {
            return;
        }
        n += (size_t)got;
        if ((end = memmem(in, n, "\r\n\r\n", 4)) != NULL) {
            want = (size_t)(end + 4 - in) + (in[0] == 'P' ? CELL_LEN : 0);
        }
    }
    in[n] = 0;
    (void)SSL_write(ssl, head, sizeof head - 1);
    (void)SSL_write(ssl, body, sizeof body);
    (void)SSL_shutdown(ssl);
}

static void *
run(void *arg)
{
    struct server *s = arg;
    int fd;

    while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
        SSL *ssl = SSL_new(s->ctx);

        if (ssl != NULL && SSL_set_fd(ssl, fd) == 1) {
            serve(s, ssl);
        }
        SSL_free(ssl);
        (void)close(fd);
    }
    return NULL;
}

static void
start(struct server *s, const char *name, int max_version)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t len = sizeof in;
    EVP_PKEY *key = new_key();
    X509 *x = new_certificate(key, name);
    FILE *f;
    int fd;

    memset(s, 0, sizeof *s);
    (void)snprintf(s->ca, sizeof s->ca, "/tmp/net_tls_test.XXXXXX");
    fd = mkstemp(s->ca);
    assert_true(fd >= 0);
    f = fdopen(fd, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, x), 1);
    assert_int_equal(fclose(f), 0);
    s->ctx = SSL_CTX_new(TLS_server_method());
    assert_non_null(s->ctx);
    assert_int_equal(SSL_CTX_use_certificate(s->ctx, x), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(s->ctx, key), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(s->ctx, max_version), 1);
    X509_free(x);
    EVP_PKEY_free(key);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->listener >= 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(s->listener, 4), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&in, &len), 0);
    (void)snprintf(s->url, sizeof s->url, "https://localhost:%u",
                   ntohs(in.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, run, s), 0);
}

static void
stop(struct server *s)
{
    (void)shutdown(s->listener, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->listener);
    SSL_CTX_free(s->ctx);
    assert_int_equal(unlink(s->ca), 0);
}

static enum rc
exchange(const struct server *s, const char *ca)
{
    static uint8_t up[CELL_LEN], down[CELL_LEN];
    const struct net_options opt = {.no_tor = true,
                                    .connect_seconds = 10,
                                    .stall_seconds = 5,
                                    .ca_file = ca};
    struct net_circuit c;
    struct net *n;
    enum rc rc;

    assert_int_equal(net_new(&n, &opt), RC_OK);
    net_circuit_fresh(&c);
    rc = net_exchange(n, &c, s->url, up, down);
    assert_true((rc == RC_OK) == (down[0] == 'b'));
    assert_true((rc == RC_OK) == (*net_error(n) == 0));
    net_free(n);
    return rc;
}

static void
other_certificates_are_refused(void **state)
{
    struct server s, other;

    (void)state;
    start(&s, "localhost", TLS1_3_VERSION);
    start(&other, "localhost", TLS1_3_VERSION);
    assert_int_equal(exchange(&s, NULL), RC_IO); /* nobody vouches for it */
    assert_int_equal(exchange(&s, other.ca), RC_IO);
    assert_int_equal(exchange(&s, "/nonexistent"), RC_IO);
    assert_int_equal(exchange(&s, s.ca), RC_OK);
    stop(&s);
    stop(&other);
}

static void
another_name_is_refused(void **state)
{
    struct server s;

    (void)state;
    start(&s, "elsewhere.example", TLS1_3_VERSION);
    assert_int_equal(exchange(&s, s.ca), RC_IO);
    stop(&s);
}

static void
older_tls_is_refused(void **state)
{
    struct server s;

    (void)state;
    start(&s, "localhost", TLS1_2_VERSION);
    assert_int_equal(exchange(&s, s.ca), RC_IO);
    stop(&s);
}

/* What follows Host is what the web page's requests have there. */
static void
headers_are_the_pages(void **state)
{
    static struct server s;
    char block[HEADERS_MAX], want[2 * HEADERS_MAX];

    (void)state;
    start(&s, "localhost", TLS1_3_VERSION);
    for (int i = 0; i < 2; i++) {
        const char *method = i == 0 ? "GET" : "POST";
        const struct net_options opt = {.no_tor = true, .ca_file = s.ca};
        static uint8_t up[CELL_LEN] = {1}, down[CELL_LEN];
        struct net_circuit c;
        struct net *n;
        uint8_t *out;
        size_t len;

        assert_int_equal(net_new(&n, &opt), RC_OK);
        net_circuit_fresh(&c);
        if (i == 0) {
            assert_int_equal(
                net_get(n, &c, s.url, "/v1/status", CELL_LEN, &out, &len),
                RC_OK);
            free(out);
        } else {
            assert_int_equal(net_exchange(n, &c, s.url, up, down), RC_OK);
        }
        net_free(n);
        headers_recorded(block, i == 0 ? "GET https" : "POST https");
        (void)snprintf(want, sizeof want,
                       "%s %s HTTP/1.1\r\nHost: %.63s\r\n%s\r\n", method,
                       i == 0 ? "/v1/status" : "/v1/exchange",
                       s.url + sizeof "https://" - 1, block);
        if (i == 1) {
            char *end = strstr(s.got, "\r\n\r\n");

            assert_non_null(end);
            end[4] = 0; /* the cell */
        }
        assert_string_equal(s.got, want);
    }
    stop(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_certificates_are_refused),
        cmocka_unit_test(another_name_is_refused),
        cmocka_unit_test(older_tls_is_refused),
        cmocka_unit_test(headers_are_the_pages),
    };

    (void)signal(SIGPIPE, SIG_IGN); /* as cli_init does */
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
