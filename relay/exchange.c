/* SPDX-License-Identifier: ISC */
#include "exchange.h"

#include "effort.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define PUTS_PAID 63 /* by one that was worked for, besides itself */

static void
write_answer(uint8_t out[static CELL_LEN], const struct cell_answer *a)
{
    if (cell_answer_write(out, a) != RC_OK) {
        abort(); /* an answer that the format lacks is our mistake */
    }
}

static enum exchange
say(uint8_t out[static CELL_LEN], enum cell_status status)
{
    const struct cell_answer a = {.status = status};

    write_answer(out, &a);
    return EXCHANGE_ANSWER;
}

static enum exchange
take_get(uint8_t out[static CELL_LEN], const struct cell_request *q,
         const struct exchange_env *env)
{
    struct cell_answer a = {.status = CELL_ABSENT};
    enum rc rc = store_get(env->store, q->address, env->now, env->scratch);

    if (rc == RC_OK) {
        a.status = CELL_PRESENT;
        a.box = env->scratch;
    } else if (rc != RC_MISSING) {
        (void)say(out, CELL_AGAIN);
        return EXCHANGE_FAULT;
    }
    write_answer(out, &a);
    sodium_memzero(env->scratch, CELL_BOX_LEN);
    return EXCHANGE_ANSWER;
}

/* What a cell shows for a board: for the current hour's page or for that of
 * one before, while clocks and slow phones are on their way. */
static enum rc
effort_shown(unsigned *out, const uint8_t *cell, const struct board *board,
             const struct exchange_env *env)
{
    const uint64_t before = effort_hours_before(board);
    const int64_t now = env->now > 0 ? env->now : 0;
    const uint64_t hour = (uint64_t)(now / EFFORT_HOUR);

    *out = 0;
    for (uint64_t s = hour > before ? hour - before : 0; s <= hour; s++) {
        uint8_t h[PAGE_HASH_LEN], c[KDF_LEN];
        unsigned e;
        enum rc rc = store_hash_at(env->store, board->id,
                                   s * EFFORT_HOUR / board->tick, h);

        if (rc != RC_OK) {
            return rc;
        }
        effort_challenge(c, env->relay_id, board->id, h);
        e = effort_of(cell, c);
        *out = e > *out ? e : *out;
    }
    return RC_OK;
}

static enum exchange
take_ring(struct op *op, uint8_t out[static CELL_LEN], const uint8_t *cell,
          const struct cell_request *q, const struct exchange_env *env)
{
    struct cell_answer a = {.effort = store_effort(env->store, q->board)};
    struct store_rung rung;
    enum rc rc = store_entry_find(env->store, q->board, q->data, &rung);

    if (rc == RC_OK) { /* rung again: changes nothing, costs nothing */
        a.status = rung.status;
        a.page = rung.page;
        write_answer(out, &a);
        return EXCHANGE_ANSWER;
    }
    if (rc != RC_MISSING) {
        (void)say(out, CELL_AGAIN);
        return EXCHANGE_FAULT;
    }
    op->board = q->board;
    if (effort_shown(&op->effort, cell,
                     board_find(env->served->directory->boards,
                                env->served->directory->n_boards, q->board),
                     env) != RC_OK) {
        (void)say(out, CELL_AGAIN);
        return EXCHANGE_FAULT;
    }
    if (op->effort < a.effort) {
        a.status = CELL_MORE_EFFORT;
        write_answer(out, &a);
        return EXCHANGE_ANSWER;
    }
    if (!quota_take(env->quota, env->count, QUOTA_RING)) {
        a.status = CELL_QUOTA;
        write_answer(out, &a);
        return EXCHANGE_ANSWER;
    }
    return EXCHANGE_QUEUE;
}

/* Is this PUT paid for? EXCHANGE_QUEUE: it is. */
static enum exchange
take_toll(uint8_t out[static CELL_LEN], const uint8_t *cell,
          const struct exchange_env *env)
{
    const struct directory *d = env->served->directory;
    const struct board *board = board_first_report(d->boards, d->n_boards);
    const struct cell_answer a = {.status = CELL_MORE_EFFORT,
                                  .effort = (uint8_t)env->put_effort};
    unsigned shown;

    if (env->put_effort == 0 || board == NULL ||
        quota_spend(env->quota, env->count)) {
        return EXCHANGE_QUEUE;
    }
    if (effort_shown(&shown, cell, board, env) != RC_OK) {
        (void)say(out, CELL_AGAIN);
        return EXCHANGE_FAULT;
    }
    if (shown < env->put_effort) {
        write_answer(out, &a);
        return EXCHANGE_ANSWER;
    }
    quota_pay(env->quota, env->count, PUTS_PAID);
    return EXCHANGE_QUEUE;
}

enum exchange
exchange_take(struct op *op, uint8_t out[static CELL_LEN],
              const uint8_t cell[static CELL_LEN],
              const struct exchange_env *env)
{
    const struct directory *d = env->served->directory;
    enum exchange next;
    struct cell_request q;

    memset(op, 0, sizeof *op);
    if (cell_request_parse(&q, cell, d->boards, d->n_boards) != RC_OK) {
        return EXCHANGE_REFUSE;
    }
    op->kind = q.op;
    op->address = q.address;
    op->data = q.data;
    switch (q.op) {
    case CELL_NOP:
        return say(out, CELL_OK);
    case CELL_GET:
        return take_get(out, &q, env);
    case CELL_RING:
        return take_ring(op, out, cell, &q, env);
    case CELL_PUT:
        if ((next = take_toll(out, cell, env)) != EXCHANGE_QUEUE) {
            return next;
        }
        memcpy(op->burn, q.burn, DROP_BURN_LEN);
        break;
    case CELL_BURN:
        drop_burn_hash(op->burn, q.burn);
        break;
    case CELL_NOTE:
        break;
    }
    if (!quota_take(env->quota, env->count, QUOTA_PUT)) {
        return say(out, CELL_QUOTA);
    }
    if (q.op == CELL_NOTE) {
        switch (served_note_open(&op->note, env->served, q.data, q.data_len)) {
        case RC_OK:
            if (!served_note_is_revoked(env->served, op->note)) {
                break;
            }
            served_note_release(op->note);
            op->note = NULL;
            return EXCHANGE_REFUSE;
        case RC_NOMEM:
            return say(out, CELL_AGAIN);
        default:
            return EXCHANGE_REFUSE;
        }
    }
    return EXCHANGE_QUEUE;
}

static enum rc
apply_note(struct op *op, struct store *store, struct served **served)
{
    struct served *fresh;
    const uint8_t *bytes;
    size_t len;
    enum rc rc = served_with(&fresh, *served, op->note);

    switch (rc) {
    case RC_OK:
        break;
    case RC_EXPIRED:
        op->answer.status = CELL_STORED;
        return RC_OK;
    case RC_TAKEN:
        op->answer.status = CELL_TAKEN;
        return RC_OK;
    case RC_FULL:
        op->answer.status = CELL_FULL;
        return RC_OK;
    case RC_NOMEM:
        return rc;
    default: /* the directory has changed meanwhile */
        op->answer.status = CELL_AGAIN;
        return RC_OK;
    }
    bytes = served_note_bytes(op->note, &len);
    rc = store_note_put(store, served_note_kind(op->note),
                        served_note_org(op->note), bytes, len);
    if (rc != RC_OK) {
        served_release(fresh);
        return rc;
    }
    served_release(*served);
    *served = fresh;
    op->answer.status = CELL_STORED;
    return RC_OK;
}

enum rc
exchange_apply(struct op *op, struct store *store, struct served **served,
               int64_t now)
{
    const struct store_put put = {op->address, op->burn, op->data};
    const struct store_ring ring = {op->board, op->data, op->effort};
    struct store_rung rung;
    enum rc rc = RC_IO;

    memset(&op->answer, 0, sizeof op->answer);
    switch (op->kind) {
    case CELL_PUT:
        rc = store_put(store, &put, now, &op->answer.status,
                       &op->answer.expiry_day);
        if (op->answer.status != CELL_STORED) {
            op->answer.expiry_day = 0;
        }
        return rc;
    case CELL_BURN:
        return store_burn(store, op->address, op->burn, &op->answer.status);
    case CELL_RING:
        if ((rc = store_ring(store, &ring, now, &rung)) == RC_OK) {
            op->answer.status = rung.status;
            op->answer.effort = rung.asked;
            op->answer.page =
                rung.status == CELL_QUEUED || rung.status == CELL_SEALED
                    ? rung.page
                    : 0;
        }
        return rc;
    case CELL_NOTE:
        return apply_note(op, store, served);
    case CELL_NOP:
    case CELL_GET:
        break;
    }
    return rc;
}

void
exchange_again(struct op *op)
{
    memset(&op->answer, 0, sizeof op->answer);
    op->answer.status = CELL_AGAIN;
}

void
exchange_settle(const struct op *op, struct quota *quota,
                struct quota_count *count)
{
    if (op->answer.status == CELL_AGAIN) {
        quota_return(quota, count,
                     op->kind == CELL_RING ? QUOTA_RING : QUOTA_PUT);
    }
}

void
exchange_answer(const struct op *op, uint8_t out[static CELL_LEN])
{
    write_answer(out, &op->answer);
}

void
exchange_wipe(struct op *op)
{
    served_note_release(op->note);
    memset(op, 0, sizeof *op);
}
