/* SPDX-License-Identifier: ISC */
/* The files of a vault, as far as SQLite does not look after them itself. */
#ifndef VAULTFILE_H
#define VAULTFILE_H

#include "rc.h"

#include <sqlite3.h>

/*
 * Is it a database at all? Before SQLite sees it, which removes the journal of
 * an empty one.
 * returns  RC_OK, RC_MISSING, RC_FORGED, RC_IO
 */
enum rc vaultfile_check(const char *path) MUST_CHECK;
/* Is it as long as it says? SQLite reads zeros for what is cut off its last
 * page. RC_OK, RC_FORGED, RC_IO. */
enum rc vaultfile_whole(sqlite3 *db, const char *path) MUST_CHECK;
/* Overwrites all of it in place. RC_OK also where there is none. */
enum rc vaultfile_zero(const char *path) MUST_CHECK;

#endif
