/* SPDX-License-Identifier: ISC */
/* What is known of each of the 0x110000 code points: chars.h, in runs. */
#include "chars.h"
#include "vec.h"

#include <stdio.h>
#include <string.h>

#define LAST 0x10ffff

/* Decimal digits: their value and one more, else 0. */
static unsigned
digit_of(uint32_t c)
{
    return (unsigned)(chars_digit(c) + 1);
}

static void
put_runs(const char *what, unsigned (*of)(uint32_t c), bool rising)
{
    uint32_t first = 0;

    for (uint32_t c = 1; c <= LAST + 1; c++) {
        unsigned v = of(first);

        if (c <= LAST && of(c) == v + (rising && v > 0 ? c - first : 0)) {
            continue;
        }
        if (v != 0) {
            vec_open();
            vec_put_string("of", what);
            vec_put_number("first", first);
            vec_put_number("last", c - 1);
            vec_put_number("value", v);
            vec_close();
        }
        first = c;
    }
}

static void
put_folds(void)
{
    char letters[CHARS_FOLD_MAX], before[CHARS_FOLD_MAX] = "?";
    uint32_t first = 0;

    for (uint32_t c = 0; c <= LAST + 1; c++) {
        bool folds = c <= LAST && chars_fold(letters, c);

        if (!folds) {
            memcpy(letters, "?", 2);
        }
        if (c <= LAST && strcmp(letters, before) == 0) {
            continue;
        }
        if (*before != '?') {
            vec_open();
            vec_put_string("of", "fold");
            vec_put_number("first", first);
            vec_put_number("last", c - 1);
            vec_put_string("letters", before);
            vec_close();
        }
        memcpy(before, letters, sizeof before);
        first = c;
    }
}

int
main(void)
{
    vec_begin(stdout, "runs of code points, first to last; flags: value as in "
                      "chars.h; digit: that of the first plus 1, rising; fold: "
                      "letters; what is left out has none");
    put_runs("flags", chars_flags, false);
    put_runs("digit", digit_of, true);
    put_folds();
    vec_end();
    return 0;
}
