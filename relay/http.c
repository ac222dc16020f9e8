/* SPDX-License-Identifier: ISC */
#include "http.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ascii.h"

/* Piece of the current line. */
struct span {
    const uint8_t *p;
    size_t len;
};

static enum rc
refuse(struct http_parser *p, unsigned status)
{
    p->refuse = status;
    return RC_FORMAT;
}

static bool
is_token(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_graph(uint8_t c)
{
    return c > 0x20 && c < 0x7f;
}

static bool
span_is(struct span s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.p, text, s.len) == 0;
}

static bool
span_is_nocase(struct span s, const char *text)
{
    return s.len == strlen(text) &&
           ascii_is_same((const char *)s.p, text, s.len);
}

/* Takes what comes before the byte c off the front, c too. */
static bool
span_cut(struct span *head, struct span *rest, uint8_t c)
{
    const uint8_t *at = memchr(rest->p, c, rest->len);

    if (at == NULL) {
        return false;
    }
    head->p = rest->p;
    head->len = (size_t)(at - rest->p);
    rest->p = at + 1;
    rest->len -= head->len + 1;
    return true;
}

static struct span
span_trim(struct span s)
{
    while (s.len > 0 && (*s.p == ' ' || *s.p == '\t')) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

static enum rc
take_version(struct http_parser *p, struct span s)
{
    if (span_is(s, "HTTP/1.1")) {
        return RC_OK;
    }
    if (s.len == 8 && memcmp(s.p, "HTTP/", 5) == 0 && s.p[5] >= '0' &&
        s.p[5] <= '9' && s.p[6] == '.' && s.p[7] >= '0' && s.p[7] <= '9') {
        return refuse(p, 505);
    }
    return refuse(p, 400);
}

static enum rc
take_request_line(struct http_parser *p, const uint8_t *in, struct span line)
{
    struct span method, target;

    if (!span_cut(&method, &line, ' ') || !span_cut(&target, &line, ' ') ||
        method.len == 0 || target.len == 0 || target.p[0] != '/') {
        return refuse(p, 400);
    }
    for (size_t i = 0; i < method.len; i++) {
        if (!is_token(method.p[i])) {
            return refuse(p, 400);
        }
    }
    for (size_t i = 0; i < target.len; i++) {
        if (!is_graph(target.p[i])) {
            return refuse(p, 400);
        }
    }
    p->method = span_is(method, "GET")    ? HTTP_GET
                : span_is(method, "POST") ? HTTP_POST
                                          : HTTP_OTHER;
    p->target = (size_t)(target.p - in);
    p->target_len = target.len;
    p->started = true;
    return take_version(p, line);
}

/* Decimal, no sign, no leading zero, once. */
static enum rc
take_length(struct http_parser *p, struct span v)
{
    if (p->has_length || v.len == 0 || (v.len > 1 && v.p[0] == '0')) {
        return refuse(p, 400);
    }
    for (size_t i = 0; i < v.len; i++) {
        if (v.p[i] < '0' || v.p[i] > '9') {
            return refuse(p, 400);
        }
    }
    if (v.len > HTTP_LENGTH_DIGITS) {
        return refuse(p, 413);
    }
    for (size_t i = 0; i < v.len; i++) {
        p->length = p->length * 10 + (uint64_t)(v.p[i] - '0');
    }
    p->has_length = true;
    return RC_OK;
}

static void
take_connection(struct http_parser *p, struct span v)
{
    struct span word;

    while (span_cut(&word, &v, ',')) {
        p->close = p->close || span_is_nocase(span_trim(word), "close");
    }
    p->close = p->close || span_is_nocase(span_trim(v), "close");
}

static enum rc
take_header(struct http_parser *p, struct span line)
{
    struct span name, value = line;

    if (++p->lines > HTTP_LINES_MAX) {
        return refuse(p, 431);
    }
    /* A name that begins with a space would be a folded line. */
    if (!span_cut(&name, &value, ':') || name.len == 0) {
        return refuse(p, 400);
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!is_token(name.p[i])) {
            return refuse(p, 400);
        }
    }
    for (size_t i = 0; i < value.len; i++) {
        if ((value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7f) {
            return refuse(p, 400);
        }
    }
    value = span_trim(value);
    if (span_is_nocase(name, "content-length")) {
        return take_length(p, value);
    }
    if (span_is_nocase(name, "transfer-encoding")) {
        return refuse(p, 400);
    }
    if (span_is_nocase(name, "expect")) {
        return refuse(p, 417);
    }
    if (span_is_nocase(name, "connection")) {
        take_connection(p, value);
    }
    return RC_OK;
}

enum rc
http_parse(struct http_parser *p, const uint8_t *in, size_t len)
{
    size_t end = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;

    assert(p->refuse == 0 && p->head_len == 0);
    for (; p->pos < end; p->pos++) {
        struct span line = {in + p->line, p->pos - p->line};
        uint8_t c = in[p->pos];
        enum rc rc;

        if (p->pos > 0 && in[p->pos - 1] == '\r' && c != '\n') {
            return refuse(p, 400);
        }
        if (c == 0) {
            return refuse(p, 400);
        }
        if (c != '\n') {
            continue;
        }
        if (line.len == 0 || line.p[line.len - 1] != '\r') {
            return refuse(p, 400);
        }
        line.len--;
        if (!p->started) {
            rc = take_request_line(p, in, line);
        } else if (line.len == 0) {
            p->head_len = ++p->pos;
            return RC_OK;
        } else {
            rc = take_header(p, line);
        }
        if (rc != RC_OK) {
            return rc;
        }
        p->line = p->pos + 1;
    }
    return len >= HTTP_HEAD_MAX ? refuse(p, 431) : RC_TRUNCATED;
}

static const struct {
    unsigned status;
    const char *reason;
    const char *text;
} statuses[] = {
    {200, "OK", ""},
    {400, "Bad Request", "malformed request\n"},
    {404, "Not Found", "not here\n"},
    {405, "Method Not Allowed", "method not allowed\n"},
    {411, "Length Required", "Content-Length needed\n"},
    {413, "Content Too Large", "body too large\n"},
    {417, "Expectation Failed", "Expect is not supported\n"},
    {431, "Request Header Fields Too Large", "headers too large\n"},
    {500, "Internal Server Error", "the relay has a fault\n"},
    {503, "Service Unavailable", "busy, try again later\n"},
    {505, "HTTP Version Not Supported", "HTTP/1.1 only\n"},
};

static size_t
status_index(unsigned status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (statuses[i].status == status) {
            return i;
        }
    }
    assert(false && "a status that is in the table");
    return 0;
}

const char *
http_text(unsigned status)
{
    return statuses[status_index(status)].text;
}

size_t
http_answer(char out[static HTTP_ANSWER_MAX], unsigned status, uint64_t length,
            unsigned flags)
{
    int n =
        snprintf(out, HTTP_ANSWER_MAX,
                 "HTTP/1.1 %u %s\r\n"
                 "Content-Type: %s\r\n"
                 "Content-Length: %" PRIu64 "\r\n"
                 "Cache-Control: %s\r\n"
                 "Access-Control-Allow-Origin: *\r\n"
                 "X-Content-Type-Options: nosniff\r\n"
                 "%s%s%s\r\n",
                 status, statuses[status_index(status)].reason,
                 flags & HTTP_BYTES ? "application/octet-stream"
                                    : "text/plain; charset=utf-8",
                 length,
                 flags & HTTP_FOR_EVER ? "public, max-age=31536000, immutable"
                                       : "no-store",
                 flags & HTTP_ALLOW_GET ? "Allow: GET\r\n" : "",
                 flags & HTTP_ALLOW_POST ? "Allow: POST\r\n" : "",
                 flags & HTTP_CLOSE ? "Connection: close\r\n" : "");

    assert(n > 0 && n < HTTP_ANSWER_MAX);
    return (size_t)n;
}
