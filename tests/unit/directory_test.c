/* SPDX-License-Identifier: ISC */
#include "directory.h"

#include "vec.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID(c) c c c c c c c c
#define A8    "aaaaaaaa"
#define B8    "bbbbbbbb"
#define C8    "cccccccc"
#define K(c)  c "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

#define HEAD                                                                   \
    "tocsin-directory v7\nissued 20000\nexpires 20090\nretention 28\n"         \
    "page " ID("01234567") "\n"
#define BOARD0  "board 0 16 600 16 64 2\n"
#define BOARD1  "board 1 4096 30 2 32 2\n"
#define RELAY_A "relay " ID(A8) " " K("") " open unix:/run/a http://a.onion\n"
#define RELAY_B                                                                \
    "relay " ID(B8) " AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= 20100 "     \
                    "https://b.example:443\n"
#define ORG_A                                                                  \
    "org " ID(A8) " " K(                                                       \
        "") " 1 union BD,IN garments bn,en FL-1,FL-2 "                         \
            "Garment Workers \xe0\xa6\xb8\xe0\xa6\x82\xe0\xa6\x98\n"
#define ORG_B   "org " ID(B8) " " K("") " 1 - - - - - B\n"
#define REVOKED "revoked " ID(B8) " 20050\nrevoked " ID(C8) " 1\n"
#define WHOLE   HEAD BOARD0 BOARD1 RELAY_A RELAY_B ORG_A ORG_B REVOKED

static enum rc
parse(const char *text, size_t len)
{
    struct directory *d;
    char *copy = malloc(len > 0 ? len : 1);
    enum rc rc;

    assert_non_null(copy);
    memcpy(copy, text, len);
    rc = directory_parse(&d, copy, len);
    assert_int_equal(rc == RC_OK, d != NULL);
    directory_free(d);
    free(copy);
    return rc;
}

static void
texts_that_are_not_strict_are_refused(void **state)
{
#define REST BOARD0 BOARD1 RELAY_A ORG_A
#define PAGE "page " ID("01234567") "\n"
    static const char *const bad[] = {
        /* the head */
        "tocsin-directory v0\nissued 1\nexpires 1\nretention 28\n" PAGE REST,
        "tocsin-directory v1\nissued 2\nexpires 1\nretention 28\n" PAGE REST,
        "tocsin-directory v1\nissued 1\nexpires 92\nretention 28\n" PAGE REST,
        "tocsin-directory v1\nissued 1\nexpires 2\nretention 2\n" PAGE REST,
        "tocsin-directory v1\nissued 1\nexpires 2\nretention 91\n" PAGE REST,
        "tocsin-directory v1\nexpires 2\nissued 1\nretention 9\n" PAGE REST,
        "tocsin-directory v1\nissued 1\nexpires 2\n" PAGE REST,
        "tocsin-directory v1\nissued 1\nexpires 2\nretention 9\n" REST,
        "tocsin-directory v1\nissued 1000000\nexpires 1000001\n"
        "retention 9\n" PAGE REST,
        "tocsin-directory v1\nissued 1\nexpires 2\nretention 9\npage "
        "0123456701234567012345670123456701234567012345670123456701234567"
        "01\n" REST,
        "tocsin-directory v1\nissued 1\nexpires 2\nretention 9\npage "
        "0123456701234567012345670123456701234567012345670123456701234A67\n" REST,
        /* boards */
        HEAD RELAY_A,
        HEAD BOARD1 RELAY_A,
        HEAD BOARD1 BOARD0 RELAY_A,
        HEAD BOARD0 BOARD0 RELAY_A,
        HEAD BOARD0 "board 256 4096 30 2 32 2\n" RELAY_A,
        HEAD BOARD0 "board 1 4096 30 2 33 2\n" RELAY_A,
        HEAD BOARD0 "board 1 4096 30 2 32 0\n" RELAY_A,
        HEAD BOARD0 "board 1 4096 030 2 32 2\n" RELAY_A,
        HEAD BOARD0 "board 1 4096 30 2 32\n" RELAY_A,
        HEAD BOARD0 "board 1 4096 30 2 32 2 2\n" RELAY_A,
        /* relays */
        HEAD BOARD0 BOARD1 ORG_A,
        HEAD BOARD0 RELAY_A RELAY_A,
        HEAD BOARD0 "relay " ID(A8) " " K("") " open\n",
        HEAD BOARD0 "relay " ID(A8) " " K("") " open \n",
        HEAD BOARD0 "relay " ID(A8) " " K("") " opens http://a\n",
        HEAD BOARD0 "relay " ID(A8) " " K("") " 0 http://a\n",
        HEAD BOARD0 "relay " ID(A8) " " K("") " open http://\n",
        HEAD BOARD0 "relay " ID(A8) " " K("") " open ftp://a\n",
        HEAD BOARD0 "relay " ID(A8) " " K("") " open unix:a\n",
        HEAD BOARD0 "relay " ID(A8) " " K("") " open http://a  http://b\n",
        HEAD BOARD0 "relay " ID(A8) " " K("") " open http://a\x7f\n",
        HEAD BOARD0 "relay " ID(A8) " " K("") " open http://\xc3\xa9\n",
        HEAD BOARD0 "relay " ID(A8) " " K(
            "") " open http://1 http://2 http://3 http://4 http://5 http://6 "
                "http://7 http://8 http://9\n",
        /* another id, but the same page key */
        HEAD BOARD0 RELAY_A "relay " ID(B8) " " K("") " open http://b\n",
        /* organisations */
        HEAD BOARD0 BOARD1 RELAY_A ORG_B ORG_A,
        HEAD BOARD0 BOARD1 RELAY_A ORG_A ORG_A,
        HEAD BOARD0 RELAY_A ORG_A,
        HEAD BOARD0 BOARD1 RELAY_A "org " ID(A8) " " K("") " 0 - - - - - B\n",
        HEAD BOARD0 BOARD1 RELAY_A "org " ID(A8) " " K("") " 1 - - - - B\n",
        HEAD BOARD0 BOARD1 RELAY_A "org " ID(A8) " " K("") " 1 a,b - - - - B\n",
        HEAD BOARD0 BOARD1 RELAY_A "org " ID(A8) " " K("") " 1 - , - - - B\n",
        HEAD BOARD0 BOARD1 RELAY_A "org " ID(A8) " " K("") " 1 - a, - - - B\n",
        HEAD BOARD0 BOARD1 RELAY_A "org " ID(A8) " " K("") " 1 - ,a - - - B\n",
        HEAD BOARD0 BOARD1 RELAY_A
        "org " ID(A8) " " K("") " 1 - a,,b - - - B\n",
        HEAD BOARD0 BOARD1 RELAY_A "org " ID(A8) " " K("") " 1 - a,- - - - B\n",
        HEAD BOARD0 BOARD1 RELAY_A "org " ID(A8) " " K("") " 1 - - - - - \n",
        HEAD BOARD0 BOARD1 RELAY_A "org " ID(A8) " " K("") " 1 - - - - -  B\n",
        HEAD BOARD0 BOARD1 RELAY_A "org " ID(A8) " " K("") " 1 - - - - - B \n",
        HEAD BOARD0 BOARD1 RELAY_A
        "org " ID(A8) " " K("") " 1 - - - - - B\x1b[m\n",
        HEAD BOARD0 BOARD1 RELAY_A
        "org " ID(A8) " " K("") " 1 - - - - - B\xff\n",
        HEAD BOARD0 BOARD1 RELAY_A
        "org " ID(A8) " " K("") " 1 - - - - - B\xc2\x85\n",
        /* revoked */
        HEAD BOARD0 RELAY_A "revoked " ID(B8) " 0\n",
        HEAD BOARD0 RELAY_A "revoked " ID(B8) " 1\nrevoked " ID(B8) " 2\n",
        HEAD BOARD0 RELAY_A "revoked " ID(B8) " 1\nrevoked " ID(A8) " 2\n",
        HEAD BOARD0 BOARD1 RELAY_A REVOKED ORG_A,
        WHOLE "\n",
        WHOLE "more 1\n",
    };

    (void)state;
    assert_int_equal(parse(HEAD REST, strlen(HEAD REST)), RC_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (parse(bad[i], strlen(bad[i])) != RC_FORMAT) {
            fail_msg("not refused: %s", bad[i]);
        }
    }
}

/* A text that ends early is good only where a line ends that may be last. */
static void
prefixes_end_with_lines(void **state)
{
    size_t needed = strlen(HEAD BOARD0 BOARD1 RELAY_A);

    (void)state;
    for (size_t n = 0; n < strlen(WHOLE); n++) {
        bool whole = n >= needed && WHOLE[n - 1] == '\n';

        assert_int_equal(parse(WHOLE, n), whole ? RC_OK : RC_FORMAT);
    }
}

static void
every_field_is_read(void **state)
{
    struct directory *d;
    const struct directory_org *org;
    uint8_t id[32];

    (void)state;
    assert_int_equal(directory_parse(&d, WHOLE, strlen(WHOLE)), RC_OK);
    assert_int_equal(d->version, 7);
    assert_int_equal(d->issued, 20000);
    assert_int_equal(d->expires, 20090);
    assert_int_equal(d->retention, 28);
    assert_int_equal(d->page_sha256[1], 0x23);
    assert_int_equal(d->n_boards, 2);
    assert_int_equal(d->boards[1].max, 32);
    assert_int_equal(d->n_relays, 2);
    assert_int_equal(d->relays[0].closing_day, 0);
    assert_int_equal(d->relays[0].n_urls, 2);
    assert_string_equal(d->relays[0].urls[0], "unix:/run/a");
    assert_string_equal(d->relays[0].urls[1], "http://a.onion");
    assert_int_equal(d->relays[1].closing_day, 20100);
    assert_int_equal(d->n_orgs, 2);
    memset(id, 0xaa, sizeof id);
    assert_non_null(org = directory_org(d, id));
    assert_string_equal(org->kind, "union");
    assert_string_equal(org->countries, "BD,IN");
    assert_string_equal(org->codes, "FL-1,FL-2");
    assert_int_equal(org->revoked_day, 0);
    assert_ptr_equal(directory_relay(d, id), &d->relays[0]);
    memset(id, 0xbb, sizeof id);
    assert_non_null(org = directory_org(d, id));
    assert_int_equal(org->revoked_day, 20050);
    assert_string_equal(org->kind, "");
    assert_string_equal(org->name, "B");
    memset(id, 0xcc, sizeof id);
    assert_null(directory_org(d, id));
    assert_null(directory_relay(d, id));
    assert_int_equal(directory_org_index(d, id), 2);
    assert_int_equal(d->n_revoked, 2);
    directory_free(d);
}

static void
what_parses_prints_the_same(void **state)
{
    struct directory *d;
    char *text;
    size_t len;

    (void)state;
    assert_int_equal(directory_parse(&d, WHOLE, strlen(WHOLE)), RC_OK);
    assert_int_equal(directory_write(&text, &len, d), RC_OK);
    assert_int_equal(len, strlen(WHOLE));
    assert_memory_equal(text, WHOLE, len);
    free(text);
    directory_free(d);
}

static void
writing_sorts_and_checks(void **state)
{
    struct directory *d;
    struct directory_org org;
    char *text, *name;
    size_t len;

    (void)state;
    assert_int_equal(directory_parse(&d, WHOLE, strlen(WHOLE)), RC_OK);
    org = d->orgs[0];
    d->orgs[0] = d->orgs[1];
    d->orgs[1] = org;
    assert_int_equal(directory_write(&text, &len, d), RC_OK);
    assert_memory_equal(text, WHOLE, len);
    free(text);
    name = d->orgs[0].name;
    d->orgs[0].name = strdup("two\nlines");
    assert_int_equal(directory_write(&text, &len, d), RC_FORMAT);
    assert_null(text);
    free(d->orgs[0].name);
    d->orgs[0].name = name;
    d->expires = d->issued + 91;
    assert_int_equal(directory_write(&text, &len, d), RC_FORMAT);
    directory_free(d);
}

static void
the_limits_hold(void **state)
{
    char url[DIRECTORY_URL_MAX + 2], name[DIRECTORY_NAME_MAX + 2];
    char text[4096];

    (void)state;
    memset(url, 'u', sizeof url);
    memcpy(url, "http://", 7);
    assert_false(directory_url_is_valid(url, DIRECTORY_URL_MAX + 1));
    assert_true(directory_url_is_valid(url, DIRECTORY_URL_MAX));
    memset(name, 'n', sizeof name);
    for (int n = DIRECTORY_NAME_MAX; n < DIRECTORY_NAME_MAX + 2; n++) {
        (void)snprintf(text, sizeof text,
                       HEAD BOARD0 BOARD1 RELAY_A
                       "org " ID(A8) " " K("") " 1 - - - - - %.*s\n",
                       n, name);
        assert_int_equal(parse(text, strlen(text)),
                         n == DIRECTORY_NAME_MAX ? RC_OK : RC_FORMAT);
    }
}

/* More relays than a directory may have, and as many as it may. */
/* One or two open ones, and up to two that close. */
static void
relays_are_few(void **state)
{
    (void)state;
    for (unsigned open = 0; open < 4; open++) {
        for (unsigned closing = 0; closing < 4; closing++) {
            char text[8192];
            size_t len =
                (size_t)snprintf(text, sizeof text, "%s", HEAD BOARD0);

            for (unsigned i = 0; i < open + closing; i++) {
                uint8_t key[32] = {(uint8_t)(i + 1)};
                char b64[45], hex[65];

                sodium_bin2base64(b64, sizeof b64, key, sizeof key,
                                  sodium_base64_VARIANT_ORIGINAL);
                sodium_bin2hex(hex, sizeof hex, key, sizeof key);
                len += (size_t)snprintf(text + len, sizeof text - len,
                                        "relay %s %s %s http://r\n", hex, b64,
                                        i < open ? "open" : "20100");
            }
            assert_int_equal(parse(text, len),
                             open >= 1 && open <= 2 && closing <= 2
                                 ? RC_OK
                                 : RC_FORMAT);
        }
    }
}

static void
a_directory_needs_the_threshold(void **state)
{
    struct root root = {.version = 1, .threshold = 2, .n_keys = 2};
    uint8_t sk[2][64], seed[32], *one, *two;
    struct directory *d;
    size_t one_len, two_len;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(root.keys[i].name, sizeof root.keys[i].name, "k%zu", i);
        vec_seed(seed, sizeof seed, root.keys[i].name);
        assert_int_equal(crypto_sign_seed_keypair(root.keys[i].pk, sk[i], seed),
                         0);
    }
    assert_int_equal(note_sign(&one, &one_len, (const uint8_t *)WHOLE,
                               strlen(WHOLE), &root.keys[0], sk[0]),
                     RC_OK);
    assert_int_equal(directory_open(&d, one, one_len, &root), RC_FORGED);
    assert_null(d);
    assert_int_equal(
        note_sign(&two, &two_len, one, one_len, &root.keys[1], sk[1]), RC_OK);
    assert_int_equal(directory_open(&d, two, two_len - 1, &root), RC_FORMAT);
    for (size_t at = 0; at < two_len; at++) {
        two[at] ^= 1;
        assert_int_not_equal(directory_open(&d, two, two_len, &root), RC_OK);
        two[at] ^= 1;
    }
    assert_int_equal(directory_open(&d, two, two_len, &root), RC_OK);
    blake2b_256(seed, (const uint8_t *)WHOLE, strlen(WHOLE));
    assert_memory_equal(d->hash, seed, 32);
    directory_free(d);
    free(one);
    free(two);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_are_not_strict_are_refused),
        cmocka_unit_test(prefixes_end_with_lines),
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(what_parses_prints_the_same),
        cmocka_unit_test(writing_sorts_and_checks),
        cmocka_unit_test(the_limits_hold),
        cmocka_unit_test(relays_are_few),
        cmocka_unit_test(a_directory_needs_the_threshold),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
