/* SPDX-License-Identifier: ISC */
#include "vaultfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

enum rc
vaultfile_check(const char *path)
{
    static const char magic[] = "SQLite format 3";
    uint8_t head[sizeof magic];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum rc rc;

    if (fd < 0) {
        return errno == ENOENT ? RC_MISSING : RC_IO;
    }
    rc = file_read_exact(fd, head, sizeof head);
    (void)close(fd);
    if (rc == RC_TRUNCATED ||
        (rc == RC_OK && memcmp(head, magic, sizeof magic) != 0)) {
        return RC_FORGED;
    }
    return rc;
}

static int64_t
number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t n = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW) {
        n = sqlite3_column_int64(st, 0);
    }
    (void)sqlite3_finalize(st);
    return n;
}

/* In a transaction: nobody may be writing meanwhile. */
enum rc
vaultfile_whole(sqlite3 *db, const char *path)
{
    int64_t size, pages;
    struct stat st;
    enum rc rc = RC_OK;

    if (sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK) {
        return RC_IO;
    }
    (void)number(db, "SELECT 1 FROM rows LIMIT 1"); /* takes the lock */
    pages = number(db, "PRAGMA page_count");
    size = number(db, "PRAGMA page_size");
    if (pages < 0 || size < 0 || stat(path, &st) != 0) {
        rc = RC_IO;
    } else if (st.st_size < pages * size) {
        rc = RC_FORGED;
    }
    (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

enum rc
vaultfile_zero(const char *path)
{
    static const uint8_t zeros[4096];
    int fd = open(path, O_RDWR | O_CLOEXEC);
    enum rc rc = RC_OK;
    off_t left;

    if (fd < 0) {
        return errno == ENOENT ? RC_OK : RC_IO;
    }
    left = lseek(fd, 0, SEEK_END);
    if (left < 0 || lseek(fd, 0, SEEK_SET) != 0) {
        rc = RC_IO;
    }
    while (rc == RC_OK && left > 0) {
        size_t n = left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros;

        rc = file_write_all(fd, zeros, n);
        left -= (off_t)n;
    }
    if (fsync(fd) != 0 && rc == RC_OK) {
        rc = RC_IO;
    }
    return close(fd) == 0 ? rc : RC_IO;
}
