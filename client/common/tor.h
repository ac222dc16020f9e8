/* SPDX-License-Identifier: ISC */
/*
 * Finding the Tor of this machine: its SOCKS listener.
 */
#ifndef TOR_H
#define TOR_H

#include "rc.h"

#include <stddef.h>

#define TOR_SOCKS_MAX 160

/*
 * The first listener among those named that speaks SOCKS 5 and takes user
 * names, which is what keeps circuits apart.
 * out      as in net_options.socks
 * among    "host:port" (host a number) or "unix:/path"
 * returns  RC_OK, RC_MISSING
 */
enum rc tor_find_among(char out[static TOR_SOCKS_MAX],
                       const char *const among[], size_t n) MUST_CHECK;
/*
 * Where Tor is to be expected: what $TOR_SOCKS_IPC_PATH, or $TOR_SOCKS_HOST
 * and $TOR_SOCKS_PORT name, as for Tor Browser; without them the system's tor
 * (/run/tor/socks, port 9050), then Tor Browser's own (port 9150).
 * returns  RC_OK, RC_MISSING
 */
enum rc tor_find(char out[static TOR_SOCKS_MAX]) MUST_CHECK;

#endif
