// SPDX-License-Identifier: ISC
// Writes the tables of code points that programs and page share, from the Unicode
// data that node has built in:
//   node scripts/unicode.mjs      writes proto/chartab.c, client/web/src/proto/chartab.js
// Needed for a new version of Unicode only; tests say that both tables are the same
// and that they are what Unicode says (tests/vectors/chars.json, chars_test.mjs).
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LAST = 0x10ffff;
const any = (...lists) => new Set(lists.flat());
const span = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

// What no property says.
/** Signs of Arabic, Syriac and Kaithi that are format characters, and are seen. */
const SEEN = any(span(0x600, 0x605), 0x6dd, 0x70f, 0x890, 0x891, 0x8e2, 0x110bd, 0x110cd);
/** Spaces of ordinary writing: French, figures, Chinese and Japanese. */
const SPACES = any(0x20, 0xa0, 0x2009, 0x202f, 0x3000);
/** Symbols and letters without ink. */
const BLANK = any(0x2800, 0xfffc, 0x13441, 0x13442, 0x16fe4, 0x1d159);
/** A minus sign, an apostrophe and accents that stand for one. */
const APART = any(0x60, 0xb4, 0x2bc, 0x2212);
const COMMAS = any(0x2c, 0x55d, 0x60c, 0x7f8, 0x104a, 0x1363, 0x1802, 0x1808, 0x2e32, 0x2e34, 0x2e41,
  0x2e4c, 0x3001, 0xa4fe, 0xa60d, 0xa6f5, 0xfe10, 0xfe11, 0xfe50, 0xfe51, 0xff0c, 0xff64, 0x1da87);
const VIRAMAS = any(0x94d, 0x9cd, 0xa4d, 0xacd, 0xb4d, 0xbcd, 0xc4d, 0xccd, 0xd4d, 0xdca);
const JOINING = ['Arabic', 'Syriac', 'Mandaic', 'Nko', 'Adlam', 'Hanifi_Rohingya', 'Mongolian', 'Phags_Pa',
  'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam',
  'Sinhala', 'Myanmar', 'Khmer', 'Javanese', 'Balinese', 'Sundanese', 'Newa', 'Tirhuta', 'Syloti_Nagri',
  'Chakma', 'Meetei_Mayek', 'Limbu', 'Lepcha', 'Saurashtra', 'Grantha', 'Kaithi'];
const SPACELESS = ['Khmer', 'Lao', 'Thai', 'Myanmar'];
/** Letters that look like ours, and letters of our alphabet that have no base. */
const LIKE = new Map(Object.entries({
  а: 'a', е: 'e', о: 'o', р: 'p', с: 'c', у: 'y', х: 'x', і: 'i', ј: 'j', ѕ: 's', һ: 'h', ԁ: 'd', ԛ: 'q',
  ԝ: 'w', ӏ: 'l', А: 'a', В: 'b', Е: 'e', К: 'k', М: 'm', Н: 'h', О: 'o', Р: 'p', С: 'c', Т: 't', У: 'y',
  Х: 'x', І: 'i', Ј: 'j', Ѕ: 's', Ԛ: 'q', Ԝ: 'w', Α: 'a', Β: 'b', Ε: 'e', Ζ: 'z', Η: 'h', Ι: 'i', Κ: 'k',
  Μ: 'm', Ν: 'n', Ο: 'o', Ρ: 'p', Τ: 't', Υ: 'y', Χ: 'x', ο: 'o', ϲ: 'c', ϳ: 'j', Ϲ: 'c', ɑ: 'a', ɡ: 'g',
  ı: 'i', ȷ: 'j', ø: 'o', Ø: 'o', ł: 'l', Ł: 'l', đ: 'd', Đ: 'd', ħ: 'h', Ħ: 'h', ŧ: 't', Ŧ: 't', ß: 'ss',
  ẞ: 'ss', æ: 'ae', Æ: 'ae', œ: 'oe', Œ: 'oe',
}));

const property = (text) => {
  const re = new RegExp(`^[${text}]$`, 'u');
  return (c) => re.test(String.fromCodePoint(c));
};
const scripts = (of, names) => names.map((n) => `\\p{${of}=${n}}`).join('');
const is = {
  unassigned: property('\\p{Cn}'),
  letter: property('\\p{L}\\p{M}'),
  mark: property('\\p{M}'),
  ignorable: property('\\p{DI}'),
  format: property('\\p{Cf}'),
  control: property('\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Noncharacter_Code_Point}'),
  space: property('\\p{Zs}'),
  white: property('\\p{White_Space}'),
  punctuation: property('\\p{P}'),
  digit: property('\\p{Nd}'),
  emoji: property('\\p{Emoji}'),
  joining: property(scripts('scx', JOINING)),
  spaceless: property(scripts('sc', SPACELESS)),
  written: property('\\p{L}\\p{M}\\p{N}\\p{P}'),
  ours: property(scripts('scx', ['Latin', 'Common', 'Inherited'])),
};

// The bits of chars.h.
function flagsOf(c) {
  const blank = BLANK.has(c) || is.ignorable(c) || (is.format(c) && !SEEN.has(c));
  const hidden = blank || is.control(c) || (is.space(c) && !SPACES.has(c));
  const joining = !hidden && is.joining(c) && is.letter(c);
  return (hidden ? 1 : 0) | (joining ? 2 : 0) | (VIRAMAS.has(c) ? 4 : 0)
    | (!hidden && is.spaceless(c) && is.written(c) ? 8 : 0)
    | (c > 0x7f && is.emoji(c) ? 16 : 0)
    | (blank || is.white(c) || is.punctuation(c) || APART.has(c) ? 32 : 0)
    | (COMMAS.has(c) ? 64 : 0);
}

/** [first, last, flags]; code points of no flags are left out. */
function flagRuns() {
  const runs = [];
  for (let c = 0; c <= LAST; c++) {
    const flags = flagsOf(c);
    const last = runs.at(-1);
    if (flags !== 0 && last?.[1] === c - 1 && last[2] === flags) {
      last[1] = c;
    } else if (flags !== 0) {
      runs.push([c, c, flags]);
    }
  }
  return runs;
}

/** Of each row of ten digits the zero. */
function zeros() {
  const found = [];
  for (let c = 0; c <= LAST; c++) {
    if (is.digit(c)) {
      // Rows have ten, and may stand one after another.
      if (!span(c, c + 9).every(is.digit)) {
        throw new Error(`no row of ten digits at ${c.toString(16)}`);
      }
      found.push(c);
      c += 9;
    }
  }
  return found;
}

/** The letters a to z that a character is read as in a word of a code; or null. */
function foldOf(c) {
  if (c < 0x80 || is.unassigned(c) || is.control(c) || is.ignorable(c)) {
    return null;
  }
  const letters = [...String.fromCodePoint(c).normalize('NFKD')].filter((x) => !is.mark(x.codePointAt(0)));
  if (letters.length === 0) {
    return is.ours(c) ? '' : null;
  }
  const read = letters.map((x) => LIKE.get(x) ?? (/^[A-Za-z]$/.test(x) ? x.toLowerCase() : '?')).join('');
  return /^[a-z]{1,4}$/.test(read) ? read : null;
}

/** [first, last, step, letters]: with step 1 each has the letter after that before. */
function foldRuns() {
  const runs = [];
  for (let c = 0; c <= LAST; c++) {
    const to = foldOf(c);
    const run = runs.at(-1);
    if (to === null) {
      continue;
    }
    if (run?.[1] === c - 1) {
      const n = c - run[0];
      const next = (step) => String.fromCharCode(run[3].charCodeAt(0) + n * step);
      const step = [0, 1].find((s) => (run[2] === s || n === 1) && (to === run[3] ? s === 0 : run[3].length === 1 && to === next(s)));
      if (step !== undefined) {
        run[1] = c;
        run[2] = step;
        continue;
      }
    }
    runs.push([c, c, 0, to]);
  }
  return runs;
}

const hex = (n) => `0x${n.toString(16)}`;

/** Items of a C table, as many on a line as fit. */
function filled(items) {
  const lines = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + item.length + 2 < 80) {
      lines[lines.length - 1] = `${last} ${item},`;
    } else {
      lines.push(`    ${item},`);
    }
  }
  return lines.join('\n');
}

function cText(version, runs, zero, folds) {
  return `/* SPDX-License-Identifier: ISC */
/* Made by scripts/unicode.mjs from the data of Unicode ${version}: don't edit. */
#include "chartab.h"

/* clang-format off */
const struct chartab_run chartab_runs[] = {
${filled(runs.map(([first, last, flags]) => `{${hex(first)}, ${hex(last)}, ${flags}}`))}
};
const size_t chartab_n_runs = sizeof chartab_runs / sizeof *chartab_runs;

const uint32_t chartab_zeros[] = {
${filled(zero.map(hex))}
};
const size_t chartab_n_zeros = sizeof chartab_zeros / sizeof *chartab_zeros;

const struct chartab_fold chartab_folds[] = {
${filled(folds.map(([first, last, step, to]) => `{${hex(first)}, ${hex(last)}, ${step}, "${to}"}`))}
};
const size_t chartab_n_folds = sizeof chartab_folds / sizeof *chartab_folds;
`;
}

/** In base 36, each first counted from the last before it. */
function jsText(version, runs, zero, folds) {
  let at = 0;
  const from = (first, last) => {
    const text = `${(first - at).toString(36)},${(last - first).toString(36)}`;
    at = last;
    return text;
  };
  const list = (items) => {
    at = 0;
    return items.join(' ').replace(/.{1,110}(?: |$)/g, (line) => `\n  + '${line}'`).replace(/^\n {2}\+ /, '');
  };
  return `// SPDX-License-Identifier: ISC
// Made by scripts/unicode.mjs from the data of Unicode ${version}: don't edit.
export const UNICODE = '${version}';

/** first (from the last before), length - 1, flags; in base 36. */
export const RUNS = ${list(runs.map(([first, last, flags]) => `${from(first, last)},${flags.toString(36)}`))};

export const ZEROS = ${list(zero.map((z) => from(z, z).replace(/,0$/, '')))};

/** first, length - 1, step, letters. */
export const FOLDS = ${list(folds.map(([first, last, step, to]) => `${from(first, last)},${step},${to}`))};
`;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = join(root, 'client/web/src/proto/chartab.js');
const there = /UNICODE = '([0-9.]+)'/.exec(readFileSync(page, 'utf8'))[1];
if (Number(process.versions.unicode) < Number(there)) {
  throw new Error(`this node knows Unicode ${process.versions.unicode}, the tables are of ${there}`);
}
const tables = [process.versions.unicode, flagRuns(), zeros(), foldRuns()];
writeFileSync(join(root, 'proto/chartab.c'), cText(...tables));
writeFileSync(page, jsText(...tables));
console.log(`Unicode ${tables[0]}: ${tables[1].length} runs, ${tables[2].length} rows of digits, ${tables[3].length} folds`);
