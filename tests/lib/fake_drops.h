/* SPDX-License-Identifier: ISC */
/*
 * A relay that keeps drops in memory, for tests of clients; or loses them, or
 * lies, as the test says. Entries are always queued.
 */
#ifndef FAKE_DROPS_H
#define FAKE_DROPS_H

#include "board.h"
#include "cell.h"
#include "fake_relay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_DROPS_MAX 64

struct fake_drops {
    struct fake_relay relay;
    bool loses;  /* says stored, keeps nothing */
    bool taken;  /* says taken to every PUT; gives what it has */
    bool stores; /* with taken: keeps it all the same */
    bool down;   /* answers nothing of use */
    bool works;  /* asks for work, and has no page that says for what */
    size_t n;
    struct fake_drop {
        uint8_t address[DROP_ADDRESS_LEN], burn[DROP_BURN_LEN];
        uint8_t box[CELL_BOX_LEN];
        bool burned;
    } drop[FAKE_DROPS_MAX];
    uint32_t expiry_day; /* that it grants */
    uint64_t page;       /* that it queues for */
    /* What was asked, in order. */
    size_t n_puts, n_gets, n_rings;
    uint8_t first_put[DROP_ADDRESS_LEN];
    uint8_t gets[FAKE_DROPS_MAX][DROP_ADDRESS_LEN];
    size_t gets_before; /* the first PUT */
    /* The same as text: "P1 P1 R2 " is twice the first thing that came, then a
     * new one, an address or entry. */
    char log[1024];
    size_t n_known;
    uint8_t known[FAKE_DROPS_MAX][ENTRY_ANSWER_LEN]; /* their first bytes */
};

/* All zero before. */
void fake_drops_start(struct fake_drops *d);
void fake_drops_stop(struct fake_drops *d);
/* NULL where there is none of that address. */
struct fake_drop *fake_drops_find(struct fake_drops *d, const uint8_t *address);
/* As if somebody had asked. */
void fake_drops_put(struct fake_drops *d, const struct cell_request *req,
                    struct cell_answer *ans);

#endif
