/* SPDX-License-Identifier: ISC */
#include "keyfile.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "file.h"
#include "reader.h"
#include "term.h"
#include "writer.h"

#ifdef TOCSIN_TEST_CLOCK
/* Tests open many files; each file says what it was made with. */
#define OPS    1
#define MEMORY 64
#else
#define OPS    crypto_pwhash_OPSLIMIT_MODERATE
#define MEMORY (crypto_pwhash_MEMLIMIT_MODERATE / 1024)
#endif

#define KEY_LEN crypto_aead_xchacha20poly1305_ietf_KEYBYTES

_Static_assert(KEYFILE_SALT_LEN == crypto_pwhash_SALTBYTES, "salt");
_Static_assert(KEYFILE_NONCE_LEN ==
                   crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
               "nonce");
_Static_assert(KEYFILE_TAG_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "tag");

static const uint8_t magic[KEYFILE_MAGIC_LEN] = "tocsin/1 key\n";

/* Printable ASCII, then zeros only. */
static bool
is_label(const uint8_t in[static KEYFILE_LABEL_LEN])
{
    size_t n = 0;

    while (n < KEYFILE_LABEL_LEN && in[n] >= ' ' && in[n] <= '~') {
        n++;
    }
    return n > 0 && sodium_is_zero(in + n, KEYFILE_LABEL_LEN - n);
}

enum rc
keyfile_parse(struct keyfile *out, const uint8_t *in, size_t len)
{
    uint8_t label[KEYFILE_LABEL_LEN];
    const uint8_t *head;
    struct keyfile k;
    struct reader r;

    memset(out, 0, sizeof *out);
    memset(&k, 0, sizeof k);
    rd_init(&r, in, len);
    head = rd_bytes(&r, KEYFILE_MAGIC_LEN);
    rd_require(&r, head != NULL && memcmp(head, magic, sizeof magic) == 0);
    rd_copy(&r, label, sizeof label);
    rd_require(&r, is_label(label));
    memcpy(k.label, label, sizeof label);
    k.ops = rd_u32(&r);
    rd_require(&r, k.ops >= 1 && k.ops <= KEYFILE_OPS_MAX);
    k.memory = rd_u32(&r);
    rd_require(&r, k.memory >= 8 && k.memory <= KEYFILE_MEMORY_MAX);
    rd_copy(&r, k.salt, sizeof k.salt);
    rd_copy(&r, k.nonce, sizeof k.nonce);
    k.sealed_len = rd_u32(&r);
    rd_require(&r, k.sealed_len > KEYFILE_TAG_LEN &&
                       k.sealed_len <= KEYFILE_SECRET_MAX + KEYFILE_TAG_LEN);
    k.sealed = rd_bytes(&r, k.sealed_len);
    if (rd_end(&r) == RC_OK) {
        *out = k;
    }
    return r.rc;
}

static void
write_head(struct writer *w, const struct keyfile *k)
{
    wr_bytes(w, magic, sizeof magic);
    wr_bytes(w, (const uint8_t *)k->label, KEYFILE_LABEL_LEN);
    wr_u32(w, k->ops);
    wr_u32(w, k->memory);
    wr_bytes(w, k->salt, sizeof k->salt);
    wr_bytes(w, k->nonce, sizeof k->nonce);
    wr_u32(w, (uint32_t)k->sealed_len);
}

enum rc
keyfile_write(uint8_t *out, size_t cap, const struct keyfile *k)
{
    struct writer w;

    wr_init(&w, out, cap);
    write_head(&w, k);
    wr_bytes(&w, k->sealed, k->sealed_len);
    return wr_end(&w);
}

static enum rc
derive(uint8_t key[static KEY_LEN], const struct keyfile *k, const char *pass,
       size_t pass_len)
{
    return crypto_pwhash(key, KEY_LEN, pass, pass_len, k->salt, k->ops,
                         (size_t)k->memory * 1024,
                         crypto_pwhash_ALG_ARGON2ID13) == 0
               ? RC_OK
               : RC_NOMEM;
}

enum rc
keyfile_seal(uint8_t **out, size_t *out_len, const char *label,
             const uint8_t *secret, size_t len, const char *pass,
             size_t pass_len)
{
    struct keyfile k = {.ops = OPS, .memory = MEMORY};
    uint8_t key[KEY_LEN], *buf;
    struct writer w;
    enum rc rc;

    *out = NULL;
    *out_len = 0;
    if (len == 0 || len > KEYFILE_SECRET_MAX || *label == 0 ||
        strlen(label) > KEYFILE_LABEL_LEN) {
        return RC_FORMAT;
    }
    memcpy(k.label, label, strlen(label));
    randombytes_buf(k.salt, sizeof k.salt);
    randombytes_buf(k.nonce, sizeof k.nonce);
    k.sealed_len = len + KEYFILE_TAG_LEN;
    if ((buf = malloc(KEYFILE_HEAD_LEN + k.sealed_len)) == NULL) {
        return RC_NOMEM;
    }
    wr_init(&w, buf, KEYFILE_HEAD_LEN);
    write_head(&w, &k);
    if ((rc = wr_end(&w)) == RC_OK &&
        (rc = derive(key, &k, pass, pass_len)) == RC_OK) {
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
            buf + KEYFILE_HEAD_LEN, NULL, secret, len, buf, KEYFILE_HEAD_LEN,
            NULL, k.nonce, key);
        *out = buf;
        *out_len = KEYFILE_HEAD_LEN + k.sealed_len;
        buf = NULL;
    }
    sodium_memzero(key, sizeof key);
    free(buf);
    return rc;
}

enum rc
keyfile_open(uint8_t **out, size_t *out_len, const uint8_t *in, size_t len,
             const char *label, const char *pass, size_t pass_len)
{
    uint8_t key[KEY_LEN], *secret = NULL;
    struct keyfile k;
    enum rc rc;

    *out = NULL;
    *out_len = 0;
    if ((rc = keyfile_parse(&k, in, len)) != RC_OK) {
        return rc;
    }
    if (strcmp(k.label, label) != 0) {
        return RC_TAKEN;
    }
    if ((secret = sodium_malloc(k.sealed_len - KEYFILE_TAG_LEN)) == NULL) {
        return RC_NOMEM;
    }
    if ((rc = derive(key, &k, pass, pass_len)) == RC_OK &&
        crypto_aead_xchacha20poly1305_ietf_decrypt(
            secret, NULL, NULL, k.sealed, k.sealed_len, in, KEYFILE_HEAD_LEN,
            k.nonce, key) != 0) {
        rc = RC_FORGED;
    }
    sodium_memzero(key, sizeof key);
    if (rc != RC_OK) {
        sodium_free(secret);
        return rc;
    }
    *out = secret;
    *out_len = k.sealed_len - KEYFILE_TAG_LEN;
    return RC_OK;
}

enum rc
keyfile_save(const char *path, const char *label, const uint8_t *secret,
             size_t len, const char *pass, size_t pass_len)
{
    uint8_t *buf;
    size_t n;
    enum rc rc = keyfile_seal(&buf, &n, label, secret, len, pass, pass_len);

    if (rc == RC_OK) {
        rc = file_write(path, buf, n, 0600, false);
        free(buf);
    }
    return rc;
}

enum rc
keyfile_load(uint8_t **out, size_t *out_len, const char *path,
             const char *label, const char *pass, size_t pass_len)
{
    uint8_t *buf;
    size_t n;
    enum rc rc = file_read(&buf, &n, path, KEYFILE_MAX);

    *out = NULL;
    *out_len = 0;
    if (rc == RC_OK) {
        rc = keyfile_open(out, out_len, buf, n, label, pass, pass_len);
        free(buf);
    }
    return rc;
}

enum rc
keyfile_passphrase(char **out, size_t *len, const char *prompt,
                   const char *again, int fd)
{
    char *second = NULL;
    size_t n;
    enum rc rc = term_secret(out, len, prompt, fd);

    if (rc == RC_OK && *len == 0) {
        rc = RC_FORMAT;
    }
    if (rc == RC_OK && again != NULL && fd < 0 &&
        (rc = term_secret(&second, &n, again, fd)) == RC_OK &&
        (n != *len || sodium_memcmp(*out, second, n) != 0)) {
        rc = RC_TAKEN;
    }
    sodium_free(second);
    if (rc != RC_OK) {
        sodium_free(*out);
        *out = NULL;
        *len = 0;
    }
    return rc;
}
