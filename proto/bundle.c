/* SPDX-License-Identifier: ISC */
#include "bundle.h"

#include "text.h"
#include "writer.h"

#include <stdlib.h>
#include <string.h>

#define FRESH_DAYS 3 /* a seen note that old still counts */

enum rc
bundle_next(const uint8_t **note, size_t *len, struct reader *r)
{
    uint32_t n;

    *note = NULL;
    *len = 0;
    if (r->rc == RC_OK && r->left == 0) {
        return RC_MISSING;
    }
    n = rd_u32(r);
    rd_require(r, n > 0 && n <= NOTE_MAX);
    *note = rd_bytes(r, n);
    *len = r->rc == RC_OK ? n : 0;
    return r->rc;
}

enum rc
bundle_append(uint8_t **buf, size_t *len, const uint8_t *note, size_t note_len)
{
    struct writer w;
    uint8_t *more;

    if (note_len == 0 || note_len > NOTE_MAX) {
        return RC_FORMAT;
    }
    if (*len > BUNDLE_MAX || note_len + 4 > BUNDLE_MAX - *len) {
        return RC_FULL;
    }
    if ((more = realloc(*buf, *len + 4 + note_len)) == NULL) {
        return RC_NOMEM;
    }
    *buf = more;
    wr_init(&w, more + *len, 4 + note_len);
    wr_u32(&w, (uint32_t)note_len);
    wr_bytes(&w, note, note_len);
    *len += w.len;
    return wr_end(&w);
}

/*
 * Follows the roots from 1 up to the newest. On RC_OK note and len are what
 * comes after them, the directory.
 */
static enum rc
open_roots(struct root *newest, const uint8_t **note, size_t *len,
           struct reader *r, const struct root *anchor)
{
    struct root next;
    enum rc rc;

    memset(newest, 0, sizeof *newest);
    while ((rc = bundle_next(note, len, r)) == RC_OK) {
        struct reader head;

        rd_init(&head, *note, *len);
        if (!text_is(&head, "tocsin-root ")) {
            break;
        }
        rc = root_open(&next, *note, *len, newest->version > 0 ? newest : NULL);
        if (rc != RC_OK) {
            return rc;
        }
        if (newest->version == 0 && next.version != 1) {
            return RC_FORMAT;
        }
        if (anchor != NULL && next.version == anchor->version &&
            memcmp(next.hash, anchor->hash, NOTE_HASH_LEN) != 0) {
            return RC_FORGED;
        }
        *newest = next;
    }
    if (rc != RC_OK || newest->version == 0) {
        return rc == RC_OK || rc == RC_MISSING ? RC_FORMAT : rc;
    }
    return anchor != NULL && newest->version < anchor->version ? RC_TAKEN
                                                               : RC_OK;
}

/* Heap copies of a note that opens; NULL for one that does not. */
static enum rc
open_desk(struct bundle *b, size_t org, const uint8_t *note, size_t len)
{
    struct desknote d;

    if (b->desk[org] != NULL ||
        desknote_open(&d, note, len, &b->directory->orgs[org]) != RC_OK) {
        return RC_OK;
    }
    if ((b->desk[org] = malloc(sizeof d)) == NULL) {
        return RC_NOMEM;
    }
    *b->desk[org] = d;
    return RC_OK;
}

static enum rc
open_seen(struct bundle *b, size_t org, const uint8_t *note, size_t len)
{
    struct seen_note s;

    if (b->seen[org] != NULL || b->desk[org] == NULL ||
        seen_note_open(&s, note, len, &b->directory->orgs[org], b->desk[org]) !=
            RC_OK) {
        return RC_OK;
    }
    if ((b->seen[org] = malloc(sizeof s)) == NULL) {
        return RC_NOMEM;
    }
    *b->seen[org] = s;
    return RC_OK;
}

/*
 * The notes of organisations. One that is no good costs nobody but the
 * organisation it would be of: it is read over.
 */
static enum rc
open_orgs(struct bundle *b, struct reader *r)
{
    const struct directory *d = b->directory;
    const uint8_t *note;
    size_t len;
    enum rc rc;

    b->desk = calloc(d->n_orgs + 1, sizeof *b->desk);
    b->seen = calloc(d->n_orgs + 1, sizeof *b->seen);
    if (b->desk == NULL || b->seen == NULL) {
        return RC_NOMEM;
    }
    while ((rc = bundle_next(&note, &len, r)) == RC_OK) {
        uint8_t id[ORG_ID_LEN];
        uint64_t version;
        size_t org;
        bool seen;

        if (desknote_whose(id, &seen, &version, note, len) != RC_OK ||
            (org = directory_org_index(d, id)) == d->n_orgs) {
            continue;
        }
        rc = seen ? open_seen(b, org, note, len) : open_desk(b, org, note, len);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return rc == RC_MISSING ? RC_OK : rc;
}

enum rc
bundle_open(struct bundle **out, const uint8_t *in, size_t len,
            const struct root *anchor)
{
    struct bundle *b;
    const uint8_t *note;
    struct reader r;
    size_t note_len;
    enum rc rc;

    *out = NULL;
    if (len > BUNDLE_MAX) {
        return RC_FORMAT;
    }
    if ((b = calloc(1, sizeof *b)) == NULL) {
        return RC_NOMEM;
    }
    rd_init(&r, in, len);
    if ((rc = open_roots(&b->root, &note, &note_len, &r, anchor)) != RC_OK ||
        (rc = directory_open(&b->directory, note, note_len, &b->root)) !=
            RC_OK ||
        (rc = open_orgs(b, &r)) != RC_OK) {
        goto out;
    }
    *out = b;
    b = NULL;
out:
    bundle_free(b);
    return rc;
}

void
bundle_free(struct bundle *b)
{
    if (b == NULL) {
        return;
    }
    for (size_t i = 0; b->directory != NULL && i < b->directory->n_orgs; i++) {
        if (b->desk != NULL) {
            free(b->desk[i]);
        }
        if (b->seen != NULL) {
            free(b->seen[i]);
        }
    }
    free(b->desk);
    free(b->seen);
    directory_free(b->directory);
    free(b);
}

/* The seen note of an organisation that is not revoked, else NULL: a revoked
 * one has no say. */
static const struct seen_note *
witness(const struct bundle *b, size_t org)
{
    return b->directory->orgs[org].revoked_day == 0 ? b->seen[org] : NULL;
}

/* The median day of the seen notes but that of one organisation, the lower
 * one of an even number; 0 without any. Counting instead of sorting needs no
 * memory. */
static uint32_t
median_day(const struct bundle *b, size_t but)
{
    size_t n_orgs = b->directory->n_orgs, n = 0;
    uint32_t low = 0, high = TEXT_DAY_MAX;

    for (size_t i = 0; i < n_orgs; i++) {
        n += i != but && witness(b, i) != NULL;
    }
    if (n == 0) {
        return 0;
    }
    /* The least day that at least half of them do not pass. */
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        size_t below = 0;

        for (size_t i = 0; i < n_orgs; i++) {
            const struct seen_note *s = i != but ? witness(b, i) : NULL;

            below += s != NULL && s->version <= mid;
        }
        if (2 * below >= n) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return low;
}

uint32_t
bundle_today_but(const struct bundle *b, size_t but, uint32_t local_day)
{
    uint32_t today = local_day, median = median_day(b, but);

    if (b->directory->issued > today) {
        today = b->directory->issued;
    }
    /* Of a day that is over: it is the day after, at least. */
    return median > 0 && median + 1 > today ? median + 1 : today;
}

uint32_t
bundle_today(const struct bundle *b, uint32_t local_day)
{
    return bundle_today_but(b, b->directory->n_orgs, local_day);
}

/* "Of the last 3 days" */
static bool
is_recent(const struct seen_note *s, uint32_t today)
{
    return s->version + FRESH_DAYS >= today &&
           s->version <= (uint64_t)today + 1;
}

const struct seen_page *
bundle_seen_line(const struct bundle *b, size_t org, const uint8_t *relay,
                 const struct board *board, uint32_t today)
{
    const struct seen_note *s = witness(b, org);

    if (s == NULL || !is_recent(s, today) || s->version >= today) {
        return NULL;
    }
    for (size_t i = 0; i < s->n_pages; i++) {
        const struct seen_page *p = &s->pages[i];

        if (p->board == board->id && memcmp(p->relay, relay, 32) == 0) {
            return p->number * board->tick / 86400 == s->version ? p : NULL;
        }
    }
    return NULL;
}

/* Do more than half of the fresh witnesses know of another directory? */
static bool
contradicted(const struct bundle *b, uint32_t today)
{
    const struct directory *d = b->directory;
    size_t fresh = 0, against = 0;

    for (size_t i = 0; i < d->n_orgs; i++) {
        const struct seen_note *s = witness(b, i);

        if (s == NULL || !is_recent(s, today)) {
            continue;
        }
        fresh++;
        if (s->directory_version > d->version ||
            (s->directory_version == d->version &&
             memcmp(s->directory_hash, d->hash, NOTE_HASH_LEN) != 0)) {
            against++;
        }
    }
    return 2 * against > fresh;
}

enum rc
bundle_check(const struct bundle *b, const struct bundle_known *known,
             uint32_t local_day)
{
    const struct directory *d = b->directory;
    uint32_t today = bundle_today(b, local_day);

    if (d->issued > (uint64_t)local_day + 1) {
        return RC_AGAIN;
    }
    if (b->root.version < known->root_version ||
        d->version < known->directory_version) {
        return RC_TAKEN;
    }
    if (d->version == known->directory_version &&
        memcmp(d->hash, known->directory_hash, NOTE_HASH_LEN) != 0) {
        return RC_FORGED;
    }
    if (d->expires < today) {
        return RC_EXPIRED;
    }
    return contradicted(b, today) ? RC_FORGED : RC_OK;
}

bool
bundle_is_confirmed(const struct bundle *b, uint32_t today)
{
    bool confirmed = (uint64_t)b->directory->issued + FRESH_DAYS >= today;

    for (size_t i = 0; !confirmed && i < b->directory->n_orgs; i++) {
        const struct seen_note *s = witness(b, i);

        confirmed = s != NULL && is_recent(s, today);
    }
    return confirmed;
}

enum rc
bundle_org_check(const struct bundle *b, size_t org, uint32_t local_day)
{
    uint32_t today = bundle_today(b, local_day);
    const struct desknote *desk;

    if (org >= b->directory->n_orgs) {
        return RC_MISSING;
    }
    if (b->directory->orgs[org].revoked_day != 0) {
        return RC_FORGED;
    }
    if ((desk = b->desk[org]) == NULL) {
        return RC_MISSING;
    }
    return desk->expires < today || desk->issued > (uint64_t)today + 1
               ? RC_EXPIRED
               : RC_OK;
}
