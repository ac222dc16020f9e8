/* SPDX-License-Identifier: ISC */
#include "shown.h"

#include "chars.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

#define ZERO_WIDTH_SPACE 0x200b
#define NON_JOINER       0x200c
#define JOINER           0x200d
#define ISOLATE_FIRST    0x2066 /* three kinds of beginning */
#define ISOLATE_END      0x2069
#define KEYCAP           0x20e3
#define TEXT_STYLE       0xfe0e
#define EMOJI_STYLE      0xfe0f
#define BLACK_FLAG       0x1f3f4
#define TAG_FIRST        0xe0020
#define TAG_END          0xe007f
#define FLAG_TAGS_MIN    3 /* a country and a part of it, as gbeng */
#define FLAG_TAGS_MAX    6

static bool
opens_isolate(uint32_t c)
{
    return c >= ISOLATE_FIRST && c < ISOLATE_END;
}

/* Looks over the line that begins at p, for its isolates. */
static void
look_over_line(struct shown *s)
{
    size_t depth = 0, too_deep = 0, n;
    uint32_t c;

    for (size_t at = 0; at < s->left && !(s->lines && s->p[at] == '\n');
         at += n > 0 ? n : 1) {
        n = utf8_next(&c, s->p + at, s->left - at);
        if (opens_isolate(c) && depth == SHOWN_DEEP) {
            too_deep++;
        } else if (opens_isolate(c)) {
            s->opens[depth++] = s->p + at;
        } else if (c == ISOLATE_END && too_deep > 0) {
            too_deep--;
        } else if (c == ISOLATE_END && depth > 0) {
            depth--;
        }
    }
    s->unclosed = depth;
    s->depth = 0;
    s->too_deep = 0;
    s->before = 0;
    s->varied = false;
    s->tags = 0;
}

void
shown_init(struct shown *s, const char *text, size_t len, bool lines)
{
    memset(s, 0, sizeof *s);
    s->p = (const uint8_t *)text;
    s->left = len;
    s->lines = lines;
    s->isolates = true;
    look_over_line(s);
}

/* Is the isolate at p one of a pair within its line? Steps in or out. */
static bool
isolate_fits(struct shown *s, uint32_t c)
{
    if (opens_isolate(c)) {
        if (s->depth == SHOWN_DEEP) {
            s->too_deep++;
            return false;
        }
        s->as_is[s->depth] = s->isolates && (s->depth >= s->unclosed ||
                                             s->p != s->opens[s->depth]);
        return s->as_is[s->depth++];
    }
    if (s->too_deep > 0) {
        s->too_deep--;
        return false;
    }
    return s->depth > 0 && s->as_is[--s->depth];
}

/* The tag characters after a black flag at p that make it another flag. */
static size_t
tags_of_flag(const uint8_t *p, size_t left)
{
    size_t tags = 0, n;
    uint32_t c;

    while ((n = utf8_next(&c, p, left)) > 0) {
        uint32_t ascii = c - TAG_FIRST + 0x20;

        if (c == TAG_END) {
            return tags >= FLAG_TAGS_MIN ? tags + 1 : 0;
        }
        if (c < TAG_FIRST || tags == FLAG_TAGS_MAX ||
            !((ascii >= '0' && ascii <= '9') ||
              (ascii >= 'a' && ascii <= 'z'))) {
            return 0;
        }
        tags++;
        p += n;
        left -= n;
    }
    return 0;
}

static bool
is_keycap(uint32_t c)
{
    return (c >= '0' && c <= '9') || c == '#' || c == '*';
}

/* Does writing need this character, that is not seen, between these two? */
static bool
is_needed(struct shown *s, uint32_t c, uint32_t after)
{
    unsigned before = s->before != 0 ? chars_flags(s->before) : 0;
    unsigned next = chars_flags(after);

    switch (c) {
    case ZERO_WIDTH_SPACE:
        return (before & next & CHARS_SPACELESS) != 0;
    case NON_JOINER:
    case JOINER:
        return (before & next & CHARS_JOINING) != 0 ||
               (before & CHARS_VIRAMA) != 0 ||
               (c == JOINER && (before & next & CHARS_EMOJI) != 0);
    case TEXT_STYLE:
    case EMOJI_STYLE:
        return !s->varied && ((before & CHARS_EMOJI) != 0 ||
                              (is_keycap(s->before) && after == KEYCAP));
    default:
        return s->tags > 0;
    }
}

/* A character that is not seen: may it stand as it is? */
static bool
hidden_fits(struct shown *s, uint32_t c, const uint8_t *rest, size_t left)
{
    uint32_t after;

    if (opens_isolate(c) || c == ISOLATE_END) {
        return isolate_fits(s, c);
    }
    (void)utf8_next(&after, rest, left);
    return is_needed(s, c, after);
}

/* What comes next is judged by what this one was. */
static void
remember(struct shown *s, uint32_t c, bool as_is, const uint8_t *rest,
         size_t left)
{
    if (s->tags > 0) {
        s->tags--;
    } else if (as_is && c == BLACK_FLAG) {
        s->tags = tags_of_flag(rest, left);
    }
    s->varied = as_is && (c == TEXT_STYLE || c == EMOJI_STYLE);
    if (!s->varied) {
        s->before = as_is ? c : 0;
    }
}

size_t
shown_next(char out[static SHOWN_MAX], struct shown *s)
{
    uint32_t c = 0;
    size_t n;
    bool as_is;

    if (s->left == 0) {
        return 0;
    }
    if (s->lines && *s->p == '\n') {
        s->p++;
        s->left--;
        look_over_line(s);
        memcpy(out, "\n", 2);
        return 1;
    }
    n = utf8_next(&c, s->p, s->left);
    as_is = n > 0 && ((chars_flags(c) & CHARS_HIDDEN) == 0 ||
                      hidden_fits(s, c, s->p + n, s->left - n));
    if (as_is) {
        memcpy(out, s->p, n);
        out[n] = '\0';
    } else if (n == 0 || c < 0x80) {
        n = 1;
        (void)snprintf(out, SHOWN_MAX, "\\x%02x", *s->p);
    } else {
        (void)snprintf(out, SHOWN_MAX, "\\u{%04x}", (unsigned)c);
    }
    remember(s, c, as_is, s->p + n, s->left - n);
    s->p += n;
    s->left -= n;
    return strlen(out);
}
