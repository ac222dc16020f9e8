/* SPDX-License-Identifier: ISC */
/*
 * A visit: everything a reporter's client does at the relays in one run, in
 * the one shape that PROTOCOL.md section 6 gives it, so that writing looks
 * like reading. Bundle, answers board, blocks of RING, GET, BURN-or-NOP (two
 * at least), pages until the rung entries are seen on them.
 *
 * These functions print what went wrong; the result only says how to go on.
 */
#ifndef VISIT_H
#define VISIT_H

#include "board.h"
#include "cell.h"
#include "net.h"
#include "network.h"
#include "rc.h"
#include "scan.h"
#include "toll.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VISIT_BLOCKS       2  /* blocks at least */
#define VISIT_ANSWER_DAYS  7  /* of the answers board, or all */
#define VISIT_LONG_ONE_IN  4  /* visits that need no answers: all days */
#define VISIT_PACE_DEFAULT 10 /* seconds between RINGs at most */

struct visit_options {
    const char *network; /* file, NULL: the usual places */
    const char *socks;
    bool no_tor;
    const char *ca_file;
    bool figures;      /* say at the end how many bytes were moved */
    unsigned pace;     /* seconds between RINGs at most */
    unsigned patience; /* seconds to wait for pages; 0: by the board's tick */
};

/* One entry, at every relay it was rung at. Lives in the visit. */
struct ring {
    struct ring *next;
    bool real; /* not a dummy */
    uint8_t board;
    uint8_t entry[ENTRY_REPORT_LEN];
    struct {
        bool queued; /* the relay said so */
        bool seen;   /* it stands on a signed page */
        bool lied;   /* named a page that can't be */
        uint64_t page;
    } at[DIRECTORY_RELAYS_MAX];
};

/* A drop has an address of its own at each relay; by index of relay. */
struct drop_get {
    struct {
        uint8_t address[DROP_ADDRESS_LEN];
        bool answered; /* it said present or absent */
        bool present;
        uint8_t box[CELL_BOX_LEN];
    } at[DIRECTORY_RELAYS_MAX];
};

struct drop_burn {
    struct {
        uint8_t address[DROP_ADDRESS_LEN];
        uint8_t secret[DROP_BURN_LEN];
        bool burned;
        bool absent; /* it has nothing that this secret burns */
    } at[DIRECTORY_RELAYS_MAX];
};

/* What is known of a relay in this visit. */
struct visit_place {
    uint64_t clock; /* unix time by its newest answers page, 0: unknown */
    bool disputed;  /* said already that somebody saw other pages there */
    bool fresh;     /* all answers boards that were read have new pages */
    struct net_circuit pages; /* one board's pages, at most an hour */
    int pages_board;          /* -1: none yet */
    int64_t pages_since;
};

struct visit {
    struct visit_options opt;
    struct net_options net_opt;
    struct net *net;
    uint64_t bytes_up, bytes_down; /* with headers */
    struct network w;
    bool connected;    /* visit_connect went well */
    bool forged;       /* a relay showed pages that prove it lies */
    bool stale;        /* no relay has shown a page that is new */
    size_t writers[2]; /* indexes of relays */
    size_t n_writers;
    struct visit_place at[DIRECTORY_RELAYS_MAX];
    struct ring *rings;
    unsigned blocks; /* since pages were last awaited */
    bool paced;      /* a RING was sent: wait before the next */
};

/* Reads the network file; no network yet. */
enum rc visit_init(struct visit *v, const struct visit_options *opt) MUST_CHECK;
/* Fetches the bundle; says which relay is down. */
enum rc visit_connect(struct visit *v) MUST_CHECK;
/* A new visit with the same options, in the place of this one. */
enum rc visit_renew(struct visit *v) MUST_CHECK;
void visit_wipe(struct visit *v);
/* What a relay is called in messages. */
const char *visit_relay_name(const struct visit *v, size_t relay);
bool visit_is_writer(const struct visit *v, size_t relay);

/* What work at this relay is about, for RINGs of that board, or (NULL) for PUTs;
 * net and circuit are the caller's to set. */
struct toll_at visit_toll(const struct visit *v, size_t relay,
                          const struct board *board);
/* Milliseconds of its pauses at most. */
int64_t visit_pause_ms(const struct visit *v);

/* Not used again in this visit, and said to be lost. why: one line. */
void visit_relay_lost(struct visit *v, size_t relay, const char *why);

/* Called for each entry of each page that was checked. */
typedef void visit_entry(const uint8_t *entry, size_t relay, uint64_t page,
                         void *arg);

/* How many days to look back where that does not matter: drawn, so that a
 * long look back does not tell a reader from a writer. */
uint32_t visit_look_back(void);

/* Called for each entry of each page of the answers boards. day: the page's. */
typedef void visit_answer(const uint8_t *entry, uint32_t day, void *arg);

/*
 * Read all answers boards of every relay: of a week where that is enough for so
 * many days, else of all days that are kept; no visit shows more than that. A
 * board that a relay does not show right costs its others nothing; one with no
 * page of the last half hour (or three ticks) is used, and said to stand still.
 * returns  RC_OK if one board of one relay at least could be read; RC_FORGED
 *          when none could and one of them showed forged pages
 */
enum rc visit_answers(struct visit *v, uint32_t days, visit_answer *entry,
                      void *arg) MUST_CHECK;

/* The same for who has no answers to look for: the shape is one. */
enum rc visit_answers_unread(struct visit *v) MUST_CHECK;

struct visit_board {
    size_t relay;
    const struct board *board;
    const struct net_circuit *circuit;
    visit_entry *entry;
    void *arg;
};

/* A relay's board from a page on, as scan_from, compared with the seen notes
 * of the bundle (RC_FORGED when one of them is contradicted). */
enum rc visit_read_board(struct visit *v, const struct visit_board *b,
                         struct scan_position *pos, uint64_t first) MUST_CHECK;
const char *visit_board_trouble(const struct visit *v, enum rc rc);

/* A new entry for visit_block; NULL without memory. The visit owns it. */
struct ring *visit_ring_new(struct visit *v, uint8_t board,
                            const uint8_t entry[ENTRY_REPORT_LEN]);
/*
 * One block at every relay that is up: what is not given is a dummy.
 * returns  RC_OK while a relay is left to go on with (the structs say what
 *          came of it); RC_IO; RC_NOMEM
 */
enum rc visit_block(struct visit *v, struct ring *ring, struct drop_get *get,
                    struct drop_burn *burn) MUST_CHECK;
/* Fills up with dummy blocks, then reads pages until all entries are seen or
 * patience ends. */
enum rc visit_finish(struct visit *v) MUST_CHECK;
/* At how many relays the entry was seen on a page. */
unsigned visit_seen(const struct ring *ring);

/*
 * One exchange, with a few more attempts when the relay is busy or the line
 * breaks. A relay that can't be reached is marked as down, and said to be.
 * c        the circuit; NULL: a fresh one for each attempt
 */
enum rc visit_exchange(struct visit *v, size_t relay,
                       const struct net_circuit *c,
                       const uint8_t up[static CELL_LEN], enum cell_op op,
                       uint8_t down[static CELL_LEN],
                       struct cell_answer *ans) MUST_CHECK;
/* Sleeps so many milliseconds. */
void visit_sleep(int64_t ms);

#endif
