/* SPDX-License-Identifier: ISC */
/*
 * What the rows of the vault hold. Days, not times, wherever a day will do.
 *
 *   kind            id                        content
 *   VAULT_CONFIG    "desk"                    struct desk_config
 *   VAULT_NUMBER    a name                    u64
 *   VAULT_WEEK      u32 week                  public keys K, Q, V
 *   VAULT_NOTE      u64 version               u32 issued, u32 week, the note
 *   VAULT_POSITION  relay id, u8 board        where the scan stands
 *   VAULT_HASHES    relay id, u8 board, u64 hour   (u64 number, hash) ...
 *   VAULT_PAGE      relay id, u8 board        the newest page read there
 *   VAULT_DAY_PAGE  relay id, u8 board, u32 day   the last page of that day
 *   VAULT_CASE      u32 number                struct case_rec
 *   VAULT_MESSAGE   u32 case, u32 seq         struct message_rec
 *   VAULT_ORPHAN    E, P                      struct orphan_rec
 *   VAULT_OPENED    E, P                      u32 week
 *   VAULT_OWN       A                         struct own_rec
 *   VAULT_BODY      16 random bytes           struct body_rec
 *   VAULT_ANSWER    u32 case, u32 seq         struct answer_rec
 *   VAULT_DUMMY     root                      struct answer_rec, less case and text
 *   VAULT_ALARM     hash of its text          struct alarm_rec
 */
#ifndef RECORDS_H
#define RECORDS_H

#include "answer.h"
#include "directory.h"
#include "head.h"
#include "page.h"
#include "vault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BODY_ID_LEN 16
#define RECORD_RELAYS_MAX DIRECTORY_RELAYS_MAX

struct desk_config {
    uint8_t org[ORG_ID_LEN];
    uint8_t pk[32]; /* identity key */
    uint8_t board;
};

struct case_rec {
    uint32_t number; /* 1.. */
    uint32_t day;    /* of the first report's page */
    uint8_t root[32];
    uint8_t reply[32]; /* R_O: with root, who it is */
    uint8_t conversation[32];
    uint32_t messages;   /* their number; the next seq */
    uint32_t answers;    /* their number; the next seq */
    uint64_t spent;      /* numbers of answers, a bit for each: numbers.h */
    bool unread;
    /* A case with this root and another R_O, of perhaps several; 0: there is
     * none. Which of them is the reporter, and which has her root only, can't
     * be told. */
    uint32_t twin;
    bool lost; /* follow-ups whose report never came: no root, no R_O */
};

/* A body named by a report, or carried by an answer. boxes 0: none. */
struct body_name {
    uint32_t boxes;
    uint64_t len;
    uint8_t key[32]; /* of an answer's: of its file alone */
    uint8_t digest[32];
};

struct message_rec {
    uint32_t case_no, seq;
    enum head_kind kind;
    uint32_t day;
    struct body_name body;
    uint8_t body_id[BODY_ID_LEN];
    uint16_t text_len;
    uint8_t text[HEAD_TEXT_MAX];
};

/* A follow-up whose first report has not been found yet. */
struct orphan_rec {
    uint8_t e[32];
    uint32_t week, day;
    uint8_t head[HEAD_LEN]; /* P is in it */
};

enum body_state {
    BODY_WAITING = 0,
    BODY_DONE = 1,
    BODY_MISSING = 2, /* boxes that no relay has: see absent */
    BODY_BROKEN = 3,  /* whole, but the digest does not fit */
    BODY_REFUSED = 4  /* more bytes than --max-body */
};

struct body_rec {
    uint8_t id[BODY_ID_LEN];
    uint32_t case_no, seq; /* 0: of an own report */
    struct body_name body;
    enum body_state state;
    uint32_t next;   /* the box in question; all before are settled */
    uint32_t absent; /* boxes that no relay had */
    int64_t try_at;  /* unix time, after a failure */
    uint32_t failures;
    /* Relays that answered that they don't have box `next`. */
    size_t n_asked;
    uint8_t asked[RECORD_RELAYS_MAX][32];
};

/* The place of an answer at one relay. */
enum relay_place {
    PLACE_FREE = 0,
    PLACE_TAKEN = 1, /* so it says, and gives nothing of ours back */
    PLACE_OTHER = 2, /* another answer of this number stands there */
    PLACE_BURNED = 3 /* by the reporter, there or elsewhere: never put again */
};

/* How far an answer or own report got at one relay. */
struct relay_rec {
    uint8_t id[32];
    enum relay_place place;
    uint8_t nonce[ANSWER_NONCE_LEN]; /* of an answer's box there */
    uint32_t boxes_put; /* body boxes that are stored */
    uint32_t expiry;    /* day granted to the box; 0: not stored */
    uint64_t page;      /* rung: due there; 0: not rung */
    uint8_t board;      /* whose page it is */
    bool seen;          /* the entry was found on a page */
    bool missed;        /* it was not found in time; alarm raised */
};

enum answer_state {
    ANSWER_QUEUED = 0, /* waits for `due`; no box yet */
    ANSWER_SEALED = 1, /* the inside is kept; on its way */
    ANSWER_RUNG = 2,   /* stored and rung wherever it should */
    ANSWER_FAILED = 3  /* can't be delivered: no number, no taker */
};

struct answer_rec {
    uint32_t case_no, seq;
    enum answer_state state;
    uint8_t i;
    int64_t due; /* unix time; 0: watch has not drawn it yet */
    uint32_t day;
    uint32_t taken; /* numbers lost to `taken` */
    bool told;      /* that it is out */
    struct body_name body;
    uint8_t body_id[BODY_ID_LEN]; /* file of sealed boxes */
    size_t n_relays;
    struct relay_rec relays[RECORD_RELAYS_MAX];
    uint16_t text_len;
    uint8_t text[ANSWER_TEXT_MAX];
    /* From ANSWER_SEALED on; with a relay's nonce it is the exact box there. */
    uint8_t inner[ANSWER_INNER_LEN];
};

struct own_rec {
    uint8_t a[32];
    uint32_t week;
    int64_t rung;
    size_t n_relays;
    struct relay_rec relays[RECORD_RELAYS_MAX];
};

struct alarm_rec {
    uint32_t first_day, last_day, count;
    uint16_t text_len;
    char text[1024]; /* NUL-terminated */
};

struct position_rec {
    uint8_t relay[32];
    uint8_t board;
    bool known;            /* something was scanned: last.number counts */
    bool linked;           /* last.hash must be followed by what comes next */
    struct page_link last; /* newest page scanned */
    uint64_t first;        /* the oldest page scanned that is still kept */
    uint64_t gap_first;    /* pages that could not be read; */
    uint64_t gap_last;     /* gap_last 0: none */
};

/*
 * Each _put writes the row of its key fields; each _get fills *out and is
 * RC_MISSING where there is none, RC_FORGED for a damaged row. _parse is for
 * vault_each.
 */
enum rc config_put(struct vault *v, const struct desk_config *c) MUST_CHECK;
enum rc config_get(struct vault *v, struct desk_config *out) MUST_CHECK;
enum rc case_put(struct vault *v, const struct case_rec *c) MUST_CHECK;
enum rc case_get(struct vault *v, struct case_rec *out, uint32_t number)
    MUST_CHECK;
enum rc case_parse(struct case_rec *out, const struct vault_row *row)
    MUST_CHECK;
enum rc message_put(struct vault *v, const struct message_rec *m) MUST_CHECK;
enum rc message_get(struct vault *v, struct message_rec *out,
                    uint32_t case_no, uint32_t seq) MUST_CHECK;
enum rc orphan_put(struct vault *v, const struct orphan_rec *o) MUST_CHECK;
enum rc orphan_delete(struct vault *v, const struct orphan_rec *o) MUST_CHECK;
enum rc orphan_parse(struct orphan_rec *out, const struct vault_row *row)
    MUST_CHECK;
enum rc body_put(struct vault *v, const struct body_rec *b) MUST_CHECK;
enum rc body_get(struct vault *v, struct body_rec *out,
                 const uint8_t id[static BODY_ID_LEN]) MUST_CHECK;
enum rc body_parse(struct body_rec *out, const struct vault_row *row)
    MUST_CHECK;
enum rc answer_put(struct vault *v, const struct answer_rec *a) MUST_CHECK;
enum rc answer_get(struct vault *v, struct answer_rec *out, uint32_t case_no,
                   uint32_t seq) MUST_CHECK;
enum rc answer_parse(struct answer_rec *out, const struct vault_row *row)
    MUST_CHECK;
/* The rows that go with a case. */
enum rc case_delete(struct vault *v, uint32_t number) MUST_CHECK;
enum rc message_delete(struct vault *v, uint32_t case_no,
                       uint32_t seq) MUST_CHECK;
enum rc answer_delete(struct vault *v, uint32_t case_no,
                      uint32_t seq) MUST_CHECK;
/* A dummy answer: of no case, found by its root. Text and inside are not kept;
 * the inside follows from root and i. */
enum rc dummy_put(struct vault *v, const uint8_t root[static 32],
                  const struct answer_rec *a) MUST_CHECK;
enum rc dummy_parse(struct answer_rec *out, uint8_t root[static 32],
                    const struct vault_row *row) MUST_CHECK;
enum rc dummy_delete(struct vault *v, const uint8_t root[static 32]) MUST_CHECK;
enum rc own_put(struct vault *v, const struct own_rec *o) MUST_CHECK;
enum rc own_get(struct vault *v, struct own_rec *out,
                const uint8_t a[static 32]) MUST_CHECK;
enum rc own_parse(struct own_rec *out, const struct vault_row *row) MUST_CHECK;
enum rc alarm_parse(struct alarm_rec *out, const struct vault_row *row)
    MUST_CHECK;
enum rc position_put(struct vault *v, const struct position_rec *p) MUST_CHECK;
/* RC_OK with known false where there is none. */
enum rc position_get(struct vault *v, struct position_rec *out,
                     const uint8_t relay[static 32], uint8_t board) MUST_CHECK;

/* The newest page read there, for evidence. out: vault_release it. */
enum rc newest_put(struct vault *v, const struct position_rec *at,
                   const uint8_t *page, size_t len) MUST_CHECK;
enum rc newest_get(struct vault *v, const struct position_rec *at,
                   uint8_t **out, size_t *len) MUST_CHECK;

/* The last page of a day read there: what seen notes of others name, so that
 * both sides of a fork are at hand. */
enum rc day_page_put(struct vault *v, const struct position_rec *at,
                     uint32_t day, const uint8_t *page, size_t len) MUST_CHECK;
enum rc day_page_get(struct vault *v, const struct position_rec *at,
                     uint32_t day, uint8_t **out, size_t *len) MUST_CHECK;
/* Forget those of days before this one. */
enum rc day_pages_prune(struct vault *v, uint32_t before) MUST_CHECK;

/* The place of a relay in a list, added when it is new; NULL when full. */
struct relay_rec *relay_rec_of(struct relay_rec *list, size_t *n,
                               const uint8_t id[static 32]);

/* Note an alarm: kept once a text with days and a count. *fresh: it is new,
 * or the first of its day. RC_OK also when it is one of very many. */
enum rc alarm_note(struct vault *v, const char *text, uint32_t day,
                   bool *fresh) MUST_CHECK;

/* Public weekly keys, kept for the notes' past V. */
struct desknote_week;
enum rc week_put(struct vault *v, const struct desknote_week *w) MUST_CHECK;
enum rc week_get(struct vault *v, struct desknote_week *out, uint32_t week)
    MUST_CHECK;

#endif
