/* SPDX-License-Identifier: ISC */
#include "contents.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "writer.h"

#define ENTRY_MAX (2 + VAULT_ID_MAX + ROWBOX_NONCE_LEN)

static const uint8_t word[14] = "tocsin-desk 1";

void
contents_write(uint8_t out[static CONTENTS_ROOT_LEN], const struct contents *c)
{
    struct writer w;

    wr_init(&w, out, CONTENTS_ROOT_LEN);
    wr_bytes(&w, word, sizeof word);
    wr_u64(&w, c->generation);
    wr_bytes(&w, c->leaves[0], sizeof c->leaves);
    if (wr_end(&w) != RC_OK) {
        abort(); /* CONTENTS_ROOT_LEN is wrong */
    }
}

enum rc
contents_parse(struct contents *out, const uint8_t *in, size_t len)
{
    uint8_t begin[sizeof word];
    struct reader r;

    rd_init(&r, in, len);
    rd_copy(&r, begin, sizeof begin);
    rd_require(&r, memcmp(begin, word, sizeof word) == 0);
    out->generation = rd_u64(&r);
    rd_copy(&r, out->leaves[0], sizeof out->leaves);
    if (rd_end(&r) != RC_OK) {
        memset(out, 0, sizeof *out);
        return RC_FORGED;
    }
    return RC_OK;
}

void
contents_root_name(const struct rowbox_keys *keys,
                   uint8_t out[static ROWBOX_NAME_LEN])
{
    rowbox_name(keys, out, VAULT_CONTENTS, NULL, 0);
}

void
contents_leaf_name(const struct rowbox_keys *keys,
                   uint8_t out[static ROWBOX_NAME_LEN], uint8_t leaf)
{
    rowbox_name(keys, out, VAULT_CONTENTS, &leaf, 1);
}

enum rc
contents_leaf_write(uint8_t **out, size_t *len, const struct rowindex *ix,
                    uint8_t leaf)
{
    size_t first, n = rowindex_group(ix, leaf, &first);
    struct writer w;

    *out = NULL;
    *len = 0;
    if (n == 0) {
        return RC_OK;
    }
    if ((*out = malloc(n * ENTRY_MAX)) == NULL) {
        return RC_NOMEM;
    }
    wr_init(&w, *out, n * ENTRY_MAX);
    for (size_t i = first; i < first + n; i++) {
        const struct rowindex_entry *e = ix->entries[i];

        wr_u8(&w, e->kind);
        wr_u8(&w, e->id_len);
        wr_bytes(&w, e->id, e->id_len);
        wr_bytes(&w, e->nonce, sizeof e->nonce);
    }
    *len = w.len;
    return wr_end(&w) != RC_OK || w.len > VAULT_ROW_MAX ? RC_FULL : RC_OK;
}

enum rc
contents_leaf_read(struct rowindex *ix, const struct rowbox_keys *keys,
                   uint8_t leaf, const uint8_t *in, size_t len)
{
    uint8_t last[ROWBOX_NAME_LEN] = {0};
    struct reader r;
    enum rc rc = RC_OK;

    rowindex_forget_group(ix, leaf);
    rd_init(&r, in, len);
    while (rc == RC_OK && r.rc == RC_OK && r.left > 0) {
        uint8_t kind = rd_u8(&r), id_len = rd_u8(&r);
        const uint8_t *id, *nonce;
        uint8_t name[ROWBOX_NAME_LEN];

        rd_require(&r, id_len <= VAULT_ID_MAX);
        id = rd_bytes(&r, id_len);
        nonce = rd_bytes(&r, ROWBOX_NONCE_LEN);
        if (r.rc != RC_OK) {
            break;
        }
        rowbox_name(keys, name, (enum vault_kind)kind, id, id_len);
        rd_require(&r, name[0] == leaf && memcmp(name, last, sizeof name) > 0);
        memcpy(last, name, sizeof last);
        rc = r.rc == RC_OK ? rowindex_put(ix, name, nonce, kind, id, id_len)
                           : RC_FORGED;
    }
    return rc != RC_OK ? rc : rd_end(&r) == RC_OK ? RC_OK : RC_FORGED;
}
