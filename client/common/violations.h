/* SPDX-License-Identifier: ISC */
/*
 * The kinds of violations of workers' rights that a report can name.
 * Codes are stable: new ones are added, none is reused or renamed.
 */
#ifndef VIOLATIONS_H
#define VIOLATIONS_H

#include <stddef.h>

struct violation {
    const char *code;  /* ends the table when NULL */
    const char *label; /* English, marked with N_() */
};

/* The kinds, in the order a person is asked: civil liberties first. */
extern const struct violation violations[];
/* The one of that code (any case), or NULL. */
const struct violation *violation_find(const char *code, size_t len);

#endif
