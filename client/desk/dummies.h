/* SPDX-License-Identifier: ISC */
/*
 * Dummy answers, inside of outbox.c: what is theirs. In everything that a relay
 * sees a dummy is an answer, from its number to the day on which it is over; so
 * it is kept as long, in the store.
 */
#ifndef DUMMIES_H
#define DUMMIES_H

#include "watch.h"

/* Twelve a day, for the longest retention and what is left of it, are 1,100.
 * More can't be told from answers either: none is made before one is over. */
#define DUMMIES_MAX 2048

/* Those of the store, once. */
enum rc dummies_load(struct watch *w) MUST_CHECK;
enum rc dummies_keep(struct watch *w,
                     const struct outgoing_answer *o) MUST_CHECK;
/* As an answer is, and only where one could be; in a group. */
enum rc dummies_seal(struct watch *w, struct outgoing_answer *o,
                     int64_t now) MUST_CHECK;

/* --- outbox.c ------------------------------------------------------------ */

void outgoing_free(struct outgoing_answer *o);
enum rc outbox_add(struct watch *w, struct outgoing_answer *o) MUST_CHECK;
/* It failed, or no entry of it stands any more. */
bool outbox_is_over(struct watch *w, const struct answer_rec *a);

#endif
