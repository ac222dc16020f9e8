/* SPDX-License-Identifier: ISC */
/*
 * Letters of ASCII without the C library's locale: in Turkish its i is no
 * small I, and FIRED no fired. For codes, keys, countries, names of hosts.
 */
#ifndef ASCII_H
#define ASCII_H

#include <stdbool.h>
#include <stddef.h>

char ascii_lower(char c);
char ascii_upper(char c);
bool ascii_is_alnum(char c);
/* A space, or what moves like one: \t to \r. */
bool ascii_is_space(char c);
/* The same n bytes, but for the case of letters? */
bool ascii_is_same(const char *a, const char *b, size_t n);
/* The same of two words, to their ends. */
bool ascii_is_word(const char *a, const char *b);

#endif
