/* SPDX-License-Identifier: ISC */
/*
 * Attachments: reading a file, removing what it says about its maker.
 *
 * The cleaner is mat2, in a bubblewrap: no network, nothing of this computer
 * but /usr to read, a folder in memory to write. The file goes in by a
 * descriptor, what comes out is held in memory. Nothing touches a disk.
 */
#ifndef ATTACH_H
#define ATTACH_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATTACH_MAX      ((size_t)512 * 1024 * 1024) /* bytes of one file */
#define ATTACH_NAME_MAX 32

struct attach_options {
    bool keep_metadata; /* send files as they are */
    const char *bwrap;  /* NULL: bwrap from PATH */
    unsigned seconds;   /* for one cleaning; 0: 900 */
};

enum attach_problem {
    ATTACH_FINE,
    ATTACH_UNREADABLE, /* errno says why */
    ATTACH_NOT_A_FILE, /* a folder, a device */
    ATTACH_EMPTY,
    ATTACH_TOO_LARGE,
    ATTACH_CHANGED,      /* somebody wrote to it meanwhile */
    ATTACH_UNKNOWN_TYPE, /* we can't clean this */
    ATTACH_NO_CLEANER,   /* mat2 is not installed */
    ATTACH_NO_SANDBOX,   /* bubblewrap is missing or may not run here */
    ATTACH_NOT_CLEANED,  /* mat2 gave up: damaged, protected, too slow */
    ATTACH_NO_MEMORY
};

struct attachment {
    uint8_t *data; /* heap; what will be sent */
    size_t len;
    char name[ATTACH_NAME_MAX]; /* neutral: file-1.jpg */
    const char *media;          /* media type */
    char *removed; /* heap: what was found, a stranger's text, "" if nothing */
    bool kept;     /* sent as it is, by the user's wish */
    bool unsteady; /* cleaning gives other bytes each time */
};

/*
 * Read and clean one file.
 * number   1.., for the neutral name
 * detail   one line of the cleaner's own about a problem, or "";
 *          from a stranger: escape it
 */
enum attach_problem attach_load(struct attachment *out, const char *path,
                                unsigned number,
                                const struct attach_options *opt,
                                char detail[static 200]) MUST_CHECK;
void attach_wipe(struct attachment *a);

#endif
