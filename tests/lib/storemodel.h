/* SPDX-License-Identifier: ISC */
/*
 * Random groups for a store, and what must be true of it after any crash:
 * what was acknowledged is there, what was not is whole or absent, no page is
 * sealed twice, nothing can be opened that nothing refers to.
 */
#ifndef STOREMODEL_H
#define STOREMODEL_H

#include "storetest.h"

#include <stdbool.h>

#define MODEL_BOXES   60
#define MODEL_ENTRIES 300
#define MODEL_PAGES   1000
#define MODEL_OPS     12

enum model_kind {
    MODEL_PUT,
    MODEL_BURN,
    MODEL_RING,
    MODEL_SEAL
};

struct model_op {
    enum model_kind kind;
    uint8_t board;
    uint32_t i;
    /* What came of it. */
    enum cell_status status;
    uint64_t page;
    uint8_t hash[32];
};

struct model_group {
    bool acked;
    int64_t now;
    size_t n;
    struct model_op op[MODEL_OPS];
};

struct model {
    uint64_t random;
    int64_t now;
    enum {
        MODEL_NONE,
        MODEL_THERE,
        MODEL_BURNED
    } box[MODEL_BOXES];
    bool rung[MODEL_ENTRIES];
    struct model_page {
        uint8_t board;
        uint64_t number;
        uint8_t hash[32];
    } page[MODEL_PAGES];
    size_t n_pages;
};

void model_init(struct model *m, uint64_t seed, int64_t now);
uint64_t model_random(struct model *m);
/* A group that may come next. */
void model_plan(struct model *m, struct model_group *g);
/* Runs it; fills in the results. acked only when its commit says so. */
void model_run(struct model_group *g, struct storetest *t);
/* Takes an acknowledged group for true. */
void model_ack(struct model *m, const struct model_group *g);
/*
 * Checks an open store; ends the program with a message when it does not fit.
 * pending  the group that may have come true or not, or NULL. What it did is
 *          in the model from then on.
 */
void model_check(struct model *m, const struct model_group *pending,
                 struct storetest *t);

#endif
