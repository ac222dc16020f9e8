/* SPDX-License-Identifier: ISC */
#include "fake_drops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_drop *
fake_drops_find(struct fake_drops *d, const uint8_t *address)
{
    for (size_t i = 0; i < d->n; i++) {
        if (memcmp(d->drop[i].address, address, DROP_ADDRESS_LEN) == 0) {
            return &d->drop[i];
        }
    }
    return NULL;
}

static void
keep(struct fake_drops *d, const struct cell_request *req)
{
    if (d->n < FAKE_DROPS_MAX) {
        struct fake_drop *drop = &d->drop[d->n++];

        memcpy(drop->address, req->address, DROP_ADDRESS_LEN);
        memcpy(drop->burn, req->burn, DROP_BURN_LEN);
        memcpy(drop->box, req->data, CELL_BOX_LEN);
        drop->burned = false;
    }
}

void
fake_drops_put(struct fake_drops *d, const struct cell_request *req,
               struct cell_answer *ans)
{
    const struct fake_drop *there = fake_drops_find(d, req->address);
    bool same = there != NULL && !there->burned &&
                memcmp(there->burn, req->burn, DROP_BURN_LEN) == 0 &&
                memcmp(there->box, req->data, CELL_BOX_LEN) == 0;

    if (d->n_puts++ == 0) {
        memcpy(d->first_put, req->address, DROP_ADDRESS_LEN);
        d->gets_before = d->n_gets;
    }
    memset(ans, 0, sizeof *ans);
    if (d->works) {
        ans->status = CELL_MORE_EFFORT;
        ans->effort = 1;
        return;
    }
    if (there == NULL && !d->loses && (!d->taken || d->stores)) {
        keep(d, req);
    }
    if (d->taken || (there != NULL && !same)) {
        ans->status = CELL_TAKEN;
    } else {
        ans->status = CELL_STORED;
        ans->expiry_day = d->expiry_day;
    }
}

static void
get(struct fake_drops *d, const uint8_t *address, struct cell_answer *ans)
{
    const struct fake_drop *there = fake_drops_find(d, address);

    memcpy(d->gets[d->n_gets++ % FAKE_DROPS_MAX], address, DROP_ADDRESS_LEN);
    ans->status = CELL_ABSENT;
    if (there != NULL && !there->burned) {
        ans->status = CELL_PRESENT;
        ans->box = there->box;
    }
}

static void
write_down(struct fake_drops *d, char op, const uint8_t *what)
{
    const size_t len = strlen(d->log);
    size_t i = 0;

    while (i < d->n_known && memcmp(d->known[i], what, 16) != 0) {
        i++;
    }
    if (i == d->n_known && i < FAKE_DROPS_MAX) {
        memcpy(d->known[d->n_known++], what, 16);
    }
    (void)snprintf(d->log + len, sizeof d->log - len, "%c%zu ", op, i + 1);
}

/* In the relay's thread, one request at a time. */
static int
answer(void *arg, const char *method, const char *path, uint8_t **out,
       size_t *len)
{
    static const struct board boards[] = {{.id = 0,
                                           .entry_len = 16,
                                           .tick = 600,
                                           .slots = 16,
                                           .max = 64,
                                           .spread = 2}};
    struct fake_drops *d = arg;
    struct cell_answer ans = {.status = CELL_ABSENT};
    struct cell_request req;

    (void)method;
    if (d->down) {
        return 503;
    }
    if (strncmp(path, "/v1/board/", 10) == 0) {
        return 404;
    }
    if (d->relay.request_len != CELL_LEN ||
        cell_request_parse(&req, d->relay.request, boards, 1) != RC_OK ||
        (*out = malloc(CELL_LEN)) == NULL) {
        return 400;
    }
    write_down(d, "NPGBR"[req.op],
               req.op == CELL_RING ? req.data : req.address);
    if (req.op == CELL_PUT) {
        fake_drops_put(d, &req, &ans);
    } else if (req.op == CELL_RING) {
        d->n_rings++;
        ans.status = CELL_QUEUED;
        ans.page = d->page;
    } else {
        get(d, req.address, &ans);
    }
    *len = CELL_LEN;
    return cell_answer_write(*out, &ans) == RC_OK ? 200 : 500;
}

void
fake_drops_start(struct fake_drops *d)
{
    d->expiry_day = 20800;
    d->page = 1;
    d->relay.answer = answer;
    d->relay.arg = d;
    fake_relay_start(&d->relay);
}

void
fake_drops_stop(struct fake_drops *d)
{
    fake_relay_stop(&d->relay);
}
