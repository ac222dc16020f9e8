/* SPDX-License-Identifier: ISC */
/* Signed notes and what known keys make of them, PROTOCOL.md section 7. */
#include "sample.h"
#include "vec.h"

#include <stdlib.h>
#include <string.h>

static struct sample s;
static const char text[] = "tocsin-example v1\n";

/* known: the keys of root that are known, as bits. */
static void
put(const char *comment, const uint8_t *note, size_t len, unsigned known)
{
    struct note_key keys[SAMPLE_SIGNERS];
    char vkeys[SAMPLE_SIGNERS * NOTE_VKEY_MAX] = "";
    const char *result = "malformed";
    uint8_t hash[32];
    uint64_t signers;
    struct note n;
    size_t count = 0;

    for (size_t i = 0; i < SAMPLE_SIGNERS; i++) {
        if (known >> i & 1) {
            keys[count++] = s.root.keys[i];
            note_vkey_write(vkeys + strlen(vkeys), &s.root.keys[i]);
            strcat(vkeys, " ");
        }
    }
    if (count > 0) {
        vkeys[strlen(vkeys) - 1] = '\0';
    }
    if (note_parse(&n, note, len) == RC_OK) {
        switch (note_verify(&signers, &n, keys, count)) {
        case RC_OK:
            result = "valid";
            break;
        case RC_MISSING:
            result = "unverified";
            break;
        default:
            result = "invalid";
        }
    }
    vec_open();
    vec_put_string("result", result);
    vec_put_string("comment", comment);
    vec_put_string("vkeys", vkeys);
    vec_put_text("note", note, len);
    if (strcmp(result, "valid") == 0) {
        vec_put_number("signers", note_count(signers));
        note_hash(hash, &n);
        vec_put_hex("hash", hash, sizeof hash);
    }
    vec_close();
}

static void
put_changed(const char *comment, const uint8_t *note, size_t len,
            const char *from, const char *to, unsigned known)
{
    size_t n;
    char *changed = sample_replace((const char *)note, len, from, to, &n);

    put(comment, (const uint8_t *)changed, n, known);
    free(changed);
}

int
main(void)
{
    uint8_t *one, *two, *twice;
    size_t one_len, two_len, twice_len;

    sample_init(&s);
    one = sample_signed(&s, strdup(text), strlen(text), 1, &one_len);
    two = sample_signed(&s, strdup(text), strlen(text), 3, &two_len);
    vec_begin(stdout, "vkeys: known keys; valid: at least one of them signed "
                      "and none badly; invalid: one signed badly; hash: "
                      "BLAKE2b-256 of the text");
    put("one of one", one, one_len, 1);
    put("two of three", two, two_len, 7);
    put("two signatures, one known", two, two_len, 2);
    put("none known", two, two_len, 4);
    put("no keys", two, two_len, 0);
    twice_len = one_len + (one_len - strlen(text) - 1);
    twice = malloc(twice_len);
    if (twice == NULL) {
        return 1;
    }
    memcpy(twice, one, one_len);
    memcpy(twice + one_len, one + strlen(text) + 1, twice_len - one_len);
    put("a signature twice counts once", twice, twice_len, 7);
    put_changed("another text", one, one_len, "v1", "v2", 1);
    put_changed("another name", one, one_len, "anna", "anne", 1);
    put_changed("bad of two", two, two_len, "-example v1", "-example v9", 2);
    put_changed("no empty line", one, one_len, "v1\n\n", "v1\n", 1);
    put_changed("two empty lines", one, one_len, "v1\n\n", "v1\n\n\n", 1);
    put_changed("two spaces", one, one_len, "anna ", "anna  ", 1);
    put_changed("a hyphen", one, one_len, "\xe2\x80\x94", "-", 1);
    put_changed("a carriage return", one, one_len, "v1\n", "v1\r\n", 1);
    put("no signature", (const uint8_t *)text, strlen(text), 1);
    put("no newline at the end", one, one_len - 1, 1);
    vec_end();
    free(one);
    free(two);
    free(twice);
    return 0;
}
