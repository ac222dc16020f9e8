/* SPDX-License-Identifier: ISC */
/*
 * Entries at a desk. The input is taken for an entry; for a head that is
 * sealed, opens again and is parsed; and as changes to the sealed entry,
 * which then must be a miss.
 */
#include "entry.h"
#include "fuzz.h"

#include <sodium.h>

#include <stdbool.h>
#include <string.h>

static struct entry_keys keys = {.week = 2970, .k = {1, 2, 3}, .q = {4, 5}};
static const uint8_t org[ORG_ID_LEN] = {6, 7};
static const uint8_t eseed[ENTRY_ESEED_LEN] = {8, 9};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t k[32], q[XWING_PK_LEN];
    static bool ready;
    const struct entry_to to = {org, 2970, k, q};
    uint8_t entry[ENTRY_REPORT_LEN] = {0}, changed[ENTRY_REPORT_LEN];
    uint8_t head[HEAD_LEN] = {0}, out[HEAD_LEN];
    struct head h;
    size_t which;

    if (!ready) {
        require(crypto_scalarmult_base(k, keys.k) == 0);
        require(xwing_public(q, keys.q) == RC_OK);
        ready = true;
    }
    if (size > 0) {
        memcpy(entry, data, size < sizeof entry ? size : sizeof entry);
        memcpy(head, data, size < sizeof head ? size : sizeof head);
    }
    require(entry_open(out, &which, entry, org, &keys, 1) == RC_MISSING);
    require(entry_seal(entry, &to, head, eseed) == RC_OK);
    require(entry_open(out, &which, entry, org, &keys, 1) == RC_OK);
    require(memcmp(out, head, sizeof head) == 0);
    if (head_parse(&h, out) == RC_OK) {
        require(head_write(head, &h) == RC_OK);
        require(memcmp(out, head, sizeof head) == 0);
    }
    memcpy(changed, entry, sizeof entry);
    for (size_t i = 0; i + 2 < size && i < 30; i += 3) {
        size_t at = ((size_t)data[i] << 8 | data[i + 1]) % sizeof changed;

        changed[at] ^= data[i + 2];
    }
    require((entry_open(out, &which, changed, org, &keys, 1) == RC_OK) ==
            (memcmp(changed, entry, sizeof entry) == 0));
    return 0;
}
