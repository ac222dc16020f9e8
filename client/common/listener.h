/* SPDX-License-Identifier: ISC */
/*
 * Who listens at an address of this machine, out of the tables that Linux has
 * at /proc/net/tcp and /proc/net/tcp6.
 * source   Linux, Documentation/networking/proc_net_tcp.rst; words of an
 *          address are in the machine's own byte order
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTENER_OWNERS_MAX 8

struct listener_addr {
    bool v6;
    uint8_t ip[16]; /* the first four where it is not v6 */
    uint16_t port;
};

/* The users whose sockets take connections to an address: those that listen at
 * it, or, where there is none, at every address. */
struct listener_owners {
    unsigned how; /* how well they fit, LISTENER_... */
    size_t n;
    uint32_t uid[LISTENER_OWNERS_MAX]; /* distinct */
};

/*
 * Adds what one table says to owners, which begin all zero.
 * v6       is it the table of IPv6?
 * returns  RC_OK; RC_FORMAT (not such a table, or none of this Linux); RC_FULL
 *          (too many owners). Otherwise owners are of no use.
 */
enum rc listener_add(struct listener_owners *owners,
                     const struct listener_addr *addr, bool v6,
                     const char *table, size_t len) MUST_CHECK;

#endif
