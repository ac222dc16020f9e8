/* SPDX-License-Identifier: ISC */
/* Desk notes, PROTOCOL.md section 7. */
#include "sample.h"
#include "vec.h"

#include <stdio.h>
#include <stdlib.h>

static struct sample s;
static struct directory *dir;
static char *text;
static size_t text_len;

static void
put(const char *comment, const uint8_t *note, size_t len)
{
    struct desknote d;
    enum rc rc = desknote_open(&d, note, len, &dir->orgs[0]);

    vec_open();
    vec_put_string("result", rc == RC_OK ? "valid" : "invalid");
    vec_put_string("comment", comment);
    vec_put_hex("O", s.org_ids[0], 32);
    vec_put_hex("pk", s.orgs[0].pk, 32);
    vec_put_text("note", note, len);
    if (rc == RC_OK) {
        vec_put_number("version", (int64_t)d.version);
        vec_put_number("issued", d.issued);
        vec_put_number("expires", d.expires);
        vec_put_number("week", d.keys.week);
        vec_put_hex("K", d.keys.k, 32);
        vec_put_hex("Q", d.keys.q, XWING_PK_LEN);
        vec_put_hex("V", d.keys.v, 32);
        vec_put_hex("next", d.next, 32);
        vec_put_number("past", (int64_t)d.n_past);
    }
    vec_close();
}

/* Changed, and then signed with that key under that organisation's name. */
static void
put_by(const char *comment, const char *from, const char *to, size_t named,
       const struct sample_key *by)
{
    struct note_key key;
    size_t len, changed_len;
    char *changed = sample_replace(text, text_len, from, to, &changed_len);
    uint8_t *note;

    desknote_key(&key, s.org_ids[named], by->pk);
    note = sample_sign(changed, changed_len, &key, by->sk, &len);
    put(comment, note, len);
    free(note);
    free(changed);
}

static void
put_changed(const char *comment, const char *from, const char *to)
{
    put_by(comment, from, to, 0, &s.orgs[0]);
}

/* So many past weeks, ascending, up to the key of the one that is there. */
static const char *
past_lines(unsigned n)
{
    static char lines[4096];
    size_t at = 0;

    for (unsigned week = 2968 - n; week < 2967; week++) {
        at += (size_t)snprintf(lines + at, sizeof lines - at,
                               "past %u %.43s=\n", week,
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    }
    (void)snprintf(lines + at, sizeof lines - at, "past 2967 ");
    return lines;
}

/* By the right key, and by another. */
static void
put_twice(void)
{
    struct note_key key;
    uint8_t *one, *two;
    size_t len, two_len;

    desknote_key(&key, s.org_ids[0], s.orgs[0].pk);
    one = sample_sign(text, text_len, &key, s.orgs[0].sk, &len);
    desknote_key(&key, s.org_ids[1], s.orgs[1].pk);
    two = sample_sign((const char *)one, len, &key, s.orgs[1].sk, &two_len);
    put("two signatures", two, two_len);
    free(one);
    free(two);
}

int
main(void)
{
    struct desknote d;
    struct sample_key v;

    sample_init(&s);
    dir = sample_directory(&s, 3, 20774);
    sample_desk(&s, &d, 0, 12, 20779);
    if (desknote_write(&text, &text_len, &d) != RC_OK) {
        return 1;
    }
    vec_begin(stdout, "O and pk as the directory lists them; week: w, with "
                      "its K, Q, V; next: V of w + 1; past: number of past "
                      "lines");
    put_changed("as it should be", "desk v12", "desk v12");
    put_changed("expires on the day it is issued", "expires 20787",
                "expires 20779");
    sample_v(&v, 0, 2968);
    put_by("signed with V", "desk", "desk", 0, &v);
    put_by("signed by another organisation", "desk", "desk", 1, &s.orgs[1]);
    put_by("signed by another in its name", "desk", "desk", 0, &s.orgs[1]);
    put_changed("version 0", "desk v12", "desk v0");
    put_changed("expires 11 days after issue", "issued 20779", "issued 20776");
    put_changed("issued on the day 7(w - 1) + 2", "issued 20779\nexpires 20787",
                "issued 20771\nexpires 20781");
    put_changed("issued a day earlier", "issued 20779\nexpires 20787",
                "issued 20770\nexpires 20780");
    put_changed("issued on the day 7w + 6, expires on the day 7w + 11",
                "issued 20779\nexpires 20787", "issued 20782\nexpires 20787");
    put_changed("issued a day later", "issued 20779\nexpires 20787",
                "issued 20783\nexpires 20787");
    put_changed("expires after 7w + 11", "issued 20779\nexpires 20787",
                "issued 20778\nexpires 20788");
    put_changed("expires before issue", "expires 20787", "expires 20778");
    put_changed("next left out", "\nnext ", "\nleft ");
    put_changed("next as it was once", "\nnext ", "\nkeys 2969 ");
    put_changed("a past week that is not past", "past 2967", "past 2968");
    put_changed("14 past weeks", "past 2967 ", past_lines(14));
    put_changed("15 past weeks", "past 2967 ", past_lines(15));
    put_changed("an O that is too long", "\norg ", "\norg 0");
    put_twice();
    vec_end();
    free(text);
    directory_free(dir);
    return 0;
}
