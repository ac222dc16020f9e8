/* SPDX-License-Identifier: ISC */
#include "sample.h"

#include "vec.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
need(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "sample network: %s failed\n", what);
        exit(1);
    }
}

static void
make_key(struct sample_key *out, const char *label, size_t i)
{
    uint8_t seed[32];
    char text[64];

    (void)snprintf(text, sizeof text, "%s %zu", label, i);
    vec_seed(seed, sizeof seed, text);
    need(crypto_sign_seed_keypair(out->pk, out->sk, seed) == 0, "a key");
}

static int
by_id(const void *a, const void *b)
{
    const struct sample_key *x = a, *y = b;
    uint8_t i[32], j[32];

    blake2b_256(i, x->pk, 32);
    blake2b_256(j, y->pk, 32);
    return memcmp(i, j, 32);
}

void
sample_init(struct sample *s)
{
    static const char *const names[SAMPLE_SIGNERS] = {"anna", "ben", "chi"};
    uint8_t *note;
    size_t len;

    need(sodium_init() >= 0, "libsodium");
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < SAMPLE_SIGNERS; i++) {
        struct note_key *key = &s->root.keys[i];

        make_key(&s->signers[i], "signer", i);
        memcpy(key->name, names[i], strlen(names[i]));
        memcpy(key->pk, s->signers[i].pk, 32);
    }
    s->root.version = 1;
    s->root.threshold = 2;
    s->root.n_keys = SAMPLE_SIGNERS;
    for (size_t i = 0; i < SAMPLE_RELAYS; i++) {
        make_key(&s->relays[i], "relay", i);
        blake2b_256(s->relay_ids[i], s->relays[i].pk, 32);
    }
    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        make_key(&s->orgs[i], "organisation", i);
    }
    qsort(s->orgs, SAMPLE_ORGS, sizeof s->orgs[0], by_id);
    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        blake2b_256(s->org_ids[i], s->orgs[i].pk, 32);
    }
    note = sample_root(s, 1, &len);
    need(root_open(&s->root, note, len, NULL) == RC_OK, "the root");
    free(note);
}

uint8_t *
sample_sign(const char *text, size_t text_len, const struct note_key *key,
            const uint8_t sk[static 64], size_t *len)
{
    uint8_t *out;

    need(note_sign(&out, len, (const uint8_t *)text, text_len, key, sk) ==
             RC_OK,
         "signing");
    return out;
}

char *
sample_replace(const char *text, size_t text_len, const char *from,
               const char *to, size_t *len)
{
    const char *at = memmem(text, text_len, from, strlen(from));
    size_t before, after;
    char *out;

    need(at != NULL, from);
    before = (size_t)(at - text);
    after = text_len - before - strlen(from);
    *len = before + strlen(to) + after;
    need((out = malloc(*len + 1)) != NULL, "memory");
    memcpy(out, text, before);
    memcpy(out + before, to, strlen(to));
    memcpy(out + before + strlen(to), at + strlen(from), after);
    out[*len] = '\0';
    return out;
}

uint8_t *
sample_signed(const struct sample *s, char *text, size_t text_len, unsigned by,
              size_t *len)
{
    uint8_t *note = (uint8_t *)text, *next;

    *len = text_len;
    for (size_t i = 0; i < SAMPLE_SIGNERS; i++) {
        if (by >> i & 1) {
            next = sample_sign((const char *)note, *len, &s->root.keys[i],
                               s->signers[i].sk, len);
            free(note);
            note = next;
        }
    }
    return note;
}

uint8_t *
sample_root(const struct sample *s, uint64_t version, size_t *len)
{
    struct root r = s->root;
    char *text;
    size_t text_len;

    r.version = version;
    need(root_write(&text, &text_len, &r) == RC_OK, "a root");
    return sample_signed(s, text, text_len, 3, len);
}

/* A directory as text is the shortest way to one on the heap. */
struct directory *
sample_directory(const struct sample *s, uint64_t version, uint32_t issued)
{
    static const char *const about[SAMPLE_ORGS] = {
        "union BD garments bn,en FL,CL Garment Workers' Union",
        "ngo - - en - \u00c9quipe de d\u00e9fense",
        "lawyers BD,IN garments,leather bn,hi,en - Legal Aid",
    };
    struct directory *d = NULL;
    char text[8192], hex[65], b64[45];
    size_t n;

    n = (size_t)snprintf(text, sizeof text,
                         "tocsin-directory v%llu\nissued %u\nexpires %u\n"
                         "retention 28\npage %064d\n"
                         "board 0 16 600 16 64 2\nboard 1 4096 30 2 32 2\n",
                         (unsigned long long)version, issued, issued + 60, 0);
    for (size_t i = 0; i < SAMPLE_RELAYS; i++) {
        sodium_bin2hex(hex, sizeof hex, s->relay_ids[i], 32);
        sodium_bin2base64(b64, sizeof b64, s->relays[i].pk, 32,
                          sodium_base64_VARIANT_ORIGINAL);
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "relay %s %s open http://relay%zu.example\n", hex,
                              b64, i);
    }
    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        sodium_bin2hex(hex, sizeof hex, s->org_ids[i], 32);
        sodium_bin2base64(b64, sizeof b64, s->orgs[i].pk, 32,
                          sodium_base64_VARIANT_ORIGINAL);
        n += (size_t)snprintf(text + n, sizeof text - n, "org %s %s 1 %s\n",
                              hex, b64, about[i]);
    }
    need(directory_parse(&d, text, n) == RC_OK, "the directory");
    blake2b_256(d->hash, (const uint8_t *)text, n);
    return d;
}

uint8_t *
sample_directory_note(const struct sample *s, const struct directory *d,
                      size_t *len)
{
    char *text;
    size_t text_len;

    need(directory_write(&text, &text_len, d) == RC_OK, "the directory");
    return sample_signed(s, text, text_len, 6, len);
}

void
sample_v(struct sample_key *out, size_t org, uint32_t week)
{
    make_key(out, org == 0 ? "V 0" : org == 1 ? "V 1" : "V 2", week);
}

void
sample_desk(const struct sample *s, struct desknote *out, size_t org,
            uint64_t version, uint32_t issued)
{
    struct sample_key v;
    uint32_t week = issued / 7;
    uint8_t seed[32];
    char label[64];

    memset(out, 0, sizeof *out);
    out->version = version;
    memcpy(out->org, s->org_ids[org], 32);
    out->issued = issued;
    out->expires = desknote_latest_expiry(week, issued);
    out->keys.week = week;
    (void)snprintf(label, sizeof label, "K Q %zu %u", org, week);
    vec_seed(seed, sizeof seed, label);
    need(crypto_scalarmult_base(out->keys.k, seed) == 0, "K");
    need(xwing_public(out->keys.q, seed) == RC_OK, "Q");
    sample_v(&v, org, week);
    memcpy(out->keys.v, v.pk, 32);
    sample_v(&v, org, week + 1);
    memcpy(out->next, v.pk, 32);
    out->n_past = 1;
    out->past[0].week = week - 1;
    sample_v(&v, org, week - 1);
    memcpy(out->past[0].v, v.pk, 32);
}

uint8_t *
sample_desk_note(const struct sample *s, const struct desknote *d, size_t org,
                 size_t *len)
{
    struct note_key key;
    uint8_t *note;
    size_t text_len;
    char *text;

    need(desknote_write(&text, &text_len, d) == RC_OK, "a desk note");
    desknote_key(&key, s->org_ids[org], s->orgs[org].pk);
    note = sample_sign(text, text_len, &key, s->orgs[org].sk, len);
    free(text);
    return note;
}

void
sample_seen(const struct sample *s, struct seen_note *out, size_t org,
            uint32_t day, const struct directory *d)
{
    memset(out, 0, sizeof *out);
    out->version = day;
    memcpy(out->org, s->org_ids[org], 32);
    out->directory_version = d->version;
    memcpy(out->directory_hash, d->hash, 32);
    for (size_t i = 0; i < 2 * SAMPLE_RELAYS; i++) {
        struct seen_page *p = &out->pages[out->n_pages++];
        char label[64];

        memcpy(p->relay, s->relay_ids[i / 2], 32);
        p->board = (uint8_t)(i % 2);
        p->number = ((uint64_t)day + 1) * 86400 / (i % 2 == 0 ? 600 : 30) - 1;
        (void)snprintf(label, sizeof label, "page %zu %u", i, day);
        vec_seed(p->hash, sizeof p->hash, label);
    }
}

uint8_t *
sample_seen_note(const struct seen_note *n, size_t org, size_t *len)
{
    struct note_key key;
    struct sample_key v;
    uint8_t *note;
    size_t text_len;
    char *text;

    sample_v(&v, org, (uint32_t)(n->version / 7));
    seen_note_key(&key, n->org, v.pk);
    need(seen_note_write(&text, &text_len, n) == RC_OK, "a seen note");
    note = sample_sign(text, text_len, &key, v.sk, len);
    free(text);
    return note;
}

void
sample_add(uint8_t **bundle, size_t *len, uint8_t *note, size_t note_len)
{
    need(bundle_append(bundle, len, note, note_len) == RC_OK, "a bundle");
    free(note);
}

uint8_t *
sample_bundle(const struct sample *s, struct directory *d, uint32_t day,
              size_t *len)
{
    uint8_t *out = NULL, *note;
    size_t n;

    *len = 0;
    note = sample_root(s, 1, &n);
    sample_add(&out, len, note, n);
    note = sample_directory_note(s, d, &n);
    sample_add(&out, len, note, n);
    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        struct desknote desk;
        struct seen_note seen;

        sample_desk(s, &desk, i, 1, day);
        note = sample_desk_note(s, &desk, i, &n);
        sample_add(&out, len, note, n);
        sample_seen(s, &seen, i, day - 1, d);
        note = sample_seen_note(&seen, i, &n);
        sample_add(&out, len, note, n);
    }
    return out;
}

struct sample_notes
sample_notes_begin(const struct sample *s, const struct directory *d)
{
    struct sample_notes n = {NULL, 0};
    uint8_t *note;
    size_t len;

    note = sample_root(s, 1, &len);
    sample_add(&n.in, &n.len, note, len);
    note = sample_directory_note(s, d, &len);
    sample_add(&n.in, &n.len, note, len);
    return n;
}

void
sample_notes_desk(struct sample_notes *n, const struct sample *s, size_t org,
                  uint64_t version, uint32_t day)
{
    struct desknote d;
    uint8_t *note;
    size_t len;

    sample_desk(s, &d, org, version, day);
    note = sample_desk_note(s, &d, org, &len);
    sample_add(&n->in, &n->len, note, len);
}

void
sample_notes_seen(struct sample_notes *n, const struct sample *s, size_t org,
                  uint32_t day, const struct directory *d)
{
    struct seen_note seen;
    uint8_t *note;
    size_t len;

    sample_seen(s, &seen, org, day, d);
    note = sample_seen_note(&seen, org, &len);
    sample_add(&n->in, &n->len, note, len);
}
