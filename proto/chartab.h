/* SPDX-License-Identifier: ISC */
/*
 * The tables behind chars.h, ascending, in chartab.c; scripts/unicode.mjs
 * writes it, and the page's, from the Unicode data.
 */
#ifndef CHARTAB_H
#define CHARTAB_H

#include <stddef.h>
#include <stdint.h>

struct chartab_run {
    uint32_t first, last;
    uint8_t flags;
};
extern const struct chartab_run chartab_runs[];
extern const size_t chartab_n_runs;

/* The zero of each row of ten decimal digits. */
extern const uint32_t chartab_zeros[];
extern const size_t chartab_n_zeros;

/* With step 1, each character's letter is the one after that before. */
struct chartab_fold {
    uint32_t first, last;
    uint8_t step;
    char letters[5];
};
extern const struct chartab_fold chartab_folds[];
extern const size_t chartab_n_folds;

#endif
