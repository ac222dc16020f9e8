/* SPDX-License-Identifier: ISC */
/*
 * Files that root signers carry around: drafts (the bare text of a note) and
 * signed notes, of roots, directories and doors. Errors are printed here.
 */
#ifndef NOTEFILE_H
#define NOTEFILE_H

#include "cli.h"
#include "directory.h"
#include "doors.h"
#include "note.h"
#include "root.h"

#include <stdbool.h>
#include <stdio.h>

enum notefile_kind {
    NOTEFILE_ROOT,
    NOTEFILE_DIRECTORY,
    NOTEFILE_DOORS
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
    struct doors *doors;
    bool complete; /* a directory with boards and relays */
};

/* RC_OK, or an error after printing it; *out is then all zero. */
enum rc notefile_load(struct notefile *out, const char *path) MUST_CHECK;
void notefile_wipe(struct notefile *f);
uint64_t notefile_version(const struct notefile *f);

/* All that it says, and the hash of its text. */
void notefile_show(FILE *out, const struct notefile *f);
/* What changes from a to b, of one kind. */
void notefile_diff(FILE *out, const struct notefile *a,
                   const struct notefile *b);
/* "ana, bo": those of a root whose signatures are good. */
void notefile_print_signers(FILE *out, const struct root *r,
                            const struct note *n);
/* The error: who of this root signed it, and how many must. */
void notefile_not_authentic(const struct notefile *f, const struct root *r);
/* The root of a file that is taken at its word, but for the signatures of its
 * own signers. An exit code, with an error printed. */
int notefile_trust(struct root *out, const char *path) MUST_CHECK;
/*
 * The note before f, for comparing with it: of the same kind, signed under a
 * root, older.
 * old_path   --old, NULL where it was not given: then only version 1 is right
 * root_path  --root: the root that a directory or list of doors at old_path
 *            is signed under
 * is_first   f is version 1, *out stays empty
 * returns    an exit code; errors and what it is compared with are printed
 */
int notefile_before(struct notefile *out, bool *is_first,
                    const struct notefile *f, const char *old_path,
                    const char *root_path) MUST_CHECK;

/* The same, and what changes since it. */
int notefile_changes(FILE *out, const struct notefile *f, const char *old_path,
                     const char *root_path) MUST_CHECK;

/* Keeps a signed note as FILE.v3, before a draft takes its place. Does nothing
 * to a draft. */
enum rc notefile_keep(const struct notefile *f) MUST_CHECK;
/* Writes, replacing or not; prints an error. */
enum rc notefile_save(const char *path, const void *in, size_t len,
                      bool replace) MUST_CHECK;

/* Is --out there? Said where it is not. */
bool notefile_out_given(const struct cli_option *options);
/* Does this text name the id: all of its digits, or enough of the first? */
bool notefile_names_id(const char *text, const uint8_t id[static 32]);

#endif
