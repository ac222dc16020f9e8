/* SPDX-License-Identifier: ISC */
#include "cell.h"

#include "kdf.h"
#include "reader.h"
#include "writer.h"

#include <string.h>

#define PERMIT_LEN 64

/* Which fields an op has. */
static bool
has_address(enum cell_op op)
{
    return op == CELL_PUT || op == CELL_GET || op == CELL_BURN;
}

static bool
has_burn(enum cell_op op)
{
    return op == CELL_PUT || op == CELL_BURN;
}

static bool
has_nonce(enum cell_op op)
{
    return op == CELL_RING || op == CELL_PUT;
}

/* n bytes that belong to an op that has them, and are zero otherwise. */
static const uint8_t *
field(struct reader *r, size_t n, bool there)
{
    if (there) {
        return rd_bytes(r, n);
    }
    rd_zero(r, n);
    return NULL;
}

/* An entry that some board may have: an answer's, or a report's. */
static bool
entry_ok(const uint8_t *entry, size_t len)
{
    return len == ENTRY_ANSWER_LEN ||
           (len == ENTRY_REPORT_LEN && entry_key_is_canonical(entry));
}

static void
parse_data(struct reader *r, struct cell_request *q, const struct board *board)
{
    switch (q->op) {
    case CELL_PUT:
        q->data_len = CELL_BOX_LEN;
        break;
    case CELL_RING:
        q->data_len = board->entry_len;
        break;
    case CELL_NOTE:
        q->data_len = rd_u32(r);
        rd_require(r, q->data_len > 0 && q->data_len <= CELL_NOTE_MAX);
        break;
    default:
        return;
    }
    q->data = rd_bytes(r, q->data_len);
    if (q->op == CELL_RING && q->data != NULL) {
        rd_require(r, entry_ok(q->data, q->data_len));
    }
}

enum rc
cell_request_parse(struct cell_request *out, const uint8_t in[static CELL_LEN],
                   const struct board *boards, size_t n_boards)
{
    const struct board *board = NULL;
    struct cell_request q = {0};
    struct reader r;
    uint8_t op;

    memset(out, 0, sizeof *out);
    rd_init(&r, in, CELL_LEN);
    rd_require(&r, rd_u8(&r) == CELL_VERSION);
    op = rd_u8(&r);
    rd_require(&r, op <= CELL_NOTE);
    q.op = (enum cell_op)op;
    q.board = rd_u8(&r);
    if (q.op == CELL_RING) {
        board = board_find(boards, n_boards, q.board);
        rd_require(&r, board != NULL);
    } else {
        rd_require(&r, q.board == 0);
    }
    rd_zero(&r, 5);
    q.nonce = field(&r, CELL_NONCE_LEN, has_nonce(q.op));
    q.address = field(&r, DROP_ADDRESS_LEN, has_address(q.op));
    q.burn = field(&r, DROP_BURN_LEN, has_burn(q.op));
    rd_zero(&r, PERMIT_LEN);
    rd_zero(&r, CELL_HEAD_LEN - 144);
    if (r.rc == RC_OK) {
        parse_data(&r, &q, board);
    }
    rd_zeroes(&r);
    if (rd_end(&r) != RC_OK) {
        return RC_FORMAT;
    }
    *out = q;
    return RC_OK;
}

/* Does the request have just the fields of its op? */
static bool
request_ok(const struct cell_request *q)
{
    if ((has_address(q->op) != (q->address != NULL)) ||
        (has_burn(q->op) != (q->burn != NULL)) ||
        (q->op != CELL_RING && q->board != 0) ||
        (!has_nonce(q->op) && q->nonce != NULL)) {
        return false;
    }
    switch (q->op) {
    case CELL_NOP:
    case CELL_GET:
    case CELL_BURN:
        return q->data == NULL && q->data_len == 0;
    case CELL_PUT:
        return q->data != NULL && q->data_len == CELL_BOX_LEN;
    case CELL_RING:
        return q->data != NULL && entry_ok(q->data, q->data_len);
    case CELL_NOTE:
        return q->data != NULL && q->data_len > 0 &&
               q->data_len <= CELL_NOTE_MAX;
    }
    return false;
}

static void
put(struct writer *w, const uint8_t *in, size_t n)
{
    if (in != NULL) {
        wr_bytes(w, in, n);
    } else {
        wr_zero(w, n);
    }
}

enum rc
cell_request_write(uint8_t out[static CELL_LEN], const struct cell_request *req)
{
    struct writer w;

    if (!request_ok(req)) {
        memset(out, 0, CELL_LEN);
        return RC_FORMAT;
    }
    wr_init(&w, out, CELL_LEN);
    wr_u8(&w, CELL_VERSION);
    wr_u8(&w, (uint8_t)req->op);
    wr_u8(&w, req->board);
    wr_zero(&w, 5);
    put(&w, req->nonce, CELL_NONCE_LEN);
    put(&w, req->address, DROP_ADDRESS_LEN);
    put(&w, req->burn, DROP_BURN_LEN);
    wr_zero(&w, CELL_HEAD_LEN - w.len);
    if (req->op == CELL_NOTE) {
        wr_u32(&w, (uint32_t)req->data_len);
    }
    put(&w, req->data, req->data_len);
    wr_zeroes(&w);
    return wr_end(&w);
}

/* The statuses each op can have, as bits; quota and again go with every. */
static bool
status_ok(enum cell_op op, unsigned status)
{
#define S(x) (1u << (x))
    static const uint32_t own[] = {
        [CELL_NOP] = S(CELL_OK),
        [CELL_PUT] = S(CELL_STORED) | S(CELL_TAKEN) | S(CELL_FULL) |
                     S(CELL_MORE_EFFORT),
        [CELL_GET] = S(CELL_PRESENT) | S(CELL_ABSENT),
        [CELL_BURN] = S(CELL_BURNED) | S(CELL_ABSENT),
        [CELL_RING] = S(CELL_QUEUED) | S(CELL_SEALED) | S(CELL_FULL) |
                      S(CELL_MORE_EFFORT),
        [CELL_NOTE] = S(CELL_STORED) | S(CELL_TAKEN) | S(CELL_FULL),
    };

    return op <= CELL_NOTE && status <= CELL_AGAIN &&
           ((own[op] | S(CELL_QUOTA) | S(CELL_AGAIN)) & S(status)) != 0;
#undef S
}

/* RING says what its board asks for with any status. */
static unsigned
effort_most(enum cell_op op, enum cell_status status)
{
    return op == CELL_RING || (op == CELL_PUT && status == CELL_MORE_EFFORT)
               ? CELL_EFFORT_MAX
               : 0;
}

enum rc
cell_answer_parse(struct cell_answer *out, const uint8_t in[static CELL_LEN],
                  enum cell_op op)
{
    struct cell_answer a = {0};
    struct reader r;
    uint8_t status;

    memset(out, 0, sizeof *out);
    rd_init(&r, in, CELL_LEN);
    rd_require(&r, rd_u8(&r) == CELL_VERSION);
    status = rd_u8(&r);
    rd_require(&r, status_ok(op, status));
    a.status = (enum cell_status)status;
    a.effort = rd_u8(&r);
    rd_require(&r, a.effort <= effort_most(op, a.status));
    rd_zero(&r, 1);
    a.expiry_day = rd_u32(&r);
    rd_require(&r, (op == CELL_PUT && a.status == CELL_STORED) ||
                       a.expiry_day == 0);
    a.page = rd_u64(&r);
    rd_require(&r, a.status == CELL_QUEUED || a.status == CELL_SEALED ||
                       a.page == 0);
    rd_zero(&r, CELL_HEAD_LEN - 16);
    if (a.status == CELL_PRESENT) {
        a.box = rd_bytes(&r, CELL_BOX_LEN);
    }
    rd_zeroes(&r);
    if (rd_end(&r) != RC_OK) {
        return RC_FORMAT;
    }
    *out = a;
    return RC_OK;
}

enum rc
cell_answer_write(uint8_t out[static CELL_LEN], const struct cell_answer *ans)
{
    bool on_page = ans->status == CELL_QUEUED || ans->status == CELL_SEALED;
    struct writer w;

    if ((ans->box != NULL) != (ans->status == CELL_PRESENT) ||
        (ans->expiry_day != 0 && ans->status != CELL_STORED) ||
        (ans->page != 0 && !on_page) || ans->effort > CELL_EFFORT_MAX ||
        (ans->effort != 0 && !status_ok(CELL_RING, ans->status))) {
        memset(out, 0, CELL_LEN);
        return RC_FORMAT;
    }
    wr_init(&w, out, CELL_LEN);
    wr_u8(&w, CELL_VERSION);
    wr_u8(&w, (uint8_t)ans->status);
    wr_u8(&w, ans->effort);
    wr_zero(&w, 1);
    wr_u32(&w, ans->expiry_day);
    wr_u64(&w, ans->page);
    wr_zero(&w, CELL_HEAD_LEN - w.len);
    put(&w, ans->box, ans->box != NULL ? CELL_BOX_LEN : 0);
    wr_zeroes(&w);
    return wr_end(&w);
}

void
drop_burn_hash(uint8_t out[static DROP_BURN_LEN],
               const uint8_t secret[static DROP_BURN_LEN])
{
    kdf_hash(out, "burn", secret, DROP_BURN_LEN);
}
