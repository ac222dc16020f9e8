/* SPDX-License-Identifier: ISC */
/* Blocks of a visit, and waiting for what was rung. */
#include "visit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "cli.h"
#include "clock.h"
#include "term.h"
#include "toll.h"

#define CIRCUIT_SECONDS 3600 /* that a circuit reads pages */
#define PAGE_EARLY      3600 /* seconds a named page may lie back */
#define PAGE_LATE       7200 /* or ahead of what we know of the relay */

struct ring *
visit_ring_new(struct visit *v, uint8_t board,
               const uint8_t entry[ENTRY_REPORT_LEN])
{
    struct ring *ring = calloc(1, sizeof *ring);

    if (ring != NULL) {
        ring->real = true;
        ring->board = board;
        memcpy(ring->entry, entry, ENTRY_REPORT_LEN);
        ring->next = v->rings;
        v->rings = ring;
    }
    return ring;
}

/* A dummy on the board of some organisation, as a report would be. */
static struct ring *
ring_dummy(struct visit *v)
{
    const struct directory *d = v->w.bundle->directory;
    const struct board *board = NULL;
    uint8_t noise[ENTRY_REPORT_LEN];
    uint8_t entry[ENTRY_REPORT_LEN];
    struct ring *ring = NULL;

    if (d->n_orgs > 0) {
        uint32_t org = randombytes_uniform((uint32_t)d->n_orgs);

        board = board_find(d->boards, d->n_boards, d->orgs[org].board);
    } else {
        board = board_first_report(d->boards, d->n_boards);
    }
    randombytes_buf(noise, sizeof noise);
    if (board != NULL && board->entry_len == ENTRY_REPORT_LEN &&
        entry_dummy(entry, board, noise) == RC_OK) {
        ring = visit_ring_new(v, board->id, entry);
    }
    if (ring != NULL) {
        ring->real = false;
    }
    sodium_memzero(noise, sizeof noise);
    return ring;
}

static const struct board *
board_of(const struct visit *v, uint8_t id)
{
    const struct directory *d = v->w.bundle->directory;

    return board_find(d->boards, d->n_boards, id);
}

/* The circuit for this board's pages: one at a time, at most an hour. */
static const struct net_circuit *
pages_circuit(struct visit *v, size_t relay, uint8_t board)
{
    struct visit_place *p = &v->at[relay];
    int64_t now = clock_mono_ms() / 1000;

    if (p->pages_board != board || now - p->pages_since > CIRCUIT_SECONDS) {
        net_circuit_fresh(&p->pages);
        p->pages_board = board;
        p->pages_since = now;
    }
    return &p->pages;
}

/* Works for what the relay asks of this cell, between looks at the bar. */
static enum rc
work(struct visit *v, size_t relay, struct toll *toll, const uint8_t *cell,
     const struct board *board, unsigned effort, struct term_progress *bar)
{
    struct toll_at at = visit_toll(v, relay, board);
    uint8_t c[KDF_LEN];
    uint64_t start;
    enum rc rc;

    at.net = v->net;
    at.circuit = pages_circuit(v, relay, board->id);
    rc = toll_challenge(c, &at);
    if (rc != RC_OK) {
        if (rc != RC_MISSING) {
            visit_relay_lost(v, relay, visit_board_trouble(v, rc));
        }
        return rc;
    }
    randombytes_buf(&start, sizeof start);
    do {
        rc = toll_work(toll, cell, c, effort, &start);
        term_progress(bar, 0);
    } while (rc == RC_AGAIN);
    return rc;
}

/*
 * After "more effort" or "try again later": works, and waits for its time,
 * which is the same for the fast and the slow. RC_OK: send the cell again.
 */
static enum rc
pay(struct visit *v, size_t relay, struct toll *toll, const uint8_t *cell,
    const struct board *board, const struct cell_answer *ans)
{
    const int64_t begun = clock_mono_ms();
    struct term_progress bar;
    enum rc rc = toll_asked(toll, board, visit_pause_ms(v));

    if (rc != RC_OK) {
        return rc;
    }
    term_progress_start(&bar, _("working off the relay's queue"),
                        (uint64_t)(toll->at_ms - begun));
    if (ans->status == CELL_MORE_EFFORT) {
        rc = work(v, relay, toll, cell, board, ans->effort, &bar);
    }
    for (int64_t left; rc == RC_OK && (left = toll_left_ms(toll)) > 0;) {
        visit_sleep(left < 500 ? left : 500);
        term_progress(&bar, (uint64_t)(clock_mono_ms() - begun));
    }
    term_progress_end(&bar);
    return rc;
}

/* Is this a page number that the relay can honestly have named? */
static bool
page_is_near(const struct visit *v, size_t relay, uint8_t board,
             const struct cell_answer *ans)
{
    const struct board *b = board_of(v, board);
    /* One that is delivered again may have stood there for long. */
    uint64_t early = ans->status == CELL_SEALED
                         ? (uint64_t)v->w.bundle->directory->retention * DAY_SECONDS
                         : PAGE_EARLY;
    uint64_t clock = v->at[relay].clock;

    if (clock == 0) {
        clock = (uint64_t)clock_now();
    }
    return b != NULL && ans->page <= (clock + PAGE_LATE) / b->tick &&
           (ans->page + 1) * b->tick + early >= clock;
}

static void
say_not_taken(const struct visit *v, size_t relay, const struct ring *ring,
              const struct cell_answer *ans)
{
    const char *name = visit_relay_name(v, relay);

    if (!ring->real) {
        return;
    }
    switch (ans->status) {
    case CELL_FULL:
        cli_say(_("relay %s: its board is full; try again in an hour"), name);
        break;
    case CELL_MORE_EFFORT:
        cli_say(_("relay %s: it asked for more and more work"), name);
        break;
    default:
        cli_say(_("relay %s: it is too busy; try again later"), name);
        break;
    }
}

/* RING at one relay, with the effort it asks for. */
static void
ring_at(struct visit *v, size_t relay, struct ring *ring)
{
    const struct cell_request req = {
        .op = CELL_RING,
        .board = ring->board,
        .data = ring->entry,
        .data_len = sizeof ring->entry,
    };
    const struct board *board = board_of(v, ring->board);
    struct toll toll = {0};
    uint8_t up[CELL_LEN];
    uint8_t down[CELL_LEN];
    struct cell_answer ans = {0};

    if (board == NULL || cell_request_write(up, &req) != RC_OK) {
        return;
    }
    if (v->paced && v->opt.pace > 0) {
        visit_sleep(randombytes_uniform(v->opt.pace * 1000 + 1));
    }
    v->paced = true;
    do {
        toll_nonce(&toll, up);
        if (visit_exchange(v, relay, NULL, up, CELL_RING, down, &ans) !=
            RC_OK) {
            return;
        }
    } while (toll_is_asked(&ans) &&
             pay(v, relay, &toll, up, board, &ans) == RC_OK);
    if (!v->w.relays[relay].up) {
        return;
    }
    if (ans.status != CELL_QUEUED && ans.status != CELL_SEALED) {
        say_not_taken(v, relay, ring, &ans);
        return;
    }
    ring->at[relay].queued = true;
    ring->at[relay].page = ans.page;
    ring->at[relay].lied = !page_is_near(v, relay, ring->board, &ans);
}

static void
get_at(struct visit *v, size_t relay, struct drop_get *get)
{
    struct cell_request req = {.op = CELL_GET};
    uint8_t random_address[DROP_ADDRESS_LEN];
    uint8_t up[CELL_LEN];
    uint8_t down[CELL_LEN];
    struct cell_answer ans;

    randombytes_buf(random_address, sizeof random_address);
    req.address = get != NULL ? get->at[relay].address : random_address;
    if (cell_request_write(up, &req) != RC_OK ||
        visit_exchange(v, relay, NULL, up, CELL_GET, down, &ans) != RC_OK ||
        get == NULL) {
        return;
    }
    get->at[relay].present = ans.status == CELL_PRESENT;
    get->at[relay].answered =
        ans.status == CELL_PRESENT || ans.status == CELL_ABSENT;
    if (ans.status == CELL_PRESENT) {
        memcpy(get->at[relay].box, ans.box, CELL_BOX_LEN);
    }
}

static void
burn_at(struct visit *v, size_t relay, struct drop_burn *burn)
{
    struct cell_request req = {.op = CELL_NOP};
    uint8_t up[CELL_LEN];
    uint8_t down[CELL_LEN];
    struct cell_answer ans;

    if (burn != NULL) {
        req.op = CELL_BURN;
        req.address = burn->at[relay].address;
        req.burn = burn->at[relay].secret;
    }
    if (cell_request_write(up, &req) == RC_OK &&
        visit_exchange(v, relay, NULL, up, req.op, down, &ans) == RC_OK &&
        burn != NULL) {
        burn->at[relay].burned = ans.status == CELL_BURNED;
        burn->at[relay].absent = ans.status == CELL_ABSENT;
    }
}

enum rc
visit_block(struct visit *v, struct ring *ring, struct drop_get *get,
            struct drop_burn *burn)
{
    bool any = false;

    if (ring == NULL && (ring = ring_dummy(v)) == NULL) {
        return RC_NOMEM;
    }
    v->blocks++;
    for (size_t i = 0; i < v->w.n_relays; i++) {
        /* A closing relay is read from; it, too, sees the one shape. */
        if (visit_is_writer(v, i)) {
            ring_at(v, i, ring);
        } else {
            struct ring *other = ring_dummy(v);

            if (other == NULL) {
                return RC_NOMEM;
            }
            ring_at(v, i, other);
        }
        get_at(v, i, get);
        burn_at(v, i, burn);
        any = any || v->w.relays[i].up;
    }
    if (!any) {
        cli_error(_("no relay is left; try again later"));
        return RC_IO;
    }
    return RC_OK;
}

/* --- pages --- */

struct search {
    struct visit *v;
    uint8_t board;
};

static void
on_entry(const uint8_t *entry, size_t relay, uint64_t page, void *arg)
{
    const struct search *s = arg;

    (void)page;
    for (struct ring *r = s->v->rings; r != NULL; r = r->next) {
        if (r->board == s->board &&
            memcmp(r->entry, entry, ENTRY_REPORT_LEN) == 0) {
            r->at[relay].seen = true;
        }
    }
}

/* Is something awaited at this relay's board? *first: the page to begin at */
static bool
is_awaited(const struct visit *v, size_t relay, uint8_t board, uint64_t *first)
{
    bool any = false;

    for (const struct ring *r = v->rings; r != NULL; r = r->next) {
        if (r->board == board && r->at[relay].queued && !r->at[relay].seen &&
            !r->at[relay].lied) {
            if (!any || r->at[relay].page < *first) {
                *first = r->at[relay].page;
            }
            any = true;
        }
    }
    return any;
}

/* Waiting for pages, as the person sees it. */
struct wait {
    struct term_progress bar;
    int64_t start_ms;
    bool shown;
};

/* Seconds until the last page that was named; *real: for more than dummies. */
static uint64_t
wait_seconds(bool *real, const struct visit *v)
{
    const struct directory *d = v->w.bundle->directory;
    const uint64_t now = (uint64_t)clock_now();
    uint64_t most = 0;

    *real = false;
    for (const struct ring *r = v->rings; r != NULL; r = r->next) {
        const struct board *b = board_find(d->boards, d->n_boards, r->board);

        for (size_t i = 0; b != NULL && i < v->w.n_relays; i++) {
            uint64_t end = (r->at[i].page + 1) * b->tick;

            if (!r->at[i].queued || r->at[i].lied || end <= now) {
                continue;
            }
            *real = *real || r->real;
            most = end > now + most ? end - now : most;
        }
    }
    return most;
}

static void
wait_start(struct wait *w, const struct visit *v)
{
    bool real;
    uint64_t seconds = wait_seconds(&real, v);

    *w = (struct wait){.start_ms = clock_mono_ms()};
    if (seconds == 0) {
        return;
    }
    cli_say("%s", real ? _("sent; waiting for the page that shows it")
                       : _("ending this visit as every visit ends, so that "
                           "nobody can tell reading from writing"));
    if (isatty(STDERR_FILENO)) {
        w->shown = true;
        term_progress_start(&w->bar, _("waiting"), seconds);
    }
}

static void
wait_on(struct wait *w, const struct board *board)
{
    visit_sleep(board->tick > 4 ? 3000 : 500);
    if (w->shown) {
        term_progress(&w->bar,
                      (uint64_t)(clock_mono_ms() - w->start_ms) / 1000);
    }
}

static void
wait_end(struct wait *w)
{
    if (w->shown) {
        term_progress_end(&w->bar);
        w->shown = false;
    }
}

/* Reads a relay's board until nothing is awaited there, or time is over. */
static void
await(struct visit *v, size_t relay, const struct board *board, struct wait *w)
{
    const unsigned patience =
        v->opt.patience > 0 ? v->opt.patience : 60 + 20u * board->tick;
    const int64_t end = clock_mono_ms() + (int64_t)patience * 1000;
    struct search s = {v, board->id};
    struct scan_position pos = {0};
    uint64_t first = 0;

    while (v->w.relays[relay].up && is_awaited(v, relay, board->id, &first)) {
        const struct visit_board b = {
            relay, board, pages_circuit(v, relay, board->id), on_entry, &s};
        enum rc rc = visit_read_board(v, &b, &pos, first);

        if (rc != RC_OK && rc != RC_MISSING && rc != RC_AGAIN) {
            wait_end(w);
            visit_relay_lost(v, relay, visit_board_trouble(v, rc));
            return;
        }
        if (!is_awaited(v, relay, board->id, &first)) {
            return;
        }
        if (clock_mono_ms() > end) {
            return;
        }
        wait_on(w, board);
    }
}

enum rc
visit_finish(struct visit *v)
{
    const struct directory *d = v->w.bundle->directory;
    struct wait w;
    enum rc rc = RC_OK;

    while (rc == RC_OK && v->blocks < VISIT_BLOCKS) {
        rc = visit_block(v, NULL, NULL, NULL);
    }
    if (rc != RC_OK) {
        return rc;
    }
    wait_start(&w, v);
    for (size_t i = 0; i < v->w.n_relays; i++) {
        for (size_t k = 0; k < d->n_boards; k++) {
            await(v, i, &d->boards[k], &w);
        }
    }
    wait_end(&w);
    v->blocks = 0; /* what comes next has the same shape */
    return RC_OK;
}

unsigned
visit_seen(const struct ring *ring)
{
    unsigned n = 0;

    for (size_t i = 0; i < DIRECTORY_RELAYS_MAX; i++) {
        n += ring->at[i].seen;
    }
    return n;
}
