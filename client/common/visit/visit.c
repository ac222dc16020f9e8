/* SPDX-License-Identifier: ISC */
#include "visit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"
#include "clock.h"
#include "entry.h"
#include "place.h"
#include "reach.h"

/* Those with a line, and those of relays that were not reached. */
#define PLACES  (NETWORK_VIAS + DIRECTORY_RELAYS_MAX)
#define TURN_MS 20 /* between two looks at who has ended */
#define TICK_MS 500

enum rc
visit_init(struct visit *v, const struct visit_options *opt, struct network *w)
{
    memset(v, 0, sizeof *v);
    v->opt = *opt;
    v->w = *w;
    memset(w, 0, sizeof *w);
    v->net_opt.socks = opt->socks;
    v->net_opt.no_tor = opt->no_tor;
    v->net_opt.ca_file = opt->ca_file;
    v->net_opt.bytes_up = &v->bytes_up;
    v->net_opt.bytes_down = &v->bytes_down;
    v->net_opt.stop = opt->stop;
    net_circuit_fresh(&v->circuit);
    (void)pthread_mutex_init(&v->mutex, NULL);
    v->plan = calloc(1, sizeof *v->plan);
    v->places = calloc(PLACES, sizeof *v->places);
    if (v->plan == NULL || v->places == NULL) {
        return RC_NOMEM;
    }
    return RC_OK;
}

static void
plan_wipe(struct visit *v)
{
    if (v->plan != NULL) {
        sodium_memzero(v->plan, sizeof *v->plan);
    }
}

static void
places_wipe(struct visit *v)
{
    for (size_t i = 0; v->places != NULL && i < PLACES; i++) {
        net_free(v->places[i].net);
        sodium_memzero(&v->places[i], sizeof v->places[i]);
    }
}

void
visit_wipe(struct visit *v)
{
    if (v->plan != NULL || v->places != NULL) {
        v->opt.say = NULL;
        visit_speak(v);
        (void)pthread_mutex_destroy(&v->mutex);
    }
    places_wipe(v);
    plan_wipe(v);
    free(v->places);
    free(v->plan);
    network_wipe(&v->w);
    memset(v, 0, sizeof *v);
}

bool
visit_is_writer(const struct visit *v, size_t relay)
{
    for (size_t i = 0; i < v->n_writers; i++) {
        if (v->writers[i] == relay) {
            return true;
        }
    }
    return false;
}

static int64_t
again_ms(const struct visit *v)
{
    return v->opt.pace > 0 ? VISIT_AGAIN_MS : 0;
}

struct toll_at
visit_toll(const struct visit *v, size_t relay, const struct board *board)
{
    const struct directory *d = v->w.bundle->directory;

    return (struct toll_at){
        .url = visit_relay_name(v, relay),
        .relay_id = v->w.relays[relay].info->id,
        .relay_pk = v->w.relays[relay].info->pk,
        .board =
            board != NULL ? board : board_first_report(d->boards, d->n_boards),
        .now = network_now(&v->w),
        .tries = VISIT_TRIES,
        .again_ms = again_ms(v)};
}

int64_t
visit_pause_ms(const struct visit *v)
{
    return (int64_t)v->opt.pace * 1000;
}

uint32_t
visit_look_back(void)
{
    return randombytes_uniform(VISIT_LONG_ONE_IN) == 0 ? UINT32_MAX
                                                       : VISIT_ANSWER_DAYS;
}

void
visit_between(const struct visit *v)
{
    const uint32_t span = (VISIT_BETWEEN_MAX - VISIT_BETWEEN_MIN) * 1000;

    if (v->opt.pace > 0) {
        (void)pause_ms(VISIT_BETWEEN_MIN * 1000 +
                           (int64_t)randombytes_uniform(span + 1),
                       v->opt.stop);
    }
}

/* --- steps 1 and 2 --- */

/* Each relay by its own line: a place is a relay's once the bundle is there. */
static enum rc
lines_open(struct visit *v, struct network_via via[static NETWORK_VIAS])
{
    struct net_circuit own;
    enum rc rc = RC_OK;

    places_wipe(v);
    for (size_t i = 0; rc == RC_OK && i < NETWORK_VIAS; i++) {
        struct place *p = &v->places[i];

        p->net_opt = v->net_opt;
        p->net_opt.stop = &p->stop;
        rc = net_new(&p->net, &p->net_opt);
        net_circuit_fresh(&own);
        via[i] = (struct network_via){.net = p->net,
                                      .circuit = *visit_circuit(v, &own),
                                      .tries = VISIT_TRIES,
                                      .again_ms = again_ms(v),
                                      .stop = &p->stop,
                                      .end = v->opt.stop};
    }
    return rc;
}

enum rc
visit_refresh(struct visit *v, const char **problem)
{
    struct network_via via[NETWORK_VIAS];
    enum rc rc;

    *problem = NULL;
    v->reached = false;
    v->step = VISIT_STATUS;
    v->now = clock_now();
    if ((rc = lines_open(v, via)) != RC_OK ||
        (rc = network_refresh_by(&v->w, via, problem)) != RC_OK) {
        return rc;
    }
    v->n_writers = network_writers(&v->w, v->writers);
    if (v->n_writers == 0) {
        return RC_MISSING;
    }
    if (v->now < (int64_t)v->w.today * DAY_SECONDS) {
        v->now = (int64_t)v->w.today * DAY_SECONDS;
    }
    v->reached = true;
    return RC_OK;
}

/* --- all relays at once --- */

static void
place_init(struct place *p, struct visit *v, size_t relay,
           const struct visit_job *job, uint32_t days)
{
    p->v = v;
    p->relay = relay;
    p->job = job;
    p->first_day = v->w.today > days ? v->w.today - days : 0;
    atomic_store(&p->step, VISIT_BOARDS);
}

static bool
stopped(const struct visit *v)
{
    return v->opt.stop != NULL && atomic_load(v->opt.stop);
}

/* The first to end shows how long it takes, from this part's begin on; who needs
 * much longer is left. */
static void
leave_slow(struct visit *v, int64_t begun, int64_t *limit)
{
    const int64_t now = clock_mono_ms();

    for (size_t i = 0; i < v->w.n_relays; i++) {
        const struct place *p = v->of[i];

        if (*limit == 0 && p->started && atomic_load(&p->ended) &&
            v->w.relays[i].up) {
            int64_t more = (now - begun) * REACH_SLOW_MORE;

            *limit = begun + (more > REACH_SLOW_MS ? more : REACH_SLOW_MS);
        }
    }
    for (size_t i = 0; *limit != 0 && now >= *limit && i < v->w.n_relays; i++) {
        if (v->of[i]->started && !atomic_load(&v->of[i]->ended)) {
            atomic_store(&v->of[i]->stop, true);
        }
    }
}

static bool
all_ended(const struct visit *v)
{
    bool all = true;

    for (size_t i = 0; i < v->w.n_relays; i++) {
        all = all && (!v->of[i]->started || atomic_load(&v->of[i]->ended));
    }
    return all;
}

/* The earliest step that a relay is at. */
static enum visit_step
step_of(const struct visit *v)
{
    enum visit_step first = VISIT_PAGES;

    for (size_t i = 0; i < v->w.n_relays; i++) {
        const struct place *p = v->of[i];

        if (p->started && !atomic_load(&p->ended) &&
            (enum visit_step)atomic_load(&p->step) < first) {
            first = (enum visit_step)atomic_load(&p->step);
        }
    }
    return first;
}

static void
start(struct visit *v, void *(*run)(void *))
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 0; i < v->w.n_relays; i++) {
        struct place *p = v->of[i];

        atomic_store(&p->ended, false);
        if (v->w.relays[i].up &&
            !(p->started = pthread_create(&p->thread, NULL, run, p) == 0)) {
            visit_relay_lost(v, i, _(rc_text(RC_NOMEM)));
        }
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Runs one part at all relays that are up; may leave those that are slow. */
static void
run_all(struct visit *v, const struct visit_job *job, void *(*run)(void *),
        bool waited_for)
{
    const int64_t begun = clock_mono_ms();
    int64_t limit = 0, ticked = 0;

    start(v, run);
    while (!all_ended(v)) {
        visit_speak(v);
        (void)pause_ms(TURN_MS, NULL);
        for (size_t i = 0; stopped(v) && i < v->w.n_relays; i++) {
            atomic_store(&v->of[i]->stop, true);
        }
        if (waited_for) {
            leave_slow(v, begun, &limit);
        }
        v->step = step_of(v);
        if (job->tick != NULL && clock_mono_ms() - ticked >= TICK_MS) {
            ticked = clock_mono_ms();
            job->tick(v, job->arg);
        }
    }
    for (size_t i = 0; i < v->w.n_relays; i++) {
        struct place *p = v->of[i];

        if (p->started) {
            (void)pthread_join(p->thread, NULL);
            p->started = false;
        }
        if (v->w.relays[i].up && atomic_load(&p->stop) && !stopped(v)) {
            visit_relay_lost(v, i, _("it is much slower than the other"));
        }
        v->forged = v->forged || p->forged;
    }
    visit_speak(v);
}

static bool
any_up(const struct visit *v)
{
    bool any = false;

    for (size_t i = 0; i < v->w.n_relays; i++) {
        any = any || v->w.relays[i].up;
    }
    return any;
}

/* --- what it is for --- */

struct visit_ring *
visit_plan_ring(struct visit *v, uint8_t board,
                const uint8_t entry[ENTRY_REPORT_LEN])
{
    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        struct visit_ring *r = &v->plan->rings[i];

        if (!r->real) {
            r->real = true;
            r->board = board;
            memcpy(r->entry, entry, sizeof r->entry);
            return r;
        }
    }
    return NULL;
}

struct visit_get *
visit_plan_get(struct visit *v)
{
    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        if (!v->plan->gets[i].real) {
            v->plan->gets[i].real = true;
            return &v->plan->gets[i];
        }
    }
    return NULL;
}

struct visit_burn *
visit_plan_burn(struct visit *v)
{
    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        if (!v->plan->burns[i].real) {
            v->plan->burns[i].real = true;
            return &v->plan->burns[i];
        }
    }
    return NULL;
}

/* An entry as a report's, on the board of some organisation. */
static enum rc
dummy_entry(const struct visit *v, uint8_t *board,
            uint8_t entry[static ENTRY_REPORT_LEN])
{
    const struct directory *d = v->w.bundle->directory;
    const struct board *b = board_first_report(d->boards, d->n_boards);
    uint8_t noise[ENTRY_REPORT_LEN];
    enum rc rc = RC_FORMAT;

    if (d->n_orgs > 0) {
        uint32_t org = randombytes_uniform((uint32_t)d->n_orgs);

        b = board_find(d->boards, d->n_boards, d->orgs[org].board);
    }
    if (b != NULL && b->entry_len == ENTRY_REPORT_LEN) {
        randombytes_buf(noise, sizeof noise);
        *board = b->id;
        rc = entry_dummy(entry, b, noise);
    }
    return rc;
}

/* What is the same for all relays where it is real is so for a dummy, what
 * each has of its own it has. */
static enum rc
fill_up(struct visit *v)
{
    struct visit_plan *plan = v->plan;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < VISIT_BLOCKS; i++) {
        struct visit_ring *r = &plan->rings[i];

        for (size_t k = 0; k < v->w.n_relays; k++) {
            if (!plan->gets[i].real) {
                randombytes_buf(plan->gets[i].at[k].address, DROP_ADDRESS_LEN);
            }
            if (!plan->burns[i].real) {
                randombytes_buf(plan->burns[i].at[k].address, DROP_ADDRESS_LEN);
                randombytes_buf(plan->burns[i].at[k].secret, DROP_BURN_LEN);
            }
        }
        if (!r->real) {
            rc = dummy_entry(v, &r->board, r->entry);
        }
    }
    return rc;
}

/* A closing relay is read from; it, too, sees the one shape. */
static enum rc
place_rings(struct place *p)
{
    const struct directory *d = p->v->w.bundle->directory;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < VISIT_BLOCKS; i++) {
        const struct visit_ring *from = &p->v->plan->rings[i];
        struct place_ring *r = &p->rings[i];
        struct cell_request req = {.op = CELL_RING,
                                   .board = from->board,
                                   .data = r->entry,
                                   .data_len = sizeof r->entry};

        memcpy(r->entry, from->entry, sizeof r->entry);
        r->real = from->real;
        if (!visit_is_writer(p->v, p->relay)) {
            r->real = false;
            rc = dummy_entry(p->v, &req.board, r->entry);
        }
        r->board = board_find(d->boards, d->n_boards, req.board);
        if (rc == RC_OK) {
            rc = r->board != NULL ? cell_request_write(r->cell, &req)
                                  : RC_FORMAT;
        }
        p->newest[i] = p->v->w.relays[p->relay].newest[req.board];
    }
    return rc;
}

/* *chosen: what it says; the visit goes on. */
static enum rc
choose(struct visit *v, const struct visit_job *job, enum rc *chosen)
{
    enum rc rc;

    *chosen = job->choose != NULL ? job->choose(v, job->arg) : RC_OK;
    rc = fill_up(v);
    for (size_t i = 0; rc == RC_OK && i < v->w.n_relays; i++) {
        rc = place_rings(v->of[i]);
    }
    return rc;
}

/* What became of the entries. */
static void
take_results(struct visit *v)
{
    for (size_t i = 0; i < v->n_writers; i++) {
        const struct place *p = v->of[v->writers[i]];

        for (size_t k = 0; k < VISIT_BLOCKS; k++) {
            struct visit_ring *r = &v->plan->rings[k];

            r->at[p->relay].queued = p->rings[k].queued;
            r->at[p->relay].seen = p->rings[k].seen;
            r->at[p->relay].page = p->rings[k].page;
        }
    }
}

unsigned
visit_seen(const struct visit_ring *ring)
{
    unsigned n = 0;

    for (size_t i = 0; i < DIRECTORY_RELAYS_MAX; i++) {
        n += ring->at[i].seen;
    }
    return n;
}

bool
visit_queued(const struct visit_ring *ring)
{
    bool any = false;

    for (size_t i = 0; i < DIRECTORY_RELAYS_MAX; i++) {
        any = any || ring->at[i].queued || ring->at[i].seen;
    }
    return any;
}

/* --- the whole --- */

/* Of a week, or all: drawn, but where a week is not enough. */
static uint32_t
days_of(const struct visit *v, uint32_t wanted)
{
    const uint32_t kept = v->w.bundle->directory->retention;
    const uint32_t drawn = visit_look_back();

    return wanted > VISIT_ANSWER_DAYS || drawn > kept ||
                   kept < VISIT_ANSWER_DAYS
               ? kept
               : drawn;
}

static void
note_stale(struct visit *v)
{
    v->stale = any_up(v);
    for (size_t i = 0; i < v->w.n_relays; i++) {
        v->stale = v->stale && (!v->w.relays[i].up || !v->at[i].fresh);
    }
}

enum rc
visit_run(struct visit *v, const struct visit_job *job, const char **problem)
{
    enum rc chosen, rc;
    uint32_t days;

    plan_wipe(v);
    memset(v->at, 0, sizeof v->at);
    v->forged = v->stale = v->rung = false;
    if ((rc = visit_refresh(v, problem)) != RC_OK) {
        return rc;
    }
    if (job->begin != NULL && (rc = job->begin(v, job->arg)) != RC_OK) {
        return rc;
    }
    days = days_of(v, job->days);
    for (size_t i = 0; i < v->w.n_relays; i++) {
        v->of[i] = v->w.relays[i].up ? &v->places[v->w.relays[i].via]
                                     : &v->places[NETWORK_VIAS + i];
        place_init(v->of[i], v, i, job, days);
    }
    run_all(v, job, place_boards, true);
    note_stale(v);
    if (!any_up(v)) {
        return v->forged ? RC_FORGED : RC_IO;
    }
    if ((rc = choose(v, job, &chosen)) != RC_OK) {
        return rc;
    }
    v->rung = true;
    run_all(v, job, place_ringing, false);
    take_results(v);
    v->visits++;
    return chosen == RC_OK && !any_up(v) ? (v->forged ? RC_FORGED : RC_IO)
                                         : chosen;
}
