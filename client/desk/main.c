/* SPDX-License-Identifier: ISC */
/* tocsin-desk: what an organisation runs. */
#include "commands.h"

#include "netopt.h"

#include <stddef.h>

struct cli_option desk_common[] = {
    {.name = "dir",
     .value = "DIR",
     .help = N_("the desk's folder; ~/.local/share/tocsin-desk otherwise")},
    NETOPT_OPTIONS,
    {.name = "passphrase-fd",
     .value = "N",
     .help = N_("read the pass phrase from this descriptor")},
    {.name = "identity-passphrase-fd",
     .value = "N",
     .help = N_("read the identity key's from this one")},
    {.name = NULL}};

struct cli_option desk_init_options[] = {
    {.name = "name",
     .value = "TEXT",
     .help = N_("the organisation's name, as reporters see it")},
    {.name = "board",
     .value = "N",
     .help = N_("its report board; 1 otherwise")},
    {.name = "kind",
     .value = "WORD",
     .help = N_("union, ngo, ...; union otherwise")},
    {.name = "countries",
     .value = "LIST",
     .help = N_("codes with commas; none means everywhere")},
    {.name = "sectors", .value = "LIST", .help = N_("with commas")},
    {.name = "languages", .value = "LIST", .help = N_("codes with commas")},
    {.name = "codes",
     .value = "LIST",
     .help = N_("kinds of violations it takes, with commas")},
    {.name = "identity",
     .value = "FILE",
     .help = N_("where the identity key goes; DIR/identity.key otherwise")},
    {.name = NULL}};

struct cli_option desk_publish_options[] = {
    {.name = "weeks",
     .value = "N",
     .help = N_("notes for this week and those that follow; 4 otherwise")},
    {.name = "identity",
     .value = "FILE",
     .help = N_("the identity key; DIR/identity.key otherwise")},
    {.name = "request",
     .value = "FILE",
     .help = N_("only write what the identity key has to sign")},
    {.name = "sign",
     .value = "FILE",
     .help = N_("offline: sign what is in FILE, with --out")},
    {.name = "out",
     .value = "FILE",
     .help = N_("write the signed notes there, send nothing")},
    {.name = "in",
     .value = "FILE",
     .help = N_("take signed notes from FILE and send them")},
    {.name = NULL}};

struct cli_option desk_watch_options[] = {
    {.name = "notify",
     .value = "COMMAND",
     .help = N_("run this by sh when something came; $1 says only that")},
    {.name = "page-copy",
     .value = "FILE|URL",
     .help = N_("compare a published copy of the page every day"),
     .repeatable = true},
    {.name = "max-body",
     .value = "MIB",
     .help = N_("leave larger attachments; 1024 otherwise")},
    {.name = "keep-free",
     .value = "MIB",
     .help = N_("attachments leave so much of the disk; 256 otherwise")},
    {.name = "verbose", .help = N_("also say what is done for cover")},
    {.name = "mean-answer",
     .value = "SECONDS",
     .help = N_("(tests) wait of an answer; 600 otherwise")},
    {.name = "mean-body",
     .value = "SECONDS",
     .help = N_("(tests) between attachments; 60 otherwise")},
    {.name = "own-per-day",
     .value = "N",
     .help = N_("(tests) own reports a day")},
    {.name = "dummies-per-day",
     .value = "N",
     .help = N_("(tests) dummy answers a day")},
    {.name = "mean-fetch",
     .value = "SECONDS",
     .help = N_("(tests) until a dummy answer is fetched; 3 days otherwise")},
    {.name = "gap",
     .value = "SECONDS",
     .help = N_("(tests) between the two entries of a visit; 10")},
    {.name = "poll",
     .value = "SECONDS",
     .help = N_("(tests) look at the relays so often")},
    {.name = "refresh",
     .value = "SECONDS",
     .help = N_("(tests) look at the directory so often")},
    {.name = "grace",
     .value = "PAGES",
     .help = N_("(tests) pages an entry may be late; 70 otherwise")},
    {.name = "stall",
     .value = "SECONDS",
     .help = N_("(tests) wait for a relay so long; 60 otherwise")},
    {.name = NULL}};

struct cli_option desk_list_options[] = {
    {.name = "json", .help = N_("as JSON")},
    {.name = "forget-alarms",
     .help = N_("list the alarms for the last time")},
    {.name = NULL}};

struct cli_option desk_save_options[] = {
    {.name = "to",
     .value = "DIR",
     .help = N_("where the files go; this folder otherwise")},
    {.name = "again",
     .help = N_("only ask relays again for what is missing")},
    {.name = NULL}};

struct cli_option desk_reply_options[] = {
    {.name = "attach",
     .value = "FILE",
     .help = N_("send a file along"),
     .repeatable = true},
    {.name = "status",
     .value = "WORD",
     .detail = true,
     .help = N_("how far it is: opened, working, asks or closed")},
    {.name = "outcome",
     .value = "TEXT",
     .detail = true,
     .help = N_("what came of it, one line")},
    {.name = "ref",
     .value = "TEXT",
     .detail = true,
     .help = N_("your number for it, for the reporter")},
    {.name = "refer",
     .value = "NAME",
     .detail = true,
     .help = N_("another organisation that she can write to")},
    CLI_DETAILS_OPTION,
    {.name = NULL}};

struct cli_option desk_delete_options[] = {
    {.name = "yes", .help = N_("do not ask")},
    {.name = NULL}};

struct cli_option desk_rotate_options[] = {
    {.name = "weeks",
     .value = "N",
     .help = N_("make keys so many weeks ahead; 4 otherwise")},
    {.name = NULL}};

struct cli_option desk_door_options[] = {
    {.name = "auth-dir",
     .value = "DIR",
     .help = N_("tor's ClientOnionAuthDir")},
    {.name = NULL}};

static const struct cli_command commands[] = {
    {.name = "init",
     .args = "--name TEXT",
     .help = N_("make a desk; prints its line for the directory"),
     .options = desk_init_options,
     .run = desk_cmd_init},
    {.name = "publish",
     .args = "",
     .help = N_("sign the notes of the coming weeks and send them"),
     .options = desk_publish_options,
     .run = desk_cmd_publish},
    {.name = "watch",
     .args = "",
     .help = N_("read the boards, fetch, answer, until it is stopped"),
     .options = desk_watch_options,
     .run = desk_cmd_watch},
    {.name = "list",
     .args = "",
     .help = N_("the cases, and the alarms"),
     .options = desk_list_options,
     .run = desk_cmd_list},
    {.name = "show",
     .args = "CASE",
     .help = N_("all messages and answers of a case"),
     .run = desk_cmd_show,
     .min_args = 1,
     .max_args = 1},
    {.name = "save",
     .args = "CASE",
     .help = N_("the attachments of a case, as files"),
     .options = desk_save_options,
     .run = desk_cmd_save,
     .min_args = 1,
     .max_args = 1},
    {.name = "reply",
     .args = "CASE",
     .help = N_("answer with the text on standard input; watch sends it"),
     .options = desk_reply_options,
     .run = desk_cmd_reply,
     .min_args = 1,
     .max_args = 1},
    {.name = "delete",
     .args = "CASE",
     .help = N_("destroy all that this desk has of a case"),
     .options = desk_delete_options,
     .run = desk_cmd_delete,
     .min_args = 1,
     .max_args = 1},
    {.name = "rotate",
     .args = "",
     .help = N_("make keys of the coming weeks, destroy those that are over"),
     .options = desk_rotate_options,
     .run = desk_cmd_rotate},
    {.name = "onion-key",
     .args = "",
     .help = N_("print this desk's line for the list of doors"),
     .run = desk_cmd_onion_key},
    {.name = "door",
     .args = "FILE",
     .help = N_("use relays' doors for desks from now on, by their list"),
     .options = desk_door_options,
     .run = desk_cmd_door,
     .min_args = 1,
     .max_args = 1},
    {.name = NULL}};

int
main(int argc, char **argv)
{
    cli_init("tocsin-desk");
    return cli_main(argc, argv, N_("hear reports and answer them"),
                    desk_common, commands);
}
