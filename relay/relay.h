/* SPDX-License-Identifier: ISC */
/*
 * What the threads of a running relay share.
 */
#ifndef RELAY_H
#define RELAY_H

#include "config.h"
#include "guard.h"
#include "quota.h"
#include "served.h"
#include "store.h"

#include <pthread.h>
#include <stdatomic.h>

#include <openssl/ssl.h>

#define RELAY_ID_LEN      32
#define PAGE_KEY_SEED_LEN 32

struct group;

struct relay {
    struct config *config;
    struct store *store;
    struct quota *quota;
    struct group *group;
    SSL_CTX *tls;
    uint8_t *page_sk; /* sodium_malloc, 64 bytes */
    uint8_t page_pk[32];
    uint8_t id[RELAY_ID_LEN];
    uint32_t started_day;
    struct guard guard;
    atomic_uint fault_day; /* last day a fault of reading was logged */
    pthread_mutex_t served_lock;
    struct served *served;
    atomic_uint connections;
    atomic_bool stopping;
};

/* The bundle of this moment, held for the caller. */
struct served *relay_served(struct relay *r);
/* The time to act by, from any thread. */
int64_t relay_now(struct relay *r);
/* Serve another one; takes over the caller's hold. */
void relay_serve(struct relay *r, struct served *s);
/* Reads the page key's file. Prints nothing. */
enum rc relay_key_load(struct relay *r, const char *path) MUST_CHECK;
/*
 * Reads the bundle's file and makes what is served. The boards that a store
 * is open with can't change under it.
 * why      a line for the operator after a failure
 */
enum rc relay_bundle_load(struct served **out, struct relay *r,
                          const char **why) MUST_CHECK;
/* The log has it when notes had no room in the bundle. */
void relay_say_left_out(const struct served *s);
/* Reading failed. Says so once a day: faults come in floods. */
void relay_say_fault(struct relay *r);

#endif
