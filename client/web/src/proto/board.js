// SPDX-License-Identifier: ISC
// Boards and their entries, PROTOCOL.md section 4.
import { x25519 } from '@noble/curves/ed25519.js';
import { concat, random } from './bytes.js';

const ANSWER_ENTRY = 16;
const REPORT_ENTRY = 4096;

/** Is it for answers? Its id says nothing. */
export const isForAnswers = (board) => board.entry === ANSWER_ENTRY;
export const isEntryLength = (length) => length === ANSWER_ENTRY || length === REPORT_ENTRY;

/** Is this X25519 public key below 2^255 - 19? Others would be a mark. */
export function keyIsCanonical(key) {
  if (key[31] < 0x7f) {
    return true;
  }
  if (key[31] > 0x7f || key[0] < 0xed) {
    return key[31] === 0x7f;
  }
  return !key.subarray(1, 31).every((b) => b === 0xff);
}

/** A report entry that is addressed to nobody. */
export function dummyReportEntry() {
  return concat(x25519.getPublicKey(random(32)), random(REPORT_ENTRY - 32));
}
