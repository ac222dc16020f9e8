/* SPDX-License-Identifier: ISC */
/* What an answer says: its header lines in plain words, and its text. */
#ifndef ANSWERLINES_H
#define ANSWERLINES_H

#include "answer.h"
#include "directory.h"

/*
 * Print a verified answer to standard output, each line behind four spaces.
 * d        where the organisation that it refers to is looked up
 */
void answerlines_print(const struct directory *d, const struct answer *a);

#endif
