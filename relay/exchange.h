/* SPDX-License-Identifier: ISC */
/*
 * One exchange: cell in, cell out. What only reads is answered at once by
 * the thread that has the request; what writes becomes an operation for the
 * store thread. PROTOCOL.md section 3.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "cell.h"
#include "quota.h"
#include "served.h"
#include "store.h"

/* An operation for the store thread. Pointers lead into the request's cell,
 * which stays where it is until the operation is done. */
struct op {
    struct op *next; /* the queue's */
    enum cell_op kind;
    const uint8_t *address;
    uint8_t burn[DROP_BURN_LEN]; /* the hash, for PUT and BURN */
    const uint8_t *data;
    uint8_t board;
    unsigned effort;
    struct served_note *note; /* owned */
    struct cell_answer answer;
    void (*done)(struct op *op); /* called in the store thread */
};

struct exchange_env {
    struct store *store;
    const struct served *served;
    const uint8_t *relay_id;
    struct quota *quota;
    struct quota_count *count;
    int64_t now;
    unsigned put_effort; /* asked of PUTs; 0: none */
    uint8_t *scratch; /* CELL_BOX_LEN bytes */
};

enum exchange {
    EXCHANGE_ANSWER, /* out is the answer */
    EXCHANGE_QUEUE,  /* op is filled in, all but next and done */
    EXCHANGE_REFUSE, /* HTTP 400 */
    EXCHANGE_FAULT   /* the store can't be read; out says try again later */
};

enum exchange exchange_take(struct op *op, uint8_t out[static CELL_LEN],
                            const uint8_t cell[static CELL_LEN],
                            const struct exchange_env *env) MUST_CHECK;
/*
 * The store thread's half, within a group: fills in op->answer.
 * served   in: the bundle that is served; RC_OK with *served changed: the new
 *          one, to be served once the group is committed
 * returns  RC_OK; RC_IO or RC_NOMEM: abort the group
 */
enum rc exchange_apply(struct op *op, struct store *store,
                       struct served **served, int64_t now) MUST_CHECK;
/* The answer of an operation that is done or has failed. */
void exchange_answer(const struct op *op, uint8_t out[static CELL_LEN]);
/* "Try again later": a full queue, a store that fails. */
void exchange_again(struct op *op);
/* What was put off does not count: it was no fault of who asked. */
void exchange_settle(const struct op *op, struct quota *quota,
                     struct quota_count *count);
/* Frees what an op owns. */
void exchange_wipe(struct op *op);

#endif
