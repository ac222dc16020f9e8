/* SPDX-License-Identifier: ISC */
/*
 * The numbers of a case's answers: each is used once, in the order they have.
 * PROTOCOL.md section 6.
 */
#ifndef NUMBERS_H
#define NUMBERS_H

#include "page.h"
#include "records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The one that the next answer has; ANSWERS_MAX: none is left. */
uint8_t numbers_next(const struct case_rec *c);
/* It is used, in this case and in all that have its root, whose addresses are
 * the same. To be called in a group; writes them. */
enum rc numbers_spend(struct vault *v, struct case_rec *c,
                      uint8_t i) MUST_CHECK;

/*
 * The entries of all numbers that are not used yet, so that one that stands on
 * a board is known to be: after a restore from an older copy, or by somebody
 * else who holds the conversation's root.
 */
struct numbers {
    struct number_clue *clues; /* n, sorted; heap */
    size_t n;
    bool loaded; /* to be set to false when a case is new */
};
void numbers_wipe(struct numbers *n);
/*
 * What a page of an answers board announces.
 * found    called, outside of a group, for each number that is spent by it
 */
enum rc numbers_page(struct numbers *n, struct vault *v,
                     const struct page *page,
                     void (*found)(uint32_t case_no, void *arg),
                     void *arg) MUST_CHECK;

#endif
