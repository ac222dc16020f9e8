/* SPDX-License-Identifier: ISC */
/*
 * The desk's case store: one SQLite table of sealed rows.
 *
 * A row is found by a keyed hash of its kind and id; kind, id and content
 * are sealed together (XChaCha20-Poly1305, the hash bound as additional
 * data), padded to a power of two. So the file without its key shows how
 * many rows there are and about how long, nothing else: no times, no kinds,
 * no order.
 *
 * Several processes may have a vault open; one writes at a time, the others
 * wait.
 */
#ifndef VAULT_H
#define VAULT_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VAULT_KEY_LEN 32
#define VAULT_ID_MAX 64
#define VAULT_ROW_MAX (1024 * 1024)

/* What rows there are; never renumber. Ids and contents: records.h. */
enum vault_kind {
    VAULT_CONFIG = 1,
    VAULT_NUMBER = 2,
    VAULT_WEEK = 3,
    VAULT_NOTE = 4,
    VAULT_POSITION = 5,
    VAULT_HASHES = 6,
    VAULT_CASE = 7,
    VAULT_MESSAGE = 8,
    VAULT_ORPHAN = 9,
    VAULT_OPENED = 10,
    VAULT_OWN = 11,
    VAULT_BODY = 12,
    VAULT_ANSWER = 13,
    VAULT_ALARM = 14,
    VAULT_PAGE = 15,
    VAULT_DAY_PAGE = 16
};

struct vault;

/*
 * Open or, with create, make a vault.
 * key      VAULT_KEY_LEN bytes, copied
 * create   true: RC_TAKEN when the file exists
 * returns  RC_OK; RC_MISSING (no file); RC_FORGED (another key, or damaged);
 *          RC_IO; RC_NOMEM
 */
enum rc vault_open(struct vault **out, const char *path,
                   const uint8_t key[static VAULT_KEY_LEN], bool create)
    MUST_CHECK;
void vault_close(struct vault *v);

/* One group of changes: all of it on disk after commit, or nothing. Groups do
 * not nest; a change outside of one is a group of its own. */
enum rc vault_begin(struct vault *v) MUST_CHECK;
enum rc vault_commit(struct vault *v) MUST_CHECK;
void vault_abort(struct vault *v);

/* Insert or replace. */
enum rc vault_put(struct vault *v, enum vault_kind kind, const void *id,
                  size_t id_len, const uint8_t *in, size_t len) MUST_CHECK;
/*
 * out      heap, *len bytes, secret: vault_release it
 * returns  RC_OK; RC_MISSING; RC_FORGED (the row was tampered with); RC_IO
 */
enum rc vault_get(struct vault *v, enum vault_kind kind, const void *id,
                  size_t id_len, uint8_t **out, size_t *len) MUST_CHECK;
void vault_release(uint8_t *out, size_t len);
bool vault_has(struct vault *v, enum vault_kind kind, const void *id,
               size_t id_len);
/* RC_OK also where there was no such row. */
enum rc vault_delete(struct vault *v, enum vault_kind kind, const void *id,
                     size_t id_len) MUST_CHECK;

struct vault_row {
    const uint8_t *id; /* id_len bytes, borrowed during the call */
    size_t id_len;
    const uint8_t *data; /* len bytes, borrowed during the call */
    size_t len;
};
/*
 * Every row of a kind, ascending by id. The callback may change the vault.
 * Only rows of that kind are opened, once the vault knows what it has.
 * damaged  counts rows of this kind that do not open, and those of which the
 *          kind can't be told; may be NULL
 * returns  RC_OK, or what fn returned first
 */
enum rc vault_each(struct vault *v, enum vault_kind kind,
                   enum rc (*fn)(const struct vault_row *row, void *arg),
                   void *arg, size_t *damaged) MUST_CHECK;
/* How many rows were opened so far (tests). */
uint64_t vault_unsealed(const struct vault *v);
/*
 * Overwrite what is left behind of changed and deleted rows: SQLite has zeroed
 * it in the file, this zeroes the journal, where pages stand as they were.
 * Outside of a group.
 */
enum rc vault_scrub(struct vault *v) MUST_CHECK;
/* Has another process changed the vault since the last call of this? */
bool vault_changed(struct vault *v);

/* Small numbers by name (VAULT_NUMBER rows). *out keeps its value when there
 * is none. */
enum rc vault_number(struct vault *v, const char *name, uint64_t *out)
    MUST_CHECK;
enum rc vault_set_number(struct vault *v, const char *name, uint64_t value)
    MUST_CHECK;

#endif
