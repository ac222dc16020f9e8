/* SPDX-License-Identifier: ISC */
/*
 * Answers at a reporter's. The input is taken for a box, for what is inside
 * of one, and for the plaintext of one that is sealed and signed as it is, by a
 * desk gone bad. What then opens is sealed again, to the same box.
 */
#include "answer.h"
#include "fuzz.h"
#include "sealplain.h"

#include <sodium.h>

#include <stdbool.h>
#include <string.h>

#define SIGNED_LEN (ANSWER_PLAIN_LEN - 64)

static const uint8_t org[32] = {1}, root[32] = {2}, r[32] = {3};
static const uint8_t eseed[ANSWER_ESEED_LEN] = {4}, relay[32] = {6};
static const uint8_t nonce[ANSWER_NONCE_LEN] = {7};
static uint8_t reply[32], v_sk[64];
static struct desknote note;

static void
set_up(void)
{
    static const uint8_t seed[32] = {5};
    static bool ready;

    if (!ready) {
        require(crypto_scalarmult_base(reply, r) == 0);
        require(crypto_sign_seed_keypair(note.keys.v, v_sk, seed) == 0);
        ready = true;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t box[CELL_BOX_LEN], again[CELL_BOX_LEN];
    static uint8_t inner[ANSWER_INNER_LEN], back[ANSWER_INNER_LEN];
    static uint8_t plain[ANSWER_PLAIN_LEN], opened[ANSWER_PLAIN_LEN];
    const struct answer_with with = {org, root, reply, 9};
    const struct answer_place at = {root, relay, 9};
    const struct answer_by by = {&note, 500000};
    struct answer a;

    set_up();
    memset(box, 0, sizeof box);
    memset(plain, 0, sizeof plain);
    if (size > 0) {
        memcpy(box, data, size < sizeof box ? size : sizeof box);
        memcpy(plain, data, size < SIGNED_LEN ? size : SIGNED_LEN);
    }
    require(answer_unwrap(inner, &at, box) == RC_FORGED);
    require(answer_open(&a, opened, &with, r, box, &by) == RC_FORGED);
    seal_plain(inner, &with, plain, v_sk, eseed);
    answer_wrap(box, &at, inner, nonce);
    require(answer_unwrap(back, &at, box) == RC_OK);
    require(memcmp(inner, back, sizeof inner) == 0);
    /* whatever week the input's day is of */
    note.keys.week = (((uint32_t)plain[16] << 24) + ((uint32_t)plain[17] << 16) +
                      ((uint32_t)plain[18] << 8) + plain[19]) /
                     7;
    if (answer_open(&a, opened, &with, r, back, &by) == RC_OK) {
        require(a.day <= by.today + 1);
        require(memcmp(opened, plain, sizeof plain) == 0);
        require(answer_seal(inner, &with, &a, v_sk, eseed) == RC_OK);
        answer_wrap(again, &at, inner, nonce);
        require(memcmp(again, box, sizeof box) == 0);
    }
    return 0;
}
