/* SPDX-License-Identifier: ISC */
/* What people take for pass phrases and parts of them: a short list made for
 * this. In lower case, ASCII, each list ends with NULL. */
#ifndef STRENGTH_WORDS_H
#define STRENGTH_WORDS_H

/* Whole pass phrases of many people. */
extern const char *const strength_common[];
/* People and towns. */
extern const char *const strength_names[];
/* Words that come to mind at this work. */
extern const char *const strength_words[];

#endif
