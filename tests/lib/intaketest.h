/* SPDX-License-Identifier: ISC */
/* Entries as reporters and others make them, and a desk that takes them. For
 * tests with cmocka: what fails here fails the test. */
#ifndef INTAKETEST_H
#define INTAKETEST_H

#include "entry.h"
#include "intake.h"
#include "weekkeys.h"

#define WEEK 2968u

extern const uint8_t relay_a[32], relay_b[32];
extern struct desk desk; /* has the keys of WEEK and of two weeks around it */

int intake_setup(void **state);
int intake_teardown(void **state);

/* One conversation: root_O, r_O, R_O. */
struct reporter {
    uint8_t root[32], r[32], reply[32];
};

void somebody(struct reporter *r);
struct desknote_week public_keys(uint32_t week);
/* Head bytes, sealed for a week. */
void seal(uint8_t entry[static ENTRY_REPORT_LEN], const uint8_t *head,
          uint32_t week, const uint8_t eseed[static ENTRY_ESEED_LEN]);
/* P by r's root and X25519(secret, point), for WEEK. */
void prove(uint8_t head[static HEAD_LEN], const struct reporter *r,
           const uint8_t *secret, const uint8_t *point,
           const uint8_t eseed[static ENTRY_ESEED_LEN]);
struct head report_head(const struct reporter *r, const char *text);
/* r: who proves it; NULL: nobody, P is as it stands in h */
void write_entry(uint8_t entry[static ENTRY_REPORT_LEN], const struct head *h,
                 const struct reporter *r);
void report(uint8_t entry[static ENTRY_REPORT_LEN], const struct reporter *r,
            const char *text);
/* A follow-up in r's conversation, without a proof. */
void follow_up_head(uint8_t head[static HEAD_LEN], const struct reporter *r);
/* Proven by `prover`, or by nobody where that is NULL. */
void follow_up(uint8_t entry[static ENTRY_REPORT_LEN],
               const struct reporter *r, const struct reporter *prover);

/* What the desk makes of an entry on a page of that week; of WEEK. */
struct intake_result take_at(const uint8_t *entry, const uint8_t *relay,
                             uint32_t week);
struct intake_result take(const uint8_t *entry);
/* Rows of a kind. */
size_t count(enum vault_kind kind);

#endif
