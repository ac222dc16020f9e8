/* SPDX-License-Identifier: ISC */
/* Roots, directories and doors in plain words, whole and as differences. */
#ifndef SHOW_H
#define SHOW_H

#include "directory.h"
#include "doors.h"
#include "root.h"

#include <stdio.h>

/* "2026-11-22" */
#define SHOW_DATE_LEN 16
void show_date(char out[static SHOW_DATE_LEN], uint32_t day);

void show_root(FILE *out, const struct root *r);
void show_directory(FILE *out, const struct directory *d);
void show_doors(FILE *out, const struct doors *d);
/* What the second has that the first has not, and the other way round. They
 * return the number of differences. */
unsigned show_root_diff(FILE *out, const struct root *a, const struct root *b);
unsigned show_directory_diff(FILE *out, const struct directory *a,
                             const struct directory *b);
unsigned show_doors_diff(FILE *out, const struct doors *a,
                         const struct doors *b);

#endif
