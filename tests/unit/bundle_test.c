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

static void
bad_notes_cost_nobody_else_theirs(void **state)
{
    static const char junk[] = "not a note", other[] = "tocsin-later v1\n";
    struct sample_notes n = sample_notes_begin(&s, dir);
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
    sample_notes_seen(&n, &s, 0, DAY - 1, dir);
    /* 1: the seen note comes first: read over */
    sample_notes_seen(&n, &s, 1, DAY - 1, dir);
    sample_notes_desk(&n, &s, 1, 1, DAY);
    /* 2: good, with a second of each */
    sample_notes_desk(&n, &s, 2, 5, DAY);
    sample_notes_desk(&n, &s, 2, 6, DAY);
    sample_notes_seen(&n, &s, 2, DAY - 1, dir);
    sample_notes_seen(&n, &s, 2, DAY - 2, dir);
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
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
