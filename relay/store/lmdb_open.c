/* SPDX-License-Identifier: ISC */
/* Setting up, opening, closing. */
#include "lmdb_store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <sodium.h>

#include "clock.h"
#include "file.h"

#define ENV_FLAGS (MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD)
#define MB        ((uint64_t)1 << 20)
/* An index shorter than it says by more than this is damaged; see
 * index_extend for what is missing when a crash came in between. */
#define INDEX_SLACK    MB
#define OPEN_SWEEP_MS  1000
#define INDEX_PREWRITE (1 << 20)

static _Thread_local char error_text[256];

const char *
store_error(void)
{
    return error_text;
}

void
lmdb_say(const char *what)
{
    (void)snprintf(error_text, sizeof error_text, "%s", what);
}

__attribute__((format(printf, 2, 3))) static enum rc
fail(enum rc rc, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(error_text, sizeof error_text, format, ap);
    va_end(ap);
    return rc;
}

/* The result of a part that has no text of its own. */
static enum rc
fail_with(enum rc rc, const char *file)
{
    switch (rc) {
    case RC_TRUNCATED:
        return fail(RC_FORMAT, "%s is cut off", file);
    case RC_FORMAT:
    case RC_FORGED:
        return fail(RC_FORMAT, "%s is damaged, or no such file", file);
    case RC_FULL:
        return fail(RC_FULL, "%s: the disk is full", file);
    case RC_NOMEM:
        return fail(RC_NOMEM, "not enough memory");
    default:
        return fail(rc, "%s: %s", file, strerror(errno));
    }
}

/* dir/name as an open file, or -1. */
static int
open_in(const char *dir, const char *name, int flags)
{
    char *path = file_join(dir, name);
    int fd = path == NULL ? -1 : open(path, flags | O_CLOEXEC, 0600);

    free(path);
    return fd;
}

static bool
exists_in(const char *dir, const char *name)
{
    char *path = file_join(dir, name);
    bool there = path != NULL && access(path, F_OK) == 0;

    free(path);
    return there;
}

static void
unlink_in(const char *dir, const char *name)
{
    char *path = file_join(dir, name);

    if (path != NULL) {
        (void)unlink(path);
    }
    free(path);
}

static enum rc
env_open(MDB_env **env, const char *dir, uint64_t map, unsigned flags)
{
    char *path = file_join(dir, "index.lmdb");
    enum rc rc = path == NULL ? RC_NOMEM : RC_OK;

    *env = NULL;
    if (rc == RC_OK && (rc = lmdb_rc(mdb_env_create(env))) == RC_OK &&
        (rc = lmdb_rc(mdb_env_set_maxdbs(*env, 8))) == RC_OK &&
        (rc = lmdb_rc(mdb_env_set_maxreaders(*env, STORE_READERS_MAX))) ==
            RC_OK &&
        (rc = lmdb_rc(mdb_env_set_mapsize(*env, (size_t)map))) == RC_OK) {
        rc = lmdb_rc(mdb_env_open(*env, path, ENV_FLAGS | flags, 0600));
    }
    if (rc != RC_OK && *env != NULL) {
        mdb_env_close(*env);
        *env = NULL;
    }
    free(path);
    return rc;
}

/* A new index that names the slab. */
static enum rc
index_create(const char *dir, const struct slab_head *head)
{
    static const char *const names[] = {"drops", "seen", "waiting", "pages",
                                        "notes"};
    uint8_t format[4 + SLAB_ID_LEN];
    struct writer w;
    MDB_env *env;
    MDB_txn *txn = NULL;
    MDB_dbi dbi;
    enum rc rc = env_open(&env, dir, 16 * MB, 0);

    if (rc != RC_OK) {
        return rc;
    }
    wr_init(&w, format, sizeof format);
    wr_u32(&w, STORE_FORMAT);
    wr_bytes(&w, head->id, SLAB_ID_LEN);
    rc = lmdb_rc(mdb_txn_begin(env, NULL, 0, &txn));
    for (size_t i = 0; i < sizeof names / sizeof *names && rc == RC_OK; i++) {
        rc = lmdb_rc(mdb_dbi_open(txn, names[i], MDB_CREATE, &dbi));
    }
    if (rc == RC_OK &&
        (rc = lmdb_rc(mdb_dbi_open(txn, "meta", MDB_CREATE, &dbi))) == RC_OK &&
        (rc = lmdb_put(txn, dbi, "format", 6, format, sizeof format)) ==
            RC_OK) {
        rc = lmdb_rc(mdb_txn_commit(txn));
        txn = NULL;
    }
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return rc;
}

/* The part of the index that is written at setup. */
static uint64_t
prewritten(const struct slab_head *head)
{
    return INDEX_PREWRITE + head->boxes * DROP_COST;
}

/*
 * Write the part of the index that drops will need in full, for the same
 * reason as the slab: where blocks exist already, a sync has only data to
 * write. LMDB takes no notice of what is behind its last page.
 */
static enum rc
index_prewrite(const char *dir, const struct slab_head *head)
{
    static const uint8_t zeros[1 << 16];
    uint64_t len = prewritten(head);
    int fd = open_in(dir, "index.lmdb", O_WRONLY);
    enum rc rc = RC_OK;
    off_t end;

    if (fd < 0 || (end = lseek(fd, 0, SEEK_END)) < 0) {
        rc = RC_IO;
    }
    for (; rc == RC_OK && (uint64_t)end < len; end += (off_t)sizeof zeros) {
        rc = file_write_all(fd, zeros, sizeof zeros);
    }
    if (rc == RC_OK && fdatasync(fd) != 0) {
        rc = RC_IO;
    }
    if (rc == RC_IO && (errno == ENOSPC || errno == EDQUOT)) {
        rc = RC_FULL;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return rc;
}

static enum rc
keys_create(const char *dir)
{
    int fd = open_in(dir, "weekkeys", O_RDWR | O_CREAT | O_TRUNC);
    enum rc rc = fd < 0 ? RC_IO : slabkeys_create(fd);

    if (fd >= 0 && close(fd) != 0 && rc == RC_OK) {
        rc = RC_IO;
    }
    return rc;
}

/* The slab gets its name last: with it the store is there. */
static enum rc
finish(const char *dir)
{
    char *from = file_join(dir, "slab.new"), *to = file_join(dir, "slab");
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum rc rc = RC_OK;

    if (from == NULL || to == NULL) {
        rc = RC_NOMEM;
    } else if (fd < 0 || rename(from, to) != 0 || fsync(fd) != 0) {
        rc = RC_IO;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    free(from);
    free(to);
    return rc;
}

static uint64_t
disk_free(const char *dir)
{
    struct statvfs v;

    return statvfs(dir, &v) == 0 ? (uint64_t)v.f_bavail * v.f_frsize : 0;
}

/* Everything but the slab's last name, into an empty slab.new. */
static enum rc
create_files(const struct store_setup *setup, int fd)
{
    struct slab_head head = {.boxes = setup->boxes,
                             .slots = slab_slots(setup->boxes)};
    uint64_t need = (head.slots + 1) * SLAB_BLOCK_LEN + prewritten(&head);
    uint64_t there = disk_free(setup->dir);
    enum rc rc;

    if (there < need) {
        return fail(RC_FULL,
                    "%" PRIu64 " boxes need %" PRIu64 " MB, the disk has "
                    "%" PRIu64 " MB: free some, or ask for fewer boxes",
                    setup->boxes, need / MB + 1, there / MB);
    }
    randombytes_buf(head.id, sizeof head.id);
    rc = slab_create(fd, &head, setup->progress, setup->arg);
    if (rc != RC_OK) {
        return fail_with(rc, "slab");
    }
    if ((rc = keys_create(setup->dir)) != RC_OK) {
        return fail_with(rc, "weekkeys");
    }
    unlink_in(setup->dir, "index.lmdb");
    unlink_in(setup->dir, "index.lmdb-lock");
    if ((rc = index_create(setup->dir, &head)) == RC_OK) {
        rc = index_prewrite(setup->dir, &head);
    }
    return rc == RC_OK ? RC_OK : fail_with(rc, "index.lmdb");
}

enum rc
store_create(const struct store_setup *setup)
{
    enum rc rc;
    int fd;

    error_text[0] = '\0';
    if (setup->boxes == 0 || slab_slots(setup->boxes) > SLAB_SLOTS_MAX) {
        return fail(RC_FORMAT, "a store has 1 to %" PRIu64 " boxes",
                    (uint64_t)SLAB_SLOTS_MAX - (SLAB_SLOTS_MAX >> 5));
    }
    if (mkdir(setup->dir, 0700) != 0 && errno != EEXIST) {
        return fail(RC_IO, "%s: %s", setup->dir, strerror(errno));
    }
    /* slab.new alone is a setup that was cut off; else nothing is replaced. */
    if (exists_in(setup->dir, "slab") ||
        (!exists_in(setup->dir, "slab.new") &&
         (exists_in(setup->dir, "weekkeys") ||
          exists_in(setup->dir, "index.lmdb")))) {
        return fail(RC_TAKEN, "%s holds a store already", setup->dir);
    }
    fd = open_in(setup->dir, "slab.new", O_RDWR | O_CREAT);
    if (fd < 0) {
        return fail(RC_IO, "%s: %s", setup->dir, strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        rc = fail(RC_AGAIN, "%s is being set up already", setup->dir);
    } else if (ftruncate(fd, 0) != 0) {
        rc = fail_with(RC_IO, "slab.new");
    } else if ((rc = create_files(setup, fd)) == RC_OK &&
               (rc = finish(setup->dir)) != RC_OK) {
        rc = fail_with(rc, "slab");
    } else if (rc == RC_FULL && ftruncate(fd, 0) != 0) {
        rc = RC_FULL; /* the space could not be given back, too */
    }
    (void)close(fd);
    return rc;
}

static enum rc
open_slab_file(struct store *s, const char *dir, int mode)
{
    if ((s->slab_fd = open_in(dir, "slab", mode)) >= 0) {
        return RC_OK;
    }
    return errno == ENOENT ? fail(RC_MISSING, "%s holds no store", dir)
                           : fail(RC_IO, "%s/slab: %s", dir, strerror(errno));
}

static enum rc
open_slab(struct store *s, const char *dir)
{
    enum rc rc = open_slab_file(s, dir, O_RDWR);

    if (rc != RC_OK) {
        return rc;
    }
    if (flock(s->slab_fd, LOCK_EX | LOCK_NB) != 0) {
        return fail(RC_AGAIN, "another process has %s open", dir);
    }
    rc = slab_open(&s->head, s->slab_fd);
    return rc == RC_OK ? RC_OK : fail_with(rc, "slab");
}

static enum rc
open_keys(struct store *s, const char *dir)
{
    enum rc rc;

    if ((s->keys_fd = open_in(dir, "weekkeys", O_RDWR)) < 0) {
        return fail(errno == ENOENT ? RC_FORMAT : RC_IO, "weekkeys: %s",
                    strerror(errno));
    }
    rc = slabkeys_open(&s->keys, s->keys_fd);
    return rc == RC_OK ? RC_OK : fail_with(rc, "weekkeys");
}

/* LMDB maps the file: touching a page beyond its end would end the process. */
static enum rc
check_length(struct store *s, bool extend)
{
    MDB_envinfo info;
    MDB_stat stat;
    struct stat st;
    uint64_t need;

    if (mdb_env_get_fd(s->env, &s->index_fd) != 0 ||
        mdb_env_info(s->env, &info) != 0 || mdb_env_stat(s->env, &stat) != 0 ||
        fstat(s->index_fd, &st) != 0) {
        return RC_IO;
    }
    need = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
    s->index_size = (uint64_t)st.st_size;
    if (s->index_size < prewritten(&s->head) ||
        s->index_size + INDEX_SLACK < need) {
        return RC_TRUNCATED;
    }
    if (s->index_size < need && !extend) {
        return RC_TRUNCATED;
    }
    if (s->index_size < need) {
        if (ftruncate(s->index_fd, (off_t)need) != 0) {
            return RC_IO;
        }
        s->index_size = need;
    }
    return RC_OK;
}

/*
 * Boards that tick every second exist in tests only, whose days are jumped
 * over, not lived through: they need no disk for all those pages.
 */
#ifdef TOCSIN_TEST_CLOCK
#define ROOM_SHARE 16
#else
#define ROOM_SHARE 1
#endif

/* owned: what the index takes already */
static enum rc
check_room(const struct store_options *opt, uint64_t bound, uint64_t owned)
{
    uint64_t there = disk_free(opt->dir) + owned;

    bound /= ROOM_SHARE;
    if (there < bound) {
        return fail(RC_FULL,
                    "the boards may need %" PRIu64 " MB for %" PRIu32
                    " days, the disk has %" PRIu64 " MB for them: free some, "
                    "or use a larger disk",
                    bound / MB + 1, opt->retention, there / MB);
    }
    return RC_OK;
}

static enum rc
open_index(struct store *s, const struct store_options *opt)
{
    uint64_t bound = lmdb_bound(opt, &s->head);
    struct stat st;
    enum rc rc;
    int fd = open_in(opt->dir, "index.lmdb", O_RDWR);

    /* LMDB would quietly make a new one. */
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return fail(RC_FORMAT, "index.lmdb is missing or empty");
    }
    /* The start reads all of the drops' records, and those in file order are
     * seconds, not minutes, on a slow disk. Only advice: it may fail. */
    (void)posix_fadvise(fd, 0, (off_t)prewritten(&s->head),
                        POSIX_FADV_WILLNEED);
    (void)close(fd);
    if ((rc = check_room(opt, bound, (uint64_t)st.st_blocks * 512)) != RC_OK) {
        return rc;
    }
    if ((rc = env_open(&s->env, opt->dir, bound * 2 + 256 * MB, 0)) != RC_OK ||
        (rc = check_length(s, true)) != RC_OK) {
        return fail_with(rc, "index.lmdb");
    }
    return RC_OK;
}

static enum rc
open_databases(struct store *s)
{
    struct {
        const char *name;
        MDB_dbi *dbi;
    } dbs[] = {{"meta", &s->meta},   {"drops", &s->drops},
               {"seen", &s->seen},   {"waiting", &s->waiting},
               {"pages", &s->pages}, {"notes", &s->notes}};
    enum rc rc = RC_OK;

    for (size_t i = 0; i < sizeof dbs / sizeof *dbs && rc == RC_OK; i++) {
        rc = lmdb_rc(mdb_dbi_open(s->txn, dbs[i].name, 0, dbs[i].dbi));
    }
    return rc == RC_MISSING ? RC_FORMAT : rc;
}

/* A wrong clock must not end weeks that are not over. */
static enum rc
check_clock(const struct store *s, const struct store_options *opt, int64_t now)
{
    uint32_t day = clock_day(now), seen = s->now.day;
    uint32_t newest = seen > opt->known_day ? seen : opt->known_day;
    uint32_t limit = seen == 0 ? opt->first_day : newest;
    char shown[CLOCK_DATE_LEN], last[CLOCK_DATE_LEN];

    clock_date(shown, day);
    if (opt->leap != 0 && seen == 0 && day + 1 < opt->known_day) {
        /* By the right one it would seem to leap, later. */
        clock_date(last, opt->known_day);
        return fail(RC_EXPIRED,
                    "the clock says %s, before the directory was made (%s): "
                    "nothing was changed. Set the clock",
                    shown, last);
    }
    if (opt->leap == 0 || day <= limit || day - limit <= opt->leap) {
        return RC_OK;
    }
    clock_date(last, limit);
    return fail(RC_EXPIRED,
                "the clock says %s, and the last day known is %s: nothing was "
                "changed. Set the clock; if it is right, say so with "
                "tocsin-relayctl today %s",
                shown, last, shown);
}

/* Load, put a first open set on record, drop what has expired: groups like
 * any other. A great deal of it goes on while the relay serves. */
static enum rc
first_groups(struct store *s, const struct store_options *opt, int64_t now)
{
    int64_t until = clock_mono_ms() + OPEN_SWEEP_MS;
    const char *what = "index.lmdb is damaged";
    enum rc rc;

    if ((rc = store_begin(s)) != RC_OK) {
        return fail_with(rc, "index.lmdb");
    }
    if ((rc = open_databases(s)) == RC_OK && (rc = lmdb_load_day(s)) == RC_OK) {
        if ((rc = check_clock(s, opt, now)) != RC_OK) {
            store_abort(s);
            return rc;
        }
        rc = lmdb_load(s, now, &what);
    }
    if (rc != RC_OK) {
        store_abort(s);
        return rc == RC_FORMAT ? fail(rc, "%s", what)
                               : fail_with(rc, "index.lmdb");
    }
    if (clock_day(now) < s->now.day) { /* it was set back */
        now = (int64_t)s->now.day * DAY_SECONDS;
    }
    s->before = s->now;
    for (size_t i = 0; i < s->n_boards; i++) {
        s->boards[i].before = s->boards[i].now;
    }
    for (;;) {
        enum rc more = store_expire(s, now);

        if (more == RC_OK || more == RC_AGAIN) {
            rc = store_commit(s);
        } else {
            store_abort(s);
            rc = more;
        }
        if (rc != RC_OK) {
            return fail(RC_IO, "the store's disk does not take writes: %s",
                        strerror(errno));
        }
        if (more == RC_OK || clock_mono_ms() > until) {
            return RC_OK;
        }
        if ((rc = store_begin(s)) != RC_OK) {
            return fail_with(rc, "index.lmdb");
        }
    }
}

static enum rc
boards_init(struct store *s, const struct store_options *opt)
{
    s->boards =
        calloc(opt->n_boards > 0 ? opt->n_boards : 1, sizeof *s->boards);
    if (s->boards == NULL) {
        return fail_with(RC_NOMEM, "");
    }
    for (size_t i = 0; i < opt->n_boards; i++) {
        struct store_board *b = &s->boards[i];

        if (board_check(&opt->boards[i]) != RC_OK ||
            lmdb_board(s, opt->boards[i].id) != NULL) {
            return fail(RC_FORMAT, "a board of the directory is impossible");
        }
        b->board = opt->boards[i];
        if (pool_init(&b->pool, &b->board) != RC_OK) {
            return fail_with(RC_NOMEM, "");
        }
        s->n_boards++;
    }
    return RC_OK;
}

enum rc
store_open(struct store **out, const struct store_options *opt, int64_t now)
{
    struct store *s = calloc(1, sizeof *s);
    enum rc rc;

    *out = NULL;
    error_text[0] = '\0';
    if (s == NULL) {
        return fail_with(RC_NOMEM, "");
    }
    s->slab_fd = s->keys_fd = s->index_fd = -1;
    s->retention = opt->retention;
    if (pthread_mutex_init(&s->lock, NULL) != 0) {
        free(s);
        return fail_with(RC_NOMEM, "");
    }
    if (opt->retention == 0 || opt->retention > STORE_RETENTION_MAX) {
        rc = fail(RC_FORMAT, "retention must be 1 to %d days",
                  STORE_RETENTION_MAX);
        goto out;
    }
    if ((rc = boards_init(s, opt)) != RC_OK ||
        (rc = open_slab(s, opt->dir)) != RC_OK ||
        (rc = open_keys(s, opt->dir)) != RC_OK ||
        (rc = open_index(s, opt)) != RC_OK) {
        goto out;
    }
    s->tombstones_max =
        opt->tombstones_max > 0 ? opt->tombstones_max : s->head.boxes;
    if ((rc = first_groups(s, opt, now)) != RC_OK) {
        goto out;
    }
    *out = s;
    s = NULL;
out:
    store_close(s);
    return rc;
}

/* What store_look opens, it reads only. */
static enum rc
look(struct store *s, const char *dir)
{
    enum rc rc = open_slab_file(s, dir, O_RDONLY);

    if (rc != RC_OK) {
        return rc;
    }
    if ((rc = slab_open(&s->head, s->slab_fd)) != RC_OK) {
        return fail_with(rc, "slab");
    }
    if (!exists_in(dir, "index.lmdb")) {
        return fail(RC_FORMAT, "index.lmdb is missing or empty");
    }
    if ((rc = env_open(&s->env, dir, 16 * MB, MDB_RDONLY)) != RC_OK ||
        (rc = check_length(s, false)) != RC_OK ||
        (rc = lmdb_rc(mdb_txn_begin(s->env, NULL, MDB_RDONLY, &s->txn))) !=
            RC_OK ||
        (rc = lmdb_rc(mdb_dbi_open(s->txn, "meta", 0, &s->meta))) != RC_OK ||
        (rc = lmdb_load_day(s)) != RC_OK) {
        return fail_with(rc == RC_MISSING ? RC_FORMAT : rc, "index.lmdb");
    }
    return RC_OK;
}

enum rc
store_look(uint32_t *day, const char *dir)
{
    struct store s = {.slab_fd = -1};
    enum rc rc = look(&s, dir);

    error_text[0] = rc == RC_OK ? 0 : error_text[0];
    *day = rc == RC_OK ? s.now.day : 0;
    if (s.txn != NULL) {
        mdb_txn_abort(s.txn);
    }
    if (s.env != NULL) {
        mdb_env_close(s.env);
    }
    if (s.slab_fd >= 0) {
        (void)close(s.slab_fd);
    }
    return rc;
}

void
store_close(struct store *s)
{
    if (s == NULL) {
        return;
    }
    store_abort(s);
    while (s->n_idle > 0) {
        mdb_txn_abort(s->idle[--s->n_idle]);
    }
    if (s->env != NULL) {
        mdb_env_close(s->env);
    }
    for (size_t i = 0; i < s->n_boards; i++) {
        pool_wipe(&s->boards[i].pool);
    }
    free(s->boards);
    slots_wipe(&s->slots);
    slabkeys_free(s->keys);
    if (s->keys_fd >= 0) {
        (void)close(s->keys_fd);
    }
    if (s->slab_fd >= 0) {
        (void)close(s->slab_fd); /* last: it holds the lock */
    }
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}
