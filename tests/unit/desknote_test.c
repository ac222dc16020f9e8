/* SPDX-License-Identifier: ISC */
#include "desknote.h"

#include "sample.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY  20779 /* a Sunday: the 3rd day of week 2968 */
#define WEEK (DAY / 7)

static struct sample s;
static struct directory *dir;

static int
setup(void **state)
{
    (void)state;
    sample_init(&s);
    dir = sample_directory(&s, 3, DAY - 5);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    directory_free(dir);
    return 0;
}

static enum rc
write_desk(const struct desknote *d)
{
    char *text;
    size_t len;
    enum rc rc = desknote_write(&text, &len, d);

    assert_int_equal(rc == RC_OK, text != NULL);
    free(text);
    return rc;
}

/* What is written is parsed, so this tests the parser. */
static void
desk_notes_out_of_range_are_refused(void **state)
{
    struct desknote d;

    (void)state;
#define TRY(change, want)                                                      \
    do {                                                                       \
        sample_desk(&s, &d, 0, 1, DAY);                                        \
        change;                                                                \
        assert_int_equal(write_desk(&d), want);                                \
    } while (0)
    TRY(d.version = 0, RC_FORMAT);
    TRY(d.issued = 0, RC_FORMAT);
    TRY(d.expires = d.issued - 1, RC_FORMAT);
    TRY(d.expires = d.issued + 11, RC_FORMAT);
    TRY(d.issued = 7 * WEEK - 6; d.expires = d.issued, RC_FORMAT);
    TRY(d.issued = 7 * WEEK - 5; d.expires = d.issued + 10, RC_OK);
    TRY(d.issued = 7 * WEEK + 6; d.expires = 7 * WEEK + 11, RC_OK);
    TRY(d.issued = 7 * WEEK + 6; d.expires = 7 * WEEK + 12, RC_FORMAT);
    TRY(d.issued = 7 * WEEK + 7; d.expires = d.issued, RC_FORMAT);
    TRY(d.keys.week = 1; d.n_past = 0, RC_FORMAT);
    TRY(d.keys.week = 1; d.n_past = 0; d.issued = 1; d.expires = 1, RC_FORMAT);
    TRY(d.keys.week = 1; d.n_past = 0; d.issued = 2; d.expires = 2, RC_OK);
    TRY(d.past[0].week = WEEK, RC_FORMAT);
    TRY(d.past[1] = d.past[0]; d.n_past = 2, RC_FORMAT);
    TRY(d.past[1] = d.past[0]; d.past[1].week--; d.n_past = 2, RC_FORMAT);
    TRY(d.n_past = DESKNOTE_PAST_MAX + 1, RC_FORMAT);
    TRY(d.n_past = 0, RC_OK);
    TRY(d.expires = d.issued, RC_OK);
    TRY(
        d.n_past = 14;
        for (uint32_t i = 0; i < 14; i++) { d.past[i].week = WEEK - 17 + i; },
        RC_OK);
#undef TRY
}

static void
desk_texts_that_are_not_strict_are_refused(void **state)
{
    struct desknote d, back;
    char *text;
    size_t len;

    (void)state;
    sample_desk(&s, &d, 0, 1, DAY);
    assert_int_equal(desknote_write(&text, &len, &d), RC_OK);
    for (size_t n = 0; n < len; n++) {
        char *copy = malloc(n > 0 ? n : 1);
        char *past = memmem(text, len, "past", 4);

        assert_non_null(copy);
        memcpy(copy, text, n);
        /* The past lines may be left out. */
        assert_int_equal(desknote_parse(&back, copy, n),
                         text + n == past ? RC_OK : RC_FORMAT);
        free(copy);
    }
    /* A space, a newline or a zero for any character. */
    for (size_t at = 0; at < len; at++) {
        for (const char *c = " \n"; *c != '\0'; c++) {
            char was = text[at];

            if (was != *c) {
                text[at] = *c;
                assert_int_equal(desknote_parse(&back, text, len), RC_FORMAT);
                text[at] = was;
            }
        }
    }
    assert_int_equal(desknote_parse(&back, text, len), RC_OK);
    assert_memory_equal(&back, &d, sizeof d);
    free(text);
}

static void
a_desk_note_needs_the_identity_key(void **state)
{
    struct desknote d, back;
    struct note_key key;
    struct sample_key v;
    uint8_t *note;
    size_t len, text_len;
    char *text;

    (void)state;
    sample_desk(&s, &d, 0, 1, DAY);
    assert_int_equal(desknote_write(&text, &text_len, &d), RC_OK);
    /* by the key of another, under the right name */
    desknote_key(&key, s.org_ids[0], s.orgs[1].pk);
    note = sample_sign(text, text_len, &key, s.orgs[1].sk, &len);
    assert_int_equal(desknote_open(&back, note, len, &dir->orgs[0]), RC_FORGED);
    free(note);
    /* by a weekly key */
    sample_v(&v, 0, WEEK);
    desknote_key(&key, s.org_ids[0], v.pk);
    note = sample_sign(text, text_len, &key, v.sk, &len);
    assert_int_equal(desknote_open(&back, note, len, &dir->orgs[0]), RC_FORGED);
    free(note);
    /* by the right key under another name */
    seen_note_key(&key, s.org_ids[0], s.orgs[0].pk);
    note = sample_sign(text, text_len, &key, s.orgs[0].sk, &len);
    assert_int_equal(desknote_open(&back, note, len, &dir->orgs[0]), RC_FORGED);
    free(note);
    free(text);
    /* another organisation's whole note */
    note = sample_desk_note(&s, &d, 0, &len);
    assert_int_equal(desknote_open(&back, note, len, &dir->orgs[1]), RC_FORGED);
    assert_int_equal(desknote_open(&back, note, len - 1, &dir->orgs[0]),
                     RC_FORMAT);
    assert_int_equal(desknote_open(&back, note, len, &dir->orgs[0]), RC_OK);
    assert_memory_equal(&back, &d, sizeof d);
    free(note);
    /* a text about another organisation, signed by this one */
    memcpy(d.org, s.org_ids[1], 32);
    note = sample_desk_note(&s, &d, 0, &len);
    assert_int_equal(desknote_open(&back, note, len, &dir->orgs[0]), RC_FORGED);
    assert_true(sodium_is_zero((const uint8_t *)&back, sizeof back));
    free(note);
}

/* Unknown signatures would let one organisation fill the bundle. */
static void
a_second_signature_is_refused(void **state)
{
    struct desknote d, back;
    struct seen_note n, seen;
    struct note_key other;
    uint8_t *note, *two;
    size_t len, two_len;

    (void)state;
    desknote_key(&other, s.org_ids[1], s.orgs[1].pk);
    sample_desk(&s, &d, 0, 1, DAY);
    note = sample_desk_note(&s, &d, 0, &len);
    two = sample_sign((const char *)note, len, &other, s.orgs[1].sk, &two_len);
    assert_int_equal(desknote_open(&back, two, two_len, &dir->orgs[0]),
                     RC_FORMAT);
    free(note);
    free(two);
    sample_seen(&s, &n, 0, DAY, dir);
    note = sample_seen_note(&n, 0, &len);
    two = sample_sign((const char *)note, len, &other, s.orgs[1].sk, &two_len);
    assert_int_equal(seen_note_open(&seen, note, len, &dir->orgs[0], &d),
                     RC_OK);
    assert_int_equal(seen_note_open(&seen, two, two_len, &dir->orgs[0], &d),
                     RC_FORMAT);
    free(note);
    free(two);
}

static void
no_byte_of_a_desk_note_can_be_changed(void **state)
{
    struct desknote d, back;
    uint8_t *note;
    size_t len;

    (void)state;
    sample_desk(&s, &d, 0, 1, DAY);
    note = sample_desk_note(&s, &d, 0, &len);
    for (size_t at = 0; at < len; at++) {
        note[at] ^= (uint8_t)(1u << at % 8);
        assert_int_not_equal(desknote_open(&back, note, len, &dir->orgs[0]),
                             RC_OK);
        note[at] ^= (uint8_t)(1u << at % 8);
    }
    free(note);
}

static void
keys_are_found_by_week(void **state)
{
    const struct {
        uint32_t week;
        enum rc want;
    } absent[] = {{0, RC_EXPIRED},        {WEEK - 4, RC_EXPIRED},
                  {WEEK - 2, RC_FORGED},  {WEEK + 2, RC_AGAIN},
                  {UINT32_MAX, RC_AGAIN}};
    struct desknote d;
    const uint8_t *v;

    (void)state;
    sample_desk(&s, &d, 0, 1, DAY);
    d.past[1] = d.past[0];
    d.past[0].week = WEEK - 3;
    d.n_past = 2;
    assert_int_equal(desknote_v(&v, &d, WEEK - 3), RC_OK);
    assert_ptr_equal(v, d.past[0].v);
    assert_int_equal(desknote_v(&v, &d, WEEK - 1), RC_OK);
    assert_ptr_equal(v, d.past[1].v);
    assert_int_equal(desknote_v(&v, &d, WEEK), RC_OK);
    assert_ptr_equal(v, d.keys.v);
    assert_int_equal(desknote_v(&v, &d, WEEK + 1), RC_OK);
    assert_ptr_equal(v, d.next);
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        assert_int_equal(desknote_v(&v, &d, absent[i].week), absent[i].want);
        assert_null(v);
    }
    d.n_past = 0;
    assert_int_equal(desknote_v(&v, &d, WEEK - 1), RC_EXPIRED);
}

/* Would a sender whose clock says this day write to it? As bundle_org_check. */
static bool
is_fresh(const struct desknote *d, int64_t day)
{
    return d->issued <= day + 1 && day <= d->expires;
}

/*
 * Every day on which a note of a week may be issued, every day on which it is
 * used, by a clock a day early, right, or a day late, at once or by `deliver`;
 * the page may come after the next midnight. It is always of a week that the
 * desk scans with these keys: w - 1, w or w + 1.
 */
static void
no_entry_stands_where_nobody_scans(void **state)
{
    unsigned used = 0, delivered = 0;
    struct desknote d;

    (void)state;
    sample_desk(&s, &d, 0, 1, DAY);
    for (int64_t issued = 7 * (WEEK - 3); issued < 7 * (WEEK + 4); issued++) {
        d.issued = (uint32_t)issued;
        d.expires = desknote_latest_expiry(WEEK, d.issued);
        if (write_desk(&d) != RC_OK) {
            continue; /* may not be issued on that day */
        }
        for (int64_t day = issued - 40; day < issued + 40; day++) {
            for (int64_t clock = day - 1; clock <= day + 1; clock++) {
                bool sent = is_fresh(&d, clock);
                /* What was sealed when the note was fresh, later. */
                bool late = clock >= issued - 1 &&
                            clock <= desknote_last_day(WEEK);

                used += sent;
                delivered += late;
                for (int64_t page = day; (sent || late) && page <= day + 1;
                     page++) {
                    assert_in_range(page / 7, WEEK - 1, WEEK + 1);
                }
            }
        }
    }
    /* 12 days of issue; three clocks each; a day early to the expiry */
    assert_int_equal(used, 3 * (7 * 12 + 11 + 10 + 9 + 8 + 7));
    assert_int_equal(delivered, 3 * (18 + 17 + 16 + 15 + 14 + 13 + 12 + 11 +
                                     10 + 9 + 8 + 7));
}

static enum rc
write_seen(const struct seen_note *n)
{
    char *text;
    size_t len;
    enum rc rc = seen_note_write(&text, &len, n);

    free(text);
    return rc;
}

static void
seen_notes_out_of_range_are_refused(void **state)
{
    struct seen_note n;

    (void)state;
#define TRY(change, want)                                                      \
    do {                                                                       \
        sample_seen(&s, &n, 0, DAY, dir);                                      \
        change;                                                                \
        assert_int_equal(write_seen(&n), want);                                \
    } while (0)
    TRY(n.version = 0, RC_FORMAT);
    TRY(n.version = 1000000, RC_FORMAT);
    TRY(n.directory_version = 0, RC_FORMAT);
    TRY(n.pages[0].number = 0, RC_FORMAT);
    TRY(n.pages[0].number = PAGE_NUMBER_MAX + 1, RC_FORMAT);
    TRY(n.pages[1] = n.pages[0], RC_FORMAT);
    TRY(n.n_pages = SEEN_PAGES_MAX + 1, RC_FORMAT);
    TRY(n.n_pages = 0, RC_OK);
#undef TRY
}

static void
seen_texts_that_are_not_strict_are_refused(void **state)
{
    struct seen_note n, back;
    char *text, *again;
    size_t len, again_len;

    (void)state;
    sample_seen(&s, &n, 0, DAY, dir);
    assert_int_equal(seen_note_write(&text, &len, &n), RC_OK);
    for (size_t at = 0; at < len; at++) {
        /* Pages may be left out at the end. */
        bool whole = at > 0 && text[at - 1] == '\n' &&
                     memmem(text, at, "directory", 9) != NULL;

        assert_int_equal(seen_note_parse(&back, text, at),
                         whole ? RC_OK : RC_FORMAT);
    }
    for (size_t at = 0; at < len; at++) {
        char was = text[at];

        text[at] = was == ' ' ? '\n' : ' ';
        assert_int_equal(seen_note_parse(&back, text, len), RC_FORMAT);
        text[at] = was;
    }
    assert_int_equal(seen_note_parse(&back, text, len), RC_OK);
    assert_int_equal(back.n_pages, 4);
    assert_int_equal(seen_note_write(&again, &again_len, &back), RC_OK);
    assert_int_equal(again_len, len);
    assert_memory_equal(again, text, len);
    free(again);
    free(text);
}

static void
seen_notes_need_v_of_their_week(void **state)
{
    struct desknote desk, other;
    struct seen_note n, back;
    struct sample_key v;
    struct note_key key;
    size_t len, text_len;
    uint8_t *note;
    char *text;

    (void)state;
    sample_desk(&s, &desk, 0, 1, DAY);
    sample_desk(&s, &other, 1, 1, DAY);
    sample_seen(&s, &n, 0, DAY, dir);
    note = sample_seen_note(&n, 0, &len);
    assert_int_equal(seen_note_open(&back, note, len, &dir->orgs[1], &other),
                     RC_FORGED);
    assert_int_equal(seen_note_open(&back, note, len, &dir->orgs[0], &other),
                     RC_FORGED);
    for (size_t at = 0; at < len; at++) {
        note[at] ^= (uint8_t)(1u << at % 8);
        assert_int_not_equal(
            seen_note_open(&back, note, len, &dir->orgs[0], &desk), RC_OK);
        note[at] ^= (uint8_t)(1u << at % 8);
    }
    assert_int_equal(seen_note_open(&back, note, len, &dir->orgs[0], &desk),
                     RC_OK);
    free(note);
    /* V of the next week, and the identity key. */
    assert_int_equal(seen_note_write(&text, &text_len, &n), RC_OK);
    sample_v(&v, 0, WEEK + 1);
    seen_note_key(&key, s.org_ids[0], v.pk);
    note = sample_sign(text, text_len, &key, v.sk, &len);
    assert_int_equal(seen_note_open(&back, note, len, &dir->orgs[0], &desk),
                     RC_FORGED);
    free(note);
    seen_note_key(&key, s.org_ids[0], s.orgs[0].pk);
    note = sample_sign(text, text_len, &key, s.orgs[0].sk, &len);
    assert_int_equal(seen_note_open(&back, note, len, &dir->orgs[0], &desk),
                     RC_FORGED);
    free(note);
    free(text);
    /* A day of the week before is signed by what the note calls past. */
    sample_seen(&s, &n, 0, 7 * WEEK - 1, dir);
    note = sample_seen_note(&n, 0, &len);
    assert_int_equal(seen_note_open(&back, note, len, &dir->orgs[0], &desk),
                     RC_OK);
    desk.n_past = 0;
    assert_int_equal(seen_note_open(&back, note, len, &dir->orgs[0], &desk),
                     RC_FORGED);
    free(note);
}

static void
a_note_says_whose_it_is(void **state)
{
    static const uint8_t junk[] = "tocsin-root v1\norg ";
    struct desknote d;
    struct seen_note n;
    uint8_t *note, id[32];
    uint64_t version;
    size_t len;
    bool seen;

    (void)state;
    assert_int_equal(desknote_whose(id, &seen, &version, junk, sizeof junk - 1),
                     RC_FORMAT);
    assert_int_equal(desknote_whose(id, &seen, &version, junk, 0), RC_FORMAT);
    sample_desk(&s, &d, 1, 9, DAY);
    note = sample_desk_note(&s, &d, 1, &len);
    assert_int_equal(desknote_whose(id, &seen, &version, note, len), RC_OK);
    assert_false(seen);
    assert_int_equal(version, 9);
    assert_memory_equal(id, s.org_ids[1], 32);
    for (size_t i = 0; i < 16 + 4 + 64; i++) {
        assert_int_equal(desknote_whose(id, &seen, &version, note, i),
                         RC_FORMAT);
    }
    free(note);
    sample_seen(&s, &n, 2, DAY, dir);
    note = sample_seen_note(&n, 2, &len);
    assert_int_equal(desknote_whose(id, &seen, &version, note, len), RC_OK);
    assert_true(seen);
    assert_int_equal(version, DAY);
    assert_memory_equal(id, s.org_ids[2], 32);
    free(note);
}

static void
keys_are_named_after_the_organisation(void **state)
{
    const uint8_t org[32] = {0x01, 0x23, 0x45, 0x67, 0x89,
                             0xab, 0xcd, 0xef, 0xff};
    struct note_key key;

    (void)state;
    desknote_key(&key, org, s.orgs[0].pk);
    assert_string_equal(key.name, "desk-0123456789abcdef");
    seen_note_key(&key, org, s.orgs[0].pk);
    assert_string_equal(key.name, "seen-0123456789abcdef");
    assert_memory_equal(key.pk, s.orgs[0].pk, 32);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(desk_notes_out_of_range_are_refused),
        cmocka_unit_test(desk_texts_that_are_not_strict_are_refused),
        cmocka_unit_test(a_desk_note_needs_the_identity_key),
        cmocka_unit_test(a_second_signature_is_refused),
        cmocka_unit_test(no_byte_of_a_desk_note_can_be_changed),
        cmocka_unit_test(keys_are_found_by_week),
        cmocka_unit_test(no_entry_stands_where_nobody_scans),
        cmocka_unit_test(seen_notes_out_of_range_are_refused),
        cmocka_unit_test(seen_texts_that_are_not_strict_are_refused),
        cmocka_unit_test(seen_notes_need_v_of_their_week),
        cmocka_unit_test(a_note_says_whose_it_is),
        cmocka_unit_test(keys_are_named_after_the_organisation),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
