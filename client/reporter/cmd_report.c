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
    return write_usage(report_options);
}

/* The shape is one, with answers to look for or without. */
static enum rc
look(struct write *w, struct visit *v)
{
    (void)w;
    return visit_answers_unread(v);
}

int
report_run(int argc, char **argv)
{
    struct visit_options opt;
    struct visit v = {0};
    struct write w = {0};
    enum rc rc;

    (void)argc;
    (void)argv;
    if (usage() != CLI_DONE || common_read(&opt) != RC_OK) {
        return CLI_USAGE;
    }
    if ((rc = visit_init(&v, &opt)) == RC_OK && (rc = write_new(&w)) == RC_OK &&
        (rc = write_compose(&w, &v, report_options, true)) == RC_OK) {
        w.sending.resume = cli_given(report_options, "resume");
        rc = write_code(&w, report_options, w.sending.resume);
    }
    if (rc == RC_OK) {
        rc = write_send(&w, &v, look);
    }
    write_wipe(&w);
    visit_wipe(&v);
    return cli_exit(rc);
}
