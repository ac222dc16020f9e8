/* SPDX-License-Identifier: ISC */
#include "http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The status a head is refused with, 0 if it is taken, 1 if it wants more. */
static unsigned
verdict(struct http_parser *p, const char *in, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    enum rc rc;

    memset(p, 0, sizeof *p);
    assert_non_null(copy);
    memcpy(copy, in, len);
    rc = http_parse(p, copy, len);
    free(copy);
    if (rc == RC_OK) {
        assert_true(p->head_len <= len);
        return 0;
    }
    if (rc == RC_TRUNCATED) {
        return 1;
    }
    assert_int_equal(rc, RC_FORMAT);
    assert_int_not_equal(p->refuse, 0);
    return p->refuse;
}

static const struct {
    unsigned status;
    const char *head;
} refusals[] = {
    /* request lines */
    {400, "\r\n"},
    {400, "\n"},
    {400, " GET / HTTP/1.1\r\n\r\n"},
    {400, "GET  / HTTP/1.1\r\n\r\n"},
    {400, "GET /  HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1 \r\n\r\n"},
    {400, "GET /\r\n\r\n"},
    {400, "GET / http/1.1\r\n\r\n"},
    {400, "GET / HTTP/11\r\n\r\n"},
    {400, "GET http://a/ HTTP/1.1\r\n\r\n"},
    {400, "GET * HTTP/1.1\r\n\r\n"},
    {400, "GET x HTTP/1.1\r\n\r\n"},
    {400, "G(T / HTTP/1.1\r\n\r\n"},
    {400, "GET /\x80 HTTP/1.1\r\n\r\n"},
    {400, "GET /\t HTTP/1.1\r\n\r\n"},
    {505, "GET / HTTP/1.0\r\n\r\n"},
    {505, "GET / HTTP/2.0\r\n\r\n"},
    /* line ends */
    {400, "GET / HTTP/1.1\n\n"},
    {400, "GET / HTTP/1.1\r\nA: b\n\r\n"},
    {400, "GET / HTTP/1.1\r\n\n"},
    {400, "GET / HTTP/1.1\rA: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nA: b\r\r\n\r\n"},
    /* header lines */
    {400, "GET / HTTP/1.1\r\n folded\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nA: b\r\n\tc: d\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nnocolon\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n: v\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nA : v\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nA: \x01\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nA: \x7f\r\n\r\n"},
    /* bodies */
    {400, "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\ncontent-length: 1\r\nCONTENT-LENGTH: 2\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nContent-Length: 0x10\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nContent-Length: 016384\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nContent-Length: 1 6384\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\ntransfer-encoding: identity\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: "
          "chunked\r\n\r\n"},
    {413, "POST / HTTP/1.1\r\nContent-Length: 18446744073709551617\r\n\r\n"},
    {417, "POST / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n"},
};

static void
what_is_not_needed_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct http_parser p;
        unsigned got = verdict(&p, refusals[i].head, strlen(refusals[i].head));

        if (got != refusals[i].status) {
            fail_msg("%u instead of %u for: %s", got, refusals[i].status,
                     refusals[i].head);
        }
    }
}

static void
nul_is_refused_wherever_it_stands(void **state)
{
    const char good[] = "GET /v1/status HTTP/1.1\r\nHost: a\r\n\r\n";
    char bad[sizeof good];

    (void)state;
    for (size_t i = 0; i < sizeof good - 1; i++) {
        struct http_parser p;

        memcpy(bad, good, sizeof good);
        bad[i] = 0;
        assert_int_equal(verdict(&p, bad, sizeof good - 1), 400);
    }
}

static void
every_prefix_wants_more(void **state)
{
    const char good[] = "POST /v1/exchange HTTP/1.1\r\nHost: a\r\n"
                        "Content-Length: 16384\r\n\r\n";
    struct http_parser p;

    (void)state;
    for (size_t i = 0; i < sizeof good - 1; i++) {
        assert_int_equal(verdict(&p, good, i), 1);
    }
    assert_int_equal(verdict(&p, good, sizeof good - 1), 0);
    assert_int_equal(p.head_len, sizeof good - 1);
    assert_int_equal(p.length, 16384);
    assert_true(p.has_length);
    assert_int_equal(p.method, HTTP_POST);
}

/* Byte by byte and at once: the same. */
static void
slow_bytes_make_no_difference(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const uint8_t *in = (const uint8_t *)refusals[i].head;
        size_t len = strlen(refusals[i].head);
        struct http_parser p = {0};
        enum rc rc = RC_TRUNCATED;

        for (size_t n = 1; n <= len && rc == RC_TRUNCATED; n++) {
            rc = http_parse(&p, in, n);
        }
        assert_int_equal(rc, RC_FORMAT);
        assert_int_equal(p.refuse, refusals[i].status);
    }
}

static void
at_most_64_header_lines(void **state)
{
    char head[2048] = "GET / HTTP/1.1\r\n";
    struct http_parser p;

    (void)state;
    for (int i = 0; i < HTTP_LINES_MAX; i++) {
        strcat(head, "a: b\r\n");
    }
    strcat(head, "\r\n");
    assert_int_equal(verdict(&p, head, strlen(head)), 0);
    head[strlen(head) - 2] = 0;
    strcat(head, "a: b\r\n\r\n");
    assert_int_equal(verdict(&p, head, strlen(head)), 431);
}

static void
at_most_8_kib_of_head(void **state)
{
    char head[HTTP_HEAD_MAX + 16];
    struct http_parser p;

    (void)state;
    memset(head, 'x', sizeof head);
    memcpy(head, "GET / HTTP/1.1\r\na: ", 19);
    memcpy(head + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
    assert_int_equal(verdict(&p, head, HTTP_HEAD_MAX), 0);
    assert_int_equal(p.head_len, HTTP_HEAD_MAX);
    memset(head + HTTP_HEAD_MAX - 4, 'x', 4);
    memcpy(head + HTTP_HEAD_MAX - 3, "\r\n\r\n", 4);
    assert_int_equal(verdict(&p, head, HTTP_HEAD_MAX - 1), 1);
    assert_int_equal(verdict(&p, head, HTTP_HEAD_MAX), 431);
    assert_int_equal(verdict(&p, head, HTTP_HEAD_MAX + 1), 431);
}

static void
connection_close_is_understood(void **state)
{
    const struct {
        const char *value;
        bool close;
    } cases[] = {
        {"keep-alive", false}, {"close", true},      {"Close", true},
        {"a,close", true},     {"close , b", true},  {"closed", false},
        {"a, \tclose", true},  {"not close", false}, {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char head[128];
        struct http_parser p;

        (void)snprintf(head, sizeof head,
                       "GET /x HTTP/1.1\r\nCONNECTION:%s\r\n\r\n",
                       cases[i].value);
        assert_int_equal(verdict(&p, head, strlen(head)), 0);
        assert_int_equal(p.close, cases[i].close);
    }
}

static void
the_next_request_is_left_alone(void **state)
{
    const char two[] = "GET /a HTTP/1.1\r\n\r\nGET /bb HTTP/1.1\r\n\r\n";
    struct http_parser p = {0};

    (void)state;
    assert_int_equal(http_parse(&p, (const uint8_t *)two, sizeof two - 1),
                     RC_OK);
    assert_int_equal(p.head_len, 19);
    assert_int_equal(p.target_len, 2);
    assert_memory_equal(two + p.target, "/a", 2);
    assert_int_equal(verdict(&p, two + 19, sizeof two - 1 - 19), 0);
    assert_memory_equal(two + 19 + p.target, "/bb", 3);
}

static void
methods_and_odd_headers_are_read_over(void **state)
{
    struct http_parser p;
    const char *other = "PATCH /?q=1 HTTP/1.1\r\nCookie: \x80\xff\t!\r\n"
                        "Upgrade: h2c\r\nX-Empty:\r\n\r\n";

    (void)state;
    assert_int_equal(verdict(&p, other, strlen(other)), 0);
    assert_int_equal(p.method, HTTP_OTHER);
    assert_false(p.has_length);
}

static void
answers_are_the_same_for_everybody(void **state)
{
    char a[HTTP_ANSWER_MAX];
    size_t n = http_answer(a, 200, 16384, HTTP_BYTES);

    (void)state;
    assert_int_equal(n, strlen(a));
    assert_string_equal(a, "HTTP/1.1 200 OK\r\n"
                           "Content-Type: application/octet-stream\r\n"
                           "Content-Length: 16384\r\n"
                           "Cache-Control: no-store\r\n"
                           "Access-Control-Allow-Origin: *\r\n"
                           "X-Content-Type-Options: nosniff\r\n\r\n");
    n = http_answer(a, 405, UINT64_MAX,
                    HTTP_CLOSE | HTTP_FOR_EVER | HTTP_ALLOW_GET |
                        HTTP_ALLOW_POST);
    assert_true(n < HTTP_ANSWER_MAX);
    assert_non_null(strstr(a, "\r\nConnection: close\r\n"));
    assert_null(strstr(a, "Date"));
    assert_null(strstr(a, "Server"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_needed_is_refused),
        cmocka_unit_test(nul_is_refused_wherever_it_stands),
        cmocka_unit_test(every_prefix_wants_more),
        cmocka_unit_test(slow_bytes_make_no_difference),
        cmocka_unit_test(at_most_64_header_lines),
        cmocka_unit_test(at_most_8_kib_of_head),
        cmocka_unit_test(connection_close_is_understood),
        cmocka_unit_test(the_next_request_is_left_alone),
        cmocka_unit_test(methods_and_odd_headers_are_read_over),
        cmocka_unit_test(answers_are_the_same_for_everybody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
