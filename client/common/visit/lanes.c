/* SPDX-License-Identifier: ISC */
#include "lanes.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"

/* Again where the line broke or the relay is busy, after a pause. */
static enum rc
fetch(struct lanes *l, struct net *net, const char *path, size_t max,
      uint8_t **out, size_t *len)
{
    enum rc rc = RC_IO;

    for (int i = 0; i < LANES_TRIES && (rc == RC_IO || rc == RC_AGAIN); i++) {
        if (i > 0 && !pause_ms(i * VISIT_AGAIN_MS, l->opt->stop)) {
            break;
        }
        rc = net_get(net, l->circuit, l->url, path, max, out, len);
    }
    return rc;
}

/* The next file that nobody has; false: there is none. With the lock. */
static bool
next(struct lanes *l, size_t *i)
{
    while (!l->end && l->begun < l->n && l->begun >= l->taken + LANES_AHEAD) {
        (void)pthread_cond_wait(&l->changed, &l->mutex);
    }
    *i = l->begun;
    return !l->end && l->begun++ < l->n;
}

static void
note(struct lanes *l, size_t i, const struct lanes_result *r, const char *error)
{
    l->results[i] = *r;
    l->results[i].done = true;
    if (r->rc == RC_IO && l->error[0] == 0) {
        (void)snprintf(l->error, sizeof l->error, "%s", error);
    }
    (void)pthread_cond_broadcast(&l->changed);
}

static void *
lane(void *arg)
{
    struct lanes *l = arg;
    struct net *net = NULL;
    enum rc made = net_new(&net, l->opt);
    size_t i;

    (void)pthread_mutex_lock(&l->mutex);
    while (next(l, &i)) {
        struct lanes_result r = {.rc = made};

        (void)pthread_mutex_unlock(&l->mutex);
        if (made == RC_OK) {
            r.rc = fetch(l, net, l->files[i].path, l->files[i].max, &r.bytes,
                         &r.len);
        }
        (void)pthread_mutex_lock(&l->mutex);
        note(l, i, &r, made == RC_OK ? net_error(net) : rc_text(made));
    }
    (void)pthread_mutex_unlock(&l->mutex);
    net_free(net);
    return NULL;
}

enum rc
lanes_start(struct lanes *l)
{
    sigset_t all, before;

    (void)pthread_mutex_init(&l->mutex, NULL);
    (void)pthread_cond_init(&l->changed, NULL);
    l->results = calloc(l->n + 1, sizeof *l->results);
    if (l->results == NULL) {
        return RC_NOMEM;
    }
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (l->started < LANES && l->started < l->n &&
           pthread_create(&l->threads[l->started], NULL, lane, l) == 0) {
        l->started++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return l->started > 0 || l->n == 0 ? RC_OK : RC_NOMEM;
}

/* One that is in no lane: a part of a file that was too large. */
static enum rc
get_rest(struct lanes *l, const char *path, size_t max, uint8_t **out,
         size_t *len)
{
    enum rc rc = l->rest == NULL ? net_new(&l->rest, l->opt) : RC_OK;

    if (rc == RC_OK) {
        rc = fetch(l, l->rest, path, max, out, len);
    }
    (void)pthread_mutex_lock(&l->mutex);
    if (rc == RC_IO && l->error[0] == 0) {
        (void)snprintf(l->error, sizeof l->error, "%s", net_error(l->rest));
    }
    (void)pthread_mutex_unlock(&l->mutex);
    return rc;
}

enum rc
lanes_get(const char *path, size_t max, uint8_t **out, size_t *len, void *arg)
{
    struct lanes *l = arg;
    struct lanes_result r;
    size_t i = l->taken;

    *out = NULL;
    *len = 0;
    while (i < l->n && strcmp(l->files[i].path, path) != 0) {
        i++;
    }
    if (i == l->n) {
        return get_rest(l, path, max, out, len);
    }
    (void)pthread_mutex_lock(&l->mutex);
    l->taken = i; /* what was passed over is not wanted */
    (void)pthread_cond_broadcast(&l->changed);
    while (!l->results[i].done) {
        (void)pthread_cond_wait(&l->changed, &l->mutex);
    }
    r = l->results[i];
    l->results[i].bytes = NULL;
    l->taken = i + 1;
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&l->mutex);
    *out = r.bytes;
    *len = r.len;
    return r.rc;
}

void
lanes_end(struct lanes *l)
{
    (void)pthread_mutex_lock(&l->mutex);
    l->end = true;
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&l->mutex);
    for (size_t i = 0; i < l->started; i++) {
        (void)pthread_join(l->threads[i], NULL);
    }
    for (size_t i = 0; l->results != NULL && i < l->n; i++) {
        free(l->results[i].bytes);
    }
    free(l->results);
    net_free(l->rest);
    (void)pthread_cond_destroy(&l->changed);
    (void)pthread_mutex_destroy(&l->mutex);
}
