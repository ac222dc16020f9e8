/* SPDX-License-Identifier: ISC */
/* The options by which every client finds the network and reaches relays. */
#ifndef NETOPT_H
#define NETOPT_H

#include "cli.h"
#include "rc.h"

#include <stdbool.h>

/* As entries of a table. */
#define NETOPT_OPTIONS                                                         \
    {.name = "network",                                                        \
     .value = "FILE",                                                          \
     .help = N_("the network's file (also $TOCSIN_NETWORK)")},                 \
        {.name = "socks",                                                      \
         .value = "HOST:PORT",                                                 \
         .help = N_("Tor's SOCKS port, or unix:PATH; else it is looked for")}, \
        {.name = "no-tor",                                                     \
         .help =                                                               \
             N_("go without Tor: relays and onlookers see where you are")},    \
    {                                                                          \
        .name = "ca-file", .value = "FILE",                                    \
        .help = N_("trust this certificate for https")                         \
    }

struct netopt {
    const char *network; /* NULL: the usual places */
    const char *socks;
    bool no_tor;
    const char *ca_file;
};

/* What they say. RC_FORMAT after printing an error. */
enum rc netopt_read(struct netopt *out,
                    const struct cli_option *options) MUST_CHECK;

#endif
