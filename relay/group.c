/* SPDX-License-Identifier: ISC */
#include "group.h"

#include "clock.h"
#include "health.h"
#include "log.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How long the clock is not looked at: ticks are whole seconds, and a clock
 * that is set must be noticed. */
#define LOOK_MS 100
/* After a group whose commit took long, its writers are given a moment to come
 * back, so that groups don't alternate between few and many. */
#define GATHER_SHARE  8
#define GATHER_MAX_MS 5

struct group {
    struct relay *relay;
    pthread_t thread;
    pthread_mutex_t lock;
    struct op *first, **last; /* what waits */
    uint32_t waiting;
    bool stop;
    bool reload;
    int wake; /* eventfd */
    /* The thread's own: */
    uint32_t day;           /* last day that was looked through for expiry */
    struct health health;
    enum guard_clock clock; /* that the log says */
    uint64_t lost;          /* waiting entries, the same */
    uint64_t *newest;       /* by board: the newest page number tried */
    uint32_t last_size;     /* of the last group, and how long it took */
    int64_t last_ms;
};

static struct op *
take_all(struct group *g, bool *stop, bool *load)
{
    struct op *list;

    (void)pthread_mutex_lock(&g->lock);
    list = g->first;
    g->first = NULL;
    g->last = &g->first;
    g->waiting = 0;
    *stop = g->stop;
    *load = g->reload;
    g->reload = false;
    (void)pthread_mutex_unlock(&g->lock);
    return list;
}

/* What became of a group that the clock began, or a client. */
static void
report(struct group *g, enum rc rc, bool clock)
{
    const char *more = store_error();
    enum health_say say = HEALTH_NOTHING;

    if (rc != RC_OK) {
        say = health_failed(&g->health, clock_day(clock_now()));
    } else if (clock) {
        say = health_worked(&g->health);
    }
    switch (say) {
    case HEALTH_FAILS:
        log_line("the store fails: %s; writers are told to try again later. "
                 "If that stays, look at the disk and restart the relay",
                 more != NULL && *more != 0 ? more : rc_text(rc));
        break;
    case HEALTH_WORKS:
        log_line("the store works again");
        break;
    case HEALTH_NOTHING:
        break;
    }
}

/* One line when the clock goes wrong, one when it is right again. */
static void
report_clock(struct group *g, enum guard_clock clock)
{
    if (clock == g->clock) {
        return;
    }
    switch (clock) {
    case GUARD_AHEAD:
        log_line("the clock says a day that is more than %d days ahead of the "
                 "last one: nothing is written, nothing expires, writers are "
                 "told to try again later. Set the clock; if it is right, stop "
                 "the relay and say so with tocsin-relayctl today",
                 GUARD_DAYS);
        break;
    case GUARD_BEHIND:
        log_line("the clock says a day that is over: no page is sealed until "
                 "it is right. Set the clock");
        break;
    case GUARD_RIGHT:
        log_line("the clock is right again");
        break;
    }
    g->clock = clock;
}

/* Entries that had been accepted, and that the disk did not keep. */
static void
report_lost(struct group *g)
{
    struct store_stats st;

    store_stats(g->relay->store, &st);
    if (st.lost > g->lost) {
        log_line("the disk has lost %llu entries that waited to be sealed: "
                 "replace it; who rang them sees that they are on no page, "
                 "and can ring again",
                 (unsigned long long)(st.lost - g->lost));
        g->lost = st.lost;
    }
}

/* By a clock that is not believed nothing is written. */
static void
put_off(struct op *list)
{
    struct op *next;

    for (; list != NULL; list = next) {
        next = list->next;
        list->next = NULL;
        exchange_again(list);
        list->done(list);
    }
}

/* Pages that are due: one group for those of all boards. */
static void
seal(struct group *g, int64_t now)
{
    struct served *served = relay_served(g->relay);
    const struct directory *d = served->directory;
    bool begun = false, sealed;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < d->n_boards; i++) {
        const struct board *b = &d->boards[i];
        uint64_t due = now > 0 ? (uint64_t)now / b->tick : 0;

        if (due <= g->newest[b->id]) {
            continue;
        }
        if (!begun && (rc = store_begin(g->relay->store)) != RC_OK) {
            break;
        }
        begun = true;
        rc =
            store_seal(g->relay->store, b->id, now, g->relay->page_sk, &sealed);
    }
    if (begun) {
        if (rc == RC_OK) {
            rc = store_commit(g->relay->store);
        } else {
            store_abort(g->relay->store);
        }
        for (size_t i = 0; rc == RC_OK && i < d->n_boards; i++) {
            uint64_t due = now > 0 ? (uint64_t)now / d->boards[i].tick : 0;

            if (due > g->newest[d->boards[i].id]) {
                g->newest[d->boards[i].id] = due;
            }
        }
    }
    if (begun || rc != RC_OK) {
        report(g, rc, true);
        report_lost(g);
    }
    served_release(served);
}

static void
expire(struct group *g, int64_t now)
{
    struct served *served;
    uint32_t day = clock_day(now);
    enum rc rc, more = RC_OK;

    if (day == g->day) {
        return;
    }
    if ((rc = store_begin(g->relay->store)) == RC_OK) {
        rc = more = store_expire(g->relay->store, now);
        if (rc == RC_OK || rc == RC_AGAIN) {
            rc = store_commit(g->relay->store);
        } else {
            store_abort(g->relay->store);
        }
    }
    report(g, rc, false);
    if (rc != RC_OK || more == RC_AGAIN) {
        return; /* the rest, next time */
    }
    g->day = day;
    served = relay_served(g->relay);
    if (served->directory->expires < day) {
        log_line("the directory has expired: clients refuse it; fetch a new "
                 "network file from the root signers");
    } else if (served->directory->expires < day + 7) {
        log_line("the directory expires within a week");
    }
    if (served->directory->issued > day + 1) {
        log_line("the directory is from the future: check the clock");
    }
    served_release(served);
}

/* All operations of a list as one group. */
static void
run(struct group *g, struct op *list, int64_t now)
{
    struct store *store = g->relay->store;
    struct served *before = relay_served(g->relay);
    struct served *served = served_hold(before);
    enum rc rc = store_begin(store);
    int64_t start = clock_mono_ms();
    struct op *op, *next;

    g->last_size = 0;
    if (rc == RC_OK) {
        for (op = list; op != NULL && rc == RC_OK; op = op->next) {
            rc = exchange_apply(op, store, &served, now);
        }
        if (rc == RC_OK) {
            rc = store_commit(store);
        } else {
            store_abort(store);
        }
    }
    report(g, rc, false);
    if (rc == RC_OK && served != before) {
        relay_serve(g->relay, served_hold(served));
    }
    served_release(served);
    served_release(before);
    g->last_ms = clock_mono_ms() - start;
    for (op = list; op != NULL; op = next) {
        g->last_size++;
        next = op->next;
        op->next = NULL;
        if (rc != RC_OK) {
            exchange_again(op);
        }
        op->done(op);
    }
}

static void
reload(struct group *g)
{
    struct served *s;
    const char *why;

    if (relay_bundle_load(&s, g->relay, &why) != RC_OK) {
        log_line("the new bundle is not taken, the old one stays: %s", why);
        return;
    }
    log_line("serving directory version %llu",
             (unsigned long long)s->directory->version);
    relay_say_left_out(s);
    relay_serve(g->relay, s);
}

static void
gather(const struct group *g, uint32_t waiting)
{
    int64_t ms = g->last_ms / GATHER_SHARE;

    if (waiting < g->last_size && ms > 0) {
        (void)poll(NULL, 0, (int)(ms < GATHER_MAX_MS ? ms : GATHER_MAX_MS));
    }
}

static void *
group_main(void *arg)
{
    struct group *g = arg;
    bool stop = false, load;

    while (!stop) {
        struct pollfd p = {.fd = g->wake, .events = POLLIN};
        struct op *list;
        uint32_t waiting;
        uint64_t n;
        enum guard_clock clock;
        int64_t now;

        if (poll(&p, 1, LOOK_MS) > 0) {
            (void)!read(g->wake, &n, sizeof n);
            (void)pthread_mutex_lock(&g->lock);
            waiting = g->waiting;
            (void)pthread_mutex_unlock(&g->lock);
            gather(g, waiting);
        }
        list = take_all(g, &stop, &load);
        if (load) {
            reload(g);
        }
        now = guard_pass(&g->relay->guard, clock_now(), &clock);
        report_clock(g, clock);
        if (clock == GUARD_AHEAD) {
            put_off(list);
            continue;
        }
        expire(g, now);
        seal(g, now);
        if (list != NULL) {
            run(g, list, now);
        }
    }
    return NULL;
}

enum rc
group_start(struct group **out, struct relay *r)
{
    struct group *g = calloc(1, sizeof *g);

    *out = NULL;
    if (g == NULL) {
        return RC_NOMEM;
    }
    g->relay = r;
    g->last = &g->first;
    g->newest = calloc(BOARDS_MAX, sizeof *g->newest);
    g->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (g->newest == NULL || g->wake < 0 ||
        pthread_mutex_init(&g->lock, NULL) != 0) {
        goto fail;
    }
    if (pthread_create(&g->thread, NULL, group_main, g) != 0) {
        (void)pthread_mutex_destroy(&g->lock);
        goto fail;
    }
    *out = g;
    return RC_OK;
fail:
    if (g->wake >= 0) {
        (void)close(g->wake);
    }
    free(g->newest);
    free(g);
    return RC_NOMEM;
}

static void
wake(struct group *g)
{
    const uint64_t one = 1;

    (void)!write(g->wake, &one, sizeof one);
}

bool
group_push(struct group *g, struct op *op)
{
    bool ok, first = false;

    (void)pthread_mutex_lock(&g->lock);
    ok = !g->stop && g->waiting < g->relay->config->queue;
    if (ok) {
        first = g->first == NULL;
        op->next = NULL;
        *g->last = op;
        g->last = &op->next;
        g->waiting++;
    }
    (void)pthread_mutex_unlock(&g->lock);
    if (first) {
        wake(g);
    }
    return ok;
}

void
group_reload(struct group *g)
{
    (void)pthread_mutex_lock(&g->lock);
    g->reload = true;
    (void)pthread_mutex_unlock(&g->lock);
    wake(g);
}

void
group_stop(struct group *g)
{
    if (g == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&g->lock);
    g->stop = true;
    (void)pthread_mutex_unlock(&g->lock);
    wake(g);
    (void)pthread_join(g->thread, NULL);
    (void)pthread_mutex_destroy(&g->lock);
    (void)close(g->wake);
    free(g->newest);
    free(g);
}
