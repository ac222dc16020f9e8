/* SPDX-License-Identifier: ISC */
/*
 * Power cuts and failing disks. This program has its own pwrite, writev,
 * ftruncate and fdatasync, which LMDB calls, too. They keep an image of what a
 * disk must have after each sync, and what it may have: of what was written
 * since, any sectors. At random points a store is made of that and checked;
 * or a call fails, and what was acknowledged before must be there all the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <sodium.h>

#include <cmocka.h>

#include "storemodel.h"

#define SECTOR   512
#define FILES    3
#define FILE_MAX ((size_t)48 << 20)

static const int64_t t0 = (int64_t)2900 * 7 * 86400;
static const char *const names[FILES] = {"slab", "weekkeys", "index.lmdb"};

/* Written, not yet synced. */
struct change {
    struct change *next;
    size_t at;
    size_t len;
    uint8_t data[];
};

static struct disk {
    bool on;
    uint64_t ops; /* writes and syncs so far */
    struct {
        ino_t ino;
        uint8_t *durable;
        size_t len;
        struct change *first;
        struct change **end;
    } file[FILES];
    /* Called before each operation. */
    void (*before)(void);
    /* Fail operations with this error, from this one on, so many. */
    int error;
    uint64_t fail_at;
    uint64_t fail_count;
    bool only_syncs;
} disk;

static void
apply(size_t f, const struct change *c, size_t from, size_t len)
{
    if (c->at + from + len > FILE_MAX) {
        abort();
    }
    memcpy(disk.file[f].durable + c->at + from, c->data + from, len);
    if (disk.file[f].len < c->at + from + len) {
        disk.file[f].len = c->at + from + len;
    }
}

static int
file_of(int fd)
{
    struct stat st;

    if (disk.on && fstat(fd, &st) == 0) {
        for (int f = 0; f < FILES; f++) {
            if (disk.file[f].ino == st.st_ino) {
                return f;
            }
        }
    }
    return -1;
}

/* True when this operation is to fail. */
static bool
operation(int f, bool sync)
{
    if (f < 0) {
        return false;
    }
    if (disk.before != NULL) {
        disk.before();
    }
    disk.ops++;
    if (disk.fail_count > 0 && disk.ops >= disk.fail_at &&
        (sync || !disk.only_syncs)) {
        disk.fail_count--;
        errno = disk.error;
        return true;
    }
    return false;
}

static void
changed(int fd, int f, const void *data, size_t len, off_t at)
{
    struct change *c;

    if (f < 0) {
        return;
    }
    if ((c = malloc(sizeof *c + len)) == NULL) {
        abort();
    }
    c->next = NULL;
    c->at = (size_t)at;
    c->len = len;
    memcpy(c->data, data, len);
    if ((fcntl(fd, F_GETFL) & O_DSYNC) != 0) {
        apply((size_t)f, c, 0, len);
        free(c);
        return;
    }
    *disk.file[f].end = c;
    disk.file[f].end = &c->next;
}

static void
synced(int f)
{
    while (f >= 0 && disk.file[f].first != NULL) {
        struct change *c = disk.file[f].first;

        apply((size_t)f, c, 0, c->len);
        disk.file[f].first = c->next;
        free(c);
    }
    if (f >= 0) {
        disk.file[f].end = &disk.file[f].first;
    }
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
    int f = file_of(fd);
    ssize_t n;

    if (operation(f, false)) {
        return -1;
    }
    n = syscall(SYS_pwrite64, fd, data, len, at);
    if (n > 0) {
        changed(fd, f, data, (size_t)n, at);
    }
    return n;
}

ssize_t
writev(int fd, const struct iovec *iov, int count)
{
    int f = file_of(fd);
    off_t at = f < 0 ? 0 : lseek(fd, 0, SEEK_CUR);
    ssize_t n, left;

    if (operation(f, false)) {
        return -1;
    }
    n = left = syscall(SYS_writev, fd, iov, count);
    for (int i = 0; i < count && left > 0; i++) {
        size_t len =
            iov[i].iov_len < (size_t)left ? iov[i].iov_len : (size_t)left;

        changed(fd, f, iov[i].iov_base, len, at);
        at += (off_t)len;
        left -= (ssize_t)len;
    }
    return n;
}

int
fdatasync(int fd)
{
    int f = file_of(fd);

    if (operation(f, true)) {
        return -1;
    }
    /* No real sync: tests are about order, and shall be quick. */
    synced(f);
    return 0;
}

int
fsync(int fd)
{
    return fdatasync(fd);
}

static void
disk_stop(void)
{
    for (int f = 0; f < FILES; f++) {
        synced(f);
        free(disk.file[f].durable);
    }
    memset(&disk, 0, sizeof disk);
}

/* Begins with the store's files as they are. */
static void
disk_start(const struct storetest *t)
{
    memset(&disk, 0, sizeof disk);
    for (int f = 0; f < FILES; f++) {
        FILE *in = fopen(storetest_path(t, names[f]), "rb");
        struct stat st;

        assert_non_null(in);
        assert_int_equal(fstat(fileno(in), &st), 0);
        assert_non_null(disk.file[f].durable = calloc(1, FILE_MAX));
        disk.file[f].ino = st.st_ino;
        disk.file[f].len = (size_t)st.st_size;
        disk.file[f].end = &disk.file[f].first;
        assert_int_equal(fread(disk.file[f].durable, 1, disk.file[f].len, in),
                         disk.file[f].len);
        (void)fclose(in);
    }
    disk.on = true;
}

/* What the disk may have had at this moment, into another folder. of: in 16
 * sectors that were not synced, how many arrived. */
static void
disk_image(struct model *m, const char *dir, unsigned of)
{
    for (int f = 0; f < FILES; f++) {
        uint8_t *image = calloc(1, FILE_MAX);
        size_t len = disk.file[f].len;
        char path[300];
        FILE *out;

        assert_non_null(image);
        memcpy(image, disk.file[f].durable, len);
        for (const struct change *c = disk.file[f].first; c != NULL;
             c = c->next) {
            for (size_t i = 0; i < c->len; i += SECTOR) {
                size_t n = c->len - i < SECTOR ? c->len - i : SECTOR;

                if (model_random(m) % 16 < of) {
                    memcpy(image + c->at + i, c->data + i, n);
                    len = len < c->at + i + n ? c->at + i + n : len;
                }
            }
        }
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[f]);
        assert_non_null(out = fopen(path, "wb"));
        assert_int_equal(fwrite(image, 1, len, out), len);
        assert_int_equal(fclose(out), 0);
        free(image);
    }
}

/* --- power cuts --- */

#define CUTS  12 /* a life */
#define LIVES 8

static struct {
    struct model *m;
    struct model copy[CUTS];
    struct model_group pending[CUTS];
    struct model_group *running; /* NULL between groups */
    bool had_pending[CUTS];
    char dir[CUTS][64];
    uint64_t next;
    int n;
} cuts;

static void
maybe_cut(void)
{
    if (cuts.n == CUTS || disk.ops < cuts.next) {
        return;
    }
    cuts.next = disk.ops + 1 + model_random(cuts.m) % 40;
    (void)snprintf(cuts.dir[cuts.n], sizeof cuts.dir[0],
                   "/tmp/tocsin-cut-XXXXXX");
    assert_non_null(mkdtemp(cuts.dir[cuts.n]));
    disk_image(cuts.m, cuts.dir[cuts.n],
               (unsigned)(model_random(cuts.m) % 3) * 8);
    cuts.copy[cuts.n] = *cuts.m;
    cuts.had_pending[cuts.n] = cuts.running != NULL;
    if (cuts.running != NULL) {
        cuts.pending[cuts.n] = *cuts.running;
        cuts.copy[cuts.n].now = cuts.running->now;
    }
    cuts.n++;
}

/* The store that was cut off opens, holds what it must, and works on. */
static void
check_cut(int i, const struct storetest *like)
{
    struct storetest *t = calloc(1, sizeof *t);
    struct model *m = &cuts.copy[i];
    struct model_group g;

    assert_non_null(t);
    *t = *like;
    t->s = NULL;
    memcpy(t->dir, cuts.dir[i], sizeof t->dir);
    storetest_reopen(t, m->now);
    model_check(m, cuts.had_pending[i] ? &cuts.pending[i] : NULL, t);
    for (int k = 0; k < 4; k++) {
        model_plan(m, &g);
        model_run(&g, t);
        assert_true(g.acked);
        model_ack(m, &g);
    }
    storetest_reopen(t, m->now);
    model_check(m, NULL, t);
    storetest_free(t);
}

static void
power_may_fail_at_any_moment(void **state)
{
    uint32_t seed = randombytes_random();

    print_message("seed %u\n", seed);
    for (int life = 0; life < LIVES; life++) {
        struct storetest *t = storetest_new(64, t0);
        struct model m;
        struct model_group g;

        *state = t;
        memset(&cuts, 0, sizeof cuts);
        cuts.m = &m;
        model_init(&m, seed + (uint32_t)life, t0);
        disk_start(t);
        disk.before = maybe_cut;
        while (cuts.n < CUTS) {
            model_plan(&m, &g);
            cuts.running = &g;
            model_run(&g, t);
            cuts.running = NULL;
            assert_true(g.acked);
            model_ack(&m, &g);
        }
        disk_stop();
        for (int i = 0; i < CUTS; i++) {
            check_cut(i, t);
        }
        storetest_free(t);
        *state = NULL;
    }
}

/* --- failing calls --- */

/* Work until a call fails; then some more. How many groups were refused. */
static int
work_with_failure(struct model *m, struct storetest *t, int groups)
{
    int refused = 0;

    for (int i = 0; i < groups; i++) {
        struct model_group g;

        model_plan(m, &g);
        model_run(&g, t);
        if (g.acked) {
            model_ack(m, &g);
        } else {
            refused++;
        }
    }
    return refused;
}

static void
a_failed_sync_stops_all_writing(void **state)
{
    uint32_t seed = randombytes_random();

    print_message("seed %u\n", seed);
    for (uint64_t at = 1; at < 14; at++) {
        struct storetest *t = storetest_new(64, t0);
        struct model_group g;
        struct model m;

        *state = t;
        model_init(&m, seed + at, t0);
        assert_int_equal(work_with_failure(&m, t, 3), 0);
        disk_start(t);
        disk.error = EIO;
        disk.only_syncs = true;
        disk.fail_at = at;
        disk.fail_count = 1;
        do {
            model_plan(&m, &g);
            model_run(&g, t);
            if (g.acked) {
                assert_int_equal(disk.fail_count, 1);
                model_ack(&m, &g);
            }
        } while (disk.fail_count > 0);
        assert_false(g.acked);
        disk_stop();
        /* One failure is enough: nobody knows what the disk has. */
        assert_int_equal(store_begin(t->s), RC_IO);
        assert_int_equal(store_begin(t->s), RC_IO);
        storetest_reopen(t, m.now);
        model_check(&m, &g, t);
        assert_int_equal(work_with_failure(&m, t, 3), 0);
        model_check(&m, NULL, t);
        storetest_free(t);
        *state = NULL;
    }
}

static void
any_failed_call_loses_nothing(void **state)
{
    static const int errors[] = {EIO, ENOSPC};
    uint32_t seed = randombytes_random();

    print_message("seed %u\n", seed);
    for (uint64_t at = 1; at < 40; at++) {
        struct storetest *t = storetest_new(64, t0);
        struct model_group g;
        struct model m;

        *state = t;
        model_init(&m, seed + at, t0);
        assert_int_equal(work_with_failure(&m, t, 3), 0);
        disk_start(t);
        disk.error = errors[at % 2];
        disk.fail_at = at;
        disk.fail_count = 1;
        do {
            model_plan(&m, &g);
            model_run(&g, t);
            if (g.acked) {
                model_ack(&m, &g);
            }
        } while (disk.fail_count > 0 && g.acked);
        disk_stop();
        storetest_reopen(t, m.now);
        model_check(&m, g.acked ? NULL : &g, t);
        assert_int_equal(work_with_failure(&m, t, 3), 0);
        storetest_free(t);
        *state = NULL;
    }
}

/* The index can't grow for a while: groups fail, then all is well again. */
static void
a_full_disk_is_survived(void **state)
{
    struct storetest *t = storetest_new(64, t0);
    struct model_group g;
    struct model m;
    int refused = 0;

    *state = t;
    model_init(&m, 1, t0);
    assert_int_equal(work_with_failure(&m, t, 3), 0);
    for (int k = 0; k < 10; k++) {
        disk_start(t);
        disk.error = ENOSPC;
        disk.fail_at = 3 + (uint64_t)k;
        disk.fail_count = 1;
        model_plan(&m, &g);
        model_run(&g, t);
        if (g.acked) {
            model_ack(&m, &g);
        } else {
            refused++;
        }
        disk_stop();
        if (store_begin(t->s) != RC_OK) {
            /* It struck where nobody can say what the disk has. */
            storetest_reopen(t, m.now);
            model_check(&m, &g, t);
        } else {
            store_abort(t->s);
            model_check(&m, NULL, t);
        }
        assert_int_equal(work_with_failure(&m, t, 2), 0);
    }
    assert_true(refused > 0);
    /* The operator is told what it is. */
    disk_start(t);
    disk.error = ENOSPC;
    disk.fail_at = 1;
    disk.fail_count = 1;
    model_plan(&m, &g);
    model_run(&g, t);
    assert_false(g.acked);
    assert_non_null(strstr(store_error(), "the disk is full"));
    disk_stop();
    assert_int_equal(work_with_failure(&m, t, 2), 0);
    assert_string_equal(store_error(), "");
}

/* When "burned" is said, the disk has nothing left of the box. */
static void
burning_is_synced_before_it_is_said(void **state)
{
    struct storetest *t = storetest_new(8, t0);
    struct model_group put = {.now = t0, .n = 1, .op[0].kind = MODEL_PUT};
    struct model_group burn = {.now = t0, .n = 1, .op[0].kind = MODEL_BURN};
    size_t len, at = 0, changed_blocks = 0;
    uint8_t *before;

    *state = t;
    disk_start(t);
    len = disk.file[0].len;
    assert_non_null(before = malloc(len));
    memcpy(before, disk.file[0].durable, len);
    model_run(&put, t);
    assert_true(put.acked);
    for (size_t i = 0; i < len; i += CELL_LEN) {
        if (memcmp(before + i, disk.file[0].durable + i, CELL_LEN) != 0) {
            at = i;
            changed_blocks++;
        }
    }
    assert_int_equal(changed_blocks, 1);
    memcpy(before, disk.file[0].durable, len);
    model_run(&burn, t);
    assert_true(burn.acked);
    for (size_t i = 0; i < CELL_LEN; i += 32) {
        assert_memory_not_equal(before + at + i, disk.file[0].durable + at + i,
                                32);
    }
    free(before);
}

static int
teardown(void **state)
{
    disk_stop();
    return storetest_teardown(state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(power_may_fail_at_any_moment, teardown),
        cmocka_unit_test_teardown(a_failed_sync_stops_all_writing, teardown),
        cmocka_unit_test_teardown(any_failed_call_loses_nothing, teardown),
        cmocka_unit_test_teardown(burning_is_synced_before_it_is_said,
                                  teardown),
        cmocka_unit_test_teardown(a_full_disk_is_survived, teardown),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
