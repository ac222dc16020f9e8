/* SPDX-License-Identifier: ISC */
/* A vault in a temporary folder, for tests that look at its file as well. */
#ifndef VAULTTEST_H
#define VAULTTEST_H

#include "vault.h"

#include <stddef.h>
#include <stdint.h>

extern const uint8_t vaulttest_key[VAULT_KEY_LEN];
extern char vaulttest_dir[64];
extern char vaulttest_path[96];

/* An empty vault, closed; its folder goes away with it. */
int vaulttest_setup(void **state);
int vaulttest_teardown(void **state);
/* Opened; the test ends where it does not open. */
struct vault *vaulttest_open(void);
/* As somebody who has the file and no key. */
void vaulttest_sql(const char *text);
/* The rows of the table of contents are kept aside, and put back: so that SQL
 * between them can change all other rows. */
void vaulttest_table_kept(void);
void vaulttest_table_back(void);
/* How many rows of a kind can be read. */
size_t vaulttest_count(struct vault *v, enum vault_kind kind, size_t *damaged);

#endif
