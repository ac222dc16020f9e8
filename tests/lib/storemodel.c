/* SPDX-License-Identifier: ISC */
#include "storemodel.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "slab.h"
#include "slabkeys.h"

/* Groups are so far apart. */
#define STEP           10
#define ENTRY_BOARD(i) ((uint8_t)((i) % 3))

static void
need(bool ok, const char *what, uint64_t i)
{
    if (!ok) {
        fprintf(stderr, "model: %s (%llu) %s\n", what, (unsigned long long)i,
                store_error());
        abort();
    }
}

static size_t
entry(uint8_t out[static ENTRY_MAX], uint32_t i)
{
    return storetest_entry(out, ENTRY_BOARD(i), i);
}

void
model_init(struct model *m, uint64_t seed, int64_t now)
{
    memset(m, 0, sizeof *m);
    m->random = seed;
    m->now = now;
}

uint64_t
model_random(struct model *m)
{
    /* splitmix64 */
    uint64_t z = m->random += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void
model_plan(struct model *m, struct model_group *g)
{
    memset(g, 0, sizeof *g);
    m->now += STEP;
    g->now = m->now;
    g->n = model_random(m) % MODEL_OPS + 1;
    for (size_t k = 0; k < g->n; k++) {
        struct model_op *op = &g->op[k];
        uint64_t r = model_random(m) % 16;

        op->kind = r < 6    ? MODEL_PUT
                   : r < 9  ? MODEL_BURN
                   : r < 14 ? MODEL_RING
                            : MODEL_SEAL;
        op->i =
            (uint32_t)(model_random(m) %
                       (op->kind == MODEL_RING ? MODEL_ENTRIES : MODEL_BOXES));
        op->board =
            op->kind == MODEL_RING ? ENTRY_BOARD(op->i) : (uint8_t)(r % 2 + 1);
    }
}

static enum rc
run_seal(struct model_op *op, struct storetest *t, int64_t now)
{
    bool sealed;
    enum rc rc = store_seal(t->s, op->board, now, t->sk, &sealed);

    op->status = sealed ? CELL_SEALED : CELL_OK;
    op->page = (uint64_t)now / storetest_board(op->board)->tick;
    return rc;
}

static enum rc
run_op(struct model_op *op, struct storetest *t, int64_t now)
{
    uint8_t e[ENTRY_MAX];
    struct store_ring ring = {op->board, e, 15};
    struct store_rung rung;
    struct storetest_box b;
    struct store_put put = {b.address, b.hash, b.data};
    uint32_t day;
    enum rc rc;

    switch (op->kind) {
    case MODEL_PUT:
        b = storetest_box(op->i);
        return store_put(t->s, &put, now, &op->status, &day);
    case MODEL_BURN:
        b = storetest_box(op->i);
        return store_burn(t->s, b.address, b.hash, &op->status);
    case MODEL_RING:
        (void)entry(e, op->i);
        rc = store_ring(t->s, &ring, now, &rung);
        op->status = rung.status;
        return rc;
    default:
        return run_seal(op, t, now);
    }
}

void
model_run(struct model_group *g, struct storetest *t)
{
    enum rc rc = store_begin(t->s);
    uint8_t *page;
    size_t len;

    if (rc != RC_OK) {
        return;
    }
    for (size_t k = 0; k < g->n && rc == RC_OK; k++) {
        rc = run_op(&g->op[k], t, g->now);
    }
    if (rc == RC_OK) {
        rc = store_expire(t->s, g->now);
    }
    if (rc != RC_OK && rc != RC_AGAIN) {
        store_abort(t->s);
        return;
    }
    if (store_commit(t->s) != RC_OK) {
        return;
    }
    /* From here on others may have read the page. */
    for (size_t k = 0; k < g->n; k++) {
        struct model_op *op = &g->op[k];

        if (op->kind == MODEL_SEAL && op->status == CELL_SEALED) {
            need(store_page(t->s, op->board, op->page, &page, &len) == RC_OK,
                 "sealed, but no page", op->page);
            page_hash(op->hash, page, len);
            free(page);
        }
    }
    g->acked = true;
}

static void
ack_op(struct model *m, const struct model_op *op)
{
    switch (op->kind) {
    case MODEL_PUT:
        if (op->status == CELL_STORED) {
            need(m->box[op->i] != MODEL_BURNED, "stored after burning", op->i);
            m->box[op->i] = MODEL_THERE;
        } else {
            need(op->status == CELL_FULL || (op->status == CELL_TAKEN &&
                                             m->box[op->i] == MODEL_BURNED),
                 "wrong answer to PUT", op->i);
        }
        break;
    case MODEL_BURN:
        need(op->status ==
                 (m->box[op->i] == MODEL_NONE ? CELL_ABSENT : CELL_BURNED),
             "wrong answer to BURN", op->i);
        if (op->status == CELL_BURNED) {
            m->box[op->i] = MODEL_BURNED;
        }
        break;
    case MODEL_RING:
        need(!m->rung[op->i] || op->status == CELL_QUEUED ||
                 op->status == CELL_SEALED,
             "wrong answer to RING", op->i);
        m->rung[op->i] |=
            op->status == CELL_QUEUED || op->status == CELL_SEALED;
        break;
    default:
        if (op->status == CELL_SEALED) {
            struct model_page *p = &m->page[m->n_pages++];

            need(m->n_pages < MODEL_PAGES, "too many pages", m->n_pages);
            p->board = op->board;
            p->number = op->page;
            memcpy(p->hash, op->hash, sizeof p->hash);
        }
    }
}

void
model_ack(struct model *m, const struct model_group *g)
{
    for (size_t k = 0; k < g->n; k++) {
        ack_op(m, &g->op[k]);
    }
    m->now = g->now;
}

static bool
in_flight(const struct model_group *g, enum model_kind kind, uint32_t i)
{
    for (size_t k = 0; g != NULL && k < g->n; k++) {
        if (g->op[k].kind == kind && g->op[k].i == i) {
            return true;
        }
    }
    return false;
}

static void
check_box(struct model *m, const struct model_group *g, struct storetest *t,
          uint32_t i)
{
    uint8_t got[CELL_BOX_LEN];
    struct storetest_box b;
    enum rc rc;

    b = storetest_box(i);
    rc = store_get(t->s, b.address, m->now, got);
    need(rc == RC_OK || rc == RC_MISSING, "a box can't be read", i);
    if (rc == RC_OK) {
        need(memcmp(got, b.data, sizeof got) == 0, "another box", i);
        need(m->box[i] == MODEL_THERE ||
                 (m->box[i] == MODEL_NONE && in_flight(g, MODEL_PUT, i)),
             "a box that should be gone", i);
        m->box[i] = MODEL_THERE;
    } else if (m->box[i] == MODEL_THERE) {
        need(in_flight(g, MODEL_BURN, i), "an acknowledged box is gone", i);
        m->box[i] = MODEL_BURNED;
    } else if (in_flight(g, MODEL_PUT, i) && in_flight(g, MODEL_BURN, i)) {
        /* Put and burned in one group: it can't be seen which. */
        struct store_put put = {b.address, b.hash, b.data};
        enum cell_status status;
        uint32_t day;

        storetest_begin(t);
        need(store_put(t->s, &put, m->now, &status, &day) == RC_OK, "put", i);
        store_abort(t->s);
        m->box[i] = status == CELL_TAKEN ? MODEL_BURNED : MODEL_NONE;
    }
}

/* How often an entry stands on the pages of its board. */
static size_t
count_on_pages(struct storetest *t, uint32_t i)
{
    const struct board *b = storetest_board(ENTRY_BOARD(i));
    uint64_t newest, next = 0, size;
    uint8_t e[ENTRY_MAX], *buf;
    uint16_t slots;
    size_t count = 0, len;

    (void)entry(e, i);
    if (store_newest(t->s, b->id, &newest, &slots) != RC_OK) {
        return 0;
    }
    need(store_span(t->s, b->id, 0, newest, &size) == RC_OK, "span", i);
    need((buf = malloc(size + 1)) != NULL, "memory", i);
    need(store_span_read(t->s, b->id, 0, newest, buf, size, &len, &next) ==
                 RC_OK &&
             len == size && next == newest + 1,
         "span_read", i);
    for (size_t at = 0; at < len;) {
        struct page p;
        size_t used;

        need(page_parse(&p, &used, b, buf + at, len - at) == RC_OK,
             "page_parse", i);
        for (size_t k = 0; k < p.slots; k++) {
            count += memcmp(p.entries + k * b->entry_len, e, b->entry_len) == 0;
        }
        at += used;
    }
    free(buf);
    return count;
}

static void
check_entry(struct model *m, const struct model_group *g, struct storetest *t,
            uint32_t i)
{
    struct store_rung r;
    uint8_t e[ENTRY_MAX];
    enum rc rc;

    (void)entry(e, i);
    rc = store_entry_find(t->s, ENTRY_BOARD(i), e, &r);
    if (rc == RC_OK) {
        need(m->rung[i] || in_flight(g, MODEL_RING, i), "a strange entry", i);
        need(count_on_pages(t, i) == (r.status == CELL_SEALED), "on pages", i);
        m->rung[i] = true;
    } else {
        need(rc == RC_MISSING, "entry_find", i);
        need(!m->rung[i], "an acknowledged entry is gone", i);
    }
}

static void
check_pages(const struct model *m, struct storetest *t)
{
    uint64_t newest;
    uint16_t slots;

    for (size_t i = 0; i < m->n_pages; i++) {
        const struct model_page *p = &m->page[i];
        uint8_t hash[32], *page;
        size_t len;

        need(store_page(t->s, p->board, p->number, &page, &len) == RC_OK,
             "an acknowledged page is gone", p->number);
        page_hash(hash, page, len);
        free(page);
        need(memcmp(hash, p->hash, sizeof hash) == 0, "a page was sealed twice",
             p->number);
        need(store_newest(t->s, p->board, &newest, &slots) == RC_OK &&
                 newest >= p->number,
             "the newest page went back", p->number);
    }
}

/* What can be opened with the keys there are must be referred to. */
static void
check_slab(const struct model *m, struct storetest *t)
{
    int slab = open(storetest_path(t, "slab"), O_RDONLY | O_CLOEXEC);
    int keys = open(storetest_path(t, "weekkeys"), O_RDONLY | O_CLOEXEC);
    uint8_t key[SLABKEYS_KEY_LEN], block[SLAB_BLOCK_LEN];
    uint32_t week = clock_week(m->now);
    uint64_t open_slots = 0;
    struct store_stats st;
    struct slab_head head;
    struct slabkeys *k;
    struct slab_item item;

    need(slab >= 0 && keys >= 0 && slab_open(&head, slab) == RC_OK &&
             slabkeys_open(&k, keys) == RC_OK,
         "slab", 0);
    for (uint32_t w = week - 2; w < week + 8; w++) {
        if (slabkeys_get(k, w, key) != RC_OK) {
            continue;
        }
        for (uint32_t i = 0; i < head.slots; i++) {
            open_slots += slab_read(&item, slab, i, key, block) == RC_OK;
        }
    }
    slabkeys_free(k);
    (void)close(slab);
    (void)close(keys);
    store_stats(t->s, &st);
    need(open_slots == st.boxes_used + st.waiting,
         "slots that nothing refers to can be opened, or too few", open_slots);
}

void
model_check(struct model *m, const struct model_group *pending,
            struct storetest *t)
{
    for (uint32_t i = 0; i < MODEL_BOXES; i++) {
        check_box(m, pending, t, i);
    }
    for (uint32_t i = 0; i < MODEL_ENTRIES; i++) {
        check_entry(m, pending, t, i);
    }
    check_pages(m, t);
    check_slab(m, t);
}
