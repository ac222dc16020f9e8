/* SPDX-License-Identifier: ISC */
#include "notes.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "desknote.h"
#include "reader.h"
#include "writer.h"

/* Versions: the issued day, and a number for the notes of one day. So a note
 * made for a later day is always newer. */
#define VERSIONS_A_DAY 1000
#define ROW_HEAD 8 /* u32 issued, u32 expires */

/* --- kept notes ---------------------------------------------------------- */

struct kept {
    uint64_t version;
    uint32_t issued, expires;
    const uint8_t *note;
    size_t len;
};

static enum rc
kept_parse(struct kept *out, const struct vault_row *row)
{
    struct reader r, id;

    memset(out, 0, sizeof *out);
    rd_init(&id, row->id, row->id_len);
    rd_init(&r, row->data, row->len);
    out->version = rd_u64(&id);
    out->issued = rd_u32(&r);
    out->expires = rd_u32(&r);
    if (rd_end(&id) != RC_OK || r.rc != RC_OK) {
        return RC_FORGED;
    }
    out->note = r.p;
    out->len = r.left;
    return RC_OK;
}

static enum rc
kept_put(struct desk *d, const struct kept *k)
{
    uint8_t id[8];
    uint8_t *bytes = malloc(ROW_HEAD + k->len);
    struct writer w;
    enum rc rc;

    if (bytes == NULL) {
        return RC_NOMEM;
    }
    wr_init(&w, id, sizeof id);
    wr_u64(&w, k->version);
    wr_init(&w, bytes, ROW_HEAD + k->len);
    wr_u32(&w, k->issued);
    wr_u32(&w, k->expires);
    wr_bytes(&w, k->note, k->len);
    rc = vault_put(d->vault, VAULT_NOTE, id, sizeof id, bytes, w.len);
    free(bytes);
    return rc;
}

/* --- the text ------------------------------------------------------------ */

const struct desknote *
notes_served(const struct desk *d)
{
    const struct directory_org *org = desk_listed(d);

    return org == NULL ? NULL
                       : d->network.bundle
                             ->desk[org - d->network.bundle->directory->orgs];
}

/* The version held by the relays, as the bundle says. */
static uint64_t
published_version(const struct desk *d)
{
    const struct desknote *note = notes_served(d);

    return note == NULL ? 0 : note->version;
}

/* Above every version that was given out for this day or an earlier one. */
static enum rc
next_version(struct desk *d, uint32_t issued, uint64_t *out)
{
    uint64_t first = (uint64_t)issued * VERSIONS_A_DAY, last = 0;
    uint64_t held = published_version(d);
    char name[32] = "desk note ";
    struct writer w;
    uint8_t day[4];
    enum rc rc;

    wr_init(&w, day, sizeof day);
    wr_u32(&w, issued);
    (void)sodium_bin2hex(name + 10, sizeof name - 10, day, sizeof day);
    if ((rc = vault_number(d->vault, name, &last)) != RC_OK) {
        return rc;
    }
    *out = last >= first ? last + 1 : first;
    if (held >= *out && held < first + VERSIONS_A_DAY) {
        *out = held + 1;
    }
    return vault_set_number(d->vault, name, *out);
}

/* Weeks before its own in a note: as long as pages are kept, twice, as a relay
 * may get an answer on the last day on which it stands at another; from the
 * first day on which the note is used, and a day of slack. */
static uint32_t
past_weeks(const struct desk *d)
{
    const uint32_t weeks =
        (2 * desk_retention(d) + 2 * WEEK_DAYS - 1) / WEEK_DAYS;

    return weeks < DESKNOTE_PAST_MAX ? weeks : DESKNOTE_PAST_MAX;
}

bool
notes_cover(const struct desk *d, uint32_t day, uint32_t rung)
{
    /* Its last day on a page; the newest note that may be in use then. */
    const uint32_t last = rung + 1 + desk_retention(d);
    const uint32_t newest = (last - 1) / WEEK_DAYS + 1;

    return newest <= day / WEEK_DAYS + past_weeks(d);
}

static void
add_past(struct desk *d, struct desknote *n)
{
    for (uint32_t back = past_weeks(d); back > 0; back--) {
        struct desknote_week past;

        if (back < n->keys.week &&
            week_get(d->vault, &past, n->keys.week - back) == RC_OK) {
            n->past[n->n_past].week = past.week;
            memcpy(n->past[n->n_past].v, past.v, sizeof past.v);
            n->n_past++;
        }
    }
}

enum rc
notes_text(struct desk *d, char **out, size_t *len, uint32_t week,
           uint32_t issued)
{
    struct desknote n = {0};
    struct desknote_week next;
    enum rc rc = desk_make_keys(d, week, week + 1);

    *out = NULL;
    *len = 0;
    if (rc != RC_OK || (rc = next_version(d, issued, &n.version)) != RC_OK ||
        (rc = week_get(d->vault, &n.keys, week)) != RC_OK ||
        (rc = week_get(d->vault, &next, week + 1)) != RC_OK) {
        return rc;
    }
    memcpy(n.org, d->config.org, sizeof n.org);
    memcpy(n.next, next.v, sizeof n.next);
    n.issued = issued;
    n.expires = desknote_latest_expiry(week, issued);
    add_past(d, &n);
    return desknote_write(out, len, &n);
}

enum rc
notes_sign(uint8_t **out, size_t *out_len, const char *text, size_t len,
           const uint8_t sk[static 64])
{
    struct desknote n;
    struct note_key key;
    uint8_t org[KDF_LEN];
    enum rc rc;

    *out = NULL;
    *out_len = 0;
    if ((rc = desknote_parse(&n, text, len)) != RC_OK) {
        return rc;
    }
    blake2b_256(org, sk + 32, 32);
    if (memcmp(org, n.org, sizeof org) != 0) {
        return RC_TAKEN;
    }
    desknote_key(&key, n.org, sk + 32);
    return note_sign(out, out_len, (const uint8_t *)text, len, &key, sk);
}

/* Every byte of a week: with one part of its own another machine reads along. */
static bool
week_is_ours(struct desk *d, const struct desknote_week *week)
{
    struct desknote_week ours;

    return week_get(d->vault, &ours, week->week) == RC_OK &&
           memcmp(ours.k, week->k, sizeof ours.k) == 0 &&
           memcmp(ours.q, week->q, sizeof ours.q) == 0 &&
           memcmp(ours.v, week->v, sizeof ours.v) == 0;
}

/* A V of another week: with one of his own somebody signs answers. */
static bool
v_is_ours(struct desk *d, uint32_t week, const uint8_t *v)
{
    struct desknote_week ours;

    return week_get(d->vault, &ours, week) == RC_OK &&
           memcmp(ours.v, v, sizeof ours.v) == 0;
}

bool
notes_foreign(struct desk *d, const struct desknote *n, uint32_t *week)
{
    *week = n->keys.week;
    if (!week_is_ours(d, &n->keys)) {
        return true;
    }
    *week = n->keys.week + 1;
    if (!v_is_ours(d, *week, n->next)) {
        return true;
    }
    for (size_t i = 0; i < n->n_past; i++) {
        *week = n->past[i].week;
        if (!v_is_ours(d, *week, n->past[i].v)) {
            return true;
        }
    }
    return false;
}

enum rc
notes_keep(struct desk *d, const uint8_t *note, size_t len)
{
    struct directory_org org = {0};
    struct desknote n;
    struct kept k = {.note = note, .len = len};
    uint32_t week;
    enum rc rc;

    memcpy(org.id, d->config.org, sizeof org.id);
    memcpy(org.pk, d->config.pk, sizeof org.pk);
    if (len > CELL_NOTE_MAX) {
        return RC_FULL;
    }
    if ((rc = desknote_open(&n, note, len, &org)) != RC_OK) {
        return rc;
    }
    if (notes_foreign(d, &n, &week)) {
        return RC_FORMAT;
    }
    k.version = n.version;
    k.issued = n.issued;
    k.expires = n.expires;
    return kept_put(d, &k);
}

struct search {
    struct desk *d;
    uint32_t day, last;
    struct kept best;
    uint8_t *note; /* heap */
    bool found;
};

static enum rc
look_for_due(const struct vault_row *row, void *arg)
{
    struct search *s = arg;
    struct kept k;
    uint8_t *copy;

    if (kept_parse(&k, row) != RC_OK || k.issued > s->day ||
        k.expires < s->day || (s->found && k.version < s->best.version)) {
        return RC_OK;
    }
    if ((copy = malloc(k.len)) == NULL) {
        return RC_NOMEM;
    }
    memcpy(copy, k.note, k.len);
    free(s->note);
    s->note = copy;
    s->best = k;
    s->found = true;
    return RC_OK;
}

enum rc
notes_due(struct desk *d, uint32_t day, uint8_t **out, size_t *len,
          uint64_t *version)
{
    struct search s = {.d = d, .day = day};
    enum rc rc =
        vault_each(d->vault, VAULT_NOTE, look_for_due, &s, NULL);

    *out = NULL;
    *len = 0;
    *version = 0;
    if (rc != RC_OK || !s.found) {
        free(s.note);
        return rc != RC_OK ? rc : RC_MISSING;
    }
    *out = s.note;
    *len = s.best.len;
    *version = s.best.version;
    return RC_OK;
}

static enum rc
look_for_last(const struct vault_row *row, void *arg)
{
    struct search *s = arg;
    struct kept k;

    if (kept_parse(&k, row) != RC_OK) {
        return RC_OK;
    }
    if (k.expires < s->day) {
        return vault_delete(s->d->vault, VAULT_NOTE, row->id, row->id_len);
    }
    s->last = k.expires > s->last ? k.expires : s->last;
    return RC_OK;
}

enum rc
notes_last_day(struct desk *d, uint32_t today, uint32_t *out)
{
    struct search s = {.d = d, .day = today};
    enum rc rc = vault_each(d->vault, VAULT_NOTE, look_for_last, &s, NULL);

    *out = s.last;
    return rc;
}

/* --- signing with V ------------------------------------------------------ */

enum rc
notes_sign_key(struct desk *d, uint8_t sk[static 64], uint32_t week)
{
    const struct weekkey *key = weekkeys_find(d->keys, week);
    const struct desknote *note = notes_served(d);
    const uint8_t *v;

    sodium_memzero(sk, 64);
    if (key == NULL || !key->has_v) {
        return RC_EXPIRED;
    }
    if (note == NULL || desknote_v(&v, note, week) != RC_OK) {
        return RC_AGAIN;
    }
    weekkey_sign_key(sk, key);
    if (memcmp(sk + 32, v, 32) != 0) {
        sodium_memzero(sk, 64);
        return RC_AGAIN;
    }
    return RC_OK;
}

/* --- seen notes ---------------------------------------------------------- */

enum rc
notes_seen(struct desk *d, uint8_t **out, size_t *len, uint32_t day,
           const struct seen_page *pages, size_t n)
{
    struct seen_note seen = {.version = day};
    struct note_key name;
    uint8_t sk[64];
    char *text = NULL;
    size_t text_len;
    enum rc rc;

    *out = NULL;
    *len = 0;
    if (n > SEEN_PAGES_MAX) {
        return RC_FULL;
    }
    if ((rc = notes_sign_key(d, sk, day / WEEK_DAYS)) != RC_OK) {
        return rc;
    }
    memcpy(seen.org, d->config.org, sizeof seen.org);
    seen.directory_version = d->network.bundle->directory->version;
    memcpy(seen.directory_hash, d->network.bundle->directory->hash,
           sizeof seen.directory_hash);
    seen.n_pages = n;
    if (n > 0) {
        memcpy(seen.pages, pages, n * sizeof *pages);
    }
    seen_note_key(&name, d->config.org, sk + 32);
    if ((rc = seen_note_write(&text, &text_len, &seen)) == RC_OK) {
        rc = note_sign(out, len, (const uint8_t *)text, text_len, &name, sk);
    }
    sodium_memzero(sk, sizeof sk);
    free(text);
    return rc;
}
