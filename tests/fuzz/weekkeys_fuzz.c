/* SPDX-License-Identifier: ISC */
/*
 * The desk's file of weekly keys, opened under a key of zeros: the input is
 * its first slots, the rest are free. What opens has each week once.
 */
#include "weekkeys.h"
#include "fuzz.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sodium.h>

#include "file.h"

#define FILE_LEN (2 * WEEKKEYS_SLOTS * WEEKKEYS_SLOT_LEN)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[WEEKKEYS_KEY_LEN];
    uint32_t weeks[WEEKKEYS_SLOTS];
    struct weekkeys *w;
    char path[64];
    int fd = memfd_create("weekkeys", MFD_CLOEXEC);

    if (fd < 0 || sodium_init() < 0 ||
        file_write_all(fd, data, size) != RC_OK ||
        (size < FILE_LEN &&
         ftruncate(fd, FILE_LEN) != 0)) {
        abort();
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (weekkeys_open(&w, path, key, false) == RC_OK) {
        size_t n = weekkeys_list(w, weeks);

        for (size_t i = 0; i < n; i++) {
            if (weekkeys_find(w, weeks[i]) == NULL ||
                (i > 0 && weeks[i - 1] >= weeks[i])) {
                abort();
            }
        }
        weekkeys_close(w);
    }
    (void)close(fd);
    return 0;
}
