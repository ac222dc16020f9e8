/* SPDX-License-Identifier: ISC */
/* Inside of cover.c and coverrun.c: one own visit of a desk, with its thread. */
#ifndef COVER_H
#define COVER_H

#include "visit.h"
#include "watch.h"

#include <stdatomic.h>

/* An own report, and where it was taken. */
struct cover_own {
    uint8_t a[32];
    uint8_t board;
    uint8_t entry[ENTRY_REPORT_LEN];
    size_t n_rung;
    struct {
        uint8_t relay[32];
        uint64_t page;
    } rung[DIRECTORY_RELAYS_MAX];
};

struct cover {
    pthread_t thread;
    atomic_bool ended;
    pthread_mutex_t mutex; /* of rung */
    atomic_bool news;      /* something new is in it */
    struct visit v;
    size_t n_own;
    struct cover_own own[VISIT_BLOCKS]; /* the last has the body */
    struct body_name body;              /* boxes 0: none */
    uint8_t *bytes;                     /* of it; heap */
    size_t n_gets, n_burns;
    struct cover_dummy gets[VISIT_BLOCKS], burns[VISIT_BLOCKS];
};

/* The thread's main function; arg is a struct cover. It touches nothing else,
 * so it needs no lock but that. */
void *cover_main(void *arg);

#endif
