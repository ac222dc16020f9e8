/* SPDX-License-Identifier: ISC */
/*
 * The directory: relays, boards, organisations. PROTOCOL.md section 7.
 */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include "board.h"
#include "conversation.h"
#include "root.h"

#define DIRECTORY_OPEN_MAX      2 /* relays; one at least */
#define DIRECTORY_CLOSING_MAX   2
#define DIRECTORY_RELAYS_MAX    (DIRECTORY_OPEN_MAX + DIRECTORY_CLOSING_MAX)
#define DIRECTORY_CLOSED_DAYS   7 /* and the retention: listed after it closed */
#define DIRECTORY_ANSWERS_MAX   7 /* boards for answers */
#define DIRECTORY_URLS_MAX      8
#define DIRECTORY_LIFE_MAX      90 /* days */
#define DIRECTORY_RETENTION_MIN 3
#define DIRECTORY_RETENTION_MAX 90
#define DIRECTORY_URL_MAX       200  /* bytes of a URL */
#define DIRECTORY_LIST_MAX      1000 /* bytes of a list, commas among them */
#define DIRECTORY_NAME_MAX      200  /* bytes of an organisation's name */

struct directory_relay {
    uint8_t id[32];
    uint8_t pk[32];       /* Ed25519 page key */
    uint32_t closing_day; /* 0: open */
    char *urls[DIRECTORY_URLS_MAX];
    size_t n_urls;
};

/* Lists are as in the note: with commas, "" for "-"; kind is one word, or
 * "". */
struct directory_org {
    uint8_t id[ORG_ID_LEN];
    uint8_t pk[32]; /* identity key, Ed25519 */
    uint8_t board;
    char *kind;
    char *countries;
    char *sectors;
    char *languages;
    char *codes;
    char *name;
    uint32_t revoked_day; /* 0: not revoked */
};

/* revoked lines may name organisations that are no longer listed. */
struct directory_revoked {
    uint8_t id[ORG_ID_LEN];
    uint32_t day;
};

/* A heap object that owns all it points to. */
struct directory {
    uint64_t version;
    uint32_t issued; /* days since 1970 */
    uint32_t expires;
    uint32_t retention; /* days */
    uint8_t page_sha256[32];
    struct board *boards; /* by id */
    size_t n_boards;
    struct directory_relay *relays;
    size_t n_relays;
    struct directory_org *orgs; /* by id */
    size_t n_orgs;
    struct directory_revoked *revoked; /* by id */
    size_t n_revoked;
    uint8_t hash[NOTE_HASH_LEN]; /* set by directory_open */
};

/* The text of a note, not its signatures. RC_OK, RC_FORMAT, RC_NOMEM. */
enum rc directory_parse(struct directory **out, const char *text,
                        size_t len) MUST_CHECK;
/*
 * The same bytes again; heap, the caller frees. Organisations and revoked
 * lines are sorted (revoked_day of the organisations is not read).
 * returns  RC_OK; RC_FORMAT for what would not parse; RC_NOMEM
 */
enum rc directory_write(char **out, size_t *out_len,
                        const struct directory *d) MUST_CHECK;
/* A whole directory note; needs the threshold of root. RC_OK, RC_FORMAT,
 * RC_FORGED, RC_NOMEM. Does not look at days. */
enum rc directory_open(struct directory **out, const uint8_t *note, size_t len,
                       const struct root *root) MUST_CHECK;
void directory_free(struct directory *d);
const struct directory_org *directory_org(const struct directory *d,
                                          const uint8_t id[static ORG_ID_LEN]);
/* How many relays are open; the others are closing. */
size_t directory_open_relays(const struct directory *d);
const struct directory_relay *directory_relay(const struct directory *d,
                                              const uint8_t id[static 32]);
/* The place of an organisation in orgs, n_orgs if it is not there. */
size_t directory_org_index(const struct directory *d,
                           const uint8_t id[static ORG_ID_LEN]);
/* The boards for answers, by id, borrowed; their number, at least one in a
 * directory that parsed. out may be NULL. */
size_t directory_answers(const struct directory *d,
                         const struct board *out[DIRECTORY_ANSWERS_MAX]);
/* http://, https:// or unix:/ and more, printable ASCII, bounded. */
bool directory_url_is_valid(const char *url, size_t len);

#endif
