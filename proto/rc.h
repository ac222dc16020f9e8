/* SPDX-License-Identifier: ISC */
/*
 * One result type for the whole project. Results are returned by value;
 * what a function makes leaves through pointers, cleared first thing.
 */
#ifndef RC_H
#define RC_H

#define MUST_CHECK __attribute__((warn_unused_result))

enum rc {
    RC_OK = 0,
    RC_TRUNCATED, /* input ends too early */
    RC_FORMAT,    /* input breaks its format */
    RC_FORGED,    /* a signature, tag or hash does not fit */
    RC_EXPIRED,   /* too old, or from the future */
    RC_MISSING,   /* not there */
    RC_TAKEN,     /* there already, with other content; or older than held */
    RC_FULL,      /* a limit is reached, nothing was changed */
    RC_AGAIN,     /* try again later, nothing was changed */
    RC_IO,        /* the system failed: errno or the caller's log has more */
    RC_NOMEM
};

/* A short English text for logs and error messages, never NULL. */
const char *rc_text(enum rc rc);

#endif
