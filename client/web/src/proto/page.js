// SPDX-License-Identifier: ISC
// Pages of a board, PROTOCOL.md section 4.
import { compare, concat, equal, isZero, Malformed, Reader, utf8 } from './bytes.js';
import { isForAnswers, keyIsCanonical } from './board.js';
import { verify } from './ed25519.js';
import { blake2b256 } from './kdf.js';

const PREFIX = utf8('tocsin/1 page\n');

/** Decode the page at the start of untrusted bytes; its signature is not checked. */
export function parsePage(board, bytes) {
  const r = new Reader(bytes);
  r.require(r.u8() === 1 && r.u8() === board.id && r.u16() === board.tick);
  const slots = r.u16();
  const effort = r.u8();
  r.zero(1);
  const number = r.u64();
  const previous = r.u64();
  const previousHash = r.take(32);
  r.zero(8);
  r.require(effort <= 15 && slots <= board.max && slots % board.slots === 0);
  const times = slots / board.slots;
  r.require(times > 0 && (times & (times - 1)) === 0);
  r.require(number < 2 ** 48 && previous < number && (previous !== 0 || isZero(previousHash)));
  const entries = [];
  for (let i = 0; i < slots; i++) {
    const entry = r.take(board.entry);
    r.require(i === 0 || compare(entries[i - 1], entry) < 0);
    r.require(isForAnswers(board) || keyIsCanonical(entry));
    entries.push(entry);
  }
  const signature = r.take(64);
  const whole = bytes.subarray(0, r.at);
  return { number, previous, previousHash, slots, effort, entries, signature, bytes: whole };
}

export const pageHash = (page) => blake2b256(page.bytes);

export const pageIsSigned = (page, pk) =>
  verify(page.signature, concat(PREFIX, page.bytes.subarray(0, -64)), pk);

/**
 * A file of pages: each follows the one before, the last is signed.
 * after: null, or { number, hash } of the page known before.
 */
export function parseSpan(board, bytes, pk, after = null) {
  const pages = [];
  let last = after;
  for (let at = 0; at < bytes.length; ) {
    const page = parsePage(board, bytes.subarray(at));
    if (last && (page.previous !== last.number || !equal(page.previousHash, last.hash))) {
      throw new Malformed('the chain of pages is broken');
    }
    last = { number: page.number, hash: pageHash(page) };
    pages.push(page);
    at += page.bytes.length;
  }
  if (pages.length > 0 && !pageIsSigned(pages[pages.length - 1], pk)) {
    throw new Malformed('a page without a good signature');
  }
  return { pages, last };
}
