/* SPDX-License-Identifier: ISC */
/* Seen notes, PROTOCOL.md section 7. */
#include "sample.h"
#include "vec.h"

#include <stdlib.h>

static struct sample s;
static struct directory *dir;
static struct desknote desk;
static char *text;
static size_t text_len;

static void
put(const char *comment, const uint8_t *note, size_t len)
{
    struct seen_note n;
    enum rc rc = seen_note_open(&n, note, len, &dir->orgs[0], &desk);

    vec_open();
    vec_put_string("result", rc == RC_OK ? "valid" : "invalid");
    vec_put_string("comment", comment);
    vec_put_text("note", note, len);
    if (rc == RC_OK) {
        vec_put_number("day", (int64_t)n.version);
        vec_put_number("directory version", (int64_t)n.directory_version);
        vec_put_hex("directory hash", n.directory_hash, 32);
        vec_put_number("pages", (int64_t)n.n_pages);
        if (n.n_pages > 0) {
            vec_put_hex("relay id", n.pages[0].relay, 32);
            vec_put_number("board", n.pages[0].board);
            vec_put_number("number", (int64_t)n.pages[0].number);
            vec_put_hex("hash", n.pages[0].hash, 32);
        }
    }
    vec_close();
}

static void
put_by(const char *comment, const char *from, const char *to,
       const struct sample_key *by)
{
    struct note_key key;
    size_t len, changed_len;
    char *changed = sample_replace(text, text_len, from, to, &changed_len);
    uint8_t *note;

    seen_note_key(&key, s.org_ids[0], by->pk);
    note = sample_sign(changed, changed_len, &key, by->sk, &len);
    put(comment, note, len);
    free(note);
    free(changed);
}

int
main(void)
{
    struct seen_note n;
    struct sample_key v, past, next, none;
    size_t len, two_len;
    uint8_t *note, *two;
    struct note_key key;

    sample_init(&s);
    dir = sample_directory(&s, 3, 20774);
    sample_desk(&s, &desk, 0, 12, 20779);
    sample_seen(&s, &n, 0, 20778, dir);
    if (seen_note_write(&text, &text_len, &n) != RC_OK) {
        return 1;
    }
    sample_v(&past, 0, 2967);
    sample_v(&v, 0, 2968);
    sample_v(&next, 0, 2969);
    sample_v(&none, 0, 2966);
    vec_begin(stdout, "O and pk as the directory lists them; the first test's "
                      "desk note of O has opened; relay id, board, number, "
                      "hash: of the first page line");
    note = sample_desk_note(&s, &desk, 0, &len);
    vec_open();
    vec_put_string("result", "desk");
    vec_put_hex("O", s.org_ids[0], 32);
    vec_put_hex("pk", s.orgs[0].pk, 32);
    vec_put_text("note", note, len);
    free(note);
    vec_close();
    put_by("as it should be", "v20778", "v20778", &v);
    put_by("a day of the week before", "v20778", "v20775", &past);
    put_by("a day of the week after", "v20778", "v20783", &next);
    put_by("a day of a week without a key", "v20778", "v20768", &none);
    put_by("signed with V of the next week", "v20778", "v20778", &next);
    put_by("signed with the identity key", "v20778", "v20778", &s.orgs[0]);
    put_by("directory version 0", "\ndirectory 3 ", "\ndirectory 0 ", &v);
    put_by("page number 0", " 0 2992175 ", " 0 0 ", &v);
    put_by("page number 2^48", " 0 2992175 ", " 0 281474976710656 ", &v);
    put_by("board 256", " 1 59843519 ", " 256 59843519 ", &v);
    put_by("pages not in order", " 0 2992175 ", " 2 2992175 ", &v);
    put_by("a page of a board twice", " 1 59843519 ", " 0 59843519 ", &v);
    put_by("a line left out", "\ndirectory ", "\ndirectors ", &v);
    n.n_pages = 0;
    note = sample_seen_note(&n, 0, &len);
    put("no pages", note, len);
    seen_note_key(&key, s.org_ids[0], next.pk);
    two = sample_sign((const char *)note, len, &key, next.sk, &two_len);
    put("two signatures", two, two_len);
    free(two);
    free(note);
    vec_end();
    free(text);
    directory_free(dir);
    return 0;
}
