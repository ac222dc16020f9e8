/* SPDX-License-Identifier: ISC */
#include "onion.h"

#include "file.h"
#include "sha3.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#define VERSION      3
#define KEY_MARK_LEN 32
#define BASE32       "abcdefghijklmnopqrstuvwxyz234567"

/* Without padding; out has room for the characters and a NUL. */
static void
base32(char *out, const uint8_t *in, size_t len)
{
    unsigned bits = 0, n = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | in[i];
        for (n += 8; n >= 5; n -= 5) {
            *out++ = BASE32[bits >> (n - 5) & 31];
        }
    }
    if (n > 0) {
        *out++ = BASE32[bits << (5 - n) & 31];
    }
    *out = 0;
}

/* RC_FORMAT unless text is the base32 of exactly len bytes. */
static enum rc
base32_parse(uint8_t *out, size_t len, const char *text)
{
    unsigned bits = 0, n = 0;
    size_t have = 0;

    for (; *text != 0; text++) {
        char low = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
        const char *at = strchr(BASE32, low);

        if (at == NULL || have > len) {
            return RC_FORMAT;
        }
        bits = (bits << 5 | (unsigned)(at - BASE32)) & 0xfff;
        n += 5;
        if (n >= 8) {
            n -= 8;
            if (have == len) {
                return RC_FORMAT;
            }
            out[have++] = (uint8_t)(bits >> n);
        }
    }
    return have == len && n < 5 && (bits & ((1u << n) - 1)) == 0 ? RC_OK
                                                                 : RC_FORMAT;
}

void
onion_base32(char out[static ONION_BASE32_LEN + 1], const uint8_t in[static 32])
{
    base32(out, in, 32);
}

enum rc
onion_base32_parse(uint8_t out[static 32], const char *text)
{
    memset(out, 0, 32);
    return strlen(text) == ONION_BASE32_LEN ? base32_parse(out, 32, text)
                                            : RC_FORMAT;
}

/* The 35 bytes of an address: key, two of checksum, version. */
static enum rc
address(uint8_t out[static 35], const uint8_t pk[static 32])
{
    static const char prefix[] = ".onion checksum";
    uint8_t in[sizeof prefix - 1 + 32 + 1], sum[32];
    struct sha3 s;
    enum rc rc;

    memcpy(in, prefix, sizeof prefix - 1);
    memcpy(in + sizeof prefix - 1, pk, 32);
    in[sizeof in - 1] = VERSION;
    if ((rc = sha3_init(&s)) == RC_OK) {
        rc = sha3(&s, SHA3_256, sum, sizeof sum, in, sizeof in);
    }
    sha3_free(&s);
    memcpy(out, pk, 32);
    memcpy(out + 32, sum, 2);
    out[34] = VERSION;
    return rc;
}

enum rc
onion_label(char out[static ONION_LABEL_LEN + 1], const uint8_t pk[static 32])
{
    uint8_t raw[35];
    enum rc rc = address(raw, pk);

    base32(out, raw, sizeof raw);
    return rc;
}

enum rc
onion_label_of(char out[static ONION_LABEL_LEN + 1], const char *url)
{
    static const char scheme[] = "http://", tail[] = ".onion";
    uint8_t raw[35], right[35];
    enum rc rc;

    out[0] = 0;
    if (strncmp(url, scheme, sizeof scheme - 1) != 0 ||
        strlen(url) != sizeof scheme - 1 + ONION_LABEL_LEN + sizeof tail - 1 ||
        strcmp(url + sizeof scheme - 1 + ONION_LABEL_LEN, tail) != 0) {
        return RC_FORMAT;
    }
    memcpy(out, url + sizeof scheme - 1, ONION_LABEL_LEN);
    out[ONION_LABEL_LEN] = 0;
    rc = base32_parse(raw, sizeof raw, out);
    if (rc == RC_OK && (rc = address(right, raw)) == RC_OK &&
        memcmp(raw, right, sizeof raw) != 0) {
        rc = RC_FORMAT;
    }
    if (rc != RC_OK) {
        out[0] = 0;
    }
    return rc;
}

/* A file below a folder, mode 0600. */
static enum rc
put(const char *dir, const char *name, const void *in, size_t len, bool replace)
{
    char *path = file_join(dir, name);
    enum rc rc = RC_NOMEM;

    if (path != NULL) {
        rc = file_write(path, in, len, 0600, replace);
    }
    free(path);
    return rc;
}

/* What tor calls a tagged key: a mark of 32 bytes before it. */
static void
mark(uint8_t out[static KEY_MARK_LEN], const char *text)
{
    memset(out, 0, KEY_MARK_LEN);
    memcpy(out, text, strlen(text));
}

enum rc
onion_create(char label[static ONION_LABEL_LEN + 1], const char *dir)
{
    uint8_t seed[crypto_sign_SEEDBYTES], sk[crypto_sign_SECRETKEYBYTES];
    uint8_t secret[KEY_MARK_LEN + 64], public[KEY_MARK_LEN + 32];
    char host[ONION_LABEL_LEN + 16];
    enum rc rc = RC_IO;
    int n;

    label[0] = 0;
    if (mkdir(dir, 0700) != 0) {
        return errno == EEXIST ? RC_TAKEN : RC_IO;
    }
    randombytes_buf(seed, sizeof seed);
    mark(secret, "== ed25519v1-secret: type0 ==");
    mark(public, "== ed25519v1-public: type0 ==");
    /* Tor keeps the scalar and prefix that RFC 8032 makes of the seed. */
    if (crypto_sign_seed_keypair(public + KEY_MARK_LEN, sk, seed) == 0 &&
        crypto_hash_sha512(secret + KEY_MARK_LEN, seed, sizeof seed) == 0) {
        secret[KEY_MARK_LEN] &= 248;
        secret[KEY_MARK_LEN + 31] &= 127;
        secret[KEY_MARK_LEN + 31] |= 64;
        rc = onion_label(label, public + KEY_MARK_LEN);
    }
    n = snprintf(host, sizeof host, "%s.onion\n", label);
    if (rc == RC_OK &&
        (rc = put(dir, "hs_ed25519_secret_key", secret, sizeof secret,
                  false)) == RC_OK &&
        (rc = put(dir, "hs_ed25519_public_key", public, sizeof public,
                  false)) == RC_OK) {
        rc = put(dir, "hostname", host, (size_t)n, false);
    }
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(sk, sizeof sk);
    sodium_memzero(secret, sizeof secret);
    return rc;
}

enum rc
onion_auth_allow(const char *dir, const char *name,
                 const uint8_t pk[static ONION_AUTH_LEN], bool replace)
{
    char key[ONION_BASE32_LEN + 1], line[128], file[128];
    char *clients = file_join(dir, "authorized_clients");
    enum rc rc = RC_NOMEM;
    int n;

    onion_base32(key, pk);
    for (char *p = key; *p != 0; p++) { /* as tor's manual has it */
        *p = *p >= 'a' ? (char)(*p - 32) : *p;
    }
    n = snprintf(line, sizeof line, "descriptor:x25519:%s\n", key);
    if (clients != NULL) {
        rc = mkdir(clients, 0700) != 0 && errno != EEXIST ? RC_IO : RC_OK;
    }
    if (rc == RC_OK &&
        (size_t)snprintf(file, sizeof file, "%s.auth", name) >= sizeof file) {
        rc = RC_FULL;
    }
    if (rc == RC_OK) {
        rc = put(clients, file, line, (size_t)n, replace);
    }
    free(clients);
    return rc;
}

enum rc
onion_auth_keep(const char *dir, const char *name,
                const char label[static ONION_LABEL_LEN + 1],
                const uint8_t sk[static ONION_AUTH_LEN])
{
    char key[ONION_BASE32_LEN + 1], line[192], file[128];
    enum rc rc = RC_FULL;
    int n;

    onion_base32(key, sk);
    for (char *p = key; *p != 0; p++) {
        *p = *p >= 'a' ? (char)(*p - 32) : *p;
    }
    n = snprintf(line, sizeof line, "%s:descriptor:x25519:%s\n", label, key);
    if ((size_t)snprintf(file, sizeof file, "%s.auth_private", name) <
        sizeof file) {
        rc = put(dir, file, line, (size_t)n, true);
    }
    sodium_memzero(key, sizeof key);
    sodium_memzero(line, sizeof line);
    return rc;
}
