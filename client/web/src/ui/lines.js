// SPDX-License-Identifier: ISC
// The header lines of the schema (PROTOCOL.md section 5) from what was tapped
// and typed.
import { latinDigits } from '../proto/chars.js';

/** Characters of a line's value: together they must leave room for the text. */
export const VALUE_MAX = 80;

const oneLine = (text) => [...text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()]
  .slice(0, VALUE_MAX).join('').trim();

export function linesOf(report, lang) {
  const f = (key) => oneLine(report.fields.get(key) ?? '');
  const lines = [['language', lang]];
  const add = (key, value) => {
    if (value) {
      lines.push([key, value]);
    }
  };
  add('country', f('country'));
  ['place', 'employer', 'sector'].forEach((key) => add(key, f(key)));
  report.violations.forEach((v) => add('violation', v));
  add('date', [f('year'), f('month'), f('day')].filter(Boolean).join('-'));
  add('people', latinDigits(f('people')).replace(/^0+(?=\d)/, ''));
  ['danger', 'role', 'consent'].forEach((key) => report[key].forEach((v) => add(key, v)));
  ['campaign', 'ref'].forEach((key) => add(key, f(key)));
  if (report.files.length > 0) {
    add('attachments', String(report.files.length));
  }
  return lines;
}
