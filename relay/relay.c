/* SPDX-License-Identifier: ISC */
#include "relay.h"

#include "clock.h"
#include "file.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

struct served *
relay_served(struct relay *r)
{
    struct served *s;

    (void)pthread_mutex_lock(&r->served_lock);
    s = served_hold(r->served);
    (void)pthread_mutex_unlock(&r->served_lock);
    return s;
}

int64_t
relay_now(struct relay *r)
{
    enum guard_clock clock;

    return guard_time(&r->guard, clock_now(), &clock);
}

void
relay_serve(struct relay *r, struct served *s)
{
    struct served *old;

    guard_know(&r->guard, s->directory->issued);
    (void)pthread_mutex_lock(&r->served_lock);
    old = r->served;
    r->served = s;
    (void)pthread_mutex_unlock(&r->served_lock);
    served_release(old);
}

void
relay_say_left_out(const struct served *s)
{
    if (s->left_out > 0) {
        log_line("the bundle is full: notes of %zu organisations are left out; "
                 "tell the root signers that this directory has too many",
                 s->left_out);
    }
}

void
relay_say_fault(struct relay *r)
{
    uint32_t today = clock_day(clock_now());

    if (atomic_exchange(&r->fault_day, today) != today) {
        log_line("the store can't be read");
    }
}

enum rc
relay_key_load(struct relay *r, const char *path)
{
    uint8_t *seed = NULL;
    size_t len = 0;
    enum rc rc = file_read(&seed, &len, path, PAGE_KEY_SEED_LEN);

    if (rc != RC_OK) {
        return rc == RC_FULL ? RC_FORMAT : rc;
    }
    if (len != PAGE_KEY_SEED_LEN) {
        rc = RC_FORMAT;
    } else if ((r->page_sk = sodium_malloc(crypto_sign_SECRETKEYBYTES)) ==
               NULL) {
        rc = RC_NOMEM;
    } else if (crypto_sign_seed_keypair(r->page_pk, r->page_sk, seed) != 0) {
        rc = RC_FORMAT;
    } else {
        blake2b_256(r->id, r->page_pk, sizeof r->page_pk);
    }
    sodium_memzero(seed, len);
    free(seed);
    return rc;
}

static bool
boards_equal(const struct directory *a, const struct directory *b)
{
    if (a->n_boards != b->n_boards || a->retention != b->retention) {
        return false;
    }
    for (size_t i = 0; i < a->n_boards; i++) {
        const struct board *x = &a->boards[i], *y = &b->boards[i];

        if (x->id != y->id || x->entry_len != y->entry_len ||
            x->tick != y->tick || x->slots != y->slots || x->max != y->max ||
            x->spread != y->spread) {
            return false;
        }
    }
    return true;
}

enum rc
relay_bundle_load(struct served **out, struct relay *r, const char **why)
{
    const struct served_options opt = {.relay_id = r->id, .store = r->store};
    struct served *s = NULL, *now = NULL;
    uint8_t *file = NULL;
    size_t len;
    enum rc rc;

    *out = NULL;
    *why = "the bundle can't be read";
    if ((rc = file_read(&file, &len, r->config->bundle, BUNDLE_MAX)) != RC_OK) {
        *why = rc == RC_FULL ? "the bundle is larger than 8 MiB" : *why;
        goto out;
    }
    *why = "the bundle is no network file with good signatures";
    rc = served_new(&s, file, len, &opt);
    if (rc == RC_MISSING) {
        *why = "the bundle's directory does not list this relay: have the "
               "root signers add the line that setup printed";
    }
    if (rc != RC_OK || r->store == NULL) {
        goto out;
    }
    now = r->served != NULL ? relay_served(r) : NULL;
    if (now != NULL && !boards_equal(now->directory, s->directory)) {
        *why = "the directory changes boards or retention: restart the relay "
               "to serve it";
        rc = RC_FORMAT;
        goto out;
    }
    if (now != NULL && now->directory->version > s->directory->version) {
        *why = "the directory is older than the one that is served";
        rc = RC_TAKEN;
        goto out;
    }
    if (now != NULL && now->directory->version == s->directory->version &&
        memcmp(now->directory->hash, s->directory->hash, 32) != 0) {
        *why = "another directory has the version of the one that is served: "
               "clients would take this relay for a liar; tell the root "
               "signers that they must not sign two";
        rc = RC_TAKEN;
        goto out;
    }
out:
    if (rc == RC_OK) {
        *out = s;
        s = NULL;
    }
    served_release(s);
    served_release(now);
    free(file);
    return rc;
}
