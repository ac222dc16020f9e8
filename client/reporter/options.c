/* SPDX-License-Identifier: ISC */
#include "commands.h"

#include "netopt.h"

struct cli_option common_options[] = {
    NETOPT_OPTIONS,
    {.name = "pace",
     .value = "SECONDS",
     .help = N_("between two rings at most (10)")},
    {.name = "patience",
     .value = "SECONDS",
     .help = N_("to wait for the pages of what was sent")},
    {.name = "figures", .help = N_("say at the end how many bytes were moved")},
    {.name = NULL},
};

static void
say(const char *line)
{
    cli_say("%s", line);
}

enum rc
common_read(struct visit_options *out)
{
    uint64_t pace = VISIT_PACE_DEFAULT;
    uint64_t patience = 0;
    struct netopt net;

    if (netopt_read(&net, common_options) != RC_OK) {
        return RC_FORMAT;
    }
    *out = (struct visit_options){
        .network = net.network,
        .socks = net.socks,
        .no_tor = net.no_tor,
        .ca_file = net.ca_file,
        .figures = cli_given(common_options, "figures"),
        .say = say,
    };
    if (cli_number(common_options, "pace", 0, 3600, &pace) != RC_OK ||
        cli_number(common_options, "patience", 1, 86400, &patience) != RC_OK) {
        return RC_FORMAT;
    }
    out->pace = (unsigned)pace;
    out->patience = (unsigned)patience;
    return RC_OK;
}
