/* SPDX-License-Identifier: ISC */
#include "netopt.h"

#include <stddef.h>

enum rc
netopt_read(struct netopt *out, const struct cli_option *options)
{
    *out = (struct netopt){
        .network = cli_value(options, "network"),
        .socks = cli_value(options, "socks"),
        .no_tor = cli_given(options, "no-tor"),
        .ca_file = cli_value(options, "ca-file"),
    };
    if (out->no_tor && out->socks != NULL) {
        cli_error(_("--socks and --no-tor: only one of them"));
        return RC_FORMAT;
    }
    return RC_OK;
}
