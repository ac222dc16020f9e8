/* SPDX-License-Identifier: ISC */
/* The feeds: a thread for each board of each relay, so that one that hangs
 * keeps nobody from what stands at the others. See watch.h. */
#include "watch.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "clock.h"

#define CIRCUIT_MS (3600 * 1000)

atomic_bool watch_stop;

/* --- the list ------------------------------------------------------------ */

static void
feed_free(struct feed *f)
{
    if (f != NULL) {
        net_free(f->net);
        free(f->page);
        free(f);
    }
}

/* What stands in the directory about it, copied: a turn may outlast it. */
static void
describe(const struct watch *w, struct feed *f,
         const struct directory_relay *relay, const struct board *board)
{
    const struct network *n = &w->d->network;

    f->board = *board;
    f->retention = n->bundle->directory->retention;
    f->today = n->today;
    memcpy(f->pk, relay->pk, sizeof f->pk);
    (void)snprintf(f->url, sizeof f->url, "%s", relay->urls[0]);
    for (size_t i = 0; i < n->n_relays; i++) {
        if (n->relays[i].info == relay) {
            (void)snprintf(f->url, sizeof f->url, "%s", n->relays[i].url);
        }
    }
}

static struct feed *
feed_new(struct watch *w, const struct directory_relay *relay, uint8_t board)
{
    struct feed *f = calloc(1, sizeof *f);

    if (f == NULL || net_new(&f->net, &w->d->net_options) != RC_OK) {
        cli_error(_("can't prepare the connection: %s"), rc_text(RC_NOMEM));
        feed_free(f);
        return NULL;
    }
    f->watch = w;
    if (position_get(w->d->vault, &f->pos, relay->id, board) != RC_OK) {
        desk_alarm(w->d, _("the place up to which relay %s was read is "
                           "damaged: it is read anew"),
                   desk_short(relay->id).text);
        memset(&f->pos, 0, sizeof f->pos);
        memcpy(f->pos.relay, relay->id, 32);
        f->pos.board = board;
    }
    f->page_kept = newest_get(w->d->vault, &f->pos, &f->page, &f->page_len) ==
                   RC_OK;
    f->answered = clock_now();
    return f;
}

/* Takes it out of a list; NULL when it is not there. */
static struct feed *
take(struct feed **list, size_t n, const uint8_t *relay, uint8_t board)
{
    for (size_t i = 0; i < n; i++) {
        struct feed *f = list[i];

        if (f != NULL && f->pos.board == board &&
            memcmp(f->pos.relay, relay, 32) == 0) {
            list[i] = NULL;
            return f;
        }
    }
    return NULL;
}

static void
add_feed(struct watch *w, const struct directory_relay *relay,
         const struct board *board, struct feed **old, size_t n_old)
{
    struct feed *f;

    if (board == NULL) {
        return;
    }
    f = take(old, n_old, relay->id, board->id);
    if (f == NULL && (f = feed_new(w, relay, board->id)) == NULL) {
        return;
    }
    describe(w, f, relay, board);
    w->feeds[w->n_feeds++] = f;
}

/* Its thread may still wait for the relay: it ends when that answers. */
static void
retire(struct watch *w, struct feed *f)
{
    f->gone = true;
    if (!f->started) {
        feed_free(f);
        return;
    }
    f->next = w->retired;
    w->retired = f;
}

/* Those that have ended; all of them when waiting is in order. */
static void
bury(struct watch *w, bool wait)
{
    struct feed **at = &w->retired;

    while (*at != NULL) {
        struct feed *f = *at;

        if (!f->ended && !wait) {
            at = &f->next;
            continue;
        }
        desklock_give(&w->lock);
        (void)pthread_join(f->thread, NULL);
        desklock_take(&w->lock);
        *at = f->next;
        feed_free(f);
    }
}

void
feeds_build(struct watch *w)
{
    const struct directory *dir = w->d->network.bundle->directory;
    const struct board *answers[DIRECTORY_ANSWERS_MAX];
    struct feed *old[FEEDS_MAX];
    size_t n_old = w->n_feeds, n_answers;

    memcpy(old, w->feeds, sizeof old);
    w->n_feeds = 0;
    n_answers = directory_answers(dir, answers);
    w->answers = n_answers > 0 ? answers[n_answers - 1] : NULL;
    w->board = board_find(dir->boards, dir->n_boards, desk_board(w->d));
    for (size_t i = 0; i < dir->n_relays; i++) {
        add_feed(w, &dir->relays[i], w->board, old, n_old);
        for (size_t k = 0; k < n_answers; k++) {
            add_feed(w, &dir->relays[i], answers[k], old, n_old);
        }
    }
    for (size_t i = 0; i < n_old; i++) {
        if (old[i] != NULL) {
            retire(w, old[i]);
        }
    }
    desklock_wake(&w->lock);
    bury(w, false);
    if (w->started) {
        feeds_start(w);
    }
}

const struct feed *
feeds_of(const struct watch *w, const uint8_t *relay, uint8_t board)
{
    for (size_t i = 0; i < w->n_feeds; i++) {
        if (w->feeds[i]->pos.board == board &&
            memcmp(w->feeds[i]->pos.relay, relay, 32) == 0) {
            return w->feeds[i];
        }
    }
    return NULL;
}

bool
feeds_passed(const struct watch *w, const uint8_t *relay, uint8_t board,
             uint64_t page)
{
    const struct feed *f = feeds_of(w, relay, board);

    return f != NULL && f->pos.known && f->pos.last.number > page;
}

const struct net_circuit *
feeds_circuit(struct feed *f, int64_t now_ms)
{
    struct feed_circuit *c = &f->circuits[randombytes_uniform(FEED_CIRCUITS)];

    if (now_ms >= c->until_ms) {
        net_circuit_fresh(&c->circuit);
        c->until_ms = now_ms + CIRCUIT_MS / 2 +
                      (int64_t)(clocks_uniform() * (CIRCUIT_MS / 2));
    }
    return &c->circuit;
}

/* --- the threads --------------------------------------------------------- */

static void *
feed_main(void *arg)
{
    struct feed *f = arg;
    struct watch *w = f->watch;

    desklock_take(&w->lock);
    while (!watch_stop && !f->gone) {
        if (clock_mono_ms() < f->next_ms) {
            desklock_sleep(&w->lock, f->next_ms);
            continue;
        }
        feed_turn(w, f);
        watch_notify(w);
    }
    f->ended = true;
    desklock_give(&w->lock);
    return NULL;
}

/* Signals are for the first thread. */
void
feeds_start(struct watch *w)
{
    sigset_t all, before;

    w->started = true;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 0; i < w->n_feeds; i++) {
        struct feed *f = w->feeds[i];

        if (!f->started &&
            pthread_create(&f->thread, NULL, feed_main, f) == 0) {
            f->started = true;
        } else if (!f->started) {
            cli_error(_("can't start a thread for relay %s: it is tried "
                        "again"),
                      desk_short(f->pos.relay).text);
        }
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
feeds_stop(struct watch *w)
{
    for (size_t i = 0; i < w->n_feeds; i++) {
        retire(w, w->feeds[i]);
    }
    w->n_feeds = 0;
    desklock_wake(&w->lock);
    bury(w, true);
}
