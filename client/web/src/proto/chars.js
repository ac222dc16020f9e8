// SPDX-License-Identifier: ISC
// What the page must know of a code point, by the table that the programs have, and
// not by the browser's: proto/chars.h says what each flag means.
import { FOLDS, RUNS, ZEROS } from './chartab.js';

export const HIDDEN = 1;
export const JOINING = 2;
export const VIRAMA = 4;
export const SPACELESS = 8;
export const EMOJI = 16;
export const SEPARATOR = 32;
export const COMMA = 64;

/** Records of [first, last, more...], ascending. */
function unpack(text) {
  let at = 0;
  return text.split(' ').map((record) => {
    const [gap, more = '0', ...rest] = record.split(',');
    const first = at + parseInt(gap, 36);
    at = first + parseInt(more, 36);
    return [first, at, ...rest];
  });
}

const runs = unpack(RUNS).map(([first, last, flags]) => [first, last, parseInt(flags, 36)]);
const zeros = unpack(ZEROS).map(([zero]) => [zero, zero + 9]);
const folds = unpack(FOLDS).map(([first, last, step, letters]) => [first, last, Number(step), letters]);

/** The record that c is in, or undefined. */
function find(records, c) {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle][0] <= c) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low > 0 && c <= records[low - 1][1] ? records[low - 1] : undefined;
}

/** The sum of the flags that hold for a code point. */
export const flagsOf = (c) => find(runs, c)?.[2] ?? 0;

/** The value of a decimal digit of any script, or -1. */
export function digitValue(c) {
  const row = find(zeros, c);
  return row ? c - row[0] : -1;
}

/** Text with the digits of any script as 0 to 9. */
export const latinDigits = (text) => Array.from(text, (ch) => {
  const value = digitValue(ch.codePointAt(0));
  return value < 0 ? ch : String(value);
}).join('');

/** The letters a to z that c is read as in a word of a code: '' for an accent; or null. */
export function foldOf(c) {
  if (c < 0x80) {
    return /[a-z]/i.test(String.fromCharCode(c)) ? String.fromCharCode(c | 0x20) : null;
  }
  const run = find(folds, c);
  if (!run) {
    return null;
  }
  const [first, , step, letters] = run;
  return step ? String.fromCharCode(letters.charCodeAt(0) + c - first) : letters;
}
