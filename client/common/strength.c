/* SPDX-License-Identifier: ISC */
#include "strength.h"

#include <sodium.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bip39_english.h"
#include "cli.h"
#include "strength_words.h"
#include "term.h"
#include "utf8.h"

#define CHARS_MAX   TERM_SECRET_MAX
#define TOKEN_MAX   32
#define LETTERS     26
#define UNKNOWN_MIN 4  /* letters of a word that is on no list */
#define UNKNOWN_MAX 12
#define OWN_WORD_MIN 3

/* What parts cost, in bits. */
#define COST_LETTER    4.7
#define COST_CAPITAL   5.7
#define COST_DIGIT     3.3
#define COST_SIGN      6.0
#define COST_SEPARATOR 2.0
#define COST_OWN       2.0
#define COST_COMMON    7.0
#define COST_NAME      9.0
#define COST_WORD      9.0
#define COST_BIP39     11.0
#define COST_UNKNOWN   11.0 /* and for each letter */
#define COST_UNKNOWN_LETTER 0.6
#define COST_INSIDE    4.0 /* one that is written together with others */
#define COST_YEAR      6.5
#define COST_DATE      14.0
#define COST_SEQUENCE  5.0
#define COST_AGAIN     2.0
#define COST_TURNED    1.0 /* capitals, letters for signs, backwards */

struct phrase {
    uint32_t cp[CHARS_MAX]; /* n characters, ASCII in lower case */
    bool capital[CHARS_MAX];
    size_t n;
    double best[CHARS_MAX + 1]; /* of the first i characters */
    size_t from[CHARS_MAX + 1]; /* where the last part of them begins */
    uint8_t part[CHARS_MAX + 1];
    uint8_t pairs[LETTERS][LETTERS]; /* of letters in words; capped */
    const char *const *own;
};

static bool
is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || c >= 0x80;
}

static bool
is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static void
read_phrase(struct phrase *p, const char *pass, size_t len)
{
    const uint8_t *in = (const uint8_t *)pass;

    for (size_t i = 0; i < len && p->n < CHARS_MAX;) {
        uint32_t c;
        size_t n = utf8_next(&c, in + i, len - i);

        if (n == 0) {
            c = 0x80u + in[i];
            n = 1;
        }
        i += n;
        p->capital[p->n] = c >= 'A' && c <= 'Z';
        p->cp[p->n] = p->capital[p->n] ? c - 'A' + 'a' : c;
        p->n++;
    }
}

static void
count_pairs(struct phrase *p)
{
    for (size_t i = 0; i < BIP39_WORDS; i++) {
        for (const char *w = bip39_english[i]; w[1] != '\0'; w++) {
            uint8_t *n = &p->pairs[w[0] - 'a'][w[1] - 'a'];

            *n = *n < 255 ? (uint8_t)(*n + 1) : 255;
        }
    }
}

/* A part that ends at `end` and begins at `at` is worth so much. */
static void
offer(struct phrase *p, size_t at, size_t end, double cost,
      enum strength_part part)
{
    if (p->best[at] + cost < p->best[end]) {
        p->best[end] = p->best[at] + cost;
        p->from[end] = at;
        p->part[end] = (uint8_t)part;
    }
}

static void
one_character(struct phrase *p, size_t at)
{
    uint32_t c = p->cp[at];
    double cost = p->capital[at] ? COST_CAPITAL
                  : is_letter(c) ? COST_LETTER
                  : is_digit(c)  ? COST_DIGIT
                                 : COST_SIGN;
    bool between = c < 0x80 && c != 0 && strchr(" -_.,+&/:;", (int)c) != NULL;

    if (is_digit(c) && at > 0 && at + 1 < p->n && is_letter(p->cp[at - 1]) &&
        is_letter(p->cp[at + 1])) {
        cost = COST_LETTER; /* drawn like the letters around it */
    }

    offer(p, at, at + 1, between ? COST_SEPARATOR : cost,
          between ? STRENGTH_SEPARATOR : STRENGTH_CHARACTERS);
}

/* --- words ---------------------------------------------------------------- */

/* What a sign may stand for; itself otherwise. */
static uint32_t
meant(uint32_t c)
{
    static const char signs[] = "@4801!35$7+9";
    static const char letters[] = "aaboiiesstt"
                                  "g";
    const char *at = c < 0x80 && c != 0 ? strchr(signs, (int)c) : NULL;

    return at == NULL ? c : (uint32_t)letters[at - signs];
}

/* Does the word stand at `at`? *turned: how it was dressed up. */
static bool
word_is_at(const struct phrase *p, size_t at, const char *word, size_t len,
           bool backwards, double *turned)
{
    size_t capitals = 0, signs = 0;

    if (len > p->n - at) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        uint32_t c = p->cp[at + i];
        uint32_t w = (uint8_t)word[backwards ? len - 1 - i : i];

        if (c != w && meant(c) != w) {
            return false;
        }
        signs += c != w;
        capitals += p->capital[at + i];
    }
    *turned = (backwards ? COST_TURNED : 0) +
              (signs > 0 ? COST_TURNED * (double)(signs < 3 ? signs : 3) : 0);
    if (capitals > 0) { /* the first, all, or here and there */
        *turned += capitals == len || (capitals == 1 && p->capital[at])
                       ? COST_TURNED
                       : (double)len * COST_TURNED;
    }
    return true;
}

static void
try_word(struct phrase *p, size_t at, const char *word, size_t len,
         double cost, enum strength_part part)
{
    for (int backwards = 0; backwards < 2; backwards++) {
        double turned;

        if (word_is_at(p, at, word, len, backwards != 0, &turned)) {
            offer(p, at, at + len, cost + turned, part);
        }
    }
}

static void
try_list(struct phrase *p, size_t at, const char *const *list, double cost,
         enum strength_part part)
{
    for (; *list != NULL; list++) {
        try_word(p, at, *list, strlen(*list), cost, part);
    }
}

/* A name of the people who choose it, whole and word by word. */
static void
try_own(struct phrase *p, size_t at)
{
    for (const char *const *own = p->own; own != NULL && *own != NULL; own++) {
        char low[256];
        size_t n = 0, begin = 0;

        for (const char *c = *own; *c != '\0' && n < sizeof low - 1; c++) {
            low[n++] = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
        }
        low[n] = '\0';
        if (n >= OWN_WORD_MIN) {
            try_word(p, at, low, n, COST_OWN, STRENGTH_OWN);
        }
        for (size_t i = 0; i <= n; i++) {
            if (i == n || !is_letter((uint8_t)low[i])) {
                if (i - begin >= OWN_WORD_MIN) {
                    try_word(p, at, low + begin, i - begin, COST_OWN,
                             STRENGTH_OWN);
                }
                begin = i + 1;
            }
        }
    }
}

static bool
is_vowel(uint32_t c)
{
    return c >= 0x80 || strchr("aeiouy", (int)c) != NULL;
}

/* Can a word begin or end here, to the eye? */
static bool
edge(const struct phrase *p, size_t at)
{
    return at == 0 || at == p->n || !is_letter(p->cp[at - 1]) ||
           !is_letter(p->cp[at]) || (p->capital[at] && !p->capital[at - 1]);
}

/* Letters that can be a word or name of any language: no three consonants in a
 * row but where English words have them, too. */
static void
unknown_word(struct phrase *p, size_t at)
{
    double cost = COST_UNKNOWN + (p->capital[at] ? COST_TURNED : 0);
    bool begins = edge(p, at);
    size_t consonants = 0, capitals = p->capital[at];

    for (size_t i = 0; i < UNKNOWN_MAX && at + i < p->n; i++) {
        uint32_t c = p->cp[at + i], last = i > 0 ? p->cp[at + i - 1] : 0x80;
        bool known = last >= 0x80 || c >= 0x80 ||
                     (is_letter(c) && p->pairs[last - 'a'][c - 'a'] >= 3);

        if (!is_letter(c)) {
            return;
        }
        consonants = is_vowel(c) ? 0 : consonants + 1;
        if (consonants > 3 || (consonants == 3 && !known)) {
            return;
        }
        cost += COST_UNKNOWN_LETTER;
        capitals += i > 0 && p->capital[at + i];
        if (i + 1 >= UNKNOWN_MIN &&
            (capitals == p->capital[at] || capitals == i + 1)) {
            offer(p, at, at + i + 1,
                  cost + (begins && edge(p, at + i + 1) ? 0 : COST_INSIDE),
                  STRENGTH_UNKNOWN);
        }
    }
}

static void
words(struct phrase *p, size_t at)
{
    try_own(p, at);
    try_list(p, at, strength_common, COST_COMMON, STRENGTH_COMMON);
    try_list(p, at, strength_names, COST_NAME, STRENGTH_NAME);
    try_list(p, at, strength_words, COST_WORD, STRENGTH_WORD);
    for (size_t i = 0; i < BIP39_WORDS; i++) {
        try_word(p, at, bip39_english[i], strlen(bip39_english[i]), COST_BIP39,
                 STRENGTH_WORD);
    }
    unknown_word(p, at);
}

/* --- patterns ------------------------------------------------------------- */

/* 1900 to 2059; and 6 or 8 digits that can be a day. */
static void
dates(struct phrase *p, size_t at)
{
    uint32_t value = 0;
    size_t n = 0;

    while (n < 8 && at + n < p->n && is_digit(p->cp[at + n])) {
        value = 10 * value + (p->cp[at + n++] - '0');
        if (n == 4 && value >= 1900 && value < 2060) {
            offer(p, at, at + 4, COST_YEAR, STRENGTH_YEAR);
        }
        if (n == 6) {
            offer(p, at, at + 6, COST_DATE, STRENGTH_YEAR);
        }
        if (n == 8) {
            offer(p, at, at + 8, COST_DATE + 1, STRENGTH_YEAR);
        }
    }
}

/* 12.3.94, 2001-12-31: digits in three groups. */
static void
written_dates(struct phrase *p, size_t at)
{
    size_t groups = 0, digits = 0, all = 0;

    for (size_t end = at; end < p->n && all <= 8; end++) {
        uint32_t c = p->cp[end];

        if (is_digit(c) && digits < 4) {
            digits++;
            all++;
        } else if (digits > 0 && groups < 2 && c < 0x80 && c != 0 &&
                   strchr(".-/ ", (int)c) != NULL) {
            groups++;
            digits = 0;
        } else {
            return;
        }
        if (groups == 2 && digits > 0 && all <= 8) {
            offer(p, at, end + 1, COST_DATE, STRENGTH_YEAR);
        }
    }
}

/* The next key of a row, in either direction; the alphabet and the digits are
 * rows, too. */
static int
step(uint32_t a, uint32_t b)
{
    static const char *const rows[] = {
        "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop",
        "asdfghjkl",                  "zxcvbnm",     "azertyuiop",
        "qsdfghjklm",                 "wxcvbn",      "qwertzuiop",
        "yxcvbnm",                    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
        "!@#$%^&*()"};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (const char *c = rows[i]; c[1] != '\0'; c++) {
            if ((uint8_t)c[0] == a && (uint8_t)c[1] == b) {
                return (int)i + 1;
            }
            if ((uint8_t)c[0] == b && (uint8_t)c[1] == a) {
                return -(int)i - 1;
            }
        }
    }
    return 0;
}

static void
sequences(struct phrase *p, size_t at)
{
    int way = at + 1 < p->n ? step(p->cp[at], p->cp[at + 1]) : 0;

    for (size_t end = at + 2; way != 0 && end <= p->n; end++) {
        if (end - at >= 3) {
            offer(p, at, end, COST_SEQUENCE + log2((double)(end - at)),
                  STRENGTH_SEQUENCE);
        }
        /* Rows share pairs: any step in the same sense goes on. */
        if (end < p->n &&
            (step(p->cp[end - 1], p->cp[end]) > 0) != (way > 0)) {
            return;
        }
        if (end < p->n && step(p->cp[end - 1], p->cp[end]) == 0) {
            return;
        }
    }
}

/* What stood just before, once more or many times. */
static void
repetitions(struct phrase *p, size_t at)
{
    for (size_t len = 1; len <= at && len <= TOKEN_MAX; len++) {
        size_t end = at;

        while (end < p->n && p->cp[end] == p->cp[end - len]) {
            end++;
        }
        for (size_t times = 1; at + times * len <= end; times++) {
            if (times * len >= 2) {
                offer(p, at, at + times * len,
                      COST_AGAIN + log2((double)times), STRENGTH_REPEATED);
            }
        }
    }
}

/* Which part is to be named: what there is most of, in characters, but for
 * separators. */
static enum strength_part
worst(const struct phrase *p)
{
    size_t of[STRENGTH_PARTS] = {0};
    enum strength_part part = STRENGTH_CHARACTERS;

    for (size_t at = p->n; at > 0; at = p->from[at]) {
        of[p->part[at]] += at - p->from[at];
    }
    for (int i = 0; i < STRENGTH_SEPARATOR; i++) {
        if (of[i] > of[part]) {
            part = (enum strength_part)i;
        }
    }
    return part;
}

enum rc
strength_of(struct strength *out, const char *pass, size_t pass_len,
            const char *const *own)
{
    struct phrase *p = sodium_malloc(sizeof *p);

    memset(out, 0, sizeof *out);
    if (p == NULL) {
        return RC_NOMEM;
    }
    memset(p, 0, sizeof *p);
    p->own = own;
    read_phrase(p, pass, pass_len);
    count_pairs(p);
    for (size_t i = 1; i <= p->n; i++) {
        p->best[i] = HUGE_VAL;
    }
    for (size_t at = 0; at < p->n; at++) {
        one_character(p, at);
        words(p, at);
        dates(p, at);
        written_dates(p, at);
        sequences(p, at);
        repetitions(p, at);
    }
    out->bits = (unsigned)p->best[p->n];
    out->weak = worst(p);
    sodium_free(p);
    return RC_OK;
}

static const char *
because(enum strength_part part)
{
    switch (part) {
    case STRENGTH_UNKNOWN:
        return _("it has too few words, and words of a language are few");
    case STRENGTH_WORD:
        return _("it has too few words, and common ones");
    case STRENGTH_COMMON:
        return _("many people take it, or most of it");
    case STRENGTH_NAME:
        return _("names of people and places are tried first");
    case STRENGTH_OWN:
        return _("your own name is tried first");
    case STRENGTH_YEAR:
        return _("years and dates are few");
    case STRENGTH_SEQUENCE:
        return _("it follows the alphabet, the digits or the keys");
    case STRENGTH_REPEATED:
        return _("it repeats itself");
    default:
        return _("it is too short");
    }
}

enum rc
strength_demand(const char *pass, size_t pass_len, const char *const *own)
{
    struct strength s;
    enum rc rc = strength_of(&s, pass, pass_len, own);

    if (rc != RC_OK || s.bits >= STRENGTH_MIN) {
        return rc;
    }
    cli_error(_("this pass phrase can be guessed by who takes the file: %s. "
                "Nothing was done. Take six words that dice or the pages of a "
                "book have drawn, with spaces between; no names, no saying, "
                "no song. Write them down until you know them, and burn the "
                "paper"),
              because(s.weak));
    return RC_FORMAT;
}
