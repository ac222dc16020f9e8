/* SPDX-License-Identifier: ISC */
/*
 * A note that a stranger brings to a relay of the sample network. What is taken
 * makes a bundle that opens, with this note in it.
 */
#include "served.h"
#include "fuzz.h"

#include "sample.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define DAY 20779

static struct sample sample;

/* The network file, with a desk note of the second organisation: its seen
 * notes can be verified. */
static struct served *
network(void)
{
    const struct served_options opt = {.relay_id = sample.relay_ids[0]};
    static struct desknote desk;
    struct directory *d;
    struct served *s;
    uint8_t *bytes = NULL, *note;
    size_t len = 0, n;

    if (sodium_init() < 0) {
        abort();
    }
    sample_init(&sample);
    d = sample_directory(&sample, 1, DAY - 1);
    note = sample_root(&sample, 1, &n);
    sample_add(&bytes, &len, note, n);
    note = sample_directory_note(&sample, d, &n);
    sample_add(&bytes, &len, note, n);
    sample_desk(&sample, &desk, 1, 1, DAY);
    note = sample_desk_note(&sample, &desk, 1, &n);
    sample_add(&bytes, &len, note, n);
    if (served_new(&s, bytes, len, &opt) != RC_OK) {
        abort();
    }
    directory_free(d);
    free(bytes);
    return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct served *s;
    struct served *fresh;
    struct served_note *note;
    struct bundle *b;

    if (s == NULL) {
        s = network();
    }
    if (size == 0 || served_note_open(&note, s, data, size) != RC_OK) {
        return 0;
    }
    if (served_with(&fresh, s, note) == RC_OK) {
        if (memmem(fresh->bytes, fresh->len, data, size) == NULL ||
            bundle_open(&b, fresh->bytes, fresh->len, &sample.root) != RC_OK) {
            abort();
        }
        bundle_free(b);
        served_release(fresh);
    }
    served_note_release(note);
    return 0;
}
