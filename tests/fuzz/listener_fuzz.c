/* SPDX-License-Identifier: ISC */
/*
 * A table of /proc/net, read as one of IPv4 and as one of IPv6: whoever is
 * named has a row that listens, and is named once.
 */
#include "fuzz.h"
#include "listener.h"

#include <stdio.h>
#include <string.h>

/* Is there a line with this state and user, in columns of their own? */
static bool
has_row(const char *table, size_t len, uint32_t uid)
{
    char field[16];
    size_t n = (size_t)snprintf(field, sizeof field, " %u ", (unsigned)uid);

    for (size_t at = 0; at < len;) {
        const char *line = table + at;
        const char *end = memchr(line, '\n', len - at);
        size_t left = end == NULL ? len - at : (size_t)(end - line);

        if (memmem(line, left, " 0A ", 4) != NULL &&
            memmem(line, left, field, n) != NULL) {
            return true;
        }
        at += left + 1;
    }
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct listener_addr at[] = {
        {.ip = {127, 0, 0, 1}, .port = 9050},
        {.v6 = true, .ip = {[15] = 1}, .port = 9050},
    };
    const char *table = (const char *)data;

    for (size_t i = 0; i < 4; i++) {
        struct listener_owners o = {0}, again = {0};
        enum rc rc = listener_add(&o, &at[i / 2], i % 2 == 1, table, size);

        require(rc == RC_OK || rc == RC_FORMAT || rc == RC_FULL);
        require(o.n <= LISTENER_OWNERS_MAX);
        if (rc != RC_OK) {
            continue;
        }
        require(size > 0 && data[size - 1] == '\n');
        for (size_t k = 0; k < o.n; k++) {
            require(has_row(table, size, o.uid[k]));
            for (size_t j = 0; j < k; j++) {
                require(o.uid[j] != o.uid[k]);
            }
        }
        /* The same table again names nobody more. */
        again = o;
        require(listener_add(&again, &at[i / 2], i % 2 == 1, table, size) ==
                RC_OK);
        require(memcmp(&again, &o, sizeof o) == 0);
    }
    return 0;
}
