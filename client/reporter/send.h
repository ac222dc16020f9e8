/* SPDX-License-Identifier: ISC */
/*
 * Sealing a report for its recipients, and ringing it: the text at once, then
 * the boxes of its body, then entries that name the body.
 * PROTOCOL.md section 5. These functions print what went wrong.
 */
#ifndef SEND_H
#define SEND_H

#include "compose.h"
#include "entry.h"
#include "visit.h"

#define SEND_ORGS_MAX     16

struct sending {
    const uint8_t *seed; /* 32 bytes, borrowed */
    struct draft draft;
    struct attachment *attached; /* heap; empty once the body is built */
    unsigned files;
    struct body_build body; /* len 0: none */
    uint32_t weeks[SEND_ORGS_MAX]; /* t of each body; 0: not chosen yet */
    /* What this run knows to be stored of each body. */
    struct {
        uint8_t relay[32];
        uint32_t boxes;
    } stored[SEND_ORGS_MAX][DIRECTORY_RELAYS_MAX];
    uint32_t again_day; /* on which a burned body can be sent again */
    uint8_t orgs[SEND_ORGS_MAX][ORG_ID_LEN];
    bool known[SEND_ORGS_MAX];  /* it answered: a follow-up may be used */
    bool texted[SEND_ORGS_MAX]; /* its text was seen on a page by this run */
    bool bodied[SEND_ORGS_MAX]; /* and the entry that names the body */
    /* The relays, by id, on whose pages its text was seen. */
    struct {
        size_t n;
        uint8_t at[DIRECTORY_RELAYS_MAX][32];
    } seen[SEND_ORGS_MAX];
    /* RC_OK, or why nothing can be sealed to it by the visit's bundle. */
    enum rc refused[SEND_ORGS_MAX];
    size_t n_orgs;
    bool resume; /* the text was rung by another run */
    bool unconfirmed; /* she goes by a list that nobody has confirmed, too */
    bool doubted;     /* by such a list nothing was sent yet */
};

/*
 * Read and clean one more file to send along; says what was removed, or what
 * is wrong with it.
 * returns  RC_OK; RC_FORMAT, and nothing is changed; RC_NOMEM
 */
enum rc sending_attach(struct sending *s, const char *path,
                       const struct attach_options *opt) MUST_CHECK;
/* Once text and files are there: makes the body, if one is needed. */
enum rc sending_build(struct sending *s) MUST_CHECK;
/* By the network's bundle: can every recipient be written to? Says which can't:
 * the last one's reason is returned. */
enum rc sending_check(const struct sending *s,
                      const struct network *w) MUST_CHECK;
/* Which of the entries of a report. */
struct entry_what {
    enum head_kind kind; /* HEAD_REPORT or HEAD_FOLLOW_UP */
    bool body;           /* it names the body */
    bool no_text;        /* only that: its report was seen at every relay */
};

/*
 * Seal an entry for recipient k.
 * week     the week of the keys it is sealed to; may be NULL
 */
enum rc sending_entry(uint8_t entry[static ENTRY_REPORT_LEN], uint8_t *board,
                      uint32_t *week, const struct sending *s,
                      const struct network *w, size_t k,
                      const struct entry_what *what) MUST_CHECK;
/* Unix time, but not before the network's day. */
int64_t sending_now(const struct network *w);
/*
 * All of it, by as many visits as it takes: two recipients each, the boxes of a
 * body after the text, then its entries. Who can't be written to by a visit's
 * bundle is left out, and she is told after the visit. Says what is rung. May be
 * called again: then only for what is missing. By a list that nobody has
 * confirmed of late (s->doubted is set) it is a visit of dummies.
 * returns  RC_OK when every recipient's last entry was seen on a page;
 *          RC_TAKEN: this code can't carry these files; RC_FORGED where a
 *          relay showed forged pages; RC_EXPIRED, RC_MISSING: some can't be
 *          written to, and the others were; RC_AGAIN, others
 */
enum rc sending_run(struct sending *s, struct visit *v) MUST_CHECK;
/* What to do when it ended otherwise. */
void sending_explain(const struct sending *s, enum rc rc);
void sending_wipe(struct sending *s);

#endif
