/* SPDX-License-Identifier: ISC */
#include "sealedfile.h"

#include "reader.h"
#include "writer.h"

#include <sodium.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t magic[16] = "tocsin/1 sealed\n"; /* no NUL */

enum rc
sealedfile_head_write(uint8_t out[static SEALEDFILE_HEAD_LEN],
                      const struct sealedfile_head *head)
{
    struct writer w;

    if (head->records == 0) {
        return RC_FORMAT;
    }
    wr_init(&w, out, SEALEDFILE_HEAD_LEN);
    wr_bytes(&w, magic, sizeof magic);
    wr_u32(&w, head->last_week);
    wr_u32(&w, head->records);
    wr_bytes(&w, head->hash, sizeof head->hash);
    wr_zeroes(&w);
    return wr_end(&w);
}

enum rc
sealedfile_head_parse(struct sealedfile_head *out,
                      const uint8_t in[static SEALEDFILE_HEAD_LEN])
{
    struct sealedfile_head head;
    struct reader r;
    const uint8_t *start;

    memset(out, 0, sizeof *out);
    rd_init(&r, in, SEALEDFILE_HEAD_LEN);
    start = rd_bytes(&r, sizeof magic);
    rd_require(&r, start != NULL && memcmp(start, magic, sizeof magic) == 0);
    head.last_week = rd_u32(&r);
    head.records = rd_u32(&r);
    rd_require(&r, head.records > 0);
    rd_copy(&r, head.hash, sizeof head.hash);
    rd_zeroes(&r);
    if (rd_end(&r) == RC_OK) {
        *out = head;
    }
    return r.rc;
}

void
sealedfile_hash(uint8_t out[static SEALEDFILE_HASH_LEN], const uint8_t *file,
                size_t len)
{
    const size_t after = SEALEDFILE_HASH_OFFSET + SEALEDFILE_HASH_LEN;
    crypto_generichash_state st;

    assert(len >= SEALEDFILE_HEAD_LEN);
    if (crypto_generichash_init(&st, NULL, 0, SEALEDFILE_HASH_LEN) != 0 ||
        crypto_generichash_update(&st, file, SEALEDFILE_HASH_OFFSET) != 0 ||
        crypto_generichash_update(&st, file + after, len - after) != 0 ||
        crypto_generichash_final(&st, out, SEALEDFILE_HASH_LEN) != 0) {
        abort(); /* libsodium is broken */
    }
}

/* A PUT's place: of the relay before, or of a new one. */
static bool
take_put(struct sealedfile_state *st, const uint8_t *relay)
{
    if (st->rings > 0) {
        return false;
    }
    if (st->n_relays > 0 && memcmp(st->relays[st->n_relays - 1], relay,
                                   SEALEDFILE_RELAY_LEN) == 0) {
        return st->puts[st->n_relays - 1]++ < UINT32_MAX;
    }
    for (size_t i = 0; i < st->n_relays; i++) {
        if (memcmp(st->relays[i], relay, SEALEDFILE_RELAY_LEN) == 0) {
            return false;
        }
    }
    if (st->n_relays == SEALEDFILE_RELAYS_MAX) {
        return false;
    }
    memcpy(st->relays[st->n_relays], relay, SEALEDFILE_RELAY_LEN);
    st->puts[st->n_relays++] = 1;
    return true;
}

enum rc
sealedfile_record_parse(struct cell_request *out, struct sealedfile_state *st,
                        const uint8_t in[static SEALEDFILE_RECORD_LEN],
                        const struct board *boards, size_t n_boards)
{
    const bool zero = sodium_is_zero(in, SEALEDFILE_RELAY_LEN);
    bool good = cell_request_parse(out, in + SEALEDFILE_RELAY_LEN, boards,
                                   n_boards) == RC_OK;

    /* The nonce is drawn by who delivers it. */
    good = good && (out->op == CELL_RING || out->op == CELL_PUT) &&
           sodium_is_zero(out->nonce, CELL_NONCE_LEN);
    if (good && out->op == CELL_RING) {
        good = zero && out->data_len == ENTRY_REPORT_LEN;
        st->rings += good;
    } else if (good) {
        good = !zero && take_put(st, in);
    }
    if (!good) {
        memset(out, 0, sizeof *out);
        return RC_FORMAT;
    }
    return RC_OK;
}

enum rc
sealedfile_end(const struct sealedfile_state *st)
{
    for (size_t i = 1; i < st->n_relays; i++) {
        if (st->puts[i] != st->puts[0]) {
            return RC_FORMAT;
        }
    }
    return st->rings > 0 ? RC_OK : RC_FORMAT;
}

enum rc
sealedfile_record_write(uint8_t out[static SEALEDFILE_RECORD_LEN],
                        const uint8_t *relay,
                        const uint8_t cell[static CELL_LEN])
{
    memset(out, 0, SEALEDFILE_RECORD_LEN);
    if ((relay == NULL) != (cell[1] == CELL_RING) ||
        (relay != NULL && (cell[1] != CELL_PUT ||
                           sodium_is_zero(relay, SEALEDFILE_RELAY_LEN)))) {
        return RC_FORMAT;
    }
    if (relay != NULL) {
        memcpy(out, relay, SEALEDFILE_RELAY_LEN);
    }
    memcpy(out + SEALEDFILE_RELAY_LEN, cell, CELL_LEN);
    return RC_OK;
}
