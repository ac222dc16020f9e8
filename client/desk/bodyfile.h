/* SPDX-License-Identifier: ISC */
/*
 * Bodies on the desk's disk: boxes one after the other, sealed with the key that
 * the record has, as for a relay whose id is zeros, which none has: a box of a
 * real relay is opened and sealed anew. Reading opens them box by box, so that
 * no plain text is on disk and no body has to fit into memory.
 */
#ifndef BODYFILE_H
#define BODYFILE_H

#include "body.h"
#include "cell.h"
#include "records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bodyfile {
    int fd;
    struct body_name body;
    uint64_t at;    /* bytes of the body read so far */
    uint32_t box;   /* the one in plain, plus 1; 0: none */
    uint8_t plain[BODY_CHUNK_LEN];
};

/* What stands before an item's data, checked by the rules of body.h. */
struct bodyfile_item {
    char type[256]; /* NUL-terminated, printable ASCII */
    char name[256]; /* NUL-terminated; UTF-8 of a stranger's */
    uint64_t len;
};

enum rc bodyfile_open(struct bodyfile *f, const char *path,
                      const struct body_name *body) MUST_CHECK;
void bodyfile_close(struct bodyfile *f);
/* Exactly len bytes. RC_TRUNCATED at the body's end; RC_FORGED for a box that
 * is damaged or missing; RC_IO. */
enum rc bodyfile_read(struct bodyfile *f, uint8_t *out,
                      size_t len) MUST_CHECK;
/* The next item's frame; its data follow by bodyfile_read. RC_MISSING at the
 * end; RC_FORMAT. */
enum rc bodyfile_item(struct bodyfile *f,
                      struct bodyfile_item *out) MUST_CHECK;

/*
 * Is it what its digest says, with zeros after its end? Reads all boxes.
 * returns  RC_OK with *good; RC_FORGED for a box that is damaged or missing;
 *          RC_IO
 */
enum rc bodyfile_check(struct bodyfile *f, bool *good) MUST_CHECK;

/*
 * Seal a body into a new file of boxes.
 * len      1..BODY_MAX
 */
enum rc bodyfile_write(const char *path, const struct body_name *body,
                       const uint8_t *bytes) MUST_CHECK;

/* Where box i of a kept body is sealed for. */
struct body_place bodyfile_place(const struct body_name *body, uint32_t i);
/* What is in box i. RC_MISSING: the file or the box is not there; RC_FORGED: it
 * is damaged. */
enum rc bodyfile_chunk(const char *path, const struct body_name *body,
                       uint32_t i, uint8_t chunk[static BODY_CHUNK_LEN])
    MUST_CHECK;

#endif
