/* SPDX-License-Identifier: ISC */
/*
 * A visit: everything that a client does at the relays in one run. It is a
 * program, the same whatever it is for, at all listed relays at once, and waits
 * for no person between its first byte and its last (PROTOCOL.md section 6):
 *
 *   1 status, 2 the bundle                                        (visit_refresh)
 *   3 the answers boards                                               (boards.c)
 *     all relays wait for each other; what it is for is chosen
 *   4 5 two blocks of RING, GET, BURN                                  (blocks.c)
 *   6 pages, until both entries are seen or the patience is over        (pages.c)
 *
 * What is not needed is a dummy. Who has more to do makes more visits, with a
 * drawn pause between them. Reporters make them, and desks, for cover.
 */
#ifndef VISIT_H
#define VISIT_H

#include "board.h"
#include "cell.h"
#include "net.h"
#include "network.h"
#include "pause.h"
#include "rc.h"
#include "scan.h"
#include "toll.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VISIT_BLOCKS       2
#define VISIT_ANSWER_DAYS  7  /* of the answers boards, or all */
#define VISIT_LONG_ONE_IN  4  /* visits that need no more: all days */
#define VISIT_PACE_DEFAULT 10 /* seconds between the two RINGs at most */
#define VISIT_BETWEEN_MIN  5  /* seconds from one visit to the next */
#define VISIT_BETWEEN_MAX  60

/* Which client it looks like. */
enum visit_style {
    VISIT_PROGRAM, /* a fresh circuit for each RING, GET, BURN */
    VISIT_PAGE     /* one for all, in all its visits: a page can't choose */
};

struct visit_options {
    const char *network; /* file, NULL: the usual places (network_load) */
    const char *socks;
    bool no_tor;
    const char *ca_file;
    bool figures;      /* say at the end how many bytes were moved */
    unsigned pace;     /* seconds between RINGs at most; 0: no pauses at all */
    unsigned patience; /* seconds to wait for pages; 0: by the board's tick */
    enum visit_style style;
    const atomic_bool *stop; /* NULL, or ends it soon */
    /* A line for the person; NULL: nobody is there. Always called by the
     * thread that runs the visit. */
    void (*say)(const char *line);
};

/* A RING, for all open relays. */
struct visit_ring {
    bool real; /* not a dummy */
    uint8_t board;
    uint8_t entry[ENTRY_REPORT_LEN];
    struct {
        bool queued;   /* the relay said so */
        bool seen;     /* it stands on a signed page */
        uint64_t page; /* as the relay named it: to be shown, not believed */
    } at[DIRECTORY_RELAYS_MAX]; /* by index of relay, as all of these */
};

/* A drop has an address of its own at each relay. */
struct visit_get {
    bool real;
    struct {
        uint8_t address[DROP_ADDRESS_LEN];
        bool answered; /* it said present or absent */
        bool present;
        uint8_t box[CELL_BOX_LEN];
    } at[DIRECTORY_RELAYS_MAX];
};

struct visit_burn {
    bool real;
    struct {
        uint8_t address[DROP_ADDRESS_LEN];
        uint8_t secret[DROP_BURN_LEN];
        bool burned;
        bool absent; /* it has nothing that this secret burns */
    } at[DIRECTORY_RELAYS_MAX];
};

/* What a visit is for, and what came of it. */
struct visit_plan {
    struct visit_ring rings[VISIT_BLOCKS];
    struct visit_get gets[VISIT_BLOCKS];
    struct visit_burn burns[VISIT_BLOCKS];
};

/* What a client knows of a relay by a visit. */
struct visit_place {
    bool disputed; /* said already that somebody saw other pages there */
    bool fresh;    /* all answers boards that were read have new pages */
};

enum visit_step {
    VISIT_STATUS,
    VISIT_BOARDS,
    VISIT_RINGING,
    VISIT_PAGES
};

struct visit {
    struct visit_options opt;
    struct net_options net_opt;
    uint64_t bytes_up, bytes_down; /* with headers */
    struct network w;
    int64_t now;       /* section 7's time when the visit began */
    bool reached;      /* visit_refresh went well */
    bool rung;         /* the last visit came to its blocks */
    bool forged;       /* a relay showed pages that prove it lies */
    bool stale;        /* no relay has shown a page that is new */
    size_t writers[2]; /* indexes of relays */
    size_t n_writers;
    struct visit_place at[DIRECTORY_RELAYS_MAX];
    struct visit_plan *plan; /* of the last visit; heap */
    unsigned visits;         /* that ended */
    /* While one runs: */
    struct place *places;                   /* heap */
    struct place *of[DIRECTORY_RELAYS_MAX]; /* by index of relay */
    struct net_circuit circuit;             /* of VISIT_PAGE */
    pthread_mutex_t mutex;    /* of the answers' callback and of lines */
    struct visit_line *lines; /* to be said */
    enum visit_step step;
};

/* Takes over *w, which may be all zero where visit_wipe is all that follows. */
enum rc visit_init(struct visit *v, const struct visit_options *opt,
                   struct network *w) MUST_CHECK;
void visit_wipe(struct visit *v);

/*
 * Steps 1 and 2, and nothing else: a newer bundle. problem as network_refresh
 * has it; it, and why a relay is not up, is not said here.
 * returns  RC_OK; RC_MISSING (every relay is closing); as network_refresh
 */
enum rc visit_refresh(struct visit *v, const char **problem) MUST_CHECK;

/* Called for each entry of each page of the answers boards, one at a time.
 * day: the page's. */
typedef void visit_answer(const uint8_t *entry, uint32_t day, void *arg);

struct visit_job {
    /* To look back at least: more than 7 takes all; else it is drawn whether it
     * is 7 or all, whatever it is for. */
    uint32_t days;
    /* NULL, or called once the bundle is there: v->w stays as it is from then
     * on. What is not RC_OK ends the visit. */
    enum rc (*begin)(struct visit *v, void *arg);
    visit_answer *answer; /* may be NULL */
    /*
     * Called once, when the boards are read: what is to be rung, fetched and
     * burned (visit_plan_ring, ...). Must not wait for anything. NULL: nothing.
     * What it returns is what the visit returns, but the visit goes on.
     */
    enum rc (*choose)(struct visit *v, void *arg);
    /* NULL, or called by the thread of visit_run twice a second. While v->step
     * is VISIT_PAGES, the plan has what was taken by then. */
    void (*tick)(struct visit *v, void *arg);
    void *arg;
};

/*
 * A whole visit. v->plan has what came of it, until the next.
 * returns  RC_OK: it came to its end at one relay at least; of choose; else why
 *          no relay is left: as visit_refresh (v->reached is false), RC_FORGED,
 *          RC_IO
 */
enum rc visit_run(struct visit *v, const struct visit_job *job,
                  const char **problem) MUST_CHECK;
/* A pause as between two visits. */
void visit_between(const struct visit *v);

/* For choose: a place in the plan, NULL where none is left. To be filled. */
struct visit_ring *visit_plan_ring(struct visit *v, uint8_t board,
                                   const uint8_t entry[ENTRY_REPORT_LEN]);
struct visit_get *visit_plan_get(struct visit *v);
struct visit_burn *visit_plan_burn(struct visit *v);
/* At how many relays the entry was seen on a page. */
unsigned visit_seen(const struct visit_ring *ring);
bool visit_queued(const struct visit_ring *ring);

/* How many days to look back where a week is enough: drawn, so that a long look
 * back does not tell a reader from a writer. UINT32_MAX: all. */
uint32_t visit_look_back(void);
/* What a relay is called in messages. */
const char *visit_relay_name(const struct visit *v, size_t relay);
bool visit_is_writer(const struct visit *v, size_t relay);
/* Not used again before the next visit, and said to be lost. why: one line. */
void visit_relay_lost(struct visit *v, size_t relay, const char *why);
/* Says what there is to say now; only the thread that runs visits may. */
void visit_speak(struct visit *v);
/* The circuit to use: what is given, or the one that a page has for all. */
const struct net_circuit *visit_circuit(const struct visit *v,
                                        const struct net_circuit *own);
/* What work at this relay is about, for RINGs of that board, or (NULL) for PUTs;
 * net and circuit are the caller's to set. */
struct toll_at visit_toll(const struct visit *v, size_t relay,
                          const struct board *board);
/* Milliseconds of its pauses at most. */
int64_t visit_pause_ms(const struct visit *v);

#endif
