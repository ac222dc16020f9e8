/* SPDX-License-Identifier: ISC */
#include "clock.h"
#include "proxy.h"
#include "quota.h"
#include "route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

static const struct quota_limits limits = {2, 3, 2, 0};

static void
a_connection_counts_for_itself(void **state)
{
    struct quota *q = quota_new(&limits);
    struct quota_count *a, *b;

    (void)state;
    assert_int_equal(quota_join(&a, q, NULL), RC_OK);
    assert_int_equal(quota_join(&b, q, NULL), RC_OK);
    assert_true(quota_take(q, a, QUOTA_RING));
    assert_true(quota_take(q, a, QUOTA_RING));
    assert_false(quota_take(q, a, QUOTA_RING));
    assert_true(quota_take(q, a, QUOTA_PUT));
    assert_true(quota_take(q, b, QUOTA_RING));
    quota_leave(q, a);
    quota_leave(q, b);
    quota_free(q);
}

static void
a_circuit_counts_while_it_lives(void **state)
{
    struct quota *q = quota_new(&limits);
    struct quota_count *a, *b, *c, *other;
    uint32_t one = 1, two = 2;

    (void)state;
    assert_int_equal(quota_join(&a, q, &one), RC_OK);
    assert_int_equal(quota_join(&b, q, &one), RC_OK);
    assert_int_equal(quota_join(&other, q, &two), RC_OK);
    assert_ptr_equal(a, b);
    assert_int_equal(quota_join(&c, q, &one), RC_FULL);
    assert_null(c);
    assert_true(quota_take(q, a, QUOTA_RING));
    assert_true(quota_take(q, b, QUOTA_RING));
    assert_false(quota_take(q, a, QUOTA_RING));
    assert_true(quota_take(q, other, QUOTA_RING));
    quota_leave(q, a);
    assert_false(quota_take(q, b, QUOTA_RING));
    quota_return(q, b, QUOTA_RING); /* put off: it may come again, once */
    assert_true(quota_take(q, b, QUOTA_RING));
    assert_false(quota_take(q, b, QUOTA_RING));
    quota_leave(q, b);
    /* Nothing of it is remembered. */
    assert_int_equal(quota_join(&c, q, &one), RC_OK);
    assert_true(quota_take(q, c, QUOTA_RING));
    quota_leave(q, c);
    quota_leave(q, other);
    quota_leave(q, NULL);
    quota_free(q);
}

/* Hanging up and calling again gains nothing, for a while. */
static void
a_circuit_is_remembered(void **state)
{
    const struct quota_limits some = {2, 3, 2, 1000000}, few = {2, 3, 2, 1};
    struct quota *q = quota_new(&some);
    struct quota_count *a;
    uint32_t one = 1;

    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(quota_join(&a, q, &one), RC_OK);
        assert_int_equal(quota_take(q, a, QUOTA_RING), i < 2);
        quota_leave(q, a);
        assert_int_equal(quota_join(&a, q, NULL), RC_OK);
        assert_true(quota_take(q, a, QUOTA_RING));
        quota_leave(q, a);
    }
    /* More than are remembered: the first is forgotten, and only it. */
    for (uint32_t i = 2; i <= QUOTA_LINGER_MAX + 1; i++) {
        assert_int_equal(quota_join(&a, q, &i), RC_OK);
        assert_true(quota_take(q, a, QUOTA_RING));
        assert_true(quota_take(q, a, QUOTA_RING));
        quota_leave(q, a);
    }
    for (uint32_t i = 2; i >= 1; i--) {
        assert_int_equal(quota_join(&a, q, &i), RC_OK);
        assert_int_equal(quota_take(q, a, QUOTA_RING), i == 1);
        quota_leave(q, a);
    }
    quota_free(q);

    q = quota_new(&few);
    for (int i = 0; i < 3; i++) {
        int64_t left;

        assert_int_equal(quota_join(&a, q, &one), RC_OK);
        assert_true(quota_take(q, a, QUOTA_RING));
        assert_true(quota_take(q, a, QUOTA_RING));
        quota_leave(q, a);
        left = clock_mono_ms();
        while (clock_mono_ms() <= left + 2) {
        }
    }
    quota_free(q);
}

static void
many_circuits_are_kept_apart(void **state)
{
    struct quota *q = quota_new(&limits);
    static struct quota_count *c[5000];

    (void)state;
    for (uint32_t i = 0; i < 5000; i++) {
        assert_int_equal(quota_join(&c[i], q, &i), RC_OK);
        assert_true(quota_take(q, c[i], QUOTA_RING));
    }
    for (uint32_t i = 0; i < 5000; i++) {
        assert_true(quota_take(q, c[i], QUOTA_RING));
        assert_false(quota_take(q, c[i], QUOTA_RING));
        quota_leave(q, c[i]);
    }
    quota_free(q);
}

static const char good_line[] =
    "PROXY TCP6 fc00:dead:beef:4dad::ab:1 ::1 65535 80\r\n";

static void
proxy_lines_are_strict(void **state)
{
    const char *bad[] = {
        "\n",
        "\r\n",
        "GET / HTTP/1.1\r\n",
        "PROXY UNKNOWN\r\n",
        "PROXY TCP4 10.0.0.1 10.0.0.2 1 1\r\n",
        "PROXY TCP6 fc00:dead:beef:4dae::ab:1 ::1 1 80\r\n",
        "PROXY TCP6 fc00:dead:beef:4dad::ab ::1 1 80\r\n",
        "PROXY TCP6 fc00:dead:beef:4dad::abcde:1 ::1 1 80\r\n",
        "PROXY TCP6 fc00:dead:beef:4dad::AB:1 ::1 1 80\r\n",
        "PROXY TCP6 fc00:dead:beef:4dad::ab:1 ::2 1 80\r\n",
        "PROXY TCP6 fc00:dead:beef:4dad::ab:1 ::1 65536 80\r\n",
        "PROXY TCP6 fc00:dead:beef:4dad::ab:1 ::1 01 80\r\n",
        "PROXY TCP6 fc00:dead:beef:4dad::ab:1 ::1 1 80 \r\n",
        "PROXY TCP6 fc00:dead:beef:4dad::ab:1 ::1 1 80\n",
        "PROXY TCP6 fc00:dead:beef:4dad::ab:1 ::1 1\r\n",
    };
    uint8_t line[PROXY_LINE_MAX + 1];
    uint32_t circuit;
    size_t used;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(proxy_parse(&circuit, &used, (const uint8_t *)bad[i],
                                     strlen(bad[i])),
                         RC_FORMAT);
    }
    for (size_t i = 0; i < sizeof good_line - 1; i++) {
        assert_int_equal(
            proxy_parse(&circuit, &used, (const uint8_t *)good_line, i),
            RC_TRUNCATED);
    }
    memset(line, 'P', sizeof line);
    assert_int_equal(proxy_parse(&circuit, &used, line, PROXY_LINE_MAX),
                     RC_FORMAT);
    line[PROXY_LINE_MAX] = '\n';
    assert_int_equal(proxy_parse(&circuit, &used, line, sizeof line),
                     RC_FORMAT);
    assert_int_equal(proxy_parse(&circuit, &used, (const uint8_t *)good_line,
                                 sizeof good_line - 1),
                     RC_OK);
    assert_int_equal(circuit, 0x00ab0001);
    assert_int_equal(used, sizeof good_line - 1);
}

static struct route
route(const char *target)
{
    return route_parse((const uint8_t *)target, strlen(target));
}

static void
other_paths_lead_nowhere(void **state)
{
    const char *none[] = {
        "/",
        "",
        "/v1",
        "/v1/",
        "/v1/statusx",
        "/v1/status/",
        "/v1/status?",
        "/V1/status",
        "/v2/status",
        "//v1/status",
        "/v1/exchange/0",
        "/v1/board",
        "/v1/board/",
        "/v1/board/1",
        "/v1/board/1/",
        "/v1/board/01/1",
        "/v1/board/1/01",
        "/v1/board/256/1",
        "/v1/board/1/18446744073709551616",
        "/v1/board/1/-1",
        "/v1/board/1/1/",
        "/v1/board/1/hour/",
        "/v1/board/1/hour/x",
        "/v1/board/1/hours/1",
        "/v1/board/1/day/1x",
        "/v1/board/1/%31",
        "/v1/board/-/1",
        "/v1/../v1/status",
    };

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        if (route(none[i]).kind != ROUTE_NONE) {
            fail_msg("%s", none[i]);
        }
    }
}

static void
the_paths_there_are(void **state)
{
    struct route r;

    (void)state;
    assert_int_equal(route("/v1/exchange").kind, ROUTE_EXCHANGE);
    assert_int_equal(route("/v1/status").kind, ROUTE_STATUS);
    assert_int_equal(route("/v1/directory").kind, ROUTE_DIRECTORY);
    r = route("/v1/board/0/0");
    assert_int_equal(r.kind, ROUTE_PAGE);
    assert_int_equal(r.board, 0);
    assert_true(r.number == 0);
    r = route("/v1/board/255/18446744073709551615");
    assert_int_equal(r.kind, ROUTE_PAGE);
    assert_int_equal(r.board, 255);
    assert_true(r.number == UINT64_MAX);
    r = route("/v1/board/7/hour/494000");
    assert_int_equal(r.kind, ROUTE_HOUR);
    assert_true(r.number == 494000);
    r = route("/v1/board/7/day/20583");
    assert_int_equal(r.kind, ROUTE_DAY);
    assert_int_equal(r.board, 7);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_counts_for_itself),
        cmocka_unit_test(a_circuit_counts_while_it_lives),
        cmocka_unit_test(a_circuit_is_remembered),
        cmocka_unit_test(many_circuits_are_kept_apart),
        cmocka_unit_test(proxy_lines_are_strict),
        cmocka_unit_test(other_paths_lead_nowhere),
        cmocka_unit_test(the_paths_there_are),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
