/* SPDX-License-Identifier: ISC */
/* tocsin: what a reporter, or whoever helps her, runs. */
#include "commands.h"

static const struct cli_command commands[] = {
    {"orgs", "", N_("list the organisations that can hear you"), orgs_options,
     orgs_run, 0, 0},
    {"report", "", N_("write a report and ring it; gives you a code"),
     report_options, report_run, 0, 0},
    {"inbox", "", N_("read the answers to a code"), inbox_options, inbox_run, 0,
     0},
    {"reply", "", N_("write again to an organisation, with the same code"),
     reply_options, reply_run, 0, 0},
    {"burn", "", N_("destroy the answers to a code, unread ones too"),
     burn_options, burn_run, 0, 0},
    {"seal", "", N_("write a report into one file, to be posted later"),
     seal_options, seal_run, 0, 0},
    {"deliver", "FILE", N_("post a file that seal made"), deliver_options,
     deliver_run, 1, 1},
    {NULL, NULL, NULL, NULL, NULL, 0, 0},
};

int
main(int argc, char **argv)
{
    cli_init("tocsin");
    return cli_main(argc, argv,
                    N_("reports violations of workers' rights, anonymously"),
                    common_options, commands);
}
