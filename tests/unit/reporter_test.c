/* SPDX-License-Identifier: ISC */
/* The reporter's smaller parts: days, names, clues, types, boxes. */
#include "answers.h"
#include "ask.h"
#include "body.h"
#include "day.h"
#include "filetype.h"
#include "sample.h"
#include "sendbody.h"
#include "upload.h"
#include "vec.h"
#include "violations.h"
#include "visit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
only_real_days_are_days(void **state)
{
    static const char *const bad[] = {
        "",           "2026",       "2026-11",    "2026-11-2",  "2026-11-222",
        "2026-02-30", "2026-13-01", "1969-12-31", "2026/11/22", " 026-11-22",
        "2026-11- 2", "2026-00-01",
    };
    char text[DAY_TEXT_LEN + 1];
    uint32_t day;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(day_parse(&day, bad[i]), RC_FORMAT);
        assert_int_equal(day, 0);
    }
    assert_int_equal(day_parse(&day, "1970-01-01"), RC_OK);
    assert_int_equal(day, 0);
    assert_int_equal(day_parse(&day, "2024-02-29"), RC_OK);
    assert_int_equal(day, 19782);
    for (uint32_t d = 1; d < 2900000; d += 997) {
        day_write(text, d);
        assert_int_equal(day_parse(&day, text), RC_OK);
        assert_int_equal(day, d);
    }
    day_write(text, UINT32_MAX);
    assert_string_equal(text, "?");
}

static void
an_organisation_is_found_by_name_or_id(void **state)
{
    static struct sample s;
    struct directory *d;
    size_t at;
    char hex[65];

    (void)state;
    sample_init(&s);
    d = sample_directory(&s, 1, 20000);
    vec_seed((uint8_t *)hex, sizeof hex, "x");
    for (size_t i = 0; i < d->n_orgs; i++) {
        for (size_t k = 0; k < 32; k++) {
            (void)snprintf(hex + 2 * k, 3, "%02X", d->orgs[i].id[k]);
        }
        for (size_t n = 64; n > 0; n--) {
            hex[n] = '\0';
            assert_int_equal(org_find(&at, d, hex),
                             n >= 8 ? RC_OK : RC_MISSING);
            assert_true(n < 8 || at == i);
        }
        assert_int_equal(org_find(&at, d, d->orgs[i].name), RC_OK);
        assert_int_equal(at, i);
    }
    assert_int_equal(org_find(&at, d, ""), RC_MISSING);
    assert_int_equal(org_find(&at, d, "Legal"), RC_MISSING);
    assert_int_equal(org_find(&at, d, "LEGAL AID"), RC_OK);
    free(d->orgs[0].name);
    assert_non_null(d->orgs[0].name = strdup("Legal Aid"));
    assert_int_equal(org_find(&at, d, "Legal Aid"), RC_TAKEN);
    directory_free(d);
}

static void
clues_are_found_among_dummies(void **state)
{
    static struct sample s;
    struct directory *d;
    struct answers a;
    uint8_t seed[KDF_LEN], root[KDF_LEN], entry[ENTRY_ANSWER_LEN];

    (void)state;
    sample_init(&s);
    d = sample_directory(&s, 1, 20000);
    vec_seed(seed, sizeof seed, "a seed");
    assert_int_equal(answers_init(&a, seed, d), RC_OK);
    for (uint8_t i = 0; i < ANSWERS_MAX; i++) {
        char label[32];

        (void)snprintf(label, sizeof label, "dummy %u", i);
        vec_seed(entry, sizeof entry, label);
        answers_entry(entry, 20000, &a);
    }
    for (size_t org = 0; org < d->n_orgs; org++) {
        for (unsigned i = 0; i < ANSWERS_MAX; i++) {
            assert_int_equal(answers_day(&a, org, i), 0);
        }
    }
    conversation_root(root, seed, d->orgs[1].id);
    answer_entry(entry, root, 63);
    answers_entry(entry, 20003, &a);
    answers_entry(entry, 20001, &a);
    answers_entry(entry, 20002, &a); /* the earliest counts */
    assert_int_equal(answers_day(&a, 1, 63), 20001);
    assert_int_equal(answers_day(&a, 1, 62), 0);
    assert_int_equal(answers_day(&a, 0, 63), 0);
    answers_wipe(&a);
    directory_free(d);
}

static void
types_go_by_content(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *name;
        const char *extension; /* NULL: not known */
    } cases[] = {
        {"", 0, "a.txt", "txt"},
        {"", 0, "a.jpg", NULL},
        {"text", 4, "a", NULL},
        {"text", 4, "a.TXT", "txt"},
        {"te\0xt", 5, "a.txt", NULL},
        {"\xc3", 1, "a.txt", NULL},
        {"<svg/>", 6, "a.svg", NULL},
        {"\xff\xd8", 2, "a.jpg", NULL},
        {"\xff\xd8\xff", 3, "a.png", "jpg"},
        {"%PDF-1.4", 8, "a.doc", "pdf"},
        {"\0\0\0\x18"
         "ftypisom",
         12, "a", "mp4"},
        {"\0\0\0\x18"
         "ftypheic",
         12, "a.mp4", "heic"},
        {"\0\0\0\x18"
         "ftypavif",
         12, "a.mp4", NULL},
        {"PK\3\4", 4, "a.docx", NULL},
        {"PK\3\4[Content_Types].xml word/document.xml", 41, "a.zip", "docx"},
        {"PK\3\4[Content_Types].xml", 23, "a.docx", NULL},
        {"PK\3\4..........................mimetypeapplication/vnd.oasis."
         "opendocument.textPK",
         79, "a", "odt"},
        {"PK\3\4..........................mimetypeapplication/vnd.oasis."
         "opendocument.text-templatePK",
         88, "a.odt", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct filetype *t = filetype_of((const uint8_t *)cases[i].bytes,
                                               cases[i].len, cases[i].name);

        if (cases[i].extension == NULL) {
            assert_null(t);
        } else {
            assert_non_null(t);
            assert_string_equal(t->extension, cases[i].extension);
        }
    }
}

/* What a stranger sent is called by its content; a script is a text. */
static void
endings_go_by_content_alone(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *ending; /* NULL: none */
    } cases[] = {
        {"", 0, NULL},
        {"#!/bin/sh\nrm -r .\n", 18, "txt"},
        {"<html><script>", 14, "txt"},
        {"MZ\x90\0\3", 5, NULL},
        {"\x7f"
         "ELF",
         4, NULL},
        {"PK\3\4META-INF/MANIFEST.MF", 24, NULL},
        {"\xff\xd8\xff\xe0", 4, "jpg"},
        {"%PDF-1.7", 8, "pdf"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *ending =
            filetype_ending((const uint8_t *)cases[i].bytes, cases[i].len);

        if (cases[i].ending == NULL) {
            assert_null(ending);
        } else {
            assert_non_null(ending);
            assert_string_equal(ending, cases[i].ending);
        }
    }
}

/* The same box each time, as resuming needs, and what a desk can open. */
static void
a_box_is_the_same_each_time(void **state)
{
    static uint8_t bytes[BODY_CHUNK_LEN + 5], one[CELL_LEN], two[CELL_LEN];
    static uint8_t plain[BODY_CHUNK_LEN];
    struct body_build b = {.bytes = bytes, .len = sizeof bytes, .boxes = 3};
    uint8_t key[KDF_LEN], seed[KDF_LEN], address[DROP_ADDRESS_LEN];
    uint8_t secret[DROP_BURN_LEN], burn[DROP_BURN_LEN];
    uint8_t relay[32], other[32];
    const struct upload_body body = {&b, key, seed, relay};
    const struct upload_body elsewhere = {&b, key, seed, other};
    struct cell_request req;

    (void)state;
    vec_seed(bytes, sizeof bytes, "body");
    vec_seed(key, sizeof key, "key");
    vec_seed(seed, sizeof seed, "seed");
    vec_seed(relay, sizeof relay, "relay");
    vec_seed(other, sizeof other, "other");
    for (uint32_t i = 0; i < 3; i++) { /* the last one only pads */
        const struct body_place at = {key, relay, i};

        assert_int_equal(upload_body_cell(one, i, &body), RC_OK);
        assert_int_equal(upload_body_cell(two, i, &body), RC_OK);
        assert_memory_equal(one, two, sizeof one);
        assert_int_equal(upload_body_cell(two, i, &elsewhere), RC_OK);
        for (size_t k = 0; k < 3; k++) { /* address, burn hash, box */
            const size_t offsets[] = {16, 48, 384};

            assert_memory_not_equal(one + offsets[k], two + offsets[k], 32);
        }
        assert_int_equal(cell_request_parse(&req, one, NULL, 0), RC_OK);
        assert_int_equal(req.op, CELL_PUT);
        body_address(address, &at);
        assert_memory_equal(req.address, address, sizeof address);
        body_burn_secret(secret, seed, address);
        drop_burn_hash(burn, secret);
        assert_memory_equal(req.burn, burn, sizeof burn);
        assert_int_equal(body_box_open(plain, &at, req.data), RC_OK);
        if (i == 0) {
            assert_memory_equal(plain, bytes, BODY_CHUNK_LEN);
        } else if (i == 1) {
            assert_memory_equal(plain, bytes + BODY_CHUNK_LEN, 5);
            assert_int_equal(plain[5], 0);
        }
    }
}

static void
a_large_body_is_shared_a_small_one_is_not(void **state)
{
    uint8_t seed[KDF_LEN], a[KDF_LEN], b[KDF_LEN];
    struct sending s = {.seed = seed, .n_orgs = 2};

    (void)state;
    vec_seed(seed, sizeof seed, "seed");
    vec_seed(s.orgs[0], ORG_ID_LEN, "one");
    vec_seed(s.orgs[1], ORG_ID_LEN, "two");
    assert_int_equal(sendbody_count(&s), 0);
    s.body.len = 1;
    s.body.boxes = SENDBODY_SHARED;
    assert_int_equal(sendbody_count(&s), 2);
    sendbody_key(a, &s, 0);
    sendbody_key(b, &s, 1);
    assert_memory_not_equal(a, b, sizeof a);
    s.body.boxes++;
    assert_int_equal(sendbody_count(&s), 1);
    sendbody_key(a, &s, 0);
    sendbody_key(b, &s, 1);
    assert_memory_equal(a, b, sizeof a);
    /* One recipient: of its own, however large. */
    s.n_orgs = 1;
    sendbody_key(b, &s, 0);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(sendbody_count(&s), 1);
}

static void
violations_are_found_in_any_case(void **state)
{
    (void)state;
    assert_null(violation_find("", 0));
    assert_null(violation_find("FIRE", 4));
    assert_null(violation_find("FIREDX", 6));
    assert_string_equal(violation_find("fired", 5)->code, "FIRED");
    assert_string_equal(violation_find("OTHERS", 5)->code, "OTHER");
}

static void
a_look_back_is_a_week_or_all(void **state)
{
    int all = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint32_t days = visit_look_back();

        assert_true(days == VISIT_ANSWER_DAYS || days > 366);
        all += days > 366;
    }
    assert_in_range(all, 150, 350); /* outside: one in 10^12 */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_real_days_are_days),
        cmocka_unit_test(an_organisation_is_found_by_name_or_id),
        cmocka_unit_test(clues_are_found_among_dummies),
        cmocka_unit_test(types_go_by_content),
        cmocka_unit_test(endings_go_by_content_alone),
        cmocka_unit_test(a_box_is_the_same_each_time),
        cmocka_unit_test(a_large_body_is_shared_a_small_one_is_not),
        cmocka_unit_test(violations_are_found_in_any_case),
        cmocka_unit_test(a_look_back_is_a_week_or_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
