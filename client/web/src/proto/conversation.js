// SPDX-License-Identifier: ISC
// What a code and an organisation have between them, PROTOCOL.md section 6.
import { x25519 } from '@noble/curves/ed25519.js';
import { concat, u8 } from './bytes.js';
import { burnHash } from './cell.js';
import { kdf } from './kdf.js';

export const ANSWERS_MAX = 64;

export const seedOf = (code) => kdf(code, 'seed');
export const rootOf = (seed, org) => kdf(seed, 'conversation', org);
export const conversationId = (root) => kdf(root, 'conversation id');

export function replyKey(seed, org) {
  const r = kdf(seed, 'reply key', org);
  return { r, R: x25519.getPublicKey(r) };
}

// Each relay has an address of its own for answer i.
export const answerAddress = (root, relay, i) => kdf(root, 'answer drop', concat(u8(i), relay));
export const answerBurnSecret = (root, relay, i) => kdf(root, 'answer burn', concat(u8(i), relay));

/** The 64 clues that announce answers. */
export function answerEntries(root) {
  const wide = Array.from({ length: 16 }, (_, i) => kdf(root, 'answer clue', u8(i), 64));
  const all = concat(...wide);
  return Array.from({ length: ANSWERS_MAX }, (_, i) => all.subarray(16 * i, 16 * i + 16));
}

export { burnHash };
