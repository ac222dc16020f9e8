/* SPDX-License-Identifier: ISC */
/* A signed note and a written-out key. */
#include "note.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char vkey[NOTE_VKEY_MAX];
    struct note_key key;
    uint64_t signers;
    uint8_t *again;
    struct note n;
    size_t len;

    if (note_vkey_parse(&key, (const char *)data, size) == RC_OK) {
        note_vkey_write(vkey, &key);
        if (strlen(vkey) != size || memcmp(vkey, data, size) != 0) {
            abort();
        }
    }
    if (note_parse(&n, data, size) != RC_OK) {
        return 0;
    }
    if (n.n_sigs == 0 || n.text_len >= size) {
        abort();
    }
    /* A note joined with itself is the note, but for doubles. */
    if (note_merge(&again, &len, data, size, data, size) != RC_OK ||
        len > size || memcmp(again, data, n.text_len) != 0 ||
        (len == size && memcmp(again, data, size) != 0)) {
        abort();
    }
    free(again);
    memset(&key, 0, sizeof key);
    if (n.sigs[0].name_len <= NOTE_NAME_MAX) {
        memcpy(key.name, n.sigs[0].name, n.sigs[0].name_len);
    }
    if (note_verify(&signers, &n, &key, 1) == RC_OK) {
        abort(); /* nobody signs with a key of zeros */
    }
    return 0;
}
