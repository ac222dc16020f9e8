/* SPDX-License-Identifier: ISC */
/*
 * How fast a desk looks through a report board: entries a second, where each
 * is a dummy and the keys of three weeks are tried; and as a ratio to bare
 * X25519, of which each try needs one.
 */
#include "entry.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ENTRIES 64 /* kept, gone through again and again */
#define WEEKS 3
#define SECONDS 2.0

static uint8_t entries[ENTRIES][ENTRY_REPORT_LEN];
static struct entry_keys keys[WEEKS];
static uint8_t k_public[WEEKS][32];
static uint8_t org[ORG_ID_LEN];

static double
now(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) {
        abort();
    }
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
scan(size_t i)
{
    uint8_t head[HEAD_LEN];
    size_t which;

    if (entry_open(head, &which, entries[i % ENTRIES], org, keys, WEEKS) !=
        RC_MISSING) {
        abort();
    }
}

static void
agree(size_t i)
{
    uint8_t shared[32];

    if (crypto_scalarmult(shared, keys[i % WEEKS].k, entries[i % ENTRIES]) !=
        0) {
        abort();
    }
}

/* Calls a second. */
static double
rate(void (*call)(size_t))
{
    double start = now(), end;
    size_t n = 0;

    do {
        call(n++);
        end = now();
    } while (end - start < SECONDS);
    return (double)n / (end - start);
}

int
main(void)
{
    const struct board board = {.id = 1, .entry_len = ENTRY_REPORT_LEN,
                                .tick = 30, .slots = 2, .max = 32,
                                .spread = 2};
    uint8_t noise[ENTRY_REPORT_LEN];
    double scanned, agreed;

    if (sodium_init() < 0) {
        return 1;
    }
    randombytes_buf(org, sizeof org);
    for (unsigned i = 0; i < WEEKS; i++) {
        keys[i].week = 2970 + i;
        randombytes_buf(keys[i].k, sizeof keys[i].k);
        randombytes_buf(keys[i].q, sizeof keys[i].q);
        if (crypto_scalarmult_base(k_public[i], keys[i].k) != 0) {
            return 1;
        }
        keys[i].k_public = k_public[i];
    }
    for (size_t i = 0; i < ENTRIES; i++) {
        randombytes_buf(noise, sizeof noise);
        if (entry_dummy(entries[i], &board, noise) != RC_OK) {
            return 1;
        }
    }
    scanned = rate(scan);
    agreed = rate(agree);
    printf("scan: %.0f entries/s on one core with %d weeks' keys, %.2f of "
           "bare X25519 (%.0f/s)\n",
           scanned, WEEKS, scanned * WEEKS / agreed, agreed);
    return 0;
}
