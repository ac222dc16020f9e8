/* SPDX-License-Identifier: ISC */
#include "net_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Nothing that can fail is said to be Tor's where there is none. */
static void
tor_is_named_where_it_is_in_the_way(void **state)
{
    static const enum net_way others[] = {NET_SOCKET, NET_DIRECT};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (int code = 1; code < CURL_LAST; code++) {
            if (code != CURLE_PROXY && code != CURLE_COULDNT_RESOLVE_PROXY) {
                assert_null(strstr(
                    net_words_curl((CURLcode)code, 0, others[i]), "Tor"));
            }
        }
    }
    for (long px = 0; px < CURLPX_LAST; px++) {
        assert_true(*net_words_curl(CURLE_PROXY, px, NET_TOR) != 0);
    }
    assert_non_null(strstr(net_words_curl(CURLE_PROXY, CURLPX_BAD_VERSION,
                                          NET_TOR),
                           "not Tor"));
    assert_non_null(
        strstr(net_words_curl(CURLE_COULDNT_CONNECT, 0, NET_TOR), "start it"));
}

/* Words stay what they are in any language; what others sent does not. */
static void
only_others_bytes_are_made_harmless(void **state)
{
    char line[200];

    (void)state;
    net_words_line(line, sizeof line, "http://\x1b[2J", "n\xc3\xa3o",
                   "\xe2\x80\xae!");
    assert_string_equal(line, "http://?[2J: n\xc3\xa3o (\?\?\?!)");
    net_words_line(line, sizeof line, "unix:/a", "b", "");
    assert_string_equal(line, "unix:/a: b");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tor_is_named_where_it_is_in_the_way),
        cmocka_unit_test(only_others_bytes_are_made_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
