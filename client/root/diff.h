/* SPDX-License-Identifier: ISC */
/*
 * What changes from one root, directory or list of doors to another, in
 * words, the most dangerous first: whose key is another one. Every field that
 * differs is named, with what it was and what it becomes. Each returns the
 * number of differences.
 */
#ifndef DIFF_H
#define DIFF_H

#include "directory.h"
#include "doors.h"
#include "root.h"

#include <stdio.h>

unsigned diff_root(FILE *out, const struct root *a, const struct root *b);
unsigned diff_directory(FILE *out, const struct directory *a,
                        const struct directory *b);
unsigned diff_doors(FILE *out, const struct doors *a, const struct doors *b);

#endif
