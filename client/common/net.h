/* SPDX-License-Identifier: ISC */
/*
 * HTTP to relays, by libcurl, through Tor unless told otherwise. Blocking.
 * The relay is hostile: lengths, status codes and headers are bounded.
 * A struct net is for one thread. The program ignores SIGPIPE (cli_init).
 */
#ifndef NET_H
#define NET_H

#include "cell.h"
#include "rc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_ERROR_MAX 1280 /* bytes of net_error's line, with its end */

struct net;

struct net_options {
    const char *socks; /* "host:port" or "unix:/path"; NULL: see no_tor */
    /* Go to relays directly. Without it and without socks, this machine's Tor
     * is looked for (tor.h) when first needed; a unix: address needs none. */
    bool no_tor;
    unsigned connect_seconds; /* 0: the default (30; 120 over SOCKS) */
    unsigned stall_seconds;   /* without progress; 0: 60 */
    unsigned request_seconds; /* for all of a request; 0: 600 */
    /* Counts for --verbose and figures; added to, atomically, if not NULL. */
    uint64_t *bytes_up;
    uint64_t *bytes_down;
    /* NULL, or a flag that a signal handler sets: requests then end soon,
     * with RC_IO. */
    const atomic_bool *stop;
    /* A file with the certificate to trust for https, NULL: the system's. */
    const char *ca_file;
};

/*
 * A circuit: requests with the same one may share a Tor circuit and a
 * connection, others never do. The name is a fresh random SOCKS user.
 */
struct net_circuit {
    char user[33];
};

enum rc net_new(struct net **out, const struct net_options *opt) MUST_CHECK;
void net_free(struct net *n);
void net_circuit_fresh(struct net_circuit *c);

/*
 * url      of the relay, as the directory lists it: http(s)://host[:port], or
 *          unix:/path
 * path     "/v1/..."
 * max      bytes at most; more is RC_FULL
 * out      heap; the caller frees it
 * returns  RC_OK (200), RC_MISSING (404), RC_AGAIN (503, 429), RC_FORMAT
 *          (anything else that breaks the protocol), RC_IO (no connection,
 *          time-out; net_error says why), RC_FULL
 */
enum rc net_get(struct net *n, const struct net_circuit *c, const char *url,
                const char *path, size_t max, uint8_t **out,
                size_t *len) MUST_CHECK;
/* The same of somebody's web site, asked for as a browser opens a page: it may
 * be packed, and its length need not be stated. */
enum rc net_page(struct net *n, const struct net_circuit *c, const char *url,
                 const char *path, size_t max, uint8_t **out,
                 size_t *len) MUST_CHECK;
/* One exchange. RC_OK: exactly CELL_LEN bytes came with 200. RC_FORMAT: 400,
 * with the relay's text in net_error (escaped). */
enum rc net_exchange(struct net *n, const struct net_circuit *c,
                     const char *url, const uint8_t up[static CELL_LEN],
                     uint8_t down[static CELL_LEN]) MUST_CHECK;
/*
 * Requests end then, with RC_IO, those that are begun later at once: for
 * several that together must not take long.
 * until_ms  by clock_mono_ms; 0: no more
 */
void net_set_deadline(struct net *n, int64_t until_ms);
/* One line about the last failure, safe to print: what to do, translated, and
 * in brackets perhaps a detail in English. */
const char *net_error(const struct net *n);

#endif
