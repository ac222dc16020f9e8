/* SPDX-License-Identifier: ISC */
#include "codefind.h"

#include "chars.h"
#include "code.h"
#include "utf8.h"

#include <sodium.h>

#include <string.h>

#define NUMBERING_MAX 2 /* digits of a number that counts the parts */
#define GROUP_LEN     4 /* digits of a group, as they are shown */

/* What stands between separators. */
struct token {
    enum {
        TOKEN_NONE, /* the end */
        TOKEN_WORD, /* may be one of a code */
        TOKEN_DIGITS,
        TOKEN_SIGNS, /* bullets and the like: between words, no word */
        TOKEN_OTHER
    } kind;
    size_t at, end;
    size_t digits;            /* TOKEN_DIGITS: how many */
    char part[CODE_PART_MAX]; /* as code_part reads it, if it can */
};

static bool
is_separator(uint32_t c)
{
    return (chars_flags(c) & CHARS_SEPARATOR) != 0;
}

/* A sign of ASCII that is neither letter nor digit. */
static bool
is_sign(uint32_t c)
{
    char letters[CHARS_FOLD_MAX];

    return c > 0x20 && c < 0x7f && chars_digit(c) < 0 &&
           !chars_fold(letters, c);
}

/* Says what it is. */
static void
judge(struct token *t, const char *in, bool signs)
{
    bool reads = code_part(t->part, in + t->at, t->end - t->at);

    if (signs || (reads && t->part[0] == '\0')) {
        t->kind = TOKEN_SIGNS;
    } else if (t->digits > 0) {
        t->kind = TOKEN_DIGITS;
    } else if (reads && code_is_word(t->part)) {
        t->kind = TOKEN_WORD;
    }
}

/* The first token from `at` on. */
static struct token
next_token(const char *in, size_t n, size_t at)
{
    struct token t = {.kind = TOKEN_OTHER, .at = at, .end = at};
    size_t chars = 0;
    bool signs = true;

    while (t.end < n) {
        uint32_t c;
        size_t len = utf8_next(&c, (const uint8_t *)in + t.end, n - t.end);

        if (len > 0 && is_separator(c)) {
            if (chars > 0) {
                break;
            }
            t.at = t.end + len;
        } else {
            chars++;
            signs = signs && len > 0 && is_sign(c);
            t.digits += len > 0 && chars_digit(c) >= 0;
        }
        t.end += len > 0 ? len : 1;
    }
    t.digits = t.digits == chars ? chars : 0;
    if (chars == 0) {
        t.kind = TOKEN_NONE;
    } else {
        judge(&t, in, signs);
    }
    return t;
}

/* --- words --- */

struct words {
    struct token last[CODE_WORDS]; /* in a ring */
    size_t n;
};

/* Are the last twelve words a code? */
static bool
words_are_code(const struct words *w)
{
    char text[CODE_WORDS * CODE_PART_MAX] = "";
    uint8_t code[CODE_LEN];
    struct code_error err;
    size_t n = 0;
    bool found;

    for (size_t i = 0; i < CODE_WORDS; i++) {
        const char *part = w->last[(w->n + i) % CODE_WORDS].part;

        memcpy(text + n, part, strlen(part));
        n += strlen(part);
        text[n++] = ' ';
    }
    found = code_parse(code, &err, text, n) == RC_OK;
    sodium_memzero(text, sizeof text);
    sodium_memzero(code, sizeof code);
    return found;
}

/* Takes the next token; *at is where the code begins that ends with it. */
static bool
words_take(struct words *w, size_t *at, const struct token *t)
{
    bool counts = t->kind == TOKEN_DIGITS && t->digits <= NUMBERING_MAX;

    if (t->kind == TOKEN_WORD) {
        w->last[w->n++ % CODE_WORDS] = *t;
        *at = w->last[w->n % CODE_WORDS].at;
        return w->n >= CODE_WORDS && words_are_code(w);
    }
    if (!counts && t->kind != TOKEN_SIGNS) {
        w->n = 0;
    }
    return false;
}

/* --- digits --- */

/* Is the same between a and b as between c and d? */
static bool
same_between(const char *in, const struct token *a, const struct token *b,
             const struct token *c, const struct token *d)
{
    size_t n = b->at - a->end;

    return n == d->at - c->end && memcmp(in + a->end, in + c->end, n) == 0;
}

static bool
is_code(const char *in, size_t len)
{
    uint8_t code[CODE_LEN];
    struct code_error err;
    bool is = code_parse(code, &err, in, len) == RC_OK;

    sodium_memzero(code, sizeof code);
    return is;
}

/*
 * Do numbers that begin with t make 40 digits that are a code? Not if they are
 * part of a longer row: with the same between them, or of the same length.
 * before   the number before t, TOKEN_NONE without one
 */
static bool
digits_are_code(size_t *end, const char *in, size_t n, const struct token *t,
                const struct token *before)
{
    struct token last = *t, second = {.kind = TOKEN_NONE}, next;
    bool alike = true, equal = true, alone;
    size_t total = t->digits;

    next = next_token(in, n, last.end);
    while (total < CODE_DIGITS && next.kind == TOKEN_DIGITS) {
        second = second.kind == TOKEN_NONE ? next : second;
        alike = alike && same_between(in, t, &second, &last, &next);
        equal = equal && next.digits == t->digits;
        total += next.digits;
        last = next;
        next = next_token(in, n, last.end);
    }
    if (total != CODE_DIGITS) {
        return false;
    }
    *end = last.end;
    if (next.kind != TOKEN_DIGITS) {
        next.kind = TOKEN_NONE;
    }
    alone = before->kind == TOKEN_NONE && next.kind == TOKEN_NONE;
    if (second.kind != TOKEN_NONE) {
        alike = alike &&
                (before->kind == TOKEN_NONE ||
                 !same_between(in, before, t, t, &second)) &&
                (next.kind == TOKEN_NONE ||
                 !same_between(in, &last, &next, t, &second));
        equal = equal && before->digits != t->digits &&
                (next.kind == TOKEN_NONE || next.digits != t->digits);
    }
    return (alone || alike || equal) && is_code(in + t->at, *end - t->at);
}

/* "1 0195 2 4667 ...": groups of four, numbered from 1 on. */
static bool
numbered_are_code(size_t *end, const char *in, size_t n, struct token t)
{
    char text[CODE_DIGITS];

    for (size_t i = 0; i < CODE_DIGITS; i += GROUP_LEN) {
        const size_t number = i / GROUP_LEN + 1;
        const char want[] = {(char)(number < 10 ? '0' + number : '1'),
                             number < 10 ? '\0' : '0', '\0'};

        if (t.kind != TOKEN_DIGITS || strcmp(t.part, want) != 0) {
            return false;
        }
        t = next_token(in, n, t.end);
        if (t.kind != TOKEN_DIGITS || t.digits != GROUP_LEN) {
            return false;
        }
        memcpy(text + i, t.part, GROUP_LEN);
        *end = t.end;
        t = next_token(in, n, t.end);
    }
    return is_code(text, sizeof text);
}

bool
codefind(size_t *at, size_t *len, const char *in, size_t n)
{
    struct token before = {.kind = TOKEN_NONE}, t;
    struct words words = {.n = 0};
    bool found = false;
    size_t end = 0;

    *at = 0;
    *len = 0;
    for (t = next_token(in, n, 0); t.kind != TOKEN_NONE;
         t = next_token(in, n, t.end)) {
        if (words_take(&words, at, &t)) {
            end = t.end;
            found = true;
        } else if (t.kind == TOKEN_DIGITS) {
            *at = t.at;
            found = digits_are_code(&end, in, n, &t, &before) ||
                    numbered_are_code(&end, in, n, t);
        }
        if (found) {
            *len = end - *at;
            break;
        }
        before = t;
        if (t.kind != TOKEN_DIGITS) {
            memset(&before, 0, sizeof before);
        }
    }
    if (!found) {
        *at = 0;
    }
    sodium_memzero(&words, sizeof words);
    sodium_memzero(&before, sizeof before);
    sodium_memzero(&t, sizeof t);
    return found;
}
