/* SPDX-License-Identifier: ISC */
/* Texts with a code in them, and texts with none that might look so. */
#include "codefind.h"
#include "vec.h"

#include <sodium.h>

#include <stdint.h>
#include <string.h>

#define WORDS                                                                  \
    "agree movie slam income gown rabbit remove extend net aspect puzzle muscle"
#define DIGITS "0195466773844381291615285941357807093160"
#define GROUPS "0195 4667 7384 4381 2916 1528 5941 3578 0709 3160"

static void
put(const char *text)
{
    size_t at, len;

    vec_open();
    vec_put_string("text", text);
    if (codefind(&at, &len, text, strlen(text))) {
        vec_put_text("found", (const uint8_t *)text + at, len);
    }
    vec_close();
}

int
main(void)
{
    static const char *const texts[] = {
        /* a code, by itself and among others */
        WORDS,
        DIGITS,
        GROUPS,
        "My code is " WORDS ", please keep it.",
        "They fired us on Monday. Agree,\nmovie slam\n  INCOME gown rabbit; "
        "remove extend\r\nnet - aspect - puzzle muscle\nWe want our pay.",
        "agre movi slam inco gown rabb remo exte net aspe puzz musc",
        "legal " WORDS " legal",
        "1. agree 2. movie 3. slam 4. income 5. gown 6. rabbit 7. remove "
        "8. extend 9. net 10. aspect 11. puzzle 12. muscle",
        "   1  agree\n   2  movie\n   3  slam\n   4  income\n   5  gown\n   6  "
        "rabbit\n   7  remove\n   8  extend\n   9  net\n  10  aspect\n  11  "
        "puzzle\n  12  muscle\n",
        "> agree movie slam income gown rabbit\n> remove extend net aspect "
        "puzzle muscle",
        "১) ａｇｒｅｅ ২) mоviе ৩) slam | income = gown + rabbít ~ remove • "
        "extend net aspect puzzle musclé।",
        "কোড: " WORDS " ধন্যবাদ",
        "Code:" DIGITS ".",
        "in 2026 " DIGITS " 3 people",
        "On 2 December, at 18:30: " GROUPS ", and 3160 taka.",
        "2026-12-01\n" GROUPS "\n2026-12-02",
        "4444, " GROUPS,
        GROUPS "; 4444",
        "0195 4667\n7384 4381\n2916 1528\n5941 3578\n0709 3160",
        "call 01712345678: 0195-4667-7384-4381-2916-1528-5941-3578-0709-3160",
        "01954 66773 84438 12916 15285 94135 78070 93160 12",
        "019546677384438129161 5285941357807093160",
        "call 01712345678, 019546677384438129161 5285941357807093160, at 8",
        "  1  0195\n  2  4667\n  3  7384\n  4  4381\n  5  2916\n  6  1528\n  7  "
        "5941\n  8  3578\n  9  0709\n 10  3160\n",
        "১. ০১৯৫ ২. ৪৬৬৭ ৩. ৭৩৮৪ ৪. ৪৩৮১ ৫. ২৯১৬ ৬. ১৫২৮ ৭. ৫৯৪১ ৮. ৩৫৭৮ "
        "৯. ০৭০৯ ১০. ৩১৬০",
        "কোড ০১৯৫৪৬৬৭৭৩৮৪৪৩৮১২৯১৬১৫২৮৫৯৪১৩৫৭৮০৭০৯৩১৬০।",
        "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong",
        /* none */
        "",
        "They fired all of us on Monday.",
        "agree movie slam income gown rabbit remove extend net aspect puzzle",
        "agree movie slam income gown rabbit remove extend net aspect puzzle "
        "agree",
        "agree movie slam income gown rabbit and remove extend net aspect "
        "puzzle muscle",
        "movie agree slam income gown rabbit remove extend net aspect puzzle "
        "muscle",
        "We all agree that the movie about income and the rabbit will remove "
        "net profit from the puzzle of muscle work.",
        "abandon abandon abandon abandon abandon abandon abandon abandon "
        "abandon abandon abandon about",
        "0000000000000000000000000000000000000000",
        "0195466773844381291615285941357807093161",
        "1" DIGITS,
        DIGITS "1",
        "1" GROUPS,
        "x" DIGITS,
        DIGITS "x",
        /* a table of wages, in which one row of ten would be a code */
        "1200 " GROUPS " 1300",
        "1200 1300\n1400 " GROUPS,
        "01712345678, 01812345678, 01912345678, 01612345678, 01512345678",
        "2026-11-03 08:00, 2026-11-04 09:30, 2026-11-05 10:15, 2026-11-06",
        "  1  0195\n  3  4667\n  2  7384\n  4  4381\n  5  2916\n  6  1528\n  7  "
        "5941\n  8  3578\n  9  0709\n 10  3160\n",
    };

    if (sodium_init() < 0) {
        return 1;
    }
    vec_begin(stdout, "text, and the code that is found in it, if any");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put(texts[i]);
    }
    vec_end();
    return 0;
}
