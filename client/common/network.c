/* SPDX-License-Identifier: ISC */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"
#include "clock.h"
#include "file.h"
#include "join.h"
#include "reach.h"
#include "status.h"

#define ASKED_MAX NETWORK_VIAS

/* A bundle with its bytes. */
struct candidate {
    struct bundle *bundle;
    uint8_t *raw;
    size_t raw_len;
};

static void
candidate_wipe(struct candidate *k)
{
    bundle_free(k->bundle);
    free(k->raw);
    memset(k, 0, sizeof *k);
}

/* The first relay's index with that id among those of w, or n_relays. */
static size_t
find_relay(const struct network *w, const uint8_t id[static 32])
{
    size_t i = 0;

    while (i < w->n_relays && memcmp(w->relays[i].info->id, id, 32) != 0) {
        i++;
    }
    return i;
}

/* The door to a relay, or NULL. */
static const char *
door_of(const struct network *w, const uint8_t id[static 32])
{
    for (size_t i = 0; i < w->n_doors; i++) {
        if (memcmp(w->doors[i].id, id, 32) == 0) {
            return w->doors[i].url;
        }
    }
    return NULL;
}

/* Takes a candidate over; relays that are in both keep url and up. */
static void
adopt(struct network *w, struct candidate *k)
{
    const struct directory *d = k->bundle->directory;
    struct network_relay next[DIRECTORY_RELAYS_MAX];

    memset(next, 0, sizeof next);
    for (size_t i = 0; i < d->n_relays; i++) {
        const struct directory_relay *info = &d->relays[i];
        size_t old = find_relay(w, info->id);

        next[i].info = info;
        next[i].url = info->urls[0];
        if (old == w->n_relays) {
            continue;
        }
        if (w->relays[old].url == door_of(w, info->id)) {
            next[i].url = w->relays[old].url;
        }
        next[i].up = w->relays[old].up;
        next[i].via = w->relays[old].via;
        next[i].has_status = w->relays[old].has_status;
        memcpy(next[i].lists, w->relays[old].lists, sizeof next[i].lists);
        memcpy(next[i].newest, w->relays[old].newest, sizeof next[i].newest);
        for (size_t j = 0; j < info->n_urls; j++) {
            if (strcmp(info->urls[j], w->relays[old].url) == 0) {
                next[i].url = info->urls[j];
            }
        }
    }
    memcpy(w->relays, next, sizeof next);
    w->n_relays = d->n_relays;
    bundle_free(w->bundle);
    free(w->raw);
    w->bundle = k->bundle;
    w->raw = k->raw;
    w->raw_len = k->raw_len;
    w->today = bundle_today(w->bundle, clock_day(clock_now()));
    memset(k, 0, sizeof *k);
}

/* The files tried in turn; RC_MISSING goes on to the next. */
static enum rc
read_default(uint8_t **out, size_t *len)
{
    const char *named = getenv("TOCSIN_NETWORK");
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *path = NULL;
    enum rc rc = RC_MISSING;

    if (named != NULL && *named != 0) {
        return file_read(out, len, named, BUNDLE_MAX);
    }
    if (config != NULL && *config != 0) {
        path = file_join(config, "tocsin/network");
    } else if (home != NULL && *home != 0) {
        path = file_join(home, ".config/tocsin/network");
    }
    if (path != NULL) {
        rc = file_read(out, len, path, BUNDLE_MAX);
        free(path);
    }
    if (rc == RC_MISSING) {
        rc = file_read(out, len, "/etc/tocsin/network", BUNDLE_MAX);
    }
    return rc;
}

enum rc
network_load(struct network *w, const char *path)
{
    struct candidate k = {0};
    enum rc rc;

    memset(w, 0, sizeof *w);
    rc = path != NULL ? file_read(&k.raw, &k.raw_len, path, BUNDLE_MAX)
                      : read_default(&k.raw, &k.raw_len);
    if (rc == RC_OK) {
        rc = bundle_open(&k.bundle, k.raw, k.raw_len, NULL);
    }
    if (rc == RC_OK) {
        w->anchor = k.bundle->root;
        adopt(w, &k);
    }
    candidate_wipe(&k);
    return rc;
}

enum rc
network_door(struct network *w, const uint8_t id[static 32], const char *url)
{
    struct network_door *d = &w->doors[w->n_doors];
    size_t i;

    if (w->n_doors == DIRECTORY_RELAYS_MAX || strlen(url) >= sizeof d->url) {
        return RC_FULL;
    }
    memcpy(d->id, id, sizeof d->id);
    memcpy(d->url, url, strlen(url) + 1);
    w->n_doors++;
    if ((i = find_relay(w, id)) < w->n_relays) {
        w->relays[i].url = d->url;
    }
    return RC_OK;
}

void
network_wipe(struct network *w)
{
    bundle_free(w->bundle);
    free(w->raw);
    memset(w, 0, sizeof *w);
}

const struct board *
network_answers(const struct network *w, size_t relay)
{
    const struct board *boards[DIRECTORY_ANSWERS_MAX];
    const struct network_relay *r = &w->relays[relay];
    size_t n = directory_answers(w->bundle->directory, boards);

    while (n > 0) {
        unsigned id = boards[--n]->id;

        if (!r->has_status || (r->lists[id / 8] >> id % 8 & 1) != 0) {
            return boards[n];
        }
    }
    return NULL;
}

size_t
network_writers(const struct network *w, size_t out[static 2])
{
    size_t n = 0;

    for (size_t i = 0; i < w->n_relays && n < 2; i++) {
        if (w->relays[i].info->closing_day == 0) {
            out[n++] = i;
        }
    }
    return n;
}

/* Joins *best with the newer notes in other; *best is replaced. */
static enum rc
merge(struct candidate *best, const struct candidate *other,
      const struct root *anchor)
{
    const struct join j = {best->bundle->directory, best->raw, best->raw_len,
                           other->raw, other->raw_len};
    struct candidate joined = {0};
    enum rc rc = join_bundles(&joined.raw, &joined.raw_len, &j);

    if (rc == RC_OK) {
        rc = bundle_open(&joined.bundle, joined.raw, joined.raw_len, anchor);
    }
    if (rc != RC_OK) {
        candidate_wipe(&joined);
        return rc;
    }
    candidate_wipe(best);
    *best = joined;
    return RC_OK;
}

/* Adds to the line about what went wrong. */
static void
complain(struct network *w, const char *text)
{
    size_t n = strlen(w->problem);

    (void)snprintf(w->problem + n, sizeof w->problem - n, "%s%s",
                   n > 0 ? "; " : "", text);
}

static void
complain_of(struct network *w, const char *url, enum rc rc)
{
    char text[NET_ERROR_MAX];
    const char *why;

    switch (rc) {
    case RC_EXPIRED:
        why = _("its directory has expired");
        break;
    case RC_AGAIN:
        why = _("its directory is from the future: check this computer's "
                "clock");
        break;
    case RC_TAKEN:
        why = _("it shows an older state than is known");
        break;
    case RC_FORGED:
        why = _("its directory is not authentic");
        break;
    case RC_FORMAT:
    case RC_TRUNCATED:
        why = _("what it serves is no directory");
        break;
    default:
        why = _(rc_text(rc));
        break;
    }
    (void)snprintf(text, sizeof text, "%.200s: %s", url, why);
    complain(w, text);
}

static void
note_boards(struct network_relay *relay, const struct status *st)
{
    relay->has_status = true;
    memset(relay->lists, 0, sizeof relay->lists);
    for (size_t i = 0; i < st->n_boards; i++) {
        unsigned id = st->boards[i].id;

        relay->lists[id / 8] |= (uint8_t)(1u << id % 8);
        relay->newest[id] = st->boards[i].newest;
    }
}

/* That address as the directory or the doors have it. */
static const char *
own_copy(const struct network *w, const struct directory_relay *info,
         const char *url)
{
    const char *door = door_of(w, info->id);

    if (door != NULL && strcmp(door, url) == 0) {
        return door;
    }
    for (size_t i = 0; i < info->n_urls; i++) {
        if (strcmp(info->urls[i], url) == 0) {
            return info->urls[i];
        }
    }
    return info->urls[0];
}

/* What came of it, before anything is fetched. */
static void
note_reached(struct network *w, struct network_relay *relay,
             const struct reach *r)
{
    char text[NET_ERROR_MAX];

    relay->url = own_copy(w, relay->info, r->urls[r->url]);
    if (r->rc == RC_OK) {
        note_boards(relay, r->status);
    } else if (r->slow) {
        (void)snprintf(text, sizeof text, "%.200s: %s", relay->url,
                       _("it is much slower than the other"));
        complain(w, text);
    } else if (r->error[0] != 0) {
        complain(w, r->error);
    } else {
        complain_of(w, relay->url, r->rc);
    }
}

static enum rc
fetch(struct network *w, const struct network_relay *relay,
      struct network_via *via, struct candidate *out)
{
    enum rc rc = reach_get(via, relay->url, "/v1/directory", BUNDLE_MAX,
                           &out->raw, &out->raw_len);

    if (rc != RC_OK) {
        complain(w, net_error(via->net));
        return rc == RC_MISSING ? RC_FORMAT : rc;
    }
    rc = bundle_open(&out->bundle, out->raw, out->raw_len, &w->bundle->root);
    if (rc != RC_OK) {
        complain_of(w, relay->url, rc);
    }
    return rc;
}

/* <0, 0, >0: is a's directory older, the same version, newer? */
static int
compare(const struct bundle *a, const struct bundle *b)
{
    if (a->root.version != b->root.version) {
        return a->root.version < b->root.version ? -1 : 1;
    }
    if (a->directory->version != b->directory->version) {
        return a->directory->version < b->directory->version ? -1 : 1;
    }
    return 0;
}

static bool
is_fork(const struct bundle *a, const struct bundle *b)
{
    return a->directory->version == b->directory->version &&
           memcmp(a->directory->hash, b->directory->hash, NOTE_HASH_LEN) != 0;
}

/* A copy of what is known, to merge into. */
static enum rc
copy_known(const struct network *w, struct candidate *out)
{
    if ((out->raw = malloc(w->raw_len)) == NULL) {
        return RC_NOMEM;
    }
    memcpy(out->raw, w->raw, w->raw_len);
    out->raw_len = w->raw_len;
    return bundle_open(&out->bundle, out->raw, out->raw_len, &w->bundle->root);
}

enum rc
network_copy(struct network *w, const struct network *from)
{
    struct candidate k = {0};
    enum rc rc = copy_known(from, &k);

    memset(w, 0, sizeof *w);
    if (rc == RC_OK) {
        w->anchor = from->anchor;
        adopt(w, &k);
    }
    candidate_wipe(&k);
    return rc;
}

/* Joins two candidates, the notes of other into best, and takes the result
 * if it passes: new seen notes may contradict the directory. */
static enum rc
join_and_adopt(struct network *w, struct candidate *best,
               const struct candidate *other)
{
    const struct bundle_known nothing = {.root_version = 0};
    enum rc rc = merge(best, other, &w->bundle->root);

    if (rc == RC_OK) {
        rc = bundle_check(best->bundle, &nothing, clock_day(clock_now()));
    }
    if (rc == RC_OK) {
        adopt(w, best);
    }
    return rc;
}

/* Weighs what one relay gave against what is known. */
static enum rc
weigh(struct network *w, struct candidate *k)
{
    const struct bundle_known nothing = {.root_version = 0};
    const struct candidate known = {w->bundle, w->raw, w->raw_len};
    struct candidate copy = {0};
    enum rc rc;

    if (is_fork(k->bundle, w->bundle)) {
        return RC_FORGED;
    }
    if (compare(k->bundle, w->bundle) < 0) {
        /* Its directory is of no use, its desk notes may be newer. */
        rc = copy_known(w, &copy);
        if (rc == RC_OK && (rc = join_and_adopt(w, &copy, k)) == RC_OK) {
            rc = RC_TAKEN;
        }
        candidate_wipe(&copy);
        return rc;
    }
    rc = bundle_check(k->bundle, &nothing, clock_day(clock_now()));
    return rc == RC_OK ? join_and_adopt(w, k, &known) : rc;
}

/* A bundle that came in this refresh, and what became of it. */
struct came {
    uint8_t hash[KDF_LEN];
    enum rc rc;
};

struct refreshing {
    struct network *w;
    struct network_via *via; /* as asked */
    uint8_t asked[ASKED_MAX][32];
    size_t n_asked;
    struct came came[ASKED_MAX];
    size_t n_came;
    struct reach_patience patience;
};

/* NULL where nothing with that hash came. */
static const struct came *
find_came(const struct refreshing *r, const uint8_t hash[static KDF_LEN])
{
    for (size_t i = 0; i < r->n_came; i++) {
        if (memcmp(r->came[i].hash, hash, KDF_LEN) == 0) {
            return &r->came[i];
        }
    }
    return NULL;
}

/* Fetches what this relay serves and weighs it. */
static enum rc
fetch_and_weigh(struct refreshing *r, size_t i, struct network_via *via)
{
    struct came *came = &r->came[r->n_came];
    struct candidate k = {0};
    char url[256];
    enum rc rc = fetch(r->w, &r->w->relays[i], via, &k);

    if (rc == RC_OK) {
        (void)snprintf(url, sizeof url, "%s", r->w->relays[i].url);
        blake2b_256(came->hash, k.raw, k.raw_len);
        r->w->relays[i].up = true; /* adopted with the rest */
        if ((came->rc = rc = weigh(r->w, &k)) != RC_OK) {
            complain_of(r->w, url, rc);
        }
        r->n_came++;
    }
    candidate_wipe(&k);
    return rc;
}

/*
 * One relay that gave its status. Its bundle is fetched only where its hash
 * differs from all that came: who reads it at one relay then reads all of it.
 */
static enum rc
take_bundle(struct refreshing *r, const struct reach *at)
{
    struct network *w = r->w;
    size_t i = find_relay(w, at->id);
    const struct came *came;
    enum rc rc = at->rc;

    if (rc != RC_OK) {
        return rc;
    }
    if ((came = find_came(r, at->status->bundle)) == NULL) {
        rc = fetch_and_weigh(r, i, at->via);
    } else if ((rc = came->rc) != RC_OK) {
        complain_of(w, w->relays[i].url, rc);
    }
    if ((i = find_relay(w, at->id)) < w->n_relays) {
        w->relays[i].up = rc == RC_OK || rc == RC_TAKEN;
    }
    return rc;
}

/* Which of two failures to report: the one that comes first here. */
static enum rc
worse(enum rc a, enum rc b)
{
    static const enum rc order[] = {RC_FORGED, RC_TAKEN,  RC_EXPIRED,
                                    RC_AGAIN,  RC_FORMAT, RC_TRUNCATED};

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (a == order[i] || b == order[i]) {
            return order[i];
        }
    }
    return a != RC_OK ? a : b;
}

/* One of the relays that were not asked, by lot; n_relays: none is left. */
static size_t
next_relay(const struct refreshing *r)
{
    size_t left[DIRECTORY_RELAYS_MAX], n = 0;

    for (size_t i = 0; i < r->w->n_relays; i++) {
        size_t j = 0;

        while (j < r->n_asked &&
               memcmp(r->asked[j], r->w->relays[i].info->id, 32) != 0) {
            j++;
        }
        if (j == r->n_asked) {
            left[n++] = i;
        }
    }
    return n == 0 ? r->w->n_relays : left[randombytes_uniform((uint32_t)n)];
}

/* One that was asked: its bundle is looked at as soon as its own status came,
 * whatever the others are at. */
static void
take_turn(struct refreshing *r, struct reach *at, size_t *passed,
          enum rc *worst)
{
    size_t i;
    enum rc rc;

    reach_wait(at, &r->patience);
    if ((i = find_relay(r->w, at->id)) < r->w->n_relays) { /* it still is one */
        note_reached(r->w, &r->w->relays[i], at);
        rc = take_bundle(r, at);
        *passed += rc == RC_OK;
        *worst = worse(*worst, rc);
        if (rc == RC_OK) {
            reach_first(&r->patience);
        }
    }
    reach_free(at);
}

/* The relays that were not asked, all at once, and their bundles as the lot has
 * them. false: there is none. */
static bool
ask_round(struct refreshing *r, size_t *passed, enum rc *worst)
{
    struct reach *at = calloc(ASKED_MAX, sizeof *at);
    size_t n = 0, i;

    while (at != NULL && r->n_asked < ASKED_MAX &&
           (i = next_relay(r)) < r->w->n_relays) {
        const struct directory_relay *info = r->w->relays[i].info;

        memcpy(r->asked[r->n_asked], info->id, 32);
        r->w->relays[i].via = r->n_asked;
        reach_init(&at[n++], info, door_of(r->w, info->id),
                   &r->via[r->n_asked++]);
    }
    for (size_t k = 0; k < n; k++) {
        reach_start(&at[k]);
    }
    for (size_t k = 0; k < n; k++) {
        take_turn(r, &at[k], passed, worst);
    }
    free(at);
    return n > 0;
}

enum rc
network_refresh_by(struct network *w,
                   struct network_via via[static NETWORK_VIAS],
                   const char **problem)
{
    struct refreshing r = {
        .w = w, .via = via, .patience = {.began_ms = clock_mono_ms()}};
    size_t passed = 0;
    enum rc worst = RC_OK;

    w->problem[0] = 0;
    for (size_t i = 0; i < w->n_relays; i++) {
        w->relays[i].up = false;
    }
    /* A newer directory may name relays that we did not know. */
    while (ask_round(&r, &passed, &worst)) {
    }
    w->worst = worst;
    w->today = bundle_today(w->bundle, clock_day(clock_now()));
    *problem = w->problem[0] != 0 ? w->problem : NULL;
    if (passed > 0) {
        return RC_OK;
    }
    return worst == RC_OK ? RC_MISSING : worst; /* no relay is listed */
}

enum rc
network_refresh(struct network *w, struct net *n, const struct net_circuit *c,
                const char **problem)
{
    struct network_via via[NETWORK_VIAS];

    for (size_t i = 0; i < NETWORK_VIAS; i++) {
        via[i] = (struct network_via){.net = n, .circuit = *c};
    }
    return network_refresh_by(w, via, problem);
}

int64_t
network_now(const struct network *w)
{
    const int64_t day = (int64_t)w->today * DAY_SECONDS;
    const int64_t now = clock_now();

    return now > day ? now : day;
}
