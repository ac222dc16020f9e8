// SPDX-License-Identifier: ISC
// Effort shown by a RING, PROTOCOL.md section 3.
import { concat } from './bytes.js';
import { NONCE_AT } from './cell.js';
import { blake2b256, hash } from './kdf.js';

export const EFFORT_MAX = 15;

export const challenge = (relayId, directoryHash) => hash('effort', concat(relayId, directoryHash));

function leadingZeros(bytes) {
  let n = 0;
  for (const b of bytes) {
    if (b !== 0) {
      return n + Math.clz32(b) - 24;
    }
    n += 8;
  }
  return n;
}

function input(cell, c) {
  const blank = cell.slice();
  blank.fill(0, NONCE_AT, NONCE_AT + 8);
  return concat(c, blake2b256(blank), cell.subarray(NONCE_AT, NONCE_AT + 8));
}

export const effortOf = (cell, c) =>
  Math.min(EFFORT_MAX, leadingZeros(blake2b256(input(cell, c))));

/** Searches a nonce in slices, so that the page stays alive; the cell holds it afterwards. */
export async function solve(cell, c, want, pause, slice = 2000) {
  const buf = input(cell, c);
  const view = new DataView(buf.buffer, 64);
  for (let n = 0; ; n++) {
    view.setUint32(0, Math.floor(n / 2 ** 32));
    view.setUint32(4, n % 2 ** 32);
    if (leadingZeros(blake2b256(buf)) >= want) {
      cell.set(buf.subarray(64), NONCE_AT);
      return;
    }
    if (n % slice === slice - 1) {
      await pause();
    }
  }
}
