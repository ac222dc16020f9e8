/* SPDX-License-Identifier: ISC */
/* Orders by lot: who is asked first, second, third must tell nothing. */
#ifndef DRAW_H
#define DRAW_H

#include <stddef.h>

/* The numbers 0..n-1, in an order of which each is as likely as any other. */
void draw_order(size_t *out, size_t n);

#endif
