/* SPDX-License-Identifier: ISC */
/*
 * From entries to cases. PROTOCOL.md section 5.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include "desk.h"

#include <stdint.h>

#define INTAKE_ORPHANS_MAX 200 /* of a week */

/* What became of an entry. */
enum intake_what {
    INTAKE_MISS,     /* not for us, or nothing that makes sense */
    INTAKE_KNOWN,    /* opened before, at another relay or page */
    INTAKE_CASE,     /* a new case */
    INTAKE_MESSAGE,  /* one more message of a case */
    INTAKE_ORPHAN,   /* a follow-up of a report that is not here (yet) */
    INTAKE_CROWDED,  /* one of those that the lot did not keep */
    INTAKE_FORGED,   /* a follow-up whose proof is wrong: a miss */
    INTAKE_OWN       /* our own: cover and canary */
};

struct intake_result {
    enum intake_what what;
    uint32_t case_no;     /* CASE, MESSAGE; FORGED: whose it claimed to be */
    bool twin;            /* CASE: another has its root */
    bool body;            /* it names a body that is now waited for */
    size_t adopted;       /* orphans that found their case by this one */
};

/* Where an entry stood. */
struct intake_place {
    const uint8_t *relay; /* id, 32 bytes */
    uint64_t page;
    uint16_t tick;
};

/*
 * Take an untrusted entry of ENTRY_REPORT_LEN bytes. What it says is on disk
 * when this returns.
 * returns  RC_OK; RC_IO, RC_NOMEM, RC_FULL, RC_FORGED when the store failed:
 *          nothing of it was kept, take it again
 */
enum rc intake_entry(struct desk *d, struct intake_result *out,
                     const uint8_t *entry, const struct intake_place *at)
    MUST_CHECK;
/*
 * Forget what is kept for the life of a week's keys. Follow-ups whose report
 * has not come by then become cases of their own, marked as lost.
 */
enum rc intake_forget_week(struct desk *d, uint32_t week) MUST_CHECK;

#endif
