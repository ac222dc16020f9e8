// SPDX-License-Identifier: ISC
// The reporter's code: 128 bits as 12 words or 40 digits, PROTOCOL.md section 6.
import { sha256 } from '@noble/hashes/sha2.js';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { isZero, random } from './bytes.js';
import { digitValue, flagsOf, foldOf, SEPARATOR } from './chars.js';

export const WORDS = 12;
export const DIGITS = 40;
const GROUPS = 10; // of digits, as they are shown
const GROUP = 4;

/** what: 'count', 'word', 'letter', 'checksum' or 'character'. */
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

/** Not all zeros: what a fault would leave, and nobody draws. */
const isDrawn = (code) => !isZero(code);

export function freshCode() {
  let code;
  do {
    code = random(16);
  } while (!isDrawn(code));
  return code;
}

/** Letters added, left out, changed, or swapped with their neighbour. */
function distance(a, b) {
  const d = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (__, j) => (i === 0 || j === 0 ? i + j : 0)));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      d[i][j] = Math.min(d[i - 1][j - 1] + (a[i - 1] !== b[j - 1]), d[i - 1][j] + 1, d[i][j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.length][b.length];
}

/** The only word with this beginning, or ''. */
function onlyBeginning(letters) {
  const found = wordlist.filter((w) => w.startsWith(letters));
  return found.length === 1 ? found[0] : '';
}

/** The nearest word, '' if two are equally near; a wrong first letter weighs more. */
function nearest(typed) {
  let least = Infinity;
  let found = '';
  for (const w of wordlist) {
    const d = distance(typed, w);
    const weight = 2 * d + (w[0] !== typed[0]);
    if (d <= 1 && d + 1 < typed.length && weight <= least) {
      found = weight < least ? w : '';
      least = weight;
    }
  }
  return found;
}

/** The word of the list that was probably meant, or ''. */
export function likelyWord(typed) {
  if (!/^[a-z]{2,}$/.test(typed)) {
    return '';
  }
  return onlyBeginning(typed) || (typed.length <= 9 ? nearest(typed) : onlyBeginning(typed.slice(0, 4)));
}

const byBeginning = new Map(wordlist.map((w, i) => [w.slice(0, 4), i]));

/** The index of a word, or of its first four letters or more; -1. */
function wordIndex(letters) {
  const i = byBeginning.get(letters.slice(0, 4)) ?? -1;
  return i >= 0 && wordlist[i].startsWith(letters) ? i : -1;
}

/** Is what codePart read a word of a code, or its beginning of four letters or more? */
export const isCodeWord = (part) => wordIndex(part) >= 0;

/** The letters a to z that a word is read as, and the first character that is like none. */
function fold(word) {
  const chars = Array.from(word);
  const read = chars.map((ch) => foldOf(ch.codePointAt(0)));
  return { letters: read.join(''), letter: chars[read.indexOf(null)] };
}

const digitsOf = (part) => Array.from(part, (ch) => digitValue(ch.codePointAt(0)));

/** Is it the n that a list has before its nth line, as in "1." or "2)"? */
function isNumbering(part, n) {
  const digits = digitsOf(part);
  return digits.length <= 2 && digits.every((d) => d >= 0) && Number(digits.join('')) === n;
}

/** Is it a list of ten groups of four digits, numbered 1 to 10? */
const hasNumberedGroups = (parts) => parts.length === 2 * GROUPS && parts.every((part, i) => (i % 2 === 0
  ? isNumbering(part, i / 2 + 1)
  : digitsOf(part).length === GROUP && digitsOf(part).every((d) => d >= 0)));

/** Digits, or words? These may be a list, whose first line begins with "1". */
const isOfDigits = (parts) => parts.length > 0 && digitsOf(parts[0])[0] >= 0
  && !(isNumbering(parts[0], 1) && parts.length > 1 && digitsOf(parts[1])[0] < 0);

function fromWords(parts) {
  const words = [];
  parts.forEach((part) => {
    if (!isNumbering(part, words.length + 1)) {
      words.push(part);
    }
  });
  let v = 0n;
  words.forEach((word, i) => {
    const { letters, letter } = fold(word);
    const at = i < WORDS && letter === undefined ? wordIndex(letters) : 0;
    if (i < WORDS && letter !== undefined) {
      throw new BadCode('letter', { position: i + 1, word, letter });
    }
    if (at < 0) {
      throw new BadCode('word', { position: i + 1, word, hint: likelyWord(letters) });
    }
    v = (v << 11n) | BigInt(at);
  });
  if (words.length !== WORDS) {
    throw new BadCode('count', { count: words.length });
  }
  const code = toBytes(v >> 4n);
  if (BigInt(sha256(code)[0] >> 4) !== (v & 15n) || !isDrawn(code)) {
    throw new BadCode('checksum');
  }
  return code;
}

function fromDigits(digits) {
  if (digits.some((d) => d < 0)) {
    throw new BadCode('character');
  }
  if (digits.length !== DIGITS) {
    throw new BadCode('count', { count: digits.length });
  }
  const v = BigInt(digits.join(''));
  if (v === 0n || v % 29n !== 0n || v / 29n >= 1n << 128n) {
    throw new BadCode('checksum');
  }
  return toBytes(v / 29n);
}

/** What stands between separators. */
function partsOf(text) {
  const parts = [''];
  for (const ch of text) {
    if ((flagsOf(ch.codePointAt(0)) & SEPARATOR) !== 0) {
      parts.push('');
    } else {
      parts[parts.length - 1] += ch;
    }
  }
  return parts.filter((part) => part !== '');
}

/** An accent that stands alone is no word. */
const isWord = (part) => fold(part).letters !== '' || fold(part).letter !== undefined;

/** A code as a person types it. Throws BadCode. */
export function parseCode(text) {
  const parts = partsOf(text);
  if (!isOfDigits(parts)) {
    return fromWords(parts.filter(isWord));
  }
  return fromDigits(digitsOf((hasNumberedGroups(parts) ? parts.filter((_, i) => i % 2 === 1) : parts).join('')));
}

/** A word of a code, or some digits, as parseCode would read them; null for what can't be. */
export function codePart(text) {
  const read = partsOf(text).filter(isWord).flatMap((part) => Array.from(part, (ch) => {
    const value = digitValue(ch.codePointAt(0));
    return value >= 0 ? String(value) : foldOf(ch.codePointAt(0));
  }));
  return read.includes(null) ? null : read.join('');
}

export function isCode(text) {
  try {
    parseCode(text).fill(0);
    return true;
  } catch {
    return false;
  }
}
