/* SPDX-License-Identifier: ISC */
/*
 * HTTP/1.1 as far as the relay needs it: GET without a body, POST with a
 * Content-Length. Bytes in, request out; no sockets. What is not needed is
 * refused: chunked bodies, Expect, folded lines, absolute URIs, a second
 * Content-Length, bare line feeds, HTTP/1.0.
 */
#ifndef HTTP_H
#define HTTP_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX      8192 /* request line, headers and the empty line */
#define HTTP_LINES_MAX     64   /* header lines */
#define HTTP_LENGTH_DIGITS 12
#define HTTP_ANSWER_MAX    512 /* an answer's head */

enum http_method {
    HTTP_GET,
    HTTP_POST,
    HTTP_OTHER
};

/* A request's head as far as it has come. Start with all zero. */
struct http_parser {
    size_t pos;      /* bytes looked at */
    size_t line;     /* where the current line begins */
    unsigned lines;  /* header lines so far */
    bool started;    /* the request line is complete */
    unsigned refuse; /* after RC_FORMAT: the HTTP status to answer with */
    enum http_method method;
    size_t target; /* offset of the path in the buffer */
    size_t target_len;
    bool has_length;
    uint64_t length; /* Content-Length */
    bool close;      /* the client will not send another request */
    size_t head_len; /* after RC_OK */
};

/*
 * Go on with a head. Every byte is looked at once, however slowly they come.
 * in       the request from its first byte on, len bytes so far
 * returns  RC_TRUNCATED (more is needed), RC_OK (the body begins at
 *          head_len), RC_FORMAT (answer with ->refuse and close)
 */
enum rc http_parse(struct http_parser *p, const uint8_t *in,
                   size_t len) MUST_CHECK;

/* What an answer's head says besides status and length. */
#define HTTP_CLOSE      1u /* Connection: close */
#define HTTP_FOR_EVER   2u /* cacheable for ever; otherwise no-store */
#define HTTP_BYTES      4u /* application/octet-stream; otherwise text */
#define HTTP_ALLOW_GET  8u /* with 405 */
#define HTTP_ALLOW_POST 16u

/*
 * Write the head of an answer: the same bytes for everybody, no date.
 * out      HTTP_ANSWER_MAX bytes
 * returns  its length
 */
size_t http_answer(char out[static HTTP_ANSWER_MAX], unsigned status,
                   uint64_t length, unsigned flags);
/* The short text that goes with a status that refuses. */
const char *http_text(unsigned status);

#endif
