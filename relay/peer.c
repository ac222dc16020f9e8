/* SPDX-License-Identifier: ISC */
#include "peer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
        const unsigned char *in, unsigned in_len, void *arg)
{
    static const unsigned char http11[] = "\x08http/1.1";
    unsigned char *chosen;

    (void)ssl;
    (void)arg;
    if (SSL_select_next_proto(&chosen, out_len, http11, sizeof http11 - 1, in,
                              in_len) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *
peer_tls_new(const char *cert, const char *key)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

    if (tls == NULL ||
        SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(tls, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_num_tickets(tls, 0) != 1 ||
        SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(tls) != 1) {
        SSL_CTX_free(tls);
        ERR_clear_error();
        return NULL;
    }
    (void)SSL_CTX_set_options(tls, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                       SSL_OP_CLEANSE_PLAINTEXT);
    (void)SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS |
                                    SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_max_early_data(tls, 0);
    SSL_CTX_set_alpn_select_cb(tls, on_alpn, NULL);
    return tls;
}

enum rc
peer_init(struct peer *p, int fd, SSL_CTX *tls)
{
    p->fd = fd;
    p->ssl = NULL;
    if (tls == NULL) {
        return RC_OK;
    }
    if ((p->ssl = SSL_new(tls)) == NULL || SSL_set_fd(p->ssl, fd) != 1) {
        SSL_free(p->ssl);
        p->ssl = NULL;
        ERR_clear_error();
        return RC_NOMEM;
    }
    SSL_set_accept_state(p->ssl);
    return RC_OK;
}

void
peer_close(struct peer *p)
{
    SSL_free(p->ssl);
    p->ssl = NULL;
    if (p->fd >= 0) {
        (void)close(p->fd);
        p->fd = -1;
    }
}

/* What a call of OpenSSL's wants. The error queue is this thread's, and must
 * be empty before the next call. */
static enum peer_result
tls_result(const struct peer *p, int rc)
{
    int want = SSL_get_error(p->ssl, rc);

    ERR_clear_error();
    switch (want) {
    case SSL_ERROR_WANT_READ:
        return PEER_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return PEER_WANT_WRITE;
    default:
        return PEER_END;
    }
}

enum peer_result
peer_handshake(struct peer *p)
{
    int rc;

    if (p->ssl == NULL) {
        return PEER_DONE;
    }
    rc = SSL_do_handshake(p->ssl);
    return rc == 1 ? PEER_DONE : tls_result(p, rc);
}

enum peer_result
peer_read(struct peer *p, uint8_t *out, size_t cap, size_t *n)
{
    ssize_t got;
    int rc;

    *n = 0;
    if (p->ssl != NULL) {
        rc = SSL_read_ex(p->ssl, out, cap, n);
        return rc == 1 && *n > 0 ? PEER_DONE : tls_result(p, rc);
    }
    do {
        got = read(p->fd, out, cap);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        *n = (size_t)got;
        return PEER_DONE;
    }
    return got < 0 && errno == EAGAIN ? PEER_WANT_READ : PEER_END;
}

enum peer_result
peer_write(struct peer *p, const uint8_t *in, size_t len, size_t *n)
{
    ssize_t put;
    int rc;

    *n = 0;
    if (p->ssl != NULL) {
        rc = SSL_write_ex(p->ssl, in, len, n);
        return rc == 1 && *n > 0 ? PEER_DONE : tls_result(p, rc);
    }
    do {
        put = send(p->fd, in, len, MSG_NOSIGNAL);
    } while (put < 0 && errno == EINTR);
    if (put > 0) {
        *n = (size_t)put;
        return PEER_DONE;
    }
    return put < 0 && errno == EAGAIN ? PEER_WANT_WRITE : PEER_END;
}

void
peer_finish(struct peer *p)
{
    if (p->ssl != NULL) {
        (void)SSL_shutdown(p->ssl);
        ERR_clear_error();
    }
    (void)shutdown(p->fd, SHUT_WR);
}
