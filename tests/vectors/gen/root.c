/* SPDX-License-Identifier: ISC */
/* Root notes, PROTOCOL.md section 7. */
#include "sample.h"
#include "vec.h"

#include <stdlib.h>

static struct sample s;

/* before: the note of the version below, or NULL. */
static void
put(const char *comment, const uint8_t *note, size_t len, const uint8_t *before,
    size_t before_len)
{
    struct root r, b;
    enum rc rc;

    if (before != NULL && root_open(&b, before, before_len, NULL) != RC_OK) {
        exit(1);
    }
    rc = root_open(&r, note, len, before != NULL ? &b : NULL);
    vec_open();
    vec_put_string("result", rc == RC_OK ? "valid" : "invalid");
    vec_put_string("comment", comment);
    if (before != NULL) {
        vec_put_text("before", before, before_len);
    }
    vec_put_text("note", note, len);
    if (rc == RC_OK) {
        vec_put_number("version", (int64_t)r.version);
        vec_put_number("threshold", r.threshold);
        vec_put_number("keys", (int64_t)r.n_keys);
        vec_put_hex("hash", r.hash, sizeof r.hash);
    }
    vec_close();
}

/* Changed, and then signed by all. */
static void
put_changed(const char *comment, const char *from, const char *to)
{
    size_t text_len, len;
    char *text, *changed;
    uint8_t *note;

    if (root_write(&text, &text_len, &s.root) != RC_OK) {
        exit(1);
    }
    changed = sample_replace(text, text_len, from, to, &len);
    note = sample_signed(&s, changed, len, 7, &len);
    put(comment, note, len, NULL, 0);
    free(note);
    free(text);
}

/* A version with its own threshold and keys, signed by some. */
static uint8_t *
make(uint64_t version, unsigned threshold, unsigned keys, unsigned by,
     size_t *len)
{
    struct root r = {.version = version, .threshold = threshold};
    size_t text_len;
    char *text;

    for (size_t i = 0; i < SAMPLE_SIGNERS; i++) {
        if (keys >> i & 1) {
            r.keys[r.n_keys++] = s.root.keys[i];
        }
    }
    if (root_write(&text, &text_len, &r) != RC_OK) {
        exit(1);
    }
    return sample_signed(&s, text, text_len, by, len);
}

static void
put_next(const char *comment, uint64_t version, unsigned threshold,
         unsigned keys, unsigned by)
{
    size_t before_len, len;
    uint8_t *before = make(1, 2, 3, 3, &before_len);
    uint8_t *note = make(version, threshold, keys, by, &len);

    put(comment, note, len, before, before_len);
    free(before);
    free(note);
}

int
main(void)
{
    size_t len;
    uint8_t *note;

    sample_init(&s);
    vec_begin(stdout, "before: the trusted root that must have signed too");
    note = sample_root(&s, 1, &len);
    put("two of three", note, len, NULL, 0);
    free(note);
    note = make(1, 2, 7, 1, &len);
    put("one of three", note, len, NULL, 0);
    free(note);
    put_next("both thresholds", 2, 2, 6, 7);
    put_next("not its own", 2, 2, 6, 3);
    put_next("not that of the one before", 2, 2, 6, 6);
    put_next("a version left out", 3, 2, 6, 7);
    put_next("the same version", 1, 2, 6, 7);
    put_changed("version 0", "v1", "v0");
    put_changed("a leading zero", "v1", "v01");
    put_changed("above 2^53 - 1", "v1", "v9007199254740992");
    put_changed("threshold 0", "threshold 2", "threshold 0");
    put_changed("more than there are keys", "threshold 2", "threshold 4");
    put_changed("keys not by name", "key anna", "key zoe");
    put_changed("two spaces", "key ben ", "key ben  ");
    put_changed("a plus in a name", "key ben", "key b+n");
    put_changed("no padding", "=\nkey ben", "\nkey ben");
    put_changed("another type", "tocsin-root", "tocsin-boot");
    put_changed("an unknown line", "key anna", "more 1\nkey anna");
    put_changed("a line twice", "threshold 2\n", "threshold 2\nthreshold 2\n");
    vec_end();
    return 0;
}
