/* SPDX-License-Identifier: ISC */
#include "conn.h"

#include "clock.h"
#include "exchange.h"
#include "group.h"
#include "peer.h"
#include "plain.h"
#include "proxy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define PROGRESS   65536  /* bytes taken that earn another request-timeout */
#define LINGER_MS  2000   /* after a refusal, for the peer to read it */
#define LINGER_MAX 262144 /* bytes read over meanwhile */
#define ROOM_IDLE_MS 1000 /* then others may have its place */
#define TURN_MAX   16     /* requests before others get their turn */

enum state {
    CONN_HANDSHAKE,
    CONN_PROXY,  /* tor's line comes first */
    CONN_HEAD,   /* a request's head, or nothing yet */
    CONN_BODY,   /* the cell */
    CONN_OWED,   /* the store thread has the operation */
    CONN_SEND,   /* an answer goes out */
    CONN_LINGER, /* refused: reading over what still comes */
};

struct conn {
    struct conn *prev, *next;
    struct worker *worker;
    struct peer peer;
    struct event event;
    short armed; /* EV_READ, EV_WRITE or 0 */
    enum state state;
    bool proxy;
    bool close;       /* after this answer */
    bool linger;      /* the peer may still be sending then */
    int64_t since;    /* milliseconds: what it waits for began, or moved on */
    int64_t deadline;
    struct quota_count *count;
    struct buffer *in; /* NULL: nothing has come */
    size_t in_len;
    struct http_parser parser;
    struct buffer *out; /* NULL: nothing goes out */
    const uint8_t *send;
    size_t send_left;
    bool body_next; /* plain.bytes go out after the head */
    struct plain plain;
    size_t lingered;
    size_t progress; /* bytes sent since the deadline was set */
    struct op op;
};

enum step {
    STEP_ON,   /* look again */
    STEP_WAIT, /* for an event or the store thread */
    STEP_CLOSE
};

static void on_event(evutil_socket_t fd, short what, void *arg);

static const struct config *
config_of(const struct conn *c)
{
    return c->worker->relay->config;
}

static void
wait_at_most(struct conn *c, uint32_t seconds)
{
    c->since = clock_mono_ms();
    c->deadline = c->since + (int64_t)seconds * 1000;
}

static void
disarm(struct conn *c)
{
    if (c->armed != 0) {
        (void)event_del(&c->event);
        c->armed = 0;
    }
}

/* Waits for what; an event that is there already is left alone. */
static enum step
arm(struct conn *c, short what)
{
    if (c->armed == what) {
        return STEP_WAIT;
    }
    disarm(c);
    if (event_assign(&c->event, c->worker->base, c->peer.fd,
                     (short)(what | EV_PERSIST), on_event, c) != 0 ||
        event_add(&c->event, NULL) != 0) {
        return STEP_CLOSE;
    }
    c->armed = what;
    return STEP_WAIT;
}

static enum step
wait_for(struct conn *c, enum peer_result want)
{
    switch (want) {
    case PEER_WANT_READ:
        return arm(c, EV_READ);
    case PEER_WANT_WRITE:
        return arm(c, EV_WRITE);
    case PEER_DONE:
        return STEP_ON;
    case PEER_END:
        break;
    }
    return STEP_CLOSE;
}

static void
drop_in(struct conn *c)
{
    if (c->in != NULL) {
        worker_buffer_free(c->worker, c->in);
        c->in = NULL;
    }
    c->in_len = 0;
}

static void
drop_out(struct conn *c)
{
    if (c->out != NULL) {
        worker_buffer_free(c->worker, c->out);
        c->out = NULL;
    }
    plain_wipe(&c->plain);
    c->send = NULL;
    c->send_left = 0;
    c->body_next = false;
}

static void
conn_close(struct conn *c)
{
    struct worker *w = c->worker;

    assert(c->state != CONN_OWED);
    disarm(c);
    drop_in(c);
    drop_out(c);
    peer_close(&c->peer);
    quota_leave(w->relay->quota, c->count);
    if (c->prev != NULL) {
        c->prev->next = c->next;
    } else {
        w->conns = c->next;
    }
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    (void)atomic_fetch_sub(&w->relay->connections, 1);
    sodium_memzero(c, sizeof *c);
    free(c);
}

/* More of the request. */
static enum step
fill(struct conn *c)
{
    enum peer_result r;
    size_t n;

    if (c->in == NULL && (c->in = worker_buffer(c->worker)) == NULL) {
        return STEP_CLOSE;
    }
    assert(c->in_len < BUFFER_LEN);
    r = peer_read(&c->peer, c->in->bytes + c->in_len, BUFFER_LEN - c->in_len,
                  &n);
    if (r != PEER_DONE) {
        if (c->in_len == 0) {
            drop_in(c);
        }
        return wait_for(c, r);
    }
    if (c->in_len == 0) { /* from its first byte on, a request has this long */
        wait_at_most(c, config_of(c)->request_timeout);
    }
    c->in_len += n;
    return STEP_ON;
}

/* Bytes at the front of the input have been dealt with. */
static void
consume(struct conn *c, size_t n)
{
    assert(n <= c->in_len);
    c->in_len -= n;
    if (c->in_len == 0) {
        drop_in(c);
    } else {
        memmove(c->in->bytes, c->in->bytes + n, c->in_len);
        sodium_memzero(c->in->bytes + c->in_len, n);
    }
}

static enum step
send_begin(struct conn *c, const uint8_t *bytes, size_t len)
{
    c->state = CONN_SEND;
    c->send = bytes;
    c->send_left = len;
    c->progress = 0;
    wait_at_most(c, config_of(c)->request_timeout);
    return STEP_ON;
}

/* The head of an answer; a short body after it. */
static enum step
reply(struct conn *c, unsigned status, unsigned flags, uint64_t length,
      const char *text)
{
    size_t n, text_len = text != NULL ? strlen(text) : 0;

    if (c->out == NULL && (c->out = worker_buffer(c->worker)) == NULL) {
        return STEP_CLOSE;
    }
    if (atomic_load(&c->worker->relay->stopping)) {
        c->close = true;
    }
    n = http_answer((char *)c->out->bytes, status, length,
                    flags | (c->close ? HTTP_CLOSE : 0));
    if (text_len > 0) {
        memcpy(c->out->bytes + n, text, text_len);
    }
    return send_begin(c, c->out->bytes, n + text_len);
}

/* Says no. close: what follows can't be understood. */
static enum step
refuse(struct conn *c, unsigned status, unsigned flags, bool close)
{
    const char *text = http_text(status);

    c->close = c->close || close;
    c->linger = c->linger || close;
    return reply(c, status, flags, strlen(text), text);
}

/* The answer cell stands in the out buffer, behind room for its head. */
static enum step
reply_cell(struct conn *c)
{
    char head[HTTP_ANSWER_MAX];
    uint8_t *cell = c->out->bytes + HTTP_ANSWER_MAX;
    size_t n;

    if (atomic_load(&c->worker->relay->stopping)) {
        c->close = true;
    }
    n = http_answer(head, 200, CELL_LEN,
                    HTTP_BYTES | (c->close ? HTTP_CLOSE : 0));
    memcpy(cell - n, head, n);
    return send_begin(c, cell - n, n + CELL_LEN);
}

/* An operation is done, or was never begun. */
static enum step
reply_op(struct conn *c)
{
    c->state = CONN_SEND;
    exchange_settle(&c->op, c->worker->relay->quota, c->count);
    if ((c->out = worker_buffer(c->worker)) == NULL) {
        exchange_wipe(&c->op);
        return STEP_CLOSE;
    }
    exchange_answer(&c->op, c->out->bytes + HTTP_ANSWER_MAX);
    exchange_wipe(&c->op);
    return reply_cell(c);
}

static void
on_op_done(struct op *op)
{
    struct conn *c =
        (struct conn *)(void *)((char *)op - offsetof(struct conn, op));

    worker_op_done(c->worker, op);
}

/* A whole request cell is here. */
static enum step
take_exchange(struct conn *c)
{
    struct relay *r = c->worker->relay;
    const uint8_t *cell = c->in->bytes + c->parser.head_len;
    struct served *served = relay_served(r);
    const struct exchange_env env = {.store = r->store,
                                     .served = served,
                                     .relay_id = r->id,
                                     .quota = r->quota,
                                     .count = c->count,
                                     .now = relay_now(r),
                                     .put_effort = r->config->put_effort,
                                     .scratch = c->worker->scratch};
    enum exchange next;

    if ((c->out = worker_buffer(c->worker)) == NULL) {
        served_release(served);
        return STEP_CLOSE;
    }
    next = exchange_take(&c->op, c->out->bytes + HTTP_ANSWER_MAX, cell, &env);
    served_release(served);
    switch (next) {
    case EXCHANGE_REFUSE:
        return refuse(c, 400, 0, false);
    case EXCHANGE_FAULT:
        relay_say_fault(r);
        return reply_cell(c);
    case EXCHANGE_ANSWER:
        return reply_cell(c);
    case EXCHANGE_QUEUE:
        break;
    }
    drop_out(c);
    c->op.done = on_op_done;
    c->state = CONN_OWED;
    if (group_push(r->group, &c->op)) {
        return STEP_WAIT;
    }
    exchange_again(&c->op);
    return reply_op(c);
}

static enum step
take_plain(struct conn *c, const struct route *route)
{
    struct plain *p = &c->plain;
    enum step step;

    plain_get(p, c->worker->relay, route, relay_now(c->worker->relay));
    step = reply(c, p->status, p->flags, p->length, NULL);
    c->body_next = p->bytes != NULL;
    return step;
}

/* A request's head is complete. */
static enum step
take_head(struct conn *c)
{
    const struct http_parser *p = &c->parser;
    struct route route = route_parse(c->in->bytes + p->target, p->target_len);
    bool body = p->method == HTTP_OTHER || p->length > 0;

    c->close = p->close;
    if (route.kind == ROUTE_NONE) {
        return refuse(c, 404, 0, body);
    }
    if (route.kind == ROUTE_EXCHANGE) {
        if (p->method != HTTP_POST) {
            return refuse(c, 405, HTTP_ALLOW_POST, body);
        }
        if (!p->has_length) {
            return refuse(c, 411, 0, true);
        }
        if (p->length != CELL_LEN) {
            return refuse(c, p->length > CELL_LEN ? 413 : 400, 0, true);
        }
        c->state = CONN_BODY;
        return STEP_ON;
    }
    if (p->method != HTTP_GET) {
        return refuse(c, 405, HTTP_ALLOW_GET, body);
    }
    if (p->length > 0) {
        return refuse(c, 400, 0, true);
    }
    return take_plain(c, &route);
}

static enum step
step_handshake(struct conn *c)
{
    enum peer_result r = peer_handshake(&c->peer);

    if (r == PEER_DONE) {
        c->state = c->proxy ? CONN_PROXY : CONN_HEAD;
    }
    return wait_for(c, r);
}

static enum step
step_proxy(struct conn *c)
{
    uint32_t circuit;
    size_t used;

    switch (proxy_parse(&circuit, &used, c->in != NULL ? c->in->bytes : NULL,
                        c->in_len)) {
    case RC_OK:
        if (quota_join(&c->count, c->worker->relay->quota, &circuit) != RC_OK) {
            return refuse(c, 503, 0, true);
        }
        consume(c, used);
        c->state = CONN_HEAD;
        return STEP_ON;
    case RC_TRUNCATED:
        return fill(c);
    default:
        return STEP_CLOSE;
    }
}

static enum step
step_head(struct conn *c)
{
    if (c->in_len > 0) {
        switch (http_parse(&c->parser, c->in->bytes, c->in_len)) {
        case RC_OK:
            return take_head(c);
        case RC_TRUNCATED:
            break;
        default:
            return refuse(c, c->parser.refuse, 0, true);
        }
    }
    return fill(c);
}

static enum step
step_body(struct conn *c)
{
    if (c->in_len - c->parser.head_len >= CELL_LEN) {
        return take_exchange(c);
    }
    return fill(c);
}

/* An answer is out: the next request, or the end. */
static enum step
answered(struct conn *c)
{
    drop_out(c);
    if (c->close || atomic_load(&c->worker->relay->stopping)) {
        peer_finish(&c->peer);
        drop_in(c);
        if (!c->linger) {
            return STEP_CLOSE;
        }
        c->state = CONN_LINGER;
        c->deadline = clock_mono_ms() + LINGER_MS;
        return STEP_ON;
    }
    consume(c, c->parser.head_len + (size_t)c->parser.length);
    memset(&c->parser, 0, sizeof c->parser);
    c->state = CONN_HEAD;
    if (c->in_len > 0) {
        wait_at_most(c, config_of(c)->request_timeout);
        return STEP_ON;
    }
    wait_at_most(c, config_of(c)->idle_timeout);
    /* In TLS bytes may have come that no event will tell of. */
    return c->peer.ssl != NULL ? STEP_ON : arm(c, EV_READ);
}

/* What goes out next; false when that was all. */
static bool
send_more(struct conn *c)
{
    struct plain *p = &c->plain;
    const uint8_t *pages;
    size_t n;

    if (c->body_next) {
        c->body_next = false;
        (void)send_begin(c, p->bytes, (size_t)p->length);
        return true;
    }
    if (!p->span || p->left == 0) {
        return false;
    }
    c->send_left = 0;
    if (plain_more(p, c->worker->relay->store, &pages, &n) == RC_OK) {
        (void)send_begin(c, pages, n);
        return true;
    }
    c->close = true; /* cut off: the client sees that bytes are missing */
    return false;
}

static enum step
step_send(struct conn *c)
{
    while (c->send_left > 0) {
        size_t n;
        enum peer_result r = peer_write(&c->peer, c->send, c->send_left, &n);

        if (r != PEER_DONE) {
            return wait_for(c, r);
        }
        c->send += n;
        c->send_left -= n;
        c->progress += n;
        if (c->progress >= PROGRESS) {
            c->progress = 0;
            wait_at_most(c, config_of(c)->request_timeout);
        }
    }
    return send_more(c) ? STEP_ON : answered(c);
}

static enum step
step_linger(struct conn *c)
{
    enum peer_result r;
    size_t n;

    r = peer_read(&c->peer, c->worker->scratch, sizeof c->worker->scratch, &n);
    sodium_memzero(c->worker->scratch, n);
    c->lingered += n;
    return c->lingered > LINGER_MAX ? STEP_CLOSE : wait_for(c, r);
}

static enum step
step(struct conn *c)
{
    switch (c->state) {
    case CONN_HANDSHAKE:
        return step_handshake(c);
    case CONN_PROXY:
        return step_proxy(c);
    case CONN_HEAD:
        return step_head(c);
    case CONN_BODY:
        return step_body(c);
    case CONN_SEND:
        return step_send(c);
    case CONN_LINGER:
        return step_linger(c);
    case CONN_OWED:
        break;
    }
    return STEP_WAIT;
}

static void
conn_run(struct conn *c)
{
    unsigned answers = 0;

    for (;;) {
        enum state before = c->state;

        switch (step(c)) {
        case STEP_CLOSE:
            conn_close(c);
            return;
        case STEP_WAIT:
            return;
        case STEP_ON:
            break;
        }
        if (before == CONN_SEND && c->state != CONN_SEND &&
            ++answers == TURN_MAX) {
            if (arm(c, EV_READ) == STEP_CLOSE) {
                conn_close(c);
            } else {
                event_active(&c->event, EV_READ, 1);
            }
            return;
        }
    }
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;

    (void)fd;
    (void)what;
    if (c->state == CONN_OWED) {
        disarm(c); /* the next request, or a hang-up: seen when it is time */
        return;
    }
    conn_run(c);
}

void
conn_op_done(struct op *op)
{
    struct conn *c =
        (struct conn *)(void *)((char *)op - offsetof(struct conn, op));

    assert(c->state == CONN_OWED);
    if (reply_op(c) == STEP_CLOSE) {
        conn_close(c);
    } else {
        conn_run(c);
    }
}

void
conn_new(struct worker *w, int fd, const struct listener *l)
{
    struct relay *r = w->relay;
    struct conn *c = calloc(1, sizeof *c);

    if (c == NULL ||
        peer_init(&c->peer, fd, l->kind == LISTEN_TLS ? r->tls : NULL) !=
            RC_OK) {
        (void)atomic_fetch_sub(&r->connections, 1);
        (void)evutil_closesocket(fd);
        free(c);
        return;
    }
    c->worker = w;
    c->proxy = l->proxy;
    c->state = l->kind == LISTEN_TLS ? CONN_HANDSHAKE
               : l->proxy            ? CONN_PROXY
                                     : CONN_HEAD;
    wait_at_most(c, config_of(c)->request_timeout);
    c->next = w->conns;
    if (w->conns != NULL) {
        w->conns->prev = c;
    }
    w->conns = c;
    if ((!l->proxy && quota_join(&c->count, r->quota, NULL) != RC_OK) ||
        arm(c, EV_READ) == STEP_CLOSE) {
        conn_close(c);
    }
}

static bool
is_idle(const struct conn *c)
{
    return c->in_len == 0 &&
           (c->state == CONN_HEAD || c->state == CONN_PROXY ||
            c->state == CONN_LINGER || c->state == CONN_HANDSHAKE);
}

void
conn_sweep(struct worker *w, int64_t now_ms)
{
    struct conn *c, *next;

    for (c = w->conns; c != NULL; c = next) {
        next = c->next;
        if (c->state != CONN_OWED &&
            (c->deadline <= now_ms ||
             (w->drain_end != 0 && (is_idle(c) || w->drain_end <= now_ms)))) {
            conn_close(c);
        }
    }
}

bool
conn_make_room(struct worker *w, int64_t now_ms)
{
    int64_t slow = (int64_t)w->relay->config->request_timeout * 1000 / 4;
    int64_t least = INT64_MAX;
    struct conn *go = NULL;

    for (struct conn *c = w->conns; c != NULL; c = c->next) {
        bool idle = is_idle(c);
        int64_t rank = idle ? c->since - INT64_MAX / 2 : c->since;

        if (c->state != CONN_OWED && rank < least &&
            now_ms - c->since >= (idle ? ROOM_IDLE_MS : slow)) {
            least = rank;
            go = c;
        }
    }
    if (go != NULL) {
        conn_close(go);
    }
    return go != NULL;
}

void
conn_close_all(struct worker *w)
{
    while (w->conns != NULL) {
        conn_close(w->conns);
    }
}
