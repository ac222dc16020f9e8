/* SPDX-License-Identifier: ISC */
#include "chars.h"

#include "chartab.h"

#include <string.h>

/* How many of n ascending records, size bytes each and beginning with their
 * first character, begin at c or before it. */
static size_t
reaching(const void *records, size_t n, size_t size, uint32_t c)
{
    const uint8_t *base = records;
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint32_t first;

        memcpy(&first, base + middle * size, sizeof first);
        if (first <= c) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

unsigned
chars_flags(uint32_t c)
{
    size_t n = reaching(chartab_runs, chartab_n_runs, sizeof *chartab_runs, c);

    return n > 0 && c <= chartab_runs[n - 1].last ? chartab_runs[n - 1].flags
                                                  : 0;
}

int
chars_digit(uint32_t c)
{
    size_t n =
        reaching(chartab_zeros, chartab_n_zeros, sizeof *chartab_zeros, c);

    return n > 0 && c - chartab_zeros[n - 1] < 10
               ? (int)(c - chartab_zeros[n - 1])
               : -1;
}

bool
chars_fold(char out[static CHARS_FOLD_MAX], uint32_t c)
{
    const struct chartab_fold *f;
    size_t n;

    memset(out, 0, CHARS_FOLD_MAX);
    if (c < 0x80) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
            out[0] = (char)(c | 0x20);
        }
        return out[0] != '\0';
    }
    n = reaching(chartab_folds, chartab_n_folds, sizeof *chartab_folds, c);
    if (n == 0 || c > chartab_folds[n - 1].last) {
        return false;
    }
    f = &chartab_folds[n - 1];
    memcpy(out, f->letters, sizeof f->letters);
    if (f->step > 0) {
        out[0] = (char)(out[0] + (char)(c - f->first));
    }
    return true;
}
