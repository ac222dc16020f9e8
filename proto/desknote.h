/* SPDX-License-Identifier: ISC */
/*
 * The two notes of an organisation: desk note (weekly keys) and seen note
 * (what its desk has read). PROTOCOL.md section 7.
 */
#ifndef DESKNOTE_H
#define DESKNOTE_H

#include "conversation.h"
#include "directory.h"
#include "entry.h"
#include "note.h"
#include "page.h"
#include "xwing.h"

#define DESKNOTE_PAST_MAX 14
/* A line for each board for answers and the organisation's, at each relay. */
#define SEEN_PAGES_MAX    64

struct desknote_week {
    uint32_t week;
    uint8_t k[32];
    uint8_t q[XWING_PK_LEN];
    uint8_t v[32];
};

struct desknote_past {
    uint32_t week;
    uint8_t v[32];
};

struct desknote {
    uint64_t version;
    uint8_t org[ORG_ID_LEN];
    uint32_t issued;
    uint32_t expires;
    struct desknote_week keys; /* of week w, which senders take */
    uint8_t next[32];          /* V of w + 1 */
    size_t n_past;
    struct desknote_past past[DESKNOTE_PAST_MAX]; /* ascending */
};

struct seen_page {
    uint8_t relay[32];
    uint8_t board;
    uint64_t number;
    uint8_t hash[PAGE_HASH_LEN];
};

struct seen_note {
    uint64_t version; /* the day */
    uint8_t org[ORG_ID_LEN];
    uint64_t directory_version;
    uint8_t directory_hash[32];
    size_t n_pages;
    struct seen_page pages[SEEN_PAGES_MAX];
};

/*
 * A note of week w is issued on one of these days. So what is sealed to it,
 * by clocks that are a day off, stands on pages of weeks w - 1 to w + 1.
 */
uint32_t desknote_first_issue(uint32_t week);
uint32_t desknote_last_issue(uint32_t week);
/* The last day on which anything may be sent that is sealed to a week. */
uint32_t desknote_last_day(uint32_t week);
/* The latest day on which a note of this week and issued day may expire. */
uint32_t desknote_latest_expiry(uint32_t week, uint32_t issued);

/* The text of a note, not its signatures. RC_OK, RC_FORMAT. */
enum rc desknote_parse(struct desknote *out, const char *text,
                       size_t len) MUST_CHECK;
/* The same bytes again; heap, the caller frees. RC_OK, RC_NOMEM; RC_FORMAT
 * for what would not parse. */
enum rc desknote_write(char **out, size_t *out_len,
                       const struct desknote *d) MUST_CHECK;
/* A whole desk note, signed by the organisation's identity key alone. RC_OK,
 * RC_FORMAT, RC_FORGED. Does not look at days. */
enum rc desknote_open(struct desknote *out, const uint8_t *note, size_t len,
                      const struct directory_org *org) MUST_CHECK;
/*
 * V of a week: of past, w or w + 1.
 * out      borrowed; NULL but on RC_OK
 * returns  RC_OK; RC_EXPIRED (a week below all that the note lists); RC_AGAIN
 *          (above them: there is a newer note); RC_FORGED (between them, and
 *          left out)
 */
enum rc desknote_v(const uint8_t **out, const struct desknote *d,
                   uint32_t week) MUST_CHECK;

enum rc seen_note_parse(struct seen_note *out, const char *text,
                        size_t len) MUST_CHECK;
/* As desknote_write; pages are sorted by relay and board. */
enum rc seen_note_write(char **out, size_t *out_len,
                        const struct seen_note *s) MUST_CHECK;
/* A whole seen note, signed by V of its day's week alone. RC_OK,
 * RC_FORMAT, RC_FORGED. */
enum rc seen_note_open(struct seen_note *out, const uint8_t *note, size_t len,
                       const struct directory_org *org,
                       const struct desknote *desk) MUST_CHECK;

/*
 * What an unverified note says of itself in its first two lines, to find the
 * organisation it must be opened with.
 * returns  RC_OK; RC_FORMAT if it is neither a desk nor a seen note
 */
enum rc desknote_whose(uint8_t org[static ORG_ID_LEN], bool *seen,
                       uint64_t *version, const uint8_t *note,
                       size_t len) MUST_CHECK;

/* The names that these notes' keys have: "desk-" or "seen-" and the first 16
 * digits of O. */
void desknote_key(struct note_key *out, const uint8_t org[static ORG_ID_LEN],
                  const uint8_t pk[static 32]);
void seen_note_key(struct note_key *out, const uint8_t org[static ORG_ID_LEN],
                   const uint8_t pk[static 32]);

#endif
