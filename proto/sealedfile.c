/* SPDX-License-Identifier: ISC */
#include "sealedfile.h"

#include "reader.h"
#include "writer.h"

#include <sodium.h>

#include <string.h>

static const uint8_t magic[16] = "tocsin/1 sealed\n"; /* no NUL */

enum rc
sealedfile_head_write(uint8_t out[static SEALEDFILE_HEAD_LEN],
                      uint32_t last_week, uint32_t cells)
{
    struct writer w;

    wr_init(&w, out, SEALEDFILE_HEAD_LEN);
    wr_bytes(&w, magic, sizeof magic);
    wr_u32(&w, last_week);
    wr_u32(&w, cells);
    wr_zeroes(&w);
    return wr_end(&w);
}

enum rc
sealedfile_head_parse(uint32_t *last_week, uint32_t *cells,
                      const uint8_t in[static SEALEDFILE_HEAD_LEN])
{
    struct reader r;
    const uint8_t *start;
    uint32_t week;
    uint32_t n;

    *last_week = 0;
    *cells = 0;
    rd_init(&r, in, SEALEDFILE_HEAD_LEN);
    start = rd_bytes(&r, sizeof magic);
    rd_require(&r, start != NULL && memcmp(start, magic, sizeof magic) == 0);
    week = rd_u32(&r);
    n = rd_u32(&r);
    rd_require(&r, n > 0);
    rd_zeroes(&r);
    if (rd_end(&r) == RC_OK) {
        *last_week = week;
        *cells = n;
    }
    return r.rc;
}

enum rc
sealedfile_cell_parse(struct cell_request *out, bool *rung,
                      const uint8_t in[static CELL_LEN],
                      const struct board *boards, size_t n_boards)
{
    bool good = cell_request_parse(out, in, boards, n_boards) == RC_OK;

    if (good && out->op == CELL_RING) {
        good = out->board != BOARD_ANSWERS &&
               sodium_is_zero(out->nonce, CELL_NONCE_LEN);
        *rung = true;
    } else if (good) {
        good = out->op == CELL_PUT && !*rung;
    }
    if (!good) {
        memset(out, 0, sizeof *out);
        return RC_FORMAT;
    }
    return RC_OK;
}
