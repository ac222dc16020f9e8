/* SPDX-License-Identifier: ISC */
/*
 * The desk's case store: one SQLite table of sealed rows.
 *
 * A row is found by a keyed hash of its kind and id; kind, id and content
 * are sealed together, padded to a power of two (rowbox.h). So the file
 * without its key shows how many rows there are and about how long, nothing
 * else: no times, no kinds, no order.
 *
 * A sealed table of contents (contents.h) says which rows there are and which
 * writing of each is the last one. It changes in the same transaction as they
 * do, and every row is held against it when it is read, all of them when the
 * vault is opened. So whoever changes the file without the key can take rows
 * away, which is noticed, but can't put back what was deleted or changed. What
 * the file can't show is that all of it is an old copy; a vault that is open
 * notices that, too.
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
#define VAULT_ID_MAX  64
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
    VAULT_DAY_PAGE = 16,
    VAULT_CONTENTS = 17, /* of the vault itself, see contents.h */
    VAULT_DUMMY = 18
};

struct vault;

/*
 * Open or, with create, make a vault.
 * key      VAULT_KEY_LEN bytes, copied
 * create   true: RC_TAKEN when the file exists
 * returns  RC_OK, also when single rows are not as they were: vault_fault;
 *          RC_MISSING (no file); RC_FORGED (another key, or damaged); RC_IO;
 *          RC_NOMEM
 */
enum rc vault_open(struct vault **out, const char *path,
                   const uint8_t key[static VAULT_KEY_LEN],
                   bool create) MUST_CHECK;
void vault_close(struct vault *v);

/* What somebody did to the file while it was closed. */
enum vault_fault_kind {
    VAULT_OLD,  /* another writing of a row than the last: it does not open */
    VAULT_GONE, /* a row was taken away */
    VAULT_BACK  /* a row that was deleted was put back: it was deleted again.
                 * kind 0: never one of ours */
};
struct vault_fault {
    enum vault_fault_kind what;
    enum vault_kind kind;
    uint8_t id[VAULT_ID_MAX];
    size_t id_len;
};
#define VAULT_FAULTS_MAX 32
/* The n-th that was found at opening, NULL after the last of those that are
 * named; all of them are counted. Good until the vault is closed. */
const struct vault_fault *vault_fault(const struct vault *v, size_t n);
size_t vault_faults(const struct vault *v);

/* One group of changes: all of it on disk after commit, or nothing. Groups do
 * not nest; a change outside of one is a group of its own. Begin is RC_EXPIRED
 * when the whole file was exchanged for an older one meanwhile, and so is all
 * that reads. */
enum rc vault_begin(struct vault *v) MUST_CHECK;
enum rc vault_commit(struct vault *v) MUST_CHECK;
void vault_abort(struct vault *v);

/* Insert or replace. */
enum rc vault_put(struct vault *v, enum vault_kind kind, const void *id,
                  size_t id_len, const uint8_t *in, size_t len) MUST_CHECK;
/*
 * out      heap, *len bytes, secret: vault_release it
 * returns  RC_OK; RC_MISSING; RC_FORGED (the row was tampered with, is not as
 *          it was last written, or was taken away); RC_IO
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
 * Only rows of that kind are opened.
 * damaged  counts rows of this kind that do not open or were taken away; may
 *          be NULL
 * returns  RC_OK, or what fn returned first
 */
enum rc vault_each(struct vault *v, enum vault_kind kind,
                   enum rc (*fn)(const struct vault_row *row, void *arg),
                   void *arg, size_t *damaged) MUST_CHECK;
/* How many rows were opened so far (tests). */
uint64_t vault_unsealed(const struct vault *v);
/*
 * Overwrite what is left behind of changed and deleted rows: SQLite has zeroed
 * most of it in the file, this zeroes the journal, where pages stand as they
 * were. Outside of a group.
 */
enum rc vault_scrub(struct vault *v) MUST_CHECK;
/* The same and more: the file is written anew, too, since copies of rows that
 * were moved in it outlive them (vaultdb_renew). */
enum rc vault_renew(struct vault *v) MUST_CHECK;
/* Was the whole file exchanged for an older one while it was open? */
bool vault_exchanged(const struct vault *v);
/* Has another process changed the vault since the last call of this? */
bool vault_changed(struct vault *v);

/* Small numbers by name (VAULT_NUMBER rows). *out keeps its value when there
 * is none. */
enum rc vault_number(struct vault *v, const char *name,
                     uint64_t *out) MUST_CHECK;
enum rc vault_set_number(struct vault *v, const char *name,
                         uint64_t value) MUST_CHECK;

#endif
