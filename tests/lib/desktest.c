/* SPDX-License-Identifier: ISC */
#include "desktest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint8_t key[32] = {5};

int
desktest_open(struct desk *d)
{
    char dir[] = "/tmp/tocsin-desk.XXXXXX", path[64];

    memset(d, 0, sizeof *d);
    d->quiet = true;
    if (mkdtemp(dir) == NULL || (d->dir = strdup(dir)) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/cases.db", dir);
    if (vault_open(&d->vault, path, key, true) != RC_OK) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/week.keys", dir);
    return weekkeys_open(&d->keys, path, key, true) == RC_OK ? 0 : -1;
}

int
desktest_close(struct desk *d)
{
    static const char *const names[] = {"cases.db", "cases.db-journal",
                                        "week.keys"};
    char dir[64];

    (void)snprintf(dir, sizeof dir, "%s", d->dir);
    desk_close(d);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[96];

        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    return rmdir(dir);
}
