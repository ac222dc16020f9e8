/* SPDX-License-Identifier: ISC */
/*
 * The doors note: relays' onion services for desks, and the keys of the desks
 * that may use them. For operators and desks; no relay serves it.
 * PROTOCOL.md section 7.
 */
#ifndef DOORS_H
#define DOORS_H

#include "conversation.h"
#include "root.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOORS_RELAYS_MAX 8
#define DOORS_DESKS_MAX  4096
#define DOORS_URL_LEN    69 /* http://, 56 characters, .onion */
#define DOORS_KEY_LEN    32 /* X25519 */

struct doors_relay {
    uint8_t id[32];
    char url[DOORS_URL_LEN + 1];
};

struct doors_desk {
    uint8_t org[ORG_ID_LEN];
    uint8_t key[DOORS_KEY_LEN];
};

/* Without pointers, 256 KiB: on the heap, freed by free. */
struct doors {
    uint64_t version;
    uint32_t issued;             /* days since 1970 */
    size_t n_relays;             /* by id */
    size_t n_desks;              /* by org */
    uint8_t hash[NOTE_HASH_LEN]; /* set by doors_open */
    struct doors_relay relays[DOORS_RELAYS_MAX];
    struct doors_desk desks[DOORS_DESKS_MAX];
};

/* The text of a note, not its signatures. RC_OK, RC_FORMAT, RC_NOMEM. */
enum rc doors_parse(struct doors **out, const char *text,
                    size_t len) MUST_CHECK;
/* The same bytes again; heap, the caller frees. RC_OK; RC_FORMAT for what
 * would not parse; RC_NOMEM. */
enum rc doors_write(char **out, size_t *out_len,
                    const struct doors *d) MUST_CHECK;
/* A whole note; needs the threshold of root, which NULL leaves unchecked (a
 * file that was checked when it was kept). RC_OK, RC_FORMAT, RC_FORGED,
 * RC_NOMEM. */
enum rc doors_open(struct doors **out, const uint8_t *note, size_t len,
                   const struct root *root) MUST_CHECK;
/* May this list take the place of that one? RC_OK (also the same again);
 * RC_TAKEN (it is older); RC_FORGED (another text of the same version). Reads
 * versions and hashes only. */
enum rc doors_follows(const struct doors *next,
                      const struct doors *kept) MUST_CHECK;
/*
 * Change it by a line, as programs print it: "desk ORG KEY", "door ID URL".
 * returns  RC_OK; RC_FORMAT; RC_TAKEN (there is one of that id); RC_FULL
 */
enum rc doors_add(struct doors *d, const char *line) MUST_CHECK;
/* Takes out the desk or the relay of that id: RC_OK, RC_MISSING. */
enum rc doors_remove(struct doors *d, bool desk,
                     const uint8_t id[static 32]) MUST_CHECK;

#endif
