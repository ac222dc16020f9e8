/* SPDX-License-Identifier: ISC */
/*
 * The control socket: what the daemon is asked is the same in whatever pieces
 * it comes, and the lines it answers with write back to the same bytes.
 */
#include "controltext.h"
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

static void
asked(const char *in, size_t size)
{
    enum rc rc = RC_TRUNCATED;
    size_t n = 0;

    while (rc == RC_TRUNCATED && n < size) {
        rc = control_ask_parse(in, ++n);
        require(n <= CONTROL_LINE_MAX);
    }
    require(rc == RC_OK || rc == RC_FORMAT || n == size);
    require((rc == RC_OK) == (size >= 7 && memcmp(in, "status\n", 7) == 0));
}

static void
answered(const uint8_t *in, size_t size)
{
    struct control_line l;
    struct reader r;
    enum rc rc;

    rd_init(&r, in, size);
    while ((rc = control_line_next(&l, &r)) == RC_OK) {
        char number[24];

        require((const uint8_t *)l.name == in);
        require(l.value == l.name + l.name_len + 1 && l.value[-1] == ' ');
        require(l.value[l.value_len] == '\n');
        if (l.is_number) {
            (void)snprintf(number, sizeof number, "%llu",
                           (unsigned long long)l.number);
            require(strlen(number) == l.value_len &&
                    memcmp(number, l.value, l.value_len) == 0);
        }
        in = (const uint8_t *)l.value + l.value_len + 1;
    }
    require(l.name == NULL && l.value == NULL && !l.is_number);
    require(rc != RC_MISSING || r.left == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    asked((const char *)data, size);
    answered(data, size);
    return 0;
}
