/* SPDX-License-Identifier: ISC */
#include "slab.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include <cmocka.h>

#include "slabkeys.h"
#include "slots.h"

static int fd = -1;
static uint8_t key[SLAB_KEY_LEN] = {1}, other_key[SLAB_KEY_LEN] = {2};
static uint8_t id[32] = {3}, data[CELL_BOX_LEN];

/* An unnamed file. */
static int
setup(void **state)
{
    char path[] = "/tmp/tocsin-slab-XXXXXX";

    (void)state;
    fd = mkstemp(path);
    if (fd < 0 || unlink(path) != 0) {
        return -1;
    }
    randombytes_buf(data, sizeof data);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    return close(fd);
}

static struct slab_head
make(uint64_t boxes)
{
    struct slab_head head = {.boxes = boxes, .slots = slab_slots(boxes)};

    randombytes_buf(head.id, sizeof head.id);
    assert_int_equal(slab_create(fd, &head, NULL, NULL), RC_OK);
    return head;
}

static const struct slab_item item = {.kind = SLAB_WAITING,
                                      .board = 7,
                                      .effort = 13,
                                      .due = 0x0102030405060708,
                                      .id = id,
                                      .data = data,
                                      .len = sizeof data};

static void
waiting_entries_get_slots_of_their_own(void **state)
{
    (void)state;
    assert_int_equal(slab_slots(1), 65);
    assert_int_equal(slab_slots(1024), 1024 + 64);
    assert_int_equal(slab_slots(16000), 17000);
    assert_int_equal(slab_slots(1000000), 1000000 + 16384);
}

static void
a_head_with_any_flipped_bit_is_refused(void **state)
{
    struct slab_head head = {.boxes = 5, .slots = 69}, got, zero = {0};
    uint8_t block[SLAB_BLOCK_LEN], again[SLAB_BLOCK_LEN];

    (void)state;
    slab_head_write(block, &head);
    assert_int_equal(slab_head_parse(&got, block), RC_OK);
    slab_head_write(again, &got);
    assert_memory_equal(block, again, sizeof block);
    for (size_t i = 0; i < sizeof block; i += i < 128 ? 1 : 97) {
        for (unsigned bit = 0; bit < 8; bit++) {
            block[i] ^= (uint8_t)(1u << bit);
            assert_int_equal(slab_head_parse(&got, block), RC_FORMAT);
            assert_memory_equal(&got, &zero, sizeof got);
            block[i] ^= (uint8_t)(1u << bit);
        }
    }
}

static void
impossible_sizes_are_refused(void **state)
{
    static const struct slab_head heads[] = {
        {.boxes = 0, .slots = 64},
        {.boxes = 65, .slots = 64},
        {.boxes = 1, .slots = (uint64_t)SLAB_SLOTS_MAX + 1},
        {.boxes = UINT64_MAX, .slots = UINT64_MAX},
    };
    uint8_t block[SLAB_BLOCK_LEN];
    struct slab_head got;

    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        slab_head_write(block, &heads[i]);
        assert_int_equal(slab_head_parse(&got, block), RC_FORMAT);
    }
}

static void
a_file_that_is_cut_off_is_seen(void **state)
{
    struct slab_head head = make(4), got;
    off_t len = (off_t)(head.slots + 1) * SLAB_BLOCK_LEN;
    static const off_t cuts[] = {0, 1, SLAB_BLOCK_LEN - 1, SLAB_BLOCK_LEN};

    (void)state;
    assert_int_equal(slab_open(&got, fd), RC_OK);
    assert_memory_equal(&got, &head, sizeof got);
    assert_int_equal(ftruncate(fd, len + 1), 0);
    assert_int_equal(slab_open(&got, fd), RC_FORMAT);
    assert_int_equal(ftruncate(fd, len - 1), 0);
    assert_int_equal(slab_open(&got, fd), RC_TRUNCATED);
    for (size_t i = sizeof cuts / sizeof *cuts; i-- > 0;) {
        assert_int_equal(ftruncate(fd, cuts[i]), 0);
        assert_int_equal(slab_open(&got, fd), RC_TRUNCATED);
    }
}

/* Every block is written, and looks like noise. */
static void
a_new_slab_is_noise_to_its_end(void **state)
{
    struct slab_head head = make(4);
    struct stat st;

    (void)state;
    assert_int_equal(fstat(fd, &st), 0);
    assert_true((uint64_t)st.st_blocks * 512 >=
                (head.slots + 1) * SLAB_BLOCK_LEN);
    for (uint32_t i = 0; i < head.slots; i++) {
        uint8_t block[SLAB_BLOCK_LEN];
        size_t count[256] = {0};

        assert_int_equal(
            pread(fd, block, sizeof block, (off_t)(i + 1) * SLAB_BLOCK_LEN),
            sizeof block);
        for (size_t k = 0; k < sizeof block; k++) {
            count[block[k]]++;
        }
        for (size_t k = 0; k < 256; k++) {
            assert_true(count[k] > 0 && count[k] < 150); /* about 64 each */
        }
    }
}

static void
what_is_written_reads_back(void **state)
{
    uint8_t block[SLAB_BLOCK_LEN];
    struct slab_item got;

    (void)state;
    (void)make(4);
    assert_int_equal(slab_write(fd, 9, key, &item), RC_OK);
    assert_int_equal(slab_read(&got, fd, 9, key, block), RC_OK);
    assert_int_equal(got.kind, SLAB_WAITING);
    assert_int_equal(got.board, 7);
    assert_int_equal(got.effort, 13);
    assert_true(got.due == item.due);
    assert_memory_equal(got.id, id, 32);
    assert_memory_equal(got.data, data, sizeof data);
}

static void
only_the_week_and_the_place_open_a_slot(void **state)
{
    uint8_t block[SLAB_BLOCK_LEN];
    struct slab_item got, zero = {0};

    (void)state;
    (void)make(4);
    assert_int_equal(slab_read(&got, fd, 9, key, block), RC_FORGED);
    assert_int_equal(slab_write(fd, 9, key, &item), RC_OK);
    assert_int_equal(slab_read(&got, fd, 9, other_key, block), RC_FORGED);
    assert_int_equal(slab_read(&got, fd, 8, key, block), RC_FORGED);
    /* Copied to another place it is nothing. */
    assert_int_equal(pread(fd, block, sizeof block, 10 * SLAB_BLOCK_LEN),
                     sizeof block);
    assert_int_equal(pwrite(fd, block, sizeof block, 9 * SLAB_BLOCK_LEN),
                     sizeof block);
    assert_int_equal(slab_read(&got, fd, 8, key, block), RC_FORGED);
    assert_memory_equal(&got, &zero, sizeof got);
}

static void
a_flipped_bit_is_forged_and_a_wipe_is_final(void **state)
{
    uint8_t block[SLAB_BLOCK_LEN], flip;
    struct slab_item got;
    off_t at = 10 * SLAB_BLOCK_LEN;

    (void)state;
    (void)make(4);
    assert_int_equal(slab_write(fd, 9, key, &item), RC_OK);
    for (off_t i = 0; i < SLAB_BLOCK_LEN; i += i < 80 ? 1 : 601) {
        assert_int_equal(pread(fd, &flip, 1, at + i), 1);
        flip ^= 0x10;
        assert_int_equal(pwrite(fd, &flip, 1, at + i), 1);
        assert_int_equal(slab_read(&got, fd, 9, key, block), RC_FORGED);
        flip ^= 0x10;
        assert_int_equal(pwrite(fd, &flip, 1, at + i), 1);
    }
    assert_int_equal(slab_read(&got, fd, 9, key, block), RC_OK);
    assert_int_equal(slab_wipe(fd, 9), RC_OK);
    assert_int_equal(slab_read(&got, fd, 9, key, block), RC_FORGED);
}

static void
too_much_is_refused(void **state)
{
    struct slab_item more = item;

    (void)state;
    (void)make(4);
    more.len = CELL_BOX_LEN + 1;
    assert_int_equal(slab_write(fd, 1, key, &more), RC_FORMAT);
}

/* --- week keys --- */

static void
slabkeys_refuse_what_is_damaged(void **state)
{
    uint8_t *file = malloc(SLABKEYS_FILE_LEN), *again;
    struct slabkeys_table *t = malloc(sizeof *t), *got = malloc(sizeof *got);

    (void)state;
    assert_non_null(again = malloc(SLABKEYS_FILE_LEN));
    assert_non_null(file);
    assert_non_null(t);
    assert_non_null(got);
    memset(t, 0, sizeof *t);
    for (uint32_t w = 2900; w < 2905; w++) {
        t->place[w % SLABKEYS_PLACES].used = true;
        t->place[w % SLABKEYS_PLACES].week = w;
        randombytes_buf(t->place[w % SLABKEYS_PLACES].key, 32);
    }
    slabkeys_write(file, t);
    assert_int_equal(slabkeys_parse(got, file), RC_OK);
    slabkeys_write(again, got);
    assert_memory_equal(file, again, SLABKEYS_FILE_LEN);
    for (size_t i = 0; i < SLABKEYS_FILE_LEN; i += 1 + i / 64 % 7) {
        file[i] ^= 1;
        assert_int_not_equal(slabkeys_parse(got, file), RC_OK);
        assert_true(sodium_is_zero((const uint8_t *)got, sizeof *got));
        file[i] ^= 1;
    }
    free(file);
    free(again);
    free(t);
    free(got);
}

static void
slabkeys_come_back_and_are_destroyed(void **state)
{
    uint8_t a[32], b[32], file[SLABKEYS_FILE_LEN];
    struct slabkeys *k;

    (void)state;
    assert_int_equal(slabkeys_open(&k, fd), RC_TRUNCATED);
    assert_null(k);
    assert_int_equal(slabkeys_create(fd), RC_OK);
    assert_int_equal(slabkeys_open(&k, fd), RC_OK);
    assert_int_equal(slabkeys_get(k, 2900, a), RC_MISSING);
    assert_int_equal(slabkeys_make(k, 2900), RC_OK);
    assert_int_equal(slabkeys_make(k, 2901), RC_OK);
    assert_int_equal(slabkeys_make(k, 2900 + SLABKEYS_PLACES), RC_AGAIN);
    assert_int_equal(slabkeys_get(k, 2900, a), RC_OK);
    slabkeys_free(k);
    assert_int_equal(slabkeys_open(&k, fd), RC_OK);
    assert_int_equal(slabkeys_make(k, 2900), RC_OK); /* keeps what it has */
    assert_int_equal(slabkeys_get(k, 2900, b), RC_OK);
    assert_memory_equal(a, b, 32);
    assert_int_equal(slabkeys_get(k, 2901, b), RC_OK);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(slabkeys_get(k, 2900 + SLABKEYS_PLACES, b), RC_MISSING);
    assert_true(sodium_is_zero(b, 32));

    assert_int_equal(pread(fd, file, sizeof file, 0), sizeof file);
    assert_non_null(memmem(file, sizeof file, a, 32));
    assert_int_equal(slabkeys_destroy(k, 2901), RC_OK);
    assert_int_equal(slabkeys_get(k, 2900, b), RC_MISSING);
    assert_int_equal(slabkeys_get(k, 2901, b), RC_OK);
    assert_int_equal(pread(fd, file, sizeof file, 0), sizeof file);
    assert_null(memmem(file, sizeof file, a, 8));
    slabkeys_free(k);
}

/* --- which slots are free --- */

static void
slots_are_taken_at_random_and_each_once(void **state)
{
    uint8_t bitmap[625] = {0}, seen[5000] = {0};
    struct slots s;
    uint32_t slot, first = 0, runs = 400;

    (void)state;
    bitmap[0] = 0xff; /* 0 to 7 are in use */
    assert_int_equal(slots_init(&s, 5000, bitmap), RC_OK);
    assert_int_equal(slots_take(&s, &slot), RC_AGAIN); /* none is open yet */
    for (uint32_t n = 0; n < 4992; n++) {
        (void)slots_refill(&s);
        slots_keep(&s);
        assert_int_equal(slots_take(&s, &slot), RC_OK);
        assert_true(slot >= 8 && slot < 5000 && seen[slot] == 0);
        seen[slot] = 1;
    }
    slots_keep(&s);
    assert_int_equal(slots_take(&s, &slot), RC_FULL);
    slots_wipe(&s);
    /* The first one: any of them. */
    for (uint32_t n = 0; n < runs; n++) {
        assert_int_equal(slots_init(&s, 5000, bitmap), RC_OK);
        (void)slots_refill(&s);
        assert_int_equal(slots_take(&s, &slot), RC_OK);
        first += slot < 2504;
        slots_wipe(&s);
    }
    assert_true(first > runs / 4 && first < runs * 3 / 4);
}

static void
a_group_of_slots_can_be_undone(void **state)
{
    uint8_t bitmap[625] = {0};
    uint32_t slot, taken[SLOTS_OPEN_MAX];
    struct slots s;

    (void)state;
    assert_int_equal(slots_init(&s, 5000, bitmap), RC_OK);
    assert_true(slots_refill(&s));
    slots_keep(&s);
    assert_false(slots_refill(&s));
    for (size_t i = 0; i < SLOTS_OPEN_MAX; i++) {
        assert_int_equal(slots_take(&s, &taken[i]), RC_OK);
    }
    /* More than were on record can't be written in one group. */
    assert_int_equal(slots_take(&s, &slot), RC_AGAIN);
    assert_int_equal(slots_give(&s, taken[0]), RC_OK);
    assert_true(slots_refill(&s));
    slots_undo(&s);
    assert_int_equal(s.n_open, SLOTS_OPEN_MAX);
    assert_int_equal(s.n_free, 5000 - SLOTS_OPEN_MAX);
    for (size_t i = 0; i < SLOTS_OPEN_MAX; i++) {
        bool found = false;

        for (size_t k = 0; k < SLOTS_OPEN_MAX; k++) {
            found |= s.open[k] == taken[i];
        }
        assert_true(found);
    }
    /* And one that comes true. */
    assert_int_equal(slots_take(&s, &slot), RC_OK);
    assert_true(slots_refill(&s));
    slots_keep(&s);
    assert_int_equal(slots_give(&s, slot), RC_OK);
    assert_int_equal(s.n_free + s.n_open, 4999);
    slots_keep(&s);
    slots_free_doomed(&s);
    assert_int_equal(s.n_free + s.n_open, 5000);
    slots_wipe(&s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(waiting_entries_get_slots_of_their_own),
        TEST(a_head_with_any_flipped_bit_is_refused),
        TEST(impossible_sizes_are_refused),
        TEST(a_file_that_is_cut_off_is_seen),
        TEST(a_new_slab_is_noise_to_its_end),
        TEST(what_is_written_reads_back),
        TEST(only_the_week_and_the_place_open_a_slot),
        TEST(a_flipped_bit_is_forged_and_a_wipe_is_final),
        TEST(too_much_is_refused),
        TEST(slabkeys_refuse_what_is_damaged),
        TEST(slabkeys_come_back_and_are_destroyed),
        TEST(slots_are_taken_at_random_and_each_once),
        TEST(a_group_of_slots_can_be_undone),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
