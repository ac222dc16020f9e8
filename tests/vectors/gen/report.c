/* SPDX-License-Identifier: ISC */
/* Texts of reports and what a desk makes of them, PROTOCOL.md section 5. */
#include "report.h"
#include "vec.h"

#include <stdlib.h>
#include <string.h>

static void
put(const char *comment, const char *bytes, size_t len)
{
    const uint8_t *text = (const uint8_t *)bytes;
    const struct report_line *line;
    struct report r;

    if (report_parse(&r, text, len) != RC_OK) {
        exit(1);
    }
    line = report_get(&r, "violation", NULL);
    vec_open();
    vec_put_string("comment", comment);
    vec_put_hex("text", text, len);
    vec_put_number("broken", r.broken ? 1 : 0);
    vec_put_number("lines", (int64_t)r.n_lines);
    vec_put_hex("first_violation",
                line == NULL ? NULL : (const uint8_t *)line->value,
                line == NULL ? 0 : line->value_len);
    vec_put_hex("free", (const uint8_t *)r.free, r.free_len);
    vec_close();
    report_wipe(&r);
}

int
main(void)
{
    static const struct {
        const char *comment, *text;
    } texts[] = {
        {"every key", "language bn-BD\ncountry BD\nplace \u09a2\u09be\u0995"
                      "\u09be\nemployer Acme Ltd.\nsector garments\n"
                      "violation FIRED\nviolation STRIKEPUN\n"
                      "date 2026-11-20\npeople 41\ndanger now\nrole witness\n"
                      "consent lawyer\nconsent ilo\ncampaign spring\n"
                      "ref 12/b\nattachments 2\n\nThey fired us.\n\nAll."},
        {"no header", "\nThey fired us."},
        {"nothing at all after the empty line", "country BD\n\n"},
        {"an unknown key", "weather hot\n\nx"},
        {"year 0000, a leap year", "date 0000-02-29\n\nx"},
        {"year 0000", "date 0000\n\nx"},
        {"a day that year 0100 lacks", "date 0100-02-29\n\nx"},
        {"only an empty line", "\n"},
        {"empty", ""},
        {"no empty line", "country BD\n"},
        {"no line", "They fired us."},
        {"upper case key", "Country BD\n\nx"},
        {"no value", "country\n\nx"},
        {"empty value", "place \n\nx"},
        {"a tab", "place a\tb\n\nx"},
        {"a carriage return", "place a\r\n\nx"},
        {"a C1 control character", "place a\xc2\x85\n\nx"},
        {"a line separator", "place a\u2028\n\nx"},
        {"no UTF-8 in a value", "place \xff\n\nx"},
        {"no UTF-8 in the free text", "place a\n\n\xed\xa0\x80"},
        {"country not in capitals", "country bd\n\nx"},
        {"a key twice", "country BD\ncountry BD\n\nx"},
        {"a day there is not", "date 2025-02-29\n\nx"},
        {"a leap day", "date 2024-02-29\n\nx"},
        {"a month", "date 2024-12\n\nx"},
        {"month 13", "date 2024-13\n\nx"},
        {"leading zero", "people 041\n\nx"},
        {"zero", "attachments 0\n\nx"},
        {"ten digits", "people 1000000000\n\nx"},
        {"violation with a digit", "violation FIRED1\n\nx"},
        {"unknown role", "role boss\n\nx"},
        {"unknown consent", "consent all\n\nx"},
        {"language of one letter", "language e\n\nx"},
        {"language with an underscore", "language en_GB\n\nx"},
    };

    vec_begin(stdout, "text; broken 1: shown whole, as free text; else the "
                      "number of header lines, the first violation and the "
                      "free text");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put(texts[i].comment, texts[i].text, strlen(texts[i].text));
    }
    put("a NUL in a value", "place a\0b\n\nx", 12);
    vec_end();
    return 0;
}
