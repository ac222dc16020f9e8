// SPDX-License-Identifier: ISC
// The reporter's code: 128 bits as 12 words or 40 digits, PROTOCOL.md section 6.
import { sha256 } from '@noble/hashes/sha2.js';
import { wordlist } from '@scure/bip39/wordlists/english.js';

export const WORDS = 12;
export const DIGITS = 40;

/** what: 'count', 'word', 'checksum' or 'character'. */
export class BadCode extends Error {
  constructor(what, detail = {}) {
    super(what);
    this.what = what;
    Object.assign(this, detail);
  }
}

const toInt = (bytes) => bytes.reduce((v, b) => (v << 8n) | BigInt(b), 0n);

function toBytes(v) {
  const out = new Uint8Array(16);
  for (let i = 15; i >= 0; i--, v >>= 8n) {
    out[i] = Number(v & 255n);
  }
  return out;
}

export function codeWords(code) {
  let v = (toInt(code) << 4n) | BigInt(sha256(code)[0] >> 4);
  const words = [];
  for (let i = 0; i < WORDS; i++, v >>= 11n) {
    words.unshift(wordlist[Number(v & 2047n)]);
  }
  return words;
}

export const codeDigits = (code) => (toInt(code) * 29n).toString().padStart(DIGITS, '0');

/** The value of a decimal digit of any script, or -1. */
export function digitValue(ch) {
  if (!/\p{Nd}/u.test(ch)) {
    return -1;
  }
  // Scripts have their ten digits in a row, and runs begin with a zero.
  let n = 0;
  for (let c = ch.codePointAt(0); n < 10 && /\p{Nd}/u.test(String.fromCodePoint(c - 1)); c--) {
    n++;
  }
  // Rows of several styles stand one after another in a few blocks.
  return ch.codePointAt(0) >= 0x1d7ce && ch.codePointAt(0) <= 0x1d7ff
    ? (ch.codePointAt(0) - 0x1d7ce) % 10 : n % 10;
}

function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
    }
    row = next;
  }
  return row[b.length];
}

/** The word of the list that was probably meant, or ''. */
export function likelyWord(typed) {
  const near = wordlist.map((w) => [distance(typed, w), w]).sort((a, b) => a[0] - b[0]);
  return near[0][0] <= 2 ? near[0][1] : '';
}

function wordIndex(typed) {
  const at = wordlist.indexOf(typed);
  if (at >= 0 || typed.length < 4) {
    return at;
  }
  return typed.length === 4 ? wordlist.findIndex((w) => w.startsWith(typed)) : -1;
}

function fromWords(words) {
  if (words.length !== WORDS) {
    throw new BadCode('count', { count: words.length });
  }
  let v = 0n;
  words.forEach((w, i) => {
    const at = wordIndex(w);
    if (at < 0) {
      throw new BadCode('word', { position: i + 1, word: w, hint: likelyWord(w) });
    }
    v = (v << 11n) | BigInt(at);
  });
  const code = toBytes(v >> 4n);
  if (BigInt(sha256(code)[0] >> 4) !== (v & 15n)) {
    throw new BadCode('checksum');
  }
  return code;
}

function fromDigits(digits) {
  if (digits.length !== DIGITS) {
    throw new BadCode('count', { count: digits.length });
  }
  const v = BigInt(digits.join(''));
  if (v % 29n !== 0n || v / 29n >= 1n << 128n) {
    throw new BadCode('checksum');
  }
  return toBytes(v / 29n);
}

/** A code as a person types it. Throws BadCode. */
export function parseCode(text) {
  const chars = Array.from(text.replace(/[\s,\-\u2010-\u2015]+/gu, ''));
  const values = chars.map(digitValue);
  if (chars.length > 0 && values.every((v) => v >= 0)) {
    return fromDigits(values);
  }
  const words = text.toLowerCase().split(/[\s,\-\u2010-\u2015]+/u).filter(Boolean);
  if (values.some((v) => v >= 0)) {
    throw new BadCode('character');
  }
  return fromWords(words);
}
