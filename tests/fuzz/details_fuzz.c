/* SPDX-License-Identifier: ISC */
/*
 * What --details-fd names: lines up to an empty one. They hold the bytes that
 * were there, and what follows the empty line is left to be read.
 */
#include "arguments.h"
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where the lines end, the slow way: behind them, and behind an empty one. */
static void
ends(const uint8_t *data, size_t size, size_t *lines, size_t *rest)
{
    *lines = *rest = size;
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n' && (i == 0 || data[i - 1] == '\n')) {
            *lines = i;
            *rest = i + 1;
            return;
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("details", MFD_CLOEXEC);
    size_t len, lines, rest;
    char *out;
    enum rc rc;

    require(fd >= 0 && write(fd, data, size) == (ssize_t)size &&
            lseek(fd, 0, SEEK_SET) == 0);
    ends(data, size, &lines, &rest);
    rc = arguments_details(&out, &len, fd);
    if (rc == RC_OK) {
        require(memchr(data, 0, lines) == NULL);
        require(len == lines && out[len] == 0);
        for (size_t i = 0; i < len; i++) {
            require(out[i] == (data[i] == '\n' ? 0 : (char)data[i]));
        }
        require(lseek(fd, 0, SEEK_CUR) == (off_t)rest);
    } else {
        require(out == NULL && len == 0);
        require((rc == RC_FORMAT && memchr(data, 0, lines) != NULL) ||
                (rc == RC_FULL && lines >= ARGUMENTS_DETAILS_MAX));
    }
    arguments_free(out, len);
    require(close(fd) == 0);
    return 0;
}
