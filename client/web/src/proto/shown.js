// SPDX-License-Identifier: ISC
// A stranger's text, as it may be shown: what is not seen, gives orders or reorders
// comes as its number, except where writing needs it. PROTOCOL.md section 6, "Shown".
import { EMOJI, flagsOf, HIDDEN, JOINING, SPACELESS, VIRAMA } from './chars.js';

const DEEP = 16; // isolates within each other; more are numbers

const opensIsolate = (c) => c >= 0x2066 && c <= 0x2068;
const closesIsolate = (c) => c === 0x2069;
const isKeycap = (c) => c < 0x80 && /[0-9#*]/.test(String.fromCodePoint(c));
const isStyle = (c) => c === 0xfe0e || c === 0xfe0f;

/** Indexes of the isolates that are closed in this line, and of their ends. */
function balanced(line) {
  const open = [];
  const fit = new Set();
  let tooDeep = 0;
  line.forEach((c, i) => {
    if (opensIsolate(c) && open.length === DEEP) {
      tooDeep++;
    } else if (opensIsolate(c)) {
      open.push(i);
    } else if (closesIsolate(c) && tooDeep > 0) {
      tooDeep--;
    } else if (closesIsolate(c) && open.length > 0) {
      fit.add(open.pop()).add(i);
    }
  });
  return fit;
}

/** The tag characters from i on that make the black flag before them another one. */
function tagsOfFlag(line, i) {
  const tags = line.slice(i, i + 7);
  const end = tags.indexOf(0xe007f);
  const isTag = (c) => /[0-9a-z]/.test(c >= 0xe0020 && c < 0xe007f ? String.fromCodePoint(c - 0xe0000) : ' ');
  return end >= 3 && tags.slice(0, end).every(isTag) ? end + 1 : 0;
}

/** Does writing need this character, that is not seen, between these two? */
function isNeeded(c, before, varied, after, tags) {
  const b = before ? flagsOf(before) : 0;
  const both = b & flagsOf(after);
  switch (c) {
    case 0x200b:
      return (both & SPACELESS) !== 0;
    case 0x200c:
    case 0x200d:
      return (both & JOINING) !== 0 || (b & VIRAMA) !== 0 || (c === 0x200d && (both & EMOJI) !== 0);
    case 0xfe0e:
    case 0xfe0f:
      return !varied && ((b & EMOJI) !== 0 || (isKeycap(before) && after === 0x20e3));
    default:
      return tags > 0;
  }
}

function line(text) {
  const chars = Array.from(text, (ch) => ch.codePointAt(0));
  const fit = balanced(chars);
  let before = 0; // the character before, if it came as it is
  let varied = false; // and a variation selector after it
  let tags = 0; // to come, of a flag
  return chars.map((c, i) => {
    const isolate = opensIsolate(c) || closesIsolate(c);
    const asIs = (flagsOf(c) & HIDDEN) === 0
      || (isolate ? fit.has(i) : isNeeded(c, before, varied, chars[i + 1] ?? 0, tags));
    tags = tags > 0 ? tags - 1 : asIs && c === 0x1f3f4 ? tagsOfFlag(chars, i + 1) : 0;
    varied = asIs && isStyle(c);
    if (!varied) {
      before = asIs ? c : 0;
    }
    const number = c.toString(16);
    return asIs ? String.fromCodePoint(c) : c < 0x80 ? `\\x${number.padStart(2, '0')}` : `\\u{${number.padStart(4, '0')}}`;
  }).join('');
}

/** A text of lines. */
export const shownText = (text) => text.split('\n').map(line).join('\n');

/** What is one line: a name. Newlines, too, come as their number. */
export const shownLine = line;
