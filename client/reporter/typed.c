/* SPDX-License-Identifier: ISC */
#include "typed.h"

#include <stdlib.h>
#include <string.h>

#include "chars.h"
#include "cli.h"
#include "utf8.h"

#define WORD_MAX   64
#define DIGITS_MAX 5

/* English, French, Spanish, Portuguese, Arabic, Bengali, Hindi, Indonesian,
 * Russian, Turkish, Burmese (in Zawgyi, too), Filipino; in Latin letters where
 * people write them so. Case and accents don't matter where letters are
 * Latin. No short form of one language is the opposite in another. */
static const char yes_words[] =
    "y yes yeah yep yup ok okay sure "
    "o oui ouais s si claro sim "
    "نعم ن أجل اجل ايوه أيوه ايوة أيوة اي إي naam aywa "
    "হ্যাঁ হ্যা হাঁ হা জি জী জ্বি জ্বী ha haa hya hae ji "
    "हाँ हां हा जी haan han "
    "ya iya "
    "да Да ДА д Д ага Ага da "
    "e evet "
    "ဟုတ်ကဲ့ ဟုတ် ဟုတ်တယ် ဟုတ်ပါတယ် ဟုတ္ကဲ့ ဟုတ္ "
    "oo opo";
static const char no_words[] = "n no nope nah "
                               "non nao "
                               "لا ل لأ كلا la "
                               "না নাহ na "
                               "नहीं नही ना nahin nahi "
                               "tidak t tak bukan nggak gak "
                               "нет Нет НЕТ н Н net "
                               "h hayir yok "
                               "မဟုတ်ဘူး မဟုတ်ပါဘူး မဟုတ် မရှိဘူး မရှိ မဟုတ္ဘူး "
                               "hindi wala";

/* The next code point, or a byte that is none as itself. */
static size_t
next_char(uint32_t *c, const char *text, size_t len)
{
    size_t n = utf8_next(c, (const uint8_t *)text, len);

    if (n == 0 && len > 0) {
        *c = 0xfffd;
        n = 1;
    }
    return n;
}

/* White space; marks of direction and joiners come with it. */
static bool
is_space(uint32_t c)
{
    const unsigned both = CHARS_SEPARATOR | CHARS_HIDDEN;

    return c == ' ' || c == 0xa0 || c == 0x2009 || c == 0x202f || c == 0x3000 ||
           (chars_flags(c) & both) == both;
}

/*
 * The next word, without punctuation around and signs that are not seen in it,
 * in small letters without accents where they are Latin. Empty at the end.
 */
static size_t
next_word(char out[static WORD_MAX], const char *text, size_t len)
{
    size_t at = 0, used = 0, n;
    uint32_t c;

    for (; (n = next_char(&c, text + at, len - at)) > 0; at += n) {
        char letters[CHARS_FOLD_MAX];
        unsigned flags = chars_flags(c);
        const char *from = text + at;
        size_t bytes = n;

        if ((flags & CHARS_HIDDEN) != 0 && c >= 0x80) {
            continue;
        }
        if ((flags & CHARS_SEPARATOR) != 0) {
            if (used > 0) {
                break;
            }
            continue;
        }
        if (chars_fold(letters, c)) {
            from = letters;
            bytes = strlen(letters);
        }
        if (bytes < WORD_MAX - used) {
            memcpy(out + used, from, bytes);
            used += bytes;
        }
    }
    out[used] = '\0';
    return at;
}

static bool
is_among(const char *word, const char *words)
{
    char one[WORD_MAX];
    size_t left = strlen(words);

    while (left > 0) {
        size_t n = next_word(one, words, left);

        if (*one != '\0' && strcmp(one, word) == 0) {
            return true;
        }
        words += n;
        left -= n;
    }
    return false;
}

/* Is every word one of these, and is there one? */
static bool
says(const char *text, const char *words, const char *translated)
{
    char word[WORD_MAX];
    size_t left = strlen(text);
    bool any = false;

    while (left > 0) {
        size_t n = next_word(word, text, left);

        if (*word != '\0') {
            if (!is_among(word, words) && !is_among(word, translated)) {
                return false;
            }
            any = true;
        }
        text += n;
        left -= n;
    }
    return any;
}

bool
typed_yes(const char *text)
{
    /* For translators: the ways to type it, with spaces between. */
    return says(text, yes_words, _("yes"));
}

bool
typed_no(const char *text)
{
    return says(text, no_words, _("no"));
}

unsigned long
typed_number(const char *word, size_t len)
{
    unsigned long v = 0;
    size_t digits = 0, n;
    uint32_t c;

    for (; (n = next_char(&c, word, len)) > 0; word += n, len -= n) {
        int digit = chars_digit(c);

        if (digit < 0 || ++digits > DIGITS_MAX) {
            return 0;
        }
        v = v * 10 + (unsigned long)digit;
    }
    return v;
}

size_t
typed_item(const char **line, bool spaces)
{
    const char *p = *line;
    size_t left = strlen(p), at = 0, end = 0, n;
    uint32_t c;

    while ((n = next_char(&c, p, left)) > 0 &&
           (is_space(c) || (chars_flags(c) & CHARS_COMMA) != 0)) {
        p += n;
        left -= n;
    }
    *line = p;
    while ((n = next_char(&c, p + at, left - at)) > 0 &&
           (chars_flags(c) & CHARS_COMMA) == 0 && !(spaces && is_space(c))) {
        at += n;
        end = is_space(c) ? end : at;
    }
    return end;
}

void
typed_digits(char *out, size_t cap, const char *text, size_t len)
{
    size_t used = 0, n;
    uint32_t c;

    for (; (n = next_char(&c, text, len)) > 0; text += n, len -= n) {
        int digit = chars_digit(c);
        char ascii = (char)('0' + digit);

        if ((digit >= 0 ? 1 : n) >= cap - used) {
            break;
        }
        memcpy(out + used, digit >= 0 ? &ascii : text, digit >= 0 ? 1 : n);
        used += digit >= 0 ? 1 : n;
    }
    out[used] = '\0';
}
