/* SPDX-License-Identifier: ISC */
#include "worker.h"

#include "clock.h"
#include "conn.h"
#include "exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#define SWEEP_MS   250
#define DRAIN_MS   10000
#define ACCEPT_MAX 16 /* before other connections get their turn */

struct buffer *
worker_buffer(struct worker *w)
{
    struct buffer *b = w->buffers;

    if (b == NULL) {
        return calloc(1, sizeof *b);
    }
    w->buffers = b->next;
    w->n_buffers--;
    b->next = NULL;
    return b;
}

void
worker_buffer_free(struct worker *w, struct buffer *b)
{
    sodium_memzero(b, sizeof *b);
    if (w->n_buffers >= BUFFERS_KEPT) {
        free(b);
        return;
    }
    b->next = w->buffers;
    w->buffers = b;
    w->n_buffers++;
}

static void
wake(struct worker *w)
{
    const uint64_t one = 1;

    (void)!write(w->wake, &one, sizeof one);
}

void
worker_op_done(struct worker *w, struct op *op)
{
    bool first;

    (void)pthread_mutex_lock(&w->lock);
    first = w->done == NULL;
    op->next = NULL;
    *w->done_last = op;
    w->done_last = &op->next;
    (void)pthread_mutex_unlock(&w->lock);
    if (first) {
        wake(w);
    }
}

/* Too many connections: says so if that goes at once, and closes. */
static void
turn_away(int fd, const struct listener *l)
{
    char head[HTTP_ANSWER_MAX], waste[1024];
    const char *text = http_text(503);

    if (l->kind != LISTEN_TLS) {
        size_t n = http_answer(head, 503, strlen(text), HTTP_CLOSE);

        (void)!recv(fd, waste, sizeof waste, MSG_DONTWAIT);
        sodium_memzero(waste, sizeof waste);
        (void)send(fd, head, n, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE);
        (void)send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)shutdown(fd, SHUT_WR);
    }
    (void)close(fd);
}

static void
pause_accepting(struct worker *w)
{
    for (size_t i = 0; i < w->n_listeners; i++) {
        if (w->listeners[i].event != NULL) {
            (void)event_del(w->listeners[i].event);
        }
    }
    w->paused = true;
}

static void
on_accept(evutil_socket_t listen_fd, short what, void *arg)
{
    struct worker_listener *wl = arg;
    struct worker *w = wl->worker;
    struct relay *r = w->relay;
    /* Unix sockets are shared: one each, so that they go round. */
    int turns = wl->listener->worker == LISTEN_ALL ? 1 : ACCEPT_MAX;

    (void)what;
    for (int i = 0; i < turns; i++) {
        /* The peer's address is not even asked for. */
        int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                errno == ENOMEM) {
                pause_accepting(w);
            }
            return;
        }
        if (atomic_fetch_add(&r->connections, 1) >= r->config->connections &&
            !conn_make_room(w, clock_mono_ms())) {
            (void)atomic_fetch_sub(&r->connections, 1);
            turn_away(fd, wl->listener);
        } else {
            conn_new(w, fd, wl->listener);
        }
    }
}

static void
stop_listening(struct worker *w)
{
    for (size_t i = 0; i < w->n_listeners; i++) {
        if (w->listeners[i].event != NULL) {
            event_free(w->listeners[i].event);
            w->listeners[i].event = NULL;
            /* Who comes now is refused at once, and tries another relay. */
            (void)shutdown(w->listeners[i].listener->fd, SHUT_RDWR);
        }
    }
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
    struct worker *w = arg;

    (void)fd;
    (void)what;
    if (atomic_load(&w->relay->stopping) && w->drain_end == 0) {
        stop_listening(w);
        w->drain_end = clock_mono_ms() + DRAIN_MS;
    }
    if (w->paused && w->drain_end == 0) {
        w->paused = false;
        for (size_t i = 0; i < w->n_listeners; i++) {
            if (w->listeners[i].event != NULL) {
                (void)event_add(w->listeners[i].event, NULL);
            }
        }
    }
    conn_sweep(w, clock_mono_ms());
    if (w->drain_end != 0 && w->conns == NULL) {
        (void)event_base_loopexit(w->base, NULL);
    }
}

static void
on_woken(evutil_socket_t fd, short what, void *arg)
{
    struct worker *w = arg;
    struct op *op, *next;
    uint64_t n;

    (void)what;
    (void)!read(fd, &n, sizeof n);
    (void)pthread_mutex_lock(&w->lock);
    op = w->done;
    w->done = NULL;
    w->done_last = &w->done;
    (void)pthread_mutex_unlock(&w->lock);
    for (; op != NULL; op = next) {
        next = op->next;
        conn_op_done(op);
    }
    if (atomic_load(&w->relay->stopping)) {
        on_sweep(-1, 0, w);
    }
}

static void *
worker_main(void *arg)
{
    struct worker *w = arg;

    (void)event_base_dispatch(w->base);
    conn_close_all(w);
    return NULL;
}

static void
worker_free(struct worker *w)
{
    stop_listening(w);
    free(w->listeners);
    if (w->sweep != NULL) {
        event_free(w->sweep);
    }
    if (w->woken != NULL) {
        event_free(w->woken);
    }
    if (w->base != NULL) {
        event_base_free(w->base);
    }
    while (w->buffers != NULL) {
        struct buffer *b = w->buffers;

        w->buffers = b->next;
        free(b);
    }
    if (w->wake >= 0) {
        (void)close(w->wake);
    }
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

static enum rc
add_listeners(struct worker *w, unsigned index, struct listener *listeners,
              size_t n)
{
    w->listeners = calloc(n, sizeof *w->listeners);
    if (w->listeners == NULL) {
        return RC_NOMEM;
    }
    w->n_listeners = n;
    for (size_t i = 0; i < n; i++) {
        struct worker_listener *wl = &w->listeners[i];

        if (listeners[i].worker != LISTEN_ALL && listeners[i].worker != index) {
            continue;
        }
        wl->worker = w;
        wl->listener = &listeners[i];
        wl->event = event_new(w->base, listeners[i].fd, EV_READ | EV_PERSIST,
                              on_accept, wl);
        if (wl->event == NULL || event_add(wl->event, NULL) != 0) {
            return RC_NOMEM;
        }
    }
    return RC_OK;
}

enum rc
worker_start(struct worker **out, struct relay *r, unsigned index,
             struct listener *listeners, size_t n)
{
    const struct timeval every = {0, SWEEP_MS * 1000};
    struct worker *w = calloc(1, sizeof *w);

    *out = NULL;
    if (w == NULL) {
        return RC_NOMEM;
    }
    w->relay = r;
    w->done_last = &w->done;
    w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (pthread_mutex_init(&w->lock, NULL) != 0 || w->wake < 0 ||
        (w->base = event_base_new()) == NULL ||
        (w->sweep = event_new(w->base, -1, EV_PERSIST, on_sweep, w)) == NULL ||
        (w->woken = event_new(w->base, w->wake, EV_READ | EV_PERSIST, on_woken,
                              w)) == NULL ||
        event_add(w->sweep, &every) != 0 || event_add(w->woken, NULL) != 0 ||
        add_listeners(w, index, listeners, n) != RC_OK ||
        pthread_create(&w->thread, NULL, worker_main, w) != 0) {
        worker_free(w);
        return RC_NOMEM;
    }
    w->running = true;
    *out = w;
    return RC_OK;
}

void
worker_drain(struct worker *w)
{
    wake(w); /* relay->stopping is set */
}

void
worker_join(struct worker *w)
{
    if (w == NULL) {
        return;
    }
    if (w->running) {
        (void)pthread_join(w->thread, NULL);
    }
    worker_free(w);
}
