/* SPDX-License-Identifier: ISC */
/*
 * Files that root signers carry around: drafts (the bare text of a note) and
 * signed notes, of roots and directories. Errors are printed here.
 */
#ifndef NOTEFILE_H
#define NOTEFILE_H

#include "directory.h"
#include "note.h"
#include "root.h"

#include <stdbool.h>

enum notefile_kind {
    NOTEFILE_ROOT,
    NOTEFILE_DIRECTORY
};

struct notefile {
    const char *path; /* borrowed */
    uint8_t *raw;     /* raw_len bytes */
    size_t raw_len;
    bool is_signed;
    struct note note; /* of raw; text only where it is a draft */
    enum notefile_kind kind;
    struct root root;            /* of a root */
    struct directory *directory; /* of a directory */
    bool complete;               /* a directory with boards and relays */
};

/* RC_OK, or an error after printing it; *out is then all zero. */
enum rc notefile_load(struct notefile *out, const char *path) MUST_CHECK;
void notefile_wipe(struct notefile *f);
/* Writes, replacing or not; prints an error. */
enum rc notefile_save(const char *path, const void *in, size_t len,
                      bool replace) MUST_CHECK;

#endif
