/* SPDX-License-Identifier: ISC */
#include "timeproof.h"

#include <sodium.h>

#include <stdlib.h>

#include "clock.h"
#include "desk.h"

#define STORE_SECONDS 3600
#define NAME "proved time"

static int
descending(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x < *y) - (*x > *y);
}

int64_t
timeproof_most(int64_t *times, size_t n)
{
    if (n == 0) {
        return 0;
    }
    qsort(times, n, sizeof *times, descending);
    return times[n / 2];
}

void
timeproof_pass(struct timeproof *p, int64_t mono_ms)
{
    int64_t seconds = (mono_ms - p->mono_ms) / 1000;

    if (p->at > 0 && seconds > 0) {
        p->at += seconds;
        p->mono_ms += seconds * 1000;
    }
}

/* The newest page that a relay has signed for us, on any board. */
static enum rc
relay_time(struct desk *d, const uint8_t *id, int64_t *out)
{
    const struct directory *dir = d->network.bundle->directory;

    *out = 0;
    for (size_t i = 0; i < dir->n_boards; i++) {
        struct position_rec p;
        int64_t at;
        enum rc rc = position_get(d->vault, &p, id, dir->boards[i].id);

        if (rc != RC_OK && rc != RC_FORGED) {
            return rc;
        }
        /* What was left out has no hash: nobody signed it. */
        if (rc == RC_OK && p.known &&
            !sodium_is_zero(p.last.hash, sizeof p.last.hash)) {
            at = (int64_t)(p.last.number * dir->boards[i].tick);
            *out = at > *out ? at : *out;
        }
    }
    return RC_OK;
}

/* By the root signers and by other desks; our own note says what our own
 * clock said. */
static int64_t
bundle_time(const struct desk *d)
{
    const struct bundle *b = d->network.bundle;
    size_t us = directory_org_index(b->directory, d->config.org);

    return (int64_t)bundle_today_but(b, us, 0) * DAY_SECONDS;
}

static enum rc
by_others(struct desk *d, int64_t *out)
{
    const struct directory *dir = d->network.bundle->directory;
    int64_t times[DIRECTORY_RELAYS_MAX], most;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < dir->n_relays; i++) {
        rc = relay_time(d, dir->relays[i].id, &times[i]);
    }
    *out = bundle_time(d);
    if (rc == RC_OK) {
        most = timeproof_most(times, dir->n_relays);
        *out = most > *out ? most : *out;
    }
    return rc;
}

enum rc
timeproof_now(struct desk *d, int64_t *out)
{
    struct timeproof *p = &d->proof;
    int64_t others = 0;
    enum rc rc;

    *out = 0;
    if (p->mono_ms == 0) {
        uint64_t stored = 0;

        if ((rc = vault_number(d->vault, NAME, &stored)) != RC_OK) {
            return rc;
        }
        p->at = p->stored = (int64_t)stored;
        p->mono_ms = clock_mono_ms();
    }
    timeproof_pass(p, clock_mono_ms());
    if (d->has_network && (rc = by_others(d, &others)) != RC_OK) {
        return rc;
    }
    if (others > p->at) {
        p->at = others;
        p->mono_ms = clock_mono_ms();
    }
    *out = p->at;
    if (p->at - p->stored < STORE_SECONDS) {
        return RC_OK;
    }
    p->stored = p->at;
    return vault_set_number(d->vault, NAME, (uint64_t)p->at);
}
