/* SPDX-License-Identifier: ISC */
/*
 * The bytes of one connection, plain or in TLS 1.3, never blocking. Who is
 * at the other end is never asked.
 */
#ifndef PEER_H
#define PEER_H

#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

struct peer {
    int fd;
    SSL *ssl; /* NULL: plain */
};

enum peer_result {
    PEER_DONE,
    PEER_WANT_READ,
    PEER_WANT_WRITE,
    PEER_END /* closed or broken */
};

/* TLS 1.3 alone, no tickets, no sessions, nothing that would recognise a
 * client. NULL after a failure. */
SSL_CTX *peer_tls_new(const char *cert, const char *key);

/* Takes over fd, which does not block. tls: NULL for plain. */
enum rc peer_init(struct peer *p, int fd, SSL_CTX *tls) MUST_CHECK;
void peer_close(struct peer *p);
enum peer_result peer_handshake(struct peer *p) MUST_CHECK;
/* *n: bytes that came or went, above 0 with PEER_DONE. */
enum peer_result peer_read(struct peer *p, uint8_t *out, size_t cap,
                           size_t *n) MUST_CHECK;
enum peer_result peer_write(struct peer *p, const uint8_t *in, size_t len,
                            size_t *n) MUST_CHECK;
/* Nothing more will be written. */
void peer_finish(struct peer *p);

#endif
