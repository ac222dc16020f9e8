/* SPDX-License-Identifier: ISC */
/*
 * What a signer sees: no two different notes look the same, and of every
 * single thing that is changed the difference names the field and both values.
 */
#include "diff.h"
#include "show.h"

#include "sample.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TODAY    20780
#define MANY     1024
#define L55      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID(c)    c c c c c c c c c c c c c c c c
#define UNLISTED ID("fffe")

/* One of the three kinds of notes. */
struct any {
    struct root root;
    struct directory *directory;
    struct doors *doors;
};

static void
any_free(struct any *n)
{
    directory_free(n->directory);
    free(n->doors);
    free(n);
}

/* NULL for what is none. */
static struct any *
parse(const char *text)
{
    struct any *n = calloc(1, sizeof *n);
    size_t len = strlen(text);
    enum rc rc;

    assert_non_null(n);
    if (strncmp(text, "tocsin-root", 11) == 0) {
        rc = root_parse(&n->root, text, len);
    } else if (strncmp(text, "tocsin-doors", 12) == 0) {
        rc = doors_parse(&n->doors, text, len);
    } else {
        rc = directory_parse(&n->directory, text, len);
    }
    if (rc != RC_OK) {
        any_free(n);
        return NULL;
    }
    return n;
}

/* The screen of one note. */
static char *
screen(const char *text)
{
    struct any *n = parse(text);
    char *out;
    size_t len;
    FILE *f = open_memstream(&out, &len);

    assert_non_null(n);
    assert_non_null(f);
    if (n->directory != NULL) {
        show_directory(f, n->directory);
    } else if (n->doors != NULL) {
        show_doors(f, n->doors);
    } else {
        show_root(f, &n->root);
    }
    assert_int_equal(fclose(f), 0);
    any_free(n);
    return out;
}

/* What is said of a change, and how many differences that is. */
static char *
change(unsigned *count, const char *before, const char *now)
{
    struct any *a = parse(before), *b = parse(now);
    char *out;
    size_t len;
    FILE *f = open_memstream(&out, &len);

    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(f);
    *count = a->directory != NULL
                 ? diff_directory(f, a->directory, b->directory)
             : a->doors != NULL ? diff_doors(f, a->doors, b->doors)
                                : diff_root(f, &a->root, &b->root);
    assert_int_equal(fclose(f), 0);
    any_free(a);
    any_free(b);
    return out;
}

/* The text of the sample directory, and what it lacks: a second board for
 * reports, revocations of somebody listed and of somebody who is not. */
static char *
directory_text(void)
{
    struct directory *d;
    char *text, *out, hex[65];
    struct sample s;
    size_t len;
    int n;

    sample_init(&s);
    d = sample_directory(&s, 3, TODAY);
    assert_int_equal(directory_write(&text, &len, d), RC_OK);
    directory_free(d);
    out = sample_replace(text, len, "board 1 4096 30 2 32 2\n",
                         "board 1 4096 30 2 32 2\nboard 2 4096 60 2 32 2\n",
                         &len);
    free(text);
    text = out;
    (void)sodium_bin2hex(hex, sizeof hex, s.org_ids[1], 32);
    n = asprintf(&out, "%.*srevoked %s 20000\nrevoked %s 20001\n", (int)len,
                 text, hex, UNLISTED);
    assert_true(n > 0);
    free(text);
    return out;
}

static char *
root_text(void)
{
    struct sample s;
    char *text, *out;
    size_t len;

    sample_init(&s);
    s.root.version = 2;
    assert_int_equal(root_write(&text, &len, &s.root), RC_OK);
    out = strndup(text, len);
    free(text);
    return out;
}

static char *
doors_text(void)
{
    return strdup(
        "tocsin-doors v3\nissued 20779\n"
        "door " ID(
            "0a0a") " http://" L55 "d.onion\n"
                    "door " ID(
                        "0b0b") " http://" L55 "d.onion\n"
                                "desk " ID(
                                    "0c0c") " CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
                                            "desk " ID(
                                                "0d0d") " CgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
}

/* What the difference says where this field of such a line is another. */
static const struct expected {
    const char *kind;
    unsigned field, last;
    const char *said;
} expected[] = {
    {"tocsin-", 1, 1, "version: "},
    {"issued", 1, 1, "issued on: "},
    {"expires", 1, 1, "expires on: "},
    {"retention", 1, 1, "days that pages and drops are kept: "},
    {"page", 1, 1, "hash of the web page\n"},
    {"board", 1, 1, "NEW board\n"},
    {"board", 2, 6, "board changed, before and now\n"},
    {"relay", 1, 1, "NEW relay\n"},
    {"relay", 2, 2, "KEY OF relay "},
    {"relay", 3, 3, ": closing on "},
    {"relay", 4, 4, "addresses of relay "},
    {"org", 1, 1, "NEW organisation\n"},
    {"org", 2, 2, "KEY OF "},
    {"org", 3, 3, "board of "},
    {"org", 4, 4, "kind of "},
    {"org", 5, 5, "countries of "},
    {"org", 6, 6, "sectors of "},
    {"org", 7, 7, "languages of "},
    {"org", 8, 8, "codes of "},
    {"org", 9, 12, "ANOTHER name for an organisation\n"},
    {"revoked", 1, 2, "REVOKED: "},
    {"threshold", 1, 1, "how many must sign: "},
    {"key", 1, 1, "signer "},
    {"key", 2, 2, "KEY OF "},
    {"door", 1, 1, "NEW door\n"},
    {"door", 2, 2, "address of the door of relay "},
    {"desk", 1, 1, "NEW desk\n"},
    {"desk", 2, 2, "KEY OF the desk of "},
};

static const char *
said_of(const char *line, unsigned field)
{
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct expected *e = &expected[i];

        if (strncmp(line, e->kind, strlen(e->kind)) == 0 && field >= e->field &&
            field <= e->last) {
            return e->said;
        }
    }
    fail_msg("nothing is expected of field %u of %s", field, line);
    return NULL;
}

/* Only one value of it can stand there: the size of entries, and the number
 * of a board that is needed. */
static bool
is_fixed(const char *line, unsigned field)
{
    return (strncmp(line, "board ", 6) == 0 && field == 2) ||
           (strncmp(line, "board 2", 7) != 0 &&
            strncmp(line, "board ", 6) == 0 && field == 1);
}

/* The text with the n bytes at p replaced. */
static char *
with(const char *text, const char *p, size_t n, const char *now)
{
    char *out;

    assert_true(asprintf(&out, "%.*s%s%s", (int)(p - text), text, now, p + n) >
                0);
    return out;
}

/* Another value for a field, the nth of a few; false when there are no more.
 * Most don't parse where they don't belong. */
static bool
other_value(char out[static 256], const char *field, size_t n, unsigned nth)
{
    static const char *const ends[] = {"0", "1", "2", "x", "e.onion"};
    static const char *const whole[] = {"-", "open", "21001", "21002", "xx"};
    unsigned long long number = strtoull(field + (*field == 'v'), NULL, 10);

    if (nth < 3) {
        (void)snprintf(out, 256, "%s%llu", *field == 'v' ? "v" : "",
                       nth < 2 ? number + nth + 1 : 2 * number);
    } else if (nth < 8) { /* another end of the same length, or a longer */
        (void)snprintf(out, 256, "%.*s%s",
                       (int)(n - (nth == 7   ? 7
                                  : nth == 6 ? 0
                                             : 1)),
                       field, ends[nth - 3]);
    } else if (nth < 11) { /* another beginning */
        (void)snprintf(out, 256, "%c%.*s", "BCD"[nth - 8], (int)n - 1,
                       field + 1);
    } else if (nth < 16) {
        (void)snprintf(out, 256, "%s", whole[nth - 11]);
    } else {
        return false;
    }
    return true;
}

struct seen {
    char *text[MANY], *screen[MANY], *change[MANY];
    size_t n;
};

static void
seen_free(struct seen *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->text[i]);
        free(s->screen[i]);
        free(s->change[i]);
    }
    free(s);
}

/* Notes a variant: its difference is not nothing, and says that. */
static void
see(struct seen *s, const char *base, char *text, const char *said)
{
    unsigned count;
    char *c;

    assert_true(s->n < MANY);
    c = change(&count, base, text);
    if (count == 0 || (said != NULL && strstr(c, said) == NULL)) {
        fail_msg("not said: %s\nof\n%s\nin\n%s", said, text, c);
    }
    s->text[s->n] = text;
    s->screen[s->n] = screen(text);
    s->change[s->n++] = c;
}

/* A field in all its other values. */
static void
vary(struct seen *s, const char *base, const char *line, const char *field,
     size_t len, unsigned index)
{
    char value[256];
    size_t found = 0;

    for (unsigned nth = 0; other_value(value, field, len, nth); nth++) {
        char *text = with(base, field, len, value);
        struct any *n = strcmp(text, base) == 0 ? NULL : parse(text);

        if (n == NULL) {
            free(text);
            continue;
        }
        any_free(n);
        found++;
        if (is_fixed(line, index)) {
            fail_msg("is not fixed: %s", line);
        }
        see(s, base, text,
            index == 3 && strcmp(value, "open") == 0 ? NULL
                                                     : said_of(line, index));
    }
    if (found == 0 && !is_fixed(line, index)) {
        fail_msg("no other value for field %u of %s", index, line);
    }
}

/* All variants of one field, and those that lack a line. */
static struct seen *
all_variants(const char *base)
{
    struct seen *s = calloc(1, sizeof *s);

    assert_non_null(s);
    for (const char *line = base; *line != 0; line = strchr(line, '\n') + 1) {
        const char *end = strchr(line, '\n'), *p = line;
        char *text = with(base, line, (size_t)(end + 1 - line), "");
        struct any *n = parse(text);

        if (n != NULL) {
            any_free(n);
            see(s, base, text, NULL);
        } else {
            free(text);
        }
        for (unsigned i = 0; p < end; i++) {
            size_t len = strcspn(p, " \n");

            if (i > 0) {
                vary(s, base, line, p, len, i);
            }
            p += len + 1;
        }
    }
    return s;
}

/* No two variants have the same screen or the same difference. */
static void
all_differ(const char *base)
{
    struct seen *s = all_variants(base);
    char *first = screen(base);

    for (size_t i = 0; i < s->n; i++) {
        assert_string_not_equal(s->screen[i], first);
        for (size_t k = i + 1; k < s->n; k++) {
            if (strcmp(s->text[i], s->text[k]) != 0) {
                assert_string_not_equal(s->screen[i], s->screen[k]);
                assert_string_not_equal(s->change[i], s->change[k]);
            }
        }
    }
    print_message("%zu variants\n", s->n);
    free(first);
    seen_free(s);
}

static void
every_change_of_a_directory_is_seen(void **state)
{
    char *base = directory_text();

    (void)state;
    all_differ(base);
    free(base);
}

static void
every_change_of_a_root_is_seen(void **state)
{
    char *base = root_text();

    (void)state;
    all_differ(base);
    free(base);
}

static void
every_change_of_doors_is_seen(void **state)
{
    char *base = doors_text();

    (void)state;
    all_differ(base);
    free(base);
}

static void
nothing_changed_is_nothing_said(void **state)
{
    char *bases[] = {directory_text(), root_text(), doors_text()};
    unsigned count;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *c = change(&count, bases[i], bases[i]);

        assert_int_equal(count, 0);
        assert_string_equal(c, "");
        free(c);
        free(bases[i]);
    }
}

/* The text with two words changed for each other. */
static char *
swapped(const char *text, const char *x, const char *y)
{
    size_t len;
    char *a = sample_replace(text, strlen(text), x, "@", &len);
    char *b = sample_replace(a, len, y, x, &len);
    char *c = sample_replace(b, len, "@", y, &len);

    free(a);
    free(b);
    return c;
}

static void
key_of(char out[static 48], const uint8_t pk[static 32])
{
    (void)sodium_bin2base64(out, 48, pk, 32, sodium_base64_VARIANT_ORIGINAL);
}

/* The first line of the difference, and something else in it. */
static void
says(const char *before, const char *now, const char *first, const char *also)
{
    unsigned count;
    char *c = change(&count, before, now);
    char *x = screen(before), *y = screen(now);

    assert_true(count > 0);
    assert_string_not_equal(x, y);
    if (strncmp(c, first, strlen(first)) != 0 || strstr(c, also) == NULL) {
        fail_msg("not first %s and then %s:\n%s", first, also, c);
    }
    free(x);
    free(y);
    free(c);
}

/* This was the same to the byte on the second signer's screen. */
static void
swapped_keys_come_first(void **state)
{
    char *base = directory_text(), *now, x[48], y[48], line[80];
    struct directory *d;
    struct sample s;

    (void)state;
    sample_init(&s);
    d = sample_directory(&s, 1, TODAY);
    key_of(x, s.orgs[0].pk);
    key_of(y, s.orgs[2].pk);
    now = swapped(base, x, y);
    (void)snprintf(line, sizeof line, "KEY OF %s CHANGED\n", d->orgs[0].name);
    says(base, now, line, "KEY OF Legal Aid CHANGED\n");
    free(now);
    key_of(x, s.relays[0].pk);
    key_of(y, s.relays[1].pk);
    now = swapped(base, x, y);
    says(base, now, "KEY OF relay ", " CHANGED\n");
    free(now);
    directory_free(d);
    free(base);
}

/* The same by another way: names change places, or somebody new has one. */
static void
a_name_that_gets_another_key_comes_first(void **state)
{
    char *base = directory_text(), *now, *other, hex[65];
    struct sample s;
    size_t len;

    (void)state;
    now = swapped(base, "Garment Workers' Union", "Legal Aid");
    says(base, now, "KEY OF ", "KEY OF Garment Workers' Union CHANGED\n");
    says(base, now, "KEY OF ", "KEY OF Legal Aid CHANGED\n");
    free(now);
    sample_init(&s);
    (void)sodium_bin2hex(hex, sizeof hex, s.org_ids[0], 32);
    now = sample_replace(base, strlen(base), "Garment Workers' Union",
                         "Somebody else", &len);
    other =
        sample_replace(now, len, "Legal Aid", "Garment Workers' Union", &len);
    says(base, other, "KEY OF Garment Workers' Union CHANGED\n",
         "ANOTHER organisation had this name before:");
    free(now);
    free(other);
    free(base);
}

static void
swapped_keys_of_signers_and_desks_come_first(void **state)
{
    char *base = root_text(), *now, x[48], y[48];
    struct sample s;

    (void)state;
    sample_init(&s);
    key_of(x, s.signers[0].pk);
    key_of(y, s.signers[2].pk);
    now = swapped(base, x, y);
    says(base, now, "KEY OF anna CHANGED\n", "KEY OF chi CHANGED\n");
    free(now);
    free(base);
    base = doors_text();
    now = swapped(base, " CQ", " Cg");
    says(base, now, "KEY OF the desk of " ID("0c0c") " CHANGED\n",
         "KEY OF the desk of " ID("0d0d") " CHANGED\n");
    free(now);
    free(base);
}

/* Nobody finds a key that looks the same by trying. (The variants have ids
 * that differ in the last digit.) */
static void
keys_are_shown_whole(void **state)
{
    char *base = directory_text(), *now, *x, *y, before[48], after[48];
    struct sample s;
    size_t len;

    (void)state;
    sample_init(&s);
    key_of(before, s.orgs[0].pk);
    s.orgs[0].pk[31] ^= 1;
    key_of(after, s.orgs[0].pk);
    now = sample_replace(base, strlen(base), before, after, &len);
    x = screen(base);
    y = screen(now);
    assert_string_not_equal(x, y);
    free(x);
    free(y);
    free(now);
    free(base);
}

/* A name can't look like another, like what escapes it, or like a column. */
static void
names_are_told_apart(void **state)
{
    static const char *const names[] = {
        "Union\xe2\x80\xae"
        "eno",
        "Union\\u{202e}eno",
        "Union\\\\u{202e}eno",
        "Union  eno",
        "Union \\x20eno",
        "Union eno",
        "Union   eno",
        "Union \\x20\\x20eno",
        "Unioneno",
        "Union\\ eno",
    };
    size_t n = sizeof names / sizeof names[0];

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct term_name x = show_name(names[i]);

        assert_null(strstr(x.text, "\xe2\x80\xae"));
        assert_null(strstr(x.text, "  "));
        for (size_t k = i + 1; k < n; k++) {
            struct term_name y = show_name(names[k]);

            assert_string_not_equal(x.text, y.text);
        }
    }
}

static void
the_longest_name_is_shown_whole(void **state)
{
    char name[DIRECTORY_NAME_MAX + 1];
    struct term_name x;

    (void)state;
    for (size_t i = 0; i < DIRECTORY_NAME_MAX; i += 2) {
        memcpy(name + i, "\xc2\xad", 2); /* a soft hyphen: \u{00ad} */
    }
    name[DIRECTORY_NAME_MAX] = 0;
    x = show_name(name);
    assert_int_equal(strlen(x.text), DIRECTORY_NAME_MAX / 2 * 8);
    memset(name, '\\', DIRECTORY_NAME_MAX);
    assert_int_equal(strlen(show_name(name).text), 2 * DIRECTORY_NAME_MAX);
    for (size_t i = 0; i < DIRECTORY_NAME_MAX; i++) {
        name[i] = i == 0 || i + 1 == DIRECTORY_NAME_MAX ? 'x' : ' ';
    }
    x = show_name(name);
    assert_int_equal(strlen(x.text), 3 + 4 * (DIRECTORY_NAME_MAX - 3));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_of_a_directory_is_seen),
        cmocka_unit_test(every_change_of_a_root_is_seen),
        cmocka_unit_test(every_change_of_doors_is_seen),
        cmocka_unit_test(nothing_changed_is_nothing_said),
        cmocka_unit_test(swapped_keys_come_first),
        cmocka_unit_test(a_name_that_gets_another_key_comes_first),
        cmocka_unit_test(swapped_keys_of_signers_and_desks_come_first),
        cmocka_unit_test(keys_are_shown_whole),
        cmocka_unit_test(names_are_told_apart),
        cmocka_unit_test(the_longest_name_is_shown_whole),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
