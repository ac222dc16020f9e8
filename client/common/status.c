/* SPDX-License-Identifier: ISC */
#include "status.h"

#include "page.h"

#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#define DIGITS_MAX 15 /* of a decimal number, so that it can't overflow */

/* A decimal number without leading zeros, after one space. */
static bool
take_number(const char **p, const char *end, uint64_t *out)
{
    const char *start;
    uint64_t v = 0;

    if (*p == end || *(*p)++ != ' ') {
        return false;
    }
    start = *p;
    while (*p < end && **p >= '0' && **p <= '9' && *p - start < DIGITS_MAX) {
        v = v * 10 + (uint64_t)(*(*p)++ - '0');
    }
    *out = v;
    return *p > start && (*start != '0' || *p - start == 1);
}

/* "board <id> <newest> <slots> <effort>"; false for a line that is none or
 * is broken. */
static bool
take_board(const char *p, const char *end, struct status_board *out)
{
    uint64_t id, slots, effort;

    if (end - p < 5 || memcmp(p, "board", 5) != 0) {
        return false;
    }
    p += 5;
    if (!take_number(&p, end, &id) || !take_number(&p, end, &out->newest) ||
        !take_number(&p, end, &slots) || !take_number(&p, end, &effort) ||
        p != end || id >= BOARDS_MAX || out->newest > PAGE_NUMBER_MAX ||
        slots > BOARD_SLOTS_MAX || effort > 255) {
        return false;
    }
    out->id = (uint8_t)id;
    out->slots = (unsigned)slots;
    out->effort = (unsigned)effort;
    return true;
}

/* "bundle <64 digits>", in lower case */
static bool
take_bundle(const char *p, const char *end, uint8_t out[static KDF_LEN])
{
    static const char key[] = "bundle ";
    char back[2 * KDF_LEN + 1];
    size_t n;

    if (end - p != (ptrdiff_t)(sizeof key - 1 + 2 * KDF_LEN) ||
        memcmp(p, key, sizeof key - 1) != 0) {
        return false;
    }
    p += sizeof key - 1;
    return sodium_hex2bin(out, KDF_LEN, p, 2 * KDF_LEN, NULL, &n, NULL) == 0 &&
           n == KDF_LEN &&
           memcmp(sodium_bin2hex(back, sizeof back, out, KDF_LEN), p,
                  2 * KDF_LEN) == 0;
}

const struct status_board *
status_board(const struct status *s, uint8_t id)
{
    for (size_t i = 0; i < s->n_boards; i++) {
        if (s->boards[i].id == id) {
            return &s->boards[i];
        }
    }
    return NULL;
}

enum rc
status_parse(struct status *out, const uint8_t *text, size_t len)
{
    static const char head[] = "tocsin 1\n";
    const char *p = (const char *)text, *end = p + len;
    bool named = false;

    memset(out, 0, sizeof *out);
    if (len < sizeof head - 1 || memcmp(p, head, sizeof head - 1) != 0 ||
        end[-1] != '\n') {
        return RC_FORMAT;
    }
    while (p < end) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        struct status_board b;

        if (!named) {
            named = take_bundle(p, line_end, out->bundle);
        }
        if (take_board(p, line_end, &b) && out->n_boards < BOARDS_MAX &&
            status_board(out, b.id) == NULL) {
            out->boards[out->n_boards++] = b;
        }
        p = line_end + 1;
    }
    if (!named) {
        memset(out, 0, sizeof *out);
        return RC_FORMAT;
    }
    return RC_OK;
}
