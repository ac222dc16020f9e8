/* SPDX-License-Identifier: ISC */
/*
 * Roots, directories and doors in plain words, whole: everything that is in
 * them, so that no two different ones look the same.
 */
#ifndef SHOW_H
#define SHOW_H

#include "directory.h"
#include "doors.h"
#include "note.h"
#include "root.h"
#include "term.h"

#include <stdio.h>

/* "2026-11-22" */
#define SHOW_DATE_LEN 16
void show_date(char out[static SHOW_DATE_LEN], uint32_t day);

void show_root(FILE *out, const struct root *r);
void show_directory(FILE *out, const struct directory *d);
void show_doors(FILE *out, const struct doors *d);
/* The hash of the whole text, for signers to compare. */
void show_hash(FILE *out, const struct note *n);

/* Parts of them; lines are indented by so many spaces. */
#define SHOW_ID_LEN 65
void show_id(char out[static SHOW_ID_LEN], const uint8_t id[static 32]);
/*
 * What a stranger wrote, on one line. Characters that hide, reorder or move
 * are numbers; so that nothing else looks like these, a backslash is doubled,
 * and so that no name makes columns, the second of two spaces is one, too.
 */
struct term_name show_name(const char *name);
/* "-" for a list that is empty. */
const char *show_list(const char *list);
void show_org(FILE *out, const struct directory_org *o);
void show_relay(FILE *out, const struct directory_relay *r);
void show_board(FILE *out, const struct board *b);
void show_door(FILE *out, const struct doors_relay *r);
void show_desk(FILE *out, const struct doors_desk *d);

#endif
