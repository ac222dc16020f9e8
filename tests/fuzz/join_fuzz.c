/* SPDX-License-Identifier: ISC */
/*
 * Two bundles of one network, as two relays may serve them, made one. The
 * input is notes for both: a byte for a good note of the sample, or, from 128
 * on, that many bytes less 128 of anything, which may be notes or not; 255 goes
 * on to the other. What is joined opens, has what each of them has or newer,
 * and joined with itself stays the same.
 */
#include "join.h"
#include "fuzz.h"

#include "bundle.h"
#include "sample.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define DAY   20779
#define GOOD  (SAMPLE_ORGS * 5)
#define OTHER 255

static struct sample sample;
static uint8_t *good[GOOD], *lead;
static size_t good_len[GOOD], lead_len;

/* Three desk notes and two seen notes of each organisation. */
static void
start(void)
{
    static struct desknote desk;
    static struct seen_note seen;
    struct directory *d;
    uint8_t *note;
    size_t n;

    require(sodium_init() >= 0);
    sample_init(&sample);
    d = sample_directory(&sample, 1, DAY - 1);
    note = sample_root(&sample, 1, &n);
    sample_add(&lead, &lead_len, note, n);
    note = sample_directory_note(&sample, d, &n);
    sample_add(&lead, &lead_len, note, n);
    for (size_t i = 0; i < GOOD; i++) {
        size_t org = i / 5, k = i % 5;

        if (k < 3) {
            sample_desk(&sample, &desk, org, 1 + k, DAY);
            good[i] = sample_desk_note(&sample, &desk, org, &good_len[i]);
        } else {
            sample_seen(&sample, &seen, org, DAY - (uint32_t)k + 2, d);
            good[i] = sample_seen_note(&seen, org, &good_len[i]);
        }
    }
    directory_free(d);
}

/* The notes of one relay, up to OTHER or the end. */
static struct bundle *
served(uint8_t **out, size_t *len, const uint8_t **data, size_t *size)
{
    struct bundle *b;
    size_t used = 0;

    require((*out = malloc(lead_len)) != NULL);
    memcpy(*out, lead, *len = lead_len);
    while (used < *size && (*data)[used] != OTHER) {
        uint8_t what = (*data)[used++];
        size_t n = what < 128 ? 0 : (size_t)what - 128;

        if (what < 128) {
            what %= GOOD;
            require(bundle_append(out, len, good[what], good_len[what]) ==
                    RC_OK);
        } else {
            n = n < *size - used ? n : *size - used;
            if (n > 0) {
                require(bundle_append(out, len, *data + used, n) == RC_OK);
            }
            used += n;
        }
    }
    used += used < *size;
    *data += used;
    *size -= used;
    require(bundle_open(&b, *out, *len, &sample.root) == RC_OK);
    return b;
}

/* Has a at least what b has? */
static void
covers(const struct bundle *a, const struct bundle *b)
{
    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        require(
            b->desk[i] == NULL ||
            (a->desk[i] != NULL && a->desk[i]->version >= b->desk[i]->version));
        require(
            b->seen[i] == NULL ||
            (a->seen[i] != NULL && a->seen[i]->version >= b->seen[i]->version));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bundle *a, *b, *both;
    uint8_t *raw[2], *joined, *again;
    size_t len[2], joined_len, again_len;

    if (lead == NULL) {
        start();
    }
    a = served(&raw[0], &len[0], &data, &size);
    b = served(&raw[1], &len[1], &data, &size);
    require(join_bundles(&joined, &joined_len,
                         &(struct join){a->directory, raw[0], len[0], raw[1],
                                        len[1]}) == RC_OK);
    require(bundle_open(&both, joined, joined_len, &sample.root) == RC_OK);
    covers(both, a);
    covers(both, b);
    require(join_bundles(&again, &again_len,
                         &(struct join){both->directory, joined, joined_len,
                                        joined, joined_len}) == RC_OK);
    require(again_len == joined_len && memcmp(again, joined, again_len) == 0);
    free(joined);
    free(again);
    free(raw[0]);
    free(raw[1]);
    bundle_free(a);
    bundle_free(b);
    bundle_free(both);
    return 0;
}
