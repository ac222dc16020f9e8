/* SPDX-License-Identifier: ISC */
#include "served.h"


#include <stdlib.h>
#include <string.h>

struct served_base {
    unsigned refs;
    struct bundle *bundle;
    uint8_t *bytes; /* roots and directory, framed */
    size_t len;
    size_t max; /* bytes of a bundle */
};

struct served_note {
    unsigned refs;
    char kind;
    uint8_t org[ORG_ID_LEN];
    uint64_t version;
    uint8_t *bytes;
    size_t len;
    struct desknote *desk; /* 'd' only */
};

static void
hold(unsigned *refs)
{
    (void)__atomic_add_fetch(refs, 1, __ATOMIC_RELAXED);
}

/* True for the last holder. */
static bool
drop(unsigned *refs)
{
    return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL) == 0;
}

static void
base_release(struct served_base *b)
{
    if (b != NULL && drop(&b->refs)) {
        bundle_free(b->bundle);
        free(b->bytes);
        free(b);
    }
}

void
served_note_release(struct served_note *n)
{
    if (n != NULL && drop(&n->refs)) {
        free(n->bytes);
        free(n->desk);
        free(n);
    }
}

struct served *
served_hold(struct served *s)
{
    hold(&s->refs);
    return s;
}

void
served_release(struct served *s)
{
    if (s == NULL || !drop(&s->refs)) {
        return;
    }
    for (size_t i = 0; i < s->directory->n_orgs; i++) {
        if (s->desk != NULL) {
            served_note_release(s->desk[i]);
        }
        if (s->seen != NULL) {
            served_note_release(s->seen[i]);
        }
    }
    free(s->desk);
    free(s->seen);
    base_release(s->base);
    free(s->bytes);
    free(s);
}

char
served_note_kind(const struct served_note *n)
{
    return n->kind;
}

const uint8_t *
served_note_org(const struct served_note *n)
{
    return n->org;
}

const uint8_t *
served_note_bytes(const struct served_note *n, size_t *len)
{
    *len = n->len;
    return n->bytes;
}

/* The place of an organisation in the directory; n_orgs if it has none. */
static size_t
place_of(const struct directory *d, const uint8_t org[static ORG_ID_LEN])
{
    const struct directory_org *o = directory_org(d, org);

    return o != NULL ? (size_t)(o - d->orgs) : d->n_orgs;
}

/* Is it signed by an organisation of the directory? */
static enum rc
verify(const struct served *s, struct served_note *n)
{
    size_t at = place_of(s->directory, n->org);
    struct seen_note *seen = NULL;
    enum rc rc;

    if (at == s->directory->n_orgs) {
        return RC_MISSING;
    }
    if (n->kind == 'd') {
        rc = desknote_open(n->desk, n->bytes, n->len, &s->directory->orgs[at]);
        n->version = n->desk->version;
        return rc;
    }
    if (s->desk[at] == NULL) {
        return RC_MISSING;
    }
    if ((seen = malloc(sizeof *seen)) == NULL) {
        return RC_NOMEM;
    }
    rc = seen_note_open(seen, n->bytes, n->len, &s->directory->orgs[at],
                        s->desk[at]->desk);
    n->version = seen->version;
    free(seen);
    return rc;
}

/* Which organisation does the note say it is of? */
static enum rc
claimed(struct served_note *n)
{
    struct note *note = malloc(sizeof *note);
    struct seen_note *seen = malloc(sizeof *seen);
    enum rc rc = RC_NOMEM;

    if (note == NULL || seen == NULL ||
        (n->desk = calloc(1, sizeof *n->desk)) == NULL) {
        goto out;
    }
    if ((rc = note_parse(note, n->bytes, n->len)) != RC_OK) {
        goto out;
    }
    if (desknote_parse(n->desk, note->text, note->text_len) == RC_OK) {
        n->kind = 'd';
        memcpy(n->org, n->desk->org, ORG_ID_LEN);
        goto out;
    }
    free(n->desk);
    n->desk = NULL;
    if ((rc = seen_note_parse(seen, note->text, note->text_len)) == RC_OK) {
        n->kind = 's';
        memcpy(n->org, seen->org, ORG_ID_LEN);
    }
out:
    free(note);
    free(seen);
    return rc;
}

enum rc
served_note_open(struct served_note **out, const struct served *s,
                 const uint8_t *note, size_t len)
{
    struct served_note *n = calloc(1, sizeof *n);
    enum rc rc = RC_NOMEM;

    *out = NULL;
    if (n == NULL || (n->refs = 1, n->bytes = malloc(len)) == NULL) {
        goto out;
    }
    memcpy(n->bytes, note, len);
    n->len = len;
    if ((rc = claimed(n)) == RC_OK && (rc = verify(s, n)) == RC_OK) {
        *out = n;
        n = NULL;
    }
out:
    served_note_release(n);
    return rc;
}

bool
served_note_is_revoked(const struct served *s, const struct served_note *n)
{
    size_t at = place_of(s->directory, n->org);

    return at < s->directory->n_orgs &&
           s->directory->orgs[at].revoked_day != 0;
}

static enum rc
add_notes(uint8_t **bytes, size_t *len, struct served_note *const *notes,
          size_t i)
{
    return notes[i] == NULL
               ? RC_OK
               : bundle_append(bytes, len, notes[i]->bytes, notes[i]->len);
}

/* Does the note fit, too? */
static bool
make_room(size_t *room, const struct served_note *n)
{
    if (n != NULL && n->len + 4 > *room) {
        return false;
    }
    *room -= n != NULL ? n->len + 4 : 0;
    return true;
}

/* Leaves out what does not fit; an organisation's seen note says nothing
 * without its desk note. How many organisations have lost one. */
static size_t
leave_out(struct served *s)
{
    size_t room = s->base->max - s->base->len, n = 0;

    for (size_t i = 0; i < s->directory->n_orgs; i++) {
        if (!make_room(&room, s->desk[i])) {
            served_note_release(s->desk[i]);
            served_note_release(s->seen[i]);
            s->desk[i] = s->seen[i] = NULL;
            n++;
        }
    }
    for (size_t i = 0; i < s->directory->n_orgs; i++) {
        if (!make_room(&room, s->seen[i])) {
            served_note_release(s->seen[i]);
            s->seen[i] = NULL;
            n++;
        }
    }
    return n;
}

/* Puts the answer of /v1/directory together, of all that fits. */
static enum rc
assemble(struct served *s)
{
    enum rc rc = RC_OK;

    s->left_out = leave_out(s);
    if ((s->bytes = malloc(s->base->len)) == NULL) {
        return RC_NOMEM;
    }
    memcpy(s->bytes, s->base->bytes, s->base->len);
    s->len = s->base->len;
    for (size_t i = 0; rc == RC_OK && i < s->directory->n_orgs; i++) {
        if ((rc = add_notes(&s->bytes, &s->len, s->desk, i)) == RC_OK) {
            rc = add_notes(&s->bytes, &s->len, s->seen, i);
        }
    }
    blake2b_256(s->hash, s->bytes, s->len);
    return rc;
}

static struct served *
served_empty(struct served_base *base)
{
    struct served *s = calloc(1, sizeof *s);
    size_t n = base->bundle->directory->n_orgs;

    if (s == NULL) {
        return NULL;
    }
    s->refs = 1;
    s->base = base;
    s->directory = base->bundle->directory;
    hold(&base->refs);
    s->desk = calloc(n + 1, sizeof(struct served_note *));
    s->seen = calloc(n + 1, sizeof(struct served_note *));
    if (s->desk == NULL || s->seen == NULL) {
        served_release(s);
        return NULL;
    }
    return s;
}

/* Takes a note where it is newer than what stands there. */
static void
offer(struct served *s, struct served_note *n)
{
    size_t at = place_of(s->directory, n->org);
    struct served_note **place;

    if (at == s->directory->n_orgs) {
        return;
    }
    place = n->kind == 'd' ? &s->desk[at] : &s->seen[at];
    if (*place == NULL || (*place)->version < n->version) {
        served_note_release(*place);
        hold(&n->refs);
        *place = n;
    }
}

/* The notes of one kind in a framed file. Those that do not verify are left
 * out: bundle_open has been through them. */
static void
offer_file(struct served *s, const uint8_t *file, size_t len)
{
    struct served_note *n;
    const uint8_t *note;
    struct reader r;
    size_t note_len;

    rd_init(&r, file, len);
    while (bundle_next(&note, &note_len, &r) == RC_OK) {
        if (served_note_open(&n, s, note, note_len) == RC_OK) {
            offer(s, n);
            served_note_release(n);
        }
    }
}

static enum rc
offer_store(struct served *s, struct store *store, char kind)
{
    for (size_t i = 0; i < s->directory->n_orgs; i++) {
        struct served_note *n;
        uint8_t *note;
        size_t len;
        enum rc rc =
            store_note(store, kind, s->directory->orgs[i].id, &note, &len);

        if (rc == RC_MISSING) {
            continue;
        }
        if (rc != RC_OK) {
            return rc;
        }
        /* One that the directory no longer backs is left out. */
        if (served_note_open(&n, s, note, len) == RC_OK) {
            offer(s, n);
            served_note_release(n);
        }
        free(note);
    }
    return RC_OK;
}

/* Roots and directory, as they stand in the file. */
static enum rc
base_new(struct served_base **out, const uint8_t *file, size_t len,
         const struct served_options *opt)
{
    struct served_base *b = calloc(1, sizeof *b);
    struct note *parsed = malloc(sizeof *parsed);
    const uint8_t *note;
    struct reader r;
    size_t note_len;
    enum rc rc = RC_NOMEM;

    *out = NULL;
    if (b == NULL || parsed == NULL) {
        goto out;
    }
    b->refs = 1;
    b->max = opt->max != 0 ? opt->max : BUNDLE_MAX;
    if (len > b->max) {
        rc = RC_FULL;
        goto out;
    }
    if ((rc = bundle_open(&b->bundle, file, len, NULL)) != RC_OK) {
        goto out;
    }
    if (directory_relay(b->bundle->directory, opt->relay_id) == NULL) {
        rc = RC_MISSING;
        goto out;
    }
    rd_init(&r, file, len);
    while ((rc = bundle_next(&note, &note_len, &r)) == RC_OK) {
        uint8_t hash[NOTE_HASH_LEN];

        if ((rc = bundle_append(&b->bytes, &b->len, note, note_len)) != RC_OK ||
            (rc = note_parse(parsed, note, note_len)) != RC_OK) {
            goto out;
        }
        note_hash(hash, parsed);
        if (memcmp(hash, b->bundle->directory->hash, sizeof hash) == 0) {
            break;
        }
    }
    if (rc != RC_OK) {
        goto out;
    }
    *out = b;
    b = NULL;
out:
    free(parsed);
    base_release(b);
    return rc;
}

enum rc
served_new(struct served **out, const uint8_t *file, size_t len,
           const struct served_options *opt)
{
    struct served_base *base = NULL;
    struct served *s = NULL;
    enum rc rc;

    *out = NULL;
    if ((rc = base_new(&base, file, len, opt)) != RC_OK) {
        goto out;
    }
    if ((s = served_empty(base)) == NULL) {
        rc = RC_NOMEM;
        goto out;
    }
    /* Desk notes first: seen notes are verified with the newest. */
    offer_file(s, file, len);
    if (opt->store != NULL &&
        ((rc = offer_store(s, opt->store, 'd')) != RC_OK ||
         (rc = offer_store(s, opt->store, 's')) != RC_OK)) {
        goto out;
    }
    for (size_t i = 0; i < s->directory->n_orgs; i++) {
        if (s->seen[i] != NULL && verify(s, s->seen[i]) != RC_OK) {
            served_note_release(s->seen[i]);
            s->seen[i] = NULL;
        }
    }
    if ((rc = assemble(s)) == RC_OK) {
        *out = s;
        s = NULL;
    }
out:
    served_release(s);
    base_release(base);
    return rc;
}

enum rc
served_with(struct served **out, const struct served *s,
            struct served_note *note)
{
    size_t at = place_of(s->directory, note->org);
    struct served_note *held, *own = NULL;
    struct served *fresh = NULL;
    enum rc rc;

    *out = NULL;
    /* A note of its own: others may be reading this one's parsed form. */
    if ((rc = served_note_open(&own, s, note->bytes, note->len)) != RC_OK) {
        goto out;
    }
    if (served_note_is_revoked(s, own)) {
        rc = RC_FORGED; /* since it was taken in */
        goto out;
    }
    held = own->kind == 'd' ? s->desk[at] : s->seen[at];
    if (held != NULL && held->version >= own->version) {
        rc = held->len == own->len &&
                     memcmp(held->bytes, own->bytes, own->len) == 0
                 ? RC_EXPIRED
                 : RC_TAKEN;
        goto out;
    }
    if ((fresh = served_empty(s->base)) == NULL) {
        rc = RC_NOMEM;
        goto out;
    }
    for (size_t i = 0; i < s->directory->n_orgs; i++) {
        if (s->desk[i] != NULL) {
            offer(fresh, s->desk[i]);
        }
        if (s->seen[i] != NULL) {
            offer(fresh, s->seen[i]);
        }
    }
    offer(fresh, own);
    if (own->kind == 'd' && fresh->seen[at] != NULL &&
        verify(fresh, fresh->seen[at]) != RC_OK) {
        served_note_release(fresh->seen[at]);
        fresh->seen[at] = NULL;
    }
    rc = assemble(fresh);
    if (rc == RC_OK && fresh->left_out > 0) {
        rc = RC_FULL; /* none makes way for a new one */
    }
    if (rc == RC_OK) {
        *out = fresh;
        fresh = NULL;
    }
out:
    served_note_release(own);
    served_release(fresh);
    return rc;
}
