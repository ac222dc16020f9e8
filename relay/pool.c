/* SPDX-License-Identifier: ISC */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "effort.h"

#define NONE UINT32_MAX

enum rc
pool_init(struct pool *p, const struct board *b)
{
    memset(p, 0, sizeof *p);
    p->board = *b;
    p->cap = (size_t)POOL_PAGES * b->max;
    p->n_hour = b->tick > 0 && b->tick < 3600 ? 3600u / b->tick : 1;
    for (p->n_buckets = 64; p->n_buckets < p->cap; p->n_buckets *= 2) {
    }
    p->entries = calloc(p->cap, sizeof *p->entries);
    p->buckets = calloc(p->n_buckets, sizeof *p->buckets);
    p->hour = calloc(p->n_hour, sizeof *p->hour);
    if (p->entries == NULL || p->buckets == NULL || p->hour == NULL) {
        pool_wipe(p);
        return RC_NOMEM;
    }
    memset(p->buckets, 0xff, p->n_buckets * sizeof *p->buckets);
    return RC_OK;
}

void
pool_wipe(struct pool *p)
{
    if (p->entries != NULL) {
        sodium_memzero(p->entries, p->cap * sizeof *p->entries);
    }
    free(p->entries);
    free(p->buckets);
    free(p->hour);
    memset(p, 0, sizeof *p);
}

uint64_t
pool_open_page(const struct board *b, uint64_t newest, int64_t now)
{
    uint64_t n = now > 0 ? (uint64_t)now / b->tick : 0;

    return (n > newest ? n : newest) + 1;
}

uint64_t
pool_due(const struct board *b, uint64_t open)
{
    return open + randombytes_uniform(b->spread);
}

uint8_t
pool_effort(size_t waiting, size_t room)
{
    static const uint8_t asked[] = {0, 10, 13, 15};
    size_t i = 0;

    while (i < 3 && waiting * 4 > room * (i + 1)) {
        i++;
    }
    return asked[i];
}

size_t
pool_waiting(const struct pool *p)
{
    return p->n - p->n_taken;
}

/* Hashes of strangers' entries: whoever wants long chains has to find
 * BLAKE2b prefixes that no rule forbids, and gains microseconds. */
static size_t
bucket(const struct pool *p, const uint8_t hash[static POOL_HASH_LEN])
{
    uint64_t v;

    memcpy(&v, hash, sizeof v);
    return (size_t)(v & (p->n_buckets - 1));
}

static void
chain_in(struct pool *p, size_t i)
{
    size_t b = bucket(p, p->entries[i].hash);

    p->entries[i].chain = p->buckets[b];
    p->buckets[b] = (uint32_t)i;
}

const struct pool_entry *
pool_find(const struct pool *p, const uint8_t hash[static POOL_HASH_LEN])
{
    uint32_t i = p->buckets[bucket(p, hash)];

    while (i != NONE && memcmp(p->entries[i].hash, hash, POOL_HASH_LEN) != 0) {
        i = p->entries[i].chain;
    }
    return i != NONE ? &p->entries[i] : NULL;
}

enum rc
pool_add(struct pool *p, const struct pool_entry *e)
{
    if (p->n == p->cap) {
        return RC_FULL;
    }
    p->entries[p->n] = *e;
    p->entries[p->n].effort = e->effort > EFFORT_MAX ? EFFORT_MAX : e->effort;
    p->n_new += (e->state & POOL_NEW) != 0;
    chain_in(p, p->n++);
    return RC_OK;
}

static bool
is_due(const struct pool_entry *e, uint64_t n)
{
    return (e->state & POOL_TAKEN) == 0 && e->due <= n;
}

size_t
pool_demanded(const struct pool *p, uint64_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < p->n; i++) {
        count += is_due(&p->entries[i], n);
    }
    return count;
}

/* Would every page of the hour before page n fit into so many slots? Only
 * known once a whole hour was watched. */
static bool
hour_fits(const struct pool *p, uint64_t n, size_t slots)
{
    if (!p->watched || n < p->since || n - p->since < p->n_hour) {
        return false;
    }
    for (size_t i = 0; i < p->n_hour; i++) {
        const struct pool_demand *d = &p->hour[i];

        if (d->page < n && n - d->page <= p->n_hour && d->entries > slots) {
            return false;
        }
    }
    return true;
}

uint16_t
pool_slots(const struct pool *p, uint64_t n, uint16_t previous)
{
    size_t demand = pool_demanded(p, n);
    uint16_t slots = previous > 0 ? previous : p->board.slots;
    uint16_t half = (uint16_t)(slots / 2);

    if (half >= p->board.slots && demand <= half && hour_fits(p, n, half)) {
        slots = half;
    }
    while (slots < demand && slots <= p->board.max / 2) {
        slots = (uint16_t)(slots * 2);
    }
    return slots;
}

/* Any order of n, each as likely as the others. */
static void
shuffle(uint32_t *v, size_t n)
{
    for (; n > 1; n--) {
        size_t i = randombytes_uniform((uint32_t)n);
        uint32_t last = v[n - 1];

        v[n - 1] = v[i];
        v[i] = last;
    }
}

/* Moves the k entries of highest effort to the front, the earlier first among
 * equals: v was shuffled. Efforts are few, so count them. */
static void
strongest_first(const struct pool *p, uint32_t *v, size_t n, uint32_t *tmp)
{
    size_t k = 0;

    for (int effort = EFFORT_MAX; effort >= 0 && k < n; effort--) {
        for (size_t i = 0; i < n; i++) {
            if (p->entries[v[i]].effort == effort) {
                tmp[k++] = v[i];
            }
        }
    }
    memcpy(v, tmp, n * sizeof *v);
}

size_t
pool_choose(struct pool *p, uint64_t n, uint16_t slots,
            const struct pool_entry **out)
{
    uint32_t *due = calloc(p->n * 2 + 1, sizeof *due);
    size_t count = 0, by_effort = (size_t)slots * 3 / 4;

    if (due == NULL) {
        return 0; /* they go on waiting */
    }
    for (size_t i = 0; i < p->n; i++) {
        if (is_due(&p->entries[i], n)) {
            due[count++] = (uint32_t)i;
        }
    }
    shuffle(due, count);
    if (count > slots) {
        strongest_first(p, due, count, due + count);
        shuffle(due + by_effort, count - by_effort);
        count = slots;
    }
    for (size_t i = 0; i < count; i++) {
        p->entries[due[i]].state |= POOL_TAKEN;
        out[i] = &p->entries[due[i]];
    }
    p->n_taken += count;
    free(due);
    return count;
}

void
pool_remember(struct pool *p, uint64_t n, size_t demand)
{
    if (!p->watched) {
        p->watched = true;
        p->since = n;
    }
    p->told = true;
    p->hour[n % p->n_hour].page = n;
    p->hour[n % p->n_hour].entries = (uint32_t)demand;
}

void
pool_settle(struct pool *p, bool ok)
{
    uint8_t gone = ok ? POOL_TAKEN : POOL_NEW;
    size_t kept = 0;

    if (!ok && p->told) {
        p->watched = false;
        memset(p->hour, 0, p->n_hour * sizeof *p->hour);
    }
    p->told = false;
    if (p->n_new == 0 && p->n_taken == 0) {
        return;
    }
    for (size_t i = 0; i < p->n; i++) {
        if ((p->entries[i].state & gone) == 0) {
            p->entries[kept] = p->entries[i];
            p->entries[kept++].state = POOL_WAITS;
        }
    }
    if (kept < p->n) {
        sodium_memzero(p->entries + kept, (p->n - kept) * sizeof *p->entries);
        p->n = kept;
        memset(p->buckets, 0xff, p->n_buckets * sizeof *p->buckets);
        for (size_t i = 0; i < kept; i++) {
            chain_in(p, i);
        }
    }
    p->n_new = 0;
    p->n_taken = 0;
}
