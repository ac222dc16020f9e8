/* SPDX-License-Identifier: ISC */
/* A leaf or a root of a vault's table of contents: what is read is written
 * back to the same bytes. */
#include "contents.h"
#include "fuzz.h"

#include <string.h>

#include <sodium.h>

static const struct rowbox_keys keys = {.name = {3}};

/* The leaf that the first entry belongs to. */
static uint8_t
leaf_of(const uint8_t *in, size_t len)
{
    uint8_t name[ROWBOX_NAME_LEN];

    if (len < 2 || in[1] > VAULT_ID_MAX || len < 2u + in[1]) {
        return 0;
    }
    rowbox_name(&keys, name, (enum vault_kind)in[0], in + 2, in[1]);
    return name[0];
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
    struct rowindex ix = {0};
    struct contents c;
    uint8_t leaf = leaf_of(in, len), root[CONTENTS_ROOT_LEN];
    uint8_t *out;
    size_t n;

    if (contents_leaf_read(&ix, &keys, leaf, in, len) == RC_OK) {
        require(contents_leaf_write(&out, &n, &ix, leaf) == RC_OK);
        require(n == len && (n == 0 || memcmp(out, in, n) == 0));
        vault_release(out, n);
    }
    rowindex_wipe(&ix);
    if (contents_parse(&c, in, len) == RC_OK) {
        contents_write(root, &c);
        require(len == sizeof root && memcmp(root, in, len) == 0);
    }
    return 0;
}
