/* SPDX-License-Identifier: ISC */
#include "reach.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "pause.h"

#define TURN_MS 20 /* between two looks at who has ended */

void
reach_first(struct reach_patience *p)
{
    const int64_t took = clock_mono_ms() - p->began_ms;
    const int64_t more = took * REACH_SLOW_MORE;

    if (p->limit_ms == 0) {
        p->limit_ms = more > REACH_SLOW_MS ? more : REACH_SLOW_MS;
    }
}

void
reach_init(struct reach *r, const struct directory_relay *info,
           const char *door, struct network_via *via)
{
    memset(r, 0, sizeof *r);
    r->via = via;
    memcpy(r->id, info->id, sizeof r->id);
    if (door != NULL) {
        (void)snprintf(r->urls[r->n_urls++], REACH_URL_MAX, "%s", door);
    }
    for (size_t i = 0; i < info->n_urls; i++) {
        (void)snprintf(r->urls[r->n_urls++], REACH_URL_MAX, "%s",
                       info->urls[i]);
    }
}

/* May this be tried a further time, after a pause? */
static bool
again(const struct network_via *via, unsigned tried, int64_t began, enum rc rc)
{
    return (rc == RC_IO || rc == RC_AGAIN) && tried < via->tries &&
           clock_mono_ms() - began <= REACH_PATIENCE_MS &&
           pause_ms((int64_t)tried * via->again_ms, via->stop);
}

enum rc
reach_get(struct network_via *via, const char *url, const char *path,
          size_t max, uint8_t **out, size_t *len)
{
    const int64_t began = clock_mono_ms();
    unsigned tried = 0;
    enum rc rc;

    do {
        rc = net_get(via->net, &via->circuit, url, path, max, out, len);
    } while (again(via, ++tried, began, rc));
    return rc;
}

/* By the first address that answers. */
static enum rc
get_status(struct reach *r, uint8_t **text, size_t *len)
{
    enum rc rc = RC_IO;

    for (size_t i = 0; rc == RC_IO && i < r->n_urls; i++) {
        r->url = i;
        rc = net_get(r->via->net, &r->via->circuit, r->urls[i], "/v1/status",
                     STATUS_MAX, text, len);
    }
    return rc;
}

static void *
reach(void *arg)
{
    const int64_t began = clock_mono_ms();
    struct reach *r = arg;
    uint8_t *text = NULL;
    unsigned tried = 0;
    size_t len = 0;

    do {
        r->rc = get_status(r, &text, &len);
    } while (again(r->via, ++tried, began, r->rc));
    if (r->rc != RC_OK) {
        (void)snprintf(r->error, sizeof r->error, "%s", net_error(r->via->net));
        r->rc = r->rc == RC_MISSING ? RC_FORMAT : r->rc;
    } else if ((r->status = calloc(1, sizeof *r->status)) == NULL) {
        r->rc = RC_NOMEM;
    } else {
        r->rc = status_parse(r->status, text, len);
    }
    free(text);
    atomic_store(&r->ended, true);
    return NULL;
}

void
reach_start(struct reach *r)
{
    sigset_t all, before;

    if (r->via->stop == NULL) {
        return; /* nobody could end it: it shares a net */
    }
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    r->started = pthread_create(&r->thread, NULL, reach, r) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
reach_wait(struct reach *r, const struct reach_patience *p)
{
    if (!r->started) {
        (void)reach(r);
        return;
    }
    while (!atomic_load(&r->ended)) {
        const bool over =
            p->limit_ms != 0 && clock_mono_ms() - p->began_ms >= p->limit_ms;

        if (over || (r->via->end != NULL && atomic_load(r->via->end))) {
            r->slow = over;
            atomic_store(r->via->stop, true);
            break;
        }
        (void)pause_ms(TURN_MS, NULL);
    }
    (void)pthread_join(r->thread, NULL);
    r->started = false;
    r->slow = r->slow && r->rc != RC_OK;
}

void
reach_free(struct reach *r)
{
    free(r->status);
    r->status = NULL;
}
