/* SPDX-License-Identifier: ISC */
/* Directories, PROTOCOL.md section 7. */
#include "sample.h"
#include "vec.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static struct sample s;
static char *text;
static size_t text_len;

static void
put(const char *comment, const uint8_t *note, size_t len)
{
    struct directory *d;
    enum rc rc = directory_open(&d, note, len, &s.root);
    size_t revoked = 0;

    vec_open();
    vec_put_string("result", rc == RC_OK ? "valid" : "invalid");
    vec_put_string("comment", comment);
    vec_put_text("note", note, len);
    if (rc == RC_OK) {
        for (size_t i = 0; i < d->n_orgs; i++) {
            revoked += d->orgs[i].revoked_day != 0;
        }
        vec_put_number("version", (int64_t)d->version);
        vec_put_number("issued", d->issued);
        vec_put_number("expires", d->expires);
        vec_put_number("retention", d->retention);
        vec_put_number("boards", (int64_t)d->n_boards);
        vec_put_number("relays", (int64_t)d->n_relays);
        vec_put_number("orgs", (int64_t)d->n_orgs);
        vec_put_number("orgs revoked", (int64_t)revoked);
        vec_put_hex("hash", d->hash, sizeof d->hash);
    }
    vec_close();
    directory_free(d);
}

/* Changed, and then signed by two. */
static void
put_changed(const char *comment, const char *from, const char *to)
{
    size_t len;
    char *changed = sample_replace(text, text_len, from, to, &len);
    uint8_t *note = sample_signed(&s, changed, len, 3, &len);

    put(comment, note, len);
    free(note);
}

static void
put_signed(const char *comment, unsigned by)
{
    size_t len;
    uint8_t *note =
        sample_signed(&s, strndup(text, text_len), text_len, by, &len);

    put(comment, note, len);
    free(note);
}

#define OTHER(c, state)                                                        \
    "relay " c c c c c c c c c c c c c c c c " " c                             \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= " state " http://x\n"
#define THIRD(state)  OTHER("cccc", state)
#define FOURTH(state) OTHER("dddd", state)
#define FIFTH(state)  OTHER("eeee", state)

/* Board 1, and so many more for answers. */
static const char *
answers_boards(unsigned n)
{
    static char lines[512];
    size_t at = (size_t)snprintf(lines, sizeof lines,
                                 "board 1 4096 30 2 32 2\n");

    for (unsigned i = 0; i < n; i++) {
        at += (size_t)snprintf(lines + at, sizeof lines - at,
                               "board %u 16 600 16 64 2\n", 2 + i);
    }
    return lines;
}

static void
boards_and_relays(void)
{
    put_changed("no answers board", "board 0 16 600 16 64 2\n", "");
    put_changed("no board but for reports", "board 0 16", "board 0 4096");
    put_changed("entries of another length", "board 0 16", "board 0 17");
    put_changed("the board for answers has a higher id",
                "board 0 16 600 16 64 2\nboard 1 4096 30 2 32 2\n",
                "board 1 4096 30 2 32 2\nboard 7 16 600 16 64 2\n");
    put_changed("three boards for answers, reports on 1",
                "board 1 4096 30 2 32 2\n",
                "board 1 4096 30 2 32 2\nboard 4 16 600 16 64 2\n"
                "board 255 16 300 16 64 2\n");
    put_changed("seven boards for answers", "board 1 4096 30 2 32 2\n",
                answers_boards(6));
    put_changed("eight boards for answers", "board 1 4096 30 2 32 2\n",
                answers_boards(7));
    put_changed("reports on board 0",
                "board 0 16 600 16 64 2\nboard 1 4096 30 2 32 2\n",
                "board 0 4096 30 2 32 2\nboard 1 4096 30 2 32 2\n"
                "board 2 16 600 16 64 2\n");
    put_changed("boards not in order", "board 0 16 600 16 64 2\n",
                "board 2 16 600 16 64 2\n");
    put_changed("a tick that is no part of an hour", "600 16 64", "700 16 64");
    put_changed("a max that is not slots x 2^k", "16 64 2", "16 48 2");
    put_changed("spread 0", "16 64 2", "16 64 0");
    put_changed("board 256", "board 1 ", "board 256 ");
    put_changed("a relay that closes", " open http://relay0",
                " 20800 http://relay0");
    put_changed("two open relays and two that close", "relay ",
                THIRD("20800") FOURTH("20800") "relay ");
    put_changed("three open relays", "relay ", THIRD("open") "relay ");
    put_changed("a fifth relay", "relay ",
                THIRD("20800") FOURTH("20800") FIFTH("20800") "relay ");
    put_changed("a Unix socket", "http://relay0.example", "unix:/run/relay");
    put_changed("two URLs", "http://relay0.example",
                "http://relay0.example http://abcd.onion");
    put_changed("no URL", " http://relay0.example", "");
    put_changed("another scheme", "http://relay0", "gopher://relay0");
    put_changed("nothing after the scheme", "http://relay0.example", "http://");
    put_changed("neither open nor a day", " open ", " shut ");
}

static void
organisations(void)
{
    char hex[65], line[512];

    put_changed("an organisation on a board for answers", " 1 union", " 0 union");
    put_changed("an organisation on no board", " 1 union", " 9 union");
    put_changed("an empty item", "bn,en", "bn,,en");
    put_changed("a lone - among items", "bn,en", "bn,-");
    put_changed("an empty field", "union BD", "union ");
    put_changed("two kinds", "union BD", "union,ngo BD");
    put_changed("no name", "Garment Workers' Union", "");
    put_changed("a name that ends with a space", "Workers' Union", "Workers' ");
    put_changed("a control character in a name", "Workers' Union",
                "Workers'\xc2\x85Union");
    sodium_bin2hex(hex, sizeof hex, s.org_ids[0], 32);
    (void)snprintf(line, sizeof line, "org %s ", hex);
    hex[0] = hex[0] == 'f' ? '0' : 'f';
    {
        char other[512];

        (void)snprintf(other, sizeof other, "org %s ", hex);
        put_changed("organisations not by id", line, other);
    }
}

/* The last line and another after it. */
static void
revoked(void)
{
    char hex[65], after[1024];

    sodium_bin2hex(hex, sizeof hex, s.org_ids[1], 32);
    (void)snprintf(after, sizeof after, "Legal Aid\nrevoked %s 20770\n", hex);
    put_changed("one revoked", "Legal Aid\n", after);
    (void)snprintf(after, sizeof after,
                   "Legal Aid\nrevoked %s 20770\nrevoked %s 20771\n", hex, hex);
    put_changed("revoked twice", "Legal Aid\n", after);
    (void)snprintf(after, sizeof after, "Legal Aid\nrevoked %s 0\n", hex);
    put_changed("revoked on day 0", "Legal Aid\n", after);
}

int
main(void)
{
    struct directory *d;
    size_t len;
    uint8_t *note;

    sample_init(&s);
    d = sample_directory(&s, 3, 20774);
    if (directory_write(&text, &text_len, d) != RC_OK) {
        return 1;
    }
    vec_begin(stdout, "the first test's root has opened; every note must be "
                      "signed by its threshold");
    note = sample_root(&s, 1, &len);
    vec_open();
    vec_put_string("result", "root");
    vec_put_text("note", note, len);
    vec_close();
    free(note);
    put_signed("two of three", 5);
    put_signed("one of three", 2);
    put_changed("version 0", "v3", "v0");
    put_changed("expires 90 days after issue", "expires 20834",
                "expires 20864");
    put_changed("expires 91 days after issue", "expires 20834",
                "expires 20865");
    put_changed("expires before issue", "expires 20834", "expires 20773");
    put_changed("retention 2", "retention 28", "retention 2");
    put_changed("retention 91", "retention 28", "retention 91");
    put_changed("upper-case hex", "page 0", "page A");
    put_changed("a line left out", "retention 28\n", "");
    put_changed("a line twice", "retention 28\n",
                "retention 28\nretention 28\n");
    put_changed("an empty line", "board 0", "\nboard 0");
    boards_and_relays();
    organisations();
    revoked();
    vec_end();
    free(text);
    directory_free(d);
    return 0;
}
