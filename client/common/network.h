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
    bool up; /* gave a bundle that passed, in the last refresh */
    /* Bits by id: the boards that its status listed, when it last had one. */
    bool has_status;
    uint8_t lists[BOARDS_MAX / 8];
    uint64_t newest[BOARDS_MAX]; /* page of each of them, by id */
    size_t via;                  /* by which it was asked in the last refresh */
};

/* Another way to a relay than its directory tells everybody. */
struct network_door {
    uint8_t id[32];
    char url[128];
};

struct network {
    struct root anchor;
    struct bundle *bundle; /* the best one known */
    uint8_t *raw;          /* its bytes */
    size_t raw_len;
    struct network_relay relays[DIRECTORY_RELAYS_MAX];
    size_t n_relays;
    struct network_door doors[DIRECTORY_RELAYS_MAX];
    size_t n_doors;
    uint32_t today; /* by bundle_today, from the last load or refresh */
    char problem[4 * NET_ERROR_MAX]; /* of several relays */
    enum rc worst;                   /* of the last refresh, over all relays */
};

/*
 * Where the network file is looked for when none is named: $TOCSIN_NETWORK,
 * ~/.config/tocsin/network, /etc/tocsin/network.
 * returns  RC_OK; RC_MISSING, RC_FULL, RC_IO (as file_read); what bundle_open
 *          says (RC_FORMAT, RC_FORGED, ...). *w is all zero unless RC_OK.
 */
enum rc network_load(struct network *w, const char *path_or_null) MUST_CHECK;
/* A network like another as it is now, but for its doors: relays by the first
 * address that the directory has. RC_OK, RC_NOMEM, as network_load. */
enum rc network_copy(struct network *w, const struct network *from) MUST_CHECK;
/*
 * Ask every relay for its status, in an order drawn by lot, those of a newer
 * directory too; fetch the bundle from the first, and from others where they
 * name another hash than what came; keep the best one that verifies, merging the newer desk and seen note of each
 * organisation. Nothing older than what is known is taken, and two directories
 * of one version are RC_FORGED. Pointers into w->bundle are stale afterwards.
 * problem  NULL, or one line for the user about what went wrong at which
 *          relay, also with RC_OK; good until the next call
 * returns  RC_OK when at least one relay gave a bundle that passes
 *          bundle_check; else the reason: RC_IO, RC_FORGED, RC_EXPIRED,
 *          RC_AGAIN (busy, or issued in the future: problem says which),
 *          RC_TAKEN (older than known), RC_FORMAT, ...; the bundle is the one
 *          before
 */
enum rc network_refresh(struct network *w, struct net *n,
                        const struct net_circuit *c,
                        const char **problem) MUST_CHECK;
/* How a relay is reached: one for each, so that all of them are at once. */
struct network_via {
    struct net *net;
    struct net_circuit circuit;
    unsigned tries;   /* of a request, where lines break; 0: one */
    int64_t again_ms; /* times the try, before the next */
    /* The net's own flag, by which it is left where it is much slower than the
     * first; NULL: the net is shared, and asked by one after the other. */
    atomic_bool *stop;
    const atomic_bool *end; /* NULL, or of the caller */
};
#define NETWORK_VIAS (2 * DIRECTORY_RELAYS_MAX)
/* The same, by ways of the caller's; the bundle comes by that of its relay. */
enum rc network_refresh_by(struct network *w,
                           struct network_via via[static NETWORK_VIAS],
                           const char **problem) MUST_CHECK;
/* From now on that relay is tried there first. Call it once *w stays where it
 * is. RC_OK, RC_FULL. */
enum rc network_door(struct network *w, const uint8_t id[static 32],
                     const char *url) MUST_CHECK;
void network_wipe(struct network *w);
/* The answers board to ring at a relay: of those in the directory that its
 * status lists the one with the highest id; NULL where it lists none. */
const struct board *network_answers(const struct network *w, size_t relay);
/* The relays to write to: indexes of those that are open. */
size_t network_writers(const struct network *w, size_t out[static 2]);

/* Section 7's time, in seconds since 1970: this computer's, but not before the
 * first second of `today`. */
int64_t network_now(const struct network *w);

#endif
