// SPDX-License-Identifier: ISC
// A code within a text: whoever reads the text would have it. PROTOCOL.md section 6.
import { digitValue, flagsOf, foldOf, SEPARATOR } from './chars.js';
import { codePart, DIGITS, isCode, isCodeWord, WORDS } from './code.js';

const NUMBERING_MAX = 2; // digits of a number that counts the parts
const GROUP_LEN = 4; // digits of a group, as they are shown

const isSign = (c) => c > 0x20 && c < 0x7f && digitValue(c) < 0 && foldOf(c) === null;

/** What a piece between separators is: 'word', 'digits', 'signs' (bullets), or 'other'. */
function judge({ text, at }) {
  const chars = Array.from(text, (ch) => ch.codePointAt(0));
  const part = codePart(text);
  const digits = chars.every((c) => digitValue(c) >= 0) ? chars.length : 0;
  const signs = chars.every(isSign) || part === '';
  const kind = signs ? 'signs' : digits ? 'digits' : part !== null && isCodeWord(part) ? 'word' : 'other';
  return { kind, at, end: at + text.length, part, digits };
}

function tokensOf(text) {
  const tokens = [];
  let open = null;
  let at = 0;
  for (const ch of text) {
    if ((flagsOf(ch.codePointAt(0)) & SEPARATOR) !== 0) {
      open = null;
    } else if (open) {
      open.text += ch;
    } else {
      open = { text: ch, at };
      tokens.push(open);
    }
    at += ch.length;
  }
  return tokens.map(judge);
}

/** Do numbers from tokens[i] on make 40 digits that are a code? The index of the last, or -1. */
function digitsFrom(text, tokens, i) {
  const between = (j) => text.slice(tokens[j].end, tokens[j + 1].at);
  const isDigits = (j) => tokens[j]?.kind === 'digits';
  const first = tokens[i];
  let last = i;
  let total = first.digits;
  while (total < DIGITS && isDigits(last + 1)) {
    last++;
    total += tokens[last].digits;
  }
  if (total !== DIGITS) {
    return -1;
  }
  const before = isDigits(i - 1);
  const after = isDigits(last + 1);
  const inner = tokens.slice(i, last).map((_, k) => between(i + k));
  // Not if they are part of a longer row: with the same between them, or of one length.
  const alone = !before && !after;
  const alike = inner.every((s) => s === inner[0])
    && (last === i || ((!before || between(i - 1) !== inner[0]) && (!after || between(last) !== inner[0])));
  const equal = tokens.slice(i, last + 1).every((t) => t.digits === first.digits)
    && (!before || tokens[i - 1].digits !== first.digits) && (!after || tokens[last + 1].digits !== first.digits);
  return (alone || alike || equal) && isCode(text.slice(first.at, tokens[last].end)) ? last : -1;
}

/** "1 0195 2 4667 ...": groups of four, numbered from 1 on. */
function numberedFrom(tokens, i) {
  const n = DIGITS / GROUP_LEN;
  const row = tokens.slice(i, i + 2 * n);
  const fits = row.length === 2 * n && row.every((t, k) => t.kind === 'digits'
    && (k % 2 === 0 ? t.part === String(k / 2 + 1) : t.digits === GROUP_LEN));
  return fits && isCode(row.filter((_, k) => k % 2 === 1).map((t) => t.part).join('')) ? i + 2 * n - 1 : -1;
}

/**
 * The first code in a text, in any spelling that parseCode reads, and with its parts
 * numbered: { at, end }, or null.
 */
export function findCode(text) {
  const tokens = tokensOf(text);
  let words = [];
  for (const [i, t] of tokens.entries()) {
    if (t.kind === 'word') {
      words = [...words, t].slice(-WORDS);
      if (words.length === WORDS && isCode(words.map((w) => w.part).join(' '))) {
        return { at: words[0].at, end: t.end };
      }
    } else if (t.kind === 'digits') {
      const last = Math.max(digitsFrom(text, tokens, i), numberedFrom(tokens, i));
      if (last >= 0) {
        return { at: t.at, end: tokens[last].end };
      }
      words = t.digits <= NUMBERING_MAX ? words : [];
    } else if (t.kind === 'other') {
      words = [];
    }
  }
  return null;
}
