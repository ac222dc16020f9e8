/* SPDX-License-Identifier: ISC */
/* Step 6 of a visit: pages, until what was rung is seen on them. */
#include "place.h"

#include <string.h>

#include "clock.h"

#define PAGES_MS       3000 /* from one look to the next */
#define PAGES_QUICK_MS 500  /* where a page comes every few seconds */
#define QUICK_TICK     4
#define CIRCUIT_MS     (3600 * 1000) /* that one reads pages */
#define PATIENCE_MORE  60            /* seconds */
/* A relay that is new, or was away, has no pages for long: not all their numbers
 * are asked for. A relay whose clock is further behind is not followed. */
#define GAP_PAGES  48
#define MOST_PAGES 240 /* of one look: a status is not signed */

/* One board's pages; both RINGs may be on it. */
struct watching {
    const struct board *board;
    uint64_t first;
    struct scan_position pos;
    struct net_circuit circuit;
    int64_t circuit_ms; /* since when */
    unsigned failed;    /* in a row */
};

struct search {
    struct place *p;
    const struct board *board;
};

static void
on_entry(const uint8_t *entry, uint64_t page, void *arg)
{
    const struct search *s = arg;

    (void)page;
    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        struct place_ring *r = &s->p->rings[i];

        if (r->board == s->board &&
            memcmp(r->entry, entry, ENTRY_REPORT_LEN) == 0) {
            r->seen = true;
        }
    }
}

static bool
is_awaited(const struct place_ring *r)
{
    return !r->seen && !r->over;
}

static bool
any_awaited(const struct place *p)
{
    bool any = false;

    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        any = any || is_awaited(&p->rings[i]);
    }
    return any;
}

/* When the patience is over, counted from the last RING's answer. */
static int64_t
patience_end(const struct place *p)
{
    int64_t most = 0;

    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        const struct board *b = p->rings[i].board;
        int64_t s = ((int64_t)b->spread + 3) * b->tick + PATIENCE_MORE;

        most = s > most ? s : most;
    }
    if (p->v->opt.patience > 0) {
        most = p->v->opt.patience;
    }
    return p->rung_ms + most * 1000;
}

/* Not before what was put off went again: its time is drawn, and is over soon. */
static bool
any_put_off(const struct place *p)
{
    bool any = false;

    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        any = any || p->rings[i].put_off;
    }
    return any;
}

static bool
is_over(const struct place *p)
{
    return !any_put_off(p) && clock_mono_ms() >= patience_end(p);
}

static bool
is_worked(const struct place_ring *r)
{
    return !r->to_work && (!r->working || atomic_load(&r->solved));
}

/* What was put off and is due, and worked for, goes again; work is begun before
 * that, so that it is done when the time comes. */
static void
send_put_off(struct place *p)
{
    for (size_t i = 0; i < VISIT_BLOCKS && place_is_up(p); i++) {
        if (p->rings[i].to_work) {
            place_work(p, &p->rings[i]);
        }
    }
    for (size_t i = 0; i < VISIT_BLOCKS && place_is_up(p); i++) {
        struct place_ring *r = &p->rings[i];

        if (r->put_off && is_worked(r) && toll_left_ms(&r->toll) == 0) {
            place_work_end(r);
            place_ring_again(p, r);
        }
    }
}

static void
open_circuit(struct watching *w)
{
    const int64_t now = clock_mono_ms();

    if (w->circuit_ms == 0 || now - w->circuit_ms > CIRCUIT_MS) {
        net_circuit_fresh(&w->circuit);
        w->circuit_ms = now;
    }
}

/* One look at one board. */
static void
look(struct place *p, struct watching *w)
{
    struct search s = {p, w->board};
    struct place_board b = {.board = w->board,
                            .most = MOST_PAGES,
                            .until_ms = any_put_off(p) ? 0 : patience_end(p),
                            .entry = on_entry,
                            .arg = &s};
    enum rc rc;

    open_circuit(w);
    b.circuit = visit_circuit(p->v, &w->circuit);
    rc = place_read(p, &b, &w->pos, w->first);
    if (rc == RC_IO && ++w->failed < VISIT_TRIES) {
        w->circuit_ms = 0;
        return;
    }
    w->failed = rc == RC_IO ? w->failed : 0;
    if (rc != RC_OK && rc != RC_MISSING && rc != RC_AGAIN && place_is_up(p)) {
        visit_relay_lost(p->v, p->relay, place_trouble(&b, rc));
    }
}

/* An entry that was rung before stands on an older page. The relay names it, and
 * it is looked at once, whatever was rung. One that is not there is no reason for
 * anything. The page never rings one twice. */
static void
look_back(struct place *p, struct watching *w, size_t n)
{
    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        struct place_ring *r = &p->rings[i];
        struct search s = {p, r->board};
        struct scan_position pos = {0};
        struct place_board b = {.board = r->board,
                                .one = true,
                                .newest = r->page,
                                .entry = on_entry,
                                .arg = &s};

        if (!r->stands || r->page > p->newest[i] || !place_is_up(p) ||
            p->v->opt.style == VISIT_PAGE) {
            continue;
        }
        for (size_t k = 0; k < n; k++) {
            if (w[k].board == r->board) {
                open_circuit(&w[k]);
                b.circuit = visit_circuit(p->v, &w[k].circuit);
                (void)!place_read(p, &b, &pos, r->page);
            }
        }
        r->stands = false;
        r->over = !r->seen;
    }
}

/* The page after the newest that there was before the RINGs, by when the visit
 * began: how long its boards took must not show. */
static uint64_t
first_page(const struct place *p, const struct board *board, uint64_t newest)
{
    const uint64_t now = (uint64_t)p->v->now / board->tick;

    return newest + GAP_PAGES >= now ? newest + 1 : now - GAP_PAGES;
}

/* The boards of the RINGs, each once; how many. */
static size_t
boards_of(struct watching w[static VISIT_BLOCKS], const struct place *p)
{
    size_t n = 0;

    memset(w, 0, VISIT_BLOCKS * sizeof *w);
    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        size_t k = 0;

        while (k < n && w[k].board != p->rings[i].board) {
            k++;
        }
        if (k == n) {
            w[n++] = (struct watching){
                .board = p->rings[i].board,
                .first = first_page(p, p->rings[i].board, p->newest[i])};
        }
    }
    return n;
}

/* Milliseconds to the next look. */
static int64_t
until_next(const struct watching *w, size_t n)
{
    int64_t ms = PAGES_MS;

    for (size_t i = 0; i < n; i++) {
        ms = w[i].board->tick <= QUICK_TICK ? PAGES_QUICK_MS : ms;
    }
    return ms;
}

void
place_pages(struct place *p)
{
    struct watching w[VISIT_BLOCKS];
    const size_t n = boards_of(w, p);

    atomic_store(&p->step, VISIT_PAGES);
    while (place_is_up(p) && any_awaited(p)) {
        send_put_off(p);
        look_back(p, w, n);
        for (size_t i = 0; i < n && place_is_up(p); i++) {
            look(p, &w[i]);
        }
        if (!place_is_up(p) || !any_awaited(p) || is_over(p) ||
            !pause_ms(until_next(w, n), &p->stop)) {
            break;
        }
    }
    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        place_work_end(&p->rings[i]);
    }
}
