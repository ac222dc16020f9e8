/* SPDX-License-Identifier: ISC */
/*
 * Visits of a person's at her terminal: what goes wrong is said, and what is
 * waited for is shown. What is done in a visit is in visit.h.
 */
#ifndef VISITING_H
#define VISITING_H

#include "visit.h"

/* Reads the network file; no network yet. Says what is wrong with it. */
enum rc visiting_open(struct visit *v, const struct visit_options *opt)
    MUST_CHECK;
/* The bundle, and nothing else (`orgs`; before she writes, where the directory
 * that she has is too old). */
enum rc visiting_refresh(struct visit *v) MUST_CHECK;
/* visit_run, after a pause if it is not the first. what: it is for, as in
 * "sent; waiting for the page that shows it"; NULL: nothing is rung. */
enum rc visiting_run(struct visit *v, struct visit_job *job,
                     const char *what) MUST_CHECK;
/* Says how many bytes were moved, where that was asked for. */
void visiting_close(struct visit *v);

#endif
