/* SPDX-License-Identifier: ISC */
#include "body.h"
#include "head.h"
#include "vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

static const uint8_t text[] = "country BD\n\nThey locked the doors.";

/* A report with a body of three boxes. */
static struct head
sample(void)
{
    struct head h = {.kind = HEAD_REPORT,
                     .text_len = sizeof text - 1,
                     .boxes = 3,
                     .body_len = 2 * BODY_CHUNK_LEN + 1,
                     .text = text};

    vec_seed(h.a, sizeof h.a, "head a");
    vec_seed(h.b, sizeof h.b, "head b");
    vec_seed(h.body_key, sizeof h.body_key, "head body_key");
    vec_seed(h.digest, sizeof h.digest, "head digest");
    vec_seed(h.p, sizeof h.p, "head p");
    return h;
}

static void
write_refused(const struct head *h)
{
    static const uint8_t zero[HEAD_LEN];
    uint8_t out[HEAD_LEN];

    memset(out, 9, sizeof out);
    assert_int_equal(head_write(out, h), RC_FORMAT);
    assert_memory_equal(out, zero, sizeof out);
}

static void
parse_refused(const uint8_t in[static HEAD_LEN])
{
    static const struct head zero;
    struct head h;

    memset(&h, 9, sizeof h);
    assert_int_equal(head_parse(&h, in), RC_FORMAT);
    assert_memory_equal(&h, &zero, sizeof h);
}

static void
what_breaks_a_rule_is_not_written(void **state)
{
    struct head h;

    (void)state;
    h = sample();
    h.kind = HEAD_ANSWER;
    write_refused(&h);
    h = sample();
    h.kind = 0;
    write_refused(&h);
    h = sample();
    h.kind = HEAD_OWN; /* with a B and a P */
    write_refused(&h);
    memset(h.b, 0, sizeof h.b); /* with a P */
    write_refused(&h);
    h = sample();
    h.kind = HEAD_OWN; /* with a B */
    memset(h.p, 0, sizeof h.p);
    write_refused(&h);
    h = sample();
    h.kind = HEAD_FOLLOW_UP; /* with a B */
    write_refused(&h);
    h = sample();
    h.text_len = HEAD_TEXT_MAX + 1;
    write_refused(&h);
    h = sample();
    h.boxes = 4; /* not the Padmé number */
    write_refused(&h);
    h = sample();
    h.boxes = 0;
    write_refused(&h);
    h = sample();
    h.body_len = 0;
    write_refused(&h);
    h = sample();
    h.body_len = BODY_MAX + 1;
    h.boxes = 0;
    write_refused(&h);
    h = sample();
    memset(h.body_key, 0, sizeof h.body_key);
    write_refused(&h);
    h = sample();
    memset(h.digest, 0, sizeof h.digest);
    write_refused(&h);
    h = sample(); /* keys without a body */
    h.boxes = 0;
    h.body_len = 0;
    write_refused(&h);
    memset(h.body_key, 0, sizeof h.body_key);
    write_refused(&h);
}

static void
what_breaks_a_rule_is_not_read(void **state)
{
    static const struct {
        size_t offset;
        uint8_t value;
    } changes[] = {
        {0, 0},   {0, 2},      /* version */
        {1, 0},   {1, 4},      /* kind; 4 is an answer's */
        {1, 2},                /* a follow-up with a B */
        {1, 3},                /* the desk's own, with a B */
        {2, 0x10},             /* text longer than there is room */
        {3, 3},                /* text shorter: what follows is no padding */
        {4, 1},   {7, 4},      /* boxes */
        {8, 1},   {15, 0xff},  /* body length */
        {2895, 1}, {240, 0xff} /* padding */
    };
    struct head h = sample();
    uint8_t in[HEAD_LEN], bad[HEAD_LEN];

    (void)state;
    assert_int_equal(head_write(in, &h), RC_OK);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        memcpy(bad, in, sizeof bad);
        bad[changes[i].offset] = changes[i].value;
        if (changes[i].offset == 15) {
            /* 2 x 15,984 + 1 ends in e1; ff stays within three boxes */
            assert_int_equal(head_parse(&h, bad), RC_OK);
            bad[13] = 1; /* but 65,536 more do not */
        }
        parse_refused(bad);
    }
    memcpy(bad, in, sizeof bad);
    memset(bad + 80, 0, 32);
    parse_refused(bad);
    memcpy(bad, in, sizeof bad);
    memset(bad + 112, 0, 32);
    parse_refused(bad);
}

static void
what_is_written_reads_back(void **state)
{
    static uint8_t full[HEAD_TEXT_MAX];
    struct head h, back;
    uint8_t out[HEAD_LEN], again[HEAD_LEN];

    (void)state;
    memset(full, 'x', sizeof full);
    for (int kind = HEAD_REPORT; kind <= HEAD_OWN; kind++) {
        for (int body = 0; body <= 1; body++) {
            h = sample();
            h.kind = (enum head_kind)kind;
            if (kind != HEAD_REPORT) {
                memset(h.b, 0, sizeof h.b);
            }
            if (kind == HEAD_OWN) {
                memset(h.p, 0, sizeof h.p);
            }
            if (!body) {
                h.boxes = 0;
                h.body_len = 0;
                memset(h.body_key, 0, sizeof h.body_key);
                memset(h.digest, 0, sizeof h.digest);
                h.text = full;
                h.text_len = sizeof full;
            }
            assert_int_equal(head_write(out, &h), RC_OK);
            assert_int_equal(head_parse(&back, out), RC_OK);
            assert_int_equal(back.kind, kind);
            assert_int_equal(back.text_len, h.text_len);
            assert_memory_equal(back.text, h.text, h.text_len);
            assert_memory_equal(back.a, h.a, 32);
            assert_memory_equal(back.b, h.b, 32);
            assert_memory_equal(back.p, h.p, 32);
            assert_int_equal(head_write(again, &back), RC_OK);
            assert_memory_equal(again, out, sizeof out);
        }
    }
    h = sample();
    h.text_len = 0;
    h.text = NULL;
    assert_int_equal(head_write(out, &h), RC_OK);
    assert_int_equal(head_parse(&back, out), RC_OK);
    assert_int_equal(back.text_len, 0);
}

static void
the_layout_is_the_protocols(void **state)
{
    struct head h = sample();
    uint8_t out[HEAD_LEN];

    (void)state;
    assert_int_equal(head_write(out, &h), RC_OK);
    assert_memory_equal(out, "\1\1\0\x22\0\0\0\3\0\0\0\0\0\0\x7c\xe1", 16);
    assert_memory_equal(out + 16, h.a, 32);
    assert_memory_equal(out + 48, h.b, 32);
    assert_memory_equal(out + 80, h.body_key, 32);
    assert_memory_equal(out + 112, h.digest, 32);
    assert_memory_equal(out + 144, h.p, 32);
    assert_memory_equal(out + 176, text, sizeof text);
    assert_int_equal(176 + HEAD_TEXT_MAX, HEAD_LEN);
}

/* The two ends of a proof. */
struct ends {
    uint8_t root[32], e[32];
    uint8_t r[32], R[32]; /* of the reporter */
    uint8_t k[32], K[32]; /* of the week */
};

static void
ends_make(struct ends *s)
{
    vec_seed(s->root, 32, "head root");
    vec_seed(s->e, 32, "head e");
    vec_seed(s->r, 32, "head r");
    vec_seed(s->k, 32, "head k");
    assert_int_equal(crypto_scalarmult_base(s->R, s->r), 0);
    assert_int_equal(crypto_scalarmult_base(s->K, s->k), 0);
}

/* The proof covers everything but itself. */
static void
a_proof_binds_all_but_itself(void **state)
{
    struct ends s;
    struct head_proof of = {s.root, s.e, 2960, s.r, s.K};
    struct head h = sample();
    uint8_t head[HEAD_LEN], proof[32], other[32];
    uint8_t *const parts[] = {s.root, s.e, s.r, s.K};

    (void)state;
    ends_make(&s);
    assert_int_equal(head_write(head, &h), RC_OK);
    assert_int_equal(head_prove(proof, head, &of), RC_OK);
    for (size_t i = 0; i < HEAD_LEN; i++) {
        head[i] ^= 1;
        assert_int_equal(head_prove(other, head, &of), RC_OK);
        if (i >= HEAD_P_OFFSET && i < HEAD_P_OFFSET + HEAD_P_LEN) {
            assert_memory_equal(other, proof, 32);
        } else {
            assert_memory_not_equal(other, proof, 32);
        }
        head[i] ^= 1;
    }
    of.week = 2961;
    assert_int_equal(head_prove(other, head, &of), RC_OK);
    assert_memory_not_equal(other, proof, 32);
    of.week = 2960;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        parts[i][9] ^= 1;
        assert_int_equal(head_prove(other, head, &of), RC_OK);
        assert_memory_not_equal(other, proof, 32);
        parts[i][9] ^= 1;
    }
}

static void
both_ends_and_nobody_else_prove(void **state)
{
    static const uint8_t zero[32];
    struct ends s;
    const struct head_proof hers = {s.root, s.e, 2960, s.r, s.K};
    const struct head_proof theirs = {s.root, s.e, 2960, s.k, s.R};
    const struct head_proof nobodys = {s.root, s.e, 2960, s.k, zero};
    struct head h = sample();
    uint8_t head[HEAD_LEN];

    (void)state;
    ends_make(&s);
    assert_int_equal(head_write(head, &h), RC_OK);
    assert_false(head_is_proven(head, &theirs));
    assert_int_equal(head_prove(head + HEAD_P_OFFSET, head, &hers), RC_OK);
    assert_true(head_is_proven(head, &theirs));
    head[HEAD_P_OFFSET + 31] ^= 1;
    assert_false(head_is_proven(head, &theirs));
    /* with a point of small order there is no secret in it */
    memset(head + HEAD_P_OFFSET, 9, HEAD_P_LEN);
    assert_int_equal(head_prove(head + HEAD_P_OFFSET, head, &nobodys),
                     RC_FORGED);
    assert_memory_equal(head + HEAD_P_OFFSET, zero, HEAD_P_LEN);
    assert_false(head_is_proven(head, &nobodys));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_breaks_a_rule_is_not_written),
        cmocka_unit_test(what_breaks_a_rule_is_not_read),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(the_layout_is_the_protocols),
        cmocka_unit_test(a_proof_binds_all_but_itself),
        cmocka_unit_test(both_ends_and_nobody_else_prove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
