/* SPDX-License-Identifier: ISC */
/* A body in boxes, read item by item, must give what the parser of whole
 * bodies gives. */
#include "bodyfile.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sodium.h>

#include "file.h"

#define LEN_MAX 40000

static void
must(int ok)
{
    if (!ok) {
        abort();
    }
}

/* Compares one item; false at the end of either. */
static bool
same_item(struct bodyfile *f, struct reader *r)
{
    static uint8_t data[LEN_MAX];
    struct bodyfile_item a;
    struct body_item b;
    enum rc rc_a = bodyfile_item(f, &a), rc_b = body_item_next(&b, r);

    must((rc_a == RC_OK) == (rc_b == RC_OK));
    must((rc_a == RC_MISSING) == (rc_b == RC_MISSING));
    if (rc_a != RC_OK) {
        return false;
    }
    must(a.len == b.len && strlen(a.type) == b.type_len &&
         strlen(a.name) == b.name_len);
    must(memcmp(a.type, b.type, b.type_len) == 0 &&
         (b.name_len == 0 || memcmp(a.name, b.name, b.name_len) == 0));
    must(a.len <= sizeof data &&
         bodyfile_read(f, data, (size_t)a.len) == RC_OK);
    must(a.len == 0 || memcmp(data, b.data, (size_t)a.len) == 0);
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
    struct body_name b = {.len = len, .boxes = body_boxes(len)};
    char path[64];
    struct bodyfile f;
    struct reader r;
    int fd;

    if (len == 0 || len > LEN_MAX || sodium_init() < 0) {
        return 0;
    }
    fd = memfd_create("body", MFD_CLOEXEC);
    must(fd >= 0);
    for (uint32_t i = 0; i < b.boxes; i++) {
        const struct body_place at = bodyfile_place(&b, i);
        uint8_t box[CELL_BOX_LEN];
        size_t n = body_chunk_len(len, i);

        must(body_box_seal(box, &at,
                           n > 0 ? in + (size_t)i * BODY_CHUNK_LEN : in,
                           n) == RC_OK &&
             file_write_all(fd, box, sizeof box) == RC_OK);
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    must(bodyfile_open(&f, path, &b) == RC_OK);
    rd_init(&r, in, len);
    while (same_item(&f, &r)) {
    }
    bodyfile_close(&f);
    (void)close(fd);
    return 0;
}
