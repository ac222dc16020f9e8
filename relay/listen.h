/* SPDX-License-Identifier: ISC */
/*
 * The sockets that are listened on. TCP ones: one for each worker, shared by
 * SO_REUSEPORT. Unix ones: one, accepted from in turn.
 */
#ifndef LISTEN_H
#define LISTEN_H

#include "config.h"

struct listener {
    int fd;
    enum listen_kind kind;
    bool proxy;
    unsigned worker; /* whose it is; LISTEN_ALL: everyone's */
    const struct config_listen *spec;
};

#define LISTEN_ALL 0xffffffffu

/*
 * Open everything that the configuration names.
 * out      heap, *n listeners; closed by listen_close
 * why      what failed, a line
 */
enum rc listen_open(struct listener **out, size_t *n, const struct config *c,
                    unsigned workers, char *why, size_t why_len) MUST_CHECK;
void listen_close(struct listener *l, size_t n);
/* "ready tcp 127.0.0.1 4321" and so on, a line each. */
void listen_announce(const struct listener *l, size_t n, FILE *out);
/* A Unix socket that listens; a stale one is replaced, a live one is
 * RC_TAKEN. */
enum rc listen_unix(int *fd, const char *path, mode_t mode) MUST_CHECK;

#endif
