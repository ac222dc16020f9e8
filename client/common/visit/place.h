/* SPDX-License-Identifier: ISC */
/* Inside of visits: one relay in one visit, with its thread. */
#ifndef PLACE_H
#define PLACE_H

#include "reach.h"
#include "visit.h"

#define VISIT_TRIES    REACH_TRIES
#define VISIT_AGAIN_MS REACH_AGAIN_MS

/* An entry on its way at this relay. */
struct place_ring {
    const struct board *board;
    bool real;
    uint8_t entry[ENTRY_REPORT_LEN];
    uint8_t cell[CELL_LEN];
    struct toll toll;
    bool put_off; /* the relay asked for it again later */
    bool to_work; /* with that much effort in it */
    unsigned effort;
    /* The work goes on beside: it must not show in when pages are asked for. */
    bool working;
    pthread_t worker;
    atomic_bool solved, leave;
    uint8_t challenge[KDF_LEN];
    bool over; /* it was not taken and will not be */
    bool queued, seen;
    bool stands; /* says the relay: on that page, since long perhaps */
    uint64_t page;
};

struct place {
    struct visit *v;
    size_t relay; /* index */
    const struct visit_job *job;
    pthread_t thread;
    bool started;
    atomic_bool stop, ended;
    atomic_int step;            /* enum visit_step */
    struct net_options net_opt; /* with that stop */
    struct net *net;
    uint32_t first_day; /* of the look back */
    struct place_ring rings[VISIT_BLOCKS];
    uint64_t
        newest[VISIT_BLOCKS]; /* of their boards, before anything was rung */
    int64_t rung_ms;          /* the last RING was answered */
    bool forged;              /* pages that prove it lies */
};

/* A line for the person, by and by. */
void visit_say(struct visit *v, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

bool place_is_up(const struct place *p);
/* One exchange over a fresh circuit, with a few more attempts when the relay is
 * busy or the line breaks. A relay that can't be reached is lost. */
enum rc place_exchange(struct place *p, const uint8_t up[static CELL_LEN],
                       enum cell_op op, uint8_t down[static CELL_LEN],
                       struct cell_answer *ans) MUST_CHECK;

/* Called for each entry of each page that was checked. */
typedef void place_entry(const uint8_t *entry, uint64_t page, void *arg);

struct place_board {
    const struct board *board;
    const struct net_circuit *circuit;
    bool files; /* all of it by files, newest is known; else page by page */
    bool one;   /* only the page `newest`, by itself */
    uint64_t newest;
    uint64_t most;    /* page by page: numbers of one look at most; 0: all */
    int64_t until_ms; /* 0, or when it is over, by clock_mono_ms: RC_AGAIN */
    place_entry *entry;
    void *arg;
    char error[512]; /* of the line, where it broke */
};
/* A board from a page on, as scan_from, compared with the seen notes of the
 * bundle (RC_FORGED where most of those with a line contradict it). */
enum rc place_read(struct place *p, struct place_board *b,
                   struct scan_position *pos, uint64_t first) MUST_CHECK;
const char *place_trouble(const struct place_board *b, enum rc rc);

/* The steps, each a thread's main function; arg is a struct place. */
void *place_boards(void *arg);  /* 3: boards.c */
void *place_ringing(void *arg); /* 4 to 6: blocks.c, pages.c */
void place_pages(struct place *p);
/* The next try of a RING, when it is time. blocks.c */
void place_ring_again(struct place *p, struct place_ring *r);
/* Begins the work that a RING needs; ends it, done or not. work.c */
void place_work(struct place *p, struct place_ring *r);
void place_work_end(struct place_ring *r);

#endif
