/* SPDX-License-Identifier: ISC */
#include "control.h"

#include "clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#define ASKERS_MAX  8
#define ASK_SECONDS 5

struct asker {
    struct control *control;
    struct event *event;
    int fd;
    char line[CONTROL_LINE_MAX];
    size_t len;
};

struct control {
    struct relay *relay;
    struct event_base *base;
    struct event *event;
    int fd;
    struct asker *askers[ASKERS_MAX];
};

uint64_t
control_coarse(uint64_t n)
{
    uint64_t up = 1;

    if (n == 0) {
        return 0;
    }
    while (up < n && up < UINT64_MAX / 2) {
        up *= 2;
    }
    return up;
}

static unsigned
percent(uint64_t part, uint64_t of)
{
    return of == 0 ? 0 : (unsigned)((double)part * 100.0 / (double)of);
}

size_t
control_status(struct relay *r, char out[static CONTROL_ANSWER_MAX])
{
    struct served *s = relay_served(r);
    const struct directory *d = s->directory;
    static const char *const clocks[] = {[GUARD_RIGHT] = "right",
                                         [GUARD_BEHIND] = "behind",
                                         [GUARD_AHEAD] = "ahead"};
    char id[2 * RELAY_ID_LEN + 1];
    enum guard_clock clock;
    struct store_stats st;
    size_t len;

    store_stats(r->store, &st);
    (void)guard_time(&r->guard, clock_now(), &clock);
    (void)sodium_bin2hex(id, sizeof id, r->id, RELAY_ID_LEN);
    len = (size_t)snprintf(
        out, CONTROL_ANSWER_MAX,
        "relay %s\n"
        "running-since-day %" PRIu32 "\n"
        "clock %s\n"
        "directory-version %" PRIu64 "\n"
        "directory-expires-day %" PRIu32 "\n"
        "retention-days %" PRIu32 "\n"
        "organisations %zu\n"
        "connections-below %" PRIu64 "\n"
        "connections-max %" PRIu32 "\n"
        "boxes %" PRIu64 "\n"
        "boxes-used-percent %u\n"
        "tombstones-percent %u\n"
        "new-drops-live-days %" PRIu32 "\n"
        "entries-waiting-below %" PRIu64 "\n"
        "entries-lost %" PRIu64 "\n",
        id, r->started_day, clocks[clock], d->version, d->expires, d->retention,
        d->n_orgs, control_coarse((uint64_t)atomic_load(&r->connections) + 1),
        r->config->connections, st.boxes, percent(st.boxes_used, st.boxes),
        percent(st.tombstones, st.boxes), st.life_days,
        control_coarse(st.waiting + 1), st.lost);
    for (size_t i = 0; i < d->n_boards && len + 64 < CONTROL_ANSWER_MAX; i++) {
        uint64_t newest = 0;
        uint16_t slots;
        bool none =
            store_newest(r->store, d->boards[i].id, &newest, &slots) != RC_OK;

        len += (size_t)snprintf(out + len, CONTROL_ANSWER_MAX - len,
                                "board-%u-newest-page %" PRIu64 "\n",
                                d->boards[i].id, none ? 0 : newest);
    }
    served_release(s);
    return len;
}

static void
asker_free(struct asker *a)
{
    for (size_t i = 0; i < ASKERS_MAX; i++) {
        if (a->control->askers[i] == a) {
            a->control->askers[i] = NULL;
        }
    }
    if (a->event != NULL) {
        event_free(a->event);
    }
    (void)close(a->fd);
    free(a);
}

static void
on_line(evutil_socket_t fd, short what, void *arg)
{
    char answer[CONTROL_ANSWER_MAX];
    struct asker *a = arg;
    ssize_t n;

    if ((what & EV_TIMEOUT) == 0) {
        n = read(fd, a->line + a->len, sizeof a->line - a->len);
        if (n > 0) {
            enum rc rc;

            a->len += (size_t)n;
            rc = control_ask_parse(a->line, a->len);
            if (rc == RC_TRUNCATED) {
                return; /* the deadline stands */
            }
            if (rc == RC_OK) {
                size_t len = control_status(a->control->relay, answer);

                (void)send(fd, answer, len, MSG_NOSIGNAL);
            }
        }
    }
    asker_free(a);
}

static void
on_asker(evutil_socket_t fd, short what, void *arg)
{
    const struct timeval limit = {ASK_SECONDS, 0};
    struct control *c = arg;
    struct asker *a = NULL;
    int got = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    size_t i = 0;

    (void)what;
    if (got < 0) {
        return;
    }
    while (i < ASKERS_MAX && c->askers[i] != NULL) {
        i++;
    }
    if (i == ASKERS_MAX || (a = calloc(1, sizeof *a)) == NULL) {
        (void)close(got);
        return;
    }
    a->control = c;
    a->fd = got;
    c->askers[i] = a;
    a->event = event_new(c->base, got, EV_READ | EV_PERSIST, on_line, a);
    if (a->event == NULL || event_add(a->event, &limit) != 0) {
        asker_free(a);
    }
}

struct control *
control_new(struct relay *r, struct event_base *base, int fd)
{
    struct control *c = calloc(1, sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    c->relay = r;
    c->base = base;
    c->fd = fd;
    c->event = event_new(base, fd, EV_READ | EV_PERSIST, on_asker, c);
    if (c->event == NULL || event_add(c->event, NULL) != 0) {
        control_free(c);
        return NULL;
    }
    return c;
}

void
control_free(struct control *c)
{
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < ASKERS_MAX; i++) {
        if (c->askers[i] != NULL) {
            asker_free(c->askers[i]);
        }
    }
    if (c->event != NULL) {
        event_free(c->event);
    }
    (void)close(c->fd);
    free(c);
}
