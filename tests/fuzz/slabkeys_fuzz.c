/* SPDX-License-Identifier: ISC */
/* The file of week keys: what parses writes back to the same bytes. */
#include "slabkeys.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "kdf.h"

/* The input is the first sectors of the file, the rest is zero; once as it
 * is, once with the check of each place made good. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[SLABKEYS_FILE_LEN], again[SLABKEYS_FILE_LEN];
    static struct slabkeys_table table;

    if (size > SLABKEYS_FILE_LEN) {
        return 0;
    }
    for (int good = 0; good < 2; good++) {
        memset(file, 0, sizeof file);
        memcpy(file, data, size);
        for (size_t at = SLABKEYS_SECTOR_LEN; good && at < size;
             at += SLABKEYS_SECTOR_LEN) {
            blake2b_256(file + at + 36, file + at, 36);
        }
        if (slabkeys_parse(&table, file) == RC_OK) {
            slabkeys_write(again, &table);
            if (memcmp(file, again, sizeof file) != 0) {
                abort();
            }
        }
    }
    return 0;
}
