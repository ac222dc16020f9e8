/* SPDX-License-Identifier: ISC */
/*
 * relayd.conf: one key a line, its value after a space, # begins a comment
 * line. One table says what keys there are, for the file, for the command
 * line and for the sample that setup writes. See relayd.conf(5).
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define CONFIG_FILE_MAX   (64 * 1024)
#define CONFIG_LISTEN_MAX 16
#define CONFIG_WHY_MAX    256

enum listen_kind {
    LISTEN_UNIX,
    LISTEN_TCP,
    LISTEN_TLS
};

struct config_listen {
    enum listen_kind kind;
    char *host; /* or the path of a Unix socket */
    char port[6];
    mode_t mode; /* Unix; 0: the key unix-mode decides */
    int proxy;   /* Unix; 1, 0, or -1: the key proxy-protocol decides */
};

struct config {
    struct config_listen listens[CONFIG_LISTEN_MAX];
    size_t n_listens;
    char *store;
    char *page_key;
    char *bundle;
    char *control;
    char *log; /* "-": standard error */
    char *tls_cert;
    char *tls_key;
    char *user;
    bool sandbox;
    bool proxy_protocol;
    uint32_t unix_mode;
    /* Every bound there is. */
    uint32_t workers; /* 0: one a core */
    uint32_t connections;
    uint32_t queue;           /* operations that wait for the store */
    uint32_t request_timeout; /* seconds */
    uint32_t idle_timeout;    /* seconds */
    uint32_t rings;
    uint32_t puts;
    uint32_t put_effort; /* 0: none */
    uint32_t circuit_connections;
    char why[CONFIG_WHY_MAX]; /* after a failure: one line */
    uint64_t given; /* keys of the current source, bits of the table */
};

/* One key of the table. */
struct config_key {
    const char *name;
    const char *value;   /* what it takes, for the help */
    const char *initial; /* its value where it is not given */
    const char *help;
};
const struct config_key *config_keys(size_t *n);

/* The values where nothing is given, paths below dir. */
enum rc config_init(struct config *c, const char *dir) MUST_CHECK;
void config_wipe(struct config *c);
/*
 * Take the text of a file.
 * dir      relative paths begin there
 * returns  RC_OK, RC_FORMAT (see ->why), RC_NOMEM
 */
enum rc config_parse(struct config *c, const char *text, size_t len,
                     const char *dir) MUST_CHECK;
/*
 * Set one key, as the command line does: a later source replaces an earlier
 * one. Before the first key of a source call config_source.
 */
void config_source(struct config *c);
enum rc config_set(struct config *c, const char *key, const char *value,
                   const char *dir) MUST_CHECK;
/* config_init and config_parse of a file, with its folder. */
enum rc config_load(struct config *c, const char *path) MUST_CHECK;
/* What only shows when everything is there. */
enum rc config_check(struct config *c) MUST_CHECK;
/* A listen value: unix:PATH, tcp:HOST:PORT, tls:HOST:PORT, then for unix
 * mode=OCTAL and proxy-protocol=yes|no. host is the caller's to free. */
enum rc config_listen_parse(struct config_listen *out,
                            const char *value) MUST_CHECK;
/* The sample: every key with its help, as comments where not in `set`, a
 * list of "key value" lines. */
void config_sample(FILE *out);

#endif
