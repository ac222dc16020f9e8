/* SPDX-License-Identifier: ISC */
#include "desklock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* None of these can fail but by a mistake of ours. */
static void
must(int error)
{
    if (error != 0) {
        abort();
    }
}

enum rc
desklock_init(struct desklock *l)
{
    pthread_condattr_t attr;

    memset(l, 0, sizeof *l);
    if (pthread_condattr_init(&attr) != 0) {
        return RC_NOMEM;
    }
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
    must(pthread_mutex_init(&l->m, NULL));
    must(pthread_cond_init(&l->turn, NULL));
    must(pthread_cond_init(&l->wake, &attr));
    must(pthread_condattr_destroy(&attr));
    l->used = true;
    return RC_OK;
}

void
desklock_free(struct desklock *l)
{
    if (l->used) {
        must(pthread_cond_destroy(&l->turn));
        must(pthread_cond_destroy(&l->wake));
        must(pthread_mutex_destroy(&l->m));
    }
    memset(l, 0, sizeof *l);
}

/* With m held. */
static void
queue_up(struct desklock *l)
{
    uint64_t ticket = l->next++;

    while (ticket != l->serving) {
        must(pthread_cond_wait(&l->turn, &l->m));
    }
}

static void
let_next(struct desklock *l)
{
    l->serving++;
    must(pthread_cond_broadcast(&l->turn));
}

void
desklock_take(struct desklock *l)
{
    if (l->used) {
        must(pthread_mutex_lock(&l->m));
        queue_up(l);
        must(pthread_mutex_unlock(&l->m));
    }
}

void
desklock_give(struct desklock *l)
{
    if (l->used) {
        must(pthread_mutex_lock(&l->m));
        let_next(l);
        must(pthread_mutex_unlock(&l->m));
    }
}

void
desklock_sleep(struct desklock *l, int64_t until_ms)
{
    struct timespec ts = {.tv_sec = until_ms / 1000,
                          .tv_nsec = (until_ms % 1000) * 1000000};

    if (l->used) {
        must(pthread_mutex_lock(&l->m));
        let_next(l);
        (void)pthread_cond_timedwait(&l->wake, &l->m, &ts);
        queue_up(l);
        must(pthread_mutex_unlock(&l->m));
    }
}

void
desklock_wake(struct desklock *l)
{
    if (l->used) {
        must(pthread_mutex_lock(&l->m));
        must(pthread_cond_broadcast(&l->wake));
        must(pthread_mutex_unlock(&l->m));
    }
}
