/* SPDX-License-Identifier: ISC */
#include "join.h"

#include "bundle.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The best notes of one organisation so far. */
struct choice {
    const uint8_t *desk; /* desk_len bytes, borrowed; NULL: none */
    size_t desk_len;
    struct desknote opened; /* of desk */
    const uint8_t *seen;
    size_t seen_len;
    uint64_t seen_version;
};

static void
choose_desk(struct choice *c, const struct directory_org *org, uint64_t version,
            const uint8_t *note, size_t len)
{
    struct desknote d;

    if ((c->desk == NULL || version > c->opened.version) &&
        desknote_open(&d, note, len, org) == RC_OK) {
        c->desk = note;
        c->desk_len = len;
        c->opened = d;
    }
}

static void
choose_seen(struct choice *c, const struct directory_org *org, uint64_t version,
            const uint8_t *note, size_t len)
{
    struct seen_note s;

    if (c->desk != NULL && (c->seen == NULL || version > c->seen_version) &&
        seen_note_open(&s, note, len, org, &c->opened) == RC_OK) {
        c->seen = note;
        c->seen_len = len;
        c->seen_version = version;
    }
}

/* Looks through all notes of a bundle for better desk notes, or seen ones. */
static void
choose_from(struct choice *choices, const struct directory *d,
            const uint8_t *in, size_t in_len, bool want_seen)
{
    const uint8_t *note;
    struct reader r;
    size_t len;

    rd_init(&r, in, in_len);
    while (bundle_next(&note, &len, &r) == RC_OK) {
        uint8_t id[ORG_ID_LEN];
        uint64_t version;
        size_t org;
        bool seen;

        if (desknote_whose(id, &seen, &version, note, len) != RC_OK ||
            seen != want_seen ||
            (org = directory_org_index(d, id)) == d->n_orgs) {
            continue;
        }
        if (seen) {
            choose_seen(&choices[org], &d->orgs[org], version, note, len);
        } else {
            choose_desk(&choices[org], &d->orgs[org], version, note, len);
        }
    }
}

/* Bytes of the roots and the directory at the beginning of a bundle. */
static size_t
lead_len(const uint8_t *in, size_t in_len)
{
    static const char first[] = "tocsin-directory ";
    const uint8_t *note;
    struct reader r;
    size_t len;

    rd_init(&r, in, in_len);
    while (bundle_next(&note, &len, &r) == RC_OK &&
           (len < sizeof first - 1 ||
            memcmp(note, first, sizeof first - 1) != 0)) {
        continue;
    }
    return in_len - r.left;
}

/* The bytes: roots and directory of the best, then the chosen notes. */
static enum rc
compose(uint8_t **out, size_t *len, const struct join *j,
        const struct choice *choices)
{
    size_t lead = lead_len(j->best, j->best_len);
    enum rc rc = RC_OK;

    if ((*out = malloc(lead)) == NULL) {
        return RC_NOMEM;
    }
    memcpy(*out, j->best, lead);
    *len = lead;
    for (size_t i = 0; rc == RC_OK && i < j->directory->n_orgs; i++) {
        const struct choice *c = &choices[i];

        if (c->desk != NULL) {
            rc = bundle_append(out, len, c->desk, c->desk_len);
        }
        if (rc == RC_OK && c->seen != NULL) {
            rc = bundle_append(out, len, c->seen, c->seen_len);
        }
    }
    return rc;
}

enum rc
join_bundles(uint8_t **out, size_t *len, const struct join *j)
{
    struct choice *choices = calloc(j->directory->n_orgs + 1, sizeof *choices);
    enum rc rc;

    *out = NULL;
    *len = 0;
    if (choices == NULL) {
        return RC_NOMEM;
    }
    /* Desk notes first: they have the keys of seen notes. */
    for (int seen = 0; seen < 2; seen++) {
        choose_from(choices, j->directory, j->best, j->best_len, seen);
        choose_from(choices, j->directory, j->other, j->other_len, seen);
    }
    rc = compose(out, len, j, choices);
    free(choices);
    if (rc != RC_OK) {
        free(*out);
        *out = NULL;
        *len = 0;
    }
    return rc;
}
