/* SPDX-License-Identifier: ISC */
/*
 * Strict lines of text, as notes have them (PROTOCOL.md section 7): reading
 * them through a reader, and writing them to the heap. One encoding for each
 * value. A reader of text fails with RC_FORMAT or RC_TRUNCATED.
 */
#ifndef TEXT_H
#define TEXT_H

#include "rc.h"
#include "reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_NUMBER_MAX (((uint64_t)1 << 53) - 1)
#define TEXT_DAY_MAX    999999 /* days and weeks fit 32 bits with room */
#define TEXT_WEEK_MAX   142856 /* (TEXT_DAY_MAX - 6) / 7 */

/* Are the next bytes these? Nothing is used up. */
bool text_is(const struct reader *r, const char *word);
/* The next bytes must be these. */
void text_word(struct reader *r, const char *word);
/* A decimal number without leading zeros, least..most. */
uint64_t text_number(struct reader *r, uint64_t least, uint64_t most);
/* n bytes in lower-case hex. */
void text_hex(struct reader *r, uint8_t *out, size_t n);
/* n bytes in base64 with padding and no stray bits. */
void text_base64(struct reader *r, uint8_t *out, size_t n);
/* 1..max bytes of printable ASCII up to a space or the line's end; NULL if
 * there are none. */
const char *text_field(struct reader *r, size_t *len, size_t max);
/* 1..max bytes of UTF-8 without control characters up to the line's end,
 * neither beginning nor ending with a space. */
const char *text_rest(struct reader *r, size_t *len, size_t max);
/* Half of a key, to be read aloud: "1a2b 3c4d ...", eight groups. A key shown
 * so is shown whole: nobody can look for another that looks the same. */
#define TEXT_FINGERPRINT_LEN 40
void text_fingerprint(char out[static TEXT_FINGERPRINT_LEN],
                      const uint8_t half[static 16]);
/* A copy on the heap with a zero at its end. */
char *text_copy(const char *in, size_t len);

/* Is this base64 with padding, as text_base64 wants it, of whatever length? */
bool base64_is_canonical(const char *in, size_t len);

/* Text that grows on the heap. A failure is kept. */
struct text {
    char *p;
    size_t len;
    size_t cap;
    bool failed; /* out of memory */
};

void text_put(struct text *t, const char *in, size_t len);
void text_put_word(struct text *t, const char *word);
/* A field, and the word or the space before it. */
void text_put_number(struct text *t, const char *before, uint64_t v);
void text_put_hex(struct text *t, const char *before, const uint8_t *in,
                  size_t n);
void text_put_base64(struct text *t, const char *before, const uint8_t *in,
                     size_t n);
/* Hands the bytes over to the caller, who frees them: RC_OK, RC_NOMEM. */
enum rc text_take(struct text *t, char **out, size_t *len) MUST_CHECK;
void text_wipe(struct text *t);

#endif
