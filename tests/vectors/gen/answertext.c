/* SPDX-License-Identifier: ISC */
/* Texts of answers and what a client makes of them, PROTOCOL.md section 6. */
#include "answertext.h"
#include "vec.h"

#include <stdlib.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
put_value(const char *name, const struct report_line *line)
{
    if (line != NULL) {
        vec_put_hex(name, (const uint8_t *)line->value, line->value_len);
    }
}

static void
put(const char *comment, const char *bytes, size_t len)
{
    const uint8_t *text = (const uint8_t *)bytes;
    const char *word;
    struct answertext t;
    int64_t unknown = 0;

    if (answertext_parse(&t, text, len) != RC_OK) {
        exit(1);
    }
    word = answertext_word(t.status);
    for (size_t i = 0; i < t.text.n_lines; i++) {
        unknown += !answertext_is_known(&t.text.lines[i]);
    }
    vec_open();
    vec_put_string("comment", comment);
    vec_put_hex("text", text, len);
    vec_put_number("broken", t.text.broken ? 1 : 0);
    if (word != NULL) {
        vec_put_string("status", word);
    }
    put_value("outcome", t.outcome);
    put_value("ref", t.ref);
    if (t.refers) {
        vec_put_hex("refer", t.refer, sizeof t.refer);
    }
    vec_put_number("unknown", unknown);
    vec_put_hex("free", (const uint8_t *)t.text.free, t.text.free_len);
    vec_close();
    answertext_wipe(&t);
}

static void
put_many(void)
{
    static char text[15704];
    size_t n = 0;

    while (n + 4 < sizeof text) {
        memcpy(text + n, "a b\n", 4);
        n += 4;
    }
    text[n++] = '\n';
    put("as many lines as fit", text, n);
    memcpy(text + n - 5, "ref a\n", 5);
    put("the last of very many has no end", text, n);
}

int
main(void)
{
    static const struct {
        const char *comment, *text;
    } texts[] = {
        {"every key", "status closed\noutcome taken back\nref 12/b\n"
                      "refer " ID "\n\nYou have won.\n\nAll of you."},
        {"in another order, with an unknown key between",
         "refer " ID "\nlater x y\nref \u09e7\u09e8\nstatus asks\n\nWho?"},
        {"header lines alone", "status opened\n\n"},
        {"working", "status working\n\n"},
        {"no header", "\nWe hear you."},
        {"no header, and text that looks like one", "\nstatus closed\n\nx"},
        {"an unknown key, twice", "later a\nlater b\n\nx"},
        {"keys of a report", "country bd\nviolation x\n\nx"},
        {"a key that every object of JavaScript has",
         "constructor x\nconstructor y\n\nx"},
        {"nothing at all after the empty line", "\n"},
        {"a value of spaces", "outcome   \n\nx"},
        {"a value that reorders", "outcome a\u202eb\n\nx"},
        {"empty", ""},
        {"no line", "We hear you."},
        {"no empty line", "status opened\n"},
        {"no end of the line", "status opened"},
        {"an unknown status", "status won\n\nx"},
        {"two words of status", "status opened working\n\nx"},
        {"a status that goes on", "status openedx\n\nx"},
        {"a status in capitals", "status Opened\n\nx"},
        {"an empty status", "status \n\nx"},
        {"status twice", "status opened\nstatus closed\n\nx"},
        {"status twice, the same", "status opened\nstatus opened\n\nx"},
        {"outcome twice", "outcome a\noutcome b\n\nx"},
        {"ref twice", "ref a\nlater x\nref b\n\nx"},
        {"refer twice", "refer " ID "\nrefer " ID "\n\nx"},
        {"refer too short", "refer 0123\n\nx"},
        {"refer too long", "refer " ID "0\n\nx"},
        {"refer in capitals", "refer 0123456789ABCDEF0123456789abcdef0123456789"
                              "abcdef0123456789abcdef\n\nx"},
        {"refer is a name", "refer Legal Aid\n\nx"},
        {"an order to the terminal", "outcome a\x1b[2Jb\n\nx"},
        {"a carriage return", "status opened\r\n\r\nx"},
        {"a tab", "ref a\tb\n\nx"},
        {"a C1 control character", "ref a\xc2\x85\n\nx"},
        {"a line separator", "outcome a\u2028status closed\n\nx"},
        {"a byte order mark", "\ufeffstatus opened\n\nx"},
        {"a key of other letters", "st\u0430tus opened\n\nx"},
        {"a space before the key", " status opened\n\nx"},
        {"no UTF-8 in a value", "ref \xff\n\nx"},
        {"no UTF-8 in the free text", "ref a\n\n\xed\xa0\x80"},
    };

    vec_begin(stdout, "text; broken 1: shown whole, as free text; else what "
                      "the known header lines say, the number of unknown ones, "
                      "and the free text");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put(texts[i].comment, texts[i].text, strlen(texts[i].text));
    }
    put("a NUL in a value", "ref a\0b\n\nx", 10);
    put_many();
    vec_end();
    return 0;
}
