// SPDX-License-Identifier: ISC
// What the texts of reports and of answers have in common, PROTOCOL.md section 5:
// header lines, an empty line, free text.

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * { lines: [[key, value], ...], free }, or null for a text that breaks the rules.
 * schema: { repeatable: keys, knows(key), allows(key, value) } of its table of keys.
 */
export function cutLines(text, { repeatable, knows, allows }) {
  const seen = new Set();
  const lines = [];
  let at = 0;
  while (at < text.length && text[at] !== '\n') {
    const end = text.indexOf('\n', at);
    const space = text.indexOf(' ', at);
    const [key, value] = [text.slice(at, space), text.slice(space + 1, end)];
    if (end < 0 || space < 0 || space > end || !/^[a-z]+$/.test(key) || value === '' || CONTROL.test(value)
      || !allows(key, value) || (seen.has(key) && knows(key) && !repeatable.includes(key))) {
      return null;
    }
    seen.add(key);
    lines.push([key, value]);
    at = end + 1;
  }
  return at === text.length ? null : { lines, free: text.slice(at + 1) };
}
