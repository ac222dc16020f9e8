/* SPDX-License-Identifier: ISC */
/*
 * What report, reply and seal have in common: options that describe a report,
 * the code, and from both a struct sending.
 */
#ifndef WRITE_H
#define WRITE_H

#include "ask.h"
#include "cli.h"
#include "send.h"

/* The options of schema 1, as entries of a table; draft_keys' names. */
#define WRITE_SCHEMA_OPTIONS                                                   \
    {.name = "language",                                                       \
     .detail = true,                                                           \
     .value = "TAG",                                                           \
     .help = N_("language, as bn")},                                           \
        {.name = "country",                                                    \
         .detail = true,                                                       \
         .value = "CC",                                                        \
         .help = N_("country, as BD")},                                        \
        {.name = "place",                                                      \
         .detail = true,                                                       \
         .value = "TEXT",                                                      \
         .help = N_("town or district")},                                      \
        {.name = "employer",                                                   \
         .detail = true,                                                       \
         .value = "TEXT",                                                      \
         .help = N_("who did it")},                                            \
        {.name = "sector",                                                     \
         .detail = true,                                                       \
         .value = "TEXT",                                                      \
         .help = N_("as garment")},                                            \
        {.name = "violation",                                                  \
         .detail = true,                                                       \
         .value = "CODE",                                                      \
         .repeatable = true,                                                   \
         .help = N_("what happened; `orgs --violations` lists codes")},        \
        {.name = "date",                                                       \
         .detail = true,                                                       \
         .value = "DATE",                                                      \
         .help = N_("YYYY, YYYY-MM or YYYY-MM-DD")},                           \
        {.name = "people",                                                     \
         .detail = true,                                                       \
         .value = "N",                                                         \
         .help = N_("how many it concerns")},                                  \
        {.name = "danger",                                                     \
         .detail = true,                                                       \
         .value = "now|no",                                                    \
         .help = N_("is somebody in danger now?")},                            \
        {.name = "role",                                                       \
         .detail = true,                                                       \
         .value = "ROLE",                                                      \
         .help = N_("victim, witness, organiser or other")},                   \
        {.name = "consent",                                                    \
         .detail = true,                                                       \
         .value = "WHO",                                                       \
         .repeatable = true,                                                   \
         .help = N_("may be told: partners, lawyer, ilo, un, media, "          \
                    "statistics")},                                            \
        {.name = "campaign",                                                   \
         .detail = true,                                                       \
         .value = "WORD",                                                      \
         .help = N_("you were given")},                                        \
    {                                                                          \
        .name = "ref", .detail = true, .value = "WORD",                        \
        .help = N_("you were given")                                           \
    }

#define WRITE_FILE_OPTIONS                                                     \
    {.name = "attach",                                                         \
     .detail = true,                                                           \
     .value = "FILE",                                                          \
     .repeatable = true,                                                       \
     .help = N_("send this file, cleaned of metadata")},                       \
    {                                                                          \
        .name = "keep-metadata",                                               \
        .help = N_("send files as they are, metadata and all")                 \
    }

#define WRITE_CODE_OPTION                                                      \
    {                                                                          \
        .name = "code-fd", .value = "N",                                       \
        .help = N_("an existing code, one line from descriptor N")             \
    }

#define WRITE_UNCONFIRMED_OPTION                                               \
    {                                                                          \
        .name = "unconfirmed",                                                 \
        .help = N_("go by a list that nobody has confirmed for 3 days, too")   \
    }

/* All that report and seal take to write a report. */
#define WRITE_OPTIONS                                                          \
    {.name = "to",                                                             \
     .detail = true,                                                           \
     .value = "NAME",                                                          \
     .repeatable = true,                                                       \
     .help = N_("an organisation; without it, everything is asked")},          \
        WRITE_SCHEMA_OPTIONS, WRITE_FILE_OPTIONS,                              \
        {.name = "print-code",                                                 \
         .help = N_("print the new code on stdout, don't ask it back")},       \
        {.name = "digits", .help = N_("show the code as 40 digits")},          \
        CLI_DETAILS_OPTION, WRITE_CODE_OPTION, WRITE_UNCONFIRMED_OPTION

/* A sending with its secrets in locked memory. */
struct write {
    struct sending sending;
    uint8_t *code; /* sodium_malloc, CODE_LEN; then KDF_LEN of the seed */
    uint8_t *seed;
};

enum rc write_new(struct write *w) MUST_CHECK;
void write_wipe(struct write *w);

typedef enum rc write_step(struct write *w, struct visit *v);
/*
 * The whole command: looks at the options, then makes what is to be sent and
 * delivers it. Nothing of it stays in memory. Returns the exit code.
 */
int write_run(const struct cli_option *options, write_step *compose,
              write_step *deliver);
/* Resolves --to, by the network file's directory; who was revoked is refused. */
enum rc write_to(struct write *w, const struct visit *v,
                 const struct cli_option *options) MUST_CHECK;
/* Before she writes, where the network file's directory has expired: a newer
 * one. Nothing is asked for else. */
enum rc write_renew(struct visit *v) MUST_CHECK;
/* Reads and cleans the files of --attach. */
enum rc write_files(struct write *w,
                    const struct cli_option *options) MUST_CHECK;
/*
 * The whole report: from the options and standard input where --to is given,
 * else from questions. What can be refused is refused before the questions.
 */
enum rc write_compose(struct write *w, struct visit *v,
                      const struct cli_option *options, bool online) MUST_CHECK;
/*
 * The code: from --code-fd, or a new one that is shown or printed.
 * existing     true: never a new one
 */
enum rc write_code(struct write *w, const struct cli_option *options,
                   bool existing) MUST_CHECK;
/*
 * Sends, after `look`, a visit that reads, where that is not NULL; by a list
 * that nobody has confirmed of late only what every visit does, and nothing of
 * hers. At a terminal it is tried again for as long as the person wants: what
 * she wrote is nowhere else.
 */
enum rc write_send(struct write *w, struct visit *v,
                   write_step *look) MUST_CHECK;

#endif
