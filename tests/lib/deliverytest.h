/* SPDX-License-Identifier: ISC */
/* For tests of answers at relays: a desk with a case, its outbox, and three
 * relays of which the first two are open. */
#ifndef DELIVERYTEST_H
#define DELIVERYTEST_H

#include "desktest.h"
#include "fake_drops.h"
#include "watch.h"

extern struct desk our_desk;
extern struct watch watch;
extern struct fake_drops at[3];
extern struct directory_relay relays[3];
extern struct case_rec the_case;
extern struct answer_rec rec; /* the answer of the last turns */

/* As cmocka wants them. */
int delivery_setup(void **state);
int delivery_teardown(void **state);
/* So many relays are listed and open. */
void open_relays(size_t first, size_t n);
/* What `reply` does. */
uint32_t queue(const char *text);
/* So many turns, whatever was to be waited for. */
void turns_of_all(int n);
/* The same; then what is in the store about this answer and its case. */
void turns(uint32_t seq, int n);
void days_pass(uint32_t days);

#endif
