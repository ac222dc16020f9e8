/* SPDX-License-Identifier: ISC */
/*
 * How much one Tor circuit, or one connection where circuits are not known,
 * may write. Counts stand in memory and nowhere else. Tor does not tell when a
 * circuit ends, so that of one that wrote something outlives its last
 * connection for a while: who hangs up and calls again gains nothing.
 */
#ifndef QUOTA_H
#define QUOTA_H

#include "rc.h"

#include <stdbool.h>
#include <stdint.h>

struct quota_limits {
    uint32_t rings;
    uint32_t puts;        /* PUT, BURN and NOTE together */
    uint32_t connections; /* open at a time on one circuit */
    int64_t linger_ms;    /* after a circuit's last connection */
};

/* So many circuits without a connection are remembered; then the one that
 * left first is forgotten. */
#define QUOTA_LINGER_MAX 65536

enum quota_use {
    QUOTA_RING,
    QUOTA_PUT
};

struct quota; /* the table */
struct quota_count;

struct quota *quota_new(const struct quota_limits *limits);
/* All counts must have been left by their connections. */
void quota_free(struct quota *q);
/*
 * A connection begins; the same circuit gets the same count.
 * circuit  NULL: it counts for itself
 * returns  RC_OK, RC_FULL (too many connections on it), RC_NOMEM
 */
enum rc quota_join(struct quota_count **out, struct quota *q,
                   const uint32_t *circuit) MUST_CHECK;
/* The connection ends; the last one wipes the count, at once or later. NULL is
 * fine. */
void quota_leave(struct quota *q, struct quota_count *count);
/* Counts one operation; false when there is none left. */
bool quota_take(struct quota *q, struct quota_count *count,
                enum quota_use use) MUST_CHECK;
/* PUTs that were paid for: one is used up; false when there is none left. */
bool quota_spend(struct quota *q, struct quota_count *count) MUST_CHECK;
/* So many more were paid for; more than that are never owed. */
void quota_pay(struct quota *q, struct quota_count *count, uint32_t puts);
/* It was counted, and then put off: it does not count. */
void quota_return(struct quota *q, struct quota_count *count,
                  enum quota_use use);

#endif
