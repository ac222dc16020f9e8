/* SPDX-License-Identifier: ISC */
/*
 * Files: whole reads with a bound, writes that are all or nothing.
 * Errors leave errno set where the system failed (RC_IO).
 */
#ifndef FILE_H
#define FILE_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Read a whole file of at most max bytes ("-" is standard input).
 * out      heap, NUL-terminated after *len bytes; the caller frees it
 * returns  RC_OK, RC_MISSING, RC_FULL (longer than max), RC_IO, RC_NOMEM
 */
enum rc file_read(uint8_t **out, size_t *len, const char *path, size_t max)
    MUST_CHECK;
/*
 * Write to a temporary in the same folder, sync it, rename it, sync the
 * folder. With replace false an existing file is RC_TAKEN.
 */
enum rc file_write(const char *path, const uint8_t *in, size_t len,
                   mode_t mode, bool replace) MUST_CHECK;
/* Make the name of a file just created durable, too. */
enum rc file_sync_folder(const char *path) MUST_CHECK;
/* All of it, through interruptions. RC_TRUNCATED at an early end. */
enum rc file_read_exact(int fd, uint8_t *out, size_t len) MUST_CHECK;
enum rc file_write_all(int fd, const uint8_t *in, size_t len) MUST_CHECK;
/*
 * Give a file, folder or socket to a user and, unless it is (gid_t)-1, a group.
 * Root does it in folders of others: no link is followed, and a file that has
 * a second name is nobody's to give.
 * returns  RC_OK, RC_MISSING, RC_IO (ELOOP: a link; EMLINK: a second name)
 */
enum rc file_give(const char *path, uid_t uid, gid_t gid) MUST_CHECK;
/* "dir/name" in a heap string, NULL without memory. */
char *file_join(const char *dir, const char *name);

#endif
