/* SPDX-License-Identifier: ISC */
/*
 * A store in a temporary folder, for tests. Every failure ends the program
 * with a message: tests that run in a child process use it, too.
 */
#ifndef STORETEST_H
#define STORETEST_H

#include "store.h"

#include <stddef.h>
#include <stdint.h>

#define STORETEST_RETENTION 28

/* Boards: 0 and 1 as in PROTOCOL.md section 4; 2 as 1, with at most 4 slots. */
extern const struct board storetest_boards[3];
const struct board *storetest_board(uint8_t id);

struct storetest {
    char dir[64]; /* removed by storetest_free */
    struct store *s;
    uint8_t pk[32];
    uint8_t sk[64]; /* page key, the same in every run */
};

struct storetest *storetest_new(uint64_t boxes, int64_t now);
void storetest_free(struct storetest *t);
/* For cmocka: a new one in *state, and the end of it, if it is there. */
struct storetest *storetest_fresh(void **state, uint64_t boxes, int64_t now);
int storetest_teardown(void **state);
struct store_options storetest_options(const struct storetest *t);
void storetest_reopen(struct storetest *t, int64_t now);
void storetest_begin(struct storetest *t);
void storetest_commit(struct storetest *t);
void storetest_expire(struct storetest *t, int64_t now); /* all of it */
/* Things by number, the same in every run. */
struct storetest_box {
    uint8_t address[32];
    uint8_t hash[32];
    uint8_t data[CELL_BOX_LEN];
};
void storetest_bytes(uint8_t *out, size_t len, const char *what, uint32_t i);
struct storetest_box storetest_box(uint32_t i);
/* An entry for that board; its length. */
size_t storetest_entry(uint8_t out[static ENTRY_MAX], uint8_t board,
                       uint32_t i);
/* "dir/name"; static memory. */
const char *storetest_path(const struct storetest *t, const char *name);

#endif
