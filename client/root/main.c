/* SPDX-License-Identifier: ISC */
/* tocsin-root: the ceremony of the root signers. See tocsin-root(1). */
#include "commands.h"

static const struct cli_command commands[] = {
    {"keygen", "NAME", N_("make a signer's key; prints its public line"),
     keygen_options, keygen_run, 1, 1},
    {"new", "", N_("make a root: who the signers are, how many must sign"),
     new_options, new_run, 0, 0},
    {"directory", "", N_("begin a directory"), directory_options, directory_run,
     0, 0},
    {"doors", "", N_("begin a list of relays' doors for desks"), doors_options,
     doors_run, 0, 0},
    {"add", "FILE board|relay|org|door|desk LINE",
     N_("add a line to a directory, or to a list of doors"), add_options,
     add_run, 3, 3},
    {"remove", "FILE board|relay|org|door|desk ID", N_("take one out of it"),
     remove_options, remove_run, 3, 3},
    {"revoke", "FILE ORG",
     N_("say that nobody must write to an organisation any more"), NULL,
     revoke_run, 2, 2},
    {"close", "FILE RELAY", N_("announce that a relay closes"), close_options,
     close_run, 2, 2},
    {"page", "FILE [SHA256]", N_("set the hash of the web page"), page_options,
     page_run, 1, 2},
    {"web", "TEMPLATE",
     N_("make the web page of a network; prints its SHA-256"), web_options,
     web_run, 1, 1},
    {"renew", "FILE", N_("the next version of a directory, unchanged"), NULL,
     renew_run, 1, 1},
    {"show", "FILE", N_("what a root, a directory or a list of doors says"),
     show_options, show_run, 1, 1},
    {"diff", "OLD NEW", N_("what changes from one to the other, in words"),
     NULL, diff_run, 2, 2},
    {"sign", "FILE", N_("sign one of them, in place"), sign_options, sign_run,
     1, 1},
    {"merge", "FILE...", N_("join the signatures of copies"), merge_options,
     merge_run, 1, -1},
    {"verify", "FILE...",
     N_("check roots, directories and network files; exit 3 if one is not "
        "authentic"),
     verify_options, verify_run, 1, -1},
    {"bundle", "FILE...",
     N_("make the network file out of all roots and the directory"),
     bundle_options, bundle_run, 1, -1},
    {NULL, NULL, NULL, NULL, NULL, 0, 0}};

int
main(int argc, char **argv)
{
    cli_init("tocsin-root");
    return cli_main(argc, argv,
                    N_("Roots and directories of a Tocsin network, signed by "
                       "several people with files carried between machines."),
                    NULL, commands);
}
