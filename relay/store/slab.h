/* SPDX-License-Identifier: ISC */
/*
 * The slab: one file of slots of equal size, really written at setup, so that
 * a sync later costs no metadata and the file's size says nothing.
 *
 * Block 0 is the head; slot i is block i + 1. A slot is
 *   nonce[24]  random
 *   tag[16]
 *   sealed[]   SLAB_PLAIN_LEN bytes, XChaCha20-Poly1305 under the key of its
 *              week, aad "tocsin/1 slot" || u64(i)
 * so a slot in use, one that was overwritten and one that was never used look
 * the same. Plain:
 *   u8 kind, u8 board, u8 effort, u8 zero[5], u64 due, id[32], data[16000],
 *   zeros
 * source   XChaCha20-Poly1305, by crypto_aead_xchacha20poly1305_ietf
 *
 * Head:
 *   magic[16]  "tocsin/1 slab\n", zeros
 *   u64 boxes  drops there may be
 *   u64 slots  boxes, and what is kept for waiting entries
 *   id[16]     random; the index names it
 *   check[32]  BLAKE2b-256 of all before
 *   zeros
 */
#ifndef SLAB_H
#define SLAB_H

#include "cell.h"
#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#define SLAB_BLOCK_LEN 16384
#define SLAB_PLAIN_LEN (SLAB_BLOCK_LEN - 24 - 16)
#define SLAB_ID_LEN    16
#define SLAB_KEY_LEN   32
#define SLAB_SLOTS_MAX 0xfffffff0u

enum slab_kind {
    SLAB_DROP = 1,
    SLAB_WAITING = 2
};

struct slab_head {
    uint64_t boxes;
    uint64_t slots;
    uint8_t id[SLAB_ID_LEN];
};

/* What a slot holds. */
struct slab_item {
    enum slab_kind kind;
    uint8_t board;     /* SLAB_WAITING */
    uint8_t effort;    /* SLAB_WAITING */
    uint64_t due;      /* SLAB_WAITING */
    const uint8_t *id; /* 32 bytes: address of the drop, hash of the entry */
    const uint8_t *data;
    size_t len; /* of data; CELL_BOX_LEN when read */
};

/* Slots that a slab for so many drops gets. */
uint64_t slab_slots(uint64_t boxes);
/* Untrusted bytes; RC_OK, RC_FORMAT. */
enum rc slab_head_parse(struct slab_head *out,
                        const uint8_t in[static SLAB_BLOCK_LEN]) MUST_CHECK;
void slab_head_write(uint8_t out[static SLAB_BLOCK_LEN],
                     const struct slab_head *head);
/*
 * Write a whole new slab of noise and sync it.
 * fd       of an empty file
 * returns  RC_OK, RC_FULL (the disk is), RC_IO
 */
enum rc slab_create(int fd, const struct slab_head *head,
                    void (*progress)(uint64_t done, uint64_t total, void *arg),
                    void *arg) MUST_CHECK;
/* Read the head and check the file's length. RC_OK, RC_FORMAT, RC_TRUNCATED
 * (shorter than its head says), RC_IO. */
enum rc slab_open(struct slab_head *out, int fd) MUST_CHECK;
/* Seal an item into a slot. Not synced. */
enum rc slab_write(int fd, uint32_t slot,
                   const uint8_t key[static SLAB_KEY_LEN],
                   const struct slab_item *item) MUST_CHECK;
/*
 * Open a slot.
 * block    SLAB_BLOCK_LEN bytes of the caller's; *out leads into it
 * returns  RC_OK; RC_FORGED (another week's, overwritten, half written or
 *          damaged); RC_FORMAT; RC_IO
 */
enum rc slab_read(struct slab_item *out, int fd, uint32_t slot,
                  const uint8_t key[static SLAB_KEY_LEN],
                  uint8_t block[static SLAB_BLOCK_LEN]) MUST_CHECK;
/* Overwrite a slot with noise. Not synced. */
enum rc slab_wipe(int fd, uint32_t slot) MUST_CHECK;
enum rc slab_sync(int fd) MUST_CHECK;

#endif
