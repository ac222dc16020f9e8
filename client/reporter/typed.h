/* SPDX-License-Identifier: ISC */
/*
 * Short answers as people type them, whatever their script and language: yes
 * and no, numbers, lists.
 */
#ifndef TYPED_H
#define TYPED_H

#include <stdbool.h>
#include <stddef.h>

/* Nothing but ways to say yes, or no, in any of the languages that there are
 * catalogues of, or by the translation of "yes" and "no". */
bool typed_yes(const char *text);
bool typed_no(const char *text);
/* The number that a word is, in digits of any script; 0 if it is none, or has
 * more than five digits. */
unsigned long typed_number(const char *word, size_t len);
/*
 * The next item of a list, with commas of any script between.
 * *line    moved to where it begins
 * spaces   white space parts items, too
 * returns  its bytes, without white space around; 0 at the end
 */
size_t typed_item(const char **line, bool spaces);
/* Digits of any script as 0 to 9; what has no room is left out. */
void typed_digits(char *out, size_t cap, const char *text, size_t len);

#endif
