/* SPDX-License-Identifier: ISC */
#include "text.h"

#include "utf8.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
text_is(const struct reader *r, const char *word)
{
    size_t n = strlen(word);

    return n <= r->left && memcmp(r->p, word, n) == 0;
}

void
text_word(struct reader *r, const char *word)
{
    size_t n = strlen(word);
    const uint8_t *p = rd_bytes(r, n);

    rd_require(r, p != NULL && memcmp(p, word, n) == 0);
}

uint64_t
text_number(struct reader *r, uint64_t least, uint64_t most)
{
    uint64_t v = 0;
    size_t digits = 0;

    /* TEXT_NUMBER_MAX has 16 digits: v can't overflow. */
    while (r->left > 0 && *r->p >= '0' && *r->p <= '9' && digits < 17) {
        rd_require(r, digits != 1 || v != 0);
        v = v * 10 + (uint64_t)(rd_u8(r) - '0');
        digits++;
    }
    rd_require(r, digits > 0 && digits < 17 && v >= least && v <= most);
    return r->rc == RC_OK ? v : 0;
}

void
text_hex(struct reader *r, uint8_t *out, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = rd_bytes(r, 2 * n);

    memset(out, 0, n);
    for (size_t i = 0; p != NULL && i < 2 * n; i++) {
        const char *d = p[i] != 0 ? strchr(digits, p[i]) : NULL;

        if (d == NULL) {
            rd_require(r, false);
            return;
        }
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | (d - digits));
    }
}

void
text_base64(struct reader *r, uint8_t *out, size_t n)
{
    size_t chars = (n + 2) / 3 * 4, got = 0;
    const uint8_t *p = rd_bytes(r, chars);

    memset(out, 0, n);
    if (p != NULL &&
        (!base64_is_canonical((const char *)p, chars) ||
         sodium_base642bin(out, n, (const char *)p, chars, NULL, &got, NULL,
                           sodium_base64_VARIANT_ORIGINAL) != 0 ||
         got != n)) {
        memset(out, 0, n);
        rd_require(r, false);
    }
}

static int
base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
base64_is_canonical(const char *in, size_t len)
{
    size_t pad = 0;

    if (len % 4 != 0 || len == 0) {
        return false;
    }
    while (pad < 2 && in[len - 1 - pad] == '=') {
        pad++;
    }
    for (size_t i = 0; i < len - pad; i++) {
        if (base64_value(in[i]) < 0) {
            return false;
        }
    }
    /* The last character before the padding has 2 or 4 bits too many. */
    return pad == 0 ||
           (base64_value(in[len - 1 - pad]) & (pad == 1 ? 0x03 : 0x0f)) == 0;
}

/* Bytes up to the first that ends, max at most; uses them up. */
static const char *
take_until(struct reader *r, size_t *len, size_t max, bool space_ends)
{
    size_t n = 0;

    while (n < r->left && r->p[n] != '\n' && !(space_ends && r->p[n] == ' ')) {
        n++;
    }
    *len = n;
    rd_require(r, n > 0 && n <= max);
    return (const char *)rd_bytes(r, n);
}

const char *
text_field(struct reader *r, size_t *len, size_t max)
{
    const char *p = take_until(r, len, max, true);

    for (size_t i = 0; p != NULL && i < *len; i++) {
        if (p[i] <= 0x20 || p[i] >= 0x7f) {
            rd_require(r, false);
            return NULL;
        }
    }
    return p;
}

const char *
text_rest(struct reader *r, size_t *len, size_t max)
{
    const char *p = take_until(r, len, max, false);

    if (p == NULL || p[0] == ' ' || p[*len - 1] == ' ' ||
        !utf8_is_line((const uint8_t *)p, *len)) {
        rd_require(r, false);
        return NULL;
    }
    return p;
}

void
text_fingerprint(char out[static TEXT_FINGERPRINT_LEN],
                 const uint8_t half[static 16])
{
    for (size_t i = 0; i < 8; i++) {
        (void)sodium_bin2hex(out + 5 * i, 5, half + 2 * i, 2);
        out[5 * i + 4] = i < 7 ? ' ' : 0;
    }
}

char *
text_copy(const char *in, size_t len)
{
    char *out = malloc(len + 1);

    if (out != NULL) {
        if (len > 0) {
            memcpy(out, in, len);
        }
        out[len] = '\0';
    }
    return out;
}

/* Room for n bytes more, NULL if there is none. */
static char *
grow(struct text *t, size_t n)
{
    size_t cap = t->cap > 0 ? t->cap : 256;
    char *p;

    if (t->failed || n > SIZE_MAX / 4 - t->len) {
        t->failed = true;
        return NULL;
    }
    while (cap < t->len + n) {
        cap *= 2;
    }
    if (cap > t->cap) {
        if ((p = realloc(t->p, cap)) == NULL) {
            t->failed = true;
            return NULL;
        }
        t->p = p;
        t->cap = cap;
    }
    p = t->p + t->len;
    t->len += n;
    return p;
}

void
text_put(struct text *t, const char *in, size_t len)
{
    char *p = grow(t, len);

    if (p != NULL && len > 0) {
        memcpy(p, in, len);
    }
}

void
text_put_word(struct text *t, const char *word)
{
    text_put(t, word, strlen(word));
}

void
text_put_number(struct text *t, const char *before, uint64_t v)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, v);

    text_put_word(t, before);
    text_put(t, digits, n > 0 ? (size_t)n : 0);
}

void
text_put_hex(struct text *t, const char *before, const uint8_t *in, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char *p;

    text_put_word(t, before);
    p = grow(t, 2 * n);
    for (size_t i = 0; p != NULL && i < n; i++) {
        *p++ = digits[in[i] >> 4];
        *p++ = digits[in[i] & 15];
    }
}

void
text_put_base64(struct text *t, const char *before, const uint8_t *in,
                size_t n)
{
    size_t len = (n + 2) / 3 * 4;
    char *p;

    text_put_word(t, before);
    p = grow(t, len + 1); /* libsodium writes a zero at the end */
    if (p != NULL) {
        sodium_bin2base64(p, len + 1, in, n, sodium_base64_VARIANT_ORIGINAL);
        t->len--;
    }
}

enum rc
text_take(struct text *t, char **out, size_t *len)
{
    *out = NULL;
    *len = 0;
    if (t->failed || t->p == NULL) {
        text_wipe(t);
        return RC_NOMEM;
    }
    *out = t->p;
    *len = t->len;
    memset(t, 0, sizeof *t);
    return RC_OK;
}

void
text_wipe(struct text *t)
{
    free(t->p);
    memset(t, 0, sizeof *t);
}
