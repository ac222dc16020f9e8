/* SPDX-License-Identifier: ISC */
/*
 * Onion services of tor: addresses, and the files in which tor keeps keys.
 * source   rend-spec-v3; tor(1), HiddenServiceDir, CLIENT AUTHORIZATION
 */
#ifndef ONION_H
#define ONION_H

#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ONION_LABEL_LEN  56 /* of an address, without .onion */
#define ONION_BASE32_LEN 52 /* of 32 bytes */
#define ONION_AUTH_LEN   32 /* X25519, each half */

/* 32 bytes in lower-case base32 without padding, and back: exact length,
 * capitals are fine, stray bits must be zero. */
void onion_base32(char out[static ONION_BASE32_LEN + 1],
                  const uint8_t in[static 32]);
enum rc onion_base32_parse(uint8_t out[static 32], const char *text) MUST_CHECK;
/* The label of a service by its Ed25519 key. RC_OK, RC_IO (libcrypto). */
enum rc onion_label(char out[static ONION_LABEL_LEN + 1],
                    const uint8_t pk[static 32]) MUST_CHECK;
/* The label in "http://label.onion"; RC_FORMAT if it is none, or if its
 * checksum is wrong. */
enum rc onion_label_of(char out[static ONION_LABEL_LEN + 1],
                       const char *url) MUST_CHECK;
/*
 * Make a folder that tor takes for HiddenServiceDir, with a new key.
 * dir      must not be there; mode 0700
 * label    out: its address
 * returns  RC_OK, RC_TAKEN, RC_IO (errno), ...
 */
enum rc onion_create(char label[static ONION_LABEL_LEN + 1],
                     const char *dir) MUST_CHECK;
/* What the relay's operator gives to tor for one who may come in:
 * dir/authorized_clients/NAME.auth. replace as in file_write. */
enum rc onion_auth_allow(const char *dir, const char *name,
                         const uint8_t pk[static ONION_AUTH_LEN],
                         bool replace) MUST_CHECK;
/* What he who comes gives to his tor: dir/NAME.auth_private, replaced. */
enum rc onion_auth_keep(const char *dir, const char *name,
                        const char label[static ONION_LABEL_LEN + 1],
                        const uint8_t sk[static ONION_AUTH_LEN]) MUST_CHECK;

#endif
