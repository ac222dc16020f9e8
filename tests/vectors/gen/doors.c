/* SPDX-License-Identifier: ISC */
/* Doors notes, for operators and desks, PROTOCOL.md section 7. */
#include "doors.h"
#include "sample.h"
#include "vec.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sample s;
static char *text;
static size_t text_len;

static void
put(const char *comment, const uint8_t *note, size_t len)
{
    struct doors *d;
    enum rc rc = doors_open(&d, note, len, &s.root);

    vec_open();
    vec_put_string("result", rc == RC_OK ? "valid" : "invalid");
    vec_put_string("comment", comment);
    vec_put_text("note", note, len);
    if (rc == RC_OK) {
        vec_put_number("version", (int64_t)d->version);
        vec_put_number("issued", d->issued);
        vec_put_number("relays", (int64_t)d->n_relays);
        vec_put_number("desks", (int64_t)d->n_desks);
        if (d->n_relays > 0) {
            vec_put_hex("relay id", d->relays[0].id, 32);
            vec_put_string("url", d->relays[0].url);
        }
        if (d->n_desks > 0) {
            vec_put_hex("O", d->desks[0].org, 32);
            vec_put_hex("key", d->desks[0].key, DOORS_KEY_LEN);
        }
        vec_put_hex("hash", d->hash, sizeof d->hash);
    }
    vec_close();
    free(d);
}

static void
put_signed(const char *comment, const char *from, const char *to, unsigned by)
{
    size_t len;
    char *changed = sample_replace(text, text_len, from, to, &len);
    uint8_t *note = sample_signed(&s, changed, len, by, &len);

    put(comment, note, len);
    free(note);
}

int
main(void)
{
    static struct doors d = {.version = 3, .issued = 20779};
    static const char empty[] = "tocsin-doors v1\nissued 20779\n";
    uint8_t secret[32], *note;
    size_t len;
    char *copy = malloc(sizeof empty - 1);

    sample_init(&s);
    if (copy == NULL) {
        return 1;
    }
    for (size_t i = 0; i < 2; i++) {
        const size_t k = memcmp(s.relay_ids[0], s.relay_ids[1], 32) < 0 ? i
                                                                        : 1 - i;

        memcpy(d.relays[i].id, s.relay_ids[k], 32);
        (void)snprintf(d.relays[i].url, sizeof d.relays[i].url,
                       "http://%cbcdefghijklmnopqrstuvwxyz234567"
                       "abcdefghijklmnopqrstuvwd.onion",
                       i == 0 ? '2' : 'a');
        memcpy(d.desks[i].org, s.org_ids[i], 32);
        vec_seed(secret, sizeof secret, i == 0 ? "door 0" : "door 1");
        vec_must(crypto_scalarmult_base(d.desks[i].key, secret) == 0
                     ? RC_OK
                     : RC_FORGED);
    }
    d.n_relays = d.n_desks = 2;
    vec_must(doors_write(&text, &text_len, &d));
    vec_begin(stdout, "signed by the sample's root, threshold 2; the first "
                      "relay and desk of each are written out");
    put_signed("whole", "v3", "v3", 3);
    memcpy(copy, empty, sizeof empty - 1);
    note = sample_signed(&s, copy, sizeof empty - 1, 3, &len);
    put("no doors, no desks", note, len);
    free(note);
    put_signed("one signature", "v3", "v3", 1);
    put_signed("another type", "tocsin-doors", "tocsin-door", 3);
    put_signed("not an onion", ".onion\n", ".example\n", 3);
    put_signed("https", "http://", "https://", 3);
    put_signed("an unknown line", "issued 20779\n",
               "issued 20779\nexpires 20800\n", 3);
    vec_end();
    free(text);
    return 0;
}
