/* SPDX-License-Identifier: ISC */
/* A drop's record in the relay's index: what parses writes the same bytes. */
#include "lmdb_store.h"
#include "fuzz.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const MDB_val v = lmdb_val(data, size);
    uint8_t again[DROP_RECORD_LEN];
    struct drop_record rec;

    if (drop_record_parse(&rec, &v) != RC_OK) {
        return 0;
    }
    drop_record_write(again, &rec);
    if (size != sizeof again || memcmp(again, data, size) != 0) {
        abort();
    }
    return 0;
}
