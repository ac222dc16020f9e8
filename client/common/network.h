/* SPDX-License-Identifier: ISC */
/*
 * A network as a client sees it: the file it was given, the relays it lists,
 * the bundle they serve.
 *
 * The network file is a bundle (proto/bundle.h) with at least a root and a
 * directory: its newest root is the anchor of trust. The directory in it may
 * have expired; it then serves to find the relays and nothing else.
 */
#ifndef NETWORK_H
#define NETWORK_H

#include "bundle.h"
#include "net.h"

#include <stdbool.h>

struct network_relay {
    const struct directory_relay *info; /* leads into bundle->directory */
    const char *url;                    /* the one in use */
    bool up;                            /* answered in this run */
};

struct network {
    struct root anchor;
    struct bundle *bundle; /* the best one known */
    uint8_t *raw;          /* its bytes */
    size_t raw_len;
    struct network_relay relays[DIRECTORY_RELAYS_MAX];
    size_t n_relays;
    uint32_t today; /* by bundle_today */
};

/* Where the network file is looked for when none is named:
 * $TOCSIN_NETWORK, ~/.config/tocsin/network, /etc/tocsin/network. */
enum rc network_load(struct network *w, const char *path_or_null) MUST_CHECK;
/*
 * Fetch the bundle from every relay; keep the best one that verifies, merging
 * the newer desk and seen note of each organisation. Prints nothing;
 * *problem (static text or heap-free enum text) says in one line what went
 * wrong at which relay, for the user, or is NULL.
 * returns  RC_OK when at least one relay gave a bundle that passes
 *          bundle_check; else the reason
 */
enum rc network_refresh(struct network *w, struct net *n,
                        const struct net_circuit *c, const char **problem)
    MUST_CHECK;
void network_wipe(struct network *w);
/* The relays to write to: indexes of the first two that are not closing. */
size_t network_writers(const struct network *w, size_t out[static 2]);

#endif
