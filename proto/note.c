/* SPDX-License-Identifier: ISC */
#include "note.h"

#include "text.h"
#include "utf8.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define KEY_TYPE       1 /* Ed25519 */
#define SIG_LEN        64
#define SIG_BASE64_LEN 92 /* of key id and signature */

static const char dash[] = "\xe2\x80\x94 "; /* em dash, space */
#define DASH_LEN (sizeof dash - 1)

void
note_key_id(uint8_t id[static 4], const struct note_key *key)
{
    uint8_t in[NOTE_NAME_MAX + 2 + 32], h[crypto_hash_sha256_BYTES];
    size_t n = strnlen(key->name, NOTE_NAME_MAX);

    memcpy(in, key->name, n);
    in[n] = '\n';
    in[n + 1] = KEY_TYPE;
    memcpy(in + n + 2, key->pk, 32);
    (void)crypto_hash_sha256(h, in, n + 2 + 32); /* always 0 */
    memcpy(id, h, 4);
}

bool
note_name_is_valid(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (name[i] <= 0x20 || name[i] >= 0x7f || name[i] == '+') {
            return false;
        }
    }
    return len > 0 && len <= NOTE_NAME_MAX;
}

void
note_vkey_write(char out[static NOTE_VKEY_MAX], const struct note_key *key)
{
    size_t n = strnlen(key->name, NOTE_NAME_MAX);
    uint8_t id[4], typed[33] = {KEY_TYPE};

    note_key_id(id, key);
    memcpy(typed + 1, key->pk, 32);
    memcpy(out, key->name, n);
    out[n++] = '+';
    sodium_bin2hex(out + n, 9, id, sizeof id);
    n += 8;
    out[n++] = '+';
    sodium_bin2base64(out + n, 45, typed, sizeof typed,
                      sodium_base64_VARIANT_ORIGINAL);
}

enum rc
note_vkey_parse(struct note_key *out, const char *in, size_t len)
{
    const char *plus = len > 0 ? memchr(in, '+', len) : NULL;
    uint8_t id[4], want[4], typed[33];
    struct note_key key = {0};
    struct reader r;
    size_t n;

    memset(out, 0, sizeof *out);
    if (plus == NULL || !note_name_is_valid(in, n = (size_t)(plus - in))) {
        return RC_FORMAT;
    }
    memcpy(key.name, in, n);
    rd_init(&r, (const uint8_t *)plus, len - n);
    text_word(&r, "+");
    text_hex(&r, id, sizeof id);
    text_word(&r, "+");
    text_base64(&r, typed, sizeof typed);
    rd_require(&r, typed[0] == KEY_TYPE);
    if (rd_end(&r) != RC_OK) {
        return RC_FORMAT;
    }
    memcpy(key.pk, typed + 1, 32);
    note_key_id(want, &key);
    if (memcmp(id, want, sizeof id) != 0) {
        return RC_FORMAT;
    }
    *out = key;
    return RC_OK;
}

/* UTF-8 without control characters but newlines, and one at its end. */
static bool
text_ok(const uint8_t *in, size_t len)
{
    if (len == 0 || in[len - 1] != '\n') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (in[i] < 0x20 && in[i] != '\n') {
            return false;
        }
    }
    return utf8_is_valid(in, len);
}

/* Where the text ends and the empty line begins; 0 if nowhere. */
static size_t
text_end(const uint8_t *in, size_t len)
{
    for (size_t i = len; i > 1; i--) {
        if (in[i - 1] == '\n' && in[i - 2] == '\n') {
            return i - 1;
        }
    }
    return 0;
}

/* Unicode's white space. */
static bool
is_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* A name on a signature line, also of keys that are not ours. */
static bool
signer_ok(const char *name, size_t len)
{
    uint32_t c;

    for (size_t at = 0, n; at < len; at += n) {
        n = utf8_next(&c, (const uint8_t *)name + at, len - at);
        if (n == 0 || is_space(c) || c == '+') {
            return false;
        }
    }
    return len > 0;
}

/* One signature line without its newline. */
static enum rc
sig_parse(struct note_sig *out, const char *line, size_t len)
{
    const char *name = line + DASH_LEN, *space, *b64;
    uint8_t head[6];
    size_t got = 0;

    if (len < DASH_LEN || memcmp(line, dash, DASH_LEN) != 0 ||
        (space = memchr(name, ' ', len - DASH_LEN)) == NULL ||
        !signer_ok(name, (size_t)(space - name))) {
        return RC_FORMAT;
    }
    b64 = space + 1;
    out->name = name;
    out->name_len = (size_t)(space - name);
    out->base64 = (const uint8_t *)b64;
    out->base64_len = len - (size_t)(b64 - line);
    /* An id and at least one byte of signature: two groups of four. */
    if (out->base64_len < 8 || !base64_is_canonical(b64, out->base64_len) ||
        sodium_base642bin(head, sizeof head, b64, 8, NULL, &got, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        got < 5) {
        return RC_FORMAT;
    }
    memcpy(out->id, head, 4);
    return RC_OK;
}

enum rc
note_parse(struct note *out, const uint8_t *in, size_t len)
{
    size_t end;

    memset(out, 0, sizeof *out);
    if (len > NOTE_MAX || !text_ok(in, len) || (end = text_end(in, len)) == 0) {
        return RC_FORMAT;
    }
    for (size_t at = end + 1; at < len;) {
        const uint8_t *nl = memchr(in + at, '\n', len - at);
        size_t n = (size_t)(nl - (in + at)); /* the last byte is a newline */

        if (out->n_sigs == NOTE_SIGS_MAX ||
            sig_parse(&out->sigs[out->n_sigs], (const char *)in + at, n) !=
                RC_OK) {
            memset(out, 0, sizeof *out);
            return RC_FORMAT;
        }
        out->n_sigs++;
        at += n + 1;
    }
    if (out->n_sigs == 0) {
        return RC_FORMAT;
    }
    out->text = (const char *)in;
    out->text_len = end;
    return RC_OK;
}

static bool
sig_is_by(const struct note_sig *sig, const struct note_key *key)
{
    uint8_t id[4];

    if (sig->name_len != strnlen(key->name, NOTE_NAME_MAX) ||
        memcmp(sig->name, key->name, sig->name_len) != 0) {
        return false;
    }
    note_key_id(id, key);
    return memcmp(id, sig->id, sizeof id) == 0;
}

static bool
sig_verify(const struct note_sig *sig, const struct note *note,
           const struct note_key *key)
{
    uint8_t raw[4 + SIG_LEN];
    size_t got = 0;

    return sig->base64_len == SIG_BASE64_LEN &&
           sodium_base642bin(raw, sizeof raw, (const char *)sig->base64,
                             SIG_BASE64_LEN, NULL, &got, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           got == sizeof raw &&
           crypto_sign_verify_detached(raw + 4, (const uint8_t *)note->text,
                                       note->text_len, key->pk) == 0;
}

enum rc
note_verify(uint64_t *signers, const struct note *note,
            const struct note_key *keys, size_t n)
{
    uint64_t good = 0;

    *signers = 0;
    if (n > 64) {
        return RC_FORMAT;
    }
    for (size_t s = 0; s < note->n_sigs; s++) {
        for (size_t k = 0; k < n; k++) {
            if (!sig_is_by(&note->sigs[s], &keys[k])) {
                continue;
            }
            if (!sig_verify(&note->sigs[s], note, &keys[k])) {
                return RC_FORGED;
            }
            good |= (uint64_t)1 << k;
        }
    }
    *signers = good;
    return good != 0 ? RC_OK : RC_MISSING;
}

unsigned
note_count(uint64_t signers)
{
    unsigned n = 0;

    for (; signers != 0; signers &= signers - 1) {
        n++;
    }
    return n;
}

void
note_hash(uint8_t out[static NOTE_HASH_LEN], const struct note *note)
{
    blake2b_256(out, (const uint8_t *)note->text, note->text_len);
}

/* Hands out what was written, if it is a note. */
static enum rc
finish(uint8_t **out, size_t *out_len, struct text *t)
{
    struct note check;
    char *p;
    size_t len;
    enum rc rc;

    if ((rc = text_take(t, &p, &len)) != RC_OK) {
        return rc;
    }
    if (len > NOTE_MAX) {
        free(p);
        return RC_FULL;
    }
    if ((rc = note_parse(&check, (uint8_t *)p, len)) != RC_OK) {
        free(p);
        return rc;
    }
    *out = (uint8_t *)p;
    *out_len = len;
    return RC_OK;
}

/* Would this text, with a signature under it, be read in another way? */
static bool
has_sig_line(const uint8_t *in, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        if ((at == 0 || in[at - 1] == '\n') && len - at >= DASH_LEN &&
            memcmp(in + at, dash, DASH_LEN) == 0) {
            return true;
        }
    }
    return false;
}

enum rc
note_sign(uint8_t **out, size_t *out_len, const uint8_t *in, size_t len,
          const struct note_key *key, const uint8_t sk[static 64])
{
    struct text t = {0};
    struct note note;
    uint8_t raw[4 + SIG_LEN];
    uint64_t signers;
    size_t text_len = len;

    *out = NULL;
    *out_len = 0;
    if (len > NOTE_MAX || !text_ok(in, len) ||
        !note_name_is_valid(key->name, strnlen(key->name, NOTE_NAME_MAX)) ||
        sodium_memcmp(sk + 32, key->pk, 32) != 0) {
        return RC_FORMAT;
    }
    if (note_parse(&note, in, len) == RC_OK) {
        enum rc rc = note_verify(&signers, &note, key, 1);

        if (rc == RC_OK) { /* has signed already */
            text_put(&t, (const char *)in, len);
            return finish(out, out_len, &t);
        }
        if (rc != RC_MISSING) {
            return rc;
        }
        if (note.n_sigs == NOTE_SIGS_MAX) {
            return RC_FULL;
        }
        text_len = note.text_len;
        text_put(&t, (const char *)in, len);
    } else if (has_sig_line(in, len)) {
        return RC_FORMAT;
    } else {
        text_put(&t, (const char *)in, len);
        text_put_word(&t, "\n");
    }
    note_key_id(raw, key);
    if (crypto_sign_detached(raw + 4, NULL, in, text_len, sk) != 0) {
        text_wipe(&t);
        return RC_FORMAT;
    }
    text_put_word(&t, dash);
    text_put_word(&t, key->name);
    text_put_base64(&t, " ", raw, sizeof raw);
    text_put_word(&t, "\n");
    return finish(out, out_len, &t);
}

static bool
same_sig(const struct note_sig *a, const struct note_sig *b)
{
    return a->name_len == b->name_len && a->base64_len == b->base64_len &&
           memcmp(a->name, b->name, a->name_len) == 0 &&
           memcmp(a->base64, b->base64, a->base64_len) == 0;
}

/* Adds the signatures of n that are not in *list yet. */
static enum rc
collect(const struct note_sig *list[static NOTE_SIGS_MAX], size_t *count,
        const struct note *n)
{
    for (size_t i = 0; i < n->n_sigs; i++) {
        size_t k = 0;

        while (k < *count && !same_sig(list[k], &n->sigs[i])) {
            k++;
        }
        if (k < *count) {
            continue;
        }
        if (*count == NOTE_SIGS_MAX) {
            return RC_FULL;
        }
        list[(*count)++] = &n->sigs[i];
    }
    return RC_OK;
}

enum rc
note_merge(uint8_t **out, size_t *out_len, const uint8_t *a, size_t a_len,
           const uint8_t *b, size_t b_len)
{
    const struct note_sig *sigs[NOTE_SIGS_MAX];
    struct note na, nb;
    struct text t = {0};
    size_t n = 0;
    enum rc rc;

    *out = NULL;
    *out_len = 0;
    if (note_parse(&na, a, a_len) != RC_OK ||
        note_parse(&nb, b, b_len) != RC_OK || na.text_len != nb.text_len ||
        memcmp(na.text, nb.text, na.text_len) != 0) {
        return RC_FORMAT;
    }
    if ((rc = collect(sigs, &n, &na)) != RC_OK ||
        (rc = collect(sigs, &n, &nb)) != RC_OK) {
        return rc;
    }
    text_put(&t, na.text, na.text_len);
    text_put_word(&t, "\n");
    for (size_t i = 0; i < n; i++) {
        text_put_word(&t, dash);
        text_put(&t, sigs[i]->name, sigs[i]->name_len);
        text_put_word(&t, " ");
        text_put(&t, (const char *)sigs[i]->base64, sigs[i]->base64_len);
        text_put_word(&t, "\n");
    }
    return finish(out, out_len, &t);
}
