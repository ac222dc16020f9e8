/* SPDX-License-Identifier: ISC */
/* One page. The second byte says which board it is parsed for. */
#include "page.h"
#include "fuzz.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static const struct board boards[] = {
    {0, 16, 600, 2, 8, 2},
    {1, 4096, 30, 1, 2, 2},
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {1};
    const struct board *b = &boards[size > 1 && data[1] != 0];
    uint8_t pk[32], sk[64], *again;
    struct page p;
    size_t used;

    if (page_parse(&p, &used, b, data, size) != RC_OK) {
        return 0;
    }
    if (used > size || used != page_len(b, p.slots) ||
        crypto_sign_seed_keypair(pk, sk, seed) != 0 ||
        (again = malloc(used)) == NULL ||
        page_write(again, b, &p, sk) != RC_OK ||
        memcmp(again, data, used - PAGE_SIG_LEN) != 0 ||
        page_verify(again, used, pk) != RC_OK) {
        abort();
    }
    free(again);
    return 0;
}
