/* SPDX-License-Identifier: ISC */
/*
 * Signed notes: text and Ed25519 signatures.
 * source   C2SP signed-note v1, signature type 1 only
 */
#ifndef NOTE_H
#define NOTE_H

#include "kdf.h"
#include "rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTE_MAX      (1024 * 1024)
#define NOTE_SIGS_MAX 64
#define NOTE_NAME_MAX 64
#define NOTE_HASH_LEN 32
#define NOTE_VKEY_MAX (NOTE_NAME_MAX + 1 + 8 + 1 + 44 + 1)

struct note_key {
    char name[NOTE_NAME_MAX + 1];
    uint8_t pk[32];
};

struct note_sig {
    const char *name; /* name_len bytes, borrowed */
    size_t name_len;
    uint8_t id[4];
    const uint8_t *base64; /* id and signature, borrowed */
    size_t base64_len;
};

struct note {
    const char *text; /* text_len bytes with the final newline, borrowed */
    size_t text_len;
    size_t n_sigs;
    struct note_sig sigs[NOTE_SIGS_MAX];
};

/* Names of our keys: 1..NOTE_NAME_MAX bytes of printable ASCII, no plus. */
bool note_name_is_valid(const char *name, size_t len);
/* The four bytes that name a key: SHA-256(name || 0x0a || 0x01 || pk). */
void note_key_id(uint8_t id[static 4], const struct note_key *key);
/* "name+id+base64" as C2SP writes verifier keys. */
void note_vkey_write(char out[static NOTE_VKEY_MAX],
                     const struct note_key *key);
/* RC_OK, RC_FORMAT. */
enum rc note_vkey_parse(struct note_key *out, const char *in,
                        size_t len) MUST_CHECK;
/* RC_OK, RC_FORMAT. Nothing is verified. */
enum rc note_parse(struct note *out, const uint8_t *in, size_t len) MUST_CHECK;
/*
 * Verify with known keys.
 * signers  keys (as bits of their index, n <= 64) whose signature is there
 *          and good
 * returns  RC_OK with at least one; RC_MISSING with none; RC_FORGED when the
 *          signature of a known key does not verify (the note is refused)
 */
enum rc note_verify(uint64_t *signers, const struct note *note,
                    const struct note_key *keys, size_t n) MUST_CHECK;
/* How many keys that are. */
unsigned note_count(uint64_t signers);
/* BLAKE2b-256 of the text without signatures. */
void note_hash(uint8_t out[static NOTE_HASH_LEN], const struct note *note);
/*
 * A signed note from a text or an already signed note, one signature more.
 * in       text ending in a newline, or a whole note
 * out      heap, *out_len bytes; the caller frees it
 * sk       libsodium's 64-byte form, its public half is key->pk
 * returns  RC_OK (the same note again if the key has signed it already);
 *          RC_FORMAT (also a text with a line that begins like a signature);
 *          RC_FORGED (there is a bad signature of this key); RC_FULL (more
 *          than NOTE_SIGS_MAX or NOTE_MAX); RC_NOMEM
 */
enum rc note_sign(uint8_t **out, size_t *out_len, const uint8_t *in, size_t len,
                  const struct note_key *key,
                  const uint8_t sk[static 64]) MUST_CHECK;
/* Joins the signatures of two notes with the same text: RC_FORMAT if the
 * texts differ, RC_FULL, RC_NOMEM. Doubles are left out. Verifies nothing. */
enum rc note_merge(uint8_t **out, size_t *out_len, const uint8_t *a,
                   size_t a_len, const uint8_t *b, size_t b_len) MUST_CHECK;

#endif
