/* SPDX-License-Identifier: ISC */
/* The header lines of our answers: from the command line, and for people. */
#ifndef REPLYLINES_H
#define REPLYLINES_H

#include "answertext.h"
#include "cli.h"
#include "desk.h"

#include <stddef.h>
#include <stdint.h>

#define REPLYLINES_MAX 1024

/* Text, yet without the empty line. Secret: wipe it. */
struct replylines {
    uint8_t text[REPLYLINES_MAX];
    size_t len; /* 0: no header lines */
};

/*
 * What --status, --outcome, --ref and --refer say; the organisation that is
 * referred to is looked up in the desk's list, or the one of --network. Prints
 * its own errors.
 * returns  RC_OK; RC_FORMAT for what can't be a line, RC_FULL for too much of
 *          it; RC_MISSING, RC_TAKEN, RC_EXPIRED (revoked) for who is referred
 *          to; what network_load says
 */
enum rc replylines_read(struct replylines *out, const struct desk *d,
                        const struct cli_option *options) MUST_CHECK;
/* The answers of a case. status: of the last that names one and can be sent, by
 * its word, or NULL. RC_OK, RC_NOMEM. */
struct replylines_answers {
    size_t queued, sent, shown, failed;
    const char *status;
};
enum rc replylines_count(struct replylines_answers *out, struct desk *d,
                         const struct case_rec *c) MUST_CHECK;
/* The answer as it is shown at the desk, each line behind `indent` spaces. */
void replylines_show(const struct answer_rec *a, unsigned indent);

#endif
