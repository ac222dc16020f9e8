// SPDX-License-Identifier: ISC
// Code points: the page's table is that of the programs, and what Unicode says; a
// stranger's text is shown as the programs show it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as chars from '../src/proto/chars.js';
import { UNICODE } from '../src/proto/chartab.js';
import { hex } from '../src/proto/bytes.js';
import { BadCode, parseCode } from '../src/proto/code.js';
import { findCode } from '../src/proto/codefind.js';
import { shownLine, shownText } from '../src/proto/shown.js';

const LAST = 0x10ffff;
const load = (name) => {
  const { tests } = JSON.parse(readFileSync(new URL(`../../../tests/vectors/${name}.json`, import.meta.url)));
  assert.ok(tests.length > 0);
  return tests;
};
const U = (c) => `U+${c.toString(16)}`;

test('programs and page say the same of every code point', () => {
  const flags = new Uint8Array(LAST + 1);
  const digits = new Int8Array(LAST + 1).fill(-1);
  const folds = new Map();
  for (const run of load('chars')) {
    for (let c = run.first; c <= run.last; c++) {
      if (run.of === 'flags') {
        flags[c] = run.value;
      } else if (run.of === 'digit') {
        digits[c] = run.value - 1 + c - run.first;
      } else {
        folds.set(c, run.letters);
      }
    }
  }
  for (let c = 0; c <= LAST; c++) {
    assert.ok(chars.flagsOf(c) === flags[c], `flags of ${U(c)}`);
    assert.ok(chars.digitValue(c) === digits[c], `digit ${U(c)}`);
    assert.ok(chars.foldOf(c) === (folds.get(c) ?? null), `fold of ${U(c)}`);
  }
});

test('the table is what Unicode says, of all that this node knows', () => {
  // A newer one knows more than the table.
  const older = Number(process.versions.unicode) <= Number(UNICODE);
  const is = (property) => {
    const re = new RegExp(`^${property}$`, 'u');
    return (c) => re.test(String.fromCodePoint(c));
  };
  const known = is('\\P{Cn}');
  const digit = is('\\p{Nd}');
  const unseen = is('[\\p{DI}\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Noncharacter_Code_Point}]');
  const format = is('\\p{Cf}');
  const seenFormats = new Set([0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6dd, 0x70f, 0x890, 0x891, 0x8e2, 0x110bd, 0x110cd]);
  let digits = 0;
  for (let c = 0; c <= LAST; c++) {
    const hidden = (chars.flagsOf(c) & chars.HIDDEN) !== 0;
    const value = chars.digitValue(c);
    digits += value >= 0;
    assert.ok(hidden || !older || !unseen(c), `${U(c)} is seen`);
    assert.ok(hidden || !older || !format(c) || seenFormats.has(c), `${U(c)} is seen`);
    if (known(c) && (older || value >= 0)) {
      assert.equal(value >= 0, digit(c), `digit ${U(c)}`);
    }
    if (value >= 0) {
      assert.equal(chars.digitValue(c - value), 0, `${U(c)} has its row`);
    }
  }
  assert.equal(digits % 10, 0);
  // NFKC is the other way to know the value of some.
  for (let c = 0; c <= LAST; c++) {
    const plain = c >= 0xd800 && c < 0xe000 ? '' : String.fromCodePoint(c).normalize('NFKC');
    if (/^[0-9]$/.test(plain) && digit(c)) {
      assert.equal(chars.digitValue(c), Number(plain), U(c));
    }
  }
  for (const c of [0x61c, 0x34f, 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800, 0xfe00, 0xfe0f, 0x1d173, 0x1d17a]) {
    assert.ok((chars.flagsOf(c) & chars.HIDDEN) !== 0, U(c));
  }
});

test('a code is read in the digits of every script, but not one of zeros', () => {
  const rows = load('chars').filter((run) => run.of === 'digit');
  assert.ok(rows.length >= 76);
  for (const { first, last } of rows) {
    assert.equal(last - first, 9);
    const written = (digits) => digits.replace(/[0-9]/g, (d) => String.fromCodePoint(first + Number(d)));
    assert.equal(hex(parseCode(written('9868188640707215440437863615521278132195'))), 'f'.repeat(32), U(first));
    assert.throws(() => parseCode(written('0'.repeat(40))), BadCode, U(first));
  }
});

test('a code in a text is found as the programs find it', () => {
  for (const { text, found } of load('codefind')) {
    const place = findCode(text);
    assert.equal(place ? text.slice(place.at, place.end) : undefined, found, text);
  }
});

test('what strangers wrote is shown as the programs show it', () => {
  for (const { as, text, shown } of load('shown')) {
    assert.equal((as === 'text' ? shownText : shownLine)(text), shown);
  }
});
