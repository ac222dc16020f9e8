// SPDX-License-Identifier: ISC
// Effort shown by a RING or a PUT, PROTOCOL.md section 3.
import { concat, Malformed, random, u8 } from './bytes.js';
import { NONCE_AT } from './cell.js';
import { blake2b256, hash } from './kdf.js';
import { parseSpan } from './page.js';

export const EFFORT_MAX = 15;
export const HOUR = 3600;
const AFTER = 120; // seconds after which the page of an hour is settled

/** s: the latest full hour that is at least one tick and 120 s past. */
export const effortHour = (tick, now) => Math.max(0, Math.floor((now - tick - AFTER) / HOUR)) * HOUR;

/**
 * h, the hash of the relay's newest page at s, as the first page after s names it
 * in these pages; null if none of them is after s.
 */
export function hashBefore(board, pk, s, bytes) {
  const last = s / board.tick;
  const page = parseSpan(board, bytes, pk, null).pages.find((p) => p.number > last);
  if (page && page.previous > last) {
    throw new Malformed('not the first page after the hour');
  }
  return page ? page.previousHash : null;
}

export const challenge = (relayId, board, h) => hash('effort', concat(relayId, u8(board), h));

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
  buf.set(random(8), 64);
  for (let n = 1; leadingZeros(blake2b256(buf)) < want; n++) {
    const low = (view.getUint32(4) + 1) % 2 ** 32;
    view.setUint32(4, low);
    if (low === 0) {
      view.setUint32(0, (view.getUint32(0) + 1) % 2 ** 32);
    }
    if (n % slice === 0) {
      await pause();
    }
  }
  cell.set(buf.subarray(64), NONCE_AT);
}
