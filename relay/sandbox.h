/* SPDX-License-Identifier: ISC */
/*
 * What the process gives up before it answers anybody. Landlock where the
 * kernel has it: of the file system only the store and the folder of the
 * bundle are left. seccomp: no new programs, no outgoing connections, no
 * other system calls than the relay's.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "config.h"

/* Is memory written to a disk? By /proc/swaps, or a file like it. */
enum swap_state {
    SWAP_NONE,
    SWAP_ON,
    SWAP_UNKNOWN /* could not look; errno says why */
};
enum swap_state sandbox_swap(const char *path);
/* Say in the log what an operator should know: swap, locked memory, core
 * files, root. */
void sandbox_warn(const struct config *c);
/* Enough descriptors for all connections. RC_FULL: the limit is too low. */
enum rc sandbox_descriptors(const struct config *c) MUST_CHECK;
/* What was made before that is given up belongs to the configured user: else
 * the next start, as that user, could not open or replace it. Nothing where we
 * are not root or no user is configured. RC_MISSING, RC_IO. */
enum rc sandbox_give(const struct config *c, const char *path) MUST_CHECK;
/* Become the configured user; nothing where none is configured. */
enum rc sandbox_user(const struct config *c) MUST_CHECK;
/* For the threads started from here on. Warns in the log where the kernel
 * lacks a part; RC_IO where a part is there and fails. */
enum rc sandbox_enter(const struct config *c) MUST_CHECK;

#endif
