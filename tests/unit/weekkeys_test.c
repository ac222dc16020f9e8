/* SPDX-License-Identifier: ISC */
#include "weekkeys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#define SLOTS (2 * WEEKKEYS_SLOTS) /* of the file: K and Q, then V */
#define FILE_LEN (SLOTS * WEEKKEYS_SLOT_LEN)
#define V_SLOT WEEKKEYS_SLOT_LEN /* the first week's */

static const uint8_t wrap[WEEKKEYS_KEY_LEN] = {7};
static char dir[64];
static char path[96];
static uint8_t file[FILE_LEN], before[FILE_LEN];

static int
setup(void **state)
{
    struct weekkeys *w;

    (void)state;
    strcpy(dir, "/tmp/weekkeys-test.XXXXXX");
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/week.keys", dir);
    if (weekkeys_open(&w, path, wrap, true) != RC_OK) {
        return -1;
    }
    weekkeys_close(w);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(dir);
}

static struct weekkeys *
opened(void)
{
    struct weekkeys *w;

    assert_int_equal(weekkeys_open(&w, path, wrap, false), RC_OK);
    return w;
}

static void
slurp(uint8_t out[static FILE_LEN])
{
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    assert_int_equal(fread(out, 1, FILE_LEN, f), FILE_LEN);
    assert_int_equal(fgetc(f), EOF);
    assert_int_equal(fclose(f), 0);
}

static void
spill(const uint8_t *in, size_t len)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(in, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void
what_is_no_slot_file_is_refused(void **state)
{
    struct weekkeys *w;

    (void)state;
    assert_int_equal(weekkeys_open(&w, path, wrap, true), RC_TAKEN);
    slurp(file);
    spill(file, FILE_LEN - 1);
    assert_int_equal(weekkeys_open(&w, path, wrap, false), RC_FORMAT);
    assert_null(w);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(weekkeys_open(&w, path, wrap, false), RC_MISSING);
}

static void
another_key_or_a_flipped_bit_is_forged(void **state)
{
    const uint8_t other[WEEKKEYS_KEY_LEN] = {8};
    struct weekkeys *w = opened();

    (void)state;
    assert_int_equal(weekkeys_make(w, 2900), RC_OK);
    weekkeys_close(w);
    assert_int_equal(weekkeys_open(&w, path, other, false), RC_FORGED);
    slurp(file);
    for (size_t i = 0; i < 24 + 68 + 16; i += 5) {
        for (size_t slot = 0; slot < 2; slot++) {
            if (slot == 0 || i < 24 + 36 + 16) {
                file[slot * WEEKKEYS_SLOT_LEN + i] ^= 1;
                spill(file, FILE_LEN);
                assert_int_equal(weekkeys_open(&w, path, wrap, false),
                                 RC_FORGED);
                file[slot * WEEKKEYS_SLOT_LEN + i] ^= 1;
            }
        }
    }
    /* A slot in another place is bound to its own. */
    memcpy(file + 6 * WEEKKEYS_SLOT_LEN, file, WEEKKEYS_SLOT_LEN);
    memset(file, 0, WEEKKEYS_SLOT_LEN);
    spill(file, FILE_LEN);
    assert_int_equal(weekkeys_open(&w, path, wrap, false), RC_FORGED);
}

static void
keys_come_back_and_differ(void **state)
{
    struct weekkeys *w = opened();
    uint32_t weeks[WEEKKEYS_SLOTS];
    struct weekkey a, b;
    struct stat st;

    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_null(weekkeys_find(w, 2901));
    assert_int_equal(weekkeys_make(w, 2902), RC_OK);
    assert_int_equal(weekkeys_make(w, 2900), RC_OK);
    assert_int_equal(weekkeys_make(w, 2901), RC_OK);
    assert_int_equal(weekkeys_make(w, 2901), RC_TAKEN);
    a = *weekkeys_find(w, 2901);
    b = *weekkeys_find(w, 2902);
    assert_memory_not_equal(a.k, b.k, 32);
    assert_memory_not_equal(a.q, b.q, 32);
    assert_memory_not_equal(a.v, b.v, 32);
    weekkeys_close(w);
    w = opened();
    assert_memory_equal(weekkeys_find(w, 2901), &a, sizeof a);
    assert_int_equal(weekkeys_list(w, weeks), 3);
    assert_int_equal(weeks[0], 2900);
    assert_int_equal(weeks[1], 2901);
    assert_int_equal(weeks[2], 2902);
    weekkeys_close(w);
}

static void
a_destroyed_key_is_gone_from_the_file(void **state)
{
    struct weekkeys *w = opened();
    struct stat st0, st1;

    (void)state;
    assert_int_equal(weekkeys_make(w, 2900), RC_OK);
    assert_int_equal(weekkeys_make(w, 2901), RC_OK);
    slurp(before);
    assert_int_equal(stat(path, &st0), 0);
    assert_int_equal(weekkeys_destroy(w, 2900), RC_OK);
    assert_int_equal(weekkeys_destroy(w, 2900), RC_OK);
    assert_null(weekkeys_find(w, 2900));
    assert_non_null(weekkeys_find(w, 2901));
    assert_int_equal(stat(path, &st1), 0);
    assert_int_equal(st0.st_ino, st1.st_ino); /* in place, not a new file */
    slurp(file);
    /* the first two slots were the first week's */
    assert_false(sodium_is_zero(before, WEEKKEYS_SLOT_LEN));
    assert_false(sodium_is_zero(before + V_SLOT, WEEKKEYS_SLOT_LEN));
    assert_true(sodium_is_zero(file, 2 * WEEKKEYS_SLOT_LEN));
    assert_memory_equal(before + 2 * WEEKKEYS_SLOT_LEN,
                        file + 2 * WEEKKEYS_SLOT_LEN,
                        FILE_LEN - 2 * WEEKKEYS_SLOT_LEN);
    assert_null(memmem(file, FILE_LEN, before + 24, 16));
    assert_null(memmem(file, FILE_LEN, before + V_SLOT + 24, 16));
    weekkeys_close(w);
    w = opened();
    assert_null(weekkeys_find(w, 2900));
    weekkeys_close(w);
}

/* V goes alone; what opens reports stays, and its bytes with it. */
static void
v_is_destroyed_alone(void **state)
{
    struct weekkeys *w = opened();
    struct desknote_week pub;
    struct weekkey was;

    (void)state;
    assert_int_equal(weekkeys_make(w, 2900), RC_OK);
    assert_int_equal(weekkeys_make(w, 2901), RC_OK);
    was = *weekkeys_find(w, 2900);
    assert_true(was.has_v);
    slurp(before);
    assert_int_equal(weekkeys_destroy_v(w, 2900), RC_OK);
    assert_int_equal(weekkeys_destroy_v(w, 2900), RC_OK);
    assert_int_equal(weekkeys_destroy_v(w, 2899), RC_OK);
    slurp(file);
    assert_memory_equal(file, before, V_SLOT);
    assert_true(sodium_is_zero(file + V_SLOT, WEEKKEYS_SLOT_LEN));
    assert_memory_equal(file + 2 * V_SLOT, before + 2 * V_SLOT,
                        FILE_LEN - 2 * V_SLOT);
    for (int again = 0; again < 2; again++) {
        const struct weekkey *key = weekkeys_find(w, 2900);

        assert_non_null(key);
        assert_false(key->has_v);
        assert_true(sodium_is_zero(key->v, sizeof key->v));
        assert_memory_equal(key->k, was.k, sizeof key->k);
        assert_memory_equal(key->q, was.q, sizeof key->q);
        assert_int_equal(weekkey_public(&pub, key), RC_MISSING);
        assert_true(weekkeys_find(w, 2901)->has_v);
        weekkeys_close(w);
        w = opened();
    }
    assert_int_equal(weekkeys_destroy(w, 2900), RC_OK);
    slurp(file);
    assert_true(sodium_is_zero(file, 2 * WEEKKEYS_SLOT_LEN));
    weekkeys_close(w);
}

/* A crash between the two writes of a new week. */
static void
v_without_the_rest_is_nothing(void **state)
{
    struct weekkeys *w = opened();

    (void)state;
    assert_int_equal(weekkeys_make(w, 2900), RC_OK);
    weekkeys_close(w);
    slurp(file);
    memset(file, 0, WEEKKEYS_SLOT_LEN);
    spill(file, FILE_LEN);
    w = opened();
    assert_null(weekkeys_find(w, 2900));
    slurp(file);
    assert_true(sodium_is_zero(file, FILE_LEN));
    assert_int_equal(weekkeys_make(w, 2900), RC_OK);
    assert_true(weekkeys_find(w, 2900)->has_v);
    weekkeys_close(w);
}

static void
an_interrupted_destruction_is_finished(void **state)
{
    struct weekkeys *w = opened();

    (void)state;
    assert_int_equal(weekkeys_make(w, 2900), RC_OK);
    weekkeys_close(w);
    slurp(file);
    randombytes_buf(file, WEEKKEYS_SLOT_LEN); /* the first pass was done */
    spill(file, FILE_LEN);
    w = opened();
    assert_null(weekkeys_find(w, 2900));
    slurp(file);
    assert_true(sodium_is_zero(file, 2 * WEEKKEYS_SLOT_LEN));
    assert_int_equal(weekkeys_make(w, 2900), RC_OK);
    slurp(file);
    randombytes_buf(file + V_SLOT, WEEKKEYS_SLOT_LEN); /* that of V alone */
    spill(file, FILE_LEN);
    assert_int_equal(weekkeys_reload(w), RC_OK);
    assert_non_null(weekkeys_find(w, 2900));
    assert_false(weekkeys_find(w, 2900)->has_v);
    slurp(file);
    assert_true(sodium_is_zero(file + V_SLOT, WEEKKEYS_SLOT_LEN));
    weekkeys_close(w);
}

static void
the_file_is_full_at_some_point(void **state)
{
    struct weekkeys *w = opened();
    uint32_t weeks[WEEKKEYS_SLOTS];

    (void)state;
    for (uint32_t i = 0; i < WEEKKEYS_SLOTS; i++) {
        assert_int_equal(weekkeys_make(w, 3000 - i), RC_OK);
    }
    assert_int_equal(weekkeys_make(w, 4000), RC_FULL);
    assert_int_equal(weekkeys_list(w, weeks), WEEKKEYS_SLOTS);
    for (size_t i = 1; i < WEEKKEYS_SLOTS; i++) {
        assert_true(weeks[i - 1] < weeks[i]);
    }
    assert_int_equal(weekkeys_destroy(w, 2990), RC_OK);
    assert_int_equal(weekkeys_make(w, 4000), RC_OK);
    weekkeys_close(w);
}

static void
another_process_is_seen(void **state)
{
    struct weekkeys *a = opened();
    struct weekkeys *b = opened();

    (void)state;
    assert_int_equal(weekkeys_make(a, 2900), RC_OK);
    assert_int_equal(weekkeys_make(b, 2900), RC_TAKEN);
    assert_int_equal(weekkeys_make(b, 2901), RC_OK);
    assert_int_equal(weekkeys_reload(a), RC_OK);
    assert_non_null(weekkeys_find(a, 2901));
    assert_memory_equal(weekkeys_find(a, 2900), weekkeys_find(b, 2900),
                        sizeof(struct weekkey));
    weekkeys_close(a);
    weekkeys_close(b);
}

static void
public_keys_fit_the_private_ones(void **state)
{
    struct weekkeys *w = opened();
    struct desknote_week pub;
    uint8_t sk[64], sig[64];

    (void)state;
    assert_int_equal(weekkeys_make(w, 2900), RC_OK);
    assert_int_equal(weekkey_public(&pub, weekkeys_find(w, 2900)), RC_OK);
    assert_int_equal(pub.week, 2900);
    weekkey_sign_key(sk, weekkeys_find(w, 2900));
    assert_int_equal(crypto_sign_detached(sig, NULL, sk, 10, sk), 0);
    assert_int_equal(crypto_sign_verify_detached(sig, sk, 10, pub.v), 0);
    weekkeys_close(w);
}

/* 7(t + 2) + retention + 3, and the end of week t + 1. */
static void
the_deadline_is_the_protocols(void **state)
{
    (void)state;
    assert_int_equal(weekkeys_span_end(2900), 7 * 2902LL * 86400);
    assert_int_equal(weekkeys_deadline(2900, 28),
                     (7 * 2902LL + 28 + 3) * 86400);
    assert_int_equal(weekkeys_deadline(0, 3), (14 + 6) * 86400);
    assert_int_equal(weekkeys_v_deadline(2900), (7 * 2900LL + 9) * 86400);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_slot_file_is_refused),
        TEST(another_key_or_a_flipped_bit_is_forged),
        TEST(keys_come_back_and_differ),
        TEST(a_destroyed_key_is_gone_from_the_file),
        TEST(v_is_destroyed_alone),
        TEST(v_without_the_rest_is_nothing),
        TEST(an_interrupted_destruction_is_finished),
        TEST(the_file_is_full_at_some_point),
        TEST(another_process_is_seen),
        TEST(public_keys_fit_the_private_ones),
        TEST(the_deadline_is_the_protocols),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
