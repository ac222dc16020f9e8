/* SPDX-License-Identifier: ISC */
#include "quota.h"

#include "clock.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include <sodium.h>

#define BUCKETS 1024

struct quota_count {
    struct quota_count *next; /* in its bucket */
    uint32_t circuit;
    bool shared; /* stands in the table */
    uint32_t connections;
    uint32_t used[2]; /* by quota_use */
    uint32_t paid;    /* PUTs */
    /* Without connections: in the line of those that linger. */
    int64_t until; /* clock_mono_ms */
    struct quota_count *older, *newer;
};

struct quota {
    pthread_mutex_t lock;
    struct quota_limits limits;
    uint8_t key[crypto_shorthash_KEYBYTES]; /* no chosen collisions */
    struct quota_count *buckets[BUCKETS];
    struct quota_count *oldest, *newest; /* that linger */
    size_t n_lingering;
};

struct quota *
quota_new(const struct quota_limits *limits)
{
    struct quota *q = calloc(1, sizeof *q);

    if (q == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&q->lock, NULL) != 0) {
        free(q);
        return NULL;
    }
    q->limits = *limits;
    crypto_shorthash_keygen(q->key);
    return q;
}

static struct quota_count **
bucket_of(struct quota *q, uint32_t circuit)
{
    uint8_t hash[crypto_shorthash_BYTES], in[4];

    for (size_t i = 0; i < 4; i++) {
        in[i] = (uint8_t)(circuit >> (8 * i));
    }
    (void)crypto_shorthash(hash, in, sizeof in, q->key);
    return &q->buckets[(hash[0] | hash[1] << 8) % BUCKETS];
}

static void
wipe(struct quota_count *c)
{
    sodium_memzero(c, sizeof *c);
    free(c);
}

/* Out of the line. */
static void
unlinger(struct quota *q, struct quota_count *c)
{
    *(c->older != NULL ? &c->older->newer : &q->oldest) = c->newer;
    *(c->newer != NULL ? &c->newer->older : &q->newest) = c->older;
    c->older = NULL;
    c->newer = NULL;
    q->n_lingering--;
}

/* Out of the table, and gone. */
static void
forget(struct quota *q, struct quota_count *c)
{
    struct quota_count **at = bucket_of(q, c->circuit);

    while (*at != c) {
        at = &(*at)->next;
    }
    *at = c->next;
    wipe(c);
}

/* Forgets who left long ago, or is one too many. */
static void
tidy(struct quota *q, int64_t now)
{
    struct quota_count *c;

    while ((c = q->oldest) != NULL &&
           (c->until <= now || q->n_lingering > QUOTA_LINGER_MAX)) {
        unlinger(q, c);
        forget(q, c);
    }
}

static void
linger(struct quota *q, struct quota_count *c, int64_t now)
{
    c->until = now + q->limits.linger_ms;
    c->older = q->newest;
    *(q->newest != NULL ? &q->newest->newer : &q->oldest) = c;
    q->newest = c;
    q->n_lingering++;
}

void
quota_free(struct quota *q)
{
    if (q == NULL) {
        return;
    }
    tidy(q, INT64_MAX);
    for (size_t i = 0; i < BUCKETS; i++) {
        assert(q->buckets[i] == NULL);
    }
    (void)pthread_mutex_destroy(&q->lock);
    sodium_memzero(q, sizeof *q);
    free(q);
}

enum rc
quota_join(struct quota_count **out, struct quota *q, const uint32_t *circuit)
{
    struct quota_count *c = NULL, **bucket = NULL;
    enum rc rc = RC_OK;

    *out = NULL;
    (void)pthread_mutex_lock(&q->lock);
    tidy(q, clock_mono_ms());
    if (circuit != NULL) {
        bucket = bucket_of(q, *circuit);
        for (c = *bucket; c != NULL && c->circuit != *circuit; c = c->next) {
        }
    }
    if (c == NULL) {
        if ((c = calloc(1, sizeof *c)) == NULL) {
            rc = RC_NOMEM;
            goto out;
        }
        if (circuit != NULL) {
            c->circuit = *circuit;
            c->shared = true;
            c->next = *bucket;
            *bucket = c;
        }
    } else if (c->connections >= q->limits.connections) {
        rc = RC_FULL;
        goto out;
    } else if (c->connections == 0) {
        unlinger(q, c);
    }
    c->connections++;
    *out = c;
out:
    (void)pthread_mutex_unlock(&q->lock);
    return rc;
}

void
quota_leave(struct quota *q, struct quota_count *count)
{
    if (count == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&q->lock);
    assert(count->connections > 0);
    if (--count->connections == 0) {
        int64_t now = clock_mono_ms();

        if (!count->shared) {
            wipe(count);
        } else if (q->limits.linger_ms > 0 &&
                   (count->used[QUOTA_RING] > 0 ||
                    count->used[QUOTA_PUT] > 0)) {
            linger(q, count, now);
            tidy(q, now);
        } else {
            forget(q, count);
        }
    }
    (void)pthread_mutex_unlock(&q->lock);
}

bool
quota_take(struct quota *q, struct quota_count *count, enum quota_use use)
{
    uint32_t limit = use == QUOTA_RING ? q->limits.rings : q->limits.puts;
    bool ok;

    (void)pthread_mutex_lock(&q->lock);
    ok = count->used[use] < limit;
    if (ok) {
        count->used[use]++;
    }
    (void)pthread_mutex_unlock(&q->lock);
    return ok;
}

bool
quota_spend(struct quota *q, struct quota_count *count)
{
    bool ok;

    (void)pthread_mutex_lock(&q->lock);
    ok = count->paid > 0;
    count->paid -= ok;
    (void)pthread_mutex_unlock(&q->lock);
    return ok;
}

void
quota_pay(struct quota *q, struct quota_count *count, uint32_t puts)
{
    (void)pthread_mutex_lock(&q->lock);
    count->paid = count->paid > puts ? count->paid : puts;
    (void)pthread_mutex_unlock(&q->lock);
}

void
quota_return(struct quota *q, struct quota_count *count, enum quota_use use)
{
    (void)pthread_mutex_lock(&q->lock);
    assert(count->used[use] > 0);
    count->used[use]--;
    (void)pthread_mutex_unlock(&q->lock);
}
