/* SPDX-License-Identifier: ISC */
#include "bodyfile.h"

#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

enum rc
bodyfile_open(struct bodyfile *f, const char *path,
              const struct body_name *body)
{
    memset(f, 0, sizeof *f);
    f->body = *body;
    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0) {
        return errno == ENOENT ? RC_MISSING : RC_IO;
    }
    return RC_OK;
}

void
bodyfile_close(struct bodyfile *f)
{
    if (f->fd >= 0) {
        (void)close(f->fd);
    }
    sodium_memzero(f, sizeof *f);
    f->fd = -1;
}

struct body_place
bodyfile_place(const struct body_name *body, uint32_t i)
{
    static const uint8_t here[BODY_RELAY_LEN];

    return (struct body_place){body->key, here, i};
}

static enum rc
load_box(struct bodyfile *f, uint32_t i)
{
    const struct body_place at = bodyfile_place(&f->body, i);
    uint8_t box[CELL_BOX_LEN];
    ssize_t n;

    if (f->box == i + 1) {
        return RC_OK;
    }
    f->box = 0;
    n = pread(f->fd, box, sizeof box, (off_t)i * (off_t)sizeof box);
    if (n < 0) {
        return RC_IO;
    }
    if (n != (ssize_t)sizeof box ||
        body_box_open(f->plain, &at, box) != RC_OK) {
        return RC_FORGED;
    }
    f->box = i + 1;
    return RC_OK;
}

enum rc
bodyfile_read(struct bodyfile *f, uint8_t *out, size_t len)
{
    while (len > 0) {
        size_t in_box = (size_t)(f->at % BODY_CHUNK_LEN);
        size_t n = BODY_CHUNK_LEN - in_box;
        enum rc rc;

        if (f->at >= f->body.len) {
            return RC_TRUNCATED;
        }
        if (n > f->body.len - f->at) {
            n = (size_t)(f->body.len - f->at);
        }
        n = n < len ? n : len;
        rc = load_box(f, (uint32_t)(f->at / BODY_CHUNK_LEN));
        if (rc != RC_OK) {
            return rc;
        }
        memcpy(out, f->plain + in_box, n);
        out += n;
        len -= n;
        f->at += n;
    }
    return RC_OK;
}

/* Would the writer of body.h have written this frame? */
static enum rc
check_frame(const struct body_item *item)
{
    uint8_t frame[1 + 255 + 1 + 255 + 8];
    struct writer w;

    wr_init(&w, frame, sizeof frame);
    return body_item_head_write(&w, item);
}

enum rc
bodyfile_item(struct bodyfile *f, struct bodyfile_item *out)
{
    struct body_item item = {.type = out->type, .name = out->name};
    uint8_t n, len[8];
    struct reader r;
    enum rc rc;

    memset(out, 0, sizeof *out);
    if (f->at >= f->body.len) {
        return RC_MISSING;
    }
    if ((rc = bodyfile_read(f, &n, 1)) == RC_OK &&
        (rc = bodyfile_read(f, (uint8_t *)out->type, n)) == RC_OK) {
        item.type_len = n;
        rc = bodyfile_read(f, &n, 1);
    }
    if (rc == RC_OK &&
        (rc = bodyfile_read(f, (uint8_t *)out->name, n)) == RC_OK) {
        item.name_len = n;
        rc = bodyfile_read(f, len, sizeof len);
    }
    if (rc == RC_OK) {
        rd_init(&r, len, sizeof len);
        item.len = out->len = rd_u64(&r);
        rc = item.len > f->body.len - f->at ? RC_FORMAT : check_frame(&item);
    }
    if (rc != RC_OK) {
        memset(out, 0, sizeof *out);
        return rc == RC_TRUNCATED ? RC_FORMAT : rc;
    }
    return RC_OK;
}

enum rc
bodyfile_check(struct bodyfile *f, bool *good)
{
    crypto_generichash_state st;
    uint8_t digest[sizeof f->body.digest];
    bool zeros = true;
    enum rc rc = RC_OK;

    *good = false;
    (void)crypto_generichash_init(&st, NULL, 0, sizeof digest);
    for (uint32_t i = 0; rc == RC_OK && i < f->body.boxes; i++) {
        size_t n = body_chunk_len(f->body.len, i);

        if ((rc = load_box(f, i)) == RC_OK) {
            (void)crypto_generichash_update(&st, f->plain, n);
            zeros = zeros && sodium_is_zero(f->plain + n, sizeof f->plain - n);
        }
    }
    (void)crypto_generichash_final(&st, digest, sizeof digest);
    *good = rc == RC_OK && zeros &&
            memcmp(digest, f->body.digest, sizeof digest) == 0;
    sodium_memzero(&st, sizeof st);
    return rc;
}

enum rc
bodyfile_write(const char *path, const struct body_name *body,
               const uint8_t *bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum rc rc = fd < 0 ? RC_IO : RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < body->boxes; i++) {
        const struct body_place at = bodyfile_place(body, i);
        uint8_t box[CELL_BOX_LEN];
        size_t n = body_chunk_len(body->len, i);
        const uint8_t *chunk =
            n > 0 ? bytes + (uint64_t)i * BODY_CHUNK_LEN : bytes;

        if ((rc = body_box_seal(box, &at, chunk, n)) == RC_OK) {
            rc = file_write_all(fd, box, sizeof box);
        }
    }
    if (rc == RC_OK && fsync(fd) != 0) {
        rc = RC_IO;
    }
    if (fd >= 0 && close(fd) != 0 && rc == RC_OK) {
        rc = RC_IO;
    }
    if (rc == RC_OK) {
        rc = file_sync_folder(path);
    }
    if (rc != RC_OK && fd >= 0) {
        (void)unlink(path);
    }
    return rc;
}

enum rc
bodyfile_chunk(const char *path, const struct body_name *body, uint32_t i,
               uint8_t chunk[static BODY_CHUNK_LEN])
{
    const struct body_place at = bodyfile_place(body, i);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t box[CELL_BOX_LEN];
    enum rc rc = RC_IO;

    if (fd < 0) {
        return errno == ENOENT ? RC_MISSING : RC_IO;
    }
    if (lseek(fd, (off_t)i * CELL_BOX_LEN, SEEK_SET) >= 0) {
        rc = file_read_exact(fd, box, sizeof box);
    }
    (void)close(fd);
    if (rc == RC_OK) {
        return body_box_open(chunk, &at, box);
    }
    return rc == RC_TRUNCATED ? RC_MISSING : rc;
}
