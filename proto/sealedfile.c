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

    if (head->cells == 0) {
        return RC_FORMAT;
    }
    wr_init(&w, out, SEALEDFILE_HEAD_LEN);
    wr_bytes(&w, magic, sizeof magic);
    wr_u32(&w, head->last_week);
    wr_u32(&w, head->cells);
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
    head.cells = rd_u32(&r);
    rd_require(&r, head.cells > 0);
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

enum rc
sealedfile_cell_parse(struct cell_request *out, bool *rung,
                      const uint8_t in[static CELL_LEN],
                      const struct board *boards, size_t n_boards)
{
    bool good = cell_request_parse(out, in, boards, n_boards) == RC_OK;

    if (good && out->op == CELL_RING) {
        good = out->board != BOARD_ANSWERS;
        *rung = true;
    } else if (good) {
        good = out->op == CELL_PUT && !*rung;
    }
    /* The nonce is drawn by who delivers it. */
    good = good && sodium_is_zero(out->nonce, CELL_NONCE_LEN);
    if (!good) {
        memset(out, 0, sizeof *out);
        return RC_FORMAT;
    }
    return RC_OK;
}
