/* SPDX-License-Identifier: ISC */
/* Bundles and what a client makes of them, PROTOCOL.md section 7. */
#include "sample.h"
#include "vec.h"

#include <stdlib.h>
#include <string.h>

#define DAY 20779

static struct sample s;
static struct directory *dir, *newer;
static const struct directory *fork_of; /* what is known, if not this one */
static uint8_t known_hash[32];           /* of dir */

struct build {
    uint8_t *in;
    size_t len;
};

static struct build
begin(uint64_t roots, const struct directory *d)
{
    struct build b = {NULL, 0};
    uint8_t *note;
    size_t len;

    for (uint64_t v = 1; v <= roots; v++) {
        note = sample_root(&s, v, &len);
        sample_add(&b.in, &b.len, note, len);
    }
    if (d != NULL) {
        note = sample_directory_note(&s, d, &len);
        sample_add(&b.in, &b.len, note, len);
    }
    return b;
}

/* flip: a byte of the note that is changed after signing, 0 for none. */
static void
add_desk(struct build *b, size_t org, size_t flip)
{
    struct desknote d;
    uint8_t *note;
    size_t len;

    sample_desk(&s, &d, org, 12, DAY);
    note = sample_desk_note(&s, &d, org, &len);
    note[flip] ^= flip > 0;
    sample_add(&b->in, &b->len, note, len);
}

static void
add_seen(struct build *b, size_t org, uint32_t day, const struct directory *d)
{
    struct seen_note n;
    uint8_t *note;
    size_t len;

    sample_seen(&s, &n, org, day, d);
    note = sample_seen_note(&n, org, &len);
    sample_add(&b->in, &b->len, note, len);
}

static const char *
verdict(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return "ok";
    case RC_EXPIRED:
        return "expired";
    case RC_AGAIN:
        return "clock";
    case RC_TAKEN:
        return "older";
    case RC_FORGED:
        return "contradicted";
    default:
        return "refused";
    }
}

static const char *
org_verdict(enum rc rc)
{
    return rc == RC_OK        ? "ok"
           : rc == RC_MISSING ? "no note"
           : rc == RC_EXPIRED ? "expired"
                              : "revoked";
}

static void
hash_of_dir(void)
{
    struct directory *d;
    size_t len;
    uint8_t *note = sample_directory_note(&s, dir, &len);

    vec_must(directory_open(&d, note, len, &s.root));
    memcpy(known_hash, d->hash, sizeof known_hash);
    directory_free(d);
    free(note);
}

/* Puts and frees. */
static void
put(const char *comment, struct build in, uint32_t local, uint64_t known)
{
    struct bundle_known k = {.directory_version = known};
    struct bundle *b;
    enum rc rc = bundle_open(&b, in.in, in.len, &s.root);

    vec_open();
    vec_put_string("result", rc == RC_OK ? "valid" : "invalid");
    vec_put_string("comment", comment);
    vec_put_hex("anchor hash", s.root.hash, 32);
    vec_put_number("local day", local);
    vec_put_number("known directory version", (int64_t)known);
    if (rc == RC_OK) {
        char who[SAMPLE_ORGS * 16] = "";

        if (known == b->directory->version) {
            memcpy(k.directory_hash,
                   fork_of != NULL ? known_hash : b->directory->hash, 32);
            vec_put_hex("known directory hash", k.directory_hash, 32);
        }
        for (size_t i = 0; i < b->directory->n_orgs; i++) {
            strcat(who, i > 0 ? "," : "");
            strcat(who, org_verdict(bundle_org_check(b, i, local)));
        }
        vec_put_number("root version", (int64_t)b->root.version);
        vec_put_number("today", bundle_today(b, local));
        vec_put_string("confirmed",
                       bundle_is_confirmed(b, bundle_today(b, local)) ? "yes"
                                                                      : "no");
        vec_put_string("check", verdict(bundle_check(b, &k, local)));
        vec_put_string("orgs", who);
    }
    vec_put_hex("bundle", in.in, in.len);
    vec_close();
    bundle_free(b);
    free(in.in);
}

static void
good_ones(void)
{
    struct build b = begin(1, dir);

    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        add_desk(&b, i, 0);
        add_seen(&b, i, DAY - 1, dir);
    }
    put("whole", b, DAY, 3);
    put("no notes of organisations", begin(1, dir), DAY, 0);
    put("issued tomorrow", begin(1, dir), DAY - 6, 0);
    put("issued the day after tomorrow", begin(1, dir), DAY - 7, 0);
    put("on its last day", begin(1, dir), DAY + 55, 0);
    put("expired", begin(1, dir), DAY + 56, 0);
    put("a newer one is known", begin(1, dir), DAY, 4);
    put("two roots", begin(2, dir), DAY, 0);
    b = begin(1, dir);
    add_desk(&b, 0, 0);
    put("a desk note on its last day", b, DAY + 8, 0);
    b = begin(1, dir);
    add_desk(&b, 0, 0);
    put("a desk note a day later", b, DAY + 9, 0);
    b = begin(1, dir);
    add_desk(&b, 0, 0);
    put("a desk note issued tomorrow", b, DAY - 1, 0);
    b = begin(1, dir);
    add_desk(&b, 0, 0);
    put("a desk note issued the day after tomorrow", b, DAY - 2, 0);
    b = begin(1, dir);
    add_desk(&b, 0, 0);
    add_seen(&b, 0, DAY - 1, dir);
    put("by a local clock that is late: a seen note moves time", b, DAY - 3, 0);
}

/* On a day to come, which counts, too. */
static void
revoke(struct directory *d, size_t org)
{
    d->orgs[org].revoked_day = DAY + 100;
    d->revoked = calloc(1, sizeof *d->revoked);
    if (d->revoked == NULL) {
        exit(1);
    }
    memcpy(d->revoked[0].id, d->orgs[org].id, 32);
    d->revoked[0].day = DAY + 100;
    d->n_revoked = 1;
}

/* Organisation 1 is revoked, and says what it likes. */
static void
revoked_ones(void)
{
    struct directory *d = sample_directory(&s, 3, DAY - 5);
    struct build b;

    revoke(d, 1);
    b = begin(1, d);
    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        add_desk(&b, i, 0);
    }
    put("one is revoked", b, DAY, 0);
    b = begin(1, d);
    add_desk(&b, 1, 0);
    add_seen(&b, 1, DAY + 2, newer);
    put("a revoked one's seen note has no say, and moves no time", b, DAY, 0);
    directory_free(d);
}

/* The version that is known, and another text. */
static void
a_fork(void)
{
    struct directory *d = sample_directory(&s, 3, DAY - 4);

    fork_of = dir;
    put("the known version, and another hash", begin(1, d), DAY, 3);
    fork_of = NULL;
    directory_free(d);
}

static void
bad_notes(void)
{
    struct build b = begin(1, dir);

    add_desk(&b, 0, 40);
    add_seen(&b, 0, DAY - 1, dir);
    add_desk(&b, 1, 0);
    put("a desk note that does not verify is read over", b, DAY, 0);
    b = begin(1, dir);
    add_seen(&b, 0, DAY + 3, dir);
    add_desk(&b, 0, 0);
    put("a seen note before its desk note is read over", b, DAY, 0);
}

static void
witnesses(void)
{
    struct build b = begin(1, dir);

    add_desk(&b, 0, 0);
    add_seen(&b, 0, DAY - 1, newer);
    put("the only one says there is a newer directory", b, DAY, 0);
    b = begin(1, dir);
    add_desk(&b, 0, 0);
    add_seen(&b, 0, DAY - 1, newer);
    add_desk(&b, 1, 0);
    add_seen(&b, 1, DAY - 1, dir);
    put("one of two says there is a newer directory", b, DAY, 0);
    b = begin(1, dir);
    add_desk(&b, 0, 0);
    add_seen(&b, 0, DAY - 4, newer);
    put("a seen note of four days ago has no say", b, DAY, 0);
    b = begin(1, dir);
    add_desk(&b, 0, 0);
    add_seen(&b, 0, DAY + 4, dir);
    add_desk(&b, 1, 0);
    add_seen(&b, 1, DAY, dir);
    put("time is the lower one of two seen notes", b, DAY - 5, 0);
}

/* The directory is of DAY - 5. */
static void
confirmed_ones(void)
{
    struct directory *d = sample_directory(&s, 3, DAY - 5);
    struct build b;

    put("issued three days ago", begin(1, dir), DAY - 2, 0);
    put("issued four days ago, by nobody confirmed", begin(1, dir), DAY - 1, 0);
    b = begin(1, dir);
    add_desk(&b, 0, 0);
    add_seen(&b, 0, DAY - 3, dir);
    put("confirmed three days ago", b, DAY, 0);
    b = begin(1, dir);
    add_desk(&b, 0, 0);
    add_seen(&b, 0, DAY - 3, dir);
    put("confirmed four days ago", b, DAY + 1, 0);
    revoke(d, 1);
    b = begin(1, d);
    add_desk(&b, 1, 0);
    add_seen(&b, 1, DAY - 1, d);
    put("confirmed by one that is revoked", b, DAY, 0);
    directory_free(d);
}

static void
bad_frames(void)
{
    struct build b = begin(1, dir);

    b.len--;
    put("a byte missing", b, DAY, 0);
    b = begin(1, dir);
    b.in = realloc(b.in, b.len + 4);
    if (b.in == NULL) {
        exit(1);
    }
    memset(b.in + b.len, 0, 4);
    b.len += 4;
    put("an empty note", b, DAY, 0);
    put("no directory", begin(1, NULL), DAY, 0);
    put("no root", begin(0, dir), DAY, 0);
    b = begin(1, dir);
    b.in[40] ^= 1;
    put("a root that does not verify", b, DAY, 0);
    b = begin(1, dir);
    b.in[b.len - 150] ^= 1;
    put("a directory that does not verify", b, DAY, 0);
}

int
main(void)
{
    uint8_t *note;
    size_t len;

    sample_init(&s);
    dir = sample_directory(&s, 3, DAY - 5);
    newer = sample_directory(&s, 4, DAY - 1);
    vec_begin(stdout, "the first test's root is the anchor of all; orgs: can "
                      "each be written to, in the directory's order; a known "
                      "directory hash is given where versions are the same");
    note = sample_root(&s, 1, &len);
    vec_open();
    vec_put_string("result", "root");
    vec_put_text("note", note, len);
    vec_close();
    free(note);
    hash_of_dir();
    good_ones();
    revoked_ones();
    a_fork();
    bad_notes();
    witnesses();
    confirmed_ones();
    bad_frames();
    vec_end();
    directory_free(dir);
    directory_free(newer);
    return 0;
}
