/* SPDX-License-Identifier: ISC */
#include "root.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static bool
key_is_new(const struct root *r, const struct note_key *key)
{
    for (size_t i = 0; i < r->n_keys; i++) {
        if (memcmp(r->keys[i].pk, key->pk, sizeof key->pk) == 0) {
            return false;
        }
    }
    /* By name; a zero ends a name, so that a prefix comes first. */
    return r->n_keys == 0 || strcmp(r->keys[r->n_keys - 1].name, key->name) < 0;
}

static void
parse_key(struct reader *r, struct root *root)
{
    struct note_key key = {0};
    const char *name;
    size_t len;

    text_word(r, "key ");
    name = text_field(r, &len, NOTE_NAME_MAX);
    rd_require(r, name != NULL && note_name_is_valid(name, len));
    text_word(r, " ");
    text_base64(r, key.pk, sizeof key.pk);
    text_word(r, "\n");
    if (r->rc != RC_OK) {
        return;
    }
    memcpy(key.name, name, len);
    if (root->n_keys == ROOT_KEYS_MAX || !key_is_new(root, &key)) {
        rd_require(r, false);
        return;
    }
    root->keys[root->n_keys++] = key;
}

enum rc
root_parse(struct root *out, const char *text, size_t len)
{
    struct reader r;

    memset(out, 0, sizeof *out);
    rd_init(&r, (const uint8_t *)text, len);
    text_word(&r, "tocsin-root v");
    out->version = text_number(&r, 1, TEXT_NUMBER_MAX);
    text_word(&r, "\nthreshold ");
    out->threshold = (unsigned)text_number(&r, 1, ROOT_KEYS_MAX);
    text_word(&r, "\n");
    while (r.left > 0) {
        parse_key(&r, out);
    }
    rd_require(&r, out->threshold <= out->n_keys);
    if (rd_end(&r) != RC_OK) {
        memset(out, 0, sizeof *out);
        return RC_FORMAT;
    }
    return RC_OK;
}

static int
by_name(const void *a, const void *b)
{
    const struct note_key *x = a, *y = b;

    return strcmp(x->name, y->name);
}

enum rc
root_write(char **out, size_t *out_len, const struct root *r)
{
    struct note_key keys[ROOT_KEYS_MAX];
    struct text t = {0};
    struct root check;
    enum rc rc;

    *out = NULL;
    *out_len = 0;
    if (r->n_keys > ROOT_KEYS_MAX) {
        return RC_FORMAT;
    }
    memcpy(keys, r->keys, sizeof keys);
    qsort(keys, r->n_keys, sizeof keys[0], by_name);
    text_put_number(&t, "tocsin-root v", r->version);
    text_put_number(&t, "\nthreshold ", r->threshold);
    text_put_word(&t, "\n");
    for (size_t i = 0; i < r->n_keys; i++) {
        text_put_word(&t, "key ");
        text_put_word(&t, keys[i].name);
        text_put_base64(&t, " ", keys[i].pk, sizeof keys[i].pk);
        text_put_word(&t, "\n");
    }
    if ((rc = text_take(&t, out, out_len)) == RC_OK &&
        (rc = root_parse(&check, *out, *out_len)) != RC_OK) {
        free(*out);
        *out = NULL;
        *out_len = 0;
    }
    return rc;
}

enum rc
root_check_signed(const struct root *root, const struct note *note)
{
    uint64_t signers;

    if (note_verify(&signers, note, root->keys, root->n_keys) != RC_OK ||
        note_count(signers) < root->threshold) {
        return RC_FORGED;
    }
    return RC_OK;
}

enum rc
root_open(struct root *out, const uint8_t *note, size_t len,
          const struct root *before)
{
    struct note n;
    struct root root;
    enum rc rc;

    memset(out, 0, sizeof *out);
    if ((rc = note_parse(&n, note, len)) != RC_OK ||
        (before != NULL && (rc = root_check_signed(before, &n)) != RC_OK) ||
        (rc = root_parse(&root, n.text, n.text_len)) != RC_OK ||
        (rc = root_check_signed(&root, &n)) != RC_OK) {
        return rc;
    }
    if (before != NULL && root.version != before->version + 1) {
        return RC_FORMAT;
    }
    note_hash(root.hash, &n);
    *out = root;
    return RC_OK;
}
