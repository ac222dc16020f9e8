/* SPDX-License-Identifier: ISC */
/*
 * A code within a text: whoever reads the text would have it. PROTOCOL.md
 * section 6.
 */
#ifndef CODEFIND_H
#define CODEFIND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The first code in a text, in any spelling that code_parse reads, and with
 * its parts numbered.
 * at, len  where it stands, from its first part to its last; 0 without one
 * in       n bytes, untrusted
 * returns  whether there is one. Digits that belong to a longer row of alike
 *          numbers are none.
 */
bool codefind(size_t *at, size_t *len, const char *in, size_t n);

#endif
