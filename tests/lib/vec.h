/* SPDX-License-Identifier: ISC */
/*
 * Test vectors: JSON files with hex values. Every failure ends the test
 * program with a message: a vector file that can't be read is no pass.
 */
#ifndef VEC_H
#define VEC_H

#include "rc.h"

#include <jansson.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Loads tests/vectors/NAME (found from the current folder, the project's). */
json_t *vec_load(const char *name);
/* The array "tests" of a file; it must not be empty. */
json_t *vec_tests(json_t *file);
/* A hex member as bytes; heap, *len set. Fails the program when missing. */
uint8_t *vec_bytes(const json_t *test, const char *key, size_t *len);
/* The same into a buffer that must be exactly len bytes. */
void vec_fixed(const json_t *test, const char *key, uint8_t *out, size_t len);
const char *vec_string(const json_t *test, const char *key);
int64_t vec_number(const json_t *test, const char *key);

/*
 * Writing vectors (tests/vectors/gen): one object a line, values in order.
 *   vec_begin(stdout, "origin text"); vec_open(); vec_put_hex("key", p, n);
 *   vec_put_number("n", 3); vec_put_string("s", "x"); vec_close(); vec_end();
 */
void vec_begin(FILE *out, const char *format);
void vec_open(void);
void vec_put_hex(const char *key, const uint8_t *in, size_t len);
void vec_put_number(const char *key, int64_t v);
void vec_put_string(const char *key, const char *text);
void vec_put_text(const char *key, const uint8_t *in, size_t len);
void vec_close(void);
void vec_end(void);
/* n bytes that are the same in every run: BLAKE2b of label and a counter. */
void vec_seed(uint8_t *out, size_t n, const char *label);
/* n bytes that look random: others in each call, the same in every run. */
void vec_noise(uint8_t *out, size_t n);
/* Fails the program unless it is RC_OK. */
void vec_must(enum rc rc);

#endif
