/* SPDX-License-Identifier: ISC */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#define FIRST_CAP 4096

enum rc
file_read_exact(int fd, uint8_t *out, size_t len)
{
    while (len > 0) {
        ssize_t n = read(fd, out, len);

        if (n == 0) {
            return RC_TRUNCATED;
        }
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return RC_IO;
        }
        out += n;
        len -= (size_t)n;
    }
    return RC_OK;
}

enum rc
file_write_all(int fd, const uint8_t *in, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, in, len);

        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return RC_IO;
        }
        in += n;
        len -= (size_t)n;
    }
    return RC_OK;
}

/* Room for cap bytes and a NUL. The old buffer is wiped: files hold keys. */
static enum rc
grow(uint8_t **buf, size_t len, size_t cap)
{
    uint8_t *more = malloc(cap + 1);

    if (more == NULL) {
        return RC_NOMEM;
    }
    if (*buf != NULL) {
        memcpy(more, *buf, len);
        sodium_memzero(*buf, len);
        free(*buf);
    }
    *buf = more;
    return RC_OK;
}

/* Reads to the end; one byte above max tells a file that is too long. */
static enum rc
read_to_end(uint8_t **buf, size_t *len, int fd, size_t max)
{
    size_t cap = 0;

    for (;;) {
        ssize_t n;

        if (*len == cap) {
            size_t want = cap == 0 ? FIRST_CAP : cap * 2;
            enum rc rc;

            if (want > max) {
                want = max + 1;
            }
            if ((rc = grow(buf, *len, want)) != RC_OK) {
                return rc;
            }
            cap = want;
        }
        n = read(fd, *buf + *len, cap - *len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return RC_IO;
        }
        if (n == 0) {
            (*buf)[*len] = 0;
            return RC_OK;
        }
        *len += (size_t)n;
        if (*len > max) {
            return RC_FULL;
        }
    }
}

enum rc
file_read(uint8_t **out, size_t *len, const char *path, size_t max)
{
    uint8_t *buf = NULL;
    size_t n = 0;
    enum rc rc;
    int fd, saved;

    *out = NULL;
    *len = 0;
    if (max > SIZE_MAX / 4) {
        max = SIZE_MAX / 4;
    }
    if (strcmp(path, "-") == 0) {
        fd = STDIN_FILENO;
    } else if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) < 0) {
        return errno == ENOENT ? RC_MISSING : RC_IO;
    }
    rc = read_to_end(&buf, &n, fd, max);
    saved = errno;
    if (fd != STDIN_FILENO) {
        (void)close(fd);
    }
    if (rc == RC_OK) {
        *out = buf;
        *len = n;
    } else if (buf != NULL) {
        sodium_memzero(buf, n);
        free(buf);
    }
    errno = saved;
    return rc;
}

char *
file_join(const char *dir, const char *name)
{
    size_t d = strlen(dir), n = strlen(name);
    bool slash = d > 0 && dir[d - 1] != '/';
    char *path = malloc(d + slash + n + 1);

    if (path != NULL) {
        memcpy(path, dir, d);
        if (slash) {
            path[d] = '/';
        }
        memcpy(path + d + slash, name, n + 1);
    }
    return path;
}

/* The length of the folder's part of a path, with its last slash. */
static size_t
folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* Not every file system can sync a folder. */
enum rc
file_sync_folder(const char *path)
{
    size_t n = folder_len(path);
    char *dir = n == 0 ? strdup(".") : strndup(path, n);
    enum rc rc = RC_OK;
    int fd;

    if (dir == NULL) {
        return RC_NOMEM;
    }
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(dir);
    if (fd < 0) {
        return RC_OK; /* a folder that may be written but not read */
    }
    if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS) {
        rc = RC_IO;
    }
    (void)close(fd);
    return rc;
}

static enum rc
put_in_place(const char *tmp, const char *path, bool replace)
{
    if (replace) {
        return rename(tmp, path) == 0 ? RC_OK : RC_IO;
    }
    if (renameat2(AT_FDCWD, tmp, AT_FDCWD, path, RENAME_NOREPLACE) == 0) {
        return RC_OK;
    }
    if (errno == EINVAL || errno == ENOSYS) { /* a file system without it */
        if (link(tmp, path) == 0) {
            (void)unlink(tmp);
            return RC_OK;
        }
    }
    return errno == EEXIST ? RC_TAKEN : RC_IO;
}

static enum rc
write_and_sync(int fd, const uint8_t *in, size_t len, mode_t mode)
{
    /* FAT has no modes and says EPERM; keys are carried on such sticks. */
    if (fchmod(fd, mode) != 0 && errno != EPERM && errno != ENOTSUP) {
        return RC_IO;
    }
    if (file_write_all(fd, in, len) != RC_OK || fsync(fd) != 0) {
        return RC_IO;
    }
    return RC_OK;
}

static enum rc
write_regular(const char *path, const uint8_t *in, size_t len, mode_t mode,
              bool replace)
{
    size_t dir = folder_len(path), n = strlen(path);
    char *tmp = malloc(n + 9);
    enum rc rc;
    int fd, saved;

    if (tmp == NULL) {
        return RC_NOMEM;
    }
    memcpy(tmp, path, dir);
    tmp[dir] = '.';
    memcpy(tmp + dir + 1, path + dir, n - dir);
    memcpy(tmp + n + 1, ".XXXXXX", 8);
    if ((fd = mkostemp(tmp, O_CLOEXEC)) < 0) {
        free(tmp);
        return RC_IO;
    }
    rc = write_and_sync(fd, in, len, mode);
    saved = errno;
    if (close(fd) != 0 && rc == RC_OK) {
        rc = RC_IO;
        saved = errno;
    }
    if (rc == RC_OK) {
        rc = put_in_place(tmp, path, replace);
        saved = errno;
    }
    if (rc != RC_OK) {
        (void)unlink(tmp);
    } else if ((rc = file_sync_folder(path)) != RC_OK) {
        saved = errno;
    }
    free(tmp);
    errno = saved;
    return rc;
}

enum rc
file_give(const char *path, uid_t uid, gid_t gid)
{
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), saved = 0;
    struct stat st;

    if (fd < 0) {
        return errno == ENOENT ? RC_MISSING : RC_IO;
    }
    if (fstat(fd, &st) != 0) {
        saved = errno;
    } else if (S_ISLNK(st.st_mode)) {
        saved = ELOOP;
    } else if (!S_ISDIR(st.st_mode) && st.st_nlink != 1) {
        saved = EMLINK;
    } else if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) != 0) {
        saved = errno;
    }
    (void)close(fd);
    errno = saved;
    return saved == 0 ? RC_OK : RC_IO;
}

/* Devices and pipes are written to, never renamed over. */
static enum rc
write_special(const char *path, const uint8_t *in, size_t len)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    enum rc rc;

    if (fd < 0) {
        return RC_IO;
    }
    rc = file_write_all(fd, in, len);
    (void)close(fd);
    return rc;
}

enum rc
file_write(const char *path, const uint8_t *in, size_t len, mode_t mode,
           bool replace)
{
    struct stat st;
    enum rc rc;
    char *real;

    if (stat(path, &st) != 0) {
        if (errno != ENOENT) {
            return RC_IO;
        }
        return write_regular(path, in, len, mode, replace);
    }
    if (!replace) {
        return RC_TAKEN;
    }
    if (!S_ISREG(st.st_mode)) {
        return write_special(path, in, len);
    }
    /* Through a symbolic link: replace the file, not the link. */
    if ((real = realpath(path, NULL)) == NULL) {
        return RC_IO;
    }
    rc = write_regular(real, in, len, mode, replace);
    free(real);
    return rc;
}
