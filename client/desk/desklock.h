/* SPDX-License-Identifier: ISC */
/*
 * One lock for all that watch has: who holds it may touch anything. It is
 * given away around whatever waits for a relay, so that nobody waits for one
 * relay but who asked it. First come, first served: a thread that reads
 * thousands of pages must not shut out the one that has a single new one.
 */
#ifndef DESKLOCK_H
#define DESKLOCK_H

#include "rc.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct desklock {
    pthread_mutex_t m;
    pthread_cond_t turn;   /* somebody else may have it now */
    pthread_cond_t wake;   /* who sleeps should look around */
    uint64_t next, serving; /* tickets */
    bool used; /* initialised; else all of this does nothing */
};

enum rc desklock_init(struct desklock *l) MUST_CHECK;
void desklock_free(struct desklock *l);
void desklock_take(struct desklock *l);
void desklock_give(struct desklock *l);
/* Sleep without it until a time of clock_mono_ms, or desklock_wake. Held
 * before and after. */
void desklock_sleep(struct desklock *l, int64_t until_ms);
void desklock_wake(struct desklock *l);

#endif
