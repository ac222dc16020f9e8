/* SPDX-License-Identifier: ISC */
/*
 * What the commands ask the person for: code, organisations, text.
 * All of these print their own errors.
 */
#ifndef ASK_H
#define ASK_H

#include "code.h"
#include "compose.h"
#include "directory.h"
#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An existing code, from --code-fd (fd >= 0) or the terminal, where a wrong
 * one is explained and asked for again.
 * code     the caller's, CODE_LEN bytes of locked memory
 */
enum rc ask_code(uint8_t code[static CODE_LEN], int fd) MUST_CHECK;
/*
 * Show a fresh code once, on the terminal, then have two of its words (or two
 * groups of digits) typed again.
 */
enum rc ask_code_back(const uint8_t code[static CODE_LEN],
                      bool digits) MUST_CHECK;

/*
 * The organisation a person names: its name (any case), or its id or the
 * first eight digits of it or more.
 * returns  RC_OK, RC_MISSING, RC_TAKEN (several fit)
 */
enum rc org_find(size_t *out, const struct directory *d,
                 const char *who) MUST_CHECK;
/* The same, and says what is wrong. */
enum rc ask_org(size_t *out, const struct directory *d,
                const char *who) MUST_CHECK;

/* Who shall hear it: indexes of d->orgs, each once. */
enum rc ask_orgs(size_t *orgs, size_t max, size_t *n,
                 const struct directory *d) MUST_CHECK;
/* Every question of schema 1 that has no line yet, step by step. */
enum rc ask_details(struct draft *d) MUST_CHECK;
/* The free text from standard input: to its end, or, on a terminal, after the
 * question, to a line with a dot alone. */
enum rc ask_text(struct draft *d, const char *question) MUST_CHECK;
/* A path, as it is typed, pasted or dropped here; NULL where nothing was
 * typed. Free it with term_free. */
enum rc ask_path(char **out, const char *question) MUST_CHECK;
/* "yes" in English, the translation, or another of our languages. */
bool ask_yes(const char *question);

/* What is wrong with a header line. */
void ask_explain_line(const char *option, const char *value, enum rc rc);

#endif
