/* SPDX-License-Identifier: ISC */
/*
 * The terminal: the first line of the input as a secret that comes by a
 * descriptor, and all of it as what a stranger wrote. That is printed so that
 * nothing in it can give orders, and again to the same.
 */
#include "fuzz.h"
#include "term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sodium.h>

#include "file.h"
#include "utf8.h"

static void
secret(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t line = end != NULL ? (size_t)(end - data) : size, len;
    int fd = memfd_create("term", MFD_CLOEXEC);
    char *text;
    enum rc rc;

    require(fd >= 0 && file_write_all(fd, data, size) == RC_OK &&
            lseek(fd, 0, SEEK_SET) == 0);
    rc = term_secret(&text, &len, "", fd);
    require(lseek(fd, 0, SEEK_CUR) == (off_t)(line + (end != NULL)));
    (void)close(fd);
    if (rc == RC_OK) {
        bool cr = line > 0 && data[line - 1] == '\r';

        require(len == line - cr && memcmp(text, data, len) == 0);
        require(strlen(text) == len && len <= TERM_SECRET_MAX);
    } else {
        require(text == NULL && len == 0);
        require(rc == RC_FORMAT    ? memchr(data, 0, line) != NULL
                : rc == RC_MISSING ? size == 0
                                   : rc == RC_FULL && line > TERM_SECRET_MAX);
    }
    term_free(text);
}

static char *
printed(size_t *len, const char *text, size_t text_len, unsigned indent)
{
    char *out = NULL;
    FILE *f = open_memstream(&out, len);

    require(f != NULL);
    term_print_text(f, text, text_len, indent);
    require(fclose(f) == 0 && out != NULL);
    return out;
}

/* Orders of eight bits, and what turns the direction of writing. */
static bool
gives_orders(const uint8_t *p, size_t left)
{
    return (*p < 0x20 && *p != '\n') || *p == 0x7f ||
           (left >= 2 && p[0] == 0xc2 && p[1] < 0xa0) ||
           (left >= 3 && p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xaa &&
            p[2] <= 0xae);
}

/* Every isolate ends on its line. */
static bool
isolates_end(const uint8_t *p, size_t left)
{
    size_t open = 0;

    for (; left > 0; p++, left--) {
        bool isolate = left >= 3 && p[0] == 0xe2 && p[1] == 0x81;

        if (isolate && p[2] >= 0xa6 && p[2] <= 0xa8) {
            open++;
        } else if (isolate && p[2] == 0xa9 && open-- == 0) {
            return false;
        } else if (*p == '\n' && open > 0) {
            return false;
        }
    }
    return open == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *once, *twice, *shifted;
    size_t n, m, k;

    if (sodium_init() < 0) {
        abort();
    }
    secret(data, size);
    once = printed(&n, (const char *)data, size, 0);
    require(n >= size && utf8_is_valid((const uint8_t *)once, n));
    for (size_t i = 0; i < n; i++) {
        require(!gives_orders((const uint8_t *)once + i, n - i));
    }
    require(isolates_end((const uint8_t *)once, n));
    twice = printed(&m, once, n, 0);
    require(m == n && memcmp(once, twice, n) == 0);
    shifted = printed(&k, (const char *)data, size, 4);
    require(k >= n && (k - n) % 4 == 0);
    free(once);
    free(twice);
    free(shifted);
    return 0;
}
