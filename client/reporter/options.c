/* SPDX-License-Identifier: ISC */
#include "commands.h"

struct cli_option common_options[] = {
    {.name = "network",
     .value = "FILE",
     .help = N_("the network's file (also $TOCSIN_NETWORK)")},
    {.name = "socks",
     .value = "HOST:PORT",
     .help = N_("Tor's SOCKS port, or unix:PATH; else it is looked for")},
    {.name = "no-tor",
     .help = N_("go without Tor: relays and onlookers see where you are")},
    {.name = "ca-file",
     .value = "FILE",
     .help = N_("trust this certificate for https")},
    {.name = "pace",
     .value = "SECONDS",
     .help = N_("between two rings at most (10)")},
    {.name = "patience",
     .value = "SECONDS",
     .help = N_("to wait for the pages of what was sent")},
    {.name = "figures", .help = N_("say at the end how many bytes were moved")},
    {.name = NULL},
};

enum rc
common_read(struct visit_options *out)
{
    uint64_t pace = VISIT_PACE_DEFAULT;
    uint64_t patience = 0;

    *out = (struct visit_options){
        .network = cli_value(common_options, "network"),
        .socks = cli_value(common_options, "socks"),
        .no_tor = cli_given(common_options, "no-tor"),
        .ca_file = cli_value(common_options, "ca-file"),
        .figures = cli_given(common_options, "figures"),
    };
    if (out->no_tor && out->socks != NULL) {
        cli_error(_("--socks and --no-tor: only one of them"));
        return RC_FORMAT;
    }
    if (cli_number(common_options, "pace", 0, 3600, &pace) != RC_OK ||
        cli_number(common_options, "patience", 1, 86400, &patience) != RC_OK) {
        return RC_FORMAT;
    }
    out->pace = (unsigned)pace;
    out->patience = (unsigned)patience;
    return RC_OK;
}
