/* SPDX-License-Identifier: ISC */
/* What strangers wrote, and how it is shown: PROTOCOL.md section 6, "Shown". */
#include "shown.h"
#include "vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ISOLATES_8 "\u2068\u2068\u2068\u2068\u2068\u2068\u2068\u2068"
#define ENDS_8     "\u2069\u2069\u2069\u2069\u2069\u2069\u2069\u2069"

static void
put(const char *text, bool lines)
{
    char *out = NULL, c[SHOWN_MAX];
    size_t n = 0;
    FILE *f = open_memstream(&out, &n);
    struct shown s;

    if (f == NULL) {
        abort();
    }
    shown_init(&s, text, strlen(text), lines);
    while (shown_next(c, &s) > 0) {
        (void)fputs(c, f);
    }
    (void)fclose(f);
    vec_open();
    vec_put_string("as", lines ? "text" : "line");
    vec_put_string("text", text);
    vec_put_string("shown", out);
    vec_close();
    free(out);
}

int
main(void)
{
    static const char *const texts[] = {
        /* ordinary writing of the twelve languages */
        "Los despidieron a todas, ¿verdad?",
        "« Tout est perdu\u202f! »",
        "তিন মাস ধরে বেতন নাই",
        "র\u200d্যাব; উৎ; আল্লাহ্\u200c; দিক্\u200d",
        "क्\u200dष और क्\u200cष",
        "گزارش می\u200cشود",
        "السنة ١٤٤٥",
        "ကျွန်\u200cုပ်",
        "ថ្ងៃ\u200bនេះ ១២",
        "ຂ້ອຍ\u200bບໍ່",
        "ฉัน\u200bไม่",
        "မြန်မာ\u200bစာ",
        "报告\u3000工厂",
        "naïve \xcc\x81",
        "\u0600\u0661\u0662 \u06dd",
        /* emoji: styles, families, keycaps, flags */
        "\u2764\ufe0f \u2764\ufe0f\u200d\U0001f525 \U0001f469\U0001f3fd\u200d"
        "\U0001f3ed",
        "1\ufe0f\u20e3 1\ufe0f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067"
        "\U000e007f",
        /* the same where writing does not need it */
        "a\ufe0f \u2764\ufe0f\ufe0f \u2764\ufe00 \u200d\U0001f525 "
        "\U0001f525\u200d",
        "\U0001f3f4\U000e0067\U000e0062 \U0001f3f4\U000e0067\U000e0062"
        "\U000e007f a\U000e0067\U000e0062\U000e0065\U000e007f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067"
        "\U000e0067\U000e0067\U000e007f",
        "\U0001f3f4\U000e0067\U000e0041\U000e0065\U000e006e\U000e007f",
        "a\u200cb \u200cখ খ\u200c a\u200d। ก\u200b ก\u200ba \u200bก ক\u200bখ",
        "ক\u200d\u200dখ ক\u200b\u200cখ ក\u200b\u200bក",
        /* isolates */
        "សេច \u2068ACME-7\u2069 الساعة \u2066 18:30 \u2069 \u2067x\u2069",
        "\u2068open",
        "closed\u2069",
        "\u2068a\nb\u2069",
        "\u2068\u2068one of two\u2069",
        "\u2069\u2068a\u2069\u2069\u2068",
        ISOLATES_8 ISOLATES_8 "deep" ENDS_8 ENDS_8,
        ISOLATES_8 ISOLATES_8 "\u2066too deep\u2069" ENDS_8 ENDS_8,
        ISOLATES_8 ISOLATES_8 "\u2066too deep" ENDS_8 ENDS_8,
        "\u2068a\u202eb\u2069",
        /* what is not seen, reorders, or gives orders */
        "\u061c \u034f \u115f \u1160 \u3164 \uffa0 \u2800 \ufe00 \ufe0f "
        "\U0001d173 \U0001d17a",
        "\u00ad \u180b \u180e \u17b4 \u200b \u200c \u200d \u200e \u200f "
        "\u202a \u202e \u2028 \u2029 \u2060 \u2061 \u2065 \u206a \u206f",
        "\ufeff \ufff0 \ufff9 \ufffc \ufdd0 \uffff \U0001ffff \U00016fe4 "
        "\U00013430 \U0001bca0 \U0001d159 \U000e0001 \U000e0041 "
        "\U000e0100 \U000e0fff",
        "\u1680 \u2000 \u2003 \u2007 \u200a \u205f",
        "\x1b[31m a\tb\r\n c\x7f \xc2\x85 \xc2\x9b",
        "ক\x01\u200dখ",
        "\n\n",
        "\\x1b \\u{202e}",
        "",
    };

    vec_begin(stdout, "text, and how it is shown as a text of lines, or as "
                      "one line");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put(texts[i], true);
        put(texts[i], false);
    }
    vec_end();
    return 0;
}
