/* SPDX-License-Identifier: ISC */
/*
 * Putting the boxes of a body at a relay: a few at a time, over one circuit.
 * Box 0 goes first, so that who takes an interrupted upload up again finds the
 * week of its key there; at the end three boxes are asked for again.
 * PROTOCOL.md section 5.
 */
#ifndef UPLOAD_H
#define UPLOAD_H

#include "cell.h"
#include "net.h"
#include "rc.h"
#include "term.h"
#include "toll.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UPLOAD_LANES 4
/* No box is begun this far past one that is not stored. */
#define UPLOAD_WINDOW 32
#define UPLOAD_PROBES 3 /* boxes asked for at the end; all, if fewer */

/* Makes the PUT of box i; must be the same each time. May run in threads. */
typedef enum rc upload_source(uint8_t cell[static CELL_LEN], uint32_t i,
                              const void *arg);

/* One body at one relay. */
struct upload {
    upload_source *cell;
    const void *cell_arg;
    uint32_t boxes;
    const char *url;
    const struct net_options *net; /* its counters are shared by threads */
    struct net_circuit *circuit;   /* changed where its quota is used up */
    /* Where the work is for, where the relay asks for some; net and circuit
     * are the upload's own. pause_ms: see toll_asked. */
    struct toll_at toll;
    int64_t pause_ms;
    uint32_t known; /* boxes that this run knows to be stored: not put again */
    /* NULL, or called now and then, and at the end, with boxes stored. */
    void (*progress)(uint64_t stored, void *arg);
    void *arg;
};

struct upload_result {
    uint32_t stored;     /* so many from the first on; 0 where probes failed */
    uint32_t expiry_day; /* the earliest that was granted */
    char error[NET_ERROR_MAX];     /* one line, safe to print */
};

/*
 * One GET of box 0: is it at the relay as we would put it? So who could only
 * plant another one there decides nothing.
 * returns  RC_OK with *has; as upload_run for what went wrong
 */
enum rc upload_look(const struct upload *u, bool *has,
                    struct upload_result *out) MUST_CHECK;
/* The same for who has no second address to ask for: a random one. */
enum rc upload_look_nowhere(const struct upload *u,
                            struct upload_result *out) MUST_CHECK;
/*
 * returns  RC_OK: every box was stored, and those asked for came back;
 *          RC_TAKEN (other bytes stand at an address: burned, or somebody has
 *          the code and the file); RC_MISSING (stored, it said, and did not
 *          give back); RC_FULL; RC_AGAIN (too busy); RC_EXPIRED (it asks for
 *          work and does not show for what); RC_IO; RC_FORMAT; RC_NOMEM
 */
enum rc upload_run(const struct upload *u,
                   struct upload_result *out) MUST_CHECK;
/* A progress bar over several uploads: for .progress, .arg. */
struct upload_meter {
    struct term_progress bar;
    uint64_t before; /* boxes of the uploads before this one */
};
void upload_meter_show(uint64_t stored, void *arg);

#endif
