/* SPDX-License-Identifier: ISC */
#include "witness.h"

#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "writer.h"

#define HOUR_SECONDS 3600
#define DAY_HOURS 24
#define ID_LEN (32 + 1 + 8)
#define LINK_LEN (8 + PAGE_HASH_LEN)

static void
chunk_id(uint8_t id[static ID_LEN], const uint8_t relay[static 32],
         uint8_t board, uint64_t hour)
{
    struct writer w;

    wr_init(&w, id, ID_LEN);
    wr_bytes(&w, relay, 32);
    wr_u8(&w, board);
    wr_u64(&w, hour);
}

static uint64_t
hour_of(const struct witness_page *page)
{
    return page->number * page->tick / HOUR_SECONDS;
}

void
witness_init(struct witness *w, struct vault *v)
{
    memset(w, 0, sizeof *w);
    w->vault = v;
}

static enum rc
chunk_save(struct witness *w, struct witness_chunk *c)
{
    uint8_t id[ID_LEN];
    uint8_t *bytes;
    struct writer out;
    enum rc rc;

    if (!c->used || !c->dirty) {
        return RC_OK;
    }
    if ((bytes = malloc(c->n * LINK_LEN + 1)) == NULL) {
        return RC_NOMEM;
    }
    wr_init(&out, bytes, c->n * LINK_LEN);
    for (size_t i = 0; i < c->n; i++) {
        wr_u64(&out, c->pages[i].number);
        wr_bytes(&out, c->pages[i].hash, PAGE_HASH_LEN);
    }
    chunk_id(id, c->relay, c->board, c->hour);
    rc = vault_put(w->vault, VAULT_HASHES, id, sizeof id, bytes, out.len);
    free(bytes);
    if (rc == RC_OK) {
        c->dirty = false;
    }
    return rc;
}

static void
chunk_drop(struct witness_chunk *c)
{
    free(c->pages);
    memset(c, 0, sizeof *c);
}

static enum rc
chunk_room(struct witness_chunk *c)
{
    struct page_link *more;
    size_t cap = c->cap == 0 ? 128 : c->cap * 2;

    if (c->n < c->cap) {
        return RC_OK;
    }
    if ((more = realloc(c->pages, cap * sizeof *more)) == NULL) {
        return RC_NOMEM;
    }
    c->pages = more;
    c->cap = cap;
    return RC_OK;
}

static enum rc
chunk_load(struct witness *w, struct witness_chunk *c)
{
    uint8_t id[ID_LEN];
    uint8_t *bytes;
    struct reader r;
    size_t len;
    enum rc rc;

    chunk_id(id, c->relay, c->board, c->hour);
    rc = vault_get(w->vault, VAULT_HASHES, id, sizeof id, &bytes, &len);
    if (rc != RC_OK) {
        return rc == RC_MISSING ? RC_OK : rc;
    }
    rd_init(&r, bytes, len);
    while (rc == RC_OK && r.left > 0) {
        if ((rc = chunk_room(c)) == RC_OK) {
            struct page_link *link = &c->pages[c->n];

            link->number = rd_u64(&r);
            rd_copy(&r, link->hash, sizeof link->hash);
            c->n += r.rc == RC_OK;
        }
    }
    if (rc == RC_OK && rd_end(&r) != RC_OK) {
        rc = RC_FORGED;
    }
    vault_release(bytes, len);
    return rc;
}

/* The chunk of an hour, read in where it is not in memory. */
static enum rc
chunk_of(struct witness *w, struct witness_chunk **out,
         const struct witness_page *page, uint64_t hour)
{
    struct witness_chunk *c = &w->chunks[0];
    enum rc rc;

    for (size_t i = 0; i < WITNESS_CHUNKS; i++) {
        struct witness_chunk *k = &w->chunks[i];

        if (k->used && k->board == page->board && k->hour == hour &&
            memcmp(k->relay, page->relay, 32) == 0) {
            k->touched = ++w->touches;
            *out = k;
            return RC_OK;
        }
        if (!k->used || (c->used && k->touched < c->touched)) {
            c = k;
        }
    }
    *out = NULL;
    if ((rc = chunk_save(w, c)) != RC_OK) {
        return rc;
    }
    chunk_drop(c);
    memcpy(c->relay, page->relay, 32);
    c->board = page->board;
    c->hour = hour;
    if ((rc = chunk_load(w, c)) != RC_OK) {
        chunk_drop(c);
        return rc;
    }
    c->used = true;
    c->touched = ++w->touches;
    *out = c;
    return RC_OK;
}

/* Where the number is, or belongs. */
static bool
chunk_find(const struct witness_chunk *c, uint64_t number, size_t *at)
{
    size_t lo = 0, hi = c->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (c->pages[mid].number < number) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *at = lo;
    return lo < c->n && c->pages[lo].number == number;
}

enum rc
witness_add(struct witness *w, const struct witness_page *page,
            const uint8_t hash[static PAGE_HASH_LEN])
{
    struct witness_chunk *c;
    size_t at;
    enum rc rc = chunk_of(w, &c, page, hour_of(page));

    if (rc != RC_OK) {
        return rc;
    }
    if (chunk_find(c, page->number, &at)) {
        return memcmp(c->pages[at].hash, hash, PAGE_HASH_LEN) == 0 ? RC_OK
                                                                   : RC_TAKEN;
    }
    if ((rc = chunk_room(c)) != RC_OK) {
        return rc;
    }
    memmove(&c->pages[at + 1], &c->pages[at],
            (c->n - at) * sizeof c->pages[0]);
    c->pages[at].number = page->number;
    memcpy(c->pages[at].hash, hash, PAGE_HASH_LEN);
    c->n++;
    c->dirty = true;
    return RC_OK;
}

enum rc
witness_get(struct witness *w, const struct witness_page *page,
            uint8_t hash[static PAGE_HASH_LEN])
{
    struct witness_chunk *c;
    size_t at;
    enum rc rc = chunk_of(w, &c, page, hour_of(page));

    memset(hash, 0, PAGE_HASH_LEN);
    if (rc != RC_OK) {
        return rc;
    }
    if (!chunk_find(c, page->number, &at)) {
        return RC_MISSING;
    }
    memcpy(hash, c->pages[at].hash, PAGE_HASH_LEN);
    return RC_OK;
}

enum rc
witness_last_of_day(struct witness *w, const struct witness_page *page,
                    uint32_t day, struct page_link *out)
{
    memset(out, 0, sizeof *out);
    for (uint64_t i = DAY_HOURS; i > 0; i--) {
        struct witness_chunk *c;
        enum rc rc =
            chunk_of(w, &c, page, (uint64_t)day * DAY_HOURS + i - 1);

        if (rc != RC_OK) {
            return rc;
        }
        if (c->n > 0) {
            *out = c->pages[c->n - 1];
            return RC_OK;
        }
    }
    return RC_MISSING;
}

enum rc
witness_flush(struct witness *w)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < WITNESS_CHUNKS; i++) {
        rc = chunk_save(w, &w->chunks[i]);
    }
    return rc;
}

struct pruning {
    struct vault *vault;
    uint64_t before; /* hour */
};

static enum rc
prune_row(const struct vault_row *row, void *arg)
{
    struct pruning *p = arg;
    struct reader r;
    uint64_t hour;

    rd_init(&r, row->id, row->id_len);
    (void)rd_bytes(&r, 33);
    hour = rd_u64(&r);
    if (rd_end(&r) == RC_OK && hour < p->before) {
        return vault_delete(p->vault, VAULT_HASHES, row->id, row->id_len);
    }
    return RC_OK;
}

enum rc
witness_prune(struct witness *w, int64_t before)
{
    struct pruning p = {w->vault, 0};
    enum rc rc = witness_flush(w);

    if (rc != RC_OK || before < 0) {
        return rc;
    }
    p.before = (uint64_t)before / HOUR_SECONDS;
    for (size_t i = 0; i < WITNESS_CHUNKS; i++) {
        chunk_drop(&w->chunks[i]);
    }
    return vault_each(w->vault, VAULT_HASHES, prune_row, &p, NULL);
}

void
witness_wipe(struct witness *w)
{
    for (size_t i = 0; i < WITNESS_CHUNKS; i++) {
        chunk_drop(&w->chunks[i]);
    }
}

enum rc
witness_compare(struct witness *w, enum witness_verdict *out,
                const struct seen_page *seen, uint16_t tick,
                const struct position_rec *where)
{
    struct witness_page page = {seen->relay, seen->board, tick, seen->number};
    uint8_t hash[PAGE_HASH_LEN];
    enum rc rc;

    *out = WITNESS_UNKNOWN;
    if (!where->known || seen->number < where->first ||
        seen->number > where->last.number) {
        return RC_OK;
    }
    if ((rc = witness_get(w, &page, hash)) == RC_OK) {
        *out = memcmp(hash, seen->hash, PAGE_HASH_LEN) == 0 ? WITNESS_AGREES
                                                            : WITNESS_FORK;
    } else if (rc == RC_MISSING) {
        *out = where->gap_last > 0 && seen->number >= where->gap_first &&
                       seen->number <= where->gap_last
                   ? WITNESS_UNKNOWN
                   : WITNESS_HOLE;
        rc = RC_OK;
    }
    return rc;
}
