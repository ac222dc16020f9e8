/* SPDX-License-Identifier: ISC */
/*
 * What goes over the control socket: a line there, lines "name value" back.
 */
#ifndef CONTROLTEXT_H
#define CONTROLTEXT_H

#include "rc.h"
#include "reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_LINE_MAX   64
#define CONTROL_ANSWER_MAX 8192

/*
 * What a caller has sent so far.
 * returns  RC_OK (it asks for the status), RC_TRUNCATED (more is to come),
 *          RC_FORMAT
 */
enum rc control_ask_parse(const char *in, size_t len) MUST_CHECK;

struct control_line {
    const char *name; /* name_len bytes, borrowed */
    size_t name_len;
    const char *value; /* value_len bytes, borrowed */
    size_t value_len;
    bool is_number; /* without leading zeros, below 2^53 */
    uint64_t number;
};

/* The next line of the answer. RC_OK; RC_MISSING at the end; RC_FORMAT,
 * RC_TRUNCATED. */
enum rc control_line_next(struct control_line *out,
                          struct reader *r) MUST_CHECK;

#endif
