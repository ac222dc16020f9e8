/* SPDX-License-Identifier: ISC */
/*
 * An opened desk: its folder, its stores, its network.
 *
 *   identity.key   the identity key, sealed under a pass phrase of its own;
 *                  belongs on an offline machine
 *   store.key      the key of all below, sealed under the desk's pass phrase
 *   cases.db       the vault
 *   week.keys      the private weekly keys
 *   bodies/        boxes as they came: sealed, under random names
 *   evidence/      signed pages and notes that contradict each other: public
 *   network        the newest bundle that was verified
 */
#ifndef DESK_H
#define DESK_H

#include "network.h"
#include "records.h"
#include "timeproof.h"
#include "vault.h"
#include "weekkeys.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DESK_KEYS_AHEAD 4 /* weeks after this one that keys are made for */

struct desk {
    char *dir;
    struct vault *vault;
    struct weekkeys *keys;
    struct desk_config config;
    uint64_t max_body;   /* bytes; larger bodies are not fetched */
    struct network network;
    bool has_network;
    uint32_t network_day; /* the network's time, see desk_network_day */
    struct net *net;
    struct net_options net_options; /* of net, for more like it */
    struct timeproof proof;
    bool quiet; /* alarms are kept, not printed (tests) */
};

/* What the command line says about the desk. */
struct desk_options {
    const char *dir;     /* NULL: ~/.local/share/tocsin-desk */
    const char *network; /* a file, or NULL */
    const char *socks;   /* or NULL */
    bool no_tor;         /* as in net_options */
    const char *ca_file; /* or NULL */
    int passphrase_fd;   /* -1: ask */
    int identity_fd;     /* -1: ask, or the desk's where that came by fd */
    const atomic_bool *stop; /* NULL, or ends requests early */
    unsigned stall_seconds;            /* 0: the usual */
    char *pass;          /* once asked for; sodium_malloc */
    size_t pass_len;
};

/* The folder that is meant; heap. NULL without memory or HOME. */
char *desk_dir(const char *named);
/* The desk's pass phrase into opt->pass, asked for once. */
enum rc desk_ask(struct desk_options *opt, bool twice) MUST_CHECK;
void desk_options_wipe(struct desk_options *opt);

/*
 * Make a new desk.
 * pass     of the store, and of the identity key
 * board    the report board it will be on
 * identity where the identity key goes; NULL: DIR/identity.key
 * Prints its own errors, as all that follow do.
 */
struct desk_new {
    const char *pass;
    size_t pass_len;
    const char *identity_pass;
    size_t identity_pass_len;
    const char *identity;
    uint8_t board;
};
enum rc desk_create(const char *dir, const struct desk_new *how,
                    struct desk_config *out) MUST_CHECK;

/* Open the stores of a desk. */
enum rc desk_open(struct desk *out, const char *dir, const char *pass,
                  size_t pass_len) MUST_CHECK;
/* The same, asking for the pass phrase. */
enum rc desk_open_asking(struct desk *out, struct desk_options *opt)
    MUST_CHECK;
void desk_close(struct desk *d);

/*
 * The network: the file named, or the newest bundle kept, whichever has the
 * newer directory; and a net to reach it by.
 */
enum rc desk_network(struct desk *d, const struct desk_options *opt)
    MUST_CHECK;
/* Keep the bundle, so that an older one is noticed after a restart. */
enum rc desk_network_keep(struct desk *d) MUST_CHECK;
/*
 * The time that is surely reached: no later than the clock says and no later
 * than is proved. What is destroyed for good goes by this one.
 */
enum rc desk_sure(struct desk *d, int64_t now, int64_t *out) MUST_CHECK;
/* To be called when the network has changed: takes its day over. */
void desk_network_day(struct desk *d);
/* The days by the network's time, or the clock's where there is none. */
uint32_t desk_today(const struct desk *d, int64_t now);
/* The directory's line of this organisation, or NULL. */
const struct directory_org *desk_listed(const struct desk *d);
/* How long pages and drops are kept, by the directory. */
uint32_t desk_retention(const struct desk *d);
/* Our report board: as the directory says, else as init was told. */
uint8_t desk_board(const struct desk *d);

/* The identity key, libsodium's 64 bytes, by sodium_malloc. */
enum rc desk_identity(uint8_t **sk, const char *path,
                      struct desk_options *opt) MUST_CHECK;

/* Private weekly keys for weeks first..last, where there are none yet. */
enum rc desk_make_keys(struct desk *d, uint32_t first, uint32_t last)
    MUST_CHECK;
/* A number of the store: the day of the last seen note that all relays have. */
#define SEEN_STORED "seen stored"

/*
 * Destroy the private keys whose time has come: every page of weeks t-1 to
 * t+1 of every listed relay and of the boards read is scanned, or the
 * deadline is over, by the clock and by what is proved. What is kept for the
 * life of a K_t goes with it.
 */
struct desk_destroyed {
    size_t weeks;    /* whose keys were destroyed */
    size_t withheld; /* over by the clock alone: kept until it is proved */
    int64_t proved;  /* unix time */
};
enum rc desk_destroy_keys(struct desk *d, int64_t now,
                          struct desk_destroyed *out) MUST_CHECK;

/* Say an alarm and keep it. Never fails: alarms must not stop anything. */
void desk_alarm(struct desk *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Keep public bytes that prove something about a relay, under evidence/: only
 * so many of each relay and kind, the beginning of what up to a "-", so that one
 * can't use up the room of the others. */
void desk_evidence(struct desk *d, const uint8_t *relay, const char *what,
                   const uint8_t *in, size_t len);

/* Our side of a fork: the last page of that day, as it was read there. */
void desk_evidence_of_day(struct desk *d, const struct position_rec *at,
                          uint32_t day);

/* Short name of a relay or organisation for messages: 8 digits of its id. */
struct desk_short {
    char text[9];
};
struct desk_short desk_short(const uint8_t *id);

/* Path of a body's file; heap. */
char *desk_body_path(const struct desk *d,
                     const uint8_t id[static BODY_ID_LEN]);

#endif
