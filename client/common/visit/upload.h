/* SPDX-License-Identifier: ISC */
/*
 * Putting the boxes of a body at the relays that are written to, as reporters do
 * it, who delivers a sealed file, and desks for cover: one program for all of
 * them, in step at all relays, as the page has it. At each relay, one after the
 * other, a look for box 0 under the addresses of two weeks, so that an
 * interrupted upload is taken up; then box 0 at all of them, then the others, a
 * few at a time, each at all of them; at the end three boxes are asked for
 * again. PROTOCOL.md section 5.
 */
#ifndef UPLOAD_H
#define UPLOAD_H

#include "cell.h"
#include "net.h"
#include "rc.h"
#include "term.h"
#include "visit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UPLOAD_RELAYS 2
#define UPLOAD_PROBES 3 /* boxes asked for at the end; all, if fewer */

/* Under which t a box is meant. */
enum upload_week {
    UPLOAD_NOW,
    UPLOAD_BEFORE,
    UPLOAD_CHOSEN
};

struct upload;

/*
 * Makes the PUT of box i for the kth relay of the upload; must be the same each
 * time. May run in threads. RC_MISSING for UPLOAD_BEFORE: there is no such
 * address, and a random one is asked for.
 */
typedef enum rc upload_source(uint8_t cell[static CELL_LEN],
                              enum upload_week week, size_t k, uint32_t i,
                              const void *arg);

/* One relay. */
struct upload_at {
    size_t relay;   /* of the visit */
    uint32_t known; /* boxes that this run knows to be stored: not put again */
    bool has[2];    /* by week: box 0 was there as it would be put there */
    /*
     * RC_OK: every box was stored, and those asked for came back;
     * RC_TAKEN (other bytes stand at an address: burned, or somebody has the
     * code and the file); RC_MISSING (stored, it said, and did not give back);
     * RC_FULL; RC_AGAIN (too busy); RC_EXPIRED (it asks for work and does not
     * show for what); RC_IO; RC_FORMAT; RC_NOMEM
     */
    enum rc rc;
    uint32_t stored; /* so many from the first on; 0 where probes failed */
    char error[NET_ERROR_MAX]; /* one line, safe to print */
};

/* One body. */
struct upload {
    const struct visit *v;
    upload_source *cell;
    void *arg; /* of all of these */
    uint32_t boxes;
    size_t n;
    struct upload_at at[UPLOAD_RELAYS];
    /* NULL, or called between the looks and the first PUT: UPLOAD_CHOSEN and
     * `known` hold from then on. */
    void (*choose)(struct upload *u, void *arg);
    /* NULL, or called now and then, and at the end, with the sum of boxes. */
    void (*progress)(uint64_t stored, void *arg);
};

/* RC_OK: every box is at one relay at least, at->rc has the others; else the
 * reason of the first. */
enum rc upload_run(struct upload *u) MUST_CHECK;

/* A progress bar over several uploads. */
struct upload_meter {
    struct term_progress bar;
    uint64_t before; /* boxes of the uploads before this one */
};
void upload_meter_show(struct upload_meter *m, uint64_t stored);

#endif
