/* SPDX-License-Identifier: ISC */
/* Addresses of onion services and the files that tor reads. */
#include "onion.h"

#include "file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sodium.h>

/* The Tor Project's own site, whose address everybody can look up. */
#define KNOWN "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid"

static void
base32_is_exact(void **state)
{
    uint8_t in[32], out[32];
    char text[ONION_BASE32_LEN + 1], bad[ONION_BASE32_LEN + 2];

    (void)state;
    for (int round = 0; round < 50; round++) {
        randombytes_buf(in, sizeof in);
        onion_base32(text, in);
        assert_int_equal(strlen(text), ONION_BASE32_LEN);
        for (size_t n = 0; n < ONION_BASE32_LEN; n++) {
            memcpy(bad, text, sizeof text);
            bad[n] = 0;
            assert_int_equal(onion_base32_parse(out, bad), RC_FORMAT);
            memcpy(bad, text, sizeof text);
            bad[n] = "018 -="[n % 6];
            assert_int_equal(onion_base32_parse(out, bad), RC_FORMAT);
        }
        (void)snprintf(bad, sizeof bad, "%sa", text);
        assert_int_equal(onion_base32_parse(out, bad), RC_FORMAT);
        assert_int_equal(onion_base32_parse(out, text), RC_OK);
        assert_memory_equal(out, in, sizeof in);
    }
    memset(in, 0xff, sizeof in);
    onion_base32(text, in);
    assert_int_equal(text[51], 'q'); /* four bits of padding */
    text[51] = 'r';
    assert_int_equal(onion_base32_parse(out, text), RC_FORMAT);
}

static void
an_address_has_a_checksum(void **state)
{
    static const char *const bad[] = {"",
                                      "http://",
                                      KNOWN,
                                      "http://" KNOWN,
                                      "https://" KNOWN ".onion",
                                      "http://" KNOWN ".onion/",
                                      "http://" KNOWN ".onion:80",
                                      "http://abc.onion"};
    char label[ONION_LABEL_LEN + 1], url[128];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(onion_label_of(label, bad[i]), RC_FORMAT);
        assert_string_equal(label, "");
    }
    for (size_t i = 0; i < ONION_LABEL_LEN; i++) {
        (void)snprintf(url, sizeof url, "http://%s.onion", KNOWN);
        url[7 + i] = url[7 + i] == 'a' ? 'b' : 'a';
        assert_int_equal(onion_label_of(label, url), RC_FORMAT);
    }
    assert_int_equal(onion_label_of(label, "http://" KNOWN ".onion"), RC_OK);
    assert_string_equal(label, KNOWN);
}

static char *
content(const char *dir, const char *name, size_t want)
{
    char *path = file_join(dir, name);
    struct stat st;
    uint8_t *out;
    size_t len;

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(file_read(&out, &len, path, 4096), RC_OK);
    if (want != 0) {
        assert_int_equal(len, want);
    }
    free(path);
    return (char *)out;
}

static void
files_are_as_tor_has_them(void **state)
{
    char top[] = "/tmp/onion_test.XXXXXX", dir[64], label[ONION_LABEL_LEN + 1];
    char want[200], again[ONION_LABEL_LEN + 1], command[80];
    uint8_t key[32], point[32];
    char *secret, *public, *host, *auth;

    (void)state;
    assert_non_null(mkdtemp(top));
    (void)snprintf(dir, sizeof dir, "%s/nowhere/s", top);
    assert_int_equal(onion_create(label, dir), RC_IO);
    (void)snprintf(dir, sizeof dir, "%s/s", top);
    assert_int_equal(onion_create(label, dir), RC_OK);
    assert_int_equal(onion_create(again, dir), RC_TAKEN);

    secret = content(dir, "hs_ed25519_secret_key", 96);
    public = content(dir, "hs_ed25519_public_key", 64);
    host = content(dir, "hostname", ONION_LABEL_LEN + 7);
    assert_memory_equal(secret, "== ed25519v1-secret: type0 ==\0\0\0", 32);
    assert_memory_equal(public, "== ed25519v1-public: type0 ==\0\0\0", 32);
    assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(
                         point, (const uint8_t *)secret + 32),
                     0);
    assert_memory_equal(point, public + 32, 32);
    assert_int_equal(onion_label(again, (const uint8_t *)public + 32), RC_OK);
    assert_string_equal(again, label);
    (void)snprintf(want, sizeof want, "%s.onion\n", label);
    assert_string_equal(host, want);

    memset(key, 0, sizeof key);
    assert_int_equal(onion_auth_allow(dir, "a", key, false), RC_OK);
    assert_int_equal(onion_auth_allow(dir, "a", key, false), RC_TAKEN);
    auth = content(dir, "authorized_clients/a.auth", 0);
    assert_string_equal(auth, "descriptor:x25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                              "AAAAAAAAAAAAAAAAAAAAAA\n");
    free(auth);
    assert_int_equal(onion_auth_keep(dir, "b", label, key), RC_OK);
    auth = content(dir, "b.auth_private", 0);
    (void)snprintf(want, sizeof want,
                   "%s:descriptor:x25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                   "AAAAAAAAAAAAAA\n",
                   label);
    assert_string_equal(auth, want);
    free(auth);
    free(secret);
    free(public);
    free(host);
    (void)snprintf(command, sizeof command, "rm -r %s", top);
    assert_int_equal(system(command), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base32_is_exact),
        cmocka_unit_test(an_address_has_a_checksum),
        cmocka_unit_test(files_are_as_tor_has_them),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
