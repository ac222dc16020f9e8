// SPDX-License-Identifier: ISC
// Signed notes (C2SP signed-note, Ed25519 type 1), PROTOCOL.md section 7.
import { sha256 } from '@noble/hashes/sha2.js';
import { base64Decode, concat, equal, Malformed, u8, utf8, utf8Decode } from './bytes.js';
import { verify } from './ed25519.js';
import { blake2b256 } from './kdf.js';

const NOTE_MAX = 1024 * 1024;
const SIGS_MAX = 64;

export const keyId = (key) =>
  sha256(concat(utf8(key.name), u8(0x0a), u8(1), key.pk)).subarray(0, 4);

/** { text, sigs: [{ name, id, sig }], hash }; nothing is verified. */
export function parseNote(bytes) {
  const whole = bytes.length <= NOTE_MAX ? utf8Decode(bytes) : null;
  const split = whole === null ? -1 : whole.lastIndexOf('\n\n');
  if (split < 0 || !whole.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(whole)) {
    throw new Malformed('not a signed note');
  }
  const text = whole.slice(0, split + 1);
  const lines = whole.slice(split + 2).split('\n').slice(0, -1);
  if (lines.length < 1 || lines.length > SIGS_MAX) {
    throw new Malformed('no signatures, or too many');
  }
  const sigs = lines.map((line) => {
    const m = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line);
    const raw = m ? base64Decode(m[2]) : new Uint8Array(0);
    if (raw.length < 5) {
      throw new Malformed('not a signature line');
    }
    return { name: m[1], id: raw.subarray(0, 4), sig: raw.subarray(4) };
  });
  return { text, sigs, hash: blake2b256(utf8(text)) };
}

/**
 * How many of these distinct keys signed. A bad signature of a known key
 * refuses the note.
 */
export function countSigners(note, keys) {
  const message = utf8(note.text);
  const signers = new Set();
  for (const { name, id, sig } of note.sigs) {
    keys.forEach((key, i) => {
      if (key.name !== name || !equal(keyId(key), id)) {
        return;
      }
      if (sig.length !== 64 || !verify(sig, message, key.pk)) {
        throw new Malformed('a signature that does not fit');
      }
      signers.add(i);
    });
  }
  return signers.size;
}
