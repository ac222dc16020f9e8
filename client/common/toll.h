/* SPDX-License-Identifier: ISC */
/*
 * What a relay asks of a cell before it takes it: work, and time. PROTOCOL.md
 * section 3. The first try has a random nonce and no work in it. After "more
 * effort" or "try again later" the cell goes again when a drawn time is over
 * and the board's next page is due, however fast this computer works; three
 * times at most. Nothing here sleeps.
 */
#ifndef TOLL_H
#define TOLL_H

#include "board.h"
#include "cell.h"
#include "kdf.h"
#include "net.h"

#include <stdbool.h>

#define TOLL_RETRIES 3
/* The drawn time, in tenths of what a visit's pauses last at most (10 s). */
#define TOLL_WAIT_MIN 20
#define TOLL_WAIT_MAX 90

/* One cell on its way. Zero: it was not sent yet. */
struct toll {
    unsigned retries;
    int64_t at_ms;    /* by clock_mono_ms: not before; 0: at once */
    int64_t drawn_ms; /* of that the drawn time, without the page's */
    int64_t page_due; /* when the next page is, seconds since 1970 */
    bool drawn;       /* there is a nonce: a random one, or what was found */
    uint8_t nonce[CELL_NONCE_LEN];
};

/* Where the work is for. */
struct toll_at {
    struct net *net;
    const struct net_circuit *circuit;
    const char *url;
    const uint8_t *relay_id;
    const uint8_t *relay_pk;
    const struct board *board;
    int64_t now;         /* section 7's time, seconds since 1970 */
    int64_t patience_ms; /* for all of toll_challenge; 0: ten minutes */
    unsigned tries;      /* of a request, where lines break; 0: one */
    int64_t again_ms;    /* times the try, before the next */
    atomic_bool *stop;   /* NULL, or ends the pauses between them */
};

/* The cell's nonce for the next try: a random one, until one is worked for. */
void toll_nonce(struct toll *t, uint8_t cell[static CELL_LEN]);
/* Is this an answer after which the cell may be sent again? */
bool toll_is_asked(const struct cell_answer *ans);
/*
 * Note such an answer.
 * pause_ms  how long a visit's pauses last at most: the wait is 2 to 9 times
 *           that
 * returns   RC_OK: send it again at at_ms; RC_FULL: it was the last try
 */
enum rc toll_asked(struct toll *t, const struct board *board,
                   int64_t pause_ms) MUST_CHECK;
/* Milliseconds until it may go again, 0: now. By both clocks: of a page it is
 * the time of day that counts. */
int64_t toll_left_ms(const struct toll *t);
/* When the first of these that was put off is due; INT64_MAX: none was. */
int64_t toll_next(const struct toll *list, size_t n);
/*
 * What the work is about, from the relay's pages.
 * returns  RC_OK; RC_MISSING (it has no page that says it); RC_FORGED,
 *          RC_FORMAT, RC_IO (also when the patience is over), RC_AGAIN,
 *          RC_NOMEM
 */
enum rc toll_challenge(uint8_t c[static KDF_LEN],
                       const struct toll_at *at) MUST_CHECK;
/* Why not, as a translated line. */
const char *toll_text(enum rc rc);
/*
 * Look for a nonce, from *start on (at first a random number), some thousand
 * tries.
 * returns  RC_OK: t has it; RC_AGAIN: call it again; RC_FORMAT
 */
enum rc toll_work(struct toll *t, const uint8_t cell[static CELL_LEN],
                  const uint8_t c[static KDF_LEN], unsigned effort,
                  uint64_t *start) MUST_CHECK;

#endif
