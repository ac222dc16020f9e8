// SPDX-License-Identifier: ISC
// Hashing and key derivation, PROTOCOL.md section 2.
import { blake2b } from '@noble/hashes/blake2.js';
import { concat, u8, utf8 } from './bytes.js';

const NONE = new Uint8Array(0);

function labelled(label, data) {
  const full = utf8(`tocsin/1 ${label}`);
  return concat(u8(full.length), full, data);
}

/** BLAKE2b-256 of the bytes as they are. */
export const blake2b256 = (data) => blake2b(data, { dkLen: 32 });

/** H(label, data) */
export const hash = (label, data = NONE) => blake2b256(labelled(label, data));

/** KDF(key, label, data); dkLen 64 only for the clues of section 6. */
export const kdf = (key, label, data = NONE, dkLen = 32) =>
  blake2b(labelled(label, data), { dkLen, key });
