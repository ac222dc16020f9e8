/* SPDX-License-Identifier: ISC */
/* What a vault is made of, for vault.c and vaultcheck.c;
 * nobody else includes it. */
#ifndef VAULT_INNER_H
#define VAULT_INNER_H

#include "contents.h"
#include "rowbox.h"
#include "rowindex.h"
#include "vault.h"
#include "vaultdb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vault {
    struct vaultdb db;
    struct rowbox_keys *keys; /* sodium_malloc */
    char *journal;            /* its path */
    int64_t version;          /* when vault_changed looked */
    uint64_t unsealed;        /* rows opened so far */

    /* The newest table of contents that was on the disk. */
    uint8_t root[ROWBOX_NONCE_LEN];
    uint64_t generation;
    bool exchanged; /* an older one was there later */
    bool known;     /* and the table in memory is that one, or the group's: */
    struct contents contents;
    struct rowindex index;

    bool group;                  /* a group of changes is open, */
    bool spoiled;                /* and can't be committed any more; */
    bool dirty[CONTENTS_LEAVES]; /* leaves it changed */

    struct vault_fault *faults; /* VAULT_FAULTS_MAX; heap, NULL: none */
    size_t n_faults;
};

/* A look at one moment: the table as it is now, and all that is read until
 * looked. In a group that is the group's. */
enum rc vault_look(struct vault *v) MUST_CHECK;
void vault_looked(struct vault *v);
/* Opens what vaultdb_get gave. */
enum rc vault_unseal(struct vault *v, struct rowbox *out,
                     const uint8_t name[static ROWBOX_NAME_LEN],
                     const struct vaultdb_row *row) MUST_CHECK;
/* Holds every row against the table and notes the faults. */
enum rc vault_check(struct vault *v) MUST_CHECK;

#endif
