/* SPDX-License-Identifier: ISC */
#include "effort.h"

#include "writer.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

/* What is hashed for each nonce: c, hash of the cell without it, nonce. */
#define TRIAL_LEN (KDF_LEN + KDF_LEN + CELL_NONCE_LEN)

static void
check(int failed)
{
    if (failed != 0) {
        abort();
    }
}

int64_t
effort_hour(const struct board *b, int64_t now)
{
    int64_t settled = now - b->tick - EFFORT_AFTER;

    return settled > 0 ? settled - settled % EFFORT_HOUR : 0;
}

uint64_t
effort_hours_before(const struct board *b)
{
    const uint64_t late = 2 * (uint64_t)b->tick + EFFORT_AFTER + EFFORT_SLACK;

    return (late + EFFORT_HOUR - 1) / EFFORT_HOUR;
}

enum rc
effort_page_hash(uint8_t h[static PAGE_HASH_LEN], const struct board *b,
                 const uint8_t pk[static 32], int64_t hour,
                 const uint8_t *file, size_t len)
{
    const uint64_t last = (uint64_t)hour / b->tick;
    enum rc rc = page_check_span(b, file, len, pk, NULL);
    struct page page;
    size_t used;

    memset(h, 0, PAGE_HASH_LEN);
    for (; rc == RC_OK && len > 0; file += used, len -= used) {
        if ((rc = page_parse(&page, &used, b, file, len)) == RC_OK &&
            page.number > last) {
            if (page.previous > last) {
                return RC_FORGED; /* the relay would choose h */
            }
            memcpy(h, page.previous_hash, PAGE_HASH_LEN);
            return RC_OK;
        }
    }
    return rc == RC_OK ? RC_MISSING : rc;
}

void
effort_challenge(uint8_t c[static KDF_LEN], const uint8_t relay_id[static 32],
                 uint8_t board, const uint8_t h[static PAGE_HASH_LEN])
{
    uint8_t data[32 + 1 + PAGE_HASH_LEN];

    memcpy(data, relay_id, 32);
    data[32] = board;
    memcpy(data + 33, h, PAGE_HASH_LEN);
    kdf_hash(c, "effort", data, sizeof data);
}

/* A trial of which only the nonce is still zero. */
static void
trial_begin(uint8_t trial[static TRIAL_LEN],
            const uint8_t cell[static CELL_LEN],
            const uint8_t c[static KDF_LEN])
{
    static const uint8_t zero[CELL_NONCE_LEN];
    const size_t after = CELL_NONCE_OFFSET + CELL_NONCE_LEN;
    crypto_generichash_state st;

    memset(trial, 0, TRIAL_LEN);
    memcpy(trial, c, KDF_LEN);
    check(crypto_generichash_init(&st, NULL, 0, KDF_LEN));
    check(crypto_generichash_update(&st, cell, CELL_NONCE_OFFSET));
    check(crypto_generichash_update(&st, zero, sizeof zero));
    check(crypto_generichash_update(&st, cell + after, CELL_LEN - after));
    check(crypto_generichash_final(&st, trial + KDF_LEN, KDF_LEN));
}

static unsigned
trial_effort(const uint8_t trial[static TRIAL_LEN])
{
    uint8_t h[KDF_LEN];
    unsigned bits = 0;

    blake2b_256(h, trial, TRIAL_LEN);
    while (bits < EFFORT_MAX && (h[bits / 8] >> (7 - bits % 8) & 1) == 0) {
        bits++;
    }
    return bits;
}

unsigned
effort_of(const uint8_t cell[static CELL_LEN], const uint8_t c[static KDF_LEN])
{
    uint8_t trial[TRIAL_LEN];

    trial_begin(trial, cell, c);
    memcpy(trial + TRIAL_LEN - CELL_NONCE_LEN, cell + CELL_NONCE_OFFSET,
           CELL_NONCE_LEN);
    return trial_effort(trial);
}

enum rc
effort_solve(uint8_t cell[static CELL_LEN], const uint8_t c[static KDF_LEN],
             unsigned want, uint64_t *start, uint64_t tries)
{
    uint8_t trial[TRIAL_LEN], *nonce = trial + TRIAL_LEN - CELL_NONCE_LEN;

    if (want > EFFORT_MAX) {
        return RC_FORMAT;
    }
    trial_begin(trial, cell, c);
    for (; tries > 0; tries--) {
        struct writer w;

        wr_init(&w, nonce, CELL_NONCE_LEN);
        wr_u64(&w, (*start)++);
        if (trial_effort(trial) >= want) {
            memcpy(cell + CELL_NONCE_OFFSET, nonce, CELL_NONCE_LEN);
            return RC_OK;
        }
    }
    return RC_AGAIN;
}
