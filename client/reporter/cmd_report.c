/* SPDX-License-Identifier: ISC */
/* tocsin report */
#include "commands.h"

#include <string.h>
#include <unistd.h>

#include "write.h"

struct cli_option report_options[] = {
    {.name = "to",
     .value = "NAME",
     .repeatable = true,
     .help = N_("an organisation; without it, everything is asked")},
    WRITE_SCHEMA_OPTIONS,
    WRITE_FILE_OPTIONS,
    WRITE_CODE_OPTIONS,
    {.name = "resume",
     .help = N_("go on with an interrupted upload (needs the code)")},
    {.name = NULL},
};

static int
usage(void)
{
    if (!cli_given(report_options, "to") && !isatty(STDIN_FILENO)) {
        cli_error(_("say who shall hear it with --to NAME; `tocsin orgs` "
                    "lists them"));
        return CLI_USAGE;
    }
    if (cli_given(report_options, "resume") &&
        !cli_given(report_options, "code-fd") && !isatty(STDIN_FILENO)) {
        cli_error(_("--resume needs the code of the report: --code-fd N"));
        return CLI_USAGE;
    }
    if (cli_value(report_options, "code-fd") != NULL &&
        strcmp(cli_value(report_options, "code-fd"), "0") == 0) {
        cli_error(_("descriptor 0 has the text; hand the code over by "
                    "another one, as in --code-fd 4 4<file"));
        return CLI_USAGE;
    }
    if (cli_given(report_options, "print-code") &&
        (cli_given(report_options, "code-fd") ||
         cli_given(report_options, "resume"))) {
        cli_error(_("--print-code makes a new code; with --code-fd or "
                    "--resume there is none"));
        return CLI_USAGE;
    }
    return CLI_DONE;
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
    if ((rc = visit_init(&v, &opt)) != RC_OK || (rc = write_new(&w)) != RC_OK ||
        (rc = write_compose(&w, &v, report_options, true)) != RC_OK) {
        goto out;
    }
    w.sending.resume = cli_given(report_options, "resume");
    if ((rc = write_code(&w, report_options, w.sending.resume)) != RC_OK ||
        (!v.connected && (rc = visit_connect(&v)) != RC_OK) ||
        (rc = sending_check(&w.sending, &v.w)) != RC_OK ||
        (rc = visit_answers_unread(&v)) != RC_OK) {
        goto out;
    }
    rc = sending_run(&w.sending, &v);
out:
    write_wipe(&w);
    visit_wipe(&v);
    return cli_exit(rc);
}
