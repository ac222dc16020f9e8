/* SPDX-License-Identifier: ISC */
/* The attachments of an answer, into a folder the reporter names. */
#ifndef FETCH_H
#define FETCH_H

#include "answer.h"
#include "visit.h"

/* Fetches the boxes, checks the whole, writes the files; never over one that
 * is there. Prints what it wrote and what went wrong. */
enum rc fetch_answer_body(struct visit *v, const struct answer *a,
                          const char *dir) MUST_CHECK;

#endif
