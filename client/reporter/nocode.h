/* SPDX-License-Identifier: ISC */
/*
 * What is sent must hold no code, whosever it is: who reads a code can read
 * the answers to it, and write in that reporter's name.
 * Both say what they found.
 */
#ifndef NOCODE_H
#define NOCODE_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is there none in this text? */
bool nocode_check(const char *text, size_t len) MUST_CHECK;
/*
 * Takes the lines out that hold the first one: the others are kept.
 * text     lines, each with its newline
 * returns  whether there was one
 */
bool nocode_cut(uint8_t *text, size_t *len);

#endif
