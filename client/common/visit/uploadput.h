/* SPDX-License-Identifier: ISC */
/* Inside of uploads: one box at one relay, and what the relay asks for it. */
#ifndef UPLOADPUT_H
#define UPLOADPUT_H

#include "stream.h"
#include "upload.h"

/* An upload at one relay. */
struct uploading {
    struct upload *u;
    size_t k; /* which of its relays */
    struct stream stream;
    bool *done;   /* by box; heap */
    uint32_t low; /* every box below is stored */
    /* One thread at a time pays, for all: it holds `till`. */
    pthread_mutex_t till;
    unsigned paid; /* how often; of the stream's lock */
};

/* PUT of a box. What went wrong: as upload_at's rc. */
enum rc upload_put(struct uploading *at, struct net *net,
                   uint32_t i) MUST_CHECK;
/* Is box i there, with exactly our bytes? */
enum rc upload_has(struct uploading *at, struct net *net, enum upload_week week,
                   uint32_t i, bool *there) MUST_CHECK;

#endif
