/* SPDX-License-Identifier: ISC */
#include "board.h"

#include <sodium.h>

#include <string.h>

enum rc
board_check(const struct board *b)
{
    if ((b->entry_len != ENTRY_ANSWER_LEN &&
         b->entry_len != ENTRY_REPORT_LEN) ||
        b->tick == 0 || 3600 % b->tick != 0 ||
        b->spread == 0 || b->spread > BOARD_SPREAD_MAX ||
        b->max > BOARD_SLOTS_MAX || !board_slots_ok(b, b->max)) {
        return RC_FORMAT;
    }
    return RC_OK;
}

bool
board_is_answers(const struct board *b)
{
    return b->entry_len == ENTRY_ANSWER_LEN;
}

bool
board_slots_ok(const struct board *b, uint32_t slots)
{
    uint32_t n = b->slots;

    if (n == 0 || slots > b->max) {
        return false;
    }
    while (n < slots) {
        n *= 2;
    }
    return n == slots;
}

const struct board *
board_find(const struct board *boards, size_t n, uint8_t id)
{
    for (size_t i = 0; i < n; i++) {
        if (boards[i].id == id) {
            return &boards[i];
        }
    }
    return NULL;
}

const struct board *
board_first_report(const struct board *boards, size_t n)
{
    const struct board *first = NULL;

    for (size_t i = 0; i < n; i++) {
        if (!board_is_answers(&boards[i]) &&
            (first == NULL || boards[i].id < first->id)) {
            first = &boards[i];
        }
    }
    return first;
}

bool
entry_key_is_canonical(const uint8_t key[static 32])
{
    /* Little-endian. 2^255 - 19 is ed, then 30 times ff, then 7f. */
    if (key[31] != 0x7f) {
        return key[31] < 0x7f;
    }
    for (size_t i = 30; i > 0; i--) {
        if (key[i] != 0xff) {
            return true;
        }
    }
    return key[0] < 0xed;
}

enum rc
entry_dummy(uint8_t *out, const struct board *b, const uint8_t *noise)
{
    memcpy(out, noise, b->entry_len);
    if (board_is_answers(b)) {
        return RC_OK;
    }
    if (b->entry_len != ENTRY_REPORT_LEN ||
        crypto_scalarmult_base(out, noise) != 0) {
        memset(out, 0, b->entry_len);
        return RC_FORMAT;
    }
    return RC_OK;
}
