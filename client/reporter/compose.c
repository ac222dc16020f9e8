/* SPDX-License-Identifier: ISC */
#include "compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "ascii.h"
#include "body.h"
#include "cli.h"
#include "report.h"
#include "typed.h"
#include "utf8.h"
#include "violations.h"

/* With room to spare: a longer one is still too long when it is cut. */
#define VALUE_DIGITS_MAX 64

const struct draft_key draft_keys[] = {
    {"language", N_("Language you want answers in"),
     N_("a language tag such as en, bn or pt-BR"), false},
    {"country", N_("Country where it happened"), N_("two letters, such as BD"),
     false},
    {"place", N_("Place"), N_("a town or district, on one line"), false},
    {"employer", N_("Employer"), N_("a name, on one line"), false},
    {"sector", N_("Sector"), N_("such as garment or mining, on one line"),
     false},
    {"violation", N_("What happened"),
     N_("a code of the list that `tocsin orgs --violations` prints"), true},
    {"date", N_("When"), N_("YYYY, YYYY-MM or YYYY-MM-DD"), false},
    {"people", N_("How many people it concerns"), N_("a whole number"), false},
    {"danger", N_("Is somebody in danger now?"), N_("now or no"), false},
    {"role", N_("You are"), N_("victim, witness, organiser or other"), false},
    {"consent", N_("Who may be told"),
     N_("partners, lawyer, ilo, un, media or statistics; nothing means "
        "nobody"),
     true},
    {"campaign", N_("Campaign"), N_("a word you were given, on one line"),
     false},
    {"ref", N_("Reference"), N_("a word you were given, on one line"), false},
    {NULL, NULL, NULL, false},
};

static const struct draft_key *
key_find(const char *key)
{
    const struct draft_key *k = draft_keys;

    while (k->key != NULL && strcmp(k->key, key) != 0) {
        k++;
    }
    return k->key != NULL ? k : NULL;
}

bool
draft_has(const struct draft *d, const char *key)
{
    size_t n = strlen(key);

    for (size_t i = 0; i + n < d->lines_len;) {
        const uint8_t *end = memchr(d->lines + i, '\n', d->lines_len - i);

        if (memcmp(d->lines + i, key, n) == 0 && d->lines[i + n] == ' ') {
            return true;
        }
        if (end == NULL) {
            break;
        }
        i = (size_t)(end - d->lines) + 1;
    }
    return false;
}

/* Grows a buffer of len bytes by more; what it leaves behind is wiped. */
static enum rc
grow(uint8_t **buf, size_t len, size_t more)
{
    uint8_t *fresh = malloc(len + more);

    if (fresh == NULL) {
        return RC_NOMEM;
    }
    if (*buf != NULL) {
        memcpy(fresh, *buf, len);
        sodium_memzero(*buf, len);
        free(*buf);
    }
    *buf = fresh;
    return RC_OK;
}

enum rc
draft_add(struct draft *d, const char *key, const char *value, size_t len)
{
    const struct draft_key *k = key_find(key);
    const struct violation *kind;
    char country[2], digits[VALUE_DIGITS_MAX];
    enum rc rc;

    while (len > 0 && ascii_is_space(*value)) {
        value++;
        len--;
    }
    while (len > 0 && ascii_is_space(value[len - 1])) {
        len--;
    }
    if (k == NULL) {
        return RC_FORMAT;
    }
    if (!k->repeatable && draft_has(d, key)) {
        return RC_TAKEN;
    }
    if (strcmp(key, "country") == 0 && len == 2) {
        country[0] = ascii_upper(value[0]);
        country[1] = ascii_upper(value[1]);
        value = country;
    }
    if (strcmp(key, "date") == 0 || strcmp(key, "people") == 0) {
        typed_digits(digits, sizeof digits, value, len);
        value = digits;
        len = strlen(digits);
    }
    if (strcmp(key, "violation") == 0) {
        if ((kind = violation_find(value, len)) == NULL) {
            return RC_FORMAT;
        }
        value = kind->code;
    }
    if (report_line_check(key, value, len) != RC_OK) {
        return RC_FORMAT;
    }
    rc = grow(&d->lines, d->lines_len, strlen(key) + len + 2);
    if (rc != RC_OK) {
        return rc;
    }
    return report_append(d->lines, d->lines_len + strlen(key) + len + 2,
                         &d->lines_len, key, value, len);
}

enum rc
draft_set_text(struct draft *d, const uint8_t *text, size_t len)
{
    uint8_t *out;
    size_t n = 0;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3; /* a byte order mark tells of the editor */
        len -= 3;
    }
    if (len > DRAFT_TEXT_MAX) {
        return RC_FULL;
    }
    if (!utf8_is_valid(text, len)) {
        return RC_FORMAT;
    }
    if ((out = malloc(len + 1)) == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\r' || i + 1 == len || text[i + 1] != '\n') {
            out[n++] = text[i] == '\r' ? '\n' : text[i];
        }
    }
    while (n > 0 && out[n - 1] == '\n') {
        n--;
    }
    if (d->text != NULL) {
        sodium_memzero(d->text, d->text_len);
        free(d->text);
    }
    d->text = out;
    d->text_len = n;
    return RC_OK;
}

enum rc
draft_head_text(uint8_t out[static HEAD_TEXT_MAX], uint16_t *len, bool *cut,
                const struct draft *d, unsigned attachments)
{
    char number[12];
    size_t fits;
    size_t n = d->lines_len;
    enum rc rc = RC_OK;

    *len = 0;
    *cut = false;
    memset(out, 0, HEAD_TEXT_MAX);
    if (n >= HEAD_TEXT_MAX) {
        return RC_FULL;
    }
    if (n > 0) {
        memcpy(out, d->lines, n);
    }
    if (attachments > 0) {
        int digits = snprintf(number, sizeof number, "%u", attachments);

        rc = report_append(out, HEAD_TEXT_MAX, &n, "attachments", number,
                           (size_t)digits);
    }
    if (rc == RC_OK && n < HEAD_TEXT_MAX) {
        fits = utf8_cut(d->text, d->text_len, HEAD_TEXT_MAX - n - 1);
        *cut = fits < d->text_len;
        rc = report_append(out, HEAD_TEXT_MAX, &n, NULL,
                           fits > 0 ? (const char *)d->text : "", fits);
    } else if (rc == RC_OK) {
        rc = RC_FULL;
    }
    if (rc == RC_OK) {
        *len = (uint16_t)n;
    }
    return rc;
}

void
draft_wipe(struct draft *d)
{
    if (d->lines != NULL) {
        sodium_memzero(d->lines, d->lines_len);
    }
    if (d->text != NULL) {
        sodium_memzero(d->text, d->text_len);
    }
    free(d->lines);
    free(d->text);
    memset(d, 0, sizeof *d);
}

/* Room for an item; writes its frame. */
static enum rc
item_begin(struct body_build *b, const struct body_item *item)
{
    size_t head = body_item_head_len(item);
    struct writer w;
    enum rc rc;

    if (item->len > BODY_MAX - b->len - head) {
        return RC_FULL;
    }
    if ((rc = grow(&b->bytes, b->len, head + item->len)) != RC_OK) {
        return rc;
    }
    wr_init(&w, b->bytes + b->len, head);
    if ((rc = body_item_head_write(&w, item)) == RC_OK) {
        b->len += w.len;
    }
    return rc;
}

static void
item_data(struct body_build *b, const uint8_t *in, size_t len)
{
    if (len > 0) {
        memcpy(b->bytes + b->len, in, len);
        b->len += len;
    }
}

enum rc
body_build_text(struct body_build *b, const struct draft *d)
{
    const struct body_item item = {
        .type = "text/plain",
        .type_len = strlen("text/plain"),
        .name = "",
        .len = d->lines_len + 1 + d->text_len,
    };
    enum rc rc = item_begin(b, &item);

    if (rc == RC_OK) {
        item_data(b, d->lines, d->lines_len);
        item_data(b, (const uint8_t *)"\n", 1);
        item_data(b, d->text, d->text_len);
    }
    return rc;
}

enum rc
body_build_file(struct body_build *b, struct attachment *a)
{
    const struct body_item item = {
        .type = a->media,
        .type_len = strlen(a->media),
        .name = a->name,
        .name_len = strlen(a->name),
        .len = a->len,
    };
    enum rc rc = item_begin(b, &item);

    if (rc == RC_OK) {
        item_data(b, a->data, a->len);
        attach_wipe(a);
    }
    return rc;
}

enum rc
body_build_end(struct body_build *b)
{
    b->boxes = body_boxes(b->len);
    blake2b_256(b->digest, b->bytes, b->len);
    return b->boxes > 0 ? RC_OK : RC_FULL;
}

void
body_build_wipe(struct body_build *b)
{
    if (b->bytes != NULL) {
        sodium_memzero(b->bytes, b->len);
    }
    free(b->bytes);
    memset(b, 0, sizeof *b);
}
