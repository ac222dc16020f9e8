/* SPDX-License-Identifier: ISC */
/* The code as words and digits, as shown and as typed, PROTOCOL.md
 * section 6. */
#include "code.h"
#include "vec.h"

#include <sodium.h>

#include <string.h>

static const char *const errors[] = {"",       "count",    "word",
                                     "letter", "checksum", "character"};

static void
put_shown(const uint8_t code[static CODE_LEN])
{
    char words[CODE_WORDS_TEXT_MAX], digits[CODE_DIGITS_TEXT_LEN + 1];

    code_words(words, code);
    code_digits(digits, code);
    vec_open();
    vec_put_string("op", "show");
    vec_put_hex("code", code, CODE_LEN);
    vec_put_string("words", words);
    vec_put_string("digits", digits);
    vec_close();
}

static void
put_typed(const char *typed)
{
    uint8_t code[CODE_LEN];
    struct code_error err;
    enum rc rc = code_parse(code, &err, typed, strlen(typed));

    vec_open();
    vec_put_string("op", "parse");
    vec_put_string("result", rc == RC_OK ? "valid" : "invalid");
    vec_put_string("typed", typed);
    if (rc == RC_OK) {
        vec_put_hex("code", code, CODE_LEN);
    } else {
        vec_put_string("error", errors[err.what]);
        vec_put_number("count", (int64_t)err.count);
        vec_put_number("position", (int64_t)err.position);
        vec_put_string("hint", err.hint);
        vec_put_string("letter", err.letter);
    }
    vec_close();
}

int
main(void)
{
    static const char *const typed[] = {
        "legal winner thank year wave sausage worth useful legal winner "
        "thank yellow",
        " Legal, WINNER thank-year\twave\nsausage worth useful legal winner "
        "thank yellow ",
        "lega winn than year wave saus wort usef lega winn than yell",
        "legalw winner thank year wave sausage worth useful legal winner "
        "thank yellow",
        "leg winner thank year wave sausage worth useful legal winner thank "
        "yellow",
        "legal winner thank year wave sausage worth useful legal winner "
        "thank",
        "legal winner thank year wave sausage worth useful legal winner "
        "thank yellow legal",
        "legal winner thank year wave sausage worth useful legal winner "
        "yellow thank",
        "legal wimner thank year wave sausage worth useful legal winner "
        "thank yellow",
        "9868 1886 4070 7215 4404 3786 3615 5212 7813 2195",
        "98681886-40707215-44043786-36155212-78132195",
        "9868188640707215440437863615521278132224", /* 2^128 */
        "9868188640707215440437863615521278132196", /* not 29 x */
        "986818864070721544043786361552127813219",
        "98681886407072154404378636155212781321950",
        "\u0669\u0668\u0666\u0668 \u0661\u0668\u0668\u0666 \u0664\u0660\u0667"
        "\u0660 \u0667\u0662\u0661\u0665 \u0664\u0664\u0660\u0664 \u0663"
        "\u0667\u0668\u0666 \u0663\u0666\u0661\u0665 \u0665\u0662\u0661\u0662 "
        "\u0667\u0668\u0661\u0663 \u0662\u0661\u0669\u0665",
        "\u09ef\u09ee\u09ec\u09ee\u09e7\u09ee\u09ee\u09ec\u09ea\u09e6\u09ed"
        "\u09e6\u09ed\u09e8\u09e7\u09eb\u09ea\u09ea\u09e6\u09ea\u09e9\u09ed"
        "\u09ee\u09ec\u09e9\u09ec\u09e7\u09eb\u09eb\u09e8\u09e7\u09e8\u09ed"
        "\u09ee\u09e7\u09e9\u09e8\u09e7\u09ef\u09eb",
        /* Pwo Karen, and the digits of a run of twenty after another */
        "\U000116d0\U000116d1\U000116d9\U000116d5\U000116d4\U000116d6"
        "\U000116d6\U000116d7\U000116d7\U000116d3\U000116d8\U000116d4"
        "\U000116d4\U000116d3\U000116d8\U000116d1\U000116d2\U000116d9"
        "\U000116d1\U000116d6\U000116d1\U000116d5\U000116d2\U000116d8"
        "\U000116d5\U000116d9\U000116d4\U000116d1\U000116d3\U000116d5"
        "\U000116d7\U000116d8\U000116d0\U000116d7\U000116d0\U000116d9"
        "\U000116d3\U000116d1\U000116d6\U000116d0",
        "\U000116da195466773844381291615285941357807093160",
        "0000000000000000000000000000000000000000",
        "\U000116da\U000116da\U000116da\U000116da\U000116da\U000116da"
        "\U000116da\U000116da\U000116da\U000116da\U000116da\U000116da"
        "\U000116da\U000116da\U000116da\U000116da\U000116da\U000116da"
        "\U000116da\U000116da\U000116da\U000116da\U000116da\U000116da"
        "\U000116da\U000116da\U000116da\U000116da\U000116da\U000116da"
        "\U000116da\U000116da\U000116da\U000116da\U000116da\U000116da"
        "\U000116da\U000116da\U000116da\U000116da",
        "abandon abandon abandon abandon abandon abandon abandon abandon "
        "abandon abandon abandon about",
        /* one code in the ways that people and devices write it */
        "agree movie slam income gown rabbit remove extend net aspect puzzle "
        "muscle",
        "0195466773844381291615285941357807093160",
        "ａｇｒｅｅ ｍｏｖｉｅ ｓｌａｍ ｉｎｃｏｍｅ ｇｏｗｎ ｒａｂｂｉｔ ｒｅｍｏｖｅ "
        "ｅｘｔｅｎｄ ｎｅｔ ａｓｐｅｃｔ ｐｕｚｚｌｅ ｍｕｓｃｌｅ",
        "ａｇｒｅｅ\u3000ＭＯＶＩＥ\u3000ｓｌａｍ\u3000ｉｎｃｏｍｅ\u3000ｇｏｗｎ"
        "\u3000ｒａｂｂｉｔ\u3000ｒｅｍｏｖｅ\u3000ｅｘｔｅｎｄ\u3000ｎｅｔ\u3000"
        "ａｓｐｅｃｔ\u3000ｐｕｚｚｌｅ\u3000ｍｕｓｃｌｅ",
        "AGREE MOVİE SLAM İNCOME GOWN RABBİT REMOVE EXTEND NET ASPECT PUZZLE "
        "MUSCLE",
        "agree movıe slam ıncome gown rabbıt remove extend net aspect puzzle "
        "muscle",
        /* a, c, e, o in Cyrillic; A, E, M, O in Greek */
        "\u0430gr\u0435\u0435 m\u043evi\u0435 sl\u0430m inc\u043em\u0435 "
        "g\u043ewn r\u0430bbit r\u0435m\u043ev\u0435 \u0435xt\u0435nd "
        "n\u0435t \u0430sp\u0435\u0441t puzzl\u0435 muscl\u0435",
        "\u0391GR\u0395\u0395 \u039c\u039fVI\u0395 SL\u0391\u039c "
        "INCOME GOWN RABBIT REMOVE EXTEND NET ASPECT PUZZLE MUSCLE",
        "ágrèe mövie s\u0142am i\u0301ncome gôwn rabbït remové extend nët "
        "aspeçt puzzle muscle",
        "\U0001d41a\U0001d420\U0001d42b\U0001d41e\U0001d41e movie slam "
        "income gown rabbit remove extend net aspect puzzle muſcle",
        "“agree” movie. slam; income: gown / rabbit | remove",
        "“agree” "
        "movie. slam; income: gown / rabbit (remove) extend! net? aspect… "
        "puzzle_muscle",
        "0195’4667’7384’4381’2916’1528’5941’3578’0709’3160’",
        "0195.4667.7384.4381.2916.1528.5941.3578.0709.3160",
        /* office, with a ligature; then letters like none of ours */
        "oﬃce",
        "agree movjе мovie",
        "agree мovie",
        "agree m0vie",
        "সহজ movie",
        "agree movie slam income gown rabbit remove extend net "
        "aspect puzzle muscle \u0434",
        "agree \u0301 movie slam income gown rabbit remove extend net aspect "
        "puzzle muscle",
        "9868 legal",
        /* lists, numbered */
        "1. agree\n2. movie\n3. slam\n4. income\n5. gown\n6. rabbit\n"
        "7. remove\n8. extend\n9. net\n10. aspect\n11. puzzle\n12. muscle\n",
        "1) agree 2) movie 3) slam 4) income 5) gown 6) rabbit 7) remove "
        "8) extend 9) net 10) aspect 11) puzzle 12) muscle",
        "01 agree 02 movie 03 slam 04 income 05 gown 06 rabbit 07 remove "
        "08 extend 09 net 10 aspect 11 puzzle 12 muscle",
        "\u09e7) agree \u09e8) movie slam income gown rabbit remove extend net "
        "aspect puzzle muscle",
        "1. agree 2. mowie",
        "1. agree 3. movie",
        "2. agree 3. movie",
        "1agree 2movie",
        "1. 0195\n2. 4667\n3. 7384\n4. 4381\n5. 2916\n6. 1528\n7. 5941\n"
        "8. 3578\n9. 0709\n10. 3160",
        "1. 0195 2. 4667 3. 7384 4. 4381 5. 2916 6. 1528 7. 5941 8. 3578 "
        "9. 0709 3160",
        "0195 4667 7384 4381 2916 1528 5941 3578 0709 316\u0301",
        "0195 4667 7384 4381 2916 1528 5941 3578 0709 \u0301 3160",
        "\u0301 0195 4667 7384 4381 2916 1528 5941 3578 0709 3160",
        "1",
        "1 1 agree",
        /* one letter wrong, two letters wrong */
        "agree mouie",
        "agree moule",
        "agree puzzles",
        "agree puzzlings",
        "",
    };
    uint8_t code[CODE_LEN];

    if (sodium_init() < 0) {
        return 1;
    }
    vec_begin(stdout, "code (16 bytes), words and digits as shown; typed: "
                      "what a person typed, what it is read as or why not");
    for (unsigned i = 51; i < 256; i += 51) {
        memset(code, (int)i, sizeof code);
        put_shown(code);
    }
    for (unsigned i = 0; i < 8; i++) {
        char label[] = "code 0";

        label[5] = (char)('0' + i);
        vec_seed(code, sizeof code, label);
        put_shown(code);
    }
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        put_typed(typed[i]);
    }
    vec_end();
    return 0;
}
