/* SPDX-License-Identifier: ISC */
#include "bundle.h"

#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY 20779

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
try_open(const uint8_t *in, size_t len, const struct root *anchor)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    struct bundle *b;
    enum rc rc;

    assert_non_null(copy);
    if (len > 0) {
        memcpy(copy, in, len);
    }
    rc = bundle_open(&b, copy, len, anchor);
    free(copy);
    assert_int_equal(rc == RC_OK, b != NULL);
    bundle_free(b);
    return rc;
}

/* Opens and frees the bytes. */
static struct bundle *
must_open(uint8_t *in, size_t len)
{
    struct bundle *b;

    assert_int_equal(bundle_open(&b, in, len, &s.root), RC_OK);
    free(in);
    return b;
}

static struct bundle *
open_sample(struct directory *d)
{
    size_t len;
    uint8_t *in = sample_bundle(&s, d, DAY, &len);

    return must_open(in, len);
}

/* ---- framing ---- */

static void
frames_are_bounded(void **state)
{
    static const uint8_t empty[4] = {0}, huge[8] = {0, 0x10, 0, 1, 'a'};
    static const uint8_t cut[] = {0, 0, 0, 5, 'a', 'b'},
                         one[] = {0, 0, 0, 1, 'a'};
    const uint8_t *note;
    struct reader r;
    size_t len;

    (void)state;
    rd_init(&r, empty, sizeof empty);
    assert_int_equal(bundle_next(&note, &len, &r), RC_FORMAT);
    assert_int_equal(bundle_next(&note, &len, &r), RC_FORMAT);
    rd_init(&r, huge, sizeof huge);
    assert_int_equal(bundle_next(&note, &len, &r), RC_FORMAT);
    rd_init(&r, cut, sizeof cut);
    assert_int_equal(bundle_next(&note, &len, &r), RC_TRUNCATED);
    assert_null(note);
    assert_int_equal(len, 0);
    rd_init(&r, cut, 3);
    assert_int_equal(bundle_next(&note, &len, &r), RC_TRUNCATED);
    rd_init(&r, one, sizeof one);
    assert_int_equal(bundle_next(&note, &len, &r), RC_OK);
    assert_int_equal(len, 1);
    assert_int_equal(*note, 'a');
    assert_int_equal(bundle_next(&note, &len, &r), RC_MISSING);
}

static void
appending_stops_at_the_limit(void **state)
{
    uint8_t *note = calloc(1, NOTE_MAX), *buf = NULL;
    size_t len = 0;

    (void)state;
    assert_non_null(note);
    assert_int_equal(bundle_append(&buf, &len, note, 0), RC_FORMAT);
    assert_int_equal(bundle_append(&buf, &len, note, NOTE_MAX + 1), RC_FORMAT);
    assert_null(buf);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(bundle_append(&buf, &len, note, NOTE_MAX), RC_OK);
    }
    assert_int_equal(bundle_append(&buf, &len, note, NOTE_MAX), RC_FULL);
    assert_int_equal(len, 7 * (NOTE_MAX + 4));
    assert_int_equal(bundle_append(&buf, &len, note, BUNDLE_MAX - len - 4),
                     RC_OK);
    assert_int_equal(len, BUNDLE_MAX);
    assert_int_equal(bundle_append(&buf, &len, note, 1), RC_FULL);
    assert_int_equal(try_open(buf, len, NULL), RC_FORMAT);
    free(buf);
    free(note);
}

static void
what_is_cut_off_is_refused(void **state)
{
    size_t len, at = 0, end[16], n = 0;
    uint8_t *in = sample_bundle(&s, dir, DAY, &len);
    const uint8_t *note;
    struct reader r;
    size_t note_len;

    (void)state;
    rd_init(&r, in, len);
    while (bundle_next(&note, &note_len, &r) == RC_OK) {
        assert_true(n < 16);
        at += 4 + note_len;
        end[n++] = at;
    }
    assert_int_equal(n, 2 + 2 * SAMPLE_ORGS);
    for (size_t i = 0; i < len; i += i < end[1] ? 1 : 37) {
        bool whole = false;

        for (size_t k = 1; k < n; k++) {
            whole = whole || i == end[k];
        }
        if (!whole) {
            assert_int_not_equal(try_open(in, i, &s.root), RC_OK);
        }
    }
    for (size_t k = 1; k < n; k++) {
        assert_int_equal(try_open(in, end[k], &s.root), RC_OK);
    }
    assert_int_equal(try_open(in, 0, &s.root), RC_FORMAT);
    assert_int_equal(try_open(in, end[0], &s.root), RC_FORMAT);
    free(in);
}

static void
no_bit_of_root_or_directory_can_be_changed(void **state)
{
    size_t len, end, n;
    uint8_t *in = sample_bundle(&s, dir, DAY, &len);

    (void)state;
    free(sample_root(&s, 1, &end));
    free(sample_directory_note(&s, dir, &n));
    end += n + 8;
    for (size_t at = 0; at < end; at++) {
        in[at] ^= (uint8_t)(1u << at % 8);
        assert_int_not_equal(try_open(in, len, &s.root), RC_OK);
        in[at] ^= (uint8_t)(1u << at % 8);
    }
    free(in);
}

/* ---- roots ---- */

/* Roots of these versions, then the directory. */
static uint8_t *
with_roots(const uint64_t *versions, size_t n, size_t *len)
{
    uint8_t *out = NULL, *note;
    size_t note_len;

    *len = 0;
    for (size_t i = 0; i < n; i++) {
        note = sample_root(&s, versions[i], &note_len);
        sample_add(&out, len, note, note_len);
    }
    note = sample_directory_note(&s, dir, &note_len);
    sample_add(&out, len, note, note_len);
    return out;
}

static enum rc
try_roots(const uint64_t *versions, size_t n, const struct root *anchor)
{
    size_t len;
    uint8_t *in = with_roots(versions, n, &len);
    enum rc rc = try_open(in, len, anchor);

    free(in);
    return rc;
}

static struct root
anchor_of(uint64_t version)
{
    struct root r;
    size_t len;
    uint8_t *note = sample_root(&s, version, &len);

    assert_int_equal(root_open(&r, note, len, NULL), RC_OK);
    free(note);
    return r;
}

static void
roots_are_a_chain_from_one(void **state)
{
    struct root two = anchor_of(2), other = anchor_of(2), four = anchor_of(4);

    (void)state;
    other.hash[0] ^= 1;
    assert_int_equal(try_roots((uint64_t[]){2}, 1, NULL), RC_FORMAT);
    assert_int_equal(try_roots((uint64_t[]){2, 3}, 2, &two), RC_FORMAT);
    assert_int_equal(try_roots((uint64_t[]){1, 3}, 2, NULL), RC_FORMAT);
    assert_int_equal(try_roots((uint64_t[]){1, 1}, 2, NULL), RC_FORMAT);
    assert_int_equal(try_roots((uint64_t[]){1, 2, 1}, 3, NULL), RC_FORMAT);
    assert_int_equal(try_roots((uint64_t[]){1, 2, 3}, 3, &other), RC_FORGED);
    assert_int_equal(try_roots((uint64_t[]){1, 2, 3}, 3, &four), RC_TAKEN);
    assert_int_equal(try_roots((uint64_t[]){1}, 1, &two), RC_TAKEN);
    assert_int_equal(try_roots((uint64_t[]){1}, 1, NULL), RC_OK);
    assert_int_equal(try_roots((uint64_t[]){1, 2}, 2, &two), RC_OK);
    assert_int_equal(try_roots((uint64_t[]){1, 2, 3}, 3, &two), RC_OK);
    assert_int_equal(try_roots((uint64_t[]){1, 2, 3}, 3, NULL), RC_OK);
}

/* A whole other network with good signatures of its own. */
static void
another_network_is_refused(void **state)
{
    struct root stranger = s.root;
    size_t len, note_len, text_len;
    uint8_t *in = NULL, *note;
    struct bundle *b;
    char *text;

    (void)state;
    stranger.threshold = 1;
    stranger.n_keys = 1;
    assert_int_equal(root_write(&text, &text_len, &stranger), RC_OK);
    len = 0;
    note = sample_signed(&s, text, text_len, 1, &note_len);
    sample_add(&in, &len, note, note_len);
    assert_int_equal(directory_write(&text, &text_len, dir), RC_OK);
    note = sample_signed(&s, text, text_len, 1, &note_len);
    sample_add(&in, &len, note, note_len);
    assert_int_equal(bundle_open(&b, in, len, &s.root), RC_FORGED);
    assert_null(b);
    assert_int_equal(try_open(in, len, NULL), RC_OK);
    free(in);
}

static void
the_directory_needs_the_newest_root(void **state)
{
    struct root next = s.root;
    size_t len = 0, note_len, text_len;
    uint8_t *in = NULL, *note;
    char *text;

    (void)state;
    note = sample_root(&s, 1, &note_len);
    sample_add(&in, &len, note, note_len);
    next.version = 2;
    next.threshold = 3;
    assert_int_equal(root_write(&text, &text_len, &next), RC_OK);
    note = sample_signed(&s, text, text_len, 7, &note_len);
    sample_add(&in, &len, note, note_len);
    note = sample_directory_note(&s, dir, &note_len); /* two signatures */
    sample_add(&in, &len, note, note_len);
    assert_int_equal(try_open(in, len, &s.root), RC_FORGED);
    free(in);
}

/* ---- notes of organisations ---- */

struct notes {
    uint8_t *in;
    size_t len;
};

static struct notes
begin(void)
{
    struct notes n = {NULL, 0};

    n.in = with_roots((uint64_t[]){1}, 1, &n.len);
    return n;
}

static void
add_desk(struct notes *n, size_t org, uint64_t version)
{
    struct desknote d;
    size_t len;
    uint8_t *note;

    sample_desk(&s, &d, org, version, DAY);
    note = sample_desk_note(&s, &d, org, &len);
    sample_add(&n->in, &n->len, note, len);
}

static void
add_seen(struct notes *n, size_t org, uint32_t day, const struct directory *d)
{
    struct seen_note seen;
    size_t len;
    uint8_t *note;

    sample_seen(&s, &seen, org, day, d);
    note = sample_seen_note(&seen, org, &len);
    sample_add(&n->in, &n->len, note, len);
}

static void
bad_notes_cost_nobody_else_theirs(void **state)
{
    static const char junk[] = "not a note", other[] = "tocsin-later v1\n";
    struct notes n = begin();
    struct bundle *b;
    struct desknote d;
    uint8_t *note;
    size_t len;

    (void)state;
    assert_int_equal(
        bundle_append(&n.in, &n.len, (const uint8_t *)junk, sizeof junk),
        RC_OK);
    assert_int_equal(
        bundle_append(&n.in, &n.len, (const uint8_t *)other, sizeof other),
        RC_OK);
    /* 0: a signature that does not fit, then a seen note without its desk's */
    sample_desk(&s, &d, 0, 1, DAY);
    note = sample_desk_note(&s, &d, 0, &len);
    note[40] ^= 1;
    sample_add(&n.in, &n.len, note, len);
    add_seen(&n, 0, DAY - 1, dir);
    /* 1: the seen note comes first: read over */
    add_seen(&n, 1, DAY - 1, dir);
    add_desk(&n, 1, 1);
    /* 2: good, with a second of each */
    add_desk(&n, 2, 5);
    add_desk(&n, 2, 6);
    add_seen(&n, 2, DAY - 1, dir);
    add_seen(&n, 2, DAY - 2, dir);
    /* the directory and the root again */
    note = sample_directory_note(&s, dir, &len);
    sample_add(&n.in, &n.len, note, len);
    note = sample_root(&s, 1, &len);
    sample_add(&n.in, &n.len, note, len);
    b = must_open(n.in, n.len);
    assert_null(b->desk[0]);
    assert_null(b->seen[0]);
    assert_non_null(b->desk[1]);
    assert_null(b->seen[1]);
    assert_int_equal(b->desk[2]->version, 5);
    assert_int_equal(b->seen[2]->version, DAY - 1);
    bundle_free(b);
}

static void
strangers_notes_are_read_over(void **state)
{
    struct directory *fewer = sample_directory(&s, 3, DAY - 5);
    struct directory_org gone = fewer->orgs[--fewer->n_orgs];
    struct bundle *b;

    (void)state;
    b = open_sample(fewer);
    assert_int_equal(b->directory->n_orgs, SAMPLE_ORGS - 1);
    assert_non_null(b->seen[0]);
    assert_non_null(b->seen[1]);
    bundle_free(b);
    fewer->orgs[fewer->n_orgs++] = gone;
    directory_free(fewer);
}

static void
a_whole_bundle_opens(void **state)
{
    struct bundle *b;

    (void)state;
    b = open_sample(dir);
    assert_int_equal(b->root.version, 1);
    assert_int_equal(b->directory->version, 3);
    assert_memory_equal(b->directory->hash, dir->hash, 32);
    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        assert_memory_equal(b->desk[i]->org, s.org_ids[i], 32);
        assert_int_equal(b->seen[i]->version, DAY - 1);
    }
    bundle_free(b);
}

/* ---- what a client makes of it ---- */

/* A bundle in which organisation i has a seen note of days[i] (0: none)
 * about this directory. */
static struct bundle *
seen_on(const uint32_t days[static SAMPLE_ORGS],
        const struct directory *about[static SAMPLE_ORGS])
{
    struct notes n = begin();

    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        add_desk(&n, i, 1);
        if (days[i] != 0) {
            add_seen(&n, i, days[i], about[i]);
        }
    }
    return must_open(n.in, n.len);
}

static void
today_is_the_latest_of_three(void **state)
{
    static const struct {
        uint32_t days[SAMPLE_ORGS], local, want;
    } cases[] = {
        {{0, 0, 0}, 1, DAY - 5}, /* no seen notes: issued */
        {{0, 0, 0}, DAY + 9, DAY + 9},
        /* what they have seen is over: the day after */
        {{DAY, 0, 0}, 1, DAY + 1},
        {{DAY - 6, 0, 0}, 1, DAY - 5},
        {{DAY - 5, 0, 0}, 1, DAY - 4},
        {{DAY, DAY + 4, 0}, 1, DAY + 1}, /* the lower one of two */
        {{DAY + 4, DAY, 0}, DAY - 9, DAY + 1},
        {{DAY - 4, DAY + 4, DAY}, 1, DAY + 1},
        {{DAY, DAY, DAY}, 1, DAY + 1},
        {{DAY, DAY, DAY}, DAY + 1, DAY + 1},
        {{DAY, DAY, DAY}, DAY + 2, DAY + 2},
        {{DAY - 8, DAY - 7, DAY + 9}, 1, DAY - 5},
    };
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bundle *b = seen_on(cases[i].days, about);

        assert_int_equal(bundle_today(b, cases[i].local), cases[i].want);
        bundle_free(b);
    }
}

/* One organisation's note left out counts as no note at all. */
static void
today_can_do_without_one(void **state)
{
    static const struct {
        uint32_t days[SAMPLE_ORGS];
        size_t but;
        uint32_t want;
    } cases[] = {
        {{DAY, 0, 0}, 0, DAY - 5},
        {{DAY, 0, 0}, 1, DAY + 1},
        {{DAY, DAY + 4, 0}, 0, DAY + 5},
        {{DAY, DAY + 4, 0}, 1, DAY + 1},
        {{DAY - 4, DAY + 4, DAY}, 0, DAY + 1},
        {{DAY - 4, DAY + 4, DAY}, 1, DAY - 3},
        {{DAY - 4, DAY + 4, DAY}, 2, DAY - 3},
        {{DAY - 4, DAY + 4, DAY}, SAMPLE_ORGS, DAY + 1},
    };
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bundle *b = seen_on(cases[i].days, about);

        assert_int_equal(bundle_today_but(b, cases[i].but, 1), cases[i].want);
        assert_int_equal(bundle_today_but(b, cases[i].but, DAY + 9), DAY + 9);
        bundle_free(b);
    }
}

/* A line counts of the last 3 days, when its day is over, and only for a page
 * of that day. */
static void
lines_count_of_days_that_are_over(void **state)
{
    static const struct {
        uint32_t day; /* of the note */
        bool counts;
    } cases[] = {{DAY - 4, false}, {DAY - 3, true}, {DAY - 1, true},
                 {DAY, false},     {DAY + 1, false}, {0, false}};
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};
    const struct board *boards[2] = {&dir->boards[0], &dir->boards[1]};
    const struct board other = {2, 4096, 30, 2, 32, 2};
    const uint8_t nobody[32] = {1};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint32_t days[SAMPLE_ORGS] = {0, cases[i].day, 0};
        struct bundle *b = seen_on(days, about);

        for (size_t r = 0; r < SAMPLE_RELAYS; r++) {
            const uint8_t *relay = dir->relays[r].id;

            for (size_t k = 0; k < 2; k++) {
                const struct seen_page *p =
                    bundle_seen_line(b, 1, relay, boards[k], DAY);

                assert_int_equal(p != NULL, cases[i].counts);
                assert_true(p == NULL || (p->board == boards[k]->id &&
                                          memcmp(p->relay, relay, 32) == 0));
                assert_null(bundle_seen_line(b, 0, relay, boards[k], DAY));
            }
            assert_null(bundle_seen_line(b, 1, relay, &other, DAY));
        }
        assert_null(bundle_seen_line(b, 1, nobody, boards[0], DAY));
        if (cases[i].counts) {
            struct seen_note *note = b->seen[1];
            uint64_t was = note->pages[0].number;
            const uint8_t *relay = note->pages[0].relay;

            assert_int_equal(note->pages[0].board, boards[0]->id);
            note->pages[0].number = was + 1; /* the first of the day after */
            assert_null(bundle_seen_line(b, 1, relay, boards[0], DAY));
            note->pages[0].number = was + 1 - 86400 / boards[0]->tick;
            assert_non_null(bundle_seen_line(b, 1, relay, boards[0], DAY));
            note->pages[0].number--; /* the last of the day before */
            assert_null(bundle_seen_line(b, 1, relay, boards[0], DAY));
            note->pages[0].number = was;
            b->directory->orgs[1].revoked_day = DAY - 9;
            assert_null(bundle_seen_line(b, 1, relay, boards[0], DAY));
        }
        bundle_free(b);
    }
}

static void
expired_and_future_bundles_are_refused(void **state)
{
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};
    const uint32_t none[SAMPLE_ORGS] = {0};
    struct bundle_known nothing = {0};
    struct bundle *b = seen_on(none, about);

    (void)state;
    assert_int_equal(bundle_check(b, &nothing, 0), RC_AGAIN);
    assert_int_equal(bundle_check(b, &nothing, dir->issued - 2), RC_AGAIN);
    assert_int_equal(bundle_check(b, &nothing, dir->issued - 1), RC_OK);
    assert_int_equal(bundle_check(b, &nothing, dir->expires), RC_OK);
    assert_int_equal(bundle_check(b, &nothing, dir->expires + 1), RC_EXPIRED);
    assert_int_equal(bundle_check(b, &nothing, UINT32_MAX), RC_EXPIRED);
    bundle_free(b);
}

/* A clock that stands still can't make an old directory good again when the
 * organisations' notes say what day it is. */
static void
seen_notes_move_a_slow_clock(void **state)
{
    struct directory *old = sample_directory(&s, 3, DAY - 62);
    struct bundle_known nothing = {0};
    struct bundle *b;

    (void)state;
    b = open_sample(old);
    assert_int_equal(old->expires, DAY - 2);
    assert_int_equal(bundle_check(b, &nothing, DAY - 30), RC_EXPIRED);
    bundle_free(b);
    directory_free(old);
}

static void
older_than_known_is_refused(void **state)
{
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};
    const uint32_t none[SAMPLE_ORGS] = {0};
    struct bundle *b = seen_on(none, about);
    struct bundle_known known = {2, 3, {0}};

    (void)state;
    memcpy(known.directory_hash, dir->hash, 32);
    assert_int_equal(bundle_check(b, &known, DAY), RC_TAKEN);
    known.root_version = 1;
    assert_int_equal(bundle_check(b, &known, DAY), RC_OK);
    known.directory_version = 4;
    assert_int_equal(bundle_check(b, &known, DAY), RC_TAKEN);
    known.directory_version = 3;
    known.directory_hash[5] ^= 1; /* two directories of one version */
    assert_int_equal(bundle_check(b, &known, DAY), RC_FORGED);
    known.directory_version = 2;
    assert_int_equal(bundle_check(b, &known, DAY), RC_OK);
    bundle_free(b);
}

static void
more_than_half_can_contradict(void **state)
{
    struct directory *newer = sample_directory(&s, 4, DAY - 1);
    struct directory *fork = sample_directory(&s, 3, DAY - 4);
    struct directory *older = sample_directory(&s, 2, DAY - 9);
    struct bundle_known nothing = {0};
    const struct {
        const struct directory *about[SAMPLE_ORGS];
        uint32_t days[SAMPLE_ORGS];
        enum rc want;
    } cases[] = {
        {{newer, newer, newer}, {DAY - 1, DAY - 1, DAY - 1}, RC_FORGED},
        {{fork, fork, fork}, {DAY - 1, DAY - 1, DAY - 1}, RC_FORGED},
        {{newer, fork, dir}, {DAY - 1, DAY - 1, DAY - 1}, RC_FORGED},
        {{newer, newer, newer}, {DAY - 1, 0, 0}, RC_FORGED},
        {{newer, newer, newer}, {DAY - 3, 0, 0}, RC_FORGED},
        /* one of three, half of two */
        {{newer, dir, dir}, {DAY - 1, DAY - 1, DAY - 1}, RC_OK},
        {{newer, dir, dir}, {DAY - 1, DAY - 1, 0}, RC_OK},
        /* a directory that was before is no contradiction */
        {{older, older, older}, {DAY - 1, DAY - 1, DAY - 1}, RC_OK},
        /* stale ones, and ones from the future, have no say */
        {{newer, newer, newer}, {DAY - 4, DAY - 4, DAY - 4}, RC_OK},
        {{newer, dir, newer}, {DAY - 4, DAY - 1, DAY - 4}, RC_OK},
        {{newer, dir, dir}, {DAY - 1, DAY - 4, DAY - 4}, RC_FORGED},
        {{dir, newer, newer}, {DAY - 1, DAY + 5, DAY - 4}, RC_OK},
        {{newer, newer, newer}, {0, 0, 0}, RC_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct directory *about[SAMPLE_ORGS];
        struct bundle *b;

        memcpy(about, cases[i].about, sizeof about);
        b = seen_on(cases[i].days, about);
        assert_int_equal(bundle_check(b, &nothing, DAY), cases[i].want);
        bundle_free(b);
    }
    directory_free(newer);
    directory_free(fork);
    directory_free(older);
}

static void
the_revoked_have_no_say_and_get_no_report(void **state)
{
    struct directory *d = sample_directory(&s, 4, DAY - 5);
    struct directory *newer = sample_directory(&s, 5, DAY - 1);
    struct bundle_known nothing = {0};
    struct notes n = {NULL, 0};
    struct bundle *b;
    size_t len;
    uint8_t *note;

    (void)state;
    d->revoked = calloc(1, sizeof *d->revoked);
    assert_non_null(d->revoked);
    memcpy(d->revoked[0].id, s.org_ids[1], 32);
    d->revoked[0].day = DAY + 3; /* whatever the day */
    d->n_revoked = 1;
    note = sample_root(&s, 1, &len);
    sample_add(&n.in, &n.len, note, len);
    note = sample_directory_note(&s, d, &len);
    sample_add(&n.in, &n.len, note, len);
    add_desk(&n, 1, 1);
    add_seen(&n, 1, DAY + 4, newer);
    b = must_open(n.in, n.len);
    assert_int_equal(b->directory->orgs[1].revoked_day, DAY + 3);
    assert_non_null(b->seen[1]);
    assert_int_equal(bundle_today(b, DAY), DAY);
    assert_int_equal(bundle_check(b, &nothing, DAY), RC_OK);
    assert_int_equal(bundle_org_check(b, 1, DAY), RC_FORGED);
    assert_int_equal(bundle_org_check(b, 0, DAY), RC_MISSING);
    assert_int_equal(bundle_org_check(b, SAMPLE_ORGS, DAY), RC_MISSING);
    bundle_free(b);
    directory_free(d);
    directory_free(newer);
}

static void
an_organisation_needs_a_fresh_note(void **state)
{
    const struct directory *about[SAMPLE_ORGS] = {dir, dir, dir};
    const uint32_t none[SAMPLE_ORGS] = {0};
    struct bundle *b = seen_on(none, about);

    (void)state;
    assert_int_equal(b->desk[0]->expires, DAY + 8);
    assert_int_equal(bundle_org_check(b, 0, DAY - 2), RC_EXPIRED); /* future */
    assert_int_equal(bundle_org_check(b, 0, DAY - 1), RC_OK);
    assert_int_equal(bundle_org_check(b, 0, DAY + 8), RC_OK); /* 7w + 11 */
    assert_int_equal(bundle_org_check(b, 0, DAY + 9), RC_EXPIRED);
    bundle_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_bounded),
        cmocka_unit_test(appending_stops_at_the_limit),
        cmocka_unit_test(what_is_cut_off_is_refused),
        cmocka_unit_test(no_bit_of_root_or_directory_can_be_changed),
        cmocka_unit_test(roots_are_a_chain_from_one),
        cmocka_unit_test(another_network_is_refused),
        cmocka_unit_test(the_directory_needs_the_newest_root),
        cmocka_unit_test(bad_notes_cost_nobody_else_theirs),
        cmocka_unit_test(strangers_notes_are_read_over),
        cmocka_unit_test(a_whole_bundle_opens),
        cmocka_unit_test(today_is_the_latest_of_three),
        cmocka_unit_test(today_can_do_without_one),
        cmocka_unit_test(lines_count_of_days_that_are_over),
        cmocka_unit_test(expired_and_future_bundles_are_refused),
        cmocka_unit_test(seen_notes_move_a_slow_clock),
        cmocka_unit_test(older_than_known_is_refused),
        cmocka_unit_test(more_than_half_can_contradict),
        cmocka_unit_test(the_revoked_have_no_say_and_get_no_report),
        cmocka_unit_test(an_organisation_needs_a_fresh_note),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
