/* SPDX-License-Identifier: ISC */
/* An answer as it comes in, with what bounds it; for net.c alone. */
#ifndef NET_ANSWER_H
#define NET_ANSWER_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#define NET_ANSWER_ERROR_MAX 512 /* bytes of an answer other than 200 */

struct net_answer {
    CURL *curl;
    uint8_t *buf;
    size_t len;
    size_t cap;
    size_t max;
    size_t header_lines;
    size_t header_bytes;
    bool headers_end; /* an empty line came last */
    enum rc rc;       /* why it was stopped */
    const char *why;  /* with RC_FORMAT */
};

/* For CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION: arg is the answer. What
 * they refuse ends the request, and the answer's rc says why. */
size_t net_answer_header(char *line, size_t size, size_t n, void *arg);
size_t net_answer_body(char *data, size_t size, size_t n, void *arg);

#endif
