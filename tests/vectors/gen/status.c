/* SPDX-License-Identifier: ISC */
/* A relay's /v1/status as a client reads it, PROTOCOL.md section 3. */
#include "status.h"
#include "vec.h"

#include <stdio.h>
#include <string.h>

#define DIGITS                                                                 \
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OTHER "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD  "tocsin 1\nbundle " DIGITS "\n"

/* "id newest slots effort" of each board, with commas. */
static void
put_boards(const struct status *st)
{
    char text[1024] = "";
    size_t n = 0;

    for (size_t i = 0; i < st->n_boards; i++) {
        const struct status_board *b = &st->boards[i];

        n += (size_t)snprintf(
            text + n, sizeof text - n, "%s%u %llu %u %u", i > 0 ? "," : "",
            b->id, (unsigned long long)b->newest, b->slots, b->effort);
    }
    vec_put_string("boards", text);
}

static void
put(const char *comment, const char *text, size_t len)
{
    struct status st;
    const enum rc rc = status_parse(&st, (const uint8_t *)text, len);

    vec_open();
    vec_put_string("result", rc == RC_OK ? "valid" : "invalid");
    vec_put_string("comment", comment);
    vec_put_hex("status", (const uint8_t *)text, len);
    if (rc == RC_OK) {
        vec_put_hex("bundle", st.bundle, sizeof st.bundle);
        put_boards(&st);
    }
    vec_close();
}

static const struct {
    const char *comment, *text;
} whole[] = {
    {"as a relay answers",
     "tocsin 1\nrelay " OTHER "\ndirectory 3 " OTHER "\nbundle " DIGITS
     "\nretention 28\nboard 0 2992175 16 0\nboard 1 59843519 4 10\n"},
    {"no board", HEAD},
    {"boards in another order, before the bundle",
     "tocsin 1\nboard 9 1 2 3\nboard 0 0 16 0\nbundle " DIGITS "\n"},
    {"a board twice: the first", HEAD "board 0 1 2 3\nboard 0 5 6 7\n"},
    {"a bundle twice: the first",
     "tocsin 1\nbundle " DIGITS "\nbundle " OTHER "\n"},
    {"a broken bundle, then a good one",
     "tocsin 1\nbundle " DIGITS "0\nbundle " OTHER "\n"},
    {"lines that are not known", HEAD "x\n\nboard\nboards 0 1 2 3\n"},
    {"nothing", ""},
    {"without a bundle", "tocsin 1\nboard 0 1 2 3\n"},
    {"another version", "tocsin 2\nbundle " DIGITS "\n"},
    {"another first line", "bundle " DIGITS "\ntocsin 1\n"},
    {"a line before it", "\n" HEAD},
    {"a byte order mark before it", "\xef\xbb\xbf" HEAD},
    {"a space after it", "tocsin 1 \nbundle " DIGITS "\n"},
    {"CR LF", "tocsin 1\r\nbundle " DIGITS "\r\n"},
    {"cut off in the bundle", "tocsin 1\nbundle " DIGITS},
    {"cut off in a board", HEAD "board 0 1 2 3"},
    {"a hash that is too long", "tocsin 1\nbundle " DIGITS "0\n"},
    {"two spaces before the hash", "tocsin 1\nbundle  " DIGITS "\n"},
    {"a hash in capitals", "tocsin 1\nbundle AA112233445566778899aabbccddeeff"
                           "00112233445566778899aabbccddeeff\n"},
};

/* Lines of a board; a good one follows each. */
static const struct {
    const char *comment, *line;
} lines[] = {
    {"the largest numbers", "board 255 281474976710655 1024 255"},
    {"a leading zero", "board 0 01 2 3"},
    {"a number too many", "board 0 1 2 3 4"},
    {"a number too few", "board 0 1 2"},
    {"a sign", "board 0 -1 2 3"},
    {"two spaces", "board 0  1 2 3"},
    {"a space at the end", "board 0 1 2 3 "},
    {"a tab", "board 0\t1 2 3"},
    {"a board of no id", "board 256 1 2 3"},
    {"a page above 2^48 - 1", "board 0 281474976710656 2 3"},
    {"a page of more digits than are read", "board 0 1000000000000000 2 3"},
    {"more slots than a page has", "board 0 1 1025 3"},
    {"more effort than a byte has", "board 0 1 2 256"},
    {"bytes that are no UTF-8", "board 0 1 2 3\xff"},
    {"digits of another script", "board 0 \u0661 2 3"},
};

int
main(void)
{
    static const char zero[] = HEAD "board 0 1 2\0003\nboard 7 8 9 10\n";
    char text[512];

    vec_begin(stdout, "status: the bytes of /v1/status; boards: id, newest "
                      "page, slots, effort of each that is read");
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        put(whole[i].comment, whole[i].text, strlen(whole[i].text));
    }
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        (void)snprintf(text, sizeof text, HEAD "%s\nboard 7 8 9 10\n",
                       lines[i].line);
        put(lines[i].comment, text, strlen(text));
    }
    put("a zero byte", zero, sizeof zero - 1);
    vec_end();
    return 0;
}
