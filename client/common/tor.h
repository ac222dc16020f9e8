/* SPDX-License-Identifier: ISC */
/*
 * Finding the Tor of this machine: its SOCKS listener. On a machine that
 * several people use anybody can listen where Tor does when it does not run,
 * so what belongs to another person is not taken for Tor.
 */
#ifndef TOR_H
#define TOR_H

#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#define TOR_SOCKS_MAX 160

/* What is looked at to find out whose a listener is, and who may have it
 * besides root and the users that tor runs as. */
struct tor_machine {
    const char *tcp, *tcp6; /* /proc/net/... */
    const char *passwd;
    uint32_t own; /* the caller's user: Tor Browser runs as him */
};
void tor_machine_init(struct tor_machine *out);

struct tor_found {
    char socks[TOR_SOCKS_MAX]; /* as in net_options.socks; "" if none */
    char problem[1024]; /* translated, what to do, where none is */
};

/*
 * The first listener among those named that belongs to nobody else, speaks
 * SOCKS 5 and takes user names, which is what keeps circuits apart.
 * among    "host:port" (host a number) or "unix:/path". Whose a listener is
 *          can be told, and is, only on this machine.
 * returns  RC_OK; RC_MISSING; RC_FORGED (there is one, but of another user);
 *          RC_IO (there is one, and whose it is can't be found out)
 */
enum rc tor_find_among(struct tor_found *out, const struct tor_machine *m,
                       const char *const among[], size_t n) MUST_CHECK;
/*
 * Where Tor is to be expected: what $TOR_SOCKS_IPC_PATH, or $TOR_SOCKS_HOST
 * and $TOR_SOCKS_PORT name, as for Tor Browser; without them the system's tor
 * (/run/tor/socks, port 9050), then Tor Browser's own (port 9150).
 */
enum rc tor_find(struct tor_found *out) MUST_CHECK;
/* Has nobody else taken the place of the one that was found, while it was
 * away? RC_OK (also if nothing is there now), RC_FORGED, RC_IO; then the
 * problem is set. */
enum rc tor_check(struct tor_found *found,
                  const struct tor_machine *m) MUST_CHECK;

#endif
