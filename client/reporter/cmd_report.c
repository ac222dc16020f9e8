/* SPDX-License-Identifier: ISC */
/* tocsin report */
#include "commands.h"

#include <unistd.h>

#include "write.h"

struct cli_option report_options[] = {
    WRITE_OPTIONS,
    {.name = "resume",
     .help = N_("go on with an interrupted upload (needs the code)")},
    {.name = NULL},
};

static int
usage(void)
{
    const bool resume = cli_given(report_options, "resume");

    if (resume && !cli_given(report_options, "code-fd") &&
        !isatty(STDIN_FILENO)) {
        cli_error(_("--resume needs the code of the report: --code-fd N"));
        return CLI_USAGE;
    }
    if (resume && cli_given(report_options, "print-code")) {
        cli_error(_("--print-code makes a new code; with --code-fd or "
                    "--resume there is none"));
        return CLI_USAGE;
    }
    return CLI_DONE;
}

static enum rc
compose(struct write *w, struct visit *v)
{
    enum rc rc = write_compose(w, v, report_options, true);

    if (rc != RC_OK) {
        return rc;
    }
    w->sending.resume = cli_given(report_options, "resume");
    return write_code(w, report_options, w->sending.resume);
}

static enum rc
deliver(struct write *w, struct visit *v)
{
    return write_send(w, v, NULL);
}

int
report_run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    if (usage() != CLI_DONE) {
        return CLI_USAGE;
    }
    return write_run(report_options, compose, deliver);
}
