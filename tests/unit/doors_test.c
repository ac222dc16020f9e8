/* SPDX-License-Identifier: ISC */
#include "doors.h"

#include "vec.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD   "tocsin-doors v3\nissued 20779\n"
#define L56    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad"
#define URL    "http://" L56 ".onion"
#define ID(c)  c c c c c c c c c c c c c c c c
#define DOOR_A "door " ID("0a0a") " " URL "\n"
#define DOOR_B "door " ID("0b0b") " " URL "\n"
#define BASE   "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define DESK_A "desk " ID("0a0a") " " BASE "\n"
#define DESK_B "desk " ID("0b0b") " " BASE "\n"

static int
setup(void **state)
{
    (void)state;
    return sodium_init() < 0 ? 1 : 0;
}

static enum rc
parse(const char *text, size_t len)
{
    struct doors *d;
    char *copy = malloc(len > 0 ? len : 1);
    enum rc rc;

    assert_non_null(copy);
    memcpy(copy, text, len);
    rc = doors_parse(&d, copy, len);
    assert_true((rc == RC_OK) == (d != NULL));
    free(copy);
    free(d);
    return rc;
}

static void
texts_that_are_not_strict_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "tocsin-doors v0\nissued 20779\n",
        "tocsin-doors v03\nissued 20779\n",
        "tocsin-doors v3\nissued 0\n",
        "tocsin-doors v3\nissued 20779",
        "tocsin-directory v3\nissued 20779\n",
        HEAD "\n",
        HEAD DESK_A DOOR_A, /* doors come first */
        HEAD DOOR_B DOOR_A, /* ascending */
        HEAD DOOR_A DOOR_A, /* once */
        HEAD DESK_B DESK_A,
        HEAD DESK_A DESK_A,
        HEAD "door " ID("0A0A") " " URL "\n",
        HEAD "door " ID("0a0a") "  " URL "\n",
        HEAD "door " ID("0a0a") " " URL " \n",
        HEAD "door " ID("0a0a") " https://" L56 ".onion\n",
        HEAD "door " ID("0a0a") " http://" L56 ".onion/\n",
        HEAD "door " ID("0a0a") " http://1" L56 "onion\n",
        HEAD "door " ID("0a0a") " http://relay0.example\n",
        HEAD "desk " ID("0a0a") "\n",
        HEAD "desk " ID("0a0a") " CQAA\n",
        /* stray bits; small order: 0, 1; 2^255 - 19 and its neighbours */
        HEAD
        "desk " ID("0a0a") " CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        HEAD
        "desk " ID("0a0a") " AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        HEAD
        "desk " ID("0a0a") " AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        HEAD
        "desk " ID("0a0a") " 7f///////////////////////////////////////38=\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (parse(bad[i], strlen(bad[i])) != RC_FORMAT) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void
what_parses_is_written_again(void **state)
{
    static const char text[] = HEAD DOOR_A DOOR_B DESK_A DESK_B;
    struct doors *d;
    size_t len;
    char *out;

    (void)state;
    for (size_t n = 0; n < sizeof text - 1; n++) {
        bool whole = n + 1 > sizeof HEAD - 1 && text[n - 1] == '\n';

        assert_int_equal(parse(text, n), whole ? RC_OK : RC_FORMAT);
    }
    assert_int_equal(doors_parse(&d, text, sizeof text - 1), RC_OK);
    assert_int_equal(d->version, 3);
    assert_int_equal(d->issued, 20779);
    assert_int_equal(d->n_relays, 2);
    assert_int_equal(d->n_desks, 2);
    assert_string_equal(d->relays[1].url, URL);
    assert_int_equal(d->desks[1].org[0], 0x0b);
    assert_int_equal(d->desks[1].key[0], 9);
    assert_int_equal(doors_write(&out, &len, d), RC_OK);
    assert_int_equal(len, sizeof text - 1);
    assert_memory_equal(out, text, len);
    free(out);
    free(d);
}

static void
lines_come_and_go_in_their_places(void **state)
{
    static const char want[] = HEAD DOOR_A DOOR_B DESK_A DESK_B;
    uint8_t id[32];
    struct doors *d;
    size_t len;
    char *out, door_a[] = DOOR_A, door_b[] = DOOR_B, line[256];

    (void)state;
    assert_int_equal(doors_parse(&d, HEAD, sizeof HEAD - 1), RC_OK);
    assert_int_equal(doors_add(d, DOOR_A), RC_FORMAT); /* its line's end */
    assert_int_equal(doors_add(d, "desk " ID("0a0a")), RC_FORMAT);
    assert_int_equal(doors_add(d, ""), RC_FORMAT);
    memset(id, 0x0a, sizeof id);
    assert_int_equal(doors_remove(d, true, id), RC_MISSING);
    door_a[sizeof door_a - 2] = 0;
    door_b[sizeof door_b - 2] = 0;
    assert_int_equal(doors_add(d, door_b), RC_OK);
    assert_int_equal(doors_add(d, door_a), RC_OK);
    assert_int_equal(doors_add(d, door_a), RC_TAKEN);
    assert_int_equal(doors_add(d, "desk " ID("0b0b") " " BASE), RC_OK);
    assert_int_equal(doors_add(d, "desk " ID("0909") " " BASE), RC_OK);
    assert_int_equal(doors_add(d, "desk " ID("0a0a") " " BASE), RC_OK);
    memset(id, 9, sizeof id);
    assert_int_equal(doors_remove(d, false, id), RC_MISSING);
    assert_int_equal(doors_remove(d, true, id), RC_OK);
    assert_int_equal(doors_write(&out, &len, d), RC_OK);
    assert_int_equal(len, sizeof want - 1);
    assert_memory_equal(out, want, len);
    free(out);
    for (unsigned i = 0x10; d->n_relays < DOORS_RELAYS_MAX; i++) {
        (void)snprintf(line, sizeof line, "door %064x " URL, i);
        assert_int_equal(doors_add(d, line), RC_OK);
    }
    (void)snprintf(line, sizeof line, "door %064x " URL, 0xffffu);
    assert_int_equal(doors_add(d, line), RC_FULL);
    free(d);
}

/* A note of it with two of three signers; too few don't do. */
static void
the_threshold_must_sign(void **state)
{
    struct root root = {.version = 1, .threshold = 2};
    uint8_t sk[3][64], seed[32], *note, *next;
    struct doors *d;
    size_t len = sizeof HEAD DESK_A - 1;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        root.keys[i].name[0] = (char)('a' + i);
        vec_seed(seed, sizeof seed, root.keys[i].name);
        assert_int_equal(crypto_sign_seed_keypair(root.keys[i].pk, sk[i], seed),
                         0);
    }
    root.n_keys = 2; /* c is a stranger */
    note = (uint8_t *)strdup(HEAD DESK_A);
    assert_non_null(note);
    assert_int_equal(doors_open(&d, note, len, &root), RC_FORMAT);
    for (size_t i = 3; i-- > 0;) {
        assert_int_equal(
            note_sign(&next, &len, note, len, &root.keys[i], sk[i]), RC_OK);
        free(note);
        note = next;
        assert_int_equal(doors_open(&d, note, len, &root),
                         i == 0 ? RC_OK : RC_FORGED);
        free(d);
        assert_int_equal(doors_open(&d, note, len, NULL), RC_OK);
        free(d);
    }
    for (size_t at = 0; at < sizeof HEAD DESK_A - 1; at++) {
        note[at] ^= 1;
        assert_int_not_equal(doors_open(&d, note, len, &root), RC_OK);
        assert_null(d);
        note[at] ^= 1;
    }
    free(note);
}

/* Who keeps a list takes none that is older, and no other of its version. */
static void
an_older_list_or_another_is_refused(void **state)
{
    static struct doors kept, next;

    (void)state;
    kept.version = next.version = 7;
    memset(kept.hash, 1, sizeof kept.hash);
    memset(next.hash, 1, sizeof next.hash);
    assert_int_equal(doors_follows(&next, &kept), RC_OK);
    next.hash[31] ^= 1;
    assert_int_equal(doors_follows(&next, &kept), RC_FORGED);
    next.version = 6;
    assert_int_equal(doors_follows(&next, &kept), RC_TAKEN);
    next.version = 8;
    assert_int_equal(doors_follows(&next, &kept), RC_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_are_not_strict_are_refused),
        cmocka_unit_test(what_parses_is_written_again),
        cmocka_unit_test(lines_come_and_go_in_their_places),
        cmocka_unit_test(the_threshold_must_sign),
        cmocka_unit_test(an_older_list_or_another_is_refused),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
