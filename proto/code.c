/* SPDX-License-Identifier: ISC */
#include "code.h"

#include "bip39_english.h"
#include "chars.h"
#include "reader.h"
#include "shown.h"
#include "utf8.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>

#define WORD_BITS         11
#define PREFIX_LEN        4 /* letters that tell a word */
#define CHECK_FACTOR      29
#define NUMBER_LEN        (CODE_LEN + 1) /* bytes of 29 x code, and of 10^40 */
#define TYPED_MAX         16             /* letters kept of a word as typed */
#define HINT_TYPED_MAX    (BIP39_WORD_MAX + 1)
#define HINT_DISTANCE_MAX 1
#define GROUPS            10 /* of digits, as they are shown */
#define GROUP_LEN         4
#define NUMBERING_MAX     2 /* digits of a number that counts the parts */

/* What stands between separators, by its digits. */
struct part {
    size_t chars, digits;
    unsigned number; /* of the first digits, up to 4 */
    bool digit_first;
};

/* A word as typed. */
struct typed {
    struct part part;
    size_t letters;           /* a to z, also those that are not kept */
    char word[TYPED_MAX + 1]; /* for the lookup */
    char letter[sizeof((struct code_error *)0)->letter]; /* the first other */
    char shown[sizeof((struct code_error *)0)->word];    /* for the error */
    size_t shown_len;
    bool shown_full;
};

/* The next character; 0 and a failed reader where there is none. */
static uint32_t
next_char(struct reader *r)
{
    uint32_t c;
    size_t n = utf8_next(&c, r->p, r->left);

    rd_require(r, n > 0);
    (void)rd_bytes(r, n);
    return c;
}

static bool
is_separator(uint32_t c)
{
    return (chars_flags(c) & CHARS_SEPARATOR) != 0;
}

static void
part_add(struct part *p, uint32_t c)
{
    int digit = chars_digit(c);

    p->digit_first = p->chars == 0 ? digit >= 0 : p->digit_first;
    p->chars++;
    if (digit >= 0 && p->digits < GROUP_LEN) {
        p->number = p->number * 10 + (unsigned)digit;
    }
    p->digits += digit >= 0;
}

/* Is it the n that a list has before its nth line, as in "1." or "2)"? */
static bool
part_is_numbering(const struct part *p, size_t n)
{
    return p->digits == p->chars && p->digits <= NUMBERING_MAX &&
           p->digits > 0 && p->number == n;
}

/* The next part; false at the end, or where it is no UTF-8. */
static bool
next_part(struct part *p, struct reader *r)
{
    memset(p, 0, sizeof *p);
    while (r->left > 0) {
        uint32_t c = next_char(r);

        if (r->rc != RC_OK || (is_separator(c) && p->chars > 0)) {
            break;
        }
        if (!is_separator(c)) {
            part_add(p, c);
        }
    }
    return p->chars > 0;
}

/* Is it a list of ten groups of four digits, numbered 1 to 10? */
static bool
has_numbered_groups(struct reader r)
{
    struct part p;

    for (size_t i = 1; i <= GROUPS; i++) {
        if (!next_part(&p, &r) || !part_is_numbering(&p, i) ||
            !next_part(&p, &r) || p.chars != GROUP_LEN ||
            p.digits != GROUP_LEN) {
            return false;
        }
    }
    return !next_part(&p, &r) && r.rc == RC_OK;
}

/* The four bits of checksum that follow the 128 bits of a code. */
static uint8_t
checksum(const uint8_t code[static CODE_LEN])
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    uint8_t bits;

    (void)crypto_hash_sha256(hash, code, CODE_LEN);
    bits = (uint8_t)(hash[0] >> 4);
    sodium_memzero(hash, sizeof hash);
    return bits;
}

bool
code_is_drawn(const uint8_t code[static CODE_LEN])
{
    return !sodium_is_zero(code, CODE_LEN);
}

void
code_words(char out[static CODE_WORDS_TEXT_MAX],
           const uint8_t code[static CODE_LEN])
{
    uint32_t held = 0; /* bits not yet used, the lowest n of it */
    unsigned n = 0;
    char *p = out;

    for (size_t i = 0; i <= CODE_LEN; i++) {
        held = i < CODE_LEN ? held << 8 | code[i] : held << 4 | checksum(code);
        n += i < CODE_LEN ? 8 : 4;
        if (n >= WORD_BITS) {
            const char *word;

            n -= WORD_BITS;
            word = bip39_english[held >> n & (BIP39_WORDS - 1)];
            if (p != out) {
                *p++ = ' ';
            }
            memcpy(p, word, strlen(word) + 1);
            p += strlen(word);
        }
    }
    sodium_memzero(&held, sizeof held);
}

void
code_digits(char out[static CODE_DIGITS_TEXT_LEN + 1],
            const uint8_t code[static CODE_LEN])
{
    uint8_t number[NUMBER_LEN] = {0};
    unsigned carry = 0;

    for (size_t i = CODE_LEN; i > 0; i--) {
        carry += code[i - 1] * CHECK_FACTOR;
        number[i] = (uint8_t)(carry & 0xff);
        carry >>= 8;
    }
    number[0] = (uint8_t)carry;
    out[CODE_DIGITS_TEXT_LEN] = '\0';
    for (size_t at = CODE_DIGITS_TEXT_LEN; at > 0; at--) {
        unsigned rest = 0;

        if (at % 5 == 0) {
            out[at - 1] = ' ';
            continue;
        }
        for (size_t i = 0; i < NUMBER_LEN; i++) {
            rest = rest << 8 | number[i];
            number[i] = (uint8_t)(rest / 10);
            rest %= 10;
        }
        out[at - 1] = (char)('0' + rest);
    }
    sodium_memzero(number, sizeof number);
}

/* number = 10 x number + digit; false when it does not fit. */
static bool
number_push(uint8_t number[static NUMBER_LEN], unsigned digit)
{
    unsigned carry = digit;

    for (size_t i = NUMBER_LEN; i > 0; i--) {
        carry += number[i - 1] * 10u;
        number[i - 1] = (uint8_t)(carry & 0xff);
        carry >>= 8;
    }
    return carry == 0;
}

/* Leaves number / 29; false if there is a rest or it has over 128 bits. */
static bool
number_divide(uint8_t number[static NUMBER_LEN])
{
    unsigned rest = 0;

    for (size_t i = 0; i < NUMBER_LEN; i++) {
        rest = rest << 8 | number[i];
        number[i] = (uint8_t)(rest / CHECK_FACTOR);
        rest %= CHECK_FACTOR;
    }
    return rest == 0 && number[0] == 0;
}

static enum rc
parse_digits(uint8_t out[static CODE_LEN], struct code_error *err,
             struct reader *r)
{
    uint8_t number[NUMBER_LEN] = {0};
    const bool numbered = has_numbered_groups(*r);
    bool inside = false; /* a part */
    unsigned parts = 0;

    err->digits = true;
    while (r->left > 0) {
        uint32_t c = next_char(r);
        int digit = r->rc == RC_OK ? chars_digit(c) : -1;

        parts += digit >= 0 && !inside;
        inside = digit >= 0;
        if (digit >= 0 && numbered && parts % 2 == 1) {
            continue;
        }
        if (digit >= 0) {
            err->count++;
            if (err->count <= CODE_DIGITS) {
                (void)number_push(number, (unsigned)digit);
            }
        } else if (r->rc != RC_OK || !is_separator(c)) {
            err->what = CODE_CHARACTER;
            break;
        }
    }
    if (r->rc != RC_OK) {
        err->what = CODE_CHARACTER;
    } else if (err->what == CODE_NO_ERROR && err->count != CODE_DIGITS) {
        err->what = CODE_COUNT;
    } else if (err->what == CODE_NO_ERROR &&
               (!number_divide(number) || !code_is_drawn(number + 1))) {
        err->what = CODE_CHECKSUM;
    }
    if (err->what == CODE_NO_ERROR) {
        memcpy(out, number + 1, CODE_LEN);
    }
    sodium_memzero(number, sizeof number);
    return err->what == CODE_NO_ERROR ? RC_OK : RC_FORMAT;
}

/* The index of a word or of its first four letters or more; -1. */
static int
index_of(const char *letters, size_t n)
{
    int low = 0, high = BIP39_WORDS;
    const char *word;

    if (n == 0 || n > BIP39_WORD_MAX) {
        return -1;
    }
    while (low < high) {
        int middle = low + (high - low) / 2;

        if (strncmp(bip39_english[middle], letters, n) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    word = low < BIP39_WORDS ? bip39_english[low] : "";
    return strncmp(word, letters, n) == 0 &&
                   (n >= PREFIX_LEN || word[n] == '\0')
               ? low
               : -1;
}

bool
code_is_word(const char *part)
{
    return index_of(part, strlen(part)) >= 0;
}

static int
lookup(const struct typed *t)
{
    return t->letter[0] == '\0' ? index_of(t->word, t->letters) : -1;
}

/*
 * Letters added, left out, changed, or swapped with their neighbour, to make
 * b out of a.
 */
static unsigned
distance(const char *a, const char *b)
{
    unsigned d[HINT_TYPED_MAX + 1][BIP39_WORD_MAX + 1];
    size_t n = strlen(a), m = strlen(b);

    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            unsigned best;

            if (i == 0 || j == 0) {
                d[i][j] = (unsigned)(i + j);
                continue;
            }
            best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
            best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best) {
                best = d[i - 2][j - 2] + 1;
            }
            d[i][j] = best;
        }
    }
    return d[n][m];
}

/* The only word with these first n letters, or "". */
static const char *
only_beginning(const char *letters, size_t n)
{
    const char *found = "";

    for (size_t i = 0; i < BIP39_WORDS; i++) {
        if (strncmp(bip39_english[i], letters, n) == 0) {
            if (*found != '\0') {
                return "";
            }
            found = bip39_english[i];
        }
    }
    return found;
}

/* The nearest word, "" if two are equally near; the first letter counts for
 * half a mistake more. */
static const char *
nearest_to(const char *letters)
{
    unsigned least = 2 * HINT_DISTANCE_MAX + 2;
    const char *found = "";

    for (size_t i = 0; i < BIP39_WORDS; i++) {
        unsigned d = distance(letters, bip39_english[i]);

        if (d > HINT_DISTANCE_MAX || d + 1 >= strlen(letters)) {
            continue;
        }
        d = 2 * d + (bip39_english[i][0] != letters[0]);
        if (d <= least) {
            found = d < least ? bip39_english[i] : "";
            least = d;
        }
    }
    return found;
}

/* The word that was likely meant, "" if there is no telling. */
static const char *
likely(const struct typed *t)
{
    const char *word = "";

    if (t->letter[0] == '\0' && t->letters > 1) {
        word = only_beginning(t->word, t->letters);
        if (*word == '\0') {
            word = t->letters <= HINT_TYPED_MAX
                       ? nearest_to(t->word)
                       : only_beginning(t->word, PREFIX_LEN);
        }
    }
    return word;
}

/* A code point as an error may show it. Returns its bytes. */
static size_t
shown(char out[static SHOWN_MAX], const uint8_t *bytes, size_t n)
{
    struct shown s;

    shown_init(&s, (const char *)bytes, n, false);
    return shown_next(out, &s);
}

/* Adds a code point, or nothing from the first one on that does not fit. */
static void
show(struct typed *t, const uint8_t *bytes, size_t n)
{
    char text[SHOWN_MAX];

    n = shown(text, bytes, n);
    if (t->shown_full || n >= sizeof t->shown - t->shown_len) {
        t->shown_full = true;
        return;
    }
    memcpy(t->shown + t->shown_len, text, n);
    t->shown_len += n;
}

/* Adds a code point to a word, as the letters that it is read as. */
static void
add(struct typed *t, uint32_t c, const uint8_t *bytes, size_t n)
{
    char letters[CHARS_FOLD_MAX];

    show(t, bytes, n);
    if (!chars_fold(letters, c)) {
        if (t->letter[0] == '\0') {
            (void)shown(t->letter, bytes, n);
        }
        return;
    }
    for (const char *p = letters; *p != '\0'; p++) {
        if (t->letters < TYPED_MAX) {
            t->word[t->letters] = *p;
        }
        t->letters++;
    }
}

/* The next word; RC_MISSING at the end, RC_FORMAT for bytes not UTF-8. */
static enum rc
next_word(struct typed *t, struct reader *r)
{
    memset(t, 0, sizeof *t);
    while (r->left > 0) {
        const uint8_t *start = r->p;
        uint32_t c = next_char(r);

        if (r->rc != RC_OK) {
            return RC_FORMAT;
        }
        if (!is_separator(c)) {
            add(t, c, start, (size_t)(r->p - start));
            part_add(&t->part, c);
        } else if (t->letters > 0 || t->letter[0] != '\0') {
            break;
        } else {
            memset(&t->part, 0, sizeof t->part); /* an accent alone */
        }
    }
    return t->letters > 0 || t->letter[0] != '\0' ? RC_OK : RC_MISSING;
}

static enum rc
parse_words(uint8_t out[static CODE_LEN], struct code_error *err,
            struct reader *r)
{
    uint8_t code[CODE_LEN + 1] = {0}; /* with the checksum's bits */
    struct typed t;
    enum rc rc;

    while ((rc = next_word(&t, r)) == RC_OK) {
        size_t bit = err->count * WORD_BITS;
        int index = err->count < CODE_WORDS ? lookup(&t) : 0;

        if (part_is_numbering(&t.part, err->count + 1)) {
            continue;
        }
        err->count++;
        if (index < 0 && err->what == CODE_NO_ERROR) {
            err->what = t.letter[0] != '\0' ? CODE_LETTER : CODE_WORD;
            err->position = err->count;
            memcpy(err->word, t.shown, sizeof err->word);
            memcpy(err->letter, t.letter, sizeof err->letter);
            (void)snprintf(err->hint, sizeof err->hint, "%.8s", likely(&t));
        }
        for (size_t i = 0; index > 0 && i < WORD_BITS; i++, bit++) {
            unsigned one = (unsigned)index >> (WORD_BITS - 1 - i) & 1;

            code[bit / 8] |= (uint8_t)(one << (7 - bit % 8));
        }
    }
    if (rc == RC_FORMAT) {
        err->what = CODE_CHARACTER;
    } else if (err->what == CODE_NO_ERROR && err->count != CODE_WORDS) {
        err->what = CODE_COUNT;
    } else if (err->what == CODE_NO_ERROR &&
               (code[CODE_LEN] >> 4 != checksum(code) ||
                !code_is_drawn(code))) {
        err->what = CODE_CHECKSUM;
    }
    if (err->what == CODE_NO_ERROR) {
        memcpy(out, code, CODE_LEN);
    }
    sodium_memzero(code, sizeof code);
    sodium_memzero(&t, sizeof t);
    return err->what == CODE_NO_ERROR ? RC_OK : RC_FORMAT;
}

/* Digits, or words? These may be a list, whose first line begins with "1". */
static bool
is_of_digits(struct reader r)
{
    struct part first, then;

    if (!next_part(&first, &r) || !first.digit_first) {
        return false;
    }
    return !part_is_numbering(&first, 1) || !next_part(&then, &r) ||
           then.digit_first;
}

enum rc
code_parse(uint8_t out[static CODE_LEN], struct code_error *err, const char *in,
           size_t len)
{
    struct reader r;
    enum rc rc;

    memset(out, 0, CODE_LEN);
    memset(err, 0, sizeof *err);
    rd_init(&r, (const uint8_t *)in, len);
    if (is_of_digits(r)) {
        rc = parse_digits(out, err, &r);
    } else {
        rc = parse_words(out, err, &r);
    }
    if (rc == RC_OK) {
        memset(err, 0, sizeof *err);
    }
    return rc;
}

bool
code_part(char out[static CODE_PART_MAX], const char *in, size_t len)
{
    struct reader r;
    size_t n = 0;

    memset(out, 0, CODE_PART_MAX);
    rd_init(&r, (const uint8_t *)in, len);
    while (r.left > 0) {
        char read[CHARS_FOLD_MAX] = {0};
        uint32_t c = next_char(&r);
        int digit = chars_digit(c);

        if (digit >= 0) {
            read[0] = (char)('0' + digit);
        } else if (r.rc != RC_OK ||
                   (!is_separator(c) && !chars_fold(read, c))) {
            return false;
        }
        if (strlen(read) >= CODE_PART_MAX - n) {
            return false;
        }
        memcpy(out + n, read, strlen(read));
        n += strlen(read);
    }
    return true;
}
